//! A batch off a queue, as Lambda hands it over.

use std::time::Duration;

use end_to_end::orders;
use end_to_end::world::World;
use platform::lambda::batch::run_steps;
use registration::Step;
use registry_simulator::Settings;
use serde_json::{Value, json};

const LEFT: Duration = Duration::from_secs(20);

fn record(id: &str, body: &str) -> Value {
    json!({
        "messageId": id, "receiptHandle": "handle", "body": body,
        "attributes": { "ApproximateReceiveCount": "1", "SentTimestamp": "1800000000000" },
        "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:registrar-register-brand",
        "awsRegion": "us-east-1"
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poison_message_among_healthy_ones_fails_alone_and_the_healthy_run_once()
-> anyhow::Result<()> {
    let world = World::immortal(Settings::default()).await?;
    let mut ids = Vec::new();
    for seed in 0..4 {
        ids.push(world.receive(orders::order(seed, 1)).await?);
    }
    let queue = Step::Brand.function();
    let taken = world
        .queue
        .receive(queue, 10, Duration::from_secs(90), Duration::ZERO)
        .await?;
    let mut records = Vec::new();
    for (at, delivery) in taken.iter().enumerate() {
        let message = delivery
            .message
            .as_ref()
            .map_err(|why| anyhow::anyhow!("{why}"))?;
        records.push(record(
            &format!("well-{at}"),
            &serde_json::to_string(message)?,
        ));
    }
    assert_eq!(records.len(), 4);
    let unknown_step = format!(
        "{{\"registration\":\"{}\",\"step\":\"teleport\"}}",
        ids.first().map_or("", |id| id.as_str())
    );
    records.insert(1, record("poison", "not even JSON"));
    records.insert(3, record("newer", &unknown_step));
    let event = json!({ "Records": records });
    let outcome = run_steps(&world.platform, &world.functions, &event, LEFT).await?;
    assert_eq!(outcome.failed, ["poison", "newer"]);
    assert_eq!(outcome.counts.get("Unreadable"), Some(&2));
    let brands = world.simulator.submissions().brands;
    assert_eq!(brands.len(), 4);
    // The whole batch again, as after a crash before the answer.
    run_steps(&world.platform, &world.functions, &event, LEFT).await?;
    let brands = world.simulator.submissions().brands;
    assert!(brands.values().all(|count| *count == 1), "{brands:?}");
    Ok(())
}

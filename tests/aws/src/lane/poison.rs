//! Messages that no run can work on: they end in the dead-letter queue and in
//! the history, and those beside them in the batch are run once.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use end_to_end::orders;
use serde_json::json;

use crate::wait;
use crate::world::World;

const FUNCTION: &str = "register-brand";
const FIRST: usize = 600;
const ORDERS: usize = 3;

/// Enough for every receive of a message that no run acknowledges.
const LONGEST: Duration = Duration::from_secs(240);

pub(crate) async fn run(world: &World) -> Result<String> {
    let name = world.stage.output(&format!("/functions/{FUNCTION}/name"))?;
    // With the mapping off, healthy messages and poison wait together and are
    // taken as one batch.
    world.aws.enable_mapping(&name, false).await?;
    let prepared = batch(world).await;
    world.aws.enable_mapping(&name, true).await?;
    let ids = prepared?;
    for id in &ids {
        world.caller.registered(id).await?;
        let history = world.caller.history(id).await?;
        let runs = history
            .iter()
            .filter(|fact| *fact == "brand intended")
            .count();
        ensure!(
            runs == 1,
            "a healthy message of the batch was run {runs} times: {history:?}"
        );
    }
    let again = world.submitted_again();
    ensure!(
        again == json!([[], [], []]),
        "submitted more than once: {again}"
    );
    let first = ids.first().context("no order")?;
    wait::until(
        "the unreadable step is in the history",
        LONGEST,
        async || {
            let history = world.caller.history(first).await?;
            Ok(history
                .iter()
                .any(|fact| fact.ends_with("dead_lettered"))
                .then_some(()))
        },
    )
    .await?;
    wait::until(
        "the unreadable message is in the dead-letter queue",
        LONGEST,
        async || Ok((world.aws.messages(&world.dead(FUNCTION)?).await? == 1).then_some(())),
    )
    .await?;
    ensure!(
        world.aws.messages(&world.queue(FUNCTION)?).await? == 0,
        "poison is still in the queue"
    );
    Ok(format!(
        "{ORDERS} healthy messages of the batch were run once; one poison is in the history, one in the dead-letter queue"
    ))
}

/// Orders, and two messages that no version of the functions can run: one that
/// names a registration, one that names nothing.
async fn batch(world: &World) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    for business in FIRST..FIRST + ORDERS {
        ids.push(
            world
                .caller
                .post(
                    &orders::document(business, 2),
                    &format!("poison-{business}"),
                )
                .await?,
        );
    }
    let unknown_step = json!({
        "registration": ids.first(),
        "account": "acme",
        "step": "of_another_version",
        "round": 1,
        "cause": "next",
        "trace": "4bf92f3577b34da6a3ce929d0e0e4736",
    });
    let queue = world.queue(FUNCTION)?;
    for body in [unknown_step.to_string(), "not a message".to_owned()] {
        let message = json!({"QueueUrl": queue, "MessageBody": body, "MessageGroupId": "acme"});
        world.aws.sqs("SendMessage", message).await?;
    }
    Ok(ids)
}

//! Requests to AWS per registration, and what they cost.

use anyhow::{Result, ensure};
use end_to_end::orders;

use crate::meter::meter;
use crate::price::{Outside, price};
use crate::world::World;

const ORDERS: usize = 10;
const NUMBERS: usize = 5;

/// The first orders of this lane, apart from those of the others.
const FIRST: usize = 200;

/// What state and queues may cost, in dollars per million registrations. The
/// project aims lower; this is what must not be lost again.
const MOST: f64 = 120.0;

pub(crate) async fn run(world: &World) -> Result<String> {
    let webhooks = || world.simulator.webhooks();
    let before = webhooks().delivered;
    world.proxy.take();
    for business in FIRST..FIRST + ORDERS {
        let id = world
            .caller
            .post(
                &orders::document(business, NUMBERS),
                &format!("count-{business}"),
            )
            .await?;
        posted(world, &id).await?;
    }
    let calls = world.proxy.take();
    // What waiting costs is the sweep's; what looking on costs is the caller's.
    let used = meter(&calls, |function| function.ends_with("-sweep"));
    ensure!(
        !used.messages.is_empty(),
        "no call of a function came by the proxy"
    );
    println!(
        "requests to AWS per registration of one campaign and {NUMBERS} numbers, from {ORDERS}:"
    );
    let each = |count: f64| count / ORDERS as f64;
    println!("  requests  write units  read units");
    for (what, made) in &used.requests {
        println!(
            "  {:>8.1} {:>12.1} {:>11.1}  {what}",
            each(made.count as f64),
            each(made.write_units),
            each(made.read_units)
        );
    }
    for (cause, count) in &used.messages {
        println!(
            "  {:>8.1} messages with cause `{cause}`",
            each(*count as f64)
        );
    }
    let hooks = (webhooks().delivered - before) as f64 / ORDERS as f64;
    let outside = Outside {
        api_calls: 1.0 + hooks,
        steps: 3.0 + NUMBERS as f64,
    };
    let price = price(&used, outside, ORDERS as f64);
    println!("dollars per million registrations:\n{}", price.text);
    ensure!(
        price.orchestration <= MOST,
        "state and queues: ${:.2} per million registrations, more than ${MOST}",
        price.orchestration
    );
    Ok(format!(
        "${:.2} per million registrations of {} steps for state and queues, ${:.2} with functions and API",
        price.orchestration, outside.steps, price.whole
    ))
}

/// Waits without calling the API, whose own requests would be counted.
async fn posted(world: &World, id: &str) -> Result<()> {
    crate::wait::until(
        "the order's numbers are submitted",
        std::time::Duration::from_secs(120),
        async || {
            let table = world.stage.output("/tables/registrations")?;
            let key = serde_json::json!({"registration_id": {"S": id}});
            let row = world
                .aws
                .dynamodb(
                    "GetItem",
                    serde_json::json!({"TableName": table, "Key": key, "ConsistentRead": true}),
                )
                .await?;
            let status = row
                .pointer("/Item/status/S")
                .and_then(serde_json::Value::as_str);
            Ok((status == Some("registered")).then_some(()))
        },
    )
    .await
}

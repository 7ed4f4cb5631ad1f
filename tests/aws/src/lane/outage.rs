//! AWS answers 500 for a while: what was under way goes on afterwards.

use std::time::Duration;

use anyhow::{Result, ensure};
use end_to_end::orders;

use crate::wait;
use crate::world::World;

const FIRST: usize = 500;
const ORDERS: usize = 3;

/// So many calls fail before AWS is well again: each function has met it.
const FAILURES: u64 = 12;

pub(crate) async fn run(world: &World) -> Result<String> {
    let mut ids = Vec::new();
    for business in FIRST..FIRST + ORDERS {
        ids.push(
            world
                .caller
                .post(
                    &orders::document(business, 2),
                    &format!("outage-{business}"),
                )
                .await?,
        );
    }
    let before = world.proxy.failed();
    world.proxy.fail(true);
    let met = wait::until(
        "functions meet the outage",
        Duration::from_secs(60),
        async || Ok((world.proxy.failed() - before >= FAILURES).then_some(())),
    )
    .await;
    world.proxy.fail(false);
    met?;
    for id in &ids {
        world.caller.registered(id).await?;
    }
    let again = world.submitted_again();
    ensure!(
        again == serde_json::json!([[], [], []]),
        "submitted more than once: {again}"
    );
    Ok(format!(
        "{ORDERS} orders registered after {FAILURES} and more failed calls to AWS, each submission made once"
    ))
}

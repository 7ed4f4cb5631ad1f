//! Orders, from the API's own URL to `registered`.

use anyhow::{Result, ensure};
use end_to_end::orders;

use crate::emulator::Kind;
use crate::world::World;

const ORDERS: usize = 4;
const NUMBERS: usize = 5;

/// The facts of an order whose registry answers in its own time and of which
/// nothing is lost.
const HISTORY: [&str; 10] = [
    "received",
    "brand intended",
    "brand submitted",
    "brand verdict_reached",
    "campaign intended",
    "campaign submitted",
    "campaign verdict_reached",
    "numbers intended",
    "numbers submitted",
    "numbers verdict_reached",
];

pub(crate) async fn run(world: &World) -> Result<String> {
    ensure!(
        world.caller.stranger().await? == 401,
        "a call without a token was not refused"
    );
    let (mut ids, mut cut) = (Vec::new(), 0);
    for business in 1..=ORDERS {
        let order = orders::document(business, NUMBERS);
        let key = format!("order-{business}");
        let id = world.caller.post(&order, &key).await?;
        ensure!(
            world.caller.post(&order, &key).await? == id,
            "the same order with the same key is another registration"
        );
        ids.push(id);
    }
    for id in &ids {
        world.caller.registered(id).await?;
        let history = world.caller.history(id).await?;
        let mut told: Vec<_> = history
            .iter()
            .map(String::as_str)
            .filter(|fact| *fact != "completed")
            .collect();
        let all = told.len();
        if world.emulator.kind == Kind::LocalStack {
            // It answers so slowly at times that a run is cut by its function's
            // timeout; the next one intends again, with the same reference.
            told.dedup_by(|next, last| next == last && last.ends_with(" intended"));
        }
        cut += all - told.len();
        ensure!(told == HISTORY, "the history of {id}: {history:?}");
        for number in 1..=NUMBERS {
            let history = world.caller.history(&format!("{id}-{number:04}")).await?;
            ensure!(
                history.iter().any(|fact| fact == "number submitted"),
                "number {number} of {id}: {history:?}"
            );
        }
    }
    let submissions = world.simulator.submissions();
    ensure!(
        submissions.brands.len() == ORDERS && submissions.numbers.len() == ORDERS * NUMBERS,
        "the simulator has other submissions than were ordered: {submissions:?}"
    );
    let again = world.submitted_again();
    ensure!(
        again == serde_json::json!([[], [], []]),
        "submitted more than once: {again}"
    );
    Ok(format!(
        "{ORDERS} orders of {NUMBERS} numbers registered, each submission made once; {cut} runs were cut by the function's timeout"
    ))
}

//! Work that registrations are known to lose, one test for each loss.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use end_to_end::orders;
use end_to_end::world::World;
use platform::message::Cause;
use platform::queue::Outgoing;
use platform::store::Row;
use registration::{Status, Step, TraceId, chain};
use registry_simulator::Settings;

/// Sends a message that asks for a step, whatever the registration stands at.
async fn send(world: &World, row: &Row, step: Step) {
    let message = Outgoing {
        message: row.about(step, Cause::Next, &TraceId::new(7)),
        delay: Duration::ZERO,
    };
    world.queue.send(&[message]).await.unwrap();
}

#[tokio::test]
async fn every_step_run_again_after_the_end_submits_and_pays_nothing_twice() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = world.receive(orders::order(1, 2)).await.unwrap();
    let row = world.drive(&id).await.unwrap();
    let history = world.store.history(&id).await.unwrap();
    for step in [Step::Brand, Step::Campaign, Step::Numbers] {
        send(&world, &row, step).await;
    }
    while world.turn().await.unwrap() {}
    let submissions = world.simulator.submissions();
    let all = [
        submissions.brands,
        submissions.campaigns,
        submissions.numbers,
    ];
    assert!(all.iter().flat_map(|kind| kind.values()).all(|n| *n == 1));
    assert_eq!(world.store.history(&id).await.unwrap(), history);
}

#[tokio::test]
async fn a_start_of_work_that_is_lost_after_the_state_was_written_is_rescued_by_the_sweep() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = world.receive(orders::order(1, 1)).await.unwrap();
    let file = world.data_file().unwrap();
    assert!(file.execute("DELETE FROM messages", []).unwrap() > 0);
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
    assert!(world.rescues.load(std::sync::atomic::Ordering::SeqCst) > 0);
}

#[tokio::test]
async fn an_order_leaves_a_whole_history_and_not_one_row_that_was_overwritten() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = world.receive(orders::order(1, 1)).await.unwrap();
    let row = world.drive(&id).await.unwrap();
    let history = world.store.history(&id).await.unwrap();
    assert!(history.len() > 5, "{} events", history.len());
    chain::verify(&id, &history, Some(row.seq)).unwrap();
}

//! A crash before or after any call to store, queue or registry, at any step,
//! ends the same: everything registered, everything submitted once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

use end_to_end::crash::{Moment, Plan};
use end_to_end::orders;
use end_to_end::world::World;
use registration::{Status, chain};
use registry_simulator::Settings;

const NUMBERS: usize = 2;

/// More calls than an order makes: a sequence that grows past it fails the test.
const MOST: usize = 400;

async fn every_crash_point(moment: Moment) -> usize {
    for at in 1..MOST {
        let plan = Plan::at(at, moment);
        let world = World::in_memory(Settings::default(), plan.clone())
            .await
            .unwrap();
        let id = world.receive(orders::order(1, NUMBERS)).await.unwrap();
        let row = world
            .drive(&id)
            .await
            .unwrap_or_else(|error| panic!("{moment:?} {at}: {error}"));
        assert_eq!(row.status, Status::Registered, "{moment:?} call {at}");
        let submissions = world.simulator.submissions();
        let counts: Vec<u64> = [
            &submissions.brands,
            &submissions.campaigns,
            &submissions.numbers,
        ]
        .into_iter()
        .flat_map(|counts| counts.values().copied())
        .collect();
        assert_eq!(
            counts,
            vec![1; 2 + NUMBERS],
            "{moment:?} call {at}: submissions"
        );
        let history = world.store.history(&id).await.unwrap();
        chain::verify(&id, &history, Some(row.seq)).unwrap();
        for queue in world.functions.queues() {
            let dead = world.queue.depth(queue).await.unwrap().dead;
            assert_eq!(dead, 0, "{moment:?} call {at}: a dead letter in {queue}");
        }
        if !plan.has_died() {
            return at - 1;
        }
    }
    panic!("an order makes more than {MOST} calls: raise MOST")
}

#[tokio::test]
async fn a_crash_before_any_call_resumes_to_the_right_end_with_one_submission_each() {
    let points = every_crash_point(Moment::Before).await;
    println!("{points} crash points before a call");
    assert!(
        points > 30,
        "only {points} calls were met: the world does not count them"
    );
}

#[tokio::test]
async fn a_crash_after_any_call_resumes_to_the_right_end_with_one_submission_each() {
    let points = every_crash_point(Moment::After).await;
    println!("{points} crash points after a call");
    assert!(
        points > 30,
        "only {points} calls were met: the world does not count them"
    );
}

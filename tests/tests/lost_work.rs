//! Work that registrations are known to lose, one test for each loss.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use end_to_end::orders;
use end_to_end::world::World;
use platform::case::Author;
use platform::message::Cause;
use platform::queue::Outgoing;
use platform::store::Row;
use platform::{Case, Clock as _};
use registration::patience::later;
use registration::{Actor, Fact, Reference, Round, Status, Step, TraceId, chain};
use registry_simulator::{Answer, Calls, Fault, Settings};

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

#[tokio::test]
async fn a_resume_submits_no_campaign_before_its_brand_is_approved() {
    let world = World::immortal(Settings::default()).await.unwrap();
    // A brand that is never scored.
    let mut document = orders::document(2, 1);
    document["brand"]["ein"] = serde_json::json!("000029007");
    let order = registration::Order::read(&document).unwrap();
    let id = world.receive(order).await.unwrap();
    while world.turn().await.unwrap() {}
    assert_eq!(world.status(&id).await.unwrap(), Status::InReview);
    let row = world.store.row(&id).await.unwrap().unwrap();
    for step in [Step::Campaign, Step::Numbers] {
        send(&world, &row, step).await;
    }
    while world.turn().await.unwrap() {}
    assert!(world.simulator.submissions().campaigns.is_empty());
    assert_eq!(world.status(&id).await.unwrap(), Status::InReview);
}

#[tokio::test]
async fn a_callback_that_is_earlier_than_the_answer_is_kept_and_looked_at_after_it() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = world.receive(orders::order(3, 1)).await.unwrap();
    let file = world.data_file().unwrap();
    file.execute("DELETE FROM messages", []).unwrap();
    // A worker has begun the call, and the registry's callback overtakes its answer.
    let mut case = Case::load(&*world.store, &id).await.unwrap();
    let author = Author {
        actor: Actor::function("register-brand"),
        trace: TraceId::new(1),
    };
    let intended = Fact::Intended {
        step: Step::Brand,
        round: Round::FIRST,
        attempt: 1,
        reference: Reference::of(&id, Step::Brand, Round::FIRST),
        request: serde_json::Value::Null,
        lease_until: later(world.clock.now(), Duration::from_secs(60)),
    };
    let recorded = case.record(&world.platform, &author, vec![intended]).await;
    recorded.unwrap();
    let message = case.about(Step::Brand, Cause::Webhook);
    let delay = Duration::ZERO;
    world
        .queue
        .send(&[Outgoing { message, delay }])
        .await
        .unwrap();
    assert!(world.turn().await.unwrap());
    let depth = world.queue.depth("register-brand").await.unwrap();
    assert_eq!(depth.delayed, 1, "it comes again after the answer");
}

#[tokio::test]
async fn a_call_that_fails_is_made_again_without_anybody_asking() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = world.receive(orders::order(4, 1)).await.unwrap();
    let down = Fault {
        answer: Answer::Error,
        carried_out: false,
        calls: Calls::All,
    };
    world.simulator.fail_next(2, down);
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
}

#[test]
fn every_queue_has_a_dead_letter_queue_and_an_alarm_that_tells_of_it() {
    let infra = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra");
    let read = |file: &str| std::fs::read_to_string(infra.join(file)).unwrap();
    let step = read("modules/step/main.tf");
    for needed in [
        "redrive_policy",
        "maxReceiveCount",
        "aws_cloudwatch_metric_alarm",
    ] {
        assert!(step.contains(needed), "a step's module has no {needed}");
    }
}

//! One number cancelled by itself, whatever dies or gets lost on the way: it is
//! withdrawn once, and its order does not wait for it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::sync::atomic::Ordering;
use std::time::Duration;

use end_to_end::crash::{Moment, Plan};
use end_to_end::world::World;
use end_to_end::{orders, told};
use platform::Case;
use platform::cancel;
use platform::case::Author;
use registration::{Actor, Order, RegistrationId, Status, TraceId};
use registry_simulator::Settings;
use serde_json::json;

/// The simulator's outcome table: never decided.
const UNDECIDED: &str = "+12065559007";

/// More calls than it makes.
const MOST: usize = 100;

/// Longer than a campaign is without numbers before it is warned of.
const WARNED_AFTER: Duration = Duration::from_secs(51 * 24 * 60 * 60);

async fn ask(world: &World, number: &RegistrationId) {
    let author = Author {
        actor: Actor::operator("kim"),
        trace: TraceId::new(8),
    };
    cancel::cancel(&world.platform, number, &author, cancel::How::default())
        .await
        .unwrap();
}

/// An order of three numbers of which the first is never decided, or is assigned.
async fn ordered(world: &World, is_undecided: bool) -> RegistrationId {
    let mut document = orders::document(1, 3);
    if is_undecided {
        document["numbers"][0] = json!(UNDECIDED);
    }
    let id = world
        .receive(Order::read(&document).unwrap())
        .await
        .unwrap();
    while world.turn().await.unwrap() {}
    id
}

fn deletions(world: &World) -> usize {
    let calls = world.simulator.calls();
    calls.iter().filter(|call| call.method == "DELETE").count()
}

/// How many calls cancelling makes.
async fn every_crash_point(moment: Moment, is_undecided: bool) -> usize {
    for at in 1..MOST {
        let plan = Plan::never();
        let world = World::new(Settings::default(), plan.clone()).await.unwrap();
        let id = ordered(&world, is_undecided).await;
        let number = id.number(1);
        plan.from_now(at, moment);
        let died = tokio::select! {
            () = ask(&world, &number) => false,
            () = plan.died.notified() => true,
        };
        if died {
            // Who got no answer asks again.
            ask(&world, &number).await;
        }
        let here = format!("{moment:?} call {at}");
        for id in [&number, &id] {
            let driven = world.drive(id).await;
            driven.unwrap_or_else(|error| panic!("{here}: {error}"));
        }
        while world.turn().await.unwrap() {}
        assert_eq!(world.status(&number).await.unwrap(), Status::Cancelled);
        assert_eq!(
            world.status(&id).await.unwrap(),
            Status::Registered,
            "{here}"
        );
        let row = world.store.row(&id).await.unwrap().unwrap();
        let counts = (row.open_numbers, row.refused_numbers, row.cancelled_numbers);
        assert_eq!(counts, (0, 0, 1), "{here}");
        let told = told::history(&*world.store, &id).await.unwrap();
        assert!(
            told.contains(&"numbers partly approved".to_owned()),
            "{here}: the order did not count again: {told:?}"
        );
        assert_eq!(deletions(&world), 1, "{here}");
        for queue in world.functions.queues() {
            let dead = world.queue.depth(queue).await.unwrap().dead;
            assert_eq!(dead, 0, "{here}: a dead letter in {queue}");
        }
        if !plan.has_died() {
            return at - 1;
        }
    }
    panic!("cancelling makes more than {MOST} calls: raise MOST")
}

#[tokio::test]
async fn a_crash_at_any_call_of_cancelling_a_number_that_is_awaited_ends_the_same() {
    for moment in [Moment::Before, Moment::After] {
        let points = every_crash_point(moment, true).await;
        assert!(points > 8, "only {points} calls were met");
    }
}

#[tokio::test]
async fn a_crash_at_any_call_of_cancelling_a_number_that_is_assigned_ends_the_same() {
    for moment in [Moment::Before, Moment::After] {
        let points = every_crash_point(moment, false).await;
        assert!(points > 8, "only {points} calls were met");
    }
}

#[tokio::test]
async fn a_number_whose_withdrawal_was_never_begun_is_rescued_though_its_order_is_at_its_end() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = ordered(&world, false).await;
    assert_eq!(world.status(&id).await.unwrap(), Status::Registered);
    let number = id.number(1);
    ask(&world, &number).await;
    let file = world.data_file().unwrap();
    assert!(file.execute("DELETE FROM messages", []).unwrap() > 0);
    let row = world.drive(&number).await.unwrap();
    assert_eq!(row.status, Status::Cancelled);
    assert!(world.rescues.load(Ordering::SeqCst) > 0);
    assert_eq!(deletions(&world), 1);
}

#[tokio::test]
async fn a_campaign_whose_last_number_was_cancelled_is_warned_of_and_one_with_a_number_left_is_not()
{
    for (numbers, is_warned) in [(1, true), (2, false)] {
        let world = World::immortal(Settings::default()).await.unwrap();
        let id = world.receive(orders::order(2, numbers)).await.unwrap();
        world.drive(&id).await.unwrap();
        ask(&world, &id.number(1)).await;
        for _ in 0..2 {
            while world.turn().await.unwrap() {}
            world.clock.advance(WARNED_AFTER);
            world.sweep().await.unwrap();
        }
        while world.turn().await.unwrap() {}
        let case = Case::load(&*world.store, &id).await.unwrap();
        assert_eq!(Status::of(&case.facts), Status::Registered);
        assert_eq!(case.facts.warning().is_some(), is_warned, "of {numbers}");
    }
}

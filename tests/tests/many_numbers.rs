//! Numbers by the thousand on one campaign: each costs the registry the same
//! calls as when there are few, and those that are refused are told of.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;
use std::time::Duration;

use end_to_end::crash::{Counts, Plan};
use end_to_end::orders;
use end_to_end::world::World;
use platform::amend;
use platform::case::Author;
use platform::memory::Memory;
use registration::{Actor, Order, Status, TraceId};
use registry_simulator::{Reviews, Settings, Span, Verdict};
use serde_json::json;

const HOUR: Duration = Duration::from_secs(3_600);

/// What an order of so many numbers takes: its calls about numbers, and all that
/// was asked of registry, store and queue.
async fn taken_by(numbers: usize) -> (usize, Counts) {
    let plan = Plan::never();
    let world = World::new(Settings::default(), Arc::clone(&plan));
    let mut world = world.await.unwrap();
    // Of ten numbers a process remembers all, of two thousand not.
    world.platform.memory = Memory::of(0);
    let id = world.receive(orders::order(1, numbers)).await.unwrap();
    let row = world.drive(&id).await.unwrap();
    assert_eq!(row.status, Status::Registered);
    assert_eq!((row.open_numbers, row.refused_numbers), (0, 0));
    let submitted = world.simulator.submissions().numbers;
    assert_eq!(submitted.len(), numbers, "not every number was submitted");
    assert!(
        submitted.values().all(|count| *count == 1),
        "a number was submitted twice"
    );
    let calls = world.simulator.calls();
    let is_number = |about: &String| about.starts_with('+');
    let about_numbers = calls
        .iter()
        .filter(|call| call.subject.as_ref().is_some_and(is_number))
        .count();
    (about_numbers, plan.counts())
}

#[tokio::test]
async fn each_of_two_thousand_numbers_takes_no_more_than_each_of_ten_and_all_are_registered() {
    let (few, of_few) = taken_by(10).await;
    let (_, of_more) = taken_by(20).await;
    let (many, of_many) = taken_by(2_000).await;
    assert!(few >= 10, "the calls about numbers are not counted");
    assert_eq!(many, few * 200, "10 numbers took {few} calls");
    // What ten numbers more take leaves out brand and campaign.
    for (what, count) in [
        ("registry", (|of| of.registry) as fn(&Counts) -> usize),
        ("appends", |of| of.appends),
        ("rows", |of| of.rows),
        ("other writes", |of| of.writes),
        ("reads", |of| of.reads),
        ("sent", |of| of.sent),
        ("received", |of| of.received),
        ("acknowledged", |of| of.acknowledged),
    ] {
        let [few, more, many] = [&of_few, &of_more, &of_many].map(count);
        assert!(
            many - few <= (more - few) * 199,
            "{what}: {few} for 10 numbers, {more} for 20, {many} for 2,000"
        );
    }
}

#[test]
fn fifty_numbers_are_ordered_as_a_pool_or_not_at_all() {
    let mut document = orders::document(1, 50);
    assert!(Order::read(&document).is_ok());
    document["campaign"]["numberPool"] = json!(false);
    let problems = Order::read(&document).unwrap_err().to_string();
    assert!(problems.contains("numberPool"), "{problems}");
    let mut fewer = orders::document(1, 49);
    fewer["campaign"]["numberPool"] = json!(false);
    assert!(Order::read(&fewer).is_ok());
}

#[tokio::test]
async fn refused_numbers_leave_the_order_partly_registered_and_each_can_be_corrected() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let mut document = orders::document(1, 60);
    document["numbers"][7] = json!("+12065559001");
    document["numbers"][31] = json!("+12535559001");
    let order = Order::read(&document).unwrap();
    let id = world.receive(order).await.unwrap();
    let row = world.drive(&id).await.unwrap();
    assert_eq!(row.status, Status::PartlyRegistered);
    assert_eq!((row.open_numbers, row.refused_numbers), (0, 2));

    let page = world.store.numbers(&id, None).await.unwrap();
    let refused: Vec<_> = page
        .rows
        .into_iter()
        .filter(|row| row.status == Status::Rejected)
        .collect();
    assert_eq!(refused.len(), 2);
    let author = Author {
        actor: Actor::operator("kim"),
        trace: TraceId::new(1),
    };
    for (number, instead) in refused.iter().zip(["+12066000001", "+12066000002"]) {
        let patch = json!({ "number": instead });
        amend::amend(&world.platform, &number.id, &author, &patch)
            .await
            .unwrap();
        let ended = world.drive(&number.id).await.unwrap();
        assert_eq!(ended.status, Status::Registered);
    } // The order counts again.
    while world.turn().await.unwrap() {}
    assert_eq!(world.status(&id).await.unwrap(), Status::Registered);
}

#[tokio::test]
async fn an_order_looks_for_its_numbers_by_one_list_and_then_at_those_alone_that_are_decided() {
    let settings = Settings {
        reviews: Reviews {
            number: Span::exactly(HOUR),
            ..Reviews::default()
        },
        ..Settings::default()
    };
    let world = World::immortal(settings).await.unwrap();
    let id = world.receive(orders::order(1, 10)).await.unwrap();
    while world.turn().await.unwrap() {}
    let reads = || {
        let calls = world.simulator.calls();
        let (mut lists, mut numbers) = (0, 0);
        for call in calls.iter().filter(|call| call.method == "GET") {
            lists += usize::from(call.path.ends_with("/phone_number_campaigns"));
            numbers += usize::from(call.path.contains("/phone_number_campaigns/"));
        }
        (lists, numbers)
    };
    let before = reads();
    let look = async || {
        world.clock.advance(HOUR * 24);
        world.sweep().await.unwrap();
        while world.turn().await.unwrap() {}
    };
    look().await;
    assert_eq!(reads(), (before.0 + 1, before.1));
    let numbers = orders::document(1, 10)["numbers"].clone();
    for number in [&numbers[2], &numbers[7]] {
        assert!(world.simulator.review(&Verdict::Number {
            subject: number.as_str().unwrap().to_owned(),
            assignment_status: "ASSIGNED".to_owned(),
            failure_reasons: None,
        }));
    }
    look().await;
    assert_eq!(reads(), (before.0 + 2, before.1 + 2));
    let row = world.store.row(&id).await.unwrap().unwrap();
    assert_eq!(row.open_numbers, 8);
}

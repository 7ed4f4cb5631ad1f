//! A registry that is down, slow, throttled or talks nonsense: repeated with
//! backoff, then parked for a person with the reason. Never lost, never blindly
//! submitted again.

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
use end_to_end::told;
use end_to_end::world::World;
use platform::case::Author;
use platform::limiter::{Limits, Rate};
use platform::retry;
use registration::{Actor, Status, TraceId};
use registry_simulator::{Answer, Calls, Fault, Limit, Settings};

fn writes(answer: Answer, carried_out: bool) -> Fault {
    Fault {
        answer,
        carried_out,
        calls: Calls::Writes,
    }
}

/// One fault on the brand's first call; then everything works again.
async fn one_fault(fault: Fault) -> (World, Vec<String>) {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = world.receive(orders::order(20, 1)).await.unwrap();
    world.simulator.fail_next(1, fault);
    let row = world.drive(&id).await.unwrap();
    assert_eq!(row.status, Status::Registered, "{fault:?}");
    let submissions = world.simulator.submissions();
    assert!(
        submissions.brands.values().all(|count| *count == 1),
        "{fault:?}: {submissions:?}"
    );
    let told = told::history(&*world.store, &id).await.unwrap();
    (world, told)
}

#[tokio::test]
async fn a_call_whose_answer_is_lost_is_found_at_the_registry_and_not_made_again() {
    for answer in [Answer::Close, Answer::Hang, Answer::Nonsense, Answer::Error] {
        let (world, told) = one_fault(writes(answer, true)).await;
        assert!(
            told.contains(&"brand found".to_owned()),
            "{answer:?}: {told:?}"
        );
        let brands = world
            .simulator
            .calls()
            .iter()
            .filter(|call| call.method == "POST" && call.path.ends_with("/10dlc/brand"))
            .count();
        assert_eq!(brands, 1, "{answer:?}: POSTs of the brand");
    }
}

#[tokio::test]
async fn a_call_that_was_not_carried_out_is_made_again_after_it_was_looked_up() {
    for answer in [Answer::Close, Answer::Hang, Answer::Nonsense, Answer::Error] {
        let (world, told) = one_fault(writes(answer, false)).await;
        assert_eq!(
            told[..5],
            [
                "received",
                "brand intended",
                "brand attempt_failed",
                "brand intended",
                "brand submitted"
            ],
            "{answer:?}"
        );
        let looked_up = world
            .simulator
            .calls()
            .iter()
            .any(|call| call.method == "GET");
        assert!(looked_up, "{answer:?}: no look-up before the repetition");
    }
}

#[tokio::test]
async fn a_registry_that_stays_down_parks_the_registration_and_a_person_lets_it_go_on() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = world.receive(orders::order(21, 2)).await.unwrap();
    let down = Fault {
        answer: Answer::Error,
        carried_out: false,
        calls: Calls::All,
    };
    world.simulator.fail_next(10_000, down);
    let row = world.drive(&id).await.unwrap();
    assert_eq!(row.status, Status::Parked);
    assert!(row.last_error.unwrap().contains("6 attempts failed"));
    assert!(row.due_at.is_none(), "nothing but a person moves it");
    assert_eq!(world.simulator.submissions().brands.len(), 0);
    world.simulator.clear_faults();
    let author = Author {
        actor: Actor::operator("kim"),
        trace: TraceId::new(1),
    };
    retry::retry(&world.platform, &id, &author, retry::How::default())
        .await
        .unwrap();
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
    assert!(
        world
            .simulator
            .submissions()
            .brands
            .values()
            .all(|count| *count == 1)
    );
}

#[tokio::test]
async fn a_verdict_that_cannot_be_read_for_days_is_read_when_the_registry_is_back() {
    let settings = Settings {
        reviews: registry_simulator::Reviews {
            campaign: registry_simulator::Span::exactly(std::time::Duration::from_millis(300)),
            ..registry_simulator::Reviews::default()
        },
        ..Settings::default()
    };
    let world = World::immortal(settings).await.unwrap();
    let id = world.receive(orders::order(22, 1)).await.unwrap();
    while world.turn().await.unwrap() {}
    assert_eq!(world.status(&id).await.unwrap(), Status::InReview);
    let down = Fault {
        answer: Answer::Error,
        carried_out: false,
        calls: Calls::Reads,
    };
    world.simulator.fail_next(10_000, down);
    let before = world.store.history(&id).await.unwrap();
    for _ in 0..200 {
        world.clock.advance(std::time::Duration::from_secs(3_600));
        world.sweep().await.unwrap();
        while world.turn().await.unwrap() {}
    }
    assert_eq!(
        world.store.history(&id).await.unwrap(),
        before,
        "a look that fails is no event"
    );
    let row = world.store.row(&id).await.unwrap().unwrap();
    assert!(row.last_error.is_some() && row.due_at.is_some(), "{row:?}");
    world.simulator.clear_faults();
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
}

#[tokio::test]
async fn a_throttled_call_uses_up_no_attempt() {
    let settings = Settings {
        calls_per_second: Some(Limit::Together(1)),
        ..Settings::default()
    };
    let world = World::immortal(settings).await.unwrap();
    let id = world.receive(orders::order(23, 3)).await.unwrap();
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
    let throttled = world
        .simulator
        .calls()
        .iter()
        .filter(|call| call.status == Some(429))
        .count();
    assert!(
        throttled > 0,
        "the simulator throttled nothing: the test shows nothing"
    );
    for (subject, count) in world.simulator.submissions().numbers {
        assert_eq!(count, 1, "{subject}");
    }
}

#[tokio::test]
async fn a_brand_that_the_registry_refuses_shows_its_reasons_and_is_not_sent_again() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let mut document = orders::document(24, 1);
    document["brand"]["ein"] = "001239422".into();
    let order = registration::Order::read(&document).unwrap();
    let id = world.receive(order).await.unwrap();
    let row = world.drive(&id).await.unwrap();
    assert_eq!(row.status, Status::Rejected);
    assert!(row.last_error.is_some());
    let told = told::history(&*world.store, &id).await.unwrap();
    assert_eq!(told, ["received", "brand intended", "brand rejected"]);
    let posts = world
        .simulator
        .calls()
        .iter()
        .filter(|call| call.method == "POST")
        .count();
    assert_eq!(posts, 1);
}

#[tokio::test]
async fn an_order_of_which_some_numbers_are_refused_is_partly_registered() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let mut document = orders::document(25, 3);
    document["numbers"][1] = "+12065559001".into();
    let order = registration::Order::read(&document).unwrap();
    let id = world.receive(order).await.unwrap();
    let row = world.drive(&id).await.unwrap();
    assert_eq!(row.status, Status::PartlyRegistered);
    assert_eq!((row.open_numbers, row.refused_numbers), (0, 1));
    let numbers = world.store.numbers(&id, None).await.unwrap().rows;
    let statuses: Vec<_> = numbers.iter().map(|number| number.status).collect();
    assert_eq!(
        statuses,
        [Status::Registered, Status::Rejected, Status::Registered]
    );
}

#[tokio::test]
async fn a_look_up_that_is_throttled_leaves_the_doubt_and_nothing_is_submitted_again() {
    let settings = Settings {
        calls_per_second: Some(Limit::Apart {
            writes: 1_000,
            reads: 1,
        }),
        ..Settings::default()
    };
    // The process dies after the registry took the brand: history, intention, call.
    let limits = Limits {
        writes: None,
        reads: Rate::per_second(1.0).ok(),
    };
    let plan = Plan::at(3, Moment::After);
    let world = World::limited(settings, plan, limits).await.unwrap();
    let id = world.receive(orders::order(26, 1)).await.unwrap();
    world.turn().await.unwrap();
    assert_eq!(world.simulator.submissions().brands.len(), 1);
    world.clock.advance(world.platform.visibility * 2);
    // Somebody else uses up the reads of this second.
    let url = format!("{}/10dlc/brand/nothing", world.simulator.base_url());
    let others = reqwest::Client::new().get(url);
    others
        .bearer_auth(Settings::default().api_key)
        .send()
        .await
        .unwrap();
    world.turn().await.unwrap();
    let throttled = world
        .simulator
        .calls()
        .iter()
        .any(|call| call.status == Some(429));
    assert!(throttled, "nothing was throttled: the test shows nothing");
    let row = world.drive(&id).await.unwrap();
    assert_eq!(row.status, Status::Registered);
    let told = told::history(&*world.store, &id).await.unwrap();
    assert_eq!(told[..3], ["received", "brand intended", "brand found"]);
}

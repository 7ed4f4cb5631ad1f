//! Waiting well: a review that takes months is looked at ever less often, told of
//! once when it is late, and finished when it ends.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use end_to_end::orders;
use end_to_end::told;
use end_to_end::world::World;
use registration::event::{Fact, Warning};
use registration::{Order, RegistrationId, upcast};
use registry_simulator::Settings;
use serde_json::{Value, json};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn wait(world: &World, days: u32) {
    for _ in 0..days * 4 {
        while world.turn().await.unwrap() {}
        world.clock.advance(DAY / 4);
        world.sweep().await.unwrap();
    }
    while world.turn().await.unwrap() {}
}

async fn facts(world: &World, id: &RegistrationId) -> Vec<Fact> {
    let history = world.store.history(id).await.unwrap();
    history
        .into_iter()
        .flat_map(|event| upcast::open(event).unwrap().facts)
        .collect()
}

/// The days of every `Overdue` in a history.
async fn overdue(world: &World, id: &RegistrationId) -> Vec<u32> {
    let facts = facts(world, id).await;
    facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Overdue { days, .. } => Some(*days),
            _ => None,
        })
        .collect()
}

async fn received(change: impl FnOnce(&mut Value)) -> (World, RegistrationId) {
    let world = World::immortal(Settings::default()).await.unwrap();
    let mut document = orders::document(1, 2);
    change(&mut document);
    let order = Order::read(&document).unwrap();
    let id = world.receive(order).await.unwrap();
    (world, id)
}

#[tokio::test]
async fn a_brand_that_is_never_scored_is_overdue_once_after_30_days_and_looked_at_seldom() {
    let (world, id) = received(|order| order["brand"]["ein"] = json!("000009007")).await;
    wait(&world, 29).await;
    let early = overdue(&world, &id).await;
    assert!(early.is_empty(), "{early:?}");
    wait(&world, 61).await;
    let told = told::history(&*world.store, &id).await.unwrap();
    assert_eq!(overdue(&world, &id).await, [30], "{told:?}");
    let calls = world.simulator.calls();
    let looks = calls.iter().filter(|call| call.method == "GET").count();
    assert!((10..=200).contains(&looks), "{looks} looks in 90 days");
}

#[tokio::test]
async fn a_campaign_that_is_never_reviewed_is_overdue_once_after_60_days() {
    let (world, id) = received(|order| {
        let text = order["campaign"]["description"].as_str().unwrap();
        let text = format!("{text} NEVER-REVIEWED");
        order["campaign"]["description"] = json!(text);
    })
    .await;
    wait(&world, 59).await;
    let early = overdue(&world, &id).await;
    assert!(early.is_empty(), "{early:?}");
    wait(&world, 31).await;
    let told = told::history(&*world.store, &id).await.unwrap();
    assert_eq!(overdue(&world, &id).await, [60], "{told:?}");
}

#[tokio::test]
async fn a_campaign_whose_numbers_are_all_refused_is_warned_of_once_before_its_60th_day() {
    let (world, id) =
        received(|order| order["numbers"] = json!(["+12065559001", "+12535559001"])).await;
    let warnings = async || {
        let facts = facts(&world, &id).await;
        let is_warning = |fact: &&Fact| {
            matches!(
                fact,
                Fact::Warned {
                    warning: Warning::CampaignWithoutNumbers
                }
            )
        };
        facts.iter().filter(is_warning).count()
    };
    wait(&world, 40).await;
    assert_eq!(warnings().await, 0, "too early");
    wait(&world, 19).await;
    assert_eq!(warnings().await, 1);
    wait(&world, 31).await;
    assert_eq!(warnings().await, 1);
}

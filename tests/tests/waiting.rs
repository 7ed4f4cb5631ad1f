//! Waiting well: a review that takes months is looked at ever less often, told of
//! once when it is late, and finished when it ends.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use end_to_end::orders;
use end_to_end::told;
use end_to_end::world::World;
use jiff::Timestamp;
use platform::Clock as _;
use registration::event::{Fact, Warning};
use registration::patience::later;
use registration::{Order, Reference, RegistrationId, Round, Status, Step, upcast};
use registry_simulator::{Settings, Verdict};
use serde_json::{Value, json};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// So often the sweep wakes at most while a test waits.
const MOST_WAKES: usize = 1_000;

/// The EINs of a brand that is never scored, and of one whose vetting is never done.
const NEVER_SCORED: &str = "000009007";
const NEVER_VETTED: &str = "000009011";

/// Lets so many days pass, and everything happen when it is due; the times at which
/// the registry was asked.
async fn wait(world: &World, days: u32) -> Vec<Timestamp> {
    let mut looks = Vec::new();
    let end = later(world.clock.now(), DAY * days);
    for _ in 0..MOST_WAKES {
        let asked = gets(world);
        while world.turn().await.unwrap() {}
        if gets(world) > asked {
            looks.push(world.clock.now());
        }
        if world.clock.now() >= end {
            return looks;
        }
        let due = world.store.due(end, 1).await.unwrap();
        let due = due.first().and_then(|row| row.due_at).unwrap_or(end);
        let until = Duration::try_from(due.duration_since(world.clock.now()));
        world.clock.advance(until.unwrap_or_default());
        world.sweep().await.unwrap();
    }
    panic!("something is due again and again, and it does not help");
}

fn gets(world: &World) -> usize {
    let calls = world.simulator.calls();
    calls.iter().filter(|call| call.method == "GET").count()
}

async fn facts(world: &World, id: &RegistrationId) -> Vec<Fact> {
    let history = world.store.history(id).await.unwrap();
    history
        .into_iter()
        .flat_map(|event| upcast::open(event).unwrap().facts)
        .collect()
}

/// Step and days of every `Overdue` in a history.
async fn overdue(world: &World, id: &RegistrationId) -> Vec<(Step, u32)> {
    let facts = facts(world, id).await;
    facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Overdue { step, days, .. } => Some((*step, *days)),
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

fn is_never_scored(order: &mut Value) {
    order["brand"]["ein"] = json!(NEVER_SCORED);
}

fn is_never_vetted(order: &mut Value) {
    order["brand"]["ein"] = json!(NEVER_VETTED);
    order["vetting"] = json!({"evpId": "AEGIS", "vettingClass": "STANDARD"});
}

fn is_never_reviewed(order: &mut Value) {
    let text = order["campaign"]["description"].as_str().unwrap();
    let text = format!("{text} NEVER-REVIEWED");
    order["campaign"]["description"] = json!(text);
}

/// The order is registered, and brand, campaign and both numbers were submitted once.
async fn is_registered_and_submitted_once(world: &World, id: &RegistrationId) {
    let told = told::history(&*world.store, id).await.unwrap();
    let status = world.status(id).await.unwrap();
    assert_eq!(status, Status::Registered, "{told:?}");
    let submissions = world.simulator.submissions();
    let counts = |of: &std::collections::BTreeMap<String, u64>| of.values().copied().collect();
    let brands: Vec<u64> = counts(&submissions.brands);
    let campaigns: Vec<u64> = counts(&submissions.campaigns);
    let numbers: Vec<u64> = counts(&submissions.numbers);
    assert_eq!((brands, campaigns, numbers), (vec![1], vec![1], vec![1, 1]));
}

/// Each look is at least as long after the one before as that was, up to the longest
/// interval; and looks that bring nothing write nothing.
async fn looks_grow_apart(
    change: impl FnOnce(&mut Value),
    days: u32,
    from: Duration,
    to: Duration,
) {
    let (world, id) = received(change).await;
    while world.turn().await.unwrap() {}
    let before = world.store.history(&id).await.unwrap().len();
    let looks = wait(&world, days + 30).await;
    let gaps: Vec<Duration> = looks
        .windows(2)
        .map(|pair| Duration::try_from(pair[1].duration_since(pair[0])).unwrap())
        .collect();
    assert!(gaps.is_sorted(), "{gaps:?}");
    assert_eq!(
        (gaps.first(), gaps.last()),
        (Some(&from), Some(&to)),
        "{gaps:?}"
    );
    let at_longest = gaps.iter().filter(|gap| **gap == to).count();
    assert!(at_longest > 15, "{gaps:?}");
    let after = world.store.history(&id).await.unwrap().len();
    let told = told::history(&*world.store, &id).await.unwrap();
    assert_eq!(after, before + 1, "more than `overdue`: {told:?}");
}

#[tokio::test]
async fn looks_at_a_brand_grow_apart_up_to_the_longest_interval_and_write_nothing() {
    looks_grow_apart(is_never_scored, 30, MINUTE * 5, DAY).await;
}

#[tokio::test]
async fn looks_at_a_vetting_grow_apart_up_to_the_longest_interval_and_write_nothing() {
    looks_grow_apart(is_never_vetted, 30, DAY, DAY * 3).await;
}

#[tokio::test]
async fn looks_at_a_campaign_grow_apart_up_to_the_longest_interval_and_write_nothing() {
    looks_grow_apart(is_never_reviewed, 60, DAY, DAY * 3).await;
}

#[tokio::test]
async fn what_is_registered_is_looked_at_once_a_day_and_each_of_its_numbers_once_a_week() {
    let (world, id) = received(|_| {}).await;
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
    let looks_at = |part: &str| {
        let calls = world.simulator.calls();
        let looks = calls
            .iter()
            .filter(|call| call.method == "GET" && call.path.contains(part));
        looks.count()
    };
    let parts = ["/10dlc/campaign/", "/phone_number_campaigns/"];
    let before = parts.map(looks_at);
    wait(&world, 28).await;
    let after = parts.map(looks_at);
    // A look at a campaign asks for its carriers too.
    assert_eq!(after[0] - before[0], 28 * 2);
    assert_eq!(after[1] - before[1], 4 * 2, "of two numbers");
}

#[tokio::test]
async fn a_brand_overdue_once_after_30_days_is_registered_when_it_is_scored_at_last() {
    let (world, id) = received(is_never_scored).await;
    wait(&world, 29).await;
    let early = overdue(&world, &id).await;
    assert!(early.is_empty(), "{early:?}");
    wait(&world, 61).await;
    assert_eq!(overdue(&world, &id).await, [(Step::Brand, 30)]);
    assert!(world.simulator.review(&Verdict::Brand {
        subject: NEVER_SCORED.to_owned(),
        status: "OK".to_owned(),
        identity_status: "VERIFIED".to_owned(),
        feedback: Vec::new(),
    }));
    wait(&world, 2).await;
    is_registered_and_submitted_once(&world, &id).await;
    assert_eq!(overdue(&world, &id).await, [(Step::Brand, 30)]);
}

#[tokio::test]
async fn a_campaign_overdue_once_after_60_days_is_registered_when_it_is_approved_at_last() {
    let (world, id) = received(is_never_reviewed).await;
    wait(&world, 59).await;
    let early = overdue(&world, &id).await;
    assert!(early.is_empty(), "{early:?}");
    wait(&world, 31).await;
    assert_eq!(overdue(&world, &id).await, [(Step::Campaign, 60)]);
    let reference = Reference::of(&id, Step::Campaign, Round::FIRST);
    assert!(world.simulator.review(&Verdict::Campaign {
        subject: reference.to_string(),
        campaign_status: "MNO_PROVISIONED".to_owned(),
        failure_reasons: None,
    }));
    wait(&world, 2).await;
    is_registered_and_submitted_once(&world, &id).await;
    assert_eq!(overdue(&world, &id).await, [(Step::Campaign, 60)]);
}

#[tokio::test]
async fn a_vetting_that_is_never_done_is_overdue_once_after_30_days_and_keeps_the_campaign_back() {
    let (world, id) = received(is_never_vetted).await;
    wait(&world, 29).await;
    let early = overdue(&world, &id).await;
    assert!(early.is_empty(), "{early:?}");
    wait(&world, 61).await;
    assert_eq!(overdue(&world, &id).await, [(Step::Vetting, 30)]);
    assert_eq!(world.status(&id).await.unwrap(), Status::InReview);
    let submissions = world.simulator.submissions();
    assert_eq!(submissions.vettings.values().sum::<u64>(), 1);
    assert!(submissions.campaigns.is_empty());
}

#[tokio::test]
async fn a_vetting_overdue_once_after_30_days_has_its_order_registered_when_it_is_done_at_last() {
    let (world, id) = received(is_never_vetted).await;
    wait(&world, 45).await;
    assert_eq!(overdue(&world, &id).await, [(Step::Vetting, 30)]);
    assert!(world.simulator.review(&Verdict::Vetting {
        subject: NEVER_VETTED.to_owned(),
        evp_id: "AEGIS".to_owned(),
        vetted: true,
    }));
    wait(&world, 2).await;
    is_registered_and_submitted_once(&world, &id).await;
    assert_eq!(overdue(&world, &id).await, [(Step::Vetting, 30)]);
    let vettings = world.simulator.submissions().vettings;
    assert_eq!(vettings.values().sum::<u64>(), 1);
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

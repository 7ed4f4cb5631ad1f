//! Where orders meet, whatever dies or gets lost on the way: a number that is moved, a
//! brand that is shared, a campaign that two orders stand on. Nobody loses anything
//! unseen, and nothing is paid or taken off twice.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use async_trait::async_trait;
use end_to_end::crash::{Moment, Plan};
use end_to_end::world::World;
use end_to_end::{orders, told};
use platform::cancel::{self, How};
use platform::case::Author;
use platform::share::{BrandName, share};
use platform::{Case, amend};
use registration::facts::Subject;
use registration::{AccountId, Actor, Order, RegistrationId, Status, Step, TraceId, chain};
use registry_simulator::{Answer, Calls, Fault, Settings};
use serde_json::json;

/// More calls than any of the stories makes.
const MOST: usize = 300;

/// Answers that are lost in a row.
const LOST: u64 = 3;

/// What two orders have to do with each other: how it begins, what is tried with a
/// crash or a lost answer, and what is true in the end.
#[async_trait]
trait Story: Sync {
    async fn begins(&self, world: &World) -> Vec<RegistrationId>;
    /// Asked again after a crash.
    async fn goes_on(&self, world: &World, ids: &[RegistrationId]);
    async fn ends(&self, world: &World, ids: &[RegistrationId], here: &str);
}

fn kim() -> Author {
    Author {
        actor: Actor::operator("kim"),
        trace: TraceId::new(8),
    }
}

fn order(business: usize, change: impl FnOnce(&mut serde_json::Value)) -> Order {
    let mut document = orders::document(business, 1);
    change(&mut document);
    Order::read(&document).unwrap()
}

fn numbers(of: usize) -> serde_json::Value {
    orders::document(of, 1)["numbers"].clone()
}

async fn registered(world: &World, order: Order) -> RegistrationId {
    let id = world.receive(order).await.unwrap();
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
    while world.turn().await.unwrap() {}
    id
}

async fn is(world: &World, id: &RegistrationId, status: Status, here: &str) {
    let stands = world.drive(id).await;
    let stands = stands.unwrap_or_else(|error| panic!("{here}: {error}"));
    while world.turn().await.unwrap() {}
    let told = told::history(&*world.store, id).await.unwrap();
    assert_eq!(stands.status, status, "{here}: {told:?}");
}

fn deletions(world: &World, of: &str) -> usize {
    let calls = world.simulator.calls();
    let deletions = calls
        .iter()
        .filter(|call| call.method == "DELETE" && call.path.contains(of));
    deletions.count()
}

fn fees(world: &World) -> (u64, u64) {
    let submissions = world.simulator.submissions();
    (
        submissions.brands.values().sum(),
        submissions.campaigns.values().sum(),
    )
}

struct Moved;

#[async_trait]
impl Story for Moved {
    async fn begins(&self, world: &World) -> Vec<RegistrationId> {
        let first = registered(world, orders::order(1, 1)).await;
        let second = order(2, |order| {
            (order["numbers"], order["move_numbers"]) = (numbers(1), json!(true));
        });
        vec![first, world.receive(second).await.unwrap()]
    }

    async fn goes_on(&self, world: &World, ids: &[RegistrationId]) {
        // A number that was taken off is held for 24 hours.
        for _ in 0..4 {
            while world.turn().await.unwrap() {}
            world.clock.advance(Duration::from_secs(9 * 60 * 60));
            world.sweep().await.unwrap();
        }
        world.drive(&ids[1]).await.unwrap();
    }

    async fn ends(&self, world: &World, ids: &[RegistrationId], here: &str) {
        is(world, &ids[1], Status::Registered, here).await;
        is(world, &ids[0], Status::PartlyRegistered, here).await;
        is(world, &ids[0].number(1), Status::Cancelled, here).await;
        let row = world.store.row(&ids[0]).await.unwrap().unwrap();
        assert_eq!((row.open_numbers, row.cancelled_numbers), (0, 1), "{here}");
        for (id, fact) in [
            (ids[0].clone(), "number_moved"),
            (ids[0].number(1), "moved_away"),
            (ids[1].number(1), "moved_here"),
        ] {
            let told = told::history(&*world.store, &id).await.unwrap();
            let times = told.iter().filter(|known| *known == fact).count();
            assert_eq!(times, 1, "{here}: {told:?}");
        }
        assert_eq!(fees(world), (2, 2), "{here}");
        // Taking off what is off already is success: a lost answer asks again.
        let removals = deletions(world, "phone_number_campaigns");
        assert!(
            (1..=1 + LOST as usize).contains(&removals),
            "{here}: {removals}"
        );
    }
}

struct SharedBrand;

#[async_trait]
impl Story for SharedBrand {
    async fn begins(&self, world: &World) -> Vec<RegistrationId> {
        let first = registered(world, orders::order(3, 1)).await;
        let zeta = AccountId::parse("zeta").unwrap();
        let order = order(3, |order| order["numbers"] = numbers(4));
        let second = world.receive_of(&zeta, order).await.unwrap();
        assert_eq!(world.drive(&second).await.unwrap().status, Status::Parked);
        vec![first, second]
    }

    async fn goes_on(&self, world: &World, ids: &[RegistrationId]) {
        let zeta = AccountId::parse("zeta").unwrap();
        let brand = BrandName::Registration(ids[0].clone());
        share(&world.platform, &brand, &zeta, &kim()).await.unwrap();
        world.drive(&ids[1]).await.unwrap();
    }

    async fn ends(&self, world: &World, ids: &[RegistrationId], here: &str) {
        is(world, &ids[1], Status::Registered, here).await;
        is(world, &ids[0], Status::Registered, here).await;
        for (id, fact) in [(&ids[0], "shared"), (&ids[1], "shared_here")] {
            let told = told::history(&*world.store, id).await.unwrap();
            let times = told.iter().filter(|known| *known == fact).count();
            assert_eq!(times, 1, "{here}: {told:?}");
        }
        assert_eq!(fees(world), (1, 2), "{here}");
    }
}

struct StoodOn;

#[async_trait]
impl Story for StoodOn {
    async fn begins(&self, world: &World) -> Vec<RegistrationId> {
        let first = registered(world, orders::order(5, 1)).await;
        let named = json!({"registrationId": first.as_str()});
        let mut second = order(6, |order| {
            (order["brand"], order["campaign"]) = (named.clone(), named);
        });
        let acme = AccountId::parse("acme").unwrap();
        let resolved = platform::existing::resolve(&world.platform, &acme, false, &mut second);
        resolved.await.unwrap();
        vec![first, registered(world, second).await]
    }

    async fn goes_on(&self, world: &World, ids: &[RegistrationId]) {
        let how = How {
            keep_brand: true,
            ..How::default()
        };
        for id in ids {
            cancel::cancel(&world.platform, id, &kim(), how)
                .await
                .unwrap();
            while world.turn().await.unwrap() {}
        }
    }

    async fn ends(&self, world: &World, ids: &[RegistrationId], here: &str) {
        for id in ids.iter().rev() {
            is(world, id, Status::Cancelled, here).await;
        }
        let campaigns = deletions(world, "/10dlc/campaign/");
        assert!(
            (1..=1 + LOST as usize).contains(&campaigns),
            "{here}: {campaigns}"
        );
    }
}

/// A campaign that is registered with its number, and is to have another use case.
struct ReplacedCampaign;

#[async_trait]
impl Story for ReplacedCampaign {
    async fn begins(&self, world: &World) -> Vec<RegistrationId> {
        vec![registered(world, orders::order(7, 1)).await]
    }

    async fn goes_on(&self, world: &World, ids: &[RegistrationId]) {
        let patch = json!({
            "replace": true,
            "campaign": { "usecase": "CUSTOMER_CARE", "subUsecases": [] },
        });
        // Asked again after a crash, it may be under way or done.
        let _ = amend::amend(&world.platform, &ids[0], &kim(), &patch).await;
        for _ in 0..4 {
            while world.turn().await.unwrap() {}
            world.clock.advance(Duration::from_secs(9 * 60 * 60));
            world.sweep().await.unwrap();
        }
    }

    async fn ends(&self, world: &World, ids: &[RegistrationId], here: &str) {
        is(world, &ids[0], Status::Registered, here).await;
        is(world, &ids[0].number(1), Status::Registered, here).await;
        assert_eq!(fees(world), (1, 2), "{here}");
        let case = Case::load(&*world.store, &ids[0]).await.unwrap();
        let campaign = case.facts.registry_id(Step::Campaign).unwrap().clone();
        let old = case.facts.replaced_campaign().unwrap().clone();
        assert_ne!(campaign, old, "{here}");
        let number = Case::load(&*world.store, &ids[0].number(1)).await.unwrap();
        let Subject::Number { campaign: on, .. } = number.facts.subject() else {
            panic!("{here}: no number");
        };
        assert_eq!(*on, campaign, "{here}");
        let row = world.store.row(&ids[0]).await.unwrap().unwrap();
        assert_eq!((row.open_numbers, row.refused_numbers), (0, 0), "{here}");
        let ended = deletions(world, &format!("/10dlc/campaign/{old}"));
        assert!((1..=1 + LOST as usize).contains(&ended), "{here}: {ended}");
        assert_eq!(deletions(world, &format!("/10dlc/campaign/{campaign}")), 0);
    }
}

async fn holds(world: &World, ids: &[RegistrationId], here: &str) {
    for id in ids {
        let history = world.store.history(id).await.unwrap();
        let row = world.store.row(id).await.unwrap().unwrap();
        chain::verify(id, &history, Some(row.seq)).unwrap();
    }
    for queue in world.functions.queues() {
        let dead = world.queue.depth(queue).await.unwrap().dead;
        assert_eq!(dead, 0, "{here}: a dead letter in {queue}");
    }
}

/// How many calls the story makes.
async fn every_crash_point(story: &dyn Story, moment: Moment) -> usize {
    for at in 1..MOST {
        let plan = Plan::never();
        let world = World::in_memory(Settings::default(), plan.clone())
            .await
            .unwrap();
        let ids = story.begins(&world).await;
        plan.from_now(at, moment);
        // All of one process dies at once, and whoever decides begins again. Asked for
        // first, so that the world does not take it for the death of one worker.
        let died = tokio::select! {
            biased;
            () = plan.died.notified() => true,
            () = story.goes_on(&world, &ids) => false,
        };
        if died {
            story.goes_on(&world, &ids).await;
        }
        let here = format!("{moment:?} call {at}");
        story.ends(&world, &ids, &here).await;
        holds(&world, &ids, &here).await;
        if !plan.has_died() {
            return at - 1;
        }
    }
    panic!("the story makes more than {MOST} calls: raise MOST")
}

/// The answers to the first writes of the story are lost, one after the other.
async fn lost_answers(story: &dyn Story) {
    for lost in 1..=LOST {
        let world = World::in_memory(Settings::default(), Plan::never())
            .await
            .unwrap();
        let ids = story.begins(&world).await;
        let fault = Fault {
            answer: Answer::Close,
            carried_out: true,
            calls: Calls::Writes,
        };
        world.simulator.fail_next(lost, fault);
        story.goes_on(&world, &ids).await;
        let here = format!("{lost} answers are lost");
        story.ends(&world, &ids, &here).await;
        holds(&world, &ids, &here).await;
    }
}

async fn every_way(story: &dyn Story) {
    for moment in [Moment::Before, Moment::After] {
        let points = every_crash_point(story, moment).await;
        println!("{points} crash points, {moment:?} a call");
        assert!(points > 20, "only {points} calls were met");
    }
    lost_answers(story).await;
}

#[tokio::test]
async fn a_number_that_is_moved_is_moved_once_and_told_whatever_dies_or_gets_lost() {
    every_way(&Moved).await;
}

#[tokio::test]
async fn a_campaign_that_is_replaced_is_paid_once_more_whatever_dies_or_gets_lost() {
    every_way(&ReplacedCampaign).await;
}

#[tokio::test]
async fn a_brand_that_is_shared_is_paid_once_whatever_dies_or_gets_lost() {
    every_way(&SharedBrand).await;
}

#[tokio::test]
async fn a_campaign_that_two_stand_on_goes_with_the_last_whatever_dies_or_gets_lost() {
    every_way(&StoodOn).await;
}

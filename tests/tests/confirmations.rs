//! The e-mail by which a public company confirms its brand: the days it takes, by a clock
//! that the test moves, and whatever dies or gets lost on the way.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use end_to_end::crash::{Moment, Plan};
use end_to_end::world::World;
use end_to_end::{orders, told};
use platform::case::Author;
use platform::confirmation::confirmation;
use platform::{Case, amend, retry};
use registration::{Actor, Order, RegistrationId, Status, Step, TraceId, chain};
use registry_simulator::{Answer, Calls, Confirmation, Fault, Settings, Verdict};
use serde_json::json;

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// More calls than any of the stories makes.
const MOST: usize = 400;

/// Answers that are lost in a row.
const LOST: u64 = 3;

fn kim() -> Author {
    Author {
        actor: Actor::operator("kim"),
        trace: TraceId::new(8),
    }
}

/// The order of a public company, whose EIN has this ending.
fn public(business: usize, ending: &str) -> Order {
    let mut order = orders::document(business, 1);
    let brand = &mut order["brand"];
    brand["entityType"] = json!("PUBLIC_PROFIT");
    brand["ein"] = json!(format!("00{business:03}{ending}"));
    brand["stockSymbol"] = json!("EXB");
    brand["stockExchange"] = json!("NASDAQ");
    brand["businessContactEmail"] = json!("legal@example-business.example");
    Order::read(&order).unwrap()
}

/// Such an order that waits for its link to be followed.
async fn waiting(world: &World, ending: &str) -> RegistrationId {
    let id = world.receive(public(1, ending)).await.unwrap();
    let status = world.drive(&id).await.unwrap().status;
    assert_eq!(status, Status::AwaitingConfirmation);
    while world.turn().await.unwrap() {}
    id
}

async fn status(world: &World, id: &RegistrationId) -> Status {
    world.status(id).await.unwrap()
}

async fn last(world: &World, id: &RegistrationId) -> String {
    let mut told = told::history(&*world.store, id).await.unwrap();
    told.pop().unwrap()
}

async fn brand(world: &World, id: &RegistrationId) -> String {
    let case = Case::load(&*world.store, id).await.unwrap();
    let brand = case.facts.registry_id(Step::Brand).unwrap();
    brand.as_str().to_owned()
}

async fn steer(world: &World, id: &RegistrationId, outcome: Confirmation) -> bool {
    let subject = brand(world, id).await;
    let verdict = Verdict::Confirmation { subject, outcome };
    world.simulator.review(&verdict)
}

/// Lets so much time pass, and everything that is due then happen.
async fn pass(world: &World, time: Duration) {
    world.clock.advance(time);
    for _ in 0..4 {
        world.sweep().await.unwrap();
        while world.turn().await.unwrap() {}
    }
}

fn fees(world: &World) -> (u64, u64) {
    let submissions = world.simulator.submissions();
    (
        submissions.brands.values().sum(),
        submissions.campaigns.values().sum(),
    )
}

#[tokio::test]
async fn a_followed_link_whose_webhook_is_lost_is_seen_within_a_day() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = waiting(&world, "9015").await;
    pass(&world, 3 * DAY).await;
    assert!(steer(&world, &id, Confirmation::Followed).await);
    pass(&world, DAY).await;
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
    assert_eq!(world.rescues.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_link_expires_after_7_days_and_another_e_mail_goes_on_from_there() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = waiting(&world, "9016").await;
    pass(&world, 7 * DAY - HOUR).await;
    assert_eq!(last(&world, &id).await, "brand submitted", "too early");
    pass(&world, DAY).await;
    assert_eq!(last(&world, &id).await, "confirmation expired");
    assert_eq!(status(&world, &id).await, Status::AwaitingConfirmation);
    confirmation(&world.platform, &id, &kim()).await.unwrap();
    while world.turn().await.unwrap() {}
    assert_eq!(last(&world, &id).await, "confirmation submitted");
    pass(&world, DAY).await;
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
    assert_eq!(fees(&world), (1, 1));
    assert_eq!(world.rescues.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn after_30_days_the_brand_is_over_and_only_a_person_pays_for_another_one() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = waiting(&world, "9015").await;
    for _ in 0..29 {
        pass(&world, DAY).await;
        assert_eq!(status(&world, &id).await, Status::AwaitingConfirmation);
    }
    pass(&world, 2 * DAY).await;
    assert_eq!(last(&world, &id).await, "brand expired");
    assert_eq!(status(&world, &id).await, Status::Expired);
    let before = world.simulator.calls().len();
    pass(&world, 10 * DAY).await;
    assert_eq!(world.simulator.calls().len(), before, "nobody pays unasked");
    assert!(steer(&world, &id, Confirmation::Over).await);
    let how = retry::How::default();
    let first = brand(&world, &id).await;
    retry::retry(&world.platform, &id, &kim(), how)
        .await
        .unwrap();
    world.drive(&id).await.unwrap();
    assert_eq!(status(&world, &id).await, Status::AwaitingConfirmation);
    assert_ne!(brand(&world, &id).await, first);
    pass(&world, 29 * DAY).await;
    assert_eq!(status(&world, &id).await, Status::AwaitingConfirmation);
    assert!(steer(&world, &id, Confirmation::Followed).await);
    pass(&world, DAY).await;
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
    assert_eq!(fees(&world), (2, 1));
    let case = Case::load(&*world.store, &id).await.unwrap();
    let paid = case.facts.fees();
    let brands = paid.iter().filter(|fee| fee.step == Step::Brand);
    assert_eq!(brands.count(), 2);
    assert_eq!(world.rescues.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_link_that_was_followed_on_the_last_day_is_not_taken_for_over() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = waiting(&world, "9015").await;
    pass(&world, 29 * DAY).await;
    assert!(steer(&world, &id, Confirmation::Followed).await);
    // Nothing runs until the time is over.
    pass(&world, 5 * DAY).await;
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
    assert_eq!(fees(&world), (1, 1));
}

/// What is tried with a crash or a lost answer, and what is true in the end.
#[async_trait]
trait Story: Sync {
    async fn begins(&self, world: &World) -> RegistrationId;
    /// Gone on with after a crash.
    async fn goes_on(&self, world: &World, id: &RegistrationId);
    async fn ends(&self, world: &World, id: &RegistrationId, here: &str);
}

/// Another e-mail, to the same address or to a corrected one.
struct Again {
    corrected: bool,
}

#[async_trait]
impl Story for Again {
    async fn begins(&self, world: &World) -> RegistrationId {
        waiting(world, "9016").await
    }

    async fn goes_on(&self, world: &World, id: &RegistrationId) {
        let is_asked = told::history(&*world.store, id).await.unwrap();
        let is_asked = is_asked
            .iter()
            .any(|fact| fact == "confirmation retried" || fact == "amended");
        if !is_asked && self.corrected {
            let patch = json!({"brand": {"businessContactEmail": "ir@example-business.example"}});
            amend::amend(&world.platform, id, &kim(), &patch)
                .await
                .unwrap();
        } else if !is_asked {
            confirmation(&world.platform, id, &kim()).await.unwrap();
        }
        // What is in doubt is tried again after a time, and then looked at.
        for _ in 0..4 {
            pass(world, HOUR).await;
        }
        pass(world, DAY).await;
    }

    async fn ends(&self, world: &World, id: &RegistrationId, here: &str) {
        registered(world, id, here).await;
        let mails = world.simulator.mails(&brand(world, id).await);
        assert_eq!(mails.len(), 2, "{here}: {mails:?}");
        assert_eq!(mails[1].starts_with("ir@"), self.corrected, "{here}");
        assert_eq!(fees(world), (1, 1), "{here}");
    }
}

/// Nobody follows a link of the first brand.
struct Over;

#[async_trait]
impl Story for Over {
    async fn begins(&self, world: &World) -> RegistrationId {
        let id = waiting(world, "9015").await;
        pass(world, 8 * DAY).await;
        assert!(steer(world, &id, Confirmation::Over).await);
        id
    }

    async fn goes_on(&self, world: &World, id: &RegistrationId) {
        if status(world, id).await == Status::AwaitingConfirmation {
            pass(world, 23 * DAY).await;
        }
        if status(world, id).await == Status::Expired {
            let how = retry::How::default();
            retry::retry(&world.platform, id, &kim(), how)
                .await
                .unwrap();
        }
        for _ in 0..3 {
            pass(world, HOUR).await;
        }
        if status(world, id).await == Status::AwaitingConfirmation {
            steer(world, id, Confirmation::Followed).await;
        }
        pass(world, DAY).await;
    }

    async fn ends(&self, world: &World, id: &RegistrationId, here: &str) {
        registered(world, id, here).await;
        assert_eq!(fees(world), (2, 1), "{here}");
    }
}

async fn registered(world: &World, id: &RegistrationId, here: &str) {
    let row = world.drive(id).await;
    let row = row.unwrap_or_else(|error| panic!("{here}: {error}"));
    while world.turn().await.unwrap() {}
    let told = told::history(&*world.store, id).await.unwrap();
    assert_eq!(row.status, Status::Registered, "{here}: {told:?}");
    let history = world.store.history(id).await.unwrap();
    let row = world.store.row(id).await.unwrap().unwrap();
    chain::verify(id, &history, Some(row.seq)).unwrap();
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
        let id = story.begins(&world).await;
        plan.from_now(at, moment);
        // All of one process dies at once, and whoever decides begins again. Asked for
        // first, so that the world does not take it for the death of one worker.
        let died = tokio::select! {
            biased;
            () = plan.died.notified() => true,
            () = story.goes_on(&world, &id) => false,
        };
        if died {
            story.goes_on(&world, &id).await;
        }
        story
            .ends(&world, &id, &format!("{moment:?} call {at}"))
            .await;
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
        let id = story.begins(&world).await;
        let fault = Fault {
            answer: Answer::Close,
            carried_out: true,
            calls: Calls::Writes,
        };
        world.simulator.fail_next(lost, fault);
        story.goes_on(&world, &id).await;
        let here = format!("{lost} answers are lost");
        story.ends(&world, &id, &here).await;
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
async fn another_e_mail_is_sent_once_whatever_dies_or_gets_lost() {
    every_way(&Again { corrected: false }).await;
}

#[tokio::test]
async fn a_corrected_address_is_sent_one_e_mail_whatever_dies_or_gets_lost() {
    every_way(&Again { corrected: true }).await;
}

#[tokio::test]
async fn a_brand_that_is_over_is_paid_once_more_whatever_dies_or_gets_lost() {
    every_way(&Over).await;
}

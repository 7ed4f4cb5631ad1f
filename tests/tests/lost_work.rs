//! Work that registrations are known to lose, one test for each loss.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;
use std::time::Duration;

use end_to_end::crash::Plan;
use end_to_end::orders;
use end_to_end::told;
use end_to_end::world::World;
use platform::Platform;
use platform::clock::SystemClock;
use platform::limit::{Change, Changer};
use platform::limiter::{Limits, Rate};
use platform::message::Cause;
use platform::queue::Outgoing;
use platform::store::Row;
use registration::{Status, Step, TraceId, chain};
use registry_simulator::{
    Answer, Calls, Delivery, Fault, Reviews, Settings, Span, Verdict, Webhooks,
};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// A test that waits longer than this for a condition has failed.
const LONGEST: Duration = Duration::from_secs(60);

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

/// A world with one order that was taken and not touched for longer than anything takes
/// that nothing is in the way of, and what a sweep at this rate says of it.
async fn swept_late(what: impl AsyncFnOnce(&World, &str)) -> sweep::Swept {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = world.receive(orders::order(1, 1)).await.unwrap();
    let (rate, limit) = (Rate::per_second(1.0).unwrap(), "telnyx/writes");
    what(&world, limit).await;
    let row = world.store.row(&id).await.unwrap().unwrap();
    let late = world.platform.patience.rescue_after + Duration::from_secs(1);
    world.clock.advance(late);
    assert!(row.due_at.unwrap() <= world.platform.clock.now());
    let limits = Limits {
        writes: Some(rate),
        reads: None,
    };
    let pace = world.platform.pace("telnyx", limits);
    sweep::sweep(&world.platform, &pace).await.unwrap()
}

/// Takes the order's message and sends `times` of it that are hidden for a long time, as
/// those are that wait for a slot.
async fn hide(world: &World, times: usize) {
    let visibility = world.platform.visibility;
    let queue = world.functions.queues()[0];
    let taken = world.queue.receive(queue, 1, visibility, Duration::ZERO);
    let taken = taken.await.unwrap().remove(0);
    world.queue.acknowledge(&taken.receipt).await.unwrap();
    let hidden = Outgoing {
        message: taken.message.unwrap(),
        delay: Duration::from_secs(14 * 60),
    };
    let hidden = vec![hidden; times];
    world.queue.send(&hidden).await.unwrap();
}

#[tokio::test]
async fn an_order_whose_message_is_gone_is_told_as_lost_and_rescued() {
    let swept = swept_late(async |world, _| hide(world, 0).await).await;
    assert_eq!((swept.rescues, swept.queued), (1, 0));
}

#[tokio::test]
async fn an_order_behind_a_backlog_of_hidden_messages_is_told_as_queued_and_not_as_lost() {
    let swept = swept_late(async |world, _| hide(world, 200).await).await;
    assert_eq!((swept.rescues, swept.queued), (0, 1));
}

#[tokio::test]
async fn an_order_that_no_backlog_explains_any_more_is_told_as_lost() {
    let swept = swept_late(async |world, _| {
        hide(world, 10).await;
        world.clock.advance(Duration::from_secs(60));
    });
    let swept = swept.await;
    assert_eq!((swept.rescues, swept.queued), (1, 0));
}

#[tokio::test]
async fn an_order_that_waits_at_a_paused_limit_is_told_as_queued_however_long() {
    let swept = swept_late(async |world, limit| {
        let changer = Changer {
            operator: "pat".to_owned(),
            at: world.platform.clock.now(),
        };
        let paused = world.store.change_limit(limit, Change::Pause, &changer);
        paused.await.unwrap();
        hide(world, 1).await;
        world.clock.advance(Duration::from_secs(3 * 60 * 60));
    });
    let swept = swept.await;
    assert_eq!((swept.rescues, swept.queued), (0, 1));
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
async fn a_webhook_that_is_earlier_than_the_answer_is_kept_and_looked_at_after_it() {
    let settings = Settings {
        reviews: Reviews {
            brand: Span::exactly(Duration::from_secs(60 * 60)),
            ..Reviews::default()
        },
        webhooks: Webhooks::On(Delivery::default()),
        ..Settings::default()
    };
    let plan = Plan::never();
    let (world, _webhooks) = reached_by_webhooks(settings, &plan).await;
    let id = world.receive(orders::order(3, 1)).await.unwrap();
    plan.hold_back();
    let another_worker = async {
        // The call is carried out, and its answer is on the way.
        plan.held.notified().await;
        let told = told::history(&*world.store, &id).await.unwrap();
        assert_eq!(told, ["received", "brand intended"]);
        assert!(world.simulator.review(&Verdict::Brand {
            subject: orders::ein(3),
            status: "OK".to_owned(),
            identity_status: "VERIFIED".to_owned(),
            feedback: Vec::new(),
        }));
        until_waiting(&world, Step::Brand).await;
        assert!(world.turn().await.unwrap());
        let depth = world.queue.depth(Step::Brand.function()).await.unwrap();
        assert_eq!(depth.delayed, 1, "it comes again after the answer");
        plan.release.notify_one();
    };
    let (turned, ()) = tokio::join!(world.turn(), another_worker);
    assert!(turned.unwrap());
    let told = told::history(&*world.store, &id).await.unwrap();
    assert_eq!(told.last().unwrap(), "brand submitted", "not approved yet");
    // Sooner than any look by plan.
    world.clock.advance(world.platform.patience.first_look / 2);
    while world.turn().await.unwrap() {}
    let told = told::history(&*world.store, &id).await.unwrap();
    assert!(told.contains(&"brand approved".to_owned()), "{told:?}");
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
    assert_eq!(submitted(&world), [1, 1, 1]);
}

/// A world whose registry reaches its webhooks function, by the real time: that is
/// what signatures are dated with.
async fn reached_by_webhooks(settings: Settings, plan: &Arc<Plan>) -> (World, JoinSet<()>) {
    let world = World::new(settings, Arc::clone(plan)).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let platform = Platform {
        clock: Arc::new(SystemClock),
        ..world.platform.clone()
    };
    let router = webhooks::router(platform, Arc::clone(&world.downstream.registry));
    let mut serving = JoinSet::new();
    serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
    (world.at(url), serving)
}

/// Waits for a message to this step's function.
async fn until_waiting(world: &World, step: Step) {
    let waiting = async {
        while world.queue.depth(step.function()).await.unwrap().waiting == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONGEST, waiting).await.unwrap();
}

/// How often brands, campaigns and numbers were submitted.
fn submitted(world: &World) -> [u64; 3] {
    let submissions = world.simulator.submissions();
    [
        submissions.brands,
        submissions.campaigns,
        submissions.numbers,
    ]
    .map(|kind| kind.values().sum())
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

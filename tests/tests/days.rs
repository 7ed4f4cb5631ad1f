//! What takes hours, days and months, by a clock that the test moves: PINs that
//! expire, numbers that are held, brands that must rest, and suspensions whose
//! webhook was lost.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use end_to_end::orders;
use end_to_end::told;
use end_to_end::world::World;
use platform::case::Author;
use platform::receive::{self, Received};
use platform::{Case, amend, cancel, otp};
use registration::{AccountId, Actor, Order, Pin, RegistrationId, Status, Step, TraceId};
use registry_simulator::{Settings, Verdict};
use serde_json::json;

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

const ROSA: &str = include_str!("../orders/rosa-garden-design.json");

fn kim() -> Author {
    Author {
        actor: Actor::operator("kim"),
        trace: TraceId::new(1),
    }
}

async fn case(world: &World, id: &RegistrationId) -> Case {
    Case::load(&*world.store, id).await.unwrap()
}

/// Leaves the histories as orders from before claims have left them.
fn forget_claims(world: &World) {
    let file = world.data_file().unwrap();
    let gone = file.execute("DELETE FROM controls WHERE key GLOB 'claim/*'", []);
    assert!(gone.unwrap() > 0);
}

/// Lets so much time pass, and everything that is due then happen.
async fn pass(world: &World, time: Duration) {
    world.clock.advance(time);
    for _ in 0..4 {
        world.sweep().await.unwrap();
        while world.turn().await.unwrap() {}
    }
}

#[tokio::test]
async fn a_pin_expires_after_24_hours_and_another_sms_goes_on_from_there() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let order = Order::read(&serde_json::from_str(ROSA).unwrap()).unwrap();
    let id = world.receive(order).await.unwrap();
    world.drive(&id).await.unwrap();
    pass(&world, DAY - HOUR).await;
    let told = told::history(&*world.store, &id).await.unwrap();
    assert_eq!(told.last().unwrap(), "otp approved", "too early");
    pass(&world, 2 * HOUR).await;
    let told = told::history(&*world.store, &id).await.unwrap();
    assert_eq!(told.last().unwrap(), "otp expired");
    assert_eq!(world.status(&id).await.unwrap(), Status::AwaitingPin);
    let pin = Pin::parse("123456").unwrap();
    let late = otp::otp(&world.platform, &id, &kim(), Some(&pin)).await;
    assert!(matches!(late, Err(otp::OtpError::Expired)), "{late:?}");
    otp::otp(&world.platform, &id, &kim(), None).await.unwrap();
    while world.turn().await.unwrap() {}
    let brand = case(&world, &id)
        .await
        .facts
        .registry_id(Step::Brand)
        .cloned();
    let pin = world.simulator.pin(brand.unwrap().as_str()).unwrap();
    let pin = Pin::parse(&pin).unwrap();
    otp::otp(&world.platform, &id, &kim(), Some(&pin))
        .await
        .unwrap();
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
}

#[tokio::test]
async fn a_number_taken_off_our_other_campaign_goes_on_the_new_one_after_24_hours_and_not_before() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let first = world.receive(orders::order(401, 1)).await.unwrap();
    world.drive(&first).await.unwrap();
    let mut document = orders::document(402, 1);
    document["numbers"] = orders::document(401, 1)["numbers"].clone();
    document["move_numbers"] = json!(true);
    let second = world
        .receive(Order::read(&document).unwrap())
        .await
        .unwrap();
    while world.turn().await.unwrap() {}
    pass(&world, 23 * HOUR).await;
    assert_eq!(world.status(&second).await.unwrap(), Status::InProgress);
    let posts = |world: &World| {
        let calls = world.simulator.calls();
        let posts = calls
            .iter()
            .filter(|call| call.method == "POST" && call.path.ends_with("phone_number_campaigns"));
        posts.count()
    };
    assert_eq!(
        posts(&world),
        1,
        "by our own records it is on the other campaign"
    );
    pass(&world, 2 * HOUR).await;
    world.drive(&second).await.unwrap();
    assert_eq!(world.status(&second).await.unwrap(), Status::Registered);
    assert_eq!(posts(&world), 2);
    let told = told::history(&*world.store, &second.number(1))
        .await
        .unwrap();
    assert!(told.contains(&"detach approved".to_owned()), "{told:?}");
}

#[tokio::test]
async fn somebody_elses_number_is_parked_and_another_one_takes_its_place() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let mut document = orders::document(403, 2);
    document["numbers"][0] = json!("+12065559409");
    let id = world
        .receive(Order::read(&document).unwrap())
        .await
        .unwrap();
    while world.turn().await.unwrap() {}
    let number = id.number(1);
    assert_eq!(world.status(&number).await.unwrap(), Status::Parked);
    let calls = world.simulator.calls();
    assert!(
        !calls.iter().any(|call| call.method == "DELETE"),
        "it is not ours to take off"
    );
    let patch = json!({"number": "+12068880403"});
    amend::amend(&world.platform, &number, &kim(), &patch)
        .await
        .unwrap();
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
}

/// How often a number was taken off a campaign.
fn removals(world: &World) -> usize {
    let calls = world.simulator.calls();
    let removals = calls.iter().filter(|call| {
        call.method == "DELETE" && call.path.contains("/10dlc/phone_number_campaigns/")
    });
    removals.count()
}

#[tokio::test]
async fn a_number_on_the_campaign_of_another_account_of_this_platform_is_not_taken_off() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let first = world.receive(orders::order(410, 1)).await.unwrap();
    world.drive(&first).await.unwrap();
    let mut document = orders::document(411, 1);
    document["numbers"] = orders::document(410, 1)["numbers"].clone();
    // An order from before claims were kept.
    forget_claims(&world);
    let order = Order::read(&document).unwrap();
    let other = AccountId::parse("other").unwrap();
    let (actor, trace) = (Actor::account(&other), TraceId::new(2));
    let received = receive::receive(&world.platform, &other, actor, order, None, trace);
    let Received::New(second, _) = received.await.unwrap() else {
        panic!("not new");
    };
    while world.turn().await.unwrap() {}
    let number = world.status(&second.number(1)).await.unwrap();
    assert_eq!(number, Status::Parked);
    assert_eq!(removals(&world), 0, "it is not this account's to take off");
    assert_eq!(world.status(&first).await.unwrap(), Status::Registered);
}

#[tokio::test]
async fn a_number_that_is_put_back_each_time_is_taken_off_three_times_and_then_parked() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let first = world.receive(orders::order(412, 1)).await.unwrap();
    world.drive(&first).await.unwrap();
    let campaign = case(&world, &first).await.facts;
    let campaign = campaign.registry_id(Step::Campaign).unwrap();
    let phone = orders::document(412, 1)["numbers"][0].clone();
    let back = json!({"phoneNumber": phone, "campaignId": campaign.as_str()});
    let mut document = orders::document(413, 1);
    document["numbers"] = json!([phone]);
    document["move_numbers"] = json!(true);
    let order = Order::read(&document).unwrap();
    let second = world.receive(order).await.unwrap();
    while world.turn().await.unwrap() {}
    for times in 1..=3 {
        assert_eq!(removals(&world), times);
        // Somebody puts it back while it is held.
        let url = format!(
            "{}/10dlc/phone_number_campaigns",
            world.simulator.base_url()
        );
        let put = reqwest::Client::new().post(url).json(&back);
        let put = put.bearer_auth(Settings::default().api_key).send();
        assert!(put.await.unwrap().status().is_success());
        pass(&world, DAY + HOUR).await;
    }
    let number = second.number(1);
    assert_eq!(world.status(&number).await.unwrap(), Status::Parked);
    assert_eq!(removals(&world), 3);
}

#[tokio::test]
async fn a_brand_is_deleted_only_after_its_campaign_has_been_over_for_three_months() {
    let settings = Settings {
        brand_kept_for: Duration::ZERO,
        ..Settings::default()
    };
    let world = World::immortal(settings).await.unwrap();
    let id = world.receive(orders::order(404, 1)).await.unwrap();
    world.drive(&id).await.unwrap();
    cancel::cancel(&world.platform, &id, &kim(), cancel::How::default())
        .await
        .unwrap();
    while world.turn().await.unwrap() {}
    pass(&world, HOUR).await;
    pass(&world, 80 * DAY).await;
    assert_eq!(world.status(&id).await.unwrap(), Status::Cancelling);
    let deletions = |world: &World| {
        let calls = world.simulator.calls();
        let deletions = calls
            .iter()
            .filter(|call| call.method == "DELETE" && call.path.contains("/10dlc/brand/"));
        deletions.count()
    };
    assert_eq!(deletions(&world), 0, "it is not even asked before");
    pass(&world, 20 * DAY).await;
    assert_eq!(world.status(&id).await.unwrap(), Status::Cancelled);
    assert_eq!(deletions(&world), 1);
}

#[tokio::test]
async fn a_suspension_whose_webhook_is_lost_is_seen_within_a_day_and_so_is_its_end() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = world.receive(orders::order(405, 1)).await.unwrap();
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
    for (word, status) in [
        ("SUSPENDED", Status::Suspended),
        ("REGISTERED", Status::Registered),
    ] {
        let campaign = case(&world, &id)
            .await
            .facts
            .registry_id(Step::Campaign)
            .cloned();
        let verdict = Verdict::Carrier {
            subject: campaign.unwrap().as_str().to_owned(),
            network: "10035".to_owned(),
            operation_status: word.to_owned(),
        };
        assert!(world.simulator.review(&verdict));
        pass(&world, DAY + HOUR).await;
        assert_eq!(world.status(&id).await.unwrap(), status);
    }
    assert_eq!(world.rescues.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_expired_campaign_ends_the_registration_and_a_retry_makes_a_new_campaign() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = world.receive(orders::order(406, 1)).await.unwrap();
    world.drive(&id).await.unwrap();
    let before = case(&world, &id)
        .await
        .facts
        .registry_id(Step::Campaign)
        .cloned();
    let verdict = Verdict::Campaign {
        subject: before.clone().unwrap().as_str().to_owned(),
        campaign_status: "TCR_EXPIRED".to_owned(),
        failure_reasons: None,
    };
    assert!(world.simulator.review(&verdict));
    pass(&world, DAY + HOUR).await;
    assert_eq!(world.status(&id).await.unwrap(), Status::Expired);
    platform::retry::retry(
        &world.platform,
        &id,
        &kim(),
        platform::retry::How::default(),
    )
    .await
    .unwrap();
    world.drive(&id).await.unwrap();
    let after = case(&world, &id)
        .await
        .facts
        .registry_id(Step::Campaign)
        .cloned();
    assert!(after.is_some() && after != before, "{after:?}");
}

#[tokio::test]
async fn a_refused_campaign_is_appealed_for_or_corrected_and_a_correction_is_sent_whatever_is_said_with_it()
 {
    let world = World::immortal(Settings::default()).await.unwrap();
    let mut document = orders::document(407, 1);
    let flow = document["campaign"]["messageFlow"].clone();
    document["campaign"]["messageFlow"] = json!(format!("{} REJECT-MNO", flow.as_str().unwrap()));
    for (business, patch, sent) in [
        (
            408,
            json!({"appeal": "The opt-in is on paper, as the form shows."}),
            (0, 1),
        ),
        (
            409,
            json!({"appeal": "See the new text.", "campaign": {"messageFlow": flow}}),
            (1, 0),
        ),
    ] {
        let mut order = orders::document(business, 1);
        order["campaign"]["messageFlow"] = document["campaign"]["messageFlow"].clone();
        let before = world.simulator.submissions();
        let id = world.receive(Order::read(&order).unwrap()).await.unwrap();
        assert_eq!(world.drive(&id).await.unwrap().status, Status::Rejected);
        amend::amend(&world.platform, &id, &kim(), &patch)
            .await
            .unwrap();
        assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
        let after = world.simulator.submissions();
        let edits = after.edits.values().sum::<u64>() - before.edits.values().sum::<u64>();
        let appeals = after.appeals.values().sum::<u64>() - before.appeals.values().sum::<u64>();
        assert_eq!((edits, appeals), sent);
    }
}

//! Phone numbers over HTTP.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "everything here is part of a test, and fails by panicking"
)]

mod caller;

use std::time::Duration;

use caller::{Caller, campaign, with};
use registry_simulator::{Reviews, Settings, Span};
use serde_json::{Value, json};

const NUMBERS: &str = "/10dlc/phone_number_campaigns";

fn on(phone: &str, campaign_id: &str) -> Value {
    json!({"phoneNumber": phone, "campaignId": campaign_id})
}

async fn with_campaign(settings: Settings) -> (Caller, String, String) {
    let caller = Caller::start(settings).await;
    let brand_id = caller.brand_id("123456789").await;
    let campaign_id = caller.campaign_id(&brand_id, "r1").await;
    (caller, brand_id, campaign_id)
}

fn slowly() -> Settings {
    let number = Span::exactly(Duration::from_millis(150));
    Settings {
        reviews: Reviews {
            number,
            ..Reviews::default()
        },
        ..Settings::default()
    }
}

#[tokio::test]
async fn a_number_is_assigned_and_removed_after_the_review_time() {
    let (caller, brand_id, campaign_id) = with_campaign(slowly()).await;
    let made = caller
        .post(NUMBERS, &on("+12125550100", &campaign_id))
        .await
        .fine();
    assert_eq!(made["assignmentStatus"], "PENDING_ASSIGNMENT");
    assert_eq!(
        (&made["brandId"], &made["campaignId"]),
        (&json!(brand_id), &json!(campaign_id))
    );
    let path = format!("{NUMBERS}/+12125550100");
    caller.until(&path, "assignmentStatus", "ASSIGNED").await;
    let removed = caller.delete(&path).await.fine();
    assert_eq!(removed["assignmentStatus"], "PENDING_UNASSIGNMENT");
    caller.until_gone(&path).await;
}

#[tokio::test]
async fn a_number_is_on_one_campaign() {
    let (caller, brand_id, campaign_id) = with_campaign(Settings::default()).await;
    let other = caller.campaign_id(&brand_id, "r2").await;
    let made = caller
        .post(NUMBERS, &on("+12125550100", &campaign_id))
        .await
        .fine();
    assert_eq!(made["assignmentStatus"], "ASSIGNED");
    for again in [&campaign_id, &other] {
        let refused = caller.post(NUMBERS, &on("+12125550100", again)).await;
        assert_eq!(
            (refused.status, refused.error()),
            (400, ("90003", "/phoneNumber"))
        );
    }
    assert_eq!(caller.simulator.submissions().numbers["+12125550100"], 1);
    let path = format!("{NUMBERS}/%2B12125550100");
    let moved = caller.put(&path, &on("+12125550100", &other)).await.fine();
    assert_eq!(moved["campaignId"], other);
    let listed = format!("{NUMBERS}?filter[telnyx_campaign_id]={campaign_id}");
    assert_eq!(caller.get(&listed).await.fine()["totalRecords"], 0);
    assert_eq!(caller.delete(&path).await.status, 200);
    caller
        .post(NUMBERS, &on("+12125550100", &campaign_id))
        .await
        .fine();
}

#[tokio::test]
async fn a_number_needs_a_provisioned_campaign() {
    let (caller, brand_id, _) = with_campaign(Settings::default()).await;
    let pending = with(
        campaign(&brand_id, "r2"),
        "sample1",
        "An order comes. NEVER-REVIEWED",
    );
    let pending = caller.post("/10dlc/campaignBuilder", &pending).await.fine();
    let id = pending["campaignId"].as_str().expect("an id");
    let refused = caller.post(NUMBERS, &on("+12125550100", id)).await;
    assert_eq!(
        (refused.status, refused.error()),
        (400, ("90004", "/campaignId"))
    );
    let nowhere = caller.post(NUMBERS, &on("+12125550100", "none")).await;
    assert_eq!(
        (nowhere.status, nowhere.error()),
        (400, ("10017", "/campaignId"))
    );
    let wrong = caller.post(NUMBERS, &on("2125550100", id)).await;
    assert_eq!(
        (wrong.status, wrong.error()),
        (422, ("10016", "/phoneNumber"))
    );
}

#[tokio::test]
async fn the_table_refuses_and_fails_numbers() {
    let (caller, _, campaign_id) = with_campaign(Settings::default()).await;
    let invalid = caller
        .post(NUMBERS, &on("+12125559422", &campaign_id))
        .await;
    assert_eq!(
        (invalid.status, invalid.error()),
        (422, ("10015", "/phoneNumber"))
    );
    let taken = caller
        .post(NUMBERS, &on("+12125559409", &campaign_id))
        .await;
    assert_eq!(
        (taken.status, taken.error()),
        (400, ("90003", "/phoneNumber"))
    );
    for attempt in 1..=2 {
        let failed = caller
            .post(NUMBERS, &on("+12125559001", &campaign_id))
            .await
            .fine();
        assert_eq!(failed["assignmentStatus"], "FAILED_ASSIGNMENT");
        assert!(failed["failureReasons"].is_string());
        assert_eq!(
            caller.simulator.submissions().numbers["+12125559001"],
            attempt
        );
    }
    let never = caller
        .post(NUMBERS, &on("+12125559007", &campaign_id))
        .await
        .fine();
    assert_eq!(never["assignmentStatus"], "PENDING_ASSIGNMENT");
}

#[tokio::test]
async fn the_fiftieth_number_needs_a_pool() {
    let (caller, brand_id, campaign_id) = with_campaign(Settings::default()).await;
    for line in 0..49 {
        let phone = format!("+121255501{line:02}");
        caller.post(NUMBERS, &on(&phone, &campaign_id)).await.fine();
    }
    let refused = caller
        .post(NUMBERS, &on("+12125550199", &campaign_id))
        .await;
    assert_eq!(
        (refused.status, refused.error()),
        (400, ("90005", "/campaignId"))
    );
    let pool = with(campaign(&brand_id, "pool"), "numberPool", true);
    let pool = caller.post("/10dlc/campaignBuilder", &pool).await.fine();
    let pool = pool["campaignId"].as_str().expect("an id");
    for line in 0..51 {
        let phone = format!("+131255501{line:02}");
        caller.post(NUMBERS, &on(&phone, pool)).await.fine();
    }
    let listed = caller
        .get(&format!("{NUMBERS}?filter%5Btelnyx_campaign_id%5D={pool}"))
        .await
        .fine();
    assert_eq!(listed["totalRecords"], 51);
    assert_eq!(listed["records"].as_array().expect("records").len(), 20);
    assert_eq!(listed["records"][0]["phoneNumber"], "+13125550150");
    let all = caller
        .get(&format!("{NUMBERS}?filter[telnyx_brand_id]={brand_id}"))
        .await
        .fine();
    assert_eq!(all["totalRecords"], 100);
}

#[tokio::test]
async fn a_removed_number_is_held_for_its_former_campaign() {
    for (hold, held) in [(Duration::from_secs(3600), true), (Duration::ZERO, false)] {
        let settings = Settings {
            number_hold: hold,
            ..Settings::default()
        };
        let (caller, brand_id, campaign_id) = with_campaign(settings).await;
        let other = caller.campaign_id(&brand_id, "r2").await;
        let sent = on("+12125550100", &campaign_id);
        caller.post(NUMBERS, &sent).await.fine();
        let path = format!("{NUMBERS}/+12125550100");
        caller.delete(&path).await.fine();
        assert_eq!(caller.get(&path).await.status, 404);
        let moved = caller.post(NUMBERS, &on("+12125550100", &other)).await;
        if held {
            assert_eq!(
                (moved.status, moved.error()),
                (400, ("90011", "/phoneNumber"))
            );
            caller.post(NUMBERS, &sent).await.fine();
        } else {
            moved.fine();
        }
    }
}

#[tokio::test]
async fn a_hold_is_over_after_its_time() {
    let settings = Settings {
        number_hold: Duration::from_millis(50),
        ..Settings::default()
    };
    let (caller, brand_id, campaign_id) = with_campaign(settings).await;
    let other = caller.campaign_id(&brand_id, "r2").await;
    caller
        .post(NUMBERS, &on("+12125550100", &campaign_id))
        .await
        .fine();
    caller
        .delete(&format!("{NUMBERS}/+12125550100"))
        .await
        .fine();
    let moved = on("+12125550100", &other);
    while caller.post(NUMBERS, &moved).await.status != 200 {
        tokio::task::yield_now().await;
    }
}

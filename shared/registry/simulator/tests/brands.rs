//! Brands over HTTP.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "everything here is part of a test, and fails by panicking"
)]

mod caller;

use std::time::Duration;

use caller::{Caller, brand, with};
use registry_simulator::{Reviews, Settings, Span, Verdict};
use serde_json::{Value, json};

fn reviewed_in(milliseconds: u64) -> Settings {
    let brand = Span::exactly(Duration::from_millis(milliseconds));
    Settings {
        reviews: Reviews {
            brand,
            ..Reviews::default()
        },
        ..Settings::default()
    }
}

#[tokio::test]
async fn a_brand_without_review_time_is_verified_in_the_answer() {
    let caller = Caller::start(Settings::default()).await;
    let made = caller
        .post("/10dlc/brand", &brand("12-3456789"))
        .await
        .fine();
    assert_eq!(made["status"], "OK");
    assert_eq!(made["identityStatus"], "VERIFIED");
    assert_eq!(made["brandRelationship"], "BASIC_ACCOUNT");
    let id = made["brandId"].as_str().expect("an id");
    let read = caller.get(&format!("/10dlc/brand/{id}")).await.fine();
    assert_eq!(read["ein"], "12-3456789");
    assert_eq!(read["assignedCampaignsCount"], 0);
    assert!(made.get("data").is_none());
}

#[tokio::test]
async fn a_brand_reads_unverified_until_it_is_scored() {
    let caller = Caller::start(reviewed_in(150)).await;
    let made = caller
        .post("/10dlc/brand", &brand("123456789"))
        .await
        .fine();
    assert_eq!(made["status"], "REGISTRATION_PENDING");
    assert_eq!(made["identityStatus"], "UNVERIFIED");
    let path = format!("/10dlc/brand/{}", made["brandId"].as_str().expect("an id"));
    let read = caller.until(&path, "identityStatus", "VERIFIED").await;
    assert_eq!(read["status"], "OK");
}

#[tokio::test]
async fn every_wrong_field_of_a_brand_has_its_own_error() {
    let caller = Caller::start(Settings::default()).await;
    let sent = json!({"entityType": "SHOP", "displayName": "x", "country": "usa", "email": "x", "phone": "2125550100"});
    let refused = caller.post("/10dlc/brand", &sent).await;
    assert_eq!(refused.status, 422);
    let errors = refused.body["errors"].as_array().expect("errors");
    let pointers: Vec<&str> = errors
        .iter()
        .filter_map(|error| error["source"]["pointer"].as_str())
        .collect();
    for field in [
        "/vertical",
        "/companyName",
        "/ein",
        "/entityType",
        "/country",
        "/email",
        "/phone",
    ] {
        assert!(pointers.contains(&field), "{field} is not in {pointers:?}");
    }
    assert!(caller.simulator.submissions().brands.is_empty());
}

#[tokio::test]
async fn an_ein_has_one_brand() {
    let caller = Caller::start(Settings::default()).await;
    let id = caller.brand_id("123456789").await;
    let again = caller.post("/10dlc/brand", &brand("12-3456789")).await;
    assert_eq!((again.status, again.error()), (400, ("90001", "/ein")));
    assert_eq!(caller.simulator.submissions().brands["123456789"], 1);
    assert_eq!(
        caller.delete(&format!("/10dlc/brand/{id}")).await.status,
        204
    );
    assert_ne!(caller.brand_id("123456789").await, id);
    assert_eq!(caller.simulator.submissions().brands["123456789"], 2);
}

#[tokio::test]
async fn the_table_refuses_breaks_and_fails_brands() {
    let caller = Caller::start(Settings::default()).await;
    let invalid = caller.post("/10dlc/brand", &brand("001239422")).await;
    assert_eq!((invalid.status, invalid.error()), (422, ("10015", "/ein")));
    let taken = caller.post("/10dlc/brand", &brand("001239409")).await;
    assert_eq!((taken.status, taken.error()), (400, ("90001", "/ein")));
    assert_eq!(
        caller
            .post("/10dlc/brand", &brand("001239500"))
            .await
            .status,
        500
    );
    let failed = caller
        .post("/10dlc/brand", &brand("001239006"))
        .await
        .fine();
    assert_eq!(failed["status"], "REGISTRATION_FAILED");
    assert!(failed["failureReasons"].is_string());
    let never = caller
        .post("/10dlc/brand", &brand("001239007"))
        .await
        .fine();
    assert_eq!(never["status"], "REGISTRATION_PENDING");
    assert_eq!(caller.simulator.submissions().brands.len(), 2);
}

#[tokio::test]
async fn a_wrong_legal_name_is_told_by_feedback_and_mended_by_an_update() {
    let caller = Caller::start(Settings::default()).await;
    let sent = brand("001239001");
    let made = caller.post("/10dlc/brand", &sent).await.fine();
    assert_eq!(
        (&made["status"], &made["identityStatus"]),
        (&json!("OK"), &json!("UNVERIFIED"))
    );
    let id = made["brandId"].as_str().expect("an id");
    let feedback = caller
        .get(&format!("/10dlc/brand/feedback/{id}"))
        .await
        .fine();
    assert_eq!(feedback["brandId"], id);
    assert_eq!(feedback["category"][0]["id"], "TAX_ID");
    assert_eq!(
        feedback["category"][0]["fields"],
        json!(["ein", "companyName"])
    );
    let mended = with(sent, "companyName", "Shop LLC");
    let updated = caller
        .put(&format!("/10dlc/brand/{id}"), &mended)
        .await
        .fine();
    assert_eq!(updated["identityStatus"], "VERIFIED");
    let feedback = caller
        .get(&format!("/10dlc/brand/feedback/{id}"))
        .await
        .fine();
    assert_eq!(feedback["category"], json!([]));
}

#[tokio::test]
async fn an_ok_brand_may_still_be_unverified_without_feedback() {
    let caller = Caller::start(reviewed_in(2000)).await;
    let made = caller
        .post("/10dlc/brand", &brand("001239008"))
        .await
        .fine();
    let path = format!("/10dlc/brand/{}", made["brandId"].as_str().expect("an id"));
    let read = caller.until(&path, "status", "OK").await;
    assert_eq!(read["identityStatus"], "UNVERIFIED");
    caller.until(&path, "identityStatus", "VERIFIED").await;
}

#[tokio::test]
async fn a_brand_is_revetted_once_then_not_for_three_months() {
    let caller = Caller::start(Settings::default()).await;
    let path = format!("/10dlc/brand/{}/revet", caller.brand_id("123456789").await);
    assert_eq!(caller.put(&path, &json!({})).await.status, 200);
    let again = caller.put(&path, &json!({})).await;
    assert_eq!((again.status, again.error().0), (400, "90007"));
}

#[tokio::test]
async fn brands_are_listed_by_page_newest_first_and_found_by_name() {
    let caller = Caller::start(Settings::default()).await;
    for ein in ["100000001", "100000002", "100000003"] {
        caller.brand_id(ein).await;
    }
    let names = |body: &Value| -> Vec<String> {
        let records = body["records"].as_array().expect("records");
        records
            .iter()
            .map(|record| record["displayName"].as_str().expect("a name").to_owned())
            .collect()
    };
    let first = caller.get("/10dlc/brand?recordsPerPage=2").await.fine();
    assert_eq!(
        (&first["page"], &first["totalRecords"]),
        (&json!(1), &json!(3))
    );
    assert_eq!(names(&first), ["Shop 100000003", "Shop 100000002"]);
    let second = caller
        .get("/10dlc/brand?recordsPerPage=2&page=2")
        .await
        .fine();
    assert_eq!(names(&second), ["Shop 100000001"]);
    let sorted = caller.get("/10dlc/brand?sort=displayName").await.fine();
    assert_eq!(
        names(&sorted),
        ["Shop 100000001", "Shop 100000002", "Shop 100000003"]
    );
    let found = caller
        .get("/10dlc/brand?displayName=Shop%20100000002")
        .await
        .fine();
    assert_eq!(names(&found), ["Shop 100000002"]);
    assert_eq!(found["totalRecords"], 1);
    assert_eq!(
        caller.get("/10dlc/brand?recordsPerPage=501").await.status,
        422
    );
}

#[tokio::test]
async fn a_brand_with_active_campaigns_is_not_deleted() {
    let caller = Caller::start(Settings::default()).await;
    let id = caller.brand_id("123456789").await;
    caller.campaign_id(&id, "r1").await;
    let refused = caller.delete(&format!("/10dlc/brand/{id}")).await;
    assert_eq!((refused.status, refused.error().0), (400, "10021"));
}

#[tokio::test]
async fn a_verdict_from_outside_takes_effect_at_once() {
    let caller = Caller::start(reviewed_in(3_600_000)).await;
    let id = caller.brand_id("123456789").await;
    let verdict = Verdict::Brand {
        subject: "123456789".to_owned(),
        status: "OK".to_owned(),
        identity_status: "VETTED_VERIFIED".to_owned(),
        feedback: Vec::new(),
    };
    assert!(caller.simulator.review(&verdict));
    let read = caller.get(&format!("/10dlc/brand/{id}")).await.fine();
    assert_eq!(read["identityStatus"], "VETTED_VERIFIED");
}

#[tokio::test]
async fn equal_seeds_give_equal_ids_in_any_order_of_arrival() {
    let one = Caller::start(Settings::default()).await;
    let other = Caller::start(Settings::default()).await;
    let first = (
        one.brand_id("100000001").await,
        one.brand_id("100000002").await,
    );
    let second = (
        other.brand_id("100000002").await,
        other.brand_id("100000001").await,
    );
    assert_eq!(first, (second.1, second.0));
    let seeded = Caller::start(Settings {
        seed: 1,
        ..Settings::default()
    })
    .await;
    assert_ne!(seeded.brand_id("100000001").await, first.0);
}

#[tokio::test]
async fn a_revet_is_counted_and_a_refused_one_is_not() {
    let caller = Caller::start(Settings::default()).await;
    let id = caller.brand_id("123456789").await;
    let revet = format!("/10dlc/brand/{id}/revet");
    caller.put(&revet, &json!({})).await.fine();
    assert_eq!(caller.put(&revet, &json!({})).await.error().0, "90007");
    assert_eq!(caller.simulator.submissions().revets["123456789"], 1);
}

#[tokio::test]
async fn a_brand_is_deleted_once_its_campaigns_have_been_inactive_long_enough() {
    for (kept_for, status) in [(Duration::from_secs(3600), 400), (Duration::ZERO, 204)] {
        let caller = Caller::start(Settings {
            brand_kept_for: kept_for,
            ..Settings::default()
        })
        .await;
        let id = caller.brand_id("123456789").await;
        let campaign = caller.campaign_id(&id, "r1").await;
        let path = format!("/10dlc/brand/{id}");
        assert_eq!(caller.delete(&path).await.status, 400, "it is active");
        caller.delete(&format!("/10dlc/campaign/{campaign}")).await;
        assert_eq!(caller.delete(&path).await.status, status);
    }
}

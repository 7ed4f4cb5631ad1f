//! Campaigns over HTTP.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "everything here is part of a test, and fails by panicking"
)]

mod caller;

use std::time::Duration;

use caller::{Caller, brand, campaign, with};
use registry_simulator::{Reviews, Settings, Span, Verdict};
use serde_json::json;

const BUILDER: &str = "/10dlc/campaignBuilder";

#[tokio::test]
async fn a_campaign_is_active_long_before_it_is_provisioned() {
    let campaign_review = Span::exactly(Duration::from_millis(400));
    let reviews = Reviews {
        campaign: campaign_review,
        ..Reviews::default()
    };
    let caller = Caller::start(Settings {
        reviews,
        ..Settings::default()
    })
    .await;
    let brand_id = caller.brand_id("123456789").await;
    let made = caller
        .post(BUILDER, &campaign(&brand_id, "r1"))
        .await
        .fine();
    assert_eq!(made["status"], "ACTIVE");
    assert_eq!(made["campaignStatus"], "TCR_PENDING");
    assert_eq!(made["submissionStatus"], "PENDING");
    let path = format!(
        "/10dlc/campaign/{}",
        made["campaignId"].as_str().expect("an id")
    );
    let way = [
        "TCR_PENDING",
        "TCR_ACCEPTED",
        "TELNYX_ACCEPTED",
        "MNO_PENDING",
        "MNO_PROVISIONED",
    ];
    let mut reached = 0;
    while reached < way.len() - 1 {
        let read = caller.get(&path).await.fine();
        assert_eq!(read["status"], "ACTIVE");
        let status = &read["campaignStatus"];
        let step = way
            .iter()
            .position(|step| status == step)
            .expect("a known status");
        assert!(step >= reached, "back from {} to {status}", way[reached]);
        reached = step;
    }
}

#[tokio::test]
async fn a_campaign_needs_a_verified_brand() {
    let caller = Caller::start(Settings::default()).await;
    let made = caller
        .post("/10dlc/brand", &brand("001239001"))
        .await
        .fine();
    let brand_id = made["brandId"].as_str().expect("an id");
    let refused = caller.post(BUILDER, &campaign(brand_id, "r1")).await;
    assert_eq!(
        (refused.status, refused.error()),
        (400, ("90002", "/brandId"))
    );
    let nobody = caller.post(BUILDER, &campaign("no-such-brand", "r1")).await;
    assert_eq!(
        (nobody.status, nobody.error()),
        (400, ("10017", "/brandId"))
    );
    assert!(caller.simulator.submissions().campaigns.is_empty());
}

#[tokio::test]
async fn two_posts_with_one_reference_make_two_campaigns_unless_it_must_be_unique() {
    let caller = Caller::start(Settings::default()).await;
    let brand_id = caller.brand_id("123456789").await;
    let first = caller.campaign_id(&brand_id, "r1").await;
    let second = caller.campaign_id(&brand_id, "r1").await;
    assert_ne!(first, second);
    assert_eq!(caller.simulator.submissions().campaigns["r1"], 2);
    let listed = caller
        .get(&format!("/10dlc/campaign?brandId={brand_id}"))
        .await
        .fine();
    assert_eq!(listed["totalRecords"], 2);
    assert_eq!(listed["records"][0]["campaignId"], second);
    assert_eq!(listed["records"][0]["referenceId"], "r1");

    let unique = Settings {
        unique_reference_ids: true,
        ..Settings::default()
    };
    let caller = Caller::start(unique).await;
    let brand_id = caller.brand_id("123456789").await;
    caller.campaign_id(&brand_id, "r1").await;
    let refused = caller.post(BUILDER, &campaign(&brand_id, "r1")).await;
    assert_eq!(
        (refused.status, refused.error()),
        (400, ("90008", "/referenceId"))
    );
}

#[tokio::test]
async fn every_wrong_field_of_a_campaign_has_its_own_error() {
    let caller = Caller::start(Settings::default()).await;
    let brand_id = caller.brand_id("123456789").await;
    for (field, value) in [
        ("usecase", json!("SHOPPING")),
        ("description", json!("short")),
        ("messageFlow", json!(null)),
        ("sample1", json!("short")),
        ("referenceId", json!("r".repeat(51))),
        ("subscriberHelp", json!("yes")),
        ("webhookURL", json!("nowhere")),
    ] {
        let refused = caller
            .post(BUILDER, &with(campaign(&brand_id, "r1"), field, value))
            .await;
        let pointer = format!("/{field}");
        assert_eq!((refused.status, refused.error().1), (422, pointer.as_str()));
    }
    let helpful = with(campaign(&brand_id, "r1"), "subscriberHelp", true);
    assert_eq!(
        caller.post(BUILDER, &helpful).await.error(),
        ("10004", "/helpMessage")
    );
    let mixed = with(campaign(&brand_id, "r1"), "usecase", "MIXED");
    assert_eq!(
        caller.post(BUILDER, &mixed).await.error(),
        ("10015", "/subUsecases")
    );
}

#[tokio::test]
async fn a_marker_word_decides_where_the_review_ends() {
    let caller = Caller::start(Settings::default()).await;
    let brand_id = caller.brand_id("123456789").await;
    for (word, status) in [
        ("REJECT-TCR", "TCR_FAILED"),
        ("REJECT-TELNYX", "TELNYX_FAILED"),
        ("REJECT-MNO", "MNO_REJECTED"),
        ("REJECT-PROVISIONING", "MNO_PROVISIONING_FAILED"),
        ("SUSPEND-LATER", "TCR_SUSPENDED"),
        ("EXPIRE-LATER", "TCR_EXPIRED"),
        ("NEVER-REVIEWED", "MNO_PENDING"),
    ] {
        let sample = format!("Your order is on its way. {word}");
        let sent = with(campaign(&brand_id, word), "sample1", sample);
        let made = caller.post(BUILDER, &sent).await.fine();
        assert_eq!(made["campaignStatus"], status);
        if word.starts_with("REJECT") {
            let reason = made["failureReasons"].as_str().expect("a reason");
            assert!(reason.contains("sample1"), "{reason}");
        }
    }
    let refused = with(
        campaign(&brand_id, "r"),
        "messageFlow",
        format!("{} REFUSE-POST", "x".repeat(40)),
    );
    let refused = caller.post(BUILDER, &refused).await;
    assert_eq!(
        (refused.status, refused.error()),
        (422, ("10015", "/messageFlow"))
    );
}

#[tokio::test]
async fn an_edit_without_the_word_or_an_appeal_saves_a_rejected_campaign() {
    let caller = Caller::start(Settings::default()).await;
    let brand_id = caller.brand_id("123456789").await;
    let rejected = with(
        campaign(&brand_id, "r1"),
        "sample1",
        "An order comes. REJECT-TELNYX",
    );
    let made = caller.post(BUILDER, &rejected).await.fine();
    let path = format!(
        "/10dlc/campaign/{}",
        made["campaignId"].as_str().expect("an id")
    );
    let in_vain = json!({"appeal_reason": "It is fine. REJECT-TELNYX"});
    let appealed = caller
        .post(&format!("{path}/appeal"), &in_vain)
        .await
        .fine();
    assert!(appealed["appealed_at"].is_string());
    assert_eq!(
        caller.get(&path).await.fine()["campaignStatus"],
        "TELNYX_FAILED"
    );
    let edit = json!({"sample1": "Your order is on its way.", "description": "x"});
    let edited = caller.put(&path, &edit).await.fine();
    assert_eq!(edited["campaignStatus"], "MNO_PROVISIONED");
    assert_eq!(edited["description"], made["description"], "not editable");
    let late = caller
        .post(&format!("{path}/appeal"), &json!({"appeal_reason": "x"}))
        .await;
    assert_eq!((late.status, late.error().0), (400, "90006"));
}

#[tokio::test]
async fn a_suspension_after_approval_shows_at_the_carriers_too() {
    let caller = Caller::start(Settings::default()).await;
    let brand_id = caller.brand_id("123456789").await;
    let path = format!(
        "/10dlc/campaign/{}",
        caller.campaign_id(&brand_id, "r1").await
    );
    let operation = format!("{path}/operationStatus");
    assert_eq!(caller.get(&operation).await.fine()["10017"], "REGISTERED");
    let verdict = Verdict::Campaign {
        subject: "r1".to_owned(),
        campaign_status: "TCR_SUSPENDED".to_owned(),
        failure_reasons: None,
    };
    assert!(caller.simulator.review(&verdict));
    let read = caller.get(&path).await.fine();
    assert_eq!(
        (&read["campaignStatus"], &read["status"]),
        (&json!("TCR_SUSPENDED"), &json!("ACTIVE"))
    );
    assert_eq!(caller.get(&operation).await.fine()["10035"], "SUSPENDED");
}

#[tokio::test]
async fn a_deactivated_campaign_stays_deactivated() {
    let caller = Caller::start(Settings::default()).await;
    let brand_id = caller.brand_id("123456789").await;
    let path = format!(
        "/10dlc/campaign/{}",
        caller.campaign_id(&brand_id, "r1").await
    );
    assert!(caller.delete(&path).await.fine()["time"].is_number());
    assert_eq!(caller.get(&path).await.fine()["status"], "EXPIRED");
    assert_eq!(caller.delete(&path).await.error().0, "90009");
}

#[tokio::test]
async fn a_brand_is_qualified_by_use_case_and_lists_need_their_brand() {
    let caller = Caller::start(Settings::default()).await;
    let brand_id = caller.brand_id("123456789").await;
    let builder = format!("{BUILDER}/brand/{brand_id}/usecase");
    let mixed = caller.get(&format!("{builder}/MIXED")).await.fine();
    assert_eq!(
        (&mixed["minSubUsecases"], &mixed["maxSubUsecases"]),
        (&json!(2), &json!(5))
    );
    assert_eq!(mixed["mnoMetadata"]["10035"]["qualify"], true);
    assert_eq!(caller.get(&format!("{builder}/SHOPPING")).await.status, 422);
    assert_eq!(
        caller.get("/10dlc/campaign").await.error(),
        ("10004", "/brandId")
    );
}

#[tokio::test]
async fn carriers_that_ask_for_a_vetting_take_the_campaign_after_it() {
    let caller = Caller::start(Settings::default()).await;
    for (ein, refusing) in [("000019012", 4), ("000019013", 1), ("000019014", 4)] {
        let brand_id = caller.brand_id(ein).await;
        let qualify = format!("{BUILDER}/brand/{brand_id}/usecase/MIXED");
        let refuse = async || {
            let carriers = caller.get(&qualify).await.fine()["mnoMetadata"].clone();
            let carriers = carriers.as_object().unwrap().clone();
            carriers
                .values()
                .filter(|one| one["qualify"] == false)
                .count()
        };
        assert_eq!(refuse().await, refusing, "{ein}");
        let vetting = json!({"evpId": "AEGIS", "vettingClass": "STANDARD"});
        let order = format!("/10dlc/brand/{brand_id}/externalVetting");
        caller.post(&order, &vetting).await.fine();
        let after = if ein.ends_with("9014") { 4 } else { 0 };
        assert_eq!(refuse().await, after, "{ein}");
    }
}

#[tokio::test]
async fn a_campaign_that_no_carrier_takes_is_refused_and_costs_nothing() {
    let caller = Caller::start(Settings::default()).await;
    let brand_id = caller.brand_id("123456789").await;
    let mut political = campaign(&brand_id, "r1");
    political["usecase"] = json!("POLITICAL");
    political["subUsecases"] = json!([]);
    assert_eq!(
        caller.post(BUILDER, &political).await.error(),
        ("90017", "/usecase")
    );
    assert_eq!(caller.simulator.submissions().campaigns.len(), 0);
    let import = json!({"evpId": "CV", "vettingId": "cv-1", "vettingToken": "t"});
    let path = format!("/10dlc/brand/{brand_id}/externalVetting");
    caller.put(&path, &import).await.fine();
    caller.post(BUILDER, &political).await.fine();
}

#[tokio::test]
async fn one_carrier_suspends_a_campaign_and_reinstates_it() {
    let caller = Caller::start(Settings::default()).await;
    let brand_id = caller.brand_id("123456789").await;
    let id = caller.campaign_id(&brand_id, "r1").await;
    let path = format!("/10dlc/campaign/{id}");
    let operation = format!("{path}/operationStatus");
    for (word, suspended) in [("SUSPENDED", true), ("REGISTERED", false)] {
        let verdict = Verdict::Carrier {
            subject: "r1".to_owned(),
            network: "10035".to_owned(),
            operation_status: word.to_owned(),
        };
        assert!(caller.simulator.review(&verdict));
        let carriers = caller.get(&operation).await.fine();
        assert_eq!(carriers["10035"], word);
        for other in ["10017", "10037", "10038"] {
            assert_eq!(carriers[other], "REGISTERED");
        }
        let stands = caller.get(&path).await.fine();
        assert_eq!(stands["isTMobileSuspended"], suspended);
        assert_eq!(stands["isTMobileRegistered"], !suspended);
        assert_eq!(stands["campaignStatus"], "MNO_PROVISIONED");
    }
    for (subject, network) in [("none", "10035"), ("r1", "10999")] {
        let verdict = Verdict::Carrier {
            subject: subject.to_owned(),
            network: network.to_owned(),
            operation_status: "SUSPENDED".to_owned(),
        };
        assert!(!caller.simulator.review(&verdict), "{subject} {network}");
    }
}

#[tokio::test]
async fn every_new_review_is_counted_and_a_refused_one_is_not() {
    let caller = Caller::start(Settings::default()).await;
    let brand_id = caller.brand_id("123456789").await;
    let rejected = with(
        campaign(&brand_id, "r1"),
        "sample1",
        "An order comes. REJECT-MNO",
    );
    let made = caller.post(BUILDER, &rejected).await.fine();
    let id = made["campaignId"].as_str().expect("an id");
    let path = format!("/10dlc/campaign/{id}");
    let appeal = format!("{path}/appeal");
    let other = json!({"sample2": "Your order has arrived at the shop."});
    caller.put(&path, &other).await.fine();
    let why = |reason: &str| json!({"appeal_reason": reason});
    caller
        .post(&appeal, &why("REJECT-MNO once more"))
        .await
        .fine();
    caller.post(&appeal, &why("It is mended.")).await.fine();
    caller.put(&path, &other).await.fine();
    let late = caller.post(&appeal, &why("Once more.")).await;
    assert_eq!(late.error().0, "90006");
    let submissions = caller.simulator.submissions();
    assert_eq!(submissions.campaigns["r1"], 1);
    assert_eq!(submissions.edits["r1"], 1, "the second started no review");
    assert_eq!(submissions.appeals["r1"], 2);
}

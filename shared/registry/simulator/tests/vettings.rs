//! Vettings over HTTP.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "everything here is part of a test, and fails by panicking"
)]

mod caller;

use std::time::Duration;

use caller::Caller;
use registry_simulator::{Reviews, Settings, Span, Verdict};
use serde_json::{Value, json};

const CLASS: &str = "CLASS";

fn order(provider: &str) -> Value {
    json!({"evpId": provider, "vettingClass": CLASS})
}

async fn with_brand(settings: Settings, ein: &str) -> (Caller, String, String) {
    let caller = Caller::start(settings).await;
    let brand = caller.brand_id(ein).await;
    let vettings = format!("/10dlc/brand/{brand}/externalVetting");
    (caller, format!("/10dlc/brand/{brand}"), vettings)
}

#[tokio::test]
async fn a_vetting_gets_its_date_and_score_after_the_review_time() {
    let vetting = Span::exactly(Duration::from_millis(150));
    let reviews = Reviews {
        vetting,
        ..Reviews::default()
    };
    let settings = Settings {
        reviews,
        ..Settings::default()
    };
    let (caller, brand, vettings) = with_brand(settings, "123456789").await;
    let made = caller.post(&vettings, &order("EVP")).await.fine();
    assert_eq!(
        (&made["evpId"], &made["vettingClass"]),
        (&json!("EVP"), &json!(CLASS))
    );
    assert!(made["vettedDate"].is_null() && made["vettingScore"].is_null());
    caller
        .until(&brand, "identityStatus", "VETTED_VERIFIED")
        .await;
    let list = caller.get(&vettings).await.fine();
    assert_eq!(list[0]["vettingId"], made["vettingId"]);
    assert!(list[0]["vettedDate"].is_string());
    let score = list[0]["vettingScore"].as_u64().expect("a score");
    assert!((1..=100).contains(&score), "{score}");
}

#[tokio::test]
async fn the_same_vetting_is_refused_while_one_stands_and_counted_once() {
    let (caller, _, vettings) = with_brand(Settings::default(), "123456789").await;
    caller.post(&vettings, &order("EVP")).await.fine();
    let again = caller.post(&vettings, &order("EVP")).await;
    assert_eq!((again.status, again.error().0), (400, "10012"));
    caller.post(&vettings, &order("OTHER")).await.fine();
    let counted = caller.simulator.submissions().vettings;
    assert_eq!(counted["123456789/EVP/CLASS"], 1);
    assert_eq!(counted["123456789/OTHER/CLASS"], 1);

    let settings = Settings {
        vetting_lasts: Duration::ZERO,
        ..Settings::default()
    };
    let (caller, _, vettings) = with_brand(settings, "123456789").await;
    for _ in 0..2 {
        caller.post(&vettings, &order("EVP")).await.fine();
    }
}

#[tokio::test]
async fn a_vetting_under_way_is_refused_and_a_failed_one_can_be_ordered_again() {
    let (caller, _, vettings) = with_brand(Settings::default(), "001239011").await;
    let made = caller.post(&vettings, &order("EVP")).await.fine();
    assert!(made["vettedDate"].is_null(), "never done");
    let again = caller.post(&vettings, &order("EVP")).await;
    assert_eq!(again.error().0, "10012");

    for (ein, provider) in [("001239010", "EVP"), ("123456780", "FAIL-EVP")] {
        let (caller, brand, vettings) = with_brand(Settings::default(), ein).await;
        for _ in 0..2 {
            let failed = caller.post(&vettings, &order(provider)).await.fine();
            assert_eq!(failed["vettingStatus"], "FAILED", "{ein} {provider}");
            assert!(failed["vettedDate"].is_null());
        }
        let stands = caller.get(&brand).await.fine();
        assert_eq!(stands["identityStatus"], "VERIFIED", "as before");
        let counted = caller.simulator.submissions().vettings;
        assert_eq!(counted[&format!("{ein}/{provider}/CLASS")], 2);
    }
}

#[tokio::test]
async fn a_vetting_verifies_a_brand_that_could_not_be_scored() {
    let (caller, brand, vettings) = with_brand(Settings::default(), "001239005").await;
    let unverified = caller.get(&brand).await.fine();
    assert_eq!(unverified["identityStatus"], "UNVERIFIED");
    caller.post(&vettings, &order("EVP")).await.fine();
    let vetted = caller.get(&brand).await.fine();
    assert_eq!(vetted["identityStatus"], "VETTED_VERIFIED");
}

#[tokio::test]
async fn a_vetting_is_imported_once_and_only_if_its_provider_confirms_it() {
    let (caller, brand, vettings) = with_brand(Settings::default(), "123456789").await;
    let import = json!({"evpId": "EVP", "vettingId": "v-7", "vettingToken": "t"});
    for _ in 0..2 {
        let made = caller.put(&vettings, &import).await.fine();
        assert_eq!(
            (&made["vettingId"], &made["vettingToken"]),
            (&json!("v-7"), &json!("t"))
        );
        assert!(made["vettedDate"].is_string());
    }
    let list = caller.get(&vettings).await.fine();
    assert_eq!(list.as_array().map(Vec::len), Some(1));
    let stands = caller.get(&brand).await.fine();
    assert_eq!(stands["identityStatus"], "VETTED_VERIFIED");
    assert!(caller.simulator.submissions().vettings.is_empty(), "no fee");
    let unknown = json!({"evpId": "EVP", "vettingId": "UNKNOWN-1"});
    let refused = caller.put(&vettings, &unknown).await;
    assert_eq!(
        (refused.status, refused.error()),
        (400, ("90013", "/vettingId"))
    );
}

#[tokio::test]
async fn a_vetting_needs_a_registered_brand_and_its_fields() {
    let (caller, _, vettings) = with_brand(Settings::default(), "001239007").await;
    let refused = caller.post(&vettings, &order("EVP")).await;
    assert_eq!((refused.status, refused.error().0), (400, "90012"));
    let wrong = caller.post(&vettings, &json!({})).await;
    assert_eq!((wrong.status, wrong.error()), (422, ("10004", "/evpId")));
    let nowhere = "/10dlc/brand/none/externalVetting";
    assert_eq!(caller.get(nowhere).await.status, 404);
    assert_eq!(caller.post(nowhere, &order("EVP")).await.status, 404);
}

#[tokio::test]
async fn a_vetting_under_way_ends_from_outside_once_well_or_badly() {
    for (vetted, shows) in [(true, "vettedDate"), (false, "vettingStatus")] {
        // The outcome table never ends this brand's vettings.
        let (caller, _, vettings) = with_brand(Settings::default(), "001239011").await;
        caller.post(&vettings, &order("EVP")).await.fine();
        let verdict = Verdict::Vetting {
            subject: "001239011".to_owned(),
            evp_id: "EVP".to_owned(),
            vetted,
        };
        assert!(caller.simulator.review(&verdict));
        let list = caller.get(&vettings).await.fine();
        assert!(list[0][shows].is_string(), "{list}");
        assert!(!caller.simulator.review(&verdict), "none is under way");
    }
}

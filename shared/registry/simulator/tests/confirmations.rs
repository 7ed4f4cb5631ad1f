//! The e-mail of a public company over HTTP.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "everything here is part of a test, and fails by panicking"
)]

mod caller;

use std::time::Duration;

use caller::{Answered, Caller, brand, campaign, with};
use registry_simulator::{Confirmation, Reviews, Settings, Span, Verdict};
use serde_json::{Value, json};

const HOUR: Duration = Duration::from_secs(3600);

fn public(ein: &str) -> Value {
    let fields = [
        ("entityType", "PUBLIC_PROFIT"),
        ("stockSymbol", "SHOP"),
        ("stockExchange", "NASDAQ"),
        ("businessContactEmail", "legal@shop.example"),
    ];
    let company = |sent, (name, value): (&str, &str)| with(sent, name, value);
    fields.into_iter().fold(brand(ein), company)
}

/// A public company's brand, and its path.
async fn with_brand(settings: Settings, ein: &str) -> (Caller, String, String) {
    let caller = Caller::start(settings).await;
    let made = caller.post("/10dlc/brand", &public(ein)).await.fine();
    let id = made["brandId"].as_str().expect("an id").to_owned();
    let path = format!("/10dlc/brand/{id}");
    (caller, id, path)
}

async fn identity(caller: &Caller, path: &str) -> String {
    let brand = caller.get(path).await.fine();
    assert_eq!(brand["status"], "OK");
    brand["identityStatus"]
        .as_str()
        .expect("a status")
        .to_owned()
}

async fn again(caller: &Caller, path: &str) -> Answered {
    let mail = format!("{path}/2faEmail");
    let method = reqwest::Method::POST;
    // The SDKs send no body.
    caller
        .try_call(method, &mail, None)
        .await
        .expect("answered")
}

fn steer(caller: &Caller, id: &str, outcome: Confirmation) -> bool {
    let subject = id.to_owned();
    let verdict = Verdict::Confirmation { subject, outcome };
    caller.simulator.review(&verdict)
}

#[tokio::test]
async fn a_public_company_follows_its_link_unless_its_ein_says_otherwise() {
    let (caller, id, path) = with_brand(Settings::default(), "123456789").await;
    assert_eq!(identity(&caller, &path).await, "VERIFIED");
    assert_eq!(caller.simulator.mails(&id), ["legal@shop.example"]);
    let refused = again(&caller, &path).await;
    assert_eq!((refused.status, refused.error().0), (400, "90019"));

    let (caller, id, path) = with_brand(Settings::default(), "001239015").await;
    for mails in 1..=3 {
        assert_eq!(identity(&caller, &path).await, "UNVERIFIED");
        assert_eq!(caller.simulator.mails(&id).len(), mails);
        assert_eq!(again(&caller, &path).await.status, 204);
    }
    let (caller, id, path) = with_brand(Settings::default(), "001239016").await;
    assert_eq!(identity(&caller, &path).await, "UNVERIFIED");
    assert_eq!(again(&caller, &path).await.status, 204);
    assert_eq!(identity(&caller, &path).await, "VERIFIED");
    assert_eq!(caller.simulator.mails(&id).len(), 2);
}

#[tokio::test]
async fn the_link_may_be_followed_before_the_scoring_is_over_and_after_it() {
    for (brand, confirmation) in [(300, 0), (0, 300)] {
        let span = |millis| Span::exactly(Duration::from_millis(millis));
        let reviews = Reviews {
            brand: span(brand),
            confirmation: span(confirmation),
            ..Reviews::default()
        };
        let settings = Settings {
            reviews,
            ..Settings::default()
        };
        let (caller, _, path) = with_brand(settings, "123456789").await;
        let read = caller.get(&path).await.fine();
        assert_eq!(read["identityStatus"], "UNVERIFIED");
        caller.until(&path, "identityStatus", "VERIFIED").await;
    }
}

#[tokio::test]
async fn before_it_is_confirmed_a_brand_takes_neither_campaigns_nor_vettings() {
    let (caller, id, path) = with_brand(Settings::default(), "001239015").await;
    let early = caller
        .post("/10dlc/campaignBuilder", &campaign(&id, "r1"))
        .await;
    assert_eq!(early.error().0, "90002");
    let vettings = format!("{path}/externalVetting");
    let order = json!({"evpId": "AEGIS", "vettingClass": "STANDARD"});
    assert_eq!(caller.post(&vettings, &order).await.error().0, "90021");
    let import = json!({"evpId": "AEGIS", "vettingId": "v-1"});
    assert_eq!(caller.put(&vettings, &import).await.error().0, "90021");
    assert!(steer(&caller, &id, Confirmation::Followed));
    assert_eq!(identity(&caller, &path).await, "VERIFIED");
    caller.post(&vettings, &order).await.fine();
}

#[tokio::test]
async fn an_address_that_fails_is_told_by_the_feedback_and_a_corrected_one_is_mailed() {
    let (caller, id, path) = with_brand(Settings::default(), "001239015").await;
    assert!(steer(&caller, &id, Confirmation::Failed));
    let feedback = format!("/10dlc/brand/feedback/{id}");
    let said = caller.get(&feedback).await.fine();
    let category = &said["category"][0];
    assert_eq!(category["id"], "OTHERS");
    assert_eq!(category["fields"], json!(["businessContactEmail"]));
    let corrected = with(
        public("001239015"),
        "businessContactEmail",
        "ir@shop.example",
    );
    caller.put(&path, &corrected).await.fine();
    assert_eq!(
        caller.simulator.mails(&id).len(),
        1,
        "a change mails nothing"
    );
    assert_eq!(again(&caller, &path).await.status, 204);
    let mails = caller.simulator.mails(&id);
    assert_eq!(mails.last().map(String::as_str), Some("ir@shop.example"));
    assert!(steer(&caller, &id, Confirmation::Followed));
    assert_eq!(identity(&caller, &path).await, "VERIFIED");
    assert_eq!(caller.get(&feedback).await.fine()["category"], json!([]));
}

#[tokio::test]
async fn a_link_that_is_too_old_leads_nowhere_and_the_next_one_does() {
    let settings = Settings {
        link_lives: Duration::ZERO,
        ..Settings::default()
    };
    let (caller, id, path) = with_brand(settings, "001239015").await;
    assert!(!steer(&caller, &id, Confirmation::Followed));
    assert_eq!(identity(&caller, &path).await, "UNVERIFIED");
    let (caller, id, path) = with_brand(Settings::default(), "001239015").await;
    assert!(steer(&caller, &id, Confirmation::Followed));
    assert_eq!(identity(&caller, &path).await, "VERIFIED");
}

#[tokio::test]
async fn a_brand_that_is_over_gives_its_ein_to_a_new_one() {
    let late = Settings {
        confirmed_within: Duration::ZERO,
        ..Settings::default()
    };
    for (settings, steered) in [(late, false), (Settings::default(), true)] {
        let (caller, id, path) = with_brand(settings, "001239015").await;
        if steered {
            let early = caller.post("/10dlc/brand", &public("001239015")).await;
            assert_eq!(early.error(), ("90001", "/ein"));
            assert!(steer(&caller, &id, Confirmation::Over));
        }
        let refused = again(&caller, &path).await;
        assert_eq!((refused.status, refused.error().0), (400, "90020"));
        let made = caller
            .post("/10dlc/brand", &public("001239015"))
            .await
            .fine();
        let new = made["brandId"].clone();
        assert_ne!(new, json!(id));
        let listed = caller.get("/10dlc/brand").await.fine();
        assert_eq!(listed["totalRecords"], 1);
        assert_eq!(listed["records"][0]["brandId"], new);
        assert_eq!(
            identity(&caller, &path).await,
            "UNVERIFIED",
            "and can be read"
        );
        assert_eq!(caller.delete(&path).await.status, 204);
        let taken = caller.post("/10dlc/brand", &public("001239015")).await;
        assert_eq!(taken.status, if steered { 400 } else { 200 }, "{taken:?}");
    }
}

#[tokio::test]
async fn only_public_companies_are_mailed_and_it_can_be_read_from_another_process() {
    let (caller, id, _) = with_brand(Settings::default(), "001239015").await;
    let private = caller.brand_id("123456781").await;
    let private = format!("/10dlc/brand/{private}");
    let refused = again(&caller, &private).await;
    assert_eq!((refused.status, refused.error().0), (400, "90018"));
    assert_eq!(again(&caller, "/10dlc/brand/none").await.status, 404);
    let address = caller.simulator.address();
    let read = caller
        .client
        .get(format!("http://{address}/simulator/mail/{id}"));
    let body: Value = read
        .send()
        .await
        .expect("answered")
        .json()
        .await
        .expect("JSON");
    assert_eq!(body, json!({"to": ["legal@shop.example"]}));
    let verdict = json!({"confirmation": {"subject": "001239015", "outcome": "followed"}});
    let review = caller
        .client
        .post(format!("http://{address}/simulator/review"));
    let steered = review.json(&verdict).send().await.expect("answered");
    assert_eq!(steered.status(), 204);
    // A brand whose scoring takes its time is confirmed meanwhile.
    let reviews = Reviews {
        brand: Span::exactly(HOUR),
        ..Reviews::default()
    };
    let settings = Settings {
        reviews,
        ..Settings::default()
    };
    let (caller, id, path) = with_brand(settings, "001239015").await;
    assert!(steer(&caller, &id, Confirmation::Followed));
    let read = caller.get(&path).await.fine();
    assert_eq!(read["status"], "REGISTRATION_PENDING");
    assert_eq!(again(&caller, &path).await.error().0, "90019");
}

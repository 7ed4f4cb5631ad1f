//! Webhooks, as somebody who receives them sees them.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "everything here is part of a test, and fails by panicking"
)]

mod caller;

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use caller::{Caller, brand, campaign, with};
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use registry_simulator::{Delivery, Reviews, Settings, Span, Webhooks};
use serde_json::{Value, json};

/// What came.
#[derive(Clone, Debug)]
struct Mail {
    path: String,
    timestamp: String,
    signature: String,
    body: String,
}

impl Mail {
    fn event(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    fn id(&self) -> String {
        self.event()["data"]["id"]
            .as_str()
            .expect("an id")
            .to_owned()
    }
}

/// An HTTP server that keeps what comes; `/broken…` is refused.
#[derive(Clone, Default)]
struct Mailbox(Arc<Mutex<Vec<Mail>>>);

impl Mailbox {
    async fn open() -> (Self, String) {
        let mailbox = Self::default();
        let receive =
            async |State(mailbox): State<Mailbox>, uri: Uri, headers: HeaderMap, body: String| {
                let said = |name: &str| headers[name].to_str().expect("text").to_owned();
                let (timestamp, signature) =
                    (said("telnyx-timestamp"), said("telnyx-signature-ed25519"));
                let path = uri.path().to_owned();
                let broken = path.starts_with("/broken");
                mailbox.0.lock().expect("lock").push(Mail {
                    path,
                    timestamp,
                    signature,
                    body,
                });
                if broken {
                    StatusCode::INTERNAL_SERVER_ERROR
                } else {
                    StatusCode::OK
                }
            };
        let routes = Router::new().fallback(receive).with_state(mailbox.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("listens");
        let url = format!("http://{}", listener.local_addr().expect("address"));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (mailbox, url)
    }

    fn mail(&self) -> Vec<Mail> {
        self.0.lock().expect("lock").clone()
    }

    async fn until(&self, enough: impl Fn(&[Mail]) -> bool) -> Vec<Mail> {
        let start = Instant::now();
        loop {
            let mail = self.mail();
            if enough(&mail) {
                return mail;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "{mail:?}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

fn sending(delivery: Delivery) -> Settings {
    Settings {
        webhooks: Webhooks::On(delivery),
        ..Settings::default()
    }
}

fn to(url: &str, value: Value) -> Value {
    with(value, "webhookURL", url)
}

fn types(mail: &[Mail]) -> Vec<String> {
    let says = |event: &Value| {
        let payload = &event["data"]["payload"];
        let more = payload["eventType"]
            .as_str()
            .or(payload["status"].as_str())
            .unwrap_or_default();
        format!("{} {more}", payload["type"].as_str().expect("a type"))
    };
    mail.iter().map(|mail| says(&mail.event())).collect()
}

#[tokio::test]
async fn every_change_is_told_in_order_signed_and_in_the_envelope() {
    let (mailbox, url) = Mailbox::open().await;
    let caller = Caller::start(sending(Delivery::default())).await;
    let made = caller
        .post("/10dlc/brand", &to(&url, brand("123456789")))
        .await
        .fine();
    let brand_id = made["brandId"].as_str().expect("an id");
    mailbox.until(|mail| mail.len() == 1).await;
    let sent = to(&format!("{url}/c"), campaign(brand_id, "r1"));
    let made = caller.post("/10dlc/campaignBuilder", &sent).await.fine();
    mailbox.until(|mail| mail.len() == 5).await;
    let number = json!({"phoneNumber": "+12125550100", "campaignId": made["campaignId"]});
    caller
        .post("/10dlc/phone_number_campaigns", &number)
        .await
        .fine();
    let mail = mailbox.until(|mail| mail.len() == 6).await;
    assert_eq!(
        types(&mail),
        [
            "TCR_BRAND_UPDATE BRAND_ADD",
            "TCR_EVENT CAMPAIGN_ADD",
            "TELNYX_REVIEW ACCEPTED",
            "TCR_EVENT MNO_CAMPAIGN_OPERATION_REVIEW",
            "VERIFIED ",
            "ASSIGNMENT success",
        ]
    );
    let key = STANDARD
        .decode(caller.simulator.public_key())
        .expect("base64");
    let key = VerifyingKey::from_bytes(&key.try_into().expect("32 bytes")).expect("a key");
    for one in &mail {
        let signature = STANDARD.decode(&one.signature).expect("base64");
        let signature = Signature::from_slice(&signature).expect("64 bytes");
        let signed = format!("{}|{}", one.timestamp, one.body);
        key.verify(signed.as_bytes(), &signature).expect("signed");
        let event = one.event();
        assert_eq!(event["data"]["record_type"], "event");
        assert_eq!(event["meta"]["attempt"], 1);
        let path = event["meta"]["delivered_to"].as_str().expect("a url");
        assert_eq!(
            path.trim_start_matches(&url),
            one.path.trim_end_matches("/")
        );
    }
    let kinds: Vec<Value> = mail
        .iter()
        .map(|mail| mail.event()["data"]["event_type"].clone())
        .collect();
    assert_eq!(kinds[0], "10dlc.brand.update");
    assert_eq!(kinds[4], "10dlc.campaign.update");
    assert_eq!(kinds[5], "10dlc.phone_number.update");
    assert_eq!(
        mail[5].path, "/c",
        "a number's webhook goes to its campaign's URL"
    );
}

#[tokio::test]
async fn a_webhook_is_tried_three_times_then_at_the_failover_url() {
    let (mailbox, url) = Mailbox::open().await;
    let pause = Duration::from_millis(1);
    let caller = Caller::start(sending(Delivery {
        pause,
        ..Delivery::default()
    }))
    .await;
    let sent = to(&format!("{url}/broken"), brand("123456789"));
    let sent = with(sent, "webhookFailoverURL", format!("{url}/failover"));
    caller.post("/10dlc/brand", &sent).await.fine();
    let mail = mailbox.until(|mail| mail.len() == 4).await;
    let paths: Vec<&str> = mail.iter().map(|mail| mail.path.as_str()).collect();
    assert_eq!(paths, ["/broken", "/broken", "/broken", "/failover"]);
    assert_eq!(mail[3].event()["meta"]["attempt"], 4);
    assert_eq!(mail.iter().map(Mail::id).collect::<HashSet<_>>().len(), 1);
}

#[tokio::test]
async fn an_early_webhook_comes_before_the_answer_to_the_post() {
    let (mailbox, url) = Mailbox::open().await;
    let hour = Span::exactly(Duration::from_secs(3600));
    let reviews = Reviews {
        brand: hour,
        campaign: hour,
        number: hour,
        ..Reviews::default()
    };
    let early = Delivery {
        early: 1000,
        lost: 1000,
        ..Delivery::default()
    };
    let caller = Caller::start(Settings {
        reviews,
        ..sending(early)
    })
    .await;
    caller
        .post("/10dlc/brand", &to(&url, brand("123456789")))
        .await
        .fine();
    assert_eq!(types(&mailbox.mail()), ["TCR_BRAND_UPDATE BRAND_ADD"]);
    assert_eq!(caller.simulator.webhooks().early, 1);
}

#[tokio::test]
async fn a_duplicate_carries_the_same_id() {
    let (mailbox, url) = Mailbox::open().await;
    let hold = Duration::from_millis(20);
    let twice = Delivery {
        duplicated: 1000,
        hold,
        ..Delivery::default()
    };
    let caller = Caller::start(sending(twice)).await;
    caller
        .post("/10dlc/brand", &to(&url, brand("123456789")))
        .await
        .fine();
    let mail = mailbox.until(|mail| mail.len() == 2).await;
    assert_eq!(mail[0].id(), mail[1].id());
}

#[tokio::test]
async fn faults_follow_from_the_seed_and_the_subject_alone() {
    let first = outcome_of(["r1", "r2", "r3", "r4", "r5", "r6"]).await;
    let second = outcome_of(["r6", "r4", "r2", "r1", "r3", "r5"]).await;
    assert_eq!(first, second);
    let told: usize = first.values().map(Vec::len).sum();
    assert!(told < 24, "some are lost: {first:?}");
    let in_order = ["CAMPAIGN_ADD", "TELNYX_REVIEW", "MNO_CAMPAIGN", "VERIFIED"];
    let out_of_order = |told: &&Vec<String>| {
        let places = told
            .iter()
            .filter_map(|one| in_order.iter().position(|name| one.contains(name)));
        !places.collect::<Vec<_>>().is_sorted()
    };
    assert!(
        first.values().any(|told| out_of_order(&told)),
        "some overtake: {first:?}"
    );
}

/// What is told of each campaign, in the order of arrival.
async fn outcome_of(references: [&str; 6]) -> BTreeMap<String, Vec<String>> {
    let (mailbox, url) = Mailbox::open().await;
    let hold = Duration::from_millis(300);
    let faults = Delivery {
        lost: 200,
        reordered: 300,
        hold,
        ..Delivery::default()
    };
    let caller = Caller::start(Settings {
        seed: 11,
        ..sending(faults)
    })
    .await;
    let brand_id = caller.brand_id("123456789").await;
    for reference in references {
        let sent = to(
            &format!("{url}/{reference}"),
            campaign(&brand_id, reference),
        );
        caller.post("/10dlc/campaignBuilder", &sent).await.fine();
    }
    let lost = usize::try_from(caller.simulator.webhooks().lost).expect("a count");
    let mail = mailbox.until(|mail| mail.len() + lost == 24).await;
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in mail {
        let text = types(std::slice::from_ref(&one)).remove(0);
        told.entry(one.path).or_default().push(text);
    }
    told
}

#[tokio::test]
async fn a_full_queue_drops_and_counts() {
    let (mailbox, url) = Mailbox::open().await;
    let narrow = Delivery {
        queue: 1,
        concurrency: 1,
        ..Delivery::default()
    };
    let caller = Caller::start(sending(narrow)).await;
    let brand_id = caller.brand_id("123456789").await;
    let sent = to(&url, campaign(&brand_id, "r1"));
    caller.post("/10dlc/campaignBuilder", &sent).await.fine();
    // Four changes at once, and room for one.
    assert_eq!(caller.simulator.webhooks().dropped, 3);
    mailbox.until(|mail| mail.len() == 1).await;
}

//! A callback through the whole service, proven as a receiver would prove it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use end_to_end::orders;
use end_to_end::receiver::{Call, Receiver};
use platform::configuration::Configuration;
use platform::token::{Role, Secret, Token};
use registrar::downstream::downstream;
use registrar::service::{self, Service};
use registration::AccountId;
use registry_simulator::{Reviews, Settings, Simulator, Span};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tokio::net::TcpListener;

/// A test that waits longer than this for a condition has failed.
const LONGEST: Duration = Duration::from_secs(60);

/// A service on loopback that may call back on loopback.
async fn service(simulator: &Simulator, folder: &std::path::Path) -> Service {
    let lookup = |name: &str| match name {
        "REGISTRAR_REGISTRY_URL" => Some(simulator.base_url()),
        "REGISTRAR_REGISTRY_KEY" => Some(Settings::default().api_key),
        "REGISTRAR_REGISTRY_PUBLIC_KEY" => Some(simulator.public_key()),
        "REGISTRAR_WRITES_PER_SECOND" | "REGISTRAR_READS_PER_SECOND" => Some("none".to_owned()),
        "REGISTRAR_FIRST_LOOK" | "REGISTRAR_FIRST_REVIEW_LOOK" => Some("0.5".to_owned()),
        "REGISTRAR_CALLBACKS_ALLOW" => Some("loopback".to_owned()),
        _ => None,
    };
    let configuration = Configuration::read(&lookup).unwrap();
    let platform = service::platform(&folder.join("registrar.db"), &configuration).unwrap();
    let downstream = downstream(&platform, &configuration).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let every = Duration::from_millis(100);
    Service::start(platform, downstream, listener, &configuration, every)
        .await
        .unwrap()
}

async fn token(service: &Service) -> String {
    let secret = Secret::new(service::random);
    let token = Token {
        name: "acme".to_owned(),
        role: Role::Account {
            account: AccountId::parse("acme").unwrap(),
        },
        created_at: service.platform.clock.now(),
    };
    let store = &service.platform.store;
    store.add_token(&secret.hash(), &token).await.unwrap();
    secret.show().to_owned()
}

/// Waits until the receiver has been told the end.
async fn told(receiver: &Receiver) -> Vec<Call> {
    let end = async {
        loop {
            let calls = receiver.calls();
            if calls
                .iter()
                .any(|call| call.says("/data/status") == "registered")
            {
                return calls;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(LONGEST, end).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registered_callback_is_told_of_an_order_and_can_prove_every_call() {
    // A brand that is under review for a moment: a status of its own.
    let reviews = Reviews {
        brand: Span::exactly(Duration::from_millis(300)),
        ..Reviews::default()
    };
    let settings = Settings {
        reviews,
        ..Settings::default()
    };
    let simulator = Simulator::start(settings, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let service = service(&simulator, folder.path()).await;
    let token = token(&service).await;
    let receiver = Receiver::willing().await.unwrap();
    let api = format!("http://{}/v1", service.address);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let registered = client
        .put(format!("{api}/callback"))
        .bearer_auth(&token)
        .json(&json!({ "url": receiver.url }))
        .send()
        .await
        .unwrap();
    assert_eq!(registered.status().as_u16(), 200);
    let registered: Value = registered.json().await.unwrap();
    let ordered = client
        .post(format!("{api}/registrations"))
        .bearer_auth(&token)
        .json(&orders::document(3, 2))
        .send()
        .await
        .unwrap();
    assert_eq!(ordered.status().as_u16(), 202);
    let calls = told(&receiver).await;
    service.stop().await;
    let webhook = Webhook::new(registered["secret"].as_str().unwrap()).unwrap();
    for call in &calls {
        webhook.verify(call.body.as_bytes(), &call.headers).unwrap();
        let forged = call.body.replace("acme", "acne");
        assert!(webhook.verify(forged.as_bytes(), &call.headers).is_err());
    }
    let seqs: Vec<_> = calls
        .iter()
        .map(|call| call.says("/data/seq").as_u64())
        .collect();
    assert!(seqs.is_sorted() && seqs.len() >= 2, "{seqs:?}");
}

//! Early, duplicate, reordered and lost webhooks all end the same.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use end_to_end::orders;
use end_to_end::told;
use platform::Platform;
use platform::configuration::Configuration;
use platform::receive::{self, Received};
use registrar::downstream::downstream;
use registrar::service::{self, Service};
use registration::{AccountId, Actor, RegistrationId, Status, TraceId};
use registry_simulator::{Delivery, Reviews, Settings, Simulator, Span, Webhooks};
use tokio::net::TcpListener;

/// Orders that each way of delivering carries.
const ORDERS: usize = 5;

/// A test that waits longer than this for a condition has failed.
const LONGEST: Duration = Duration::from_secs(60);

/// Carries some orders with webhooks delivered like this; how each history went.
async fn carried(delivery: Option<Delivery>) -> Vec<Vec<String>> {
    let review = Span::between(Duration::from_millis(50), Duration::from_millis(250));
    let settings = Settings {
        seed: 11,
        reviews: Reviews {
            brand: review,
            campaign: review,
            number: review,
            ..Reviews::default()
        },
        webhooks: delivery.map_or(Webhooks::Off, Webhooks::On),
        ..Settings::default()
    };
    let simulator = Simulator::start(settings, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let lookup = |name: &str| match name {
        "REGISTRAR_REGISTRY_URL" => Some(simulator.base_url()),
        "REGISTRAR_REGISTRY_KEY" => Some(Settings::default().api_key),
        "REGISTRAR_REGISTRY_PUBLIC_KEY" => Some(simulator.public_key()),
        "REGISTRAR_PUBLIC_URL" => Some(url.clone()),
        "REGISTRAR_WRITES_PER_SECOND" | "REGISTRAR_READS_PER_SECOND" => Some("none".to_owned()),
        // Looks come often enough for a lost webhook to cost little.
        "REGISTRAR_FIRST_LOOK" | "REGISTRAR_FIRST_REVIEW_LOOK" => Some("0.5".to_owned()),
        _ => None,
    };
    let configuration = Configuration::read(&lookup).unwrap();
    let platform = service::platform(&folder.path().join("w.db"), &configuration).unwrap();
    let downstream = downstream(&platform, &configuration).unwrap();
    let every = Duration::from_millis(100);
    let service = Service::start(
        platform.clone(),
        downstream,
        listener,
        &configuration,
        every,
    );
    let service = service.await.unwrap();
    let mut ids = Vec::new();
    for business in 0..ORDERS {
        ids.push(received(&platform, business).await);
    }
    let mut told = Vec::new();
    for id in &ids {
        tokio::time::timeout(LONGEST, registered(&platform, id))
            .await
            .expect("not registered");
        told.push(told::history(&*platform.store, id).await.unwrap());
    }
    let counts = simulator.submissions();
    assert!(counts.brands.len() == ORDERS && counts.brands.values().all(|count| *count == 1));
    assert!(counts.campaigns.len() == ORDERS && counts.campaigns.values().all(|count| *count == 1));
    assert!(counts.numbers.values().all(|count| *count == 1));
    service.stop().await;
    simulator.stop().await;
    told
}

async fn received(platform: &Platform, business: usize) -> RegistrationId {
    let account = AccountId::parse("acme").unwrap();
    let actor = Actor::account(&account);
    let order = orders::order(business, 2);
    let trace = TraceId::new(service::random());
    match receive::receive(platform, &account, actor, order, None, trace)
        .await
        .unwrap()
    {
        Received::New(id, _) | Received::Repeated(id) => id,
    }
}

async fn registered(platform: &Platform, id: &RegistrationId) {
    while platform.store.row(id).await.unwrap().unwrap().status != Status::Registered {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn early_duplicate_reordered_and_lost_webhooks_all_end_the_same() {
    let in_order = carried(Some(Delivery::default())).await;
    let whole = in_order.first().cloned().unwrap();
    assert_eq!(whole.last().map(String::as_str), Some("completed"));
    for (name, delivery) in [
        (
            "early",
            Some(Delivery {
                early: 1_000,
                ..Delivery::default()
            }),
        ),
        (
            "duplicated",
            Some(Delivery {
                duplicated: 1_000,
                ..Delivery::default()
            }),
        ),
        (
            "reordered",
            Some(Delivery {
                reordered: 500,
                ..Delivery::default()
            }),
        ),
        (
            "lost",
            Some(Delivery {
                lost: 1_000,
                ..Delivery::default()
            }),
        ),
        (
            "all of it",
            Some(Delivery {
                early: 300,
                duplicated: 300,
                reordered: 300,
                lost: 300,
                ..Delivery::default()
            }),
        ),
        ("none sent", None),
    ] {
        let told = carried(delivery).await;
        assert_eq!(told, in_order, "webhooks {name}");
    }
}

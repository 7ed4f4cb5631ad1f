//! Early, duplicate, reordered and lost webhooks all end the same.

use std::sync::Arc;
use std::time::Duration;

use end_to_end::orders;
use end_to_end::told;
use end_to_end::world::telnyx;
use platform::Platform;
use platform::clock::SystemClock;
use platform::limiter::Limits;
use platform::receive::{self, Received};
use platform::sqlite::Sqlite;
use platform::step::Downstream;
use registrar::service::{self, Service};
use registration::patience::Patience;
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
        },
        webhooks: delivery.map_or(Webhooks::Off, Webhooks::On),
        ..Settings::default()
    };
    let key = settings.api_key.clone();
    let simulator = Simulator::start(settings, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SystemClock);
    let sqlite = Arc::new(Sqlite::open(&folder.path().join("w.db"), clock.clone()).unwrap());
    let platform = Platform {
        store: sqlite.clone(),
        queue: sqlite,
        clock,
        random: service::random,
        // Looks come often enough for a lost webhook to cost little.
        patience: Patience {
            first_look: Duration::from_millis(500),
            ..Patience::default()
        },
        visibility: Duration::from_secs(90),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let downstream = Downstream {
        registry: Arc::new(telnyx(&simulator, &key, Duration::from_secs(5)).unwrap()),
        limits: Limits::default(),
        public_url: Some(format!("http://{}", listener.local_addr().unwrap())),
    };
    let every = Duration::from_millis(100);
    let service = Service::start(
        platform.clone(),
        downstream,
        listener,
        Duration::from_secs(5),
        every,
    )
    .await
    .unwrap();
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
        Received::New(id) | Received::Repeated(id) => id,
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

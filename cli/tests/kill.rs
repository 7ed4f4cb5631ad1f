//! `registrar serve`, killed without warning in the middle of its work.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use end_to_end::orders;
use platform::Store as _;
use platform::clock::SystemClock;
use platform::sqlite::Sqlite;
use platform::store::{PAGE, RowQuery};
use registration::{RegistrationId, Status, chain};
use registry_simulator::{Delivery, Reviews, Settings, Simulator, Span, Webhooks};

const ORDERS: usize = 100;

const NUMBERS: usize = 5;

/// Submissions the registry has accepted when the service is killed: while it
/// takes orders, in the brands, in the campaigns, in the numbers.
const KILLS: [u64; 4] = [20, 90, 180, 450];

/// A test that waits longer than this for a condition has failed.
const LONGEST: Duration = Duration::from_secs(180);

const REGISTRAR: &str = env!("CARGO_BIN_EXE_registrar");

/// A service in a process of its own. Ended when dropped.
struct Served(Child);

impl Served {
    fn start(data: &Path, port: u16, simulator: &Simulator) -> Self {
        let child = Command::new(REGISTRAR)
            .args(["serve", "--sweep-every", "0.2", "--log", "error"])
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .arg("--data")
            .arg(data)
            .env("REGISTRAR_REGISTRY_URL", simulator.base_url())
            .env("REGISTRAR_REGISTRY_KEY", Settings::default().api_key)
            .env("REGISTRAR_REGISTRY_PUBLIC_KEY", simulator.public_key())
            .env("REGISTRAR_PUBLIC_URL", format!("http://127.0.0.1:{port}"))
            .env("REGISTRAR_WRITES_PER_SECOND", "none")
            .env("REGISTRAR_READS_PER_SECOND", "none")
            .env("REGISTRAR_CALL_TIMEOUT", "2")
            .env("REGISTRAR_LEASE", "3")
            .env("REGISTRAR_VISIBILITY", "4")
            .env("REGISTRAR_RESCUE_AFTER", "6")
            .env("REGISTRAR_FIRST_LOOK", "0.5")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    /// SIGKILL: no handler runs, nothing is flushed.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn token(data: &Path) -> String {
    let output = Command::new(REGISTRAR)
        .args(["tokens", "add", "test", "--account", "acme", "--data"])
        .arg(data)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(
        tokio::time::timeout(LONGEST, waiting).await.is_ok(),
        "waited too long until {what}"
    );
}

/// Posts every order, each again and again with its own key until it is taken:
/// as a client does whose server dies under it.
async fn post(url: String, token: String) {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap();
    for business in 0..ORDERS {
        let body = orders::document(business, NUMBERS).to_string();
        until("an order is taken", async || {
            let answer = client
                .post(format!("{url}/v1/registrations"))
                .bearer_auth(&token)
                .header("content-type", "application/json")
                .header("idempotency-key", format!("order-{business}"))
                .body(body.clone())
                .send()
                .await;
            answer.is_ok_and(|answer| answer.status().is_success())
        })
        .await;
    }
}

fn submitted(simulator: &Simulator) -> u64 {
    let counts = simulator.submissions();
    [counts.brands, counts.campaigns, counts.numbers]
        .iter()
        .flat_map(|counts| counts.values())
        .sum()
}

async fn registered(store: &Sqlite) -> Vec<RegistrationId> {
    let mut query = RowQuery {
        status: Some(Status::Registered),
        most: PAGE,
        ..RowQuery::default()
    };
    let mut ids = Vec::new();
    loop {
        let page = store.rows(&query).await.unwrap();
        ids.extend(page.rows.into_iter().map(|row| row.id));
        query.after = page.next;
        if query.after.is_none() {
            return ids;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_killed_in_the_middle_of_100_registrations_finishes_all_and_submits_each_once() {
    let review = Span::between(Duration::from_millis(20), Duration::from_millis(200));
    let settings = Settings {
        latency: Duration::from_millis(10),
        reviews: Reviews {
            brand: review,
            campaign: review,
            number: review,
            ..Reviews::default()
        },
        webhooks: Webhooks::On(Delivery::default()),
        ..Settings::default()
    };
    let simulator = Simulator::start(settings, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("registrar.db");
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let token = token(&data);
    let killing = async {
        let mut served = Served::start(&data, port, &simulator);
        for at in KILLS {
            until("so much is submitted", async || submitted(&simulator) >= at).await;
            served.kill();
            served = Served::start(&data, port, &simulator);
        }
        served
    };
    let posting = post(format!("http://127.0.0.1:{port}"), token);
    let (served, ()) = tokio::join!(killing, posting);
    let store = Sqlite::open(&data, Arc::new(SystemClock)).unwrap();
    until("all are registered", async || {
        registered(&store).await.len() == ORDERS
    })
    .await;
    served.kill();

    let counts = simulator.submissions();
    assert_eq!(counts.brands.len(), ORDERS);
    assert_eq!(counts.campaigns.len(), ORDERS);
    assert_eq!(counts.numbers.len(), ORDERS * NUMBERS);
    for (kind, counts) in [
        ("brand", counts.brands),
        ("campaign", counts.campaigns),
        ("number", counts.numbers),
    ] {
        for (subject, count) in counts {
            assert_eq!(count, 1, "{kind} {subject} was submitted {count} times");
        }
    }
    for id in registered(&store).await {
        let history = store.history(&id).await.unwrap();
        chain::verify(
            &id,
            &history,
            store.row(&id).await.unwrap().map(|row| row.seq),
        )
        .unwrap();
    }
    simulator.stop().await;
}

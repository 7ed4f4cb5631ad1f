//! A service in a process of its own, and whoever uses it.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use end_to_end::orders;
use platform::Store as _;
use platform::sqlite::Sqlite;
use platform::store::{PAGE, RowQuery};
use registration::{RegistrationId, Status};
use registry_simulator::{Delivery, Reviews, Settings, Simulator, Span, Webhooks};

/// A test that waits longer than this for a condition has failed.
const LONGEST: Duration = Duration::from_secs(180);

pub(crate) const REGISTRAR: &str = env!("CARGO_BIN_EXE_registrar");

/// A registry that answers soon, and takes a moment for its verdicts.
pub(crate) async fn registry() -> Simulator {
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
    Simulator::start(settings, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap()
}

/// Ended when dropped.
pub(crate) struct Served(Child);

/// How a service is started.
pub(crate) struct Starts<'a> {
    pub(crate) data: PathBuf,
    pub(crate) port: u16,
    pub(crate) simulator: &'a Simulator,
    /// Run by a shell before it, in a file system of its own.
    pub(crate) before: Option<String>,
    /// Where it logs.
    pub(crate) log: PathBuf,
}

impl Starts<'_> {
    pub(crate) fn start(&self) -> Served {
        let mut command = match &self.before {
            None => Command::new(REGISTRAR),
            Some(before) => {
                let mut command = Command::new("unshare");
                let script = format!("{before} && exec \"$0\" \"$@\"");
                command.args(["--mount", "sh", "-c", &script, REGISTRAR]);
                command
            }
        };
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(&self.log)
            .unwrap();
        let (port, simulator) = (self.port, self.simulator);
        let child = command
            .args([
                "serve",
                "--sweep-every",
                "0.2",
                "--log",
                "warn",
                "--json-logs",
            ])
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .arg("--data")
            .arg(&self.data)
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
            .env("REGISTRAR_FIRST_REVIEW_LOOK", "0.5")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Served(child)
    }
}

impl Served {
    /// SIGKILL: no handler runs, nothing is flushed.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Whether it has ended by itself, and how.
    pub(crate) fn ended(&mut self) -> Option<bool> {
        let status = self.0.try_wait().unwrap();
        status.map(|status| status.success())
    }

    /// Runs a command of registrar's where this service has its file.
    pub(crate) fn beside(&self, arguments: &[&OsStr]) -> Output {
        let id = self.id().to_string();
        let mut command = Command::new("nsenter");
        command.args(["--target", &id, "--mount", REGISTRAR]);
        command.args(arguments).output().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port that nobody listens at.
pub(crate) fn port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// What a command has said, if all is well.
pub(crate) fn said(output: Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

pub(crate) fn token(data: &Path) -> String {
    let mut command = Command::new(REGISTRAR);
    command.args(["tokens", "add", "test", "--account", "acme", "--data"]);
    said(command.arg(data).output().unwrap())
}

pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
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

/// Sends one order, once; the answer's status and body, if there was one.
pub(crate) async fn order(
    port: u16,
    token: &str,
    business: usize,
    numbers: usize,
) -> Option<(u16, String)> {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap();
    let answer = client
        .post(format!("http://127.0.0.1:{port}/v1/registrations"))
        .bearer_auth(token)
        .header("content-type", "application/json")
        .header("idempotency-key", format!("order-{business}"))
        .body(orders::document(business, numbers).to_string())
        .send()
        .await
        .ok()?;
    let status = answer.status().as_u16();
    Some((status, answer.text().await.ok()?))
}

/// Sends an order again and again with its own key until it is taken: as a client does
/// whose server dies under it.
pub(crate) async fn taken(port: u16, token: &str, business: usize, numbers: usize) {
    until("an order is taken", async || {
        let answer = order(port, token, business, numbers).await;
        answer.is_some_and(|(status, _)| status == 202)
    })
    .await;
}

/// Submissions that the registry has accepted.
pub(crate) fn submitted(simulator: &Simulator) -> u64 {
    let counts = simulator.submissions();
    [counts.brands, counts.campaigns, counts.numbers]
        .iter()
        .flat_map(|counts| counts.values())
        .sum()
}

/// Each of these was submitted, and once.
pub(crate) fn each_once(simulator: &Simulator, orders: usize, numbers: usize) {
    let counts = simulator.submissions();
    assert_eq!(counts.brands.len(), orders);
    assert_eq!(counts.campaigns.len(), orders);
    assert_eq!(counts.numbers.len(), orders * numbers);
    for (kind, counts) in [
        ("brand", counts.brands),
        ("campaign", counts.campaigns),
        ("number", counts.numbers),
    ] {
        for (subject, count) in counts {
            assert_eq!(count, 1, "{kind} {subject} was submitted {count} times");
        }
    }
}

pub(crate) async fn registered(store: &Sqlite) -> Vec<RegistrationId> {
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

//! `registrar demo`: one business from order to assigned numbers.
//!
//! 1. Start a registry simulator whose reviews take seconds instead of weeks.
//! 2. Start the platform on a data file of its own.
//! 3. Post the order, as a product team would.
//! 4. Show how it goes on until it is at its end.
//! 5. Print the audit trail, and what to try next.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use platform::configuration::Configuration;
use platform::token::Role;
use registration::Step;
use registration::{AccountId, RegistrationId};
use registry_simulator::{Delivery, Reviews, Settings, Simulator, Span, Webhooks};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::place::Place;
use crate::trail::{self, Form};
use crate::{submit, tokens};
use registrar::downstream::downstream;
use registrar::service::{self, Service};

/// The order that is carried if no other is named: a file of this repository.
const ORDER: &str = include_str!("../../tests/orders/cedar-street-dental.json");

/// Where that file is.
const ORDER_FILE: &str = "tests/orders/cedar-street-dental.json";

/// Its data file, unless another is named.
const FILE: &str = "registrar-demo.db";

/// The demo gives up after this.
const LONGEST: Duration = Duration::from_secs(120);

const ACCOUNT: &str = "cedar-street";

/// Carry one example order from start to end against a registry simulator.
/// Its data file, registrar-demo.db unless --data names another, is replaced.
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// Another order
    #[arg(long)]
    order: Option<PathBuf>,
    /// Keep the API up at the end, until Ctrl-C
    #[arg(long)]
    stay: bool,
}

/// Runs the demo.
pub(crate) async fn demo(demo: Demo, place: &Place) -> anyhow::Result<()> {
    // Never the file that the environment names: it is replaced.
    let data = place.named_file()?.unwrap_or_else(|| FILE.into());
    let (body, file) = match &demo.order {
        None => (ORDER.to_owned(), ORDER_FILE.to_owned()),
        Some(path) => {
            submit::read(path)?;
            (std::fs::read_to_string(path)?, path.display().to_string())
        }
    };
    replace(&data)?;
    let simulator = simulator().await?;
    println!("registry simulator  {}", simulator.base_url());
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .context("the API's port")?;
    let url = format!("http://{}", listener.local_addr()?);
    let service = start(&data, &simulator, listener, &url).await?;
    println!("registrar           {url}");
    println!("order               {file}");
    let account = AccountId::parse(ACCOUNT)?;
    let store = &service.platform.store;
    let token = tokens::add(&**store, "demo", Role::Account { account }).await?;
    let client = Client {
        url: url.clone(),
        token: token.show().to_owned(),
        http: http()?,
    };
    let id = client.post(body).await?;
    println!("registration        {id}\n");
    let status = follow(&client, &id).await?;
    let parsed = RegistrationId::parse(&id)?;
    println!("\nThe audit trail of {id}:");
    trail::print(
        store.history(&parsed).await?,
        Form::Table,
        &mut std::io::stdout(),
    )?;
    println!("\nAt its end: {status}.");
    next(&demo, &data, &url, &id, token.show());
    if demo.stay {
        let _ = tokio::signal::ctrl_c().await;
    }
    service.stop().await;
    simulator.stop().await;
    anyhow::ensure!(
        status == "registered",
        "the registration ended as `{status}`"
    );
    Ok(())
}

/// Takes away what an earlier demo left.
fn replace(data: &Path) -> anyhow::Result<()> {
    for end in ["", "-wal", "-shm"] {
        let mut file = data.as_os_str().to_owned();
        file.push(end);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).context(format!("{} cannot be replaced", data.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

async fn simulator() -> anyhow::Result<Simulator> {
    let settings = Settings {
        reviews: Reviews {
            brand: Span::between(Duration::from_secs(2), Duration::from_secs(3)),
            confirmation: Span::between(Duration::from_secs(3), Duration::from_secs(4)),
            campaign: Span::between(Duration::from_secs(4), Duration::from_secs(5)),
            number: Span::between(Duration::from_secs(1), Duration::from_secs(3)),
            ..Reviews::default()
        },
        webhooks: Webhooks::On(Delivery::default()),
        ..Settings::default()
    };
    Ok(Simulator::start(settings, ([127, 0, 0, 1], 0).into()).await?)
}

async fn start(
    data: &Path,
    simulator: &Simulator,
    listener: TcpListener,
    url: &str,
) -> anyhow::Result<Service> {
    let lookup = |name: &str| match name {
        "REGISTRAR_REGISTRY_URL" => Some(simulator.base_url()),
        "REGISTRAR_REGISTRY_KEY" => Some(Settings::default().api_key),
        "REGISTRAR_REGISTRY_PUBLIC_KEY" => Some(simulator.public_key()),
        "REGISTRAR_PUBLIC_URL" => Some(url.to_owned()),
        "REGISTRAR_FIRST_LOOK" | "REGISTRAR_FIRST_REVIEW_LOOK" => Some("5".to_owned()),
        _ => None,
    };
    let configuration = Configuration::read(&lookup)
        .map_err(|wrong| anyhow::anyhow!("the demo's settings cannot be used: {wrong:?}"))?;
    let platform = service::platform(data, &configuration)?;
    let downstream = downstream(&platform, &configuration)?;
    let every = Duration::from_secs(1);
    Service::start(platform, downstream, listener, &configuration, every).await
}

fn http() -> anyhow::Result<reqwest::Client> {
    Ok(reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()?)
}

/// The API as a product team sees it.
struct Client {
    url: String,
    token: String,
    http: reqwest::Client,
}

impl Client {
    async fn post(&self, body: String) -> anyhow::Result<String> {
        let answer = self
            .http
            .post(format!("{}/v1/registrations", self.url))
            .bearer_auth(&self.token)
            .header("content-type", "application/json")
            .header("idempotency-key", "demo")
            .body(body)
            .send()
            .await?;
        let status = answer.status();
        let body: Value = answer.json().await?;
        anyhow::ensure!(status.is_success(), "the order was not taken: {body:#}");
        let id = body
            .get("id")
            .and_then(Value::as_str)
            .context("an answer without an id")?;
        Ok(id.to_owned())
    }

    async fn get(&self, id: &str) -> anyhow::Result<Value> {
        let url = format!("{}/v1/registrations/{id}", self.url);
        let answer = self.http.get(url).bearer_auth(&self.token).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }
}

/// Shows how a registration goes on, until it is at its end.
async fn follow(client: &Client, id: &str) -> anyhow::Result<String> {
    let style = ProgressStyle::with_template("{spinner:.cyan} {elapsed:>3} {msg}")?;
    let bar = ProgressBar::new_spinner().with_style(style);
    bar.enable_steady_tick(Duration::from_millis(80));
    let begun = tokio::time::Instant::now();
    let mut last = String::new();
    loop {
        let now = client.get(id).await?;
        let text = |name: &str| {
            now.get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let status = text("status");
        let line = line(&now, &status, &text("step"));
        bar.set_message(line.clone());
        if line != last {
            // Printed above the spinner; where there is no terminal, printed plainly.
            let stamped = format!("  {:>5.1} s  {line}", begun.elapsed().as_secs_f64());
            if bar.is_hidden() {
                println!("{stamped}")
            } else {
                bar.println(stamped)
            }
            last = line;
        }
        // Somebody at the simulator follows the link by themselves.
        let open = ["in_progress", "in_review", "awaiting_confirmation"];
        let open = open.contains(&status.as_str());
        if !open || begun.elapsed() > LONGEST {
            bar.finish_and_clear();
            return Ok(status);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn line(registration: &Value, status: &str, step: &str) -> String {
    let known = Step::ALL.iter().find(|known| known.name() == step);
    let answers = known.map_or("", |known| known.card().answers);
    let numbers = |name: &str| {
        registration
            .pointer(&format!("/numbers/{name}"))
            .and_then(Value::as_u64)
            .unwrap_or_default()
    };
    match (step, status) {
        ("", _) => format!(
            "{status}: {} of {} numbers",
            numbers("ordered") - numbers("refused"),
            numbers("ordered")
        ),
        ("numbers", "in_progress") => {
            let ordered = numbers("ordered");
            format!(
                "numbers: {} of {ordered} have their verdict",
                ordered - numbers("open")
            )
        }
        (_, "awaiting_confirmation") => format!("{step}: e-mail sent; now with {answers}"),
        (_, "in_review") => format!("{step}: submitted; now with {answers}"),
        _ => format!("{step}: {status}"),
    }
}

fn next(demo: &Demo, data: &Path, url: &str, id: &str, token: &str) {
    let data = data.display();
    println!("\nTry next:");
    println!("  cargo run -- show {id} --data {data}");
    println!("  cargo run -- history {id}-0001 --data {data}");
    println!("  cargo run -- verify {id} --data {data}");
    println!("  cargo run -- find --status registered --data {data}");
    if demo.stay {
        println!("The API is up at {url} until Ctrl-C:");
        println!("  curl -H 'Authorization: Bearer {token}' {url}/v1/registrations/{id}/events");
        println!("  curl {url}/v1/openapi.json");
    } else {
        println!(
            "The API was at {url}; `cargo demo --stay` keeps it up, with curl commands for it."
        );
    }
}

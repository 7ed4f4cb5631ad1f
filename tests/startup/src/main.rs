//! `cargo startup`: from the start of a function's process to its first request
//! for work, as Lambda sees a cold start, without the time that Lambda itself
//! takes. The median of 50 starts for each function, beside a function that
//! does nothing.
//!
//! 1. Build every function with the profile `lambda`.
//! 2. Answer as Lambda's Runtime API and as SSM, on loopback.
//! 3. Start each function, wait for `invocation/next`, end it.

#![allow(clippy::print_stdout, reason = "a command speaks by printing")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use registration::Step;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::mpsc;

/// The functions that run no step.
const OTHERS: [&str; 5] = ["callbacks", "api", "webhooks", "sweep", "dead-letters"];

const EMPTY: &str = "empty";

const STARTS: usize = 50;

/// A start that takes longer has failed.
const LONGEST: Duration = Duration::from_secs(10);

/// A public key that can be one: what SSM gives out here for every name.
const KEY: &str = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    build().await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let (asked, mut next) = mpsc::channel(1);
    let router = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(wait))
        .route("/", post(parameter))
        .with_state(asked);
    tokio::spawn(async move { axum::serve(listener, router).await });
    println!("median of {STARTS} starts, process start to first invocation/next");
    for function in [EMPTY].into_iter().chain(functions()) {
        let mut times = Vec::with_capacity(STARTS);
        for _ in 0..STARTS {
            times.push(start(function, &address, &mut next).await?);
        }
        times.sort();
        let median = times.get(STARTS / 2).context("no start")?.as_secs_f64() * 1_000.0;
        let size = std::fs::metadata(program(function))?.len();
        println!(
            "{function:<18} {median:6.1} ms   {:.1} MB",
            size as f64 / 1e6
        );
    }
    Ok(())
}

fn functions() -> impl Iterator<Item = &'static str> {
    Step::functions().into_iter().chain(OTHERS)
}

/// The first request for work: told, and never answered.
async fn wait(State(asked): State<mpsc::Sender<()>>) -> impl IntoResponse {
    let _ = asked.send(()).await;
    std::future::pending::<()>().await;
}

async fn parameter() -> impl IntoResponse {
    axum::Json(json!({ "Parameter": { "Name": "key", "Type": "SecureString", "Value": KEY } }))
}

async fn start(
    function: &str,
    address: &str,
    next: &mut mpsc::Receiver<()>,
) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let mut child = Command::new(program(function))
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", address)
        .env("AWS_LAMBDA_FUNCTION_NAME", function)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_ENDPOINT_URL", format!("http://{address}"))
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("REGISTRAR_EVENTS_TABLE", "events")
        .env("REGISTRAR_REGISTRATIONS_TABLE", "registrations")
        .env("REGISTRAR_CONTROLS_TABLE", "controls")
        .env("REGISTRAR_QUEUE_URL_PREFIX", format!("http://{address}/"))
        .env("REGISTRAR_REGISTRY_KEY_PARAMETER", "key")
        .env("REGISTRAR_REGISTRY_PUBLIC_KEY_PARAMETER", "public-key")
        .env("REGISTRAR_LOG", "error")
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{function} does not start"))?;
    let asked = tokio::time::timeout(LONGEST, next.recv()).await;
    let took = begun.elapsed();
    child.kill().await?;
    ensure!(
        asked.is_ok(),
        "{function} has not asked for work within {LONGEST:?}"
    );
    Ok(took)
}

fn program(function: &str) -> PathBuf {
    target().join("lambda").join(function)
}

#[allow(
    clippy::disallowed_methods,
    reason = "cargo says by this variable where it builds"
)]
fn target() -> PathBuf {
    let set = std::env::var("CARGO_TARGET_DIR").ok().map(PathBuf::from);
    set.unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target")))
}

async fn build() -> anyhow::Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args([
        "build",
        "--quiet",
        "--locked",
        "--profile",
        "lambda",
        "--features",
        "lambda",
        "--bins",
    ]);
    for function in functions() {
        cargo.args(["--package", function]);
    }
    ensure!(
        cargo.status().await?.success(),
        "the functions do not build"
    );
    let empty = [
        "build",
        "--quiet",
        "--locked",
        "--profile",
        "lambda",
        "--package",
        "startup",
        "--bin",
    ];
    let empty = Command::new("cargo")
        .args(empty)
        .arg(EMPTY)
        .status()
        .await?;
    ensure!(empty.success(), "the empty function does not build");
    Ok(())
}

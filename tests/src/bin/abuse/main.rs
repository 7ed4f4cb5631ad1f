//! `tests/abuse/run.sh`, a lane of `cargo verify`: what a `registrar serve` does under
//! abuse. No attack ends in a 5xx, in more memory than [`MOST_MEMORY`], or in a service
//! that does not answer any more.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks by printing"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use registry_simulator::{Settings, Simulator};

mod attacks;
mod document;
mod served;

use served::Served;

/// The most memory that the service may ever hold, in megabytes (10^6 bytes): ten
/// bodies of the largest size beside what it holds after 10,000 registrations, and what
/// 768 connections hold.
const MOST_MEMORY: f64 = 150.0;

/// A lane's run is the same each time; other seeds are given.
const SEED: u32 = 1;

/// A run that waits longer than this for a condition has failed.
const LONGEST: Duration = Duration::from_secs(60);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (schemathesis, seed) = match arguments.as_slice() {
        [program] => (program, SEED),
        [program, flag, seed] if flag == "--seed" => (program, seed.parse()?),
        _ => anyhow::bail!("abuse SCHEMATHESIS [--seed N]"),
    };
    let simulator = Simulator::start(Settings::default(), ([127, 0, 0, 1], 0).into()).await?;
    let folder = tempfile::tempdir()?;
    let served = Served::start(&folder.path().join("abuse.db"), &simulator).await?;
    println!("idle: {:.1} MB resident", served.resident()?);

    println!("schemathesis, seed {seed}");
    told(
        "its own document",
        &served,
        document::tried(&served, Path::new(schemathesis), seed),
    )
    .await?;
    told(
        "headers that do not come",
        &served,
        attacks::slow_headers(&served),
    )
    .await?;
    told(
        "bodies that do not come",
        &served,
        attacks::slow_bodies(&served),
    )
    .await?;
    told(
        "1,000 connections",
        &served,
        attacks::many_connections(&served),
    )
    .await?;
    told("bodies of 100 MB", &served, attacks::large_bodies(&served)).await?;
    told(
        "JSON of 100,000 levels",
        &served,
        attacks::deep_bodies(&served),
    )
    .await?;
    told("headers of 1 MB", &served, attacks::large_headers(&served)).await?;

    let peak = served.peak()?;
    println!("at most: {peak:.1} MB resident, {MOST_MEMORY} allowed");
    ensure!(peak <= MOST_MEMORY, "{peak:.1} MB were held at once");
    served.stop().await?;
    simulator.stop().await;
    Ok(())
}

/// Makes one attack, prints what came of it, and sees that the service still answers.
async fn told(
    name: &str,
    served: &Served,
    attack: impl Future<Output = anyhow::Result<String>>,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    let came = attack.await.with_context(|| format!("under {name}"))?;
    served
        .answers()
        .await
        .with_context(|| format!("after {name}"))?;
    println!(
        "{name}: {came}; {:.1} s, then {:.1} MB resident",
        begun.elapsed().as_secs_f64(),
        served.resident()?
    );
    Ok(())
}

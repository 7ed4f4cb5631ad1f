//! `registrar submit` and `registrar lint`: an order from a file.

use std::path::Path;

use anyhow::Context as _;
use platform::existing;
use platform::receive::{self, Received};
use registration::preflight::{Finding, Weight, preflight};
use registration::{AccountId, Actor, Order, TraceId};
use serde_json::{Value, json};

use crate::place::Place;
use registrar::service::random;

/// Reads an order from a file and stores it.
pub(crate) async fn submit(file: &Path, account: AccountId, place: &Place) -> anyhow::Result<()> {
    let mut order = read(file)?;
    let platform = place.open_or_make().await?.platform()?;
    existing::resolve(&platform, &account, true, &mut order)
        .await
        .map_err(|(pointer, why)| anyhow::anyhow!("{pointer}: {why}"))?;
    let actor = Actor::operator("cli");
    let received = receive::receive(
        &platform,
        &account,
        actor,
        order,
        None,
        TraceId::new(random()),
    )
    .await?;
    let (Received::New(id) | Received::Repeated(id)) = received;
    println!("{id}");
    Ok(())
}

/// Reads an order; every problem is named.
pub(crate) fn read(file: &Path) -> anyhow::Result<Order> {
    Order::read(&json(file)?)
        .map_err(|problems| anyhow::anyhow!("{} cannot be taken:\n{problems}", file.display()))
}

/// Reads a JSON file.
pub(crate) fn json(file: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not JSON", file.display()))
}

/// Says what reviewers would reject; fails if they surely would.
pub(crate) fn lint(file: &Path, json: bool) -> anyhow::Result<()> {
    let findings = preflight(&read(file)?);
    if json {
        let of = |weight: Weight| -> Vec<Value> {
            let found = findings.iter().filter(|finding| finding.weight == weight);
            let in_json = |finding: &Finding| {
                json!({ "pointer": finding.pointer, "message": finding.message,
                        "source": finding.source })
            };
            found.map(in_json).collect()
        };
        let (errors, warnings) = (of(Weight::Error), of(Weight::Warning));
        println!("{}", json!({ "errors": errors, "warnings": warnings }));
    }
    let said = findings.iter().filter(|_| !json);
    for Finding {
        weight,
        pointer,
        message,
        source,
    } in said
    {
        let weight = match weight {
            Weight::Error => "error  ",
            Weight::Warning => "warning",
        };
        println!("{weight} {pointer}: {message} ({source})");
    }
    let errors = findings
        .iter()
        .filter(|finding| finding.weight == Weight::Error)
        .count();
    if !json {
        println!("{errors} errors, {} warnings", findings.len() - errors);
    }
    anyhow::ensure!(errors == 0, "reviewers would reject {}", file.display());
    Ok(())
}

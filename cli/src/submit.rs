//! `registrar submit` and `registrar retry`: what an operator changes.

use std::path::Path;

use anyhow::Context as _;
use platform::receive::{self, Received};
use registration::preflight::{Finding, Weight, preflight};
use registration::{AccountId, Actor, Order, RegistrationId, TraceId};

use crate::place::Place;
use registrar::service::random;

/// Reads an order from a file and stores it.
pub(crate) async fn submit(file: &Path, account: AccountId, place: &Place) -> anyhow::Result<()> {
    let order = read(file)?;
    let platform = place.open_or_make().await?.platform()?;
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
    let text = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let document =
        serde_json::from_slice(&text).with_context(|| format!("{} is not JSON", file.display()))?;
    Order::read(&document)
        .map_err(|problems| anyhow::anyhow!("{} cannot be taken:\n{problems}", file.display()))
}

/// Says what reviewers would reject; fails if they surely would.
pub(crate) fn lint(file: &Path) -> anyhow::Result<()> {
    let findings = preflight(&read(file)?);
    for Finding {
        weight,
        pointer,
        message,
        source,
    } in &findings
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
    println!("{errors} errors, {} warnings", findings.len() - errors);
    anyhow::ensure!(errors == 0, "reviewers would reject {}", file.display());
    Ok(())
}

/// Lets a parked or refused registration run again.
pub(crate) async fn retry(id: &str, operator: &str, place: &Place) -> anyhow::Result<()> {
    let platform = place.open().await?.platform()?;
    let author = platform::case::Author {
        actor: Actor::operator(operator),
        trace: TraceId::new(random()),
    };
    let id = RegistrationId::parse(id)?;
    platform::retry::retry(&platform, &id, &author).await?;
    println!("{id} will run again");
    Ok(())
}

//! `registrar submit` and `registrar lint`: an order from a file.

use std::path::Path;

use anyhow::Context as _;
use pages::Pages;
use platform::existing;
use platform::preflight::Preflight;
use platform::receive::{self, Received};
use registration::preflight::{Finding, Weight};
use registration::{AccountId, Actor, Order, TraceId};
use serde_json::Value;

use crate::findings;
use crate::place::Place;
use crate::serve::configuration;
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
    match received {
        Received::New(id, found) => {
            println!("{id}");
            // The id alone is the command's answer.
            findings::warn(&found);
        }
        Received::Repeated(id) => println!("{id}"),
    }
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

/// How orders are looked at: by the settings of the environment, online where asked.
pub(crate) struct Lint {
    preflight: Preflight,
    pages: Option<Pages>,
}

impl Lint {
    pub(crate) fn new(online: bool) -> anyhow::Result<Self> {
        let configuration = configuration()?;
        let pages = online.then(|| Pages::new(configuration.callbacks));
        Ok(Self {
            preflight: configuration.preflight,
            pages: pages.transpose()?,
        })
    }

    pub(crate) async fn look(&self, order: &Order) -> Vec<Finding> {
        let mut found = self.preflight.look(order);
        if let Some(pages) = &self.pages {
            let policy = &self.preflight.policy;
            let read = pages.look(order).await.into_iter();
            found.extend(read.filter_map(|finding| policy.weigh(finding)));
            found.sort_by_key(|finding| finding.weight);
        }
        found
    }
}

/// Says what reviewers would find; fails if they surely would refuse it.
pub(crate) async fn lint(file: &Path, json: bool, lint: &Lint) -> anyhow::Result<()> {
    let order = read(file)?;
    let found = lint.look(&order).await;
    match json {
        true => println!("{}", findings::in_json(&found)),
        false => {
            findings::print(&found);
            println!("{}", findings::counted(&found));
        }
    }
    let refused = found.iter().any(|finding| finding.weight == Weight::Error);
    anyhow::ensure!(!refused, "reviewers would refuse {}", file.display());
    Ok(())
}

/// How orders are looked at, by the settings of the environment.
pub(crate) fn preflight() -> anyhow::Result<Preflight> {
    Ok(configuration()?.preflight)
}

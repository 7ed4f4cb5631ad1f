//! A history told in a few words, without times and ids, so that two can be
//! compared.

use anyhow::Context as _;
use platform::Store;
use registration::{Event, Fact, RegistrationId, upcast};

/// Every fact of a registration in order, such as `brand submitted`.
pub async fn history(store: &dyn Store, id: &RegistrationId) -> anyhow::Result<Vec<String>> {
    let stored = store.history(id).await?;
    let events = stored
        .into_iter()
        .map(upcast::open)
        .collect::<Result<Vec<Event>, _>>();
    let events = events.context("a history that cannot be read")?;
    Ok(events
        .iter()
        .flat_map(|event| &event.facts)
        .map(fact)
        .collect())
}

fn fact(fact: &Fact) -> String {
    let name = match fact {
        Fact::VerdictReached { verdict, .. } => verdict.name(),
        Fact::Submitted { found: true, .. } => "found",
        other => other.name(),
    };
    match fact.step() {
        Some((step, _)) => format!("{step} {name}"),
        None => name.to_owned(),
    }
}

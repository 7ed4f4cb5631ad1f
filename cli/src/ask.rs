//! What operators ask: where does it stand, what happened, which ones.

use std::io::{self, Write as _};

use anyhow::Context as _;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use platform::case::Case;
use platform::store::{PAGE, Row, RowQuery};
use platform::{Store, numbers};
use registration::advice::advice;
use registration::sequence::{Pending, Waits};
use registration::waiting::Waiting;
use registration::{MustAct, Reason, RegistrationId, Status, Step, chain};

use crate::AccountName;
use crate::place::Place;
use crate::trail::{self, Form};

/// The most registrations that one `find` prints.
const MOST: usize = 1_000;

/// List registrations, newest first.
#[derive(Debug, clap::Args)]
pub(crate) struct Find {
    /// Only with this status
    #[arg(long, value_parser = statuses())]
    status: Option<Status>,
    /// Only of this account
    #[arg(long)]
    account: Option<AccountName>,
}

/// Reads a status; the help lists every one.
fn statuses() -> impl TypedValueParser<Value = Status> {
    let names = PossibleValuesParser::new(Status::ALL.map(Status::name));
    names.try_map(|name| Status::parse(&name).ok_or("there is no such status"))
}

/// Lists registrations.
pub(crate) async fn find(find: Find, place: &Place) -> anyhow::Result<()> {
    let store = place.open().await?.store;
    let mut query = RowQuery {
        account: find.account.map(|name| name.0),
        status: find.status,
        after: None,
        most: PAGE,
    };
    let mut table = rows(&[
        "registration",
        "account",
        "status",
        "must act",
        "step",
        "since (UTC)",
        "last error",
    ]);
    let mut found = 0;
    loop {
        let page = store.rows(&query).await?;
        for row in &page.rows {
            table.add_row(cells(row));
        }
        found += page.rows.len();
        query.after = page.next;
        if query.after.is_none() || found >= MOST {
            break;
        }
    }
    println!("{table}");
    let more = if query.after.is_some() {
        ", and there are more"
    } else {
        ""
    };
    println!("{found} found{more}");
    Ok(())
}

fn rows(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(header);
    table
}

fn cells(row: &Row) -> [String; 7] {
    [
        row.id.to_string(),
        row.account.to_string(),
        row.status.to_string(),
        row.must_act().to_string(),
        row.step.map(|step| step.to_string()).unwrap_or_default(),
        row.updated_at.strftime("%F %T").to_string(),
        row.last_error.clone().unwrap_or_default(),
    ]
}

/// Says where one registration stands.
pub(crate) async fn show(id: &str, place: &Place) -> anyhow::Result<()> {
    let store = place.open().await?.store;
    let id = RegistrationId::parse(id)?;
    let case = Case::load(&*store, &id).await?;
    let row = store
        .row(&id)
        .await?
        .context("its row is missing: the sweep will write it")?;
    println!("{id}  {}  of {}", row.status, row.account);
    let mut until = None;
    match case.pending() {
        None => println!("at its end since {:.0}", row.updated_at),
        Some(pending) => {
            let counts = numbers::counts(&row, &case.facts).unwrap_or_default();
            let waiting = Waiting::of(&pending, &case.facts, counts);
            until = waiting.until;
            println!(
                "stands at {}, round {}: {}",
                pending.step,
                pending.round,
                words(&pending, waiting)
            );
        }
    }
    match (row.must_act(), until) {
        (MustAct::Nobody, Some(until)) => println!("must act: nobody until {until:.0}"),
        (who, _) => println!("must act: {who}"),
    }
    if row.must_act() == MustAct::Operator {
        for parked in numbers::parked(&*store, &id).await?.groups() {
            println!("  {} numbers: {}", parked.numbers, parked.reason);
        }
    }
    if let Some(due_at) = row.due_at {
        let what = if row.awaits_answer {
            "asks the registry again"
        } else {
            "the sweep brings it on"
        };
        println!("{what} at {due_at:.0} at the latest");
    }
    if let Some(error) = &row.last_error {
        println!("last error: {error}");
    }
    aside(&case);
    each_number(&*store, &id).await
}

/// What it has cost, what takes too long, and what the account is not told of yet.
fn aside(case: &Case) {
    let facts = &case.facts;
    let overdue = case
        .pending()
        .filter(|pending| facts.is_overdue(pending.step));
    if let Some(pending) = overdue {
        println!("overdue: the {} takes longer than it should", pending.step);
    }
    if let Some(warning) = facts.warning() {
        println!("warning: {}", warning.words());
    }
    let fees: Vec<_> = facts.paid().map(fee).collect();
    if !fees.is_empty() {
        println!("paid: {}", fees.join(", "));
    }
    if let Some(undelivered) = facts.callback() {
        println!(
            "callback not delivered: {} since {:.0}, {} attempts, the next not before {:.0}",
            undelivered.status, undelivered.since, undelivered.attempts, undelivered.not_before
        );
    }
}

fn fee((step, rounds): (Step, u32)) -> String {
    let cents = step.fee().unwrap_or_default().saturating_mul(rounds);
    let dollars = format!("${}.{:02}", cents / 100, cents % 100);
    match rounds {
        1 => format!("{step} {dollars}"),
        rounds => format!("{step} {dollars} ({rounds} rounds)"),
    }
}

/// The registrations of an order's numbers.
async fn each_number(store: &dyn Store, id: &RegistrationId) -> anyhow::Result<()> {
    let mut table = rows(&["number's registration", "status", "last error"]);
    let mut after = None;
    loop {
        let page = store.numbers(id, after.as_ref()).await?;
        for number in page.rows {
            let error = number.last_error.unwrap_or_default();
            table.add_row([number.id.to_string(), number.status.to_string(), error]);
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    if !table.is_empty() {
        println!("{table}");
    }
    Ok(())
}

/// What is waited for, with its times, and below it the registry's reasons.
fn words(pending: &Pending, waiting: Waiting) -> String {
    let mut words = waiting.text;
    if let Some(id) = waiting.registry_id {
        words = format!("{words} as {id}");
    }
    if let Some(since) = waiting.since {
        words = format!("{words}, since {since:.0}");
    }
    if let Some(until) = waiting.until {
        words = format!("{words}, until {until:.0}");
    }
    if let Waits::Correction { reasons } = &pending.waits {
        words.extend(reasons.iter().map(in_lines));
    }
    words
}

/// The registry's reason, and below it what to do where that is known.
fn in_lines(reason: &Reason) -> String {
    let Reason {
        code,
        description,
        fields,
    } = reason;
    let advice = advice(code).map(|advice| format!("\n    {advice}"));
    let advice = advice.unwrap_or_default();
    format!("\n  {code} {} {description}{advice}", fields.join(" "))
}

/// Prints the audit trail.
pub(crate) async fn history(id: &str, form: Form, place: &Place) -> anyhow::Result<()> {
    let id = RegistrationId::parse(id)?;
    let history = place.open().await?.store.history(&id).await?;
    anyhow::ensure!(!history.is_empty(), "there is no registration {id}");
    let mut out = io::stdout().lock();
    trail::print(history, form, &mut out)?;
    out.flush()?;
    Ok(())
}

/// Proves that nothing was changed or cut out.
pub(crate) async fn verify(id: &str, place: &Place) -> anyhow::Result<()> {
    let store = place.open().await?.store;
    let id = RegistrationId::parse(id)?;
    let history = store.history(&id).await?;
    let last = store.row(&id).await?.map(|row| row.seq);
    anyhow::ensure!(
        !history.is_empty() || last.is_some(),
        "there is no registration {id}"
    );
    chain::verify(&id, &history, last)?;
    println!(
        "{id}: {} events, each chained to the one before",
        history.len()
    );
    Ok(())
}

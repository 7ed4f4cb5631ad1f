//! What operators ask: where does it stand, what happened, which ones.

use std::io::{self, Write as _};
use std::time::Duration;

use anyhow::Context as _;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::Timestamp;
use platform::case::Case;
use platform::clock::SystemClock;
use platform::store::{PAGE, Row, RowQuery};
use platform::{Clock as _, Store, numbers};
use registration::facts::Fee;
use registration::patience::later;
use registration::refusal::{Reading, readings};
use registration::sequence::{Pending, Waits};
use registration::waiting::Waiting;
use registration::{MustAct, RegistrationId, Round, Status, Step, chain};
use serde_json::json;

use crate::AccountName;
use crate::place::Place;
use crate::table::table;
use crate::trail::{self, Form};

/// The most registrations that one `find` prints.
const MOST: u32 = 1_000;

/// List registrations, newest first.
#[derive(Debug, clap::Args)]
pub(crate) struct Find {
    /// Only with this status
    #[arg(long, value_parser = statuses())]
    status: Option<Status>,
    /// Only of this account
    #[arg(long)]
    account: Option<AccountName>,
    /// Only those that stand at this step
    #[arg(long, value_parser = steps())]
    step: Option<Step>,
    /// Only those whose history has not grown for so long, such as 12h or 3d
    #[arg(long, value_name = "TIME", value_parser = age)]
    older_than: Option<Duration>,
    /// Only those at which a person must act: an operator or the account
    #[arg(long)]
    needs_person: bool,
    /// How many at most
    #[arg(long, default_value_t = MOST, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST)))]
    limit: u32,
    /// As one JSON document, each registration as the API lists it
    #[arg(long)]
    json: bool,
}

impl Find {
    fn wants(&self, row: &Row, now: Timestamp) -> bool {
        let is_old = |age: Duration| later(row.updated_at, age) <= now;
        self.step.is_none_or(|step| row.step == Some(step))
            && self.older_than.is_none_or(is_old)
            && (!self.needs_person || row.must_act().is_a_person())
    }
}

/// Reads a step; the help lists every one.
fn steps() -> impl TypedValueParser<Value = Step> {
    let names = PossibleValuesParser::new(Step::ALL.iter().map(|step| step.name()));
    names.try_map(|name| {
        let step = Step::ALL.iter().find(|step| step.name() == name);
        step.copied().ok_or("there is no such step")
    })
}

/// A whole number and its unit: `s`, `m`, `h` or `d`.
fn age(text: &str) -> Result<Duration, String> {
    let rule = || "a whole number and s, m, h or d, such as 12h or 3d".to_owned();
    let unit = text.chars().last().ok_or_else(rule)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return Err(rule()),
    };
    let count: u32 = text.trim_end_matches(unit).parse().map_err(|_| rule())?;
    Ok(Duration::from_secs(
        u64::from(count).saturating_mul(seconds),
    ))
}

/// Reads a status; the help lists every one.
fn statuses() -> impl TypedValueParser<Value = Status> {
    let names = PossibleValuesParser::new(Status::ALL.map(Status::name));
    names.try_map(|name| Status::parse(&name).ok_or("there is no such status"))
}

/// Lists registrations.
pub(crate) async fn find(find: Find, place: &Place) -> anyhow::Result<()> {
    let store = place.open().await?.store;
    let (found, more) = found(&*store, &find).await?;
    if find.json {
        let listed: Result<Vec<_>, _> = found.into_iter().map(api::listed).collect();
        println!("{}", json!({ "registrations": listed?, "more": more }));
        return Ok(());
    }
    let mut table = table(&[
        "registration!",
        "account",
        "status!",
        "must act",
        "step",
        "since (UTC)",
        "last error",
    ]);
    for row in &found {
        table.add_row(cells(row));
    }
    println!("{table}");
    let more = if more { ", and there are more" } else { "" };
    println!("{} found{more}", found.len());
    Ok(())
}

/// What is asked for, newest first, and whether there is more.
async fn found(store: &dyn Store, find: &Find) -> anyhow::Result<(Vec<Row>, bool)> {
    let mut query = RowQuery {
        account: find.account.as_ref().map(|name| name.0.clone()),
        status: find.status,
        after: None,
        most: PAGE,
    };
    let (now, limit) = (SystemClock.now(), usize::try_from(find.limit)?);
    let mut found = Vec::new();
    loop {
        let page = store.rows(&query).await?;
        found.extend(page.rows.into_iter().filter(|row| find.wants(row, now)));
        query.after = page.next;
        let more = query.after.is_some() || found.len() > limit;
        if found.len() > limit || query.after.is_none() {
            found.truncate(limit);
            return Ok((found, more));
        }
    }
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
pub(crate) async fn show(id: &str, json: bool, place: &Place) -> anyhow::Result<()> {
    let store = place.open().await?.store;
    let id = RegistrationId::parse(id)?;
    let case = Case::load(&*store, &id).await?;
    let row = store
        .row(&id)
        .await?
        .context("its row is missing: the sweep will write it")?;
    if json {
        let parked = numbers::parked(&*store, &id).await?;
        let registration = api::shown(row, &case, &parked)?;
        let numbers = all_numbers(&*store, &id).await?;
        let numbers: Result<Vec<_>, _> = numbers.into_iter().map(api::listed).collect();
        let shown = json!({ "registration": registration, "numbers": numbers? });
        println!("{shown}");
        return Ok(());
    }
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
    if let Some(to) = case.facts.moved_to() {
        println!("moved to {to}");
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
    for (in_doubt, what) in [(false, "paid"), (true, "paid or not, its answer was lost")] {
        let fees = facts.fees().into_iter();
        let fees: Vec<_> = fees
            .filter(|fee| fee.in_doubt == in_doubt)
            .map(fee)
            .collect();
        if !fees.is_empty() {
            println!("{what}: {}", fees.join(", "));
        }
    }
    if let Some(undelivered) = facts.callback() {
        println!(
            "callback not delivered: {} since {:.0}, {} attempts, the next not before {:.0}",
            undelivered.status, undelivered.since, undelivered.attempts, undelivered.not_before
        );
    }
}

fn fee(fee: Fee) -> String {
    let Fee {
        step, round, cents, ..
    } = fee;
    let dollars = format!("${}.{:02}", cents / 100, cents % 100);
    match round {
        Round::FIRST => format!("{step} {dollars}"),
        round => format!("{step} {dollars} (round {round})"),
    }
}

/// The registrations of an order's numbers.
async fn each_number(store: &dyn Store, id: &RegistrationId) -> anyhow::Result<()> {
    let mut table = table(&["number's registration!", "status", "last error"]);
    for number in all_numbers(store, id).await? {
        let error = number.last_error.unwrap_or_default();
        table.add_row([number.id.to_string(), number.status.to_string(), error]);
    }
    if !table.is_empty() {
        println!("{table}");
    }
    Ok(())
}

async fn all_numbers(store: &dyn Store, id: &RegistrationId) -> anyhow::Result<Vec<Row>> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let page = store.numbers(id, after.as_ref()).await?;
        rows.extend(page.rows);
        after = page.next;
        if after.is_none() {
            return Ok(rows);
        }
    }
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
    if let Some(mail) = waiting.mail {
        let good = mail.link_until;
        let good = good.map(|until| format!("\n  its link is good until {until:.0}"));
        words = format!("{words}{}\n  {}", good.unwrap_or_default(), mail.advice);
    }
    if let Waits::Correction { reasons } = &pending.waits {
        words.extend(readings(reasons, pending.step).iter().map(in_lines));
    }
    words
}

/// The registry's reason, and below it what it means, what to do, and what that costs.
fn in_lines(reading: &Reading) -> String {
    let category = reading
        .category
        .map(|category| format!(" [{category}]"))
        .unwrap_or_default();
    let ours = if reading.is_our_reading {
        " (our reading)"
    } else {
        ""
    };
    let fields = reading.fields.join(" ");
    let advice = reading
        .advice
        .map(|advice| format!("\n    {advice}"))
        .unwrap_or_default();
    let cost = match reading.cents {
        Some(cents) => format!(", for ${}.{:02}", cents / 100, cents % 100),
        None => String::new(),
    };
    format!(
        "\n  {}{category}{ours} {fields} {}{advice}\n    {}{cost}",
        reading.code,
        reading.description,
        reading.resubmission.words()
    )
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
pub(crate) async fn verify(id: &str, json: bool, place: &Place) -> anyhow::Result<()> {
    let store = place.open().await?.store;
    let id = RegistrationId::parse(id)?;
    let history = store.history(&id).await?;
    let last = store.row(&id).await?.map(|row| row.seq);
    anyhow::ensure!(
        !history.is_empty() || last.is_some(),
        "there is no registration {id}"
    );
    chain::verify(&id, &history, last)?;
    if json {
        let events = history.len();
        println!(
            "{}",
            json!({ "id": id, "events": events, "unchanged": true })
        );
        return Ok(());
    }
    println!(
        "{id}: {} events, each chained to the one before",
        history.len()
    );
    Ok(())
}

//! `registrar limits`, `pause` and `resume`: how fast a registry is called.

use platform::clock::{Clock as _, SystemClock};
use platform::limit::{Change, Changer, Limit};
use platform::limiter::{self, Rate};
use registry::{Traffic, telnyx};
use serde_json::{Value, json};

use crate::place::{Opened, Place};
use crate::table::table;

/// The registries that have limits.
const REGISTRIES: [&str; 1] = [telnyx::NAME];

/// Both limits of a registry, in words.
const TRAFFIC: [(Traffic, &str); 2] = [(Traffic::Write, "writes"), (Traffic::Read, "reads")];

/// The slowest rate that can be set, in calls per second: slower is a pause.
const SLOWEST: f64 = 0.001;

/// Show how fast each registry is called, or set it.
#[derive(Debug, clap::Args)]
pub(crate) struct Limits {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// As one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Set a limit, from the next slot on and for all functions; wins over what
    /// is configured
    Set {
        /// The registry, such as telnyx
        #[arg(value_parser = REGISTRIES)]
        registry: String,
        /// Calls a second that change something; `configured`: as configured
        #[arg(long, value_parser = rate, required_unless_present = "reads")]
        writes: Option<Change>,
        /// Calls a second that only read; `configured`: as configured
        #[arg(long, value_parser = rate)]
        reads: Option<Change>,
        /// Who decides so
        #[arg(long)]
        operator: String,
    },
}

/// A registry whose slots are stopped or given out again.
#[derive(Debug, clap::Args)]
pub(crate) struct Which {
    /// The registry, such as telnyx
    #[arg(value_parser = REGISTRIES)]
    registry: String,
    /// Who decides so
    #[arg(long)]
    operator: String,
}

fn rate(text: &str) -> Result<Change, String> {
    if text == "configured" {
        return Ok(Change::Unset);
    }
    let rate = text.parse().ok().filter(|calls| *calls >= SLOWEST);
    let rate = rate.and_then(|calls| Rate::per_second(calls).ok());
    rate.map(Change::Set).ok_or_else(|| {
        format!("calls per second, from {SLOWEST} up to 10000 (to stop: pause), or `configured`")
    })
}

/// Shows the limits, or sets one.
pub(crate) async fn limits(limits: Limits, place: &Place) -> anyhow::Result<()> {
    let opened = place.open().await?;
    let Some(Verb::Set {
        registry,
        writes,
        reads,
        operator,
    }) = limits.verb
    else {
        return show(&opened, limits.json).await;
    };
    for (change, (traffic, calls)) in [writes, reads].into_iter().zip(TRAFFIC) {
        let Some(change) = change else { continue };
        change_one(&opened, &registry, traffic, change, &operator).await?;
        match change {
            Change::Set(rate) => println!(
                "{registry} {calls}: {rate} per second from the next slot on, whatever is \
                 configured"
            ),
            _ => println!("{registry} {calls}: as configured, from the next slot on"),
        }
    }
    warn_unused(&opened, &registry).await
}

/// Gives out no slot of a registry's limits any more.
pub(crate) async fn pause(which: Which, place: &Place) -> anyhow::Result<()> {
    let opened = place.open().await?;
    let Which { registry, operator } = which;
    for (traffic, _) in TRAFFIC {
        change_one(&opened, &registry, traffic, Change::Pause, &operator).await?;
    }
    println!("{registry} is paused: calls that have their slot already are still made");
    println!("what waits is neither failed nor lost; `registrar resume {registry}` lets it go on");
    warn_unused(&opened, &registry).await
}

/// Gives slots out again.
pub(crate) async fn resume(which: Which, place: &Place) -> anyhow::Result<()> {
    let opened = place.open().await?;
    let Which { registry, operator } = which;
    for (traffic, _) in TRAFFIC {
        change_one(&opened, &registry, traffic, Change::Resume, &operator).await?;
    }
    let within = limiter::PAUSED.as_secs();
    println!("{registry} goes on: what has waited asks for a slot within {within} s");
    Ok(())
}

async fn change_one(
    opened: &Opened,
    registry: &str,
    traffic: Traffic,
    change: Change,
    operator: &str,
) -> anyhow::Result<()> {
    let changer = Changer {
        operator: operator.to_owned(),
        at: SystemClock.now(),
    };
    let name = limiter::name(registry, traffic);
    Ok(opened.store.change_limit(&name, change, &changer).await?)
}

/// A function that is configured without a limit takes no slots: an operator
/// must not believe that it is slowed or stopped.
async fn warn_unused(opened: &Opened, registry: &str) -> anyhow::Result<()> {
    for (traffic, calls) in TRAFFIC {
        let known = opened
            .store
            .limit(&limiter::name(registry, traffic))
            .await?;
        if known.is_none_or(|limit| limit.configured().is_none()) {
            eprintln!(
                "no slot for {calls} of {registry} was ever taken here: if they are configured \
                 without a limit (`none`), none of this stops them"
            );
        }
    }
    Ok(())
}

async fn show(opened: &Opened, json: bool) -> anyhow::Result<()> {
    let mut limits = Vec::new();
    let mut table = table(&[
        "registry",
        "calls",
        "per second",
        "configured",
        "slots",
        "last changed (UTC)",
    ]);
    for registry in REGISTRIES {
        for (traffic, calls) in TRAFFIC {
            let name = limiter::name(registry, traffic);
            let limit = opened.store.limit(&name).await?.unwrap_or_default();
            limits.push(in_json(registry, calls, &limit));
            let [rate, configured, slots, changed] = cells(&limit);
            table.add_row([
                registry.to_owned(),
                calls.to_owned(),
                rate,
                configured,
                slots,
                changed,
            ]);
        }
    }
    match json {
        true => println!("{}", json!({ "limits": limits })),
        false => println!("{table}"),
    }
    Ok(())
}

/// Rates in calls per second; null: not set, not known before the first slot.
fn in_json(registry: &str, calls: &str, limit: &Limit) -> Value {
    let rate = |rate: Option<Rate>| rate.map(|rate| rate.to_string());
    json!({
        "registry": registry,
        "calls": calls,
        "configured": rate(limit.configured()),
        "set": rate(limit.set()),
        "paused": limit.paused,
        "changed_at": limit.changed_at().map(|at| at.to_string()),
        "changed_by": limit.changed_by,
    })
}

fn cells(limit: &Limit) -> [String; 4] {
    let configured = limit.configured().map(|rate| rate.to_string());
    let rate = match (limit.set(), &configured) {
        (Some(rate), _) => format!("{rate}, set: wins over the configured"),
        (None, Some(configured)) => format!("{configured}, as configured"),
        (None, None) => String::new(),
    };
    let configured = configured.unwrap_or_else(|| "not known before the first slot".to_owned());
    let slots = if limit.paused { "paused" } else { "given out" };
    let changed = limit.changed_at().zip(limit.changed_by.as_deref());
    let changed = changed.map(|(at, by)| format!("{} by {by}", at.strftime("%F %T")));
    [
        rate,
        configured,
        slots.to_owned(),
        changed.unwrap_or_default(),
    ]
}

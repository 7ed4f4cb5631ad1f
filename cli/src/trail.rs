//! The audit trail, printed.

use std::io::Write;

use comfy_table::Table;
use registration::chain::StoredEvent;
use registration::{Event, upcast};

/// How a history is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// For a person.
    Table,
    /// One document per event, as it is stored.
    Json,
    /// One line per fact.
    Csv,
}

/// Prints a history.
pub(crate) fn print(
    history: Vec<StoredEvent>,
    form: Form,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    match form {
        Form::Json => {
            for event in history {
                writeln!(out, "{}", serde_json::to_string(&event)?)?;
            }
        }
        Form::Table => writeln!(out, "{}", table(&open(history)?))?,
        Form::Csv => {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record([
                "seq", "time", "actor", "trace", "fact", "step", "round", "detail",
            ])?;
            for event in open(history)? {
                for fact in &event.facts {
                    let (step, round) = fact
                        .step()
                        .map(|(step, round)| (step.to_string(), round.to_string()))
                        .unwrap_or_default();
                    csv.write_record([
                        &event.seq.to_string(),
                        &event.time.to_string(),
                        event.actor.as_str(),
                        event.trace.as_str(),
                        fact.name(),
                        &step,
                        &round,
                        &fact.to_string(),
                    ])?;
                }
            }
            csv.flush()?;
        }
    }
    Ok(())
}

fn open(history: Vec<StoredEvent>) -> anyhow::Result<Vec<Event>> {
    Ok(history
        .into_iter()
        .map(upcast::open)
        .collect::<Result<_, _>>()?)
}

fn table(history: &[Event]) -> Table {
    let mut table = crate::table::table(&["seq", "time (UTC)", "who", "what became true"]);
    for event in history {
        let facts: Vec<String> = event.facts.iter().map(ToString::to_string).collect();
        table.add_row([
            event.seq.to_string(),
            event.time.strftime("%F %T%.3f").to_string(),
            event.actor.to_string(),
            facts.join("\n"),
        ]);
    }
    table
}

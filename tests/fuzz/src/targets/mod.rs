//! Each kind of input, the function that reads it, and what must hold of every one.

use anyhow::Context as _;
use axum::http::StatusCode;

use crate::world::Answer;

mod csv_orders;
mod cursors;
mod merge_patches;
mod messages;
mod orders;
mod stored_events;
mod webhook_bodies;

/// One kind of input.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, which is also the folder of its corpus.
    pub name: &'static str,
    /// Where inputs are beside its own corpus, below the project: a folder, and how their
    /// names end.
    pub also: Option<(&'static str, &'static str)>,
    /// How its inputs are written, so that altered ones come past the first check.
    pub form: Form,
    /// Makes what reads the inputs, as new.
    pub begin: fn() -> anyhow::Result<Box<dyn Reader>>,
    /// Inputs that one reader reads, before it is made anew: what earlier ones left behind
    /// stays small.
    pub inputs_of_one: u32,
    /// Allocated at most while one input is read.
    pub memory: Memory,
}

/// How inputs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One JSON document.
    Json,
    /// A JSON document a line.
    JsonLines,
    /// Any text.
    Text,
}

/// A bound of what is allocated at once, by the length of the input.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// For an input of whatever length.
    pub bytes: usize,
    /// For each of its bytes.
    pub per_byte: usize,
}

impl Memory {
    /// The most for an input of this length.
    pub fn most(self, length: usize) -> usize {
        self.bytes
            .saturating_add(self.per_byte.saturating_mul(length))
    }
}

/// Reads one input after the other.
pub trait Reader {
    /// Reads it; an error says which promise it breaks.
    fn read(&mut self, input: &[u8]) -> anyhow::Result<()>;
}

/// Every target.
pub const ALL: [Target; 7] = [
    webhook_bodies::TARGET,
    orders::TARGET,
    merge_patches::TARGET,
    messages::TARGET,
    stored_events::TARGET,
    cursors::TARGET,
    csv_orders::TARGET,
];

/// The targets whose names begin so; all of them, if nothing is said.
pub fn named(begin: Option<&str>) -> anyhow::Result<Vec<Target>> {
    let begin = begin.unwrap_or_default();
    let found: Vec<_> = ALL
        .into_iter()
        .filter(|target| target.name.starts_with(begin))
        .collect();
    let names = ALL.map(|target| target.name).join(", ");
    anyhow::ensure!(
        !found.is_empty(),
        "no target is called {begin}: there are {names}"
    );
    Ok(found)
}

/// An answer is one of these, and a refusal says so as every other does.
fn answers(answer: &Answer, expected: &[u16]) -> anyhow::Result<()> {
    let status = answer.status.as_u16();
    anyhow::ensure!(
        expected.contains(&status),
        "answered {status}, and not one of {expected:?}: {}",
        answer.text
    );
    if answer.status.is_client_error() {
        let problem = answer.json().context("a refusal that is not JSON")?;
        let told = problem.get("status").and_then(serde_json::Value::as_u64);
        anyhow::ensure!(
            told == Some(u64::from(status)) && problem.get("detail").is_some(),
            "a refusal that does not say what it is: {}",
            answer.text
        );
    }
    Ok(())
}

fn is(answer: &Answer, status: StatusCode) -> bool {
    answer.status == status
}

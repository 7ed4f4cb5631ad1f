//! Golden histories, and what could have been written after them.

use std::fs;
use std::path::Path;

use registration::chain::StoredEvent;
use registration::{Event, Facts, upcast};
use serde_json::{Value, json};

/// A golden history by the name of its file.
pub(crate) fn stored(name: &str) -> Vec<StoredEvent> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1");
    let text = fs::read_to_string(folder.join(format!("{name}.jsonl"))).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The same history with these facts after it, an event each.
pub(crate) fn followed_by(mut history: Vec<StoredEvent>, facts: &[Value]) -> Vec<StoredEvent> {
    for fact in facts {
        let mut event = history.last().unwrap().clone();
        event.seq += 1;
        event.facts = json!([fact]);
        history.push(event);
    }
    history
}

pub(crate) fn fold(history: &[StoredEvent]) -> Facts {
    let events: Vec<Event> = history
        .iter()
        .map(|event| upcast::open(event.clone()).unwrap())
        .collect();
    Facts::fold(&events).unwrap()
}

//! Dead letters in a history: counted until they are taken up again.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::fs;

use registration::{Event, Fact, Facts, Round, Step, upcast};
use serde_json::json;

fn history() -> Vec<Event> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/v1/parked.jsonl");
    let text = fs::read_to_string(file).unwrap();
    let stored = text.lines().map(|line| serde_json::from_str(line).unwrap());
    stored.map(|event| upcast::open(event).unwrap()).collect()
}

fn after(facts: &mut Facts, history: &[Event], fact: Fact) -> u32 {
    let mut event = history[0].clone();
    (event.seq, event.facts) = (facts.seq() + 1, vec![fact]);
    facts.apply(&event);
    facts.dead_letters()
}

#[test]
fn a_dead_letter_that_was_taken_up_again_is_counted_no_more_and_moves_no_step() {
    let history = history();
    let mut facts = Facts::fold(&history).unwrap();
    let before = facts.step(Step::Brand);
    let (step, round) = (Step::Brand, Round::FIRST);
    let dead = Fact::DeadLettered {
        step: Some(step),
        round: Some(round),
        receives: 5,
    };
    let redriven = Fact::Redriven { step, round };
    assert_eq!(after(&mut facts, &history, dead.clone()), 1);
    assert_eq!(after(&mut facts, &history, dead), 2);
    assert_eq!(after(&mut facts, &history, redriven.clone()), 1);
    assert_eq!(after(&mut facts, &history, redriven.clone()), 0);
    // One that was put aside unrecorded takes nothing off the others.
    assert_eq!(after(&mut facts, &history, redriven), 0);
    assert_eq!(facts.step(Step::Brand), before);
}

#[test]
fn a_redriven_letter_is_written_so_and_read_again() {
    let redriven = Fact::Redriven {
        step: Step::Brand,
        round: Round::FIRST,
    };
    let written = serde_json::to_value(&redriven).unwrap();
    let expected = json!({ "fact": "redriven", "step": "brand", "round": 1 });
    assert_eq!(written, expected);
    let read: Fact = serde_json::from_value(written).unwrap();
    assert_eq!(read, redriven);
    assert_eq!(read.step(), Some((Step::Brand, Round::FIRST)));
    assert_eq!(
        read.to_string(),
        "brand: its message was put back into its queue"
    );
}

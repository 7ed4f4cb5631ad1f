//! The sequence over facts: where it waits, and what a fact that comes late,
//! twice or out of order changes (nothing).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use proptest::prelude::*;
use registration::chain::{self, StoredEvent};
use registration::event::{Fact, Verdict};
use registration::patience::Patience;
use registration::sequence::{Step, Waits, evaluate};
use registration::{Event, Facts, RegistrationId, Status, upcast};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn stored(file: &Path) -> Vec<StoredEvent> {
    let text = fs::read_to_string(file).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn history(name: &str) -> Vec<Event> {
    let file = golden().join("v1").join(format!("{name}.jsonl"));
    stored(&file)
        .into_iter()
        .map(|event| upcast::open(event).unwrap())
        .collect()
}

fn files() -> Vec<PathBuf> {
    let versions = fs::read_dir(golden()).unwrap();
    versions
        .flat_map(|version| fs::read_dir(version.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect()
}

/// The status that a golden history's file name promises.
fn promised(file: &Path) -> Status {
    let name = file.file_stem().unwrap().to_str().unwrap();
    let name = name.strip_prefix("number_").unwrap_or(name);
    // Such as `registered_after_retry`: a status, and how it came to it.
    let begins = |status: &Status| {
        let rest = name.strip_prefix(status.name());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    let found = Status::ALL.into_iter().find(begins);
    found.unwrap_or_else(|| panic!("{name} is no status"))
}

#[test]
fn every_golden_history_of_every_version_still_folds_to_the_same_status() {
    let files = files();
    assert!(files.len() >= 7, "golden histories are missing: {files:?}");
    for file in files {
        let events: Vec<_> = stored(&file)
            .into_iter()
            .map(|event| upcast::open(event).unwrap())
            .collect();
        let facts = Facts::fold(&events).unwrap();
        assert_eq!(Status::of(&facts), promised(&file), "{}", file.display());
    }
}

#[test]
fn every_kind_of_fact_stands_in_a_golden_history() {
    let source = include_str!("../src/event_names.rs");
    let of_facts = source.split("\n    }\n").next().unwrap();
    let names = of_facts.split('"').skip(1).step_by(2);
    let names: BTreeSet<&str> = names.collect();
    let golden: String = files()
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    assert!(names.len() > 30, "{names:?}");
    let is_missing = |name: &&&str| !golden.contains(&format!("\"fact\":\"{name}\""));
    let missing: Vec<_> = names.iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "no golden history has {missing:?}");
}

#[test]
fn every_golden_history_still_fits_its_hashes_and_one_changed_letter_does_not() {
    for file in files() {
        let mut events = stored(&file);
        let id = events.iter().find_map(whose).unwrap();
        chain::verify(&id, &events, None).unwrap();
        let text = events[1].actor.as_str().replace("function", "functiom");
        events[1].actor = serde_json::from_value(text.into()).unwrap();
        let broken = chain::verify(&id, &events, None);
        assert!(
            matches!(broken, Err(chain::Broken::Changed { seq: 2, .. })),
            "{broken:?}"
        );
    }
}

#[test]
fn a_campaign_is_warned_of_once_the_last_of_its_numbers_is_cancelled_by_itself() {
    let mut history = history("registered_with_a_number_cancelled");
    let warns = |history: &[Event]| {
        let facts = Facts::fold(history).unwrap();
        assert_eq!(Status::of(&facts), Status::Registered);
        let passed = Patience::default().passed(&facts, Timestamp::MAX);
        passed
            .iter()
            .any(|fact| matches!(fact, Fact::Warned { .. }))
    };
    assert!(!warns(&history), "two numbers are left");
    let mut last = history.last().unwrap().clone();
    let Fact::VerdictReached { verdict, .. } = &mut last.facts[0] else {
        panic!("{last:?}");
    };
    *verdict = Verdict::PartlyApproved {
        approved: 0,
        refused: 0,
    };
    last.seq += 1;
    history.push(last);
    assert!(warns(&history));
}

#[test]
fn an_event_cut_out_of_the_middle_or_off_the_end_is_missed() {
    let mut events = stored(&golden().join("v1/registered.jsonl"));
    let id = events.iter().find_map(whose).unwrap();
    let last = events.last().unwrap().seq;
    // A row may be behind its history, and at its end.
    for seq in [1, last] {
        assert!(chain::verify(&id, &events, Some(seq)).is_ok());
    }
    assert_eq!(chain::Hash::stored("h").as_str(), "h");
    events.pop();
    assert!(matches!(
        chain::verify(&id, &events, Some(last)),
        Err(chain::Broken::Gap { .. })
    ));
    events.remove(2);
    assert!(matches!(
        chain::verify(&id, &events, None),
        Err(chain::Broken::Gap { expected: 3, .. })
    ));
}

/// The registration of a history, out of the reference of its first intention.
fn whose(event: &StoredEvent) -> Option<RegistrationId> {
    let reference = event.facts[0].get("reference")?.as_str()?;
    let (id, _) = reference.rsplit_once('-')?.0.rsplit_once('-')?;
    RegistrationId::parse(id).ok()
}

#[test]
fn a_registration_waits_for_one_thing_after_the_other_from_order_to_end() {
    let history = history("registered");
    let waits: Vec<String> = (1..=history.len())
        .map(
            |upto| match evaluate(&Facts::fold(&history[..upto]).unwrap()) {
                Ok(_) => "at its end".to_owned(),
                Err(pending) => {
                    let what = match pending.waits {
                        Waits::Submission => "submission",
                        Waits::Outcome { .. } => "outcome",
                        Waits::Verdict { .. } => "verdict",
                        other => panic!("{other:?}"),
                    };
                    format!("{} {what}", pending.step)
                }
            },
        )
        .collect();
    assert_eq!(
        waits,
        [
            "brand submission",
            "brand outcome",
            "campaign submission",
            "campaign outcome",
            "numbers submission",
            "numbers outcome",
            "numbers verdict",
            "at its end"
        ]
    );
}

#[test]
fn the_oldest_change_that_is_undelivered_stands_before_the_next_and_moves_no_step() {
    let history = history("registered_with_callbacks");
    let mut owed: Vec<Option<(u64, u32)>> = (1..=history.len())
        .map(|upto| {
            let facts = Facts::fold(&history[..upto]).unwrap();
            let callback = facts.callback();
            callback.map(|callback| (callback.seq, callback.attempts))
        })
        .collect();
    owed.dedup();
    assert_eq!(owed, [None, Some((7, 0)), Some((7, 1)), Some((9, 0)), None]);
    let mut silent = history.clone();
    for event in &mut silent {
        event
            .facts
            .retain(|fact| !fact.name().starts_with("callback"));
    }
    let (told, silent) = (
        Facts::fold(&history).unwrap(),
        Facts::fold(&silent).unwrap(),
    );
    assert_eq!(evaluate(&told), evaluate(&silent));
    assert_eq!(Status::of(&told), Status::of(&silent));
}

#[test]
fn an_audit_trail_tells_every_attempt_to_call_the_account() {
    let told: Vec<String> = history("registered_with_callbacks")
        .into_iter()
        .flat_map(|event| event.facts)
        .filter(|fact| fact.name().starts_with("callback"))
        .map(|fact| fact.to_string())
        .collect();
    assert_eq!(
        told,
        [
            "callback: to tell the account in_review, was in_progress",
            "callback of event 7: attempt 1 failed, next at 2027-01-15T08:00:05Z: answered with HTTP 503",
            "callback: to tell the account registered, was in_review",
            "callback of event 7: told in_review, attempt 2",
            "callback of event 9: told registered, attempt 1",
        ]
    );
}

#[test]
fn every_step_is_listed_in_the_order_of_its_declaration_and_written_by_its_name() {
    assert!(
        Step::ALL.is_sorted(),
        "who is past a step follows from this"
    );
    for &step in Step::ALL {
        assert_eq!(step.card().step, step);
        assert_eq!(serde_json::to_value(step).unwrap(), step.name());
    }
}

#[test]
fn an_event_of_a_newer_version_stops_the_fold_and_is_not_skipped() {
    let mut event = stored(&golden().join("v1/registered.jsonl")).remove(0);
    event.version += 1;
    let unreadable = upcast::open(event).unwrap_err().to_string();
    assert!(
        unreadable.contains("deploy the newer program again"),
        "{unreadable}"
    );
}

proptest! {
    /// Whatever a worker reports that was thought dead, the state stays.
    #[test]
    fn a_fact_that_comes_again_later_changes_nothing(
        name in prop::sample::select(vec![
            "registered", "number_registered", "partly_registered", "registered_after_retry",
            "registered_with_callbacks",
        ]),
        again in any::<prop::sample::Index>(),
    ) {
        let mut history = history(name);
        let whole = Facts::fold(&history).unwrap();
        let mut late = history[again.index(history.len())].clone();
        late.facts.retain(|fact| {
            matches!(
                fact,
                Fact::Intended { .. }
                    | Fact::Submitted { .. }
                    | Fact::AttemptFailed { .. }
                    | Fact::VerdictReached { .. }
                    | Fact::Retried { .. }
                    | Fact::Completed { .. }
                    | Fact::CallbackDelivered { .. }
                    | Fact::CallbackFailed { .. }
                    | Fact::CallbackAbandoned { .. }
            )
        });
        late.seq = history.len() as u64 + 1;
        history.push(late);
        let after = Facts::fold(&history).unwrap();
        prop_assert_eq!(evaluate(&after), evaluate(&whole));
        prop_assert_eq!(Status::of(&after), Status::of(&whole));
        for &step in Step::ALL {
            prop_assert_eq!(after.registry_id(step), whole.registry_id(step));
        }
        prop_assert_eq!(after.callback(), whole.callback());
    }
}

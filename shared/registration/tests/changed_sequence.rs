//! A step put into the sequence while registrations are under way: those that
//! have not passed its place pick it up at their next fact, the others go on.
//!
//! The sequences here are read over the golden histories, which know nothing of
//! the new step.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::Path;

use registration::chain::StoredEvent;
use registration::facts::Subject;
use registration::sequence::{Pending, Step, Waits};
use registration::{Event, Facts, Order, upcast};
use serde_json::Value;

type Sequence = fn(&Order, &Facts) -> Result<(), Pending>;

/// The sequence that registrations under way began with.
fn brand_campaign(order: &Order, facts: &Facts) -> Result<(), Pending> {
    let brand = facts.brand(&order.brand)?;
    facts.campaign(&order.campaign, &brand)?;
    Ok(())
}

fn vetting(facts: &Facts) -> Result<(), Pending> {
    facts.vetting(&serde_json::from_value("a-brand".into()).unwrap())
}

/// Whether the step that a part of the sequence stands at has not begun.
fn not_begun<T>(part: &Result<T, Pending>) -> bool {
    matches!(
        part,
        Err(Pending {
            waits: Waits::Submission,
            ..
        })
    )
}

/// The new step first, for whom the brand has not begun.
fn inserted_before(order: &Order, facts: &Facts) -> Result<(), Pending> {
    if not_begun(&facts.brand(&order.brand)) {
        vetting(facts)?;
    }
    brand_campaign(order, facts)
}

/// The new step in the middle, for whom the campaign has not begun.
fn inserted_between(order: &Order, facts: &Facts) -> Result<(), Pending> {
    let brand = facts.brand(&order.brand)?;
    if not_begun(&facts.campaign(&order.campaign, &brand)) {
        vetting(facts)?;
    }
    brand_campaign(order, facts)
}

/// The new step in the middle, for all: also for whom it is past.
fn inserted_between_for_all(order: &Order, facts: &Facts) -> Result<(), Pending> {
    facts.brand(&order.brand)?;
    vetting(facts)?;
    brand_campaign(order, facts)
}

fn inserted_after(order: &Order, facts: &Facts) -> Result<(), Pending> {
    brand_campaign(order, facts)?;
    vetting(facts)
}

fn stored(name: &str) -> Vec<StoredEvent> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1");
    let text = fs::read_to_string(folder.join(format!("{name}.jsonl"))).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn fold(stored: &[StoredEvent]) -> Facts {
    let events: Vec<Event> = stored
        .iter()
        .map(|event| upcast::open(event.clone()).unwrap())
        .collect();
    Facts::fold(&events).unwrap()
}

fn run(sequence: Sequence, facts: &Facts) -> Result<(), Pending> {
    let Subject::Business { order } = facts.subject() else {
        panic!("a golden history of a business was asked for");
    };
    sequence(order, facts)
}

/// Every point at which a registration of a golden history can be under way.
fn under_way() -> Vec<Vec<StoredEvent>> {
    ["registered", "registered_after_retry", "rejected", "parked"]
        .into_iter()
        .flat_map(|name| {
            let all = stored(name);
            (1..=all.len())
                .map(|upto| all[..upto].to_vec())
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Holds `sequence` against the old one at every point: it stands at the new step
/// where `picks_up` says so of where the old one stands, and unmoved elsewhere.
fn assert_picked_up(sequence: Sequence, picks_up: fn(&Result<(), Pending>) -> bool) {
    let (mut picked_up, mut unmoved) = (0, 0);
    for history in under_way() {
        let facts = fold(&history);
        let old = run(brand_campaign, &facts);
        let new = run(sequence, &facts);
        if picks_up(&old) {
            let pending = new.unwrap_err();
            assert_eq!(pending.step, Step::Vetting, "the old one: {old:?}");
            assert_eq!(pending.waits, Waits::Submission);
            picked_up += 1;
        } else {
            assert_eq!(new, old);
            unmoved += 1;
        }
    }
    assert!(picked_up > 0, "no history stands before the new step");
    assert!(unmoved > 0, "no history stands elsewhere");
}

fn stands_before(old: &Result<(), Pending>, step: Step) -> bool {
    not_begun(old) && old.as_ref().is_err_and(|pending| pending.step == step)
}

#[test]
fn a_step_inserted_before_is_picked_up_by_whom_has_not_begun_and_sends_nobody_back() {
    assert_picked_up(inserted_before, |old| stands_before(old, Step::Brand));
}

#[test]
fn a_step_inserted_between_is_picked_up_by_whom_has_not_passed_it_and_sends_nobody_back() {
    assert_picked_up(inserted_between, |old| stands_before(old, Step::Campaign));
}

#[test]
fn a_step_inserted_after_is_picked_up_by_whom_is_through_with_the_others() {
    assert_picked_up(inserted_after, Result::is_ok);
}

#[test]
fn a_registration_is_sent_back_where_the_sequence_says_so() {
    let facts = fold(&stored("registered"));
    assert_eq!(run(brand_campaign, &facts), Ok(()));
    let pending = run(inserted_between_for_all, &facts).unwrap_err();
    assert_eq!(pending.step, Step::Vetting);
}

/// The brand's own events once more, as if of the new step.
fn vetted(history: &[StoredEvent]) -> Vec<StoredEvent> {
    let mut events = history.to_vec();
    let of_brand = |fact: &Value| fact["step"] == "brand";
    for mut event in stored("registered") {
        let facts = event.facts.as_array_mut().unwrap();
        facts.retain(of_brand);
        if facts.is_empty() {
            continue;
        }
        for fact in facts {
            fact["step"] = "vetting".into();
        }
        event.seq = events.last().unwrap().seq + 1;
        events.push(event);
    }
    events
}

#[test]
fn whoever_has_done_the_new_step_goes_on_from_where_it_stood() {
    for sequence in [inserted_before, inserted_between, inserted_after] {
        for history in under_way() {
            let old = run(brand_campaign, &fold(&history));
            let new = run(sequence, &fold(&vetted(&history)));
            assert_eq!(new, old);
        }
    }
}

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

mod histories;

use histories::{fold, followed_by, stored};
use registration::chain::StoredEvent;
use registration::facts::{Stands, Subject};
use registration::sequence::{Pending, Step, Waits};
use registration::{Facts, Order, RegistryId};
use serde_json::{Value, json};

type Sequence = fn(&Order, &Facts) -> Result<(), Pending>;

/// A sequence that registrations under way began with.
fn brand_campaign(order: &Order, facts: &Facts) -> Result<(), Pending> {
    let brand = facts.brand(&order.brand)?;
    facts.campaign(&order.campaign, &brand)?;
    Ok(())
}

/// Another one, that begins with the campaign.
fn campaign(order: &Order, facts: &Facts) -> Result<(), Pending> {
    facts.campaign(&order.campaign, &a_brand())?;
    Ok(())
}

fn new_first(order: &Order, facts: &Facts) -> Result<(), Pending> {
    facts.vetting(&a_brand())?;
    campaign(order, facts)
}

fn new_between(order: &Order, facts: &Facts) -> Result<(), Pending> {
    let brand = facts.brand(&order.brand)?;
    facts.vetting(&brand)?;
    facts.campaign(&order.campaign, &brand)?;
    Ok(())
}

fn new_last(order: &Order, facts: &Facts) -> Result<(), Pending> {
    brand_campaign(order, facts)?;
    facts.done(Step::Numbers)
}

/// The new step in the middle, also for whom it is past.
fn new_between_for_all(order: &Order, facts: &Facts) -> Result<(), Pending> {
    let brand = facts.brand(&order.brand)?;
    facts.approved(Step::Vetting)?;
    facts.campaign(&order.campaign, &brand)?;
    Ok(())
}

fn a_brand() -> RegistryId {
    RegistryId::new("a-brand")
}

fn run(sequence: Sequence, facts: &Facts) -> Result<(), Pending> {
    let Subject::Business { order } = facts.subject() else {
        panic!("a golden history of a business was asked for");
    };
    sequence(order, facts)
}

/// The same history, as it was before there were numbers in the sequence.
fn without_numbers(mut history: Vec<StoredEvent>) -> Vec<StoredEvent> {
    for event in &mut history {
        let facts = event.facts.as_array_mut().unwrap();
        facts.retain(|fact| fact["step"] != "numbers");
    }
    history
}

/// Every point at which a registration of a golden history can be under way.
fn under_way() -> Vec<Facts> {
    let names = ["registered", "registered_after_retry", "rejected", "parked"];
    names
        .into_iter()
        .map(|name| without_numbers(stored(name)))
        .flat_map(|all| {
            (1..=all.len())
                .map(|upto| fold(&all[..upto]))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Holds the sequence with a new step against the one without, at every point: it
/// stands at the new step where `has_not_passed` says so of where the old one
/// stands, and unmoved elsewhere.
fn assert_picked_up(
    new: Sequence,
    step: Step,
    old: Sequence,
    has_not_passed: fn(&Facts, &Result<(), Pending>) -> bool,
) {
    let (mut picked_up, mut unmoved) = (0, 0);
    for facts in under_way() {
        let (new, old) = (run(new, &facts), run(old, &facts));
        if has_not_passed(&facts, &old) {
            let pending = new.unwrap_err();
            assert_eq!(pending.step, step, "the old one: {old:?}");
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

/// Whether the campaign is what comes next, and nothing of it is at the registry.
fn campaign_has_not_gone(facts: &Facts, old: &Result<(), Pending>) -> bool {
    let comes_next = matches!(
        old,
        Err(Pending {
            step: Step::Campaign,
            ..
        })
    );
    let known = facts.step(Step::Campaign);
    let is_here = matches!(known.stands, Stands::Untried | Stands::Failed { .. });
    comes_next && is_here && !known.in_doubt
}

#[test]
fn a_new_first_step_is_picked_up_by_whom_has_not_passed_it_and_sends_nobody_back() {
    assert_picked_up(new_first, Step::Vetting, campaign, campaign_has_not_gone);
}

#[test]
fn a_new_step_between_others_is_picked_up_by_whom_has_not_passed_it_and_sends_nobody_back() {
    let old = brand_campaign;
    assert_picked_up(new_between, Step::Vetting, old, campaign_has_not_gone);
}

#[test]
fn a_new_last_step_is_picked_up_by_whom_is_not_completed_and_sends_nobody_back() {
    assert_picked_up(new_last, Step::Numbers, brand_campaign, |facts, old| {
        old.is_ok() && !facts.completed()
    });
}

#[test]
fn a_registration_is_sent_back_where_the_sequence_says_so() {
    let facts = fold(&stored("registered"));
    assert_eq!(run(new_between, &facts), Ok(()));
    let pending = run(new_between_for_all, &facts).unwrap_err();
    assert_eq!(pending.step, Step::Vetting);
}

#[test]
fn whoever_must_submit_the_next_step_anew_has_not_passed_the_new_one() {
    let history = without_numbers(stored("registered"));
    let expired = json!({
        "fact": "verdict_reached", "step": "campaign", "round": 1,
        "verdict": {"verdict": "expired"},
    });
    let retried = json!({"fact": "retried", "step": "campaign", "round": 2});
    let history = followed_by(history, &[expired]);
    let pending = run(new_between, &fold(&history)).unwrap_err();
    assert_eq!(pending.step, Step::Campaign, "it waits for a person");
    let pending = run(new_between, &fold(&followed_by(history, &[retried]))).unwrap_err();
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
    for (new, old) in [
        (new_first as Sequence, campaign as Sequence),
        (new_between, brand_campaign),
    ] {
        for name in ["registered", "registered_after_retry", "rejected", "parked"] {
            let all = stored(name);
            for upto in 1..=all.len() {
                let history = &all[..upto];
                assert_eq!(run(new, &fold(&vetted(history))), run(old, &fold(history)));
            }
        }
    }
}

//! Histories that are made up from a seed, of facts that say nothing about one another, in
//! whatever order they come: what is known in the end is the same.
//!
//!     REGISTRAR_TEST_HISTORIES=100000 cargo test -p registration --test permutations

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test fails by panicking"
)]

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use registration::patience::Patience;
use registration::sequence::{Step, evaluate};
use registration::{Event, Facts, Status, upcast};
use serde_json::{Value, json};

mod histories;

/// Histories, if nothing else is said.
const HISTORIES: u32 = 5_000;

/// The beginnings that independent facts are added to.
const BEGINNINGS: [&str; 12] = [
    "registered",
    "registered_after_correction",
    "registered_after_retry",
    "registered_with_a_number_cancelled",
    "partly_registered",
    "rejected",
    "parked",
    "in_review_overdue",
    "cancelled",
    "number_registered",
    "number_rejected",
    "awaiting_pin",
];

/// What somebody else learns of a registration, whatever its steps do: none of these changes
/// what another of them says.
fn independent() -> impl Strategy<Value = Vec<Value>> {
    let id = |place: u32| format!("reg_01h455vb4pex5vsknk084sn02q-{place:04}");
    let fact = prop_oneof![
        (0..9_u8).prop_map(|at| json!({"fact": "shared", "with": format!("account-{at}")})),
        (0..9_u8).prop_map(|at| json!({"fact": "shared_here", "brand": format!("b-{at}")})),
        (1..40_u32, 1..40_u32).prop_map(move |(one, other)| json!({
            "fact": "number_moved", "number": id(one), "to": id(other),
        })),
        any::<bool>().prop_map(|any| json!({"fact": "move_allowed", "any_account": any})),
        (select(vec!["end_brand", "end_campaign"]))
            .prop_map(|step| json!({"fact": "left", "step": step})),
        (select(vec!["brand", "campaign", "vetting"]), 1..4_u32).prop_map(|(step, round)| json!({
            "fact": "overdue", "step": step, "round": round, "days": 30,
        })),
        Just(json!({"fact": "warned", "warning": "campaign_without_numbers"})),
        (0..99_u8).prop_map(|at| json!({
            "fact": "unknown_webhook", "event_type": format!("10dlc.{at}"), "body": {"at": at},
        })),
        (1..9_u32).prop_map(|receives| json!({
            "fact": "dead_lettered", "step": "brand", "round": 1, "receives": receives,
        })),
    ];
    proptest::collection::vec(fact, 2..24)
}

fn events(beginning: &str, facts: &[Value]) -> Vec<Event> {
    let stored = histories::followed_by(histories::stored(beginning), facts);
    stored
        .into_iter()
        .map(|event| upcast::open(event).unwrap())
        .collect()
}

/// The facts in another order, drawn from `order`.
fn permuted(facts: &[Value], order: &[Index]) -> Vec<Value> {
    let mut facts = facts.to_vec();
    for (at, index) in (1..facts.len()).rev().zip(order.iter().cycle()) {
        facts.swap(at, index.index(at + 1));
    }
    facts
}

/// All that anybody is told of a registration.
fn told(facts: &Facts) -> String {
    let steps: Vec<_> = Step::ALL
        .iter()
        .map(|step| (facts.registry_id(*step), facts.verdict(*step)))
        .collect();
    let at = "2030-01-01T00:00:00Z".parse().unwrap();
    format!(
        "{:?} {:?} {:?} {steps:?} {:?}",
        Status::of(facts),
        evaluate(facts),
        facts.last_error(),
        Patience::default().passed(facts, at),
    )
}

fn runner() -> TestRunner {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let cases = number("REGISTRAR_TEST_HISTORIES").map_or(HISTORIES, |cases| cases as u32);
    let seed = number("REGISTRAR_TEST_SEED").unwrap_or(0);
    println!("{cases} histories of REGISTRAR_TEST_SEED={seed}");
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

#[test]
fn independent_facts_say_the_same_in_whatever_order_they_come() {
    let history = (
        select(&BEGINNINGS),
        independent(),
        proptest::collection::vec(any::<Index>(), 24),
    );
    let same = runner().run(&history, |(beginning, facts, order)| {
        let one = Facts::fold(&events(beginning, &facts)).unwrap();
        let other = Facts::fold(&events(beginning, &permuted(&facts, &order))).unwrap();
        prop_assert_eq!(told(&one), told(&other));
        // The whole of what is known, to the last field.
        prop_assert_eq!(format!("{one:?}"), format!("{other:?}"));
        Ok(())
    });
    same.unwrap_or_else(|error| panic!("{error}"));
}

/// Facts of different steps, each of which knows nothing of the others.
#[test]
fn what_different_steps_learn_can_come_in_any_order() {
    let of_one = |step: &'static str| {
        let time = "2027-02-01T00:00:00Z";
        let intended = json!({
            "fact": "intended", "step": step, "round": 1, "attempt": 1,
            "reference": format!("reg_01h455vb4pex5vsknk084sn02q-{step}-1"),
            "request": {}, "lease_until": time,
        });
        let failed = json!({
            "fact": "attempt_failed", "step": step, "round": 1, "attempt": 1,
            "failure": "refused", "error": "answered 503", "retry_at": time,
        });
        let parked = json!({"fact": "parked", "step": step, "round": 1, "reason": "look at it"});
        let rejected = json!({
            "fact": "verdict_reached", "step": step, "round": 1,
            "verdict": {"verdict": "approved"},
        });
        let retried = json!({"fact": "retried", "step": step, "round": 2});
        [intended, failed, parked, rejected, retried]
    };
    let steps = ["vetting", "campaign", "numbers", "end_campaign"];
    let draw = (
        proptest::collection::vec(1..=5_usize, steps.len()),
        proptest::collection::vec(any::<Index>(), 40),
    );
    let same = runner().run(&draw, |(lengths, order)| {
        let mut queues: Vec<_> = steps
            .iter()
            .zip(&lengths)
            .map(|(step, length)| of_one(step).into_iter().take(*length).collect::<Vec<_>>())
            .collect();
        // One step after the other, and dealt out like cards.
        let plain: Vec<Value> = queues.iter().flatten().cloned().collect();
        let mut dealt = Vec::new();
        for index in order.iter().cycle() {
            queues.retain(|queue| !queue.is_empty());
            if queues.is_empty() {
                break;
            }
            let at = index.index(queues.len());
            dealt.push(queues[at].remove(0));
        }
        let (one, other) = (known(&plain), known(&dealt));
        for step in Step::ALL {
            prop_assert_eq!(one.verdict(*step), other.verdict(*step));
            prop_assert_eq!(
                format!("{:?}", one.step(*step)),
                format!("{:?}", other.step(*step))
            );
        }
        // What went wrong last depends on what was last; where it stands does not.
        prop_assert_eq!(evaluate(&one), evaluate(&other));
        Ok(())
    });
    same.unwrap_or_else(|error| panic!("{error}"));
}

/// All of these facts, after an order that was just received.
fn known(facts: &[Value]) -> Facts {
    let mut history = histories::stored("registered");
    history.truncate(1);
    let history = histories::followed_by(history, facts);
    histories::fold(&history)
}

//! Fees follow what was sent: every way a step can end, and what it has cost then.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod histories;

use histories::{fold, followed_by, stored};
use registration::facts::Facts;
use serde_json::{Value, json};

fn intended(round: u32, attempt: u32) -> Value {
    json!({"fact": "intended", "step": "brand", "round": round, "attempt": attempt,
           "reference": "r", "request": {}, "lease_until": "2027-01-15T08:01:00Z"})
}

fn submitted(round: u32, found: bool) -> Value {
    json!({"fact": "submitted", "step": "brand", "round": round, "registry_id": "b-1",
           "found": found, "response": {}})
}

fn failed(round: u32, failure: &str) -> Value {
    json!({"fact": "attempt_failed", "step": "brand", "round": round, "attempt": 1,
           "failure": failure, "error": "e", "retry_at": "2027-01-15T08:02:00Z"})
}

fn decided(round: u32, verdict: &str) -> Value {
    json!({"fact": "verdict_reached", "step": "brand", "round": round,
           "verdict": {"verdict": verdict, "reasons": []}})
}

fn parked(round: u32) -> Value {
    json!({"fact": "parked", "step": "brand", "round": round, "reason": "r"})
}

fn dropped(round: u32) -> Value {
    json!({"fact": "dropped", "step": "brand", "round": round})
}

/// The rounds that are paid for, and the one that may be.
fn cost(facts: &Facts) -> (Vec<u32>, Vec<u32>) {
    let of = |in_doubt: bool| {
        let fees = facts.fees().into_iter();
        let fees = fees.filter(|fee| fee.in_doubt == in_doubt);
        fees.map(|fee| fee.round.get()).collect()
    };
    (of(false), of(true))
}

#[test]
fn whatever_way_a_step_ends_it_has_cost_what_was_sent_and_nothing_else() {
    let nothing = || (vec![], vec![]);
    let paid = |rounds: &[u32]| (rounds.to_vec(), vec![]);
    let in_doubt = || (vec![], vec![1]);
    let ways: Vec<(&str, Vec<Value>, _)> = vec![
        ("nothing was sent", vec![], nothing()),
        (
            "sent and approved",
            vec![intended(1, 1), submitted(1, false), decided(1, "approved")],
            paid(&[1]),
        ),
        (
            "sent and refused by its review",
            vec![intended(1, 1), submitted(1, false), decided(1, "rejected")],
            paid(&[1]),
        ),
        (
            "refused at the door",
            vec![intended(1, 1), decided(1, "rejected")],
            nothing(),
        ),
        (
            "not taken, to be repeated",
            vec![intended(1, 1), failed(1, "refused")],
            nothing(),
        ),
        (
            "throttled",
            vec![intended(1, 1), failed(1, "throttled")],
            nothing(),
        ),
        (
            "not taken and parked",
            vec![intended(1, 1), failed(1, "refused"), parked(1)],
            nothing(),
        ),
        ("under way", vec![intended(1, 1)], in_doubt()),
        (
            "its answer was lost",
            vec![intended(1, 1), failed(1, "in_doubt")],
            in_doubt(),
        ),
        (
            "its answer was lost, parked",
            vec![intended(1, 1), failed(1, "in_doubt"), parked(1)],
            in_doubt(),
        ),
        (
            "its answer was lost, and it was found",
            vec![intended(1, 1), failed(1, "in_doubt"), submitted(1, true)],
            paid(&[1]),
        ),
        (
            "its worker died, and it was found",
            vec![intended(1, 1), submitted(1, true)],
            paid(&[1]),
        ),
        (
            "its answer was lost, it was not there, and was sent again",
            vec![
                intended(1, 1),
                failed(1, "in_doubt"),
                intended(1, 2),
                submitted(1, false),
            ],
            paid(&[1]),
        ),
        (
            "its answer was lost, and it is surely not there",
            vec![intended(1, 1), failed(1, "in_doubt"), dropped(1)],
            nothing(),
        ),
        (
            "was there before, and was found when it was refused",
            vec![
                intended(1, 1),
                failed(1, "not_yet"),
                submitted(1, true),
                decided(1, "approved"),
            ],
            nothing(),
        ),
        (
            "was there before, and is another account's",
            vec![intended(1, 1), failed(1, "not_yet"), parked(1)],
            nothing(),
        ),
        (
            "was adopted",
            vec![submitted(1, true), decided(1, "approved")],
            nothing(),
        ),
        (
            "refused, and sent in another round",
            vec![
                intended(1, 1),
                submitted(1, false),
                decided(1, "rejected"),
                intended(2, 1),
                submitted(2, false),
            ],
            paid(&[1, 2]),
        ),
        (
            "found, and sent in another round",
            vec![
                submitted(1, true),
                decided(1, "rejected"),
                intended(2, 1),
                submitted(2, false),
            ],
            paid(&[2]),
        ),
        (
            "sent, and read again after a person looked",
            vec![intended(1, 1), submitted(1, false), parked(1)],
            paid(&[1]),
        ),
    ];
    let begun = stored("registered");
    for (way, facts, expected) in ways {
        let history = followed_by(begun.get(..1).unwrap().to_vec(), &facts);
        assert_eq!(cost(&fold(&history)), expected, "{way}");
    }
}

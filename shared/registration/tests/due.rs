//! When a registration is due, and what time alone brings.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod histories;

use histories::{fold, followed_by, stored};
use jiff::{SignedDuration, Timestamp};
use registration::Fact;
use registration::calendar::Due;
use registration::facts::Facts;
use registration::patience::Patience;
use registration::sequence::{Pending, Step, Waits};
use registration::{RegistryId, Round};
use serde_json::{Value, json};

/// When the golden histories begin.
fn begin() -> Timestamp {
    "2027-01-15T08:00:00Z".parse().unwrap()
}

fn after(minutes: i64) -> Timestamp {
    begin() + SignedDuration::from_mins(minutes)
}

const DAY: i64 = 24 * 60;

fn order(facts: &[Value]) -> Facts {
    fold(&followed_by(stored("registered")[..1].to_vec(), facts))
}

fn submitted(step: &str) -> Value {
    json!({"fact": "submitted", "step": step, "round": 1, "registry_id": "r-1", "found": false,
           "response": {}})
}

fn decided(step: &str, verdict: &str) -> Value {
    json!({"fact": "verdict_reached", "step": step, "round": 1,
           "verdict": {"verdict": verdict, "reasons": []}})
}

/// Minutes from the beginning, and whether by plan.
fn due(waits: Waits) -> Option<(i64, bool)> {
    let (step, round) = (Step::Brand, Round::FIRST);
    let pending = Pending { step, round, waits };
    Patience::default().due_for(&pending, begin()).map(minutes)
}

fn minutes(due: Due) -> (i64, bool) {
    (due.at.duration_since(begin()).as_mins(), due.by_plan)
}

#[test]
fn what_a_message_should_move_is_rescued_and_what_is_far_off_is_due_by_plan() {
    assert_eq!(due(Waits::Submission), Some((5, false)));
    let lease_until = after(1);
    assert_eq!(due(Waits::Outcome { lease_until }), Some((6, false)));
    // A queue keeps a message for a quarter of an hour, and no longer.
    for (at, expected) in [
        (-10, (5, false)),
        (10, (15, false)),
        (15, (20, false)),
        (16, (16, true)),
    ] {
        let (at, until) = (after(at), after(at));
        for waits in [
            Waits::Retry { at },
            Waits::Rule { until },
            Waits::Others { until },
        ] {
            assert_eq!(due(waits), Some(expected));
        }
    }
}

#[test]
fn what_a_person_must_do_is_never_due() {
    let until = Some(after(10));
    assert_eq!(due(Waits::Pin { until }), None);
    assert_eq!(due(Waits::Correction { reasons: vec![] }), None);
    let reason = "why".to_owned();
    assert_eq!(due(Waits::Person { reason }), None);
}

#[test]
fn an_answer_is_looked_for_and_a_confirmation_at_its_end_at_the_latest() {
    let registry_id = RegistryId::new("b-1");
    let since = begin();
    assert_eq!(
        due(Waits::Verdict {
            registry_id: registry_id.clone(),
            since
        }),
        Some((5, true))
    );
    let confirmation = |until| Waits::Confirmation {
        brand: registry_id.clone(),
        since,
        link_until: None,
        until,
    };
    assert_eq!(due(confirmation(after(3))), Some((3, true)));
    assert_eq!(due(confirmation(after(30 * DAY))), Some((5, true)));
    // At its end and after it, it is looked for as anything else.
    assert_eq!(due(confirmation(begin())), Some((5, true)));
    assert_eq!(due(confirmation(after(-3))), Some((5, true)));
}

#[test]
fn what_is_registered_is_looked_at_daily_a_number_weekly_and_what_is_withdrawn_never() {
    let due = |name: &str| {
        let patience = Patience {
            // Nothing else comes in this time.
            idle_campaign_days: 1000,
            ..Patience::default()
        };
        let facts = fold(&stored(name));
        patience.due(&facts, begin()).map(minutes)
    };
    assert_eq!(due("registered"), Some((DAY, true)));
    assert_eq!(due("number_registered"), Some((7 * DAY, true)));
    assert_eq!(due("cancelled"), None);
}

#[test]
fn a_verdict_is_overdue_after_the_days_of_its_step_once_and_a_suspension_never() {
    let patience = Patience {
        brand_days: 3,
        vetting_days: 4,
        campaign_days: 5,
        ..Patience::default()
    };
    let overdue = |facts: &[Value], minutes: i64| {
        let facts = order(facts);
        let passed = patience.passed(&facts, after(minutes)).into_iter();
        let found = passed.filter_map(|fact| match fact {
            Fact::Overdue { step, days, .. } => Some((step, days)),
            _ => None,
        });
        found.collect::<Vec<_>>()
    };
    let brand = [submitted("brand")];
    assert_eq!(overdue(&brand, 3 * DAY - 1), []);
    assert_eq!(overdue(&brand, 3 * DAY), [(Step::Brand, 3)]);
    let said = json!({"fact": "overdue", "step": "brand", "round": 1, "days": 3});
    assert_eq!(overdue(&[submitted("brand"), said], 3 * DAY), []);
    let approved = [submitted("brand"), decided("brand", "approved")];
    let campaign = [&approved[..], &[submitted("campaign")]].concat();
    assert_eq!(overdue(&campaign, 5 * DAY - 1), []);
    assert_eq!(overdue(&campaign, 5 * DAY), [(Step::Campaign, 5)]);
    let vetting = [
        &approved[..],
        &[json!({"fact": "vetting_needed", "usecase": "MIXED", "carriers": ["T"], "vetting": null})],
        &[submitted("vetting")],
    ]
    .concat();
    assert_eq!(overdue(&vetting, 4 * DAY), [(Step::Vetting, 4)]);
    // Numbers end when each of them has; none has a time.
    let numbers = [
        &campaign[..],
        &[decided("campaign", "approved"), submitted("numbers")],
    ]
    .concat();
    assert_eq!(overdue(&numbers, 40 * DAY), []);
    let suspended = [submitted("brand"), decided("brand", "suspended")];
    assert_eq!(overdue(&suspended, 3 * DAY), []);
}

#[test]
fn a_campaign_without_a_number_is_warned_of_after_its_days_and_once() {
    let patience = Patience::default();
    let begun = [
        submitted("brand"),
        decided("brand", "approved"),
        submitted("campaign"),
        decided("campaign", "approved"),
    ];
    let warned = |more: &[Value], minutes: i64| {
        let facts = order(&[&begun[..], more].concat());
        let passed = patience.passed(&facts, after(minutes)).into_iter();
        passed
            .filter(|fact| matches!(fact, Fact::Warned { .. }))
            .count()
    };
    assert_eq!(warned(&[], 50 * DAY - 1), 0);
    assert_eq!(warned(&[], 50 * DAY), 1);
    let said = json!({"fact": "warned", "warning": "campaign_without_numbers"});
    assert_eq!(warned(&[said], 50 * DAY), 0);
    assert_eq!(
        warned(
            &[json!({"fact": "cancelled", "keep_brand": false})],
            50 * DAY
        ),
        0
    );
    let numbers = [submitted("numbers"), decided("numbers", "approved")];
    assert_eq!(warned(&numbers, 50 * DAY), 0);
}

//! What follows where carriers do not take a campaign from a brand as it is.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod histories;

use histories::{fold, followed_by, stored};
use registration::order::{Usecase, Vetting};
use registration::qualification::{Qualification, before_campaign};
use registration::sequence::{self, Pending};
use registration::{Fact, Facts, Step, Verdict, Waits};
use serde_json::{Value, json};

/// An order whose brand is approved, and what was recorded after that.
fn facts(after: &[Value]) -> Facts {
    let mut history = stored("registered");
    history.truncate(3);
    fold(&followed_by(history, after))
}

fn carriers(qualify: &[bool]) -> Vec<Qualification> {
    let named = ["AT&T", "T-Mobile", "Verizon"].iter().zip(qualify);
    named
        .map(|(carrier, qualifies)| Qualification {
            carrier: (*carrier).to_owned(),
            qualifies: *qualifies,
        })
        .collect()
}

fn usecase(name: &str) -> Usecase {
    serde_json::from_value(json!(name)).unwrap()
}

fn aegis() -> Vetting {
    Vetting::parse("AEGIS/STANDARD").unwrap()
}

fn before(facts: &Facts, name: &str, qualify: &[bool]) -> Vec<Fact> {
    before_campaign(facts, &usecase(name), &carriers(qualify), Some(&aegis()))
}

fn written(fact: &Fact) -> Value {
    serde_json::to_value(fact).unwrap()
}

fn after(facts: &[Fact]) -> Facts {
    self::facts(&facts.iter().map(written).collect::<Vec<_>>())
}

fn pending(facts: &Facts) -> Pending {
    sequence::evaluate(facts).unwrap_err()
}

fn vetted() -> [Value; 2] {
    [
        json!({
            "fact": "submitted", "step": "vetting", "round": 1, "registry_id": "v",
            "found": false, "response": null,
        }),
        json!({
            "fact": "verdict_reached", "step": "vetting", "round": 1,
            "verdict": {"verdict": "approved"},
        }),
    ]
}

#[test]
fn a_brand_that_qualifies_everywhere_or_of_which_nothing_is_said_goes_on() {
    for qualify in [&[true, true, true][..], &[]] {
        assert_eq!(before(&facts(&[]), "MIXED", qualify), []);
    }
}

#[test]
fn a_brand_that_one_carrier_refuses_is_vetted_by_whom_the_settings_name() {
    let needed = before(&facts(&[]), "MIXED", &[true, false, true]);
    assert_eq!(
        needed,
        [Fact::VettingNeeded {
            usecase: usecase("MIXED"),
            carriers: vec!["T-Mobile".to_owned()],
            vetting: Some(Box::new(aegis())),
        }]
    );
    let pending = pending(&after(&needed));
    assert_eq!(
        (pending.step, pending.waits),
        (Step::Vetting, Waits::Submission)
    );
}

#[test]
fn a_political_vetting_is_not_ordered_but_asked_for() {
    let asked = before(&facts(&[]), "POLITICAL", &[false, false, false]);
    let pending = pending(&after(&asked));
    let Waits::Correction { reasons } = pending.waits else {
        panic!("{pending:?}");
    };
    assert_eq!(pending.step, Step::Vetting);
    assert_eq!(
        (reasons[0].code.as_str(), &reasons[0].fields[0][..]),
        ("VETTING_NEEDED", "/vetting")
    );
}

#[test]
fn nothing_is_ordered_where_the_settings_name_no_vetting() {
    let asked = before_campaign(&facts(&[]), &usecase("MIXED"), &carriers(&[false]), None);
    assert_eq!(pending(&after(&asked)).step, Step::Vetting);
    assert!(matches!(
        pending(&after(&asked)).waits,
        Waits::Correction { .. }
    ));
}

#[test]
fn another_use_case_needs_no_vetting_until_the_carriers_say_so() {
    let mut asked: Vec<Value> = before(&facts(&[]), "POLITICAL", &[false])
        .iter()
        .map(written)
        .collect();
    asked.push(json!({"fact": "amended", "changed": ["/campaign/usecase"]}));
    let pending = pending(&facts(&asked));
    assert_eq!(
        (pending.step, pending.waits),
        (Step::Campaign, Waits::Submission)
    );
}

#[test]
fn a_vetted_brand_goes_on_with_the_carriers_that_take_it_and_stops_if_none_does() {
    let vetted = facts(&vetted());
    assert_eq!(before(&vetted, "MIXED", &[true, false, true]), []);
    let refused = before(&vetted, "MIXED", &[false, false]);
    let [
        Fact::VerdictReached {
            step: Step::Campaign,
            verdict: Verdict::Rejected { reasons },
            ..
        },
    ] = &refused[..]
    else {
        panic!("{refused:?}");
    };
    assert_eq!(
        (reasons[0].code.as_str(), &reasons[0].fields[0][..]),
        ("NOT_QUALIFIED", "/campaign/usecase")
    );
}

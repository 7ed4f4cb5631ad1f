//! What is told of a registration: its status, who must act, and what is waited for, in words
//! and times.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod histories;

use histories::{fold, followed_by, stored};
use jiff::Timestamp;
use registration::facts::Facts;
use registration::refusal::Resubmission;
use registration::sequence::{Pending, Step, Waits};
use registration::waiting::{Counts, Waiting};
use registration::{Failure, MustAct, Reason, RegistryId, Round, Status, Verdict};
use serde_json::{Value, json};

fn order() -> Facts {
    fold(&stored("registered")[..1])
}

fn after(facts: &[Value]) -> Facts {
    fold(&followed_by(stored("registered")[..1].to_vec(), facts))
}

fn time(hour: u32) -> Timestamp {
    format!("2027-01-15T{hour:02}:00:00Z").parse().unwrap()
}

fn waits(step: Step, waits: Waits) -> Pending {
    let round = Round::FIRST;
    Pending { step, round, waits }
}

const COUNTS: Counts = Counts {
    ordered: 5,
    open: 3,
    refused: 0,
    cancelled: 0,
    moved: 0,
    parked: 0,
};

/// What is said of this wait: its word, its text, since when and until when.
fn said(step: Step, what: Waits, counts: Counts) -> (&'static str, String, [Option<Timestamp>; 2]) {
    let waiting = Waiting::of(&waits(step, what), &order(), counts);
    (waiting.what, waiting.text, [waiting.since, waiting.until])
}

#[test]
fn every_wait_is_told_with_its_times_and_in_words_of_its_own() {
    let (one, two) = (time(1), time(2));
    let verdict = || Waits::Verdict {
        registry_id: RegistryId::new("r-1"),
        since: one,
    };
    let correction = || Waits::Correction { reasons: vec![] };
    let until = [None, Some(two)];
    let since = [Some(one), None];
    let never = [None, None];
    for (step, what, word, part, times) in [
        (
            Step::Brand,
            Waits::Submission,
            "submission",
            "waits for its turn",
            never,
        ),
        (
            Step::Brand,
            Waits::Outcome { lease_until: two },
            "outcome",
            "under way, or lost",
            until,
        ),
        (
            Step::Brand,
            Waits::Retry { at: two },
            "retry",
            "failed and is repeated",
            until,
        ),
        (
            Step::EndBrand,
            Waits::Rule { until: two },
            "rule",
            "over for 3 months",
            until,
        ),
        (
            Step::Number,
            Waits::Rule { until: two },
            "rule",
            "holds a number for 24 hours",
            until,
        ),
        (
            Step::Campaign,
            Waits::Rule { until: two },
            "rule",
            "forbids the campaign before",
            until,
        ),
        (
            Step::EndCampaign,
            Waits::Others { until: two },
            "others",
            "its campaign stays",
            until,
        ),
        (
            Step::EndBrand,
            Waits::Others { until: two },
            "others",
            "its brand stays",
            until,
        ),
        (
            Step::Numbers,
            verdict(),
            "numbers",
            "are being assigned, 3 of 5 have not ended",
            since,
        ),
        (
            Step::EndNumbers,
            verdict(),
            "numbers",
            "are being withdrawn, 3 of 5 are left",
            since,
        ),
        (
            Step::Brand,
            verdict(),
            "verdict",
            "has the brand under review",
            since,
        ),
        (
            Step::EndBrand,
            verdict(),
            "verdict",
            "the registry was asked and is at it",
            since,
        ),
        (
            Step::Detach,
            correction(),
            "correction",
            "the registry refuses",
            never,
        ),
        (
            Step::Numbers,
            correction(),
            "correction",
            "all its numbers were refused",
            never,
        ),
        (
            Step::Campaign,
            correction(),
            "correction",
            "the campaign was refused",
            never,
        ),
    ] {
        let told = said(step, what, COUNTS);
        assert_eq!((told.0, told.2), (word, times), "{step} {told:?}");
        assert!(told.1.contains(part), "{step} {told:?}");
    }
}

#[test]
fn a_wait_for_a_verdict_names_what_the_registry_calls_it_and_one_for_numbers_has_no_such_name() {
    let id = RegistryId::new("r-1");
    let verdict = Waits::Verdict {
        registry_id: id.clone(),
        since: time(1),
    };
    let told = |step| Waiting::of(&waits(step, verdict.clone()), &order(), COUNTS).registry_id;
    assert_eq!(told(Step::Brand), Some(id));
    assert_eq!(told(Step::Numbers), None);
}

#[test]
fn a_suspension_is_told_as_one() {
    let facts = after(&[
        json!({"fact": "verdict_reached", "step": "campaign", "round": 1,
                               "verdict": {"verdict": "suspended", "reasons": []}}),
    ]);
    let verdict = Waits::Verdict {
        registry_id: RegistryId::new("c-1"),
        since: time(1),
    };
    let told = Waiting::of(&waits(Step::Campaign, verdict), &facts, COUNTS);
    assert!(told.text.contains("is suspended until"), "{told:?}");
}

#[test]
fn a_pin_is_told_with_its_end_or_that_it_has_expired() {
    let until = Some(time(2));
    let (word, text, times) = said(Step::Pin, Waits::Pin { until }, COUNTS);
    assert_eq!((word, times), ("pin", [None, until]));
    assert!(text.contains("awaited"), "{text}");
    let (word, text, times) = said(Step::Pin, Waits::Pin { until: None }, COUNTS);
    assert_eq!((word, times), ("pin", [None, None]));
    assert!(text.contains("expired"), "{text}");
}

#[test]
fn an_email_is_told_with_its_times_and_that_its_link_has_expired() {
    let mail = |link_until| Waits::Confirmation {
        brand: RegistryId::new("b-1"),
        since: time(1),
        link_until,
        until: time(3),
    };
    let times = [Some(time(1)), Some(time(3))];
    let good = said(Step::Confirmation, mail(Some(time(2))), COUNTS);
    assert_eq!((good.0, good.2), ("confirmation", times));
    assert!(good.1.contains("is to follow the link"), "{good:?}");
    let gone = said(Step::Confirmation, mail(None), COUNTS);
    assert_eq!((gone.0, gone.2), ("confirmation", times));
    assert!(
        gone.1.contains("has expired: ask for another one"),
        "{gone:?}"
    );
}

#[test]
fn numbers_that_wait_for_an_operator_are_told_with_the_rest() {
    let told = |parked| {
        let verdict = Waits::Verdict {
            registry_id: RegistryId::new("r-1"),
            since: time(1),
        };
        said(Step::Numbers, verdict, Counts { parked, ..COUNTS }).1
    };
    assert!(told(0).ends_with("have not ended"), "{}", told(0));
    assert!(
        told(1).ends_with(", 1 waits for an operator"),
        "{}",
        told(1)
    );
    assert!(told(2).ends_with(", 2 wait for an operator"), "{}", told(2));
}

#[test]
fn every_status_has_one_who_must_act() {
    use MustAct::{Account, Nobody, Operator, Registry};
    // Alone, and with a number that waits for an operator.
    for (status, alone, with_number) in [
        (Status::InProgress, Nobody, Operator),
        (Status::InReview, Registry, Operator),
        (Status::AwaitingPin, Account, Account),
        (Status::AwaitingConfirmation, Account, Account),
        (Status::Rejected, Account, Account),
        (Status::Parked, Operator, Operator),
        (Status::Suspended, Registry, Operator),
        (Status::PartlyRegistered, Nobody, Operator),
        (Status::Registered, Nobody, Operator),
        (Status::Expired, Account, Account),
        (Status::Cancelling, Nobody, Operator),
        (Status::Cancelled, Nobody, Nobody),
    ] {
        let step = Some(Step::Campaign);
        assert_eq!(MustAct::of(status, step, false), alone, "{status}");
        assert_eq!(MustAct::of(status, step, true), with_number, "{status}");
        assert_eq!(MustAct::of(status, None, false), alone, "{status}");
    }
    // What it will not let go is nothing that the account could correct.
    for step in [Step::Detach, Step::EndBrand, Step::EndReplaced] {
        assert_eq!(MustAct::of(Status::Rejected, Some(step), false), Operator);
    }
    let people = MustAct::ALL.map(MustAct::is_a_person);
    assert_eq!(people, [true, true, false, false]);
}

#[test]
fn what_is_written_in_one_word_is_read_by_it() {
    let names = MustAct::ALL.map(|who| who.to_string());
    assert_eq!(names, ["account", "operator", "registry", "nobody"]);
    for who in MustAct::ALL {
        assert_eq!(json!(who), json!(who.name()));
    }
    for status in Status::ALL {
        assert_eq!(Status::parse(status.name()), Some(status));
        assert_eq!(json!(status), json!(status.to_string()));
    }
    assert_eq!(Status::parse("no_such_status"), None);
}

#[test]
fn four_statuses_go_on_by_themselves_and_the_others_are_at_rest() {
    let under_way = [
        Status::InProgress,
        Status::InReview,
        Status::Suspended,
        Status::Cancelling,
    ];
    for status in Status::ALL {
        assert_eq!(
            status.is_under_way(),
            under_way.contains(&status),
            "{status}"
        );
        assert_eq!(
            status.is_at_rest(),
            !under_way.contains(&status),
            "{status}"
        );
    }
}

#[test]
fn an_order_with_numbers_that_wait_for_an_operator_is_parked_only_while_it_waits_for_them() {
    let parked = json!({"fact": "numbers_parked", "reasons": ["why"]});
    let submitted = |step: &str| {
        json!({"fact": "submitted", "step": step, "round": 1, "registry_id": "r-1",
               "found": false, "response": {}})
    };
    let approved = |step: &str| {
        json!({"fact": "verdict_reached", "step": step, "round": 1,
               "verdict": {"verdict": "approved"}})
    };
    let begun = [
        submitted("brand"),
        approved("brand"),
        submitted("campaign"),
        approved("campaign"),
        submitted("numbers"),
    ];
    assert_eq!(Status::of(&after(&begun)), Status::InProgress);
    let with = |facts: &[Value], more: &Value| [facts, std::slice::from_ref(more)].concat();
    assert_eq!(Status::of(&after(&with(&begun, &parked))), Status::Parked);
    assert_eq!(
        Status::of(&after(&with(&begun[..3], &parked))),
        Status::InReview
    );
}

#[test]
fn a_reason_is_written_by_its_code_and_its_fields() {
    let reason = |code: &str, fields: &[&str]| Reason {
        code: code.to_owned(),
        description: "a sentence with personal data".to_owned(),
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
    };
    let rejected = Verdict::Rejected {
        reasons: vec![
            reason("A", &["/brand/ein", "/brand/city"]),
            reason("B", &[]),
        ],
    };
    assert_eq!(
        rejected.to_string(),
        "rejected: A at /brand/ein, /brand/city; B"
    );
    let partly = Verdict::PartlyApproved {
        approved: 2,
        refused: 1,
    };
    assert_eq!(partly.to_string(), "partly approved (2 yes, 1 no)");
    assert_eq!(Verdict::Expired.to_string(), "expired");
}

#[test]
fn every_failure_says_whether_it_was_planned_and_whether_it_was_an_attempt() {
    for (failure, words, planned, attempt) in [
        (Failure::Refused, "not taken", false, true),
        (Failure::InDoubt, "outcome unknown", false, true),
        (Failure::Throttled, "too many calls", false, false),
        (Failure::NotYet, "not yet possible", false, false),
        (Failure::Held, "not allowed before", true, false),
        (Failure::StoodOn, "others stand on it", true, false),
    ] {
        assert_eq!(failure.to_string(), words);
        assert_eq!(failure.is_planned(), planned, "{words}");
        assert_eq!(failure.is_an_attempt(), attempt, "{words}");
    }
}

#[test]
fn what_may_be_done_about_a_refusal_has_a_word_that_programs_read_and_a_sentence() {
    for (kind, name, words) in [
        (Resubmission::Corrected, "corrected", "once corrected"),
        (Resubmission::AsItIs, "as_it_is", "as it is"),
        (Resubmission::Never, "never", "final"),
    ] {
        assert_eq!(kind.name(), name);
        assert!(kind.words().contains(words), "{}", kind.words());
    }
}

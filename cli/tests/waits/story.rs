//! Facts that lead to everything that can be waited for.

use jiff::Timestamp;
use registration::{
    Fact, Failure, Reason, Reference, RegistrationId, RegistryId, Round, Step, Verdict,
};
use serde_json::json;

use super::{MustAct, Row, Status, row};

const ROUND: Round = Round::FIRST;

/// The numbers of every order here.
pub(crate) const NUMBERS: usize = 3;

/// What an order says whose numbers are under way.
pub(crate) const WAITS_FOR_NUMBERS: Row = row(
    Status::InProgress,
    MustAct::Nobody,
    "numbers",
    "its numbers are being assigned",
);

/// A time after that of every event here.
fn later() -> Timestamp {
    "2027-04-17T08:00:00Z".parse().unwrap()
}

/// An intention; of a step that counts numbers, with how many there are.
pub(crate) fn intended(step: Step) -> Fact {
    let any = RegistrationId::new(1, 1);
    Fact::Intended {
        step,
        round: ROUND,
        attempt: 1,
        reference: Reference::of(&any, step, ROUND),
        request: json!({ "numbers": NUMBERS }),
        lease_until: later(),
    }
}

pub(crate) fn submitted(step: Step) -> Fact {
    Fact::Submitted {
        step,
        round: ROUND,
        registry_id: RegistryId::new(format!("{step}-1")),
        found: false,
        response: json!({}),
    }
}

pub(crate) fn reached(step: Step, verdict: Verdict) -> Fact {
    Fact::VerdictReached {
        step,
        round: ROUND,
        verdict,
    }
}

pub(crate) fn approved(step: Step) -> Vec<Fact> {
    vec![submitted(step), reached(step, Verdict::Approved)]
}

fn reasons() -> Vec<Reason> {
    vec![Reason {
        code: "REFUSED".to_owned(),
        description: "Not this one.".to_owned(),
        fields: vec![],
    }]
}

pub(crate) fn rejected(step: Step) -> Fact {
    let reasons = reasons();
    reached(step, Verdict::Rejected { reasons })
}

pub(crate) fn suspended(step: Step) -> Fact {
    let reasons = reasons();
    reached(step, Verdict::Suspended { reasons })
}

pub(crate) fn fails(step: Step, failure: Failure) -> Fact {
    let retry_at = match failure {
        // It is not this failure that is waited for.
        Failure::NotYet => Timestamp::from_second(1_800_000_000).unwrap(),
        _ => later(),
    };
    Fact::AttemptFailed {
        step,
        round: ROUND,
        attempt: 1,
        failure,
        error: "what the registry answered".to_owned(),
        retry_at,
    }
}

pub(crate) fn stood_on(step: Step) -> Fact {
    fails(step, Failure::StoodOn)
}

pub(crate) fn held(step: Step) -> Fact {
    fails(step, Failure::Held)
}

pub(crate) fn parked(step: Step, reason: &str) -> Fact {
    let reason = reason.to_owned();
    Fact::Parked {
        step,
        round: ROUND,
        reason,
    }
}

pub(crate) fn cancelled() -> Fact {
    Fact::Cancelled {
        keep_brand: false,
        alone: false,
    }
}

pub(crate) fn otp_sent(then: Verdict) -> Vec<Fact> {
    let sent = approved(Step::Otp);
    let expired = (then != Verdict::Approved).then(|| reached(Step::Otp, then));
    sent.into_iter().chain(expired).collect()
}

/// The number is on another campaign of ours.
pub(crate) fn elsewhere() -> Fact {
    Fact::FoundElsewhere {
        round: ROUND,
        campaign: RegistryId::new("C-2"),
    }
}

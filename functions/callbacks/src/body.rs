//! What an account is told: what the history said right after the change, so
//! that a repetition says the same, byte for byte. No personal data: whoever
//! wants to know more asks the API.

use jiff::Timestamp;
use platform::Case;
use registration::callback::Undelivered;
use registration::chain::StoredEvent;
use registration::waiting::{Counts, Waiting};
use registration::{AccountId, MustAct, Reason, RegistrationId, Status, Step};
use serde::Serialize;

use crate::DeliveryError;

/// The type of all events there are.
const STATUS_CHANGED: &str = "registration.status_changed";

/// Numbers of the order wait for an operator: `GET` says why.
const NUMBERS_PARKED: &str = "numbers_parked";

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'static str,
    timestamp: Timestamp,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    registration_id: &'a RegistrationId,
    account: &'a AccountId,
    /// The event of the history: grows with every change.
    seq: u64,
    status: Status,
    previous_status: Status,
    must_act: MustAct,
    /// Where it stands; null at the end.
    step: Option<Step>,
    /// Why it was refused or suspended, or needs an operator for its numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<Why<'a>>,
    /// The e-mail that a public company is to answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmation: Option<Confirmation>,
}

/// Of the address the domain alone.
#[derive(Serialize)]
struct Confirmation {
    domain: String,
    /// None: its link has expired.
    link_until: Option<Timestamp>,
    /// The brand is over after that.
    until: Option<Timestamp>,
    advice: &'static str,
}

/// The registry's own words are left out: they may repeat what was ordered.
#[derive(Serialize)]
struct Why<'a> {
    code: &'a str,
    fields: &'a [String],
}

/// The body that tells of a change.
pub(crate) fn of(
    id: &RegistrationId,
    stored: &[StoredEvent],
    change: &Undelivered,
) -> Result<String, DeliveryError> {
    let until = stored.iter().take_while(|event| event.seq <= change.seq);
    let then = Case::open(id, until.cloned().collect())?;
    let pending = then.pending();
    let waiting = pending
        .as_ref()
        .map(|pending| Waiting::of(pending, &then.facts, Counts::default()));
    let confirmation = waiting.and_then(|Waiting { until, mail, .. }| {
        mail.map(|mail| Confirmation {
            domain: mail.domain,
            link_until: mail.link_until,
            until,
            advice: mail.advice,
        })
    });
    let step = pending.map(|pending| pending.step);
    let verdict = step.and_then(|step| then.facts.verdict(step));
    let reasons = verdict.map(|verdict| verdict.reasons()).unwrap_or_default();
    let numbers = ["/numbers".to_owned()];
    let parked = then.facts.has_parked_numbers().then_some(Why {
        code: NUMBERS_PARKED,
        fields: &numbers,
    });
    let body = Body {
        r#type: STATUS_CHANGED,
        timestamp: change.since,
        data: Data {
            registration_id: id,
            account: then.facts.account(),
            seq: change.seq,
            status: change.status,
            previous_status: change.previous,
            must_act: then.must_act(),
            step,
            reasons: reasons.iter().map(why).chain(parked).collect(),
            confirmation,
        },
    };
    serde_json::to_string(&body).map_err(|source| DeliveryError::Unwritable {
        registration: id.clone(),
        source,
    })
}

fn why(reason: &Reason) -> Why<'_> {
    Why {
        code: &reason.code,
        fields: &reason.fields,
    }
}

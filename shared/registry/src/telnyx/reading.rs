//! What Telnyx's statuses mean. A status that is not listed here decides
//! nothing: it is treated as still pending.

use registration::order::EntityType;
use registration::{RegistryId, Verdict};
use serde_json::Value;

use super::call::Json;
use super::reasons::{cut, failures};
use super::{otp, vetting};
use crate::{AWAITS_PIN, Kind, Reading};

/// The status of a brand whose scoring may be over without success. The reason
/// is in its feedback; while there is none, it is still being scored.
pub(super) const UNVERIFIED: &str = "OK UNVERIFIED";

/// A longer answer is kept as the beginning of its text.
const LONGEST_KEPT: usize = 64 * 1024;

/// An answer nested deeper than this is stored as text: what is stored must be
/// readable again, and readers of JSON stop at 128 levels.
const DEEPEST_KEPT: usize = 32;

/// Reads a brand, a PIN, a campaign or a number's assignment. The error says what
/// is missing.
pub(super) fn read(kind: Kind, answer: Json) -> Result<Reading, &'static str> {
    let Json { value, size } = answer;
    let (id, missing) = match kind {
        Kind::Brand | Kind::Pin | Kind::Confirmation => {
            (id(&value, "brandId"), "the answer has no brandId")
        }
        Kind::Vetting => (id(&value, "vettingId"), "the answer has no vettingId"),
        Kind::Otp => (id(&value, "referenceId"), "the answer has no referenceId"),
        Kind::Campaign => (id(&value, "campaignId"), "the answer has no campaignId"),
        Kind::Number => (id(&value, "phoneNumber"), "the answer has no phoneNumber"),
    };
    let id = id.ok_or(missing)?;
    let (status, verdict) = match kind {
        Kind::Brand | Kind::Confirmation => brand(&value),
        Kind::Vetting => vetting::stands(&value),
        Kind::Otp => otp::sent(&value),
        Kind::Pin => otp::handed_in(&value),
        Kind::Campaign => campaign(&value),
        Kind::Number => number(&value),
    };
    Ok(Reading {
        id,
        verdict,
        status: cut(&status, 100),
        response: kept(value, size),
    })
}

/// Telnyx SDK: `status` and `identityStatus` of a brand. That of a sole
/// proprietor is not scored but waits for its PIN, which makes it `VERIFIED`
/// (Telnyx SDK: `verifySMSOtp`).
fn brand(answer: &Value) -> (String, Option<Verdict>) {
    let (status, identity) = (text(answer, "status"), text(answer, "identityStatus"));
    let verdict = match (status, identity) {
        ("REGISTRATION_FAILED", _) => Some(Verdict::Rejected {
            reasons: failures(Kind::Brand, status, answer),
        }),
        (_, "VERIFIED" | "VETTED_VERIFIED") => Some(Verdict::Approved),
        _ => None,
    };
    let said = format!("{status} {identity}").trim().to_owned();
    let is_a_persons = text(answer, "entityType") == EntityType::SOLE_PROPRIETOR;
    if is_a_persons && status == "OK" && verdict.is_none() {
        return (format!("{said} {AWAITS_PIN}"), None);
    }
    (said, verdict)
}

/// Telnyx SDK: `campaignStatus`. The field `status` is `ACTIVE` from the moment
/// of creation, before any review, and says nothing until it is `EXPIRED`.
fn campaign(answer: &Value) -> (String, Option<Verdict>) {
    let status = text(answer, "campaignStatus");
    let reasons = || failures(Kind::Campaign, status, answer);
    let verdict = match status {
        "MNO_PROVISIONED" => Some(Verdict::Approved),
        "TCR_FAILED" | "TELNYX_FAILED" | "MNO_REJECTED" | "MNO_PROVISIONING_FAILED" => {
            Some(Verdict::Rejected { reasons: reasons() })
        }
        "TCR_SUSPENDED" => Some(Verdict::Suspended { reasons: reasons() }),
        "TCR_EXPIRED" => Some(Verdict::Expired),
        _ => None,
    };
    if text(answer, "status") == "EXPIRED" && verdict != Some(Verdict::Expired) {
        return (format!("{status} EXPIRED"), Some(Verdict::Expired));
    }
    (status.to_owned(), verdict)
}

/// Telnyx SDK: `assignmentStatus` of a phone number campaign. One that is on its
/// way out is over for its campaign.
fn number(answer: &Value) -> (String, Option<Verdict>) {
    let status = text(answer, "assignmentStatus");
    let verdict = match status {
        "ASSIGNED" => Some(Verdict::Approved),
        "PENDING_UNASSIGNMENT" => Some(Verdict::Expired),
        "FAILED_ASSIGNMENT" => Some(Verdict::Rejected {
            reasons: failures(Kind::Number, status, answer),
        }),
        _ => None,
    };
    (status.to_owned(), verdict)
}

/// A field's text; empty if there is none.
pub(super) fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// An id that can be asked for again: it fits a path, and is more than dots.
pub(super) fn id(answer: &Value, name: &str) -> Option<RegistryId> {
    let id = text(answer, name);
    let sane = id.len() <= 200
        && id.bytes().all(|byte| byte.is_ascii_graphic())
        && id.bytes().any(|byte| byte.is_ascii_alphanumeric());
    sane.then(|| RegistryId::new(id))
}

/// The answer as it is stored: `size` is how long it was on the wire.
pub(super) fn kept(answer: Value, size: usize) -> Value {
    let deep = !is_within(&answer, DEEPEST_KEPT);
    if size <= LONGEST_KEPT && !deep {
        return answer;
    }
    let text = answer.to_string();
    if text.len() <= LONGEST_KEPT && !deep {
        return answer;
    }
    // Written as a JSON string, quotes and backslashes take twice the room.
    let end = text.floor_char_boundary(LONGEST_KEPT / 2);
    Value::String(text.get(..end).unwrap_or_default().to_owned())
}

/// Whether nothing in `value` lies deeper than `levels`.
fn is_within(value: &Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else {
        return false;
    };
    match value {
        Value::Array(values) => values.iter().all(|value| is_within(value, below)),
        Value::Object(values) => values.values().all(|value| is_within(value, below)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_value(kind: Kind, value: Value) -> Result<Reading, &'static str> {
        let size = value.to_string().len();
        read(kind, Json { value, size })
    }

    fn verdict(kind: Kind, value: Value) -> Option<&'static str> {
        read_value(kind, value)
            .unwrap()
            .verdict
            .map(|verdict| verdict.name())
    }

    #[test]
    fn a_brand_is_decided_by_its_identity() {
        let expected = [
            ("OK", "VERIFIED", Some("approved")),
            ("OK", "VETTED_VERIFIED", Some("approved")),
            ("OK", "UNVERIFIED", None),
            ("OK", "SELF_DECLARED", None),
            ("OK", "SOMETHING_NEW", None),
            ("REGISTRATION_PENDING", "UNVERIFIED", None),
            ("REGISTRATION_PENDING", "SELF_DECLARED", None),
            ("REGISTRATION_FAILED", "UNVERIFIED", Some("rejected")),
            ("REGISTRATION_FAILED", "VERIFIED", Some("rejected")),
            ("SOMETHING_NEW", "SOMETHING_NEW", None),
        ];
        for (status, identity, expected) in expected {
            let brand = json!({"brandId": "b-1", "status": status, "identityStatus": identity});
            assert_eq!(verdict(Kind::Brand, brand), expected, "{status} {identity}");
        }
        assert_eq!(verdict(Kind::Brand, json!({"brandId": "b-1"})), None);
    }

    #[test]
    fn an_active_campaign_is_not_an_approved_one() {
        let expected = [
            ("TCR_PENDING", None),
            ("TCR_ACCEPTED", None),
            ("TELNYX_ACCEPTED", None),
            ("MNO_PENDING", None),
            ("MNO_ACCEPTED", None),
            ("SOMETHING_NEW", None),
            ("MNO_PROVISIONED", Some("approved")),
            ("TCR_FAILED", Some("rejected")),
            ("TELNYX_FAILED", Some("rejected")),
            ("MNO_REJECTED", Some("rejected")),
            ("MNO_PROVISIONING_FAILED", Some("rejected")),
            ("TCR_SUSPENDED", Some("suspended")),
            ("TCR_EXPIRED", Some("expired")),
        ];
        for (status, expected) in expected {
            let campaign = json!({"campaignId": "c-1", "status": "ACTIVE", "submissionStatus": "CREATED", "campaignStatus": status});
            assert_eq!(verdict(Kind::Campaign, campaign), expected, "{status}");
        }
        assert_eq!(
            verdict(
                Kind::Campaign,
                json!({"campaignId": "c-1", "status": "ACTIVE"})
            ),
            None
        );
    }

    #[test]
    fn a_number_is_decided_by_its_assignment() {
        let expected = [
            ("PENDING_ASSIGNMENT", None),
            ("PENDING_UNASSIGNMENT", Some("expired")),
            ("FAILED_UNASSIGNMENT", None),
            ("SOMETHING_NEW", None),
            ("ASSIGNED", Some("approved")),
            ("FAILED_ASSIGNMENT", Some("rejected")),
        ];
        for (status, expected) in expected {
            let number = json!({"phoneNumber": "+12065550100", "campaignId": "c-1", "assignmentStatus": status});
            assert_eq!(verdict(Kind::Number, number), expected, "{status}");
        }
    }

    #[test]
    fn a_rejection_carries_the_registrys_reasons() {
        let answer = json!({
            "campaignId": "c-1",
            "campaignStatus": "TELNYX_FAILED",
            "failureReasons": "Website does not meet compliance requirements.",
        });
        let reading = read_value(Kind::Campaign, answer).unwrap();
        let reasons = reading
            .verdict
            .as_ref()
            .map(|verdict| verdict.reasons())
            .unwrap_or_default();
        assert_eq!(
            reasons[0].description,
            "Website does not meet compliance requirements."
        );
        assert_eq!(reasons[0].code, "TELNYX_FAILED");
    }

    #[test]
    fn an_answer_without_a_usable_id_is_no_reading() {
        for answer in [
            json!({}),
            json!([]),
            json!({"brandId": 7}),
            json!({"brandId": ""}),
            json!({"brandId": ".."}),
        ] {
            assert!(read_value(Kind::Brand, answer.clone()).is_err(), "{answer}");
        }
    }

    #[test]
    fn a_long_answer_is_kept_in_part() {
        let small = json!({"brandId": "b-1", "website": "é".repeat(1_000)});
        assert_eq!(
            read_value(Kind::Brand, small.clone()).unwrap().response,
            small
        );
        let long = json!({"brandId": "b-1", "website": "é\"\\".repeat(100_000)});
        let kept = read_value(Kind::Brand, long).unwrap().response;
        assert!(kept.is_string());
        assert!(kept.to_string().len() <= LONGEST_KEPT);
    }

    #[test]
    fn an_answer_nested_too_deep_to_be_read_again_is_kept_as_text() {
        let nest = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(kept(nest(20), 60), nest(20));
        assert!(kept(nest(100), 300).is_string());
    }
}

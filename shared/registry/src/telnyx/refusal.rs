//! Answers that are not a yes, and what may be done after each.
//!
//! Telnyx's form is `{"errors":[{"code","title","detail","source":{"pointer"}}]}`.
//! Two others are read as well, so that no field that a refusal names is lost:
//! one bare error, and `{"detail":[{"loc","msg"}]}`.
//!
//! Messages hold codes and titles only. A `detail` may repeat what was sent, so
//! it goes into [`Reason`]s, which belong to the order, and nowhere else.

use registration::Reason;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::reasons::{MOST, cut, reason, word};
use super::throttle;
use crate::{Kind, RegistryError};

/// "Too many requests" (Telnyx: API rate limiting).
const TOO_MANY: &str = "10011";

/// The brand is still being scored (The Campaign Registry's code).
const BEING_SCORED: &str = "527";

/// One error as the registry says it.
#[derive(Debug)]
struct Said {
    code: Option<String>,
    title: Option<String>,
    detail: Option<String>,
    field: Option<String>,
}

/// The error that an answer is. The status decides; two codes say more than it.
pub(super) fn read(
    label: &str,
    kind: Kind,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> RegistryError {
    let said = said(body);
    let words = words(status, said.as_deref().unwrap_or_default());
    let is = |code: &str| {
        status.is_client_error()
            && said
                .iter()
                .flatten()
                .any(|one| one.code.as_deref() == Some(code))
    };
    let call = label.to_owned();
    let refused = |what: &str| RegistryError::Refused {
        call: call.clone(),
        what: format!("{what}: {words}"),
    };
    match status.as_u16() {
        429 => RegistryError::Throttled {
            call,
            after: throttle::asked(headers),
        },
        _ if is(TOO_MANY) => RegistryError::Throttled {
            call,
            after: throttle::asked(headers),
        },
        _ if is(BEING_SCORED) => RegistryError::NotYet {
            call,
            what: format!("the brand is still being scored: {words}"),
        },
        401 | 403 => {
            refused("the registry does not accept our API key; check the registry's settings")
        }
        402 => refused("the account at the registry cannot pay; check its balance"),
        425 => refused("the registry asks to send it again"),
        // 408: it may have had the whole request. 409: it may be our own earlier
        // call that this one is in conflict with. Neither was looked at.
        408 | 409 => RegistryError::InDoubt { call, what: words },
        400..=499 => match said {
            Some(said) => RegistryError::Terminal {
                call,
                reasons: reasons(kind, status, said),
            },
            None => {
                refused("this is not the registry's answer; check the base URL in its settings")
            }
        },
        300..=399 => RegistryError::InDoubt {
            call,
            what: format!("redirected, which is not followed; check the base URL: {words}"),
        },
        _ => RegistryError::InDoubt { call, what: words },
    }
}

/// Whether a refusal comes from the registry, and not from something in front
/// of it: it speaks JSON.
pub(super) fn is_the_registrys(body: &[u8]) -> bool {
    said(body).is_some()
}

/// The same where the call was only a question: it changed nothing, and what
/// it got is no verdict on anything.
pub(super) fn nothing_decided(error: RegistryError) -> RegistryError {
    match error {
        RegistryError::InDoubt { call, what } | RegistryError::NotYet { call, what } => {
            RegistryError::Refused { call, what }
        }
        RegistryError::Terminal { call, reasons } | RegistryError::Elsewhere { call, reasons } => {
            let codes: Vec<&str> = reasons.iter().map(|reason| reason.code.as_str()).collect();
            RegistryError::Refused {
                call,
                what: codes.join(", "),
            }
        }
        same => same,
    }
}

/// Words of a refusal that mean that there is one already. The codes for that
/// are not public.
const EXISTS: [&str; 6] = [
    "already",
    "exists",
    "duplicate",
    "another account",
    "another campaign",
    "on a campaign",
];

/// Words of a refusal that mean that a carrier still holds a number which was
/// taken off its campaign.
const HELD: [&str; 2] = ["held", "on hold"];

/// The same where something new was to be made: what exists already may be ours.
pub(super) fn of_a_creation(kind: Kind, error: RegistryError) -> RegistryError {
    let RegistryError::Terminal { call, reasons } = error else {
        return error;
    };
    let all_say = |words: &[&str]| {
        reasons.iter().all(|reason| {
            let said = reason.description.to_lowercase();
            words.iter().any(|word| said.contains(word))
        })
    };
    if kind == Kind::Number && all_say(&HELD) {
        let what = "a carrier still holds the number for its former campaign".to_owned();
        return RegistryError::NotYet { call, what };
    }
    match all_say(&EXISTS) {
        true => RegistryError::Elsewhere { call, reasons },
        false => RegistryError::Terminal { call, reasons },
    }
}

fn said(body: &[u8]) -> Option<Vec<Said>> {
    let body: Value = serde_json::from_slice(body).ok().filter(Value::is_object)?;
    let list = body
        .get("errors")
        .or_else(|| body.get("detail"))
        .and_then(Value::as_array);
    let said: Vec<Said> = match list {
        Some(list) => list.iter().take(MOST).map(one).collect(),
        None => vec![one(&body)],
    };
    Some(said.into_iter().filter(Said::is_something).collect())
}

fn one(error: &Value) -> Said {
    let last = error
        .get("loc")
        .and_then(Value::as_array)
        .and_then(|loc| loc.last());
    let pointer = error
        .pointer("/source/pointer")
        .or(last)
        .and_then(Value::as_str);
    Said {
        code: word(error, "code"),
        title: word(error, "title"),
        detail: word(error, "detail").or_else(|| word(error, "msg")),
        field: pointer.map(str::to_owned),
    }
}

impl Said {
    fn is_something(&self) -> bool {
        self.code.is_some() || self.title.is_some() || self.detail.is_some()
    }
}

/// The status with codes and titles: what may be shown to anybody.
fn words(status: StatusCode, said: &[Said]) -> String {
    let mut words = format!("HTTP {}", status.as_u16());
    for one in said.iter().take(3) {
        for word in [&one.code, &one.title].into_iter().flatten() {
            words.push(' ');
            words.push_str(&cut(word, 80).replace(char::is_control, " "));
        }
    }
    words
}

fn reasons(kind: Kind, status: StatusCode, said: Vec<Said>) -> Vec<Reason> {
    let unnamed = format!("HTTP {}", status.as_u16());
    let mut reasons: Vec<Reason> = said
        .into_iter()
        .map(|one| {
            let code = one.code.unwrap_or_else(|| unnamed.clone());
            let description = one.detail.or(one.title).unwrap_or_default();
            reason(
                kind,
                code,
                &description,
                one.field.as_deref().into_iter().collect(),
            )
        })
        .collect();
    if reasons.is_empty() {
        reasons.push(reason(
            kind,
            unnamed,
            "The registry gives no reason.",
            Vec::new(),
        ));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use registration::Failure;
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: &str) -> RegistryError {
        let status = StatusCode::from_u16(status).unwrap();
        read(
            "POST /10dlc/brand",
            Kind::Brand,
            status,
            &HeaderMap::new(),
            body.as_bytes(),
        )
    }

    fn envelope(code: &str) -> String {
        json!({"errors": [{
            "code": code,
            "title": "Invalid value",
            "detail": "12-3456789 is not the EIN of Jane Doe",
            "source": {"pointer": "/ein"},
        }]})
        .to_string()
    }

    fn reasons_of(error: RegistryError) -> Vec<Reason> {
        match error {
            RegistryError::Terminal { reasons, .. } => reasons,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_status_says_what_may_be_done_next() {
        use Failure::{InDoubt, NotYet, Refused, Throttled};
        let body = envelope("10015");
        let expected = [
            (301, Some(InDoubt)),
            (400, None),
            (401, Some(Refused)),
            (402, Some(Refused)),
            (403, Some(Refused)),
            (404, None),
            (408, Some(InDoubt)),
            (409, Some(InDoubt)),
            (422, None),
            (425, Some(Refused)),
            (429, Some(Throttled)),
            (500, Some(InDoubt)),
            (502, Some(InDoubt)),
            (503, Some(InDoubt)),
            (504, Some(InDoubt)),
        ];
        for (status, failure) in expected {
            assert_eq!(answer(status, &body).failure(), failure, "{status}");
        }
        assert_eq!(answer(400, &envelope("10011")).failure(), Some(Throttled));
        assert_eq!(answer(400, &envelope("527")).failure(), Some(NotYet));
        assert_eq!(
            answer(500, &envelope("527")).failure(),
            Some(InDoubt),
            "a broken server decides nothing"
        );
    }

    #[test]
    fn a_refusal_that_is_not_the_registrys_decides_nothing() {
        for body in ["", "<html>Not Found</html>", "[]", "\"no\""] {
            for status in [400, 404, 405, 413] {
                assert_eq!(
                    answer(status, body).failure(),
                    Some(Failure::Refused),
                    "{status} {body}"
                );
            }
        }
    }

    #[test]
    fn a_refusal_for_good_names_code_words_and_field() {
        let reasons = reasons_of(answer(422, &envelope("10015")));
        assert_eq!(reasons.len(), 1);
        assert_eq!(reasons[0].code, "10015");
        assert_eq!(
            reasons[0].description,
            "12-3456789 is not the EIN of Jane Doe"
        );
        assert_eq!(reasons[0].fields, ["/brand/ein"]);
    }

    #[test]
    fn the_other_forms_of_a_refusal_are_read_too() {
        let bare = json!({"code": 502, "title": "No such brand", "detail": "There is none."});
        let reasons = reasons_of(answer(400, &bare.to_string()));
        assert_eq!(
            (reasons[0].code.as_str(), reasons[0].description.as_str()),
            ("502", "There is none.")
        );

        let checked = json!({"detail": [{"loc": ["body", "postalCode"], "msg": "field required", "type": "missing"}]});
        let reasons = reasons_of(answer(422, &checked.to_string()));
        assert_eq!(reasons[0].fields, ["/brand/postalCode"]);
        assert_eq!(
            (reasons[0].code.as_str(), reasons[0].description.as_str()),
            ("HTTP 422", "field required")
        );

        assert_eq!(
            reasons_of(answer(400, "{}")).len(),
            1,
            "there is always a reason"
        );
    }

    #[test]
    fn no_message_holds_what_the_registry_repeats_of_the_order() {
        for status in [
            301, 400, 401, 402, 403, 404, 408, 409, 422, 425, 429, 500, 503,
        ] {
            for code in ["10015", "10011", "527"] {
                let shown = answer(status, &envelope(code)).to_string();
                assert!(
                    !shown.contains("3456789") && !shown.contains("Jane"),
                    "{shown}"
                );
                assert!(shown.contains("POST /10dlc/brand"), "{shown}");
            }
        }
    }
}

//! Telnyx's webhooks: who sent one, how fresh it is, and what it is about.
//!
//! Signed is `{telnyx-timestamp}|{raw body}` with ed25519 (Telnyx SDK:
//! lib/webhooks); the envelope is `data{event_type, payload}` (Telnyx: 10DLC
//! event notifications).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use jiff::Timestamp;
use registration::RegistryId;
use registration::order::PhoneNumber;
use serde_json::Value;

use super::reading::{kept, text};
use crate::{Webhook, WebhookError};

const SIGNATURE: &str = "telnyx-signature-ed25519";
const TIMESTAMP: &str = "telnyx-timestamp";

/// Seconds that the sender's clock and ours may be apart (Telnyx SDK: 5 minutes).
const SKEW: u64 = 300;

/// Proves origin and freshness, then reads.
pub(super) fn read(
    key: &VerifyingKey,
    header: &dyn Fn(&str) -> Option<String>,
    body: &[u8],
    now: Timestamp,
) -> Result<Webhook, WebhookError> {
    let signature = header(SIGNATURE).ok_or(WebhookError::NoHeader(SIGNATURE))?;
    let timestamp = header(TIMESTAMP).ok_or(WebhookError::NoHeader(TIMESTAMP))?;
    fresh(&timestamp, now)?;
    signed(key, &signature, &timestamp, body)?;
    event(body)
}

fn fresh(timestamp: &str, now: Timestamp) -> Result<(), WebhookError> {
    let digits = !timestamp.is_empty() && timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let sent: i64 = timestamp
        .parse()
        .ok()
        .filter(|_| digits)
        .ok_or(WebhookError::BadTimestamp(TIMESTAMP))?;
    let seconds = now.as_second().abs_diff(sent);
    if seconds > SKEW {
        return Err(WebhookError::Stale {
            seconds,
            allowed: SKEW,
        });
    }
    Ok(())
}

fn signed(
    key: &VerifyingKey,
    signature: &str,
    timestamp: &str,
    body: &[u8],
) -> Result<(), WebhookError> {
    let bytes = STANDARD
        .decode(signature)
        .map_err(|_| WebhookError::BadSignature)?;
    let signature = Signature::from_slice(&bytes).map_err(|_| WebhookError::BadSignature)?;
    let message = [timestamp.as_bytes(), b"|", body].concat();
    key.verify_strict(&message, &signature)
        .map_err(|_| WebhookError::BadSignature)
}

fn event(body: &[u8]) -> Result<Webhook, WebhookError> {
    let malformed = |what: &str| WebhookError::Malformed(what.to_owned());
    let all: Value = serde_json::from_slice(body).map_err(|_| malformed("it is not JSON"))?;
    let data = all
        .get("data")
        .ok_or_else(|| malformed("it has no `data`"))?;
    let event_type = text(data, "event_type").to_owned();
    if event_type.is_empty() {
        return Err(malformed("it has no `data.event_type`"));
    }
    let named = |name: &str| {
        let id = data
            .get("payload")
            .map(|payload| text(payload, name))
            .unwrap_or_default();
        (!id.is_empty()).then(|| id.to_owned())
    };
    let number = named("phoneNumber").and_then(|number| PhoneNumber::parse(&number).ok());
    Ok(match (event_type.as_str(), number) {
        ("10dlc.brand.update", _) => Webhook::Brand {
            id: named("brandId").map(RegistryId::new),
        },
        ("10dlc.campaign.update", _) if is_underway(data) => Webhook::Underway,
        ("10dlc.campaign.update", _) => Webhook::Campaign {
            id: named("campaignId").map(RegistryId::new),
        },
        ("10dlc.phone_number.update", Some(number)) => Webhook::Number { number },
        _ => Webhook::Unknown {
            event_type,
            body: kept(all, body.len()),
        },
    })
}

/// A campaign that was handed on from the TCR to Telnyx, or from Telnyx to the
/// carriers (Telnyx: 10DLC event notifications). To be told so and look would cost
/// a call for nothing, three times for every campaign; should it be wrong, the
/// next look by plan finds out.
fn is_underway(data: &Value) -> bool {
    let Some(payload) = data.get("payload") else {
        return false;
    };
    matches!(
        (
            text(payload, "type"),
            text(payload, "eventType"),
            text(payload, "status")
        ),
        (
            "TCR_EVENT",
            "CAMPAIGN_ADD" | "MNO_CAMPAIGN_OPERATION_REVIEW",
            _
        ) | ("TELNYX_REVIEW", _, "ACCEPTED")
    )
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_750_000_000;

    struct Sent {
        signature: Option<String>,
        timestamp: Option<String>,
        body: Vec<u8>,
    }

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn send(body: &[u8], at: i64) -> Sent {
        let message = [at.to_string().as_bytes(), b"|", body].concat();
        Sent {
            signature: Some(STANDARD.encode(key().sign(&message).to_bytes())),
            timestamp: Some(at.to_string()),
            body: body.to_vec(),
        }
    }

    fn receive(sent: &Sent) -> Result<Webhook, WebhookError> {
        let header = |name: &str| match name {
            "telnyx-signature-ed25519" => sent.signature.clone(),
            "telnyx-timestamp" => sent.timestamp.clone(),
            _ => None,
        };
        let now = Timestamp::from_second(NOW).unwrap();
        read(&key().verifying_key(), &header, &sent.body, now)
    }

    fn event_of(event_type: &str, payload: Value) -> Vec<u8> {
        json!({
            "data": {
                "event_type": event_type,
                "id": "02d4f0e2-7a9d-4ebf-86b9-3df81e862d49",
                "occurred_at": "2024-08-07T17:22:37.328+00:00",
                "payload": payload,
                "record_type": "event",
            },
            "meta": {"attempt": 1, "delivered_to": "https://example.com/hook"},
        })
        .to_string()
        .into_bytes()
    }

    fn brand_event() -> Vec<u8> {
        event_of(
            "10dlc.brand.update",
            json!({"brandId": "b-1", "type": "TCR_BRAND_UPDATE"}),
        )
    }

    #[test]
    fn a_signed_event_says_what_it_is_about() {
        let brand = Webhook::Brand {
            id: Some(RegistryId::new("b-1")),
        };
        assert_eq!(receive(&send(&brand_event(), NOW)), Ok(brand));

        let campaign = event_of(
            "10dlc.campaign.update",
            json!({"campaignId": "c-1", "type": "VERIFIED"}),
        );
        let about = Webhook::Campaign {
            id: Some(RegistryId::new("c-1")),
        };
        assert_eq!(receive(&send(&campaign, NOW)), Ok(about));

        let payload =
            json!({"phoneNumber": "+12065550100", "status": "ADDED", "type": "STATUS_UPDATE"});
        let number = event_of("10dlc.phone_number.update", payload);
        let about = Webhook::Number {
            number: PhoneNumber::parse("+12065550100").unwrap(),
        };
        assert_eq!(receive(&send(&number, NOW)), Ok(about));

        let nameless = event_of("10dlc.brand.update", json!({}));
        assert_eq!(
            receive(&send(&nameless, NOW)),
            Ok(Webhook::Brand { id: None })
        );
    }

    #[test]
    fn an_unknown_event_is_kept_and_never_refused() {
        let number = event_of("10dlc.phone_number.update", json!({"phoneNumber": "none"}));
        for body in [event_of("10dlc.vetting.update", json!({"a": 1})), number] {
            let all: Value = serde_json::from_slice(&body).unwrap();
            match receive(&send(&body, NOW)) {
                Ok(Webhook::Unknown { event_type, body }) => {
                    assert!(event_type.starts_with("10dlc."));
                    assert_eq!(body, all);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_changed_body_or_time_or_signature_is_refused() {
        let good = send(&brand_event(), NOW);
        let mut body = send(&brand_event(), NOW);
        body.body.push(b' ');
        let mut time = send(&brand_event(), NOW);
        time.timestamp = Some((NOW + 1).to_string());
        let mut other_key = send(&brand_event(), NOW);
        let forged = SigningKey::from_bytes(&[8; 32]).sign(&other_key.body);
        other_key.signature = Some(STANDARD.encode(forged.to_bytes()));
        let mut tampered = vec![body, time, other_key];
        for signature in ["", "AAAA", "not base64!", &"A".repeat(86)] {
            let body = good.body.clone();
            tampered.push(Sent {
                signature: Some(signature.to_owned()),
                timestamp: good.timestamp.clone(),
                body,
            });
        }
        for sent in &tampered {
            assert_eq!(receive(sent), Err(WebhookError::BadSignature));
        }
        assert!(receive(&good).is_ok());
    }

    #[test]
    fn a_webhook_is_fresh_for_five_minutes_either_way() {
        for skew in [-300, 300] {
            assert!(receive(&send(&brand_event(), NOW + skew)).is_ok(), "{skew}");
        }
        for skew in [-301, 301, -NOW] {
            let stale = WebhookError::Stale {
                seconds: skew.unsigned_abs(),
                allowed: 300,
            };
            assert_eq!(receive(&send(&brand_event(), NOW + skew)), Err(stale));
        }
    }

    #[test]
    fn a_missing_or_senseless_header_is_named() {
        let mut sent = send(&brand_event(), NOW);
        sent.signature = None;
        assert_eq!(
            receive(&sent),
            Err(WebhookError::NoHeader("telnyx-signature-ed25519"))
        );
        let mut sent = send(&brand_event(), NOW);
        sent.timestamp = None;
        assert_eq!(
            receive(&sent),
            Err(WebhookError::NoHeader("telnyx-timestamp"))
        );
        for text in [
            "",
            "soon",
            "-5",
            "+1750000000",
            "1750000000.5",
            "99999999999999999999",
        ] {
            sent.timestamp = Some(text.to_owned());
            assert_eq!(
                receive(&sent),
                Err(WebhookError::BadTimestamp("telnyx-timestamp")),
                "{text}"
            );
        }
    }

    #[test]
    fn a_signed_body_that_is_no_event_is_malformed() {
        for body in [
            "",
            "not JSON",
            "[]",
            "{}",
            r#"{"data":{}}"#,
            r#"{"data":{"event_type":7}}"#,
        ] {
            let read = receive(&send(body.as_bytes(), NOW));
            assert!(
                matches!(read, Err(WebhookError::Malformed(_))),
                "{body}: {read:?}"
            );
        }
    }

    #[test]
    fn a_campaign_that_is_handed_on_is_underway_and_anything_else_is_read_again() {
        let about = |payload: serde_json::Value| {
            let body = json!({"data": {"event_type": "10dlc.campaign.update", "payload": payload}});
            receive(&send(body.to_string().as_bytes(), NOW)).unwrap()
        };
        for underway in [
            json!({"type": "TCR_EVENT", "eventType": "CAMPAIGN_ADD"}),
            json!({"type": "TCR_EVENT", "eventType": "MNO_CAMPAIGN_OPERATION_REVIEW"}),
            json!({"type": "TELNYX_REVIEW", "status": "ACCEPTED"}),
        ] {
            assert_eq!(about(underway), Webhook::Underway);
        }
        for decides in [
            json!({"type": "TELNYX_REVIEW", "status": "REJECTED"}),
            json!({"type": "MNO_REVIEW", "status": "ACCEPTED"}),
            json!({"type": "VERIFIED"}),
            json!({"type": "TCR_EVENT", "eventType": "CAMPAIGN_EXPIRED"}),
            json!({"type": "SOMETHING_NEW"}),
            json!({}),
        ] {
            assert_eq!(about(decides), Webhook::Campaign { id: None });
        }
    }
}

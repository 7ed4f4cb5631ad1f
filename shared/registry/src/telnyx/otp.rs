//! The PIN of a sole proprietor: sent to their mobile phone, and handed in.
//!
//! Telnyx SDK: brand `triggerSMSOtp`, `verifySMSOtp`, `retrieveSMSOtpStatus`.

use registration::{Pin, RegistryId, Verdict};
use serde_json::{Value, json};

use super::call::{Call, path};
use super::reading::text;
use super::submit::body;
use super::{BRANDS, OTP, Telnyx, read, request};
use crate::{Kind, Reading, RegistryError, Request};

/// The registry puts the PIN in place of `@OTP_PIN@`.
const PIN_SMS: &str = "Your PIN to register for business text messages is @OTP_PIN@. It is valid \
                       for 24 hours. If you did not ask for it, ignore this message.";

const SUCCESS_SMS: &str = "Thank you. You are verified for business text messages.";

/// Has the PIN sent; sent again, it makes a new PIN.
pub(super) fn trigger(brand: &RegistryId) -> Request {
    let body = json!({"pinSms": PIN_SMS, "successSms": SUCCESS_SMS});
    request::request(Kind::Otp, "POST", path(BRANDS, brand.as_str(), OTP), body)
}

/// Hands the PIN in.
pub(super) fn verify(brand: &RegistryId, pin: &Pin) -> Request {
    let body = json!({"otpPin": pin.as_str()});
    Request {
        about: Some(brand.clone()),
        ..request::request(Kind::Pin, "PUT", path(BRANDS, brand.as_str(), OTP), body)
    }
}

impl Telnyx {
    /// The answer is only a yes or a no.
    pub(super) async fn hand_in(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<Reading, RegistryError> {
        let Some(id) = &request.about else {
            return Err(call.refused("the request does not say what it is about"));
        };
        let answer = self.wire.send(call, body(&request.body)).await?;
        let accepted = answer.yes(call);
        accepted.map_err(|error| error.without(text(&request.body, "otpPin")))?;
        Ok(Reading {
            id: id.clone(),
            verdict: Some(Verdict::Approved),
            status: "verified".to_owned(),
            response: answer.kept(),
        })
    }

    /// A PIN that is under way, or was handed in. One that was not delivered or
    /// is over is as good as none: another message costs nothing.
    pub(super) async fn find_otp(
        &self,
        brand: &RegistryId,
    ) -> Result<Option<Reading>, RegistryError> {
        let found = self.latest(Kind::Otp, brand).await?;
        Ok(found.filter(|reading| reading.verdict == Some(Verdict::Approved)))
    }

    /// Whether a PIN was accepted.
    pub(super) async fn find_pin(
        &self,
        brand: &RegistryId,
    ) -> Result<Option<Reading>, RegistryError> {
        let found = self.latest(Kind::Pin, brand).await?;
        Ok(found.filter(|reading| reading.verdict.is_some()))
    }

    /// The brand's latest PIN; none if none was ever sent.
    async fn latest(
        &self,
        kind: Kind,
        brand: &RegistryId,
    ) -> Result<Option<Reading>, RegistryError> {
        let call = Self::question(Kind::Pin, brand);
        let answer = self.wire.send(&call, None).await?;
        if answer.is_nothing() {
            return Ok(None);
        }
        read(&call, kind, answer.json(&call)?).map(Some)
    }
}

/// Telnyx SDK: `BrandSMSOtpStatus`; and the answer to the trigger, which has
/// only the ids. The message on its way is all that is asked for here.
pub(super) fn sent(answer: &Value) -> (String, Option<Verdict>) {
    let delivery = text(answer, "deliveryStatus");
    let verdict = match delivery {
        _ if !text(answer, "verifyDate").is_empty() => Verdict::Approved,
        "EXPIRED" => Verdict::Expired,
        "FAILED" => Verdict::Rejected {
            reasons: vec![super::reasons::reason(
                Kind::Otp,
                delivery.to_owned(),
                text(answer, "deliveryStatusDetails"),
                vec!["mobilePhone"],
            )],
        },
        _ => Verdict::Approved,
    };
    let status = if delivery.is_empty() {
        "sent"
    } else {
        delivery
    };
    (status.to_owned(), Some(verdict))
}

/// Whether the PIN was handed in (Telnyx SDK: `verifyDate`).
pub(super) fn handed_in(answer: &Value) -> (String, Option<Verdict>) {
    if text(answer, "verifyDate").is_empty() {
        return (text(answer, "deliveryStatus").to_owned(), None);
    }
    ("verified".to_owned(), Some(Verdict::Approved))
}

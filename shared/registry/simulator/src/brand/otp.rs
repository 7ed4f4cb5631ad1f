//! The PIN of a sole proprietor: sent, handed in, read (Telnyx SDK:
//! `triggerSMSOtp`, `verifySMSOtp`, `BrandSMSOtpStatus`).

use std::time::Duration;

use serde_json::{Value, json};

use super::Standing;
use crate::fields::{Check, Fields, text};
use crate::outcome::is_reached;
use crate::refusal::{BAD_REQUEST, NOT_A_PERSON, PIN_EXPIRED, PIN_WRONG, Refusal};
use crate::store::Store;

/// What stands for the PIN in the text.
const PLACE: &str = "@OTP_PIN@";

/// A PIN on its way, or handed in.
#[derive(Debug)]
pub(crate) struct Otp {
    pub(crate) reference: String,
    pin: String,
    /// The text message.
    message: String,
    sent: Duration,
    verified: Option<Duration>,
}

impl Store {
    /// POST /10dlc/brand/{brandId}/smsOtp. A new PIN takes the place of the one
    /// before.
    pub(crate) fn trigger_otp(
        &mut self,
        id: &str,
        now: Duration,
        sent: &Fields,
    ) -> Result<Value, Refusal> {
        self.person(id)?;
        let mut check = Check::of(sent);
        check.required(&["pinSms", "successSms"]);
        if text(sent, "pinSms").is_some_and(|message| !message.contains(PLACE)) {
            check.wrong(BAD_REQUEST, "pinSms", "pinSms must hold @OTP_PIN@.");
        }
        check.done()?;
        let brand = self.registered(id)?;
        let (subject, nth) = (brand.subject.clone(), brand.otps);
        let mut rng = self.rng("otp", &subject, nth);
        let pin = format!("{:06}", rng.u32(0..1_000_000));
        let reference = format!("OTP{:08X}", rng.u32(..));
        let message = text(sent, "pinSms").unwrap_or_default();
        let otp = Otp {
            reference: reference.clone(),
            message: message.replace(PLACE, &pin),
            pin,
            sent: now,
            verified: None,
        };
        if let Some(brand) = self.brands.get_mut(id) {
            brand.otps += 1;
            if let Some(before) = brand.otp.replace(otp) {
                self.by_otp.remove(&before.reference);
            }
        }
        self.by_otp.insert(reference.clone(), id.to_owned());
        Ok(json!({"brandId": id, "referenceId": reference}))
    }

    /// PUT /10dlc/brand/{brandId}/smsOtp.
    pub(crate) fn verify_otp(
        &mut self,
        id: &str,
        now: Duration,
        sent: &Fields,
    ) -> Result<(), Refusal> {
        self.person(id)?;
        let mut check = Check::of(sent);
        check.required(&["otpPin"]);
        check.done()?;
        let lives = self.settings.pin_lives;
        let otp = self.brands.get_mut(id).and_then(|brand| brand.otp.as_mut());
        let Some(otp) = otp.filter(|otp| now < otp.sent + lives) else {
            let detail = "No PIN was sent, or it has expired: have a new one sent.";
            return Err(Refusal::rule(PIN_EXPIRED, "otpPin", detail));
        };
        if otp.verified.is_some() {
            let detail = "The PIN was handed in already.";
            return Err(Refusal::rule(PIN_EXPIRED, "otpPin", detail));
        }
        if text(sent, "otpPin") != Some(otp.pin.as_str()) {
            let detail = "This is not the PIN that was sent.";
            return Err(Refusal::rule(PIN_WRONG, "otpPin", detail));
        }
        otp.verified = Some(now);
        self.force_brand(
            id,
            now,
            Standing::new("OK", "VERIFIED", "BRAND_OTP_VERIFIED"),
        );
        Ok(())
    }

    /// GET /10dlc/brand/{brandId}/smsOtp.
    pub(crate) fn otp_of_brand(&self, id: &str, now: Duration) -> Result<Value, Refusal> {
        let brand = self.brand(id)?;
        let otp = brand.otp.as_ref();
        let otp = otp.ok_or_else(|| Refusal::not_found("OTP"))?;
        let phone = text(&brand.fields, "mobilePhone").unwrap_or_default();
        let is_over = now >= otp.sent + self.settings.pin_lives;
        let status = match is_reached(phone) {
            false => "FAILED",
            true if is_over && otp.verified.is_none() => "EXPIRED",
            true => "DELIVERED_HANDSET",
        };
        let mut answer = json!({
            "brandId": id,
            "referenceId": otp.reference,
            "mobilePhone": phone,
            "requestDate": self.written(otp.sent),
            "deliveryStatus": status,
            "deliveryStatusDate": self.written(otp.sent),
        });
        if let (Some(verified), Some(answer)) = (otp.verified, answer.as_object_mut()) {
            answer.insert("verifyDate".to_owned(), json!(self.written(verified)));
        }
        Ok(answer)
    }

    /// GET /10dlc/brand/smsOtp/{referenceId}.
    pub(crate) fn otp_by_reference(
        &self,
        reference: &str,
        now: Duration,
    ) -> Result<Value, Refusal> {
        let id = self.by_otp.get(reference);
        let id = id.ok_or_else(|| Refusal::not_found("OTP"))?;
        self.otp_of_brand(id, now)
    }

    /// What the person reads on the phone: the PIN, and the message with it.
    pub(crate) fn text_message(&self, id: &str) -> Option<(String, String)> {
        let otp = self.brands.get(id)?.otp.as_ref()?;
        Some((otp.pin.clone(), otp.message.clone()))
    }

    fn person(&self, id: &str) -> Result<(), Refusal> {
        if text(&self.brand(id)?.fields, "entityType") == Some("SOLE_PROPRIETOR") {
            return Ok(());
        }
        let detail = "Only a brand of entityType SOLE_PROPRIETOR has a PIN.";
        Err(Refusal::rule(NOT_A_PERSON, "brandId", detail))
    }
}

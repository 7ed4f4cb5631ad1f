//! The PIN that a sole proprietor gets by SMS: handing it in, and asking for
//! another.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use registration::facts::{Stands, Subject};
use registration::sequence::{Pending, Waits};
use registration::{Fact, Pin, RegistrationId, Status, Step};

use crate::Platform;
use crate::allowance::{Allowance, Use, UsedUp};
use crate::case::{Author, Case, CaseError};
use crate::decide::{self, Decision, Undecided};

/// A PIN that was not taken. Nothing is stored, nothing is sent.
#[derive(Debug, thiserror::Error)]
pub enum OtpError {
    /// No PIN is awaited.
    #[error("the registration is {0}: no PIN is awaited")]
    NotAwaited(Status),
    /// The SMS is too old.
    #[error("the PIN has expired: ask for another SMS")]
    Expired,
    /// So many were asked for that no more are sent for a time.
    #[error(
        "this mobile phone has been sent as many further SMS as it may get in a day: another one \
         is possible from {from:.0} on"
    )]
    TooMany {
        /// When the next one is possible.
        from: Timestamp,
        /// How long that is from now.
        wait: Duration,
    },
    /// It was not recorded.
    #[error(transparent)]
    Undecided(#[from] Undecided),
}

/// Hands in the PIN that came by SMS, or without one asks for another SMS.
pub async fn otp(
    platform: &Platform,
    id: &RegistrationId,
    author: &Author,
    pin: Option<&Pin>,
) -> Result<Case, OtpError> {
    let sms = Use::default();
    decide::decide(platform, id, author, &Otp { pin, sms }).await
}

struct Otp<'a> {
    pin: Option<&'a Pin>,
    sms: Use,
}

impl Otp<'_> {
    async fn allow(&self, platform: &Platform, case: &Case) -> Result<(), OtpError> {
        let Subject::Business { order } = case.facts.subject() else {
            return Ok(());
        };
        let brand = order.brand.new_part();
        let Some(phone) = brand.and_then(|brand| brand.mobile_phone.as_ref()) else {
            return Ok(());
        };
        let used = self.sms.of(&Allowance::sms(phone), platform).await;
        let used = used.map_err(|error| Undecided::from(CaseError::from(error)))?;
        used.map_err(|UsedUp { from, wait }| OtpError::TooMany { from, wait })
    }
}

#[async_trait]
impl Decision for Otp<'_> {
    type Refusal = OtpError;

    async fn facts(&self, platform: &Platform, case: &Case) -> Result<Vec<Fact>, OtpError> {
        let Some(Pending {
            step: Step::Pin,
            waits: Waits::Pin { until },
            ..
        }) = case.pending()
        else {
            return Err(OtpError::NotAwaited(Status::of(&case.facts)));
        };
        let Some(pin) = self.pin else {
            self.allow(platform, case).await?;
            let round = case.facts.step(Step::Otp).round.next();
            let step = Step::Otp;
            return Ok(vec![Fact::Retried { step, round }]);
        };
        if until.is_none_or(|until| until <= platform.clock.now()) {
            return Err(OtpError::Expired);
        }
        let known = case.facts.step(Step::Pin);
        let is_new = known.stands == Stands::Untried && case.facts.given_pin().is_none();
        let round = match is_new {
            true => known.round,
            false => known.round.next(),
        };
        let pin = pin.clone();
        Ok(vec![Fact::PinReceived { round, pin }])
    }
}

//! The PIN that a sole proprietor gets by SMS: handing it in, and asking for
//! another.

use async_trait::async_trait;
use registration::facts::Stands;
use registration::sequence::{Pending, Waits};
use registration::{Fact, Pin, RegistrationId, Status, Step};

use crate::Platform;
use crate::case::{Author, Case};
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
    decide::decide(platform, id, author, &Otp { pin }).await
}

struct Otp<'a> {
    pin: Option<&'a Pin>,
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

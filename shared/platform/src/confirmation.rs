//! The e-mail that a public company confirms its brand by: asking for another one.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use registration::sequence::{Pending, Waits};
use registration::{Fact, RegistrationId, Status, Step};

use crate::Platform;
use crate::allowance::{Allowance, Use, UsedUp};
use crate::case::{Author, Case, CaseError};
use crate::decide::{self, Decision, Undecided};

/// An e-mail that is not sent again. Nothing is stored.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmationError {
    /// No link is to be followed.
    #[error("the registration is {0}: no confirmation by e-mail is awaited")]
    NotAwaited(Status),
    /// So many were asked for that no more are sent for a time.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// It was not recorded.
    #[error(transparent)]
    Undecided(#[from] Undecided),
}

/// An address that gets no more e-mails for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this mail address has been sent as many further e-mails as it may get in a day: another one \
     is possible from {from:.0} on"
)]
pub struct TooMany {
    /// When the next one is possible.
    pub from: Timestamp,
    /// How long that is from now.
    pub wait: Duration,
}

/// Asks for another e-mail.
pub async fn confirmation(
    platform: &Platform,
    id: &RegistrationId,
    author: &Author,
) -> Result<Case, ConfirmationError> {
    decide::decide(platform, id, author, &Again(Use::default())).await
}

struct Again(Use);

#[async_trait]
impl Decision for Again {
    type Refusal = ConfirmationError;

    async fn facts(
        &self,
        platform: &Platform,
        case: &Case,
    ) -> Result<Vec<Fact>, ConfirmationError> {
        // One that was asked for and is not sent yet is enough.
        let Some(Pending {
            round,
            waits: Waits::Confirmation { .. },
            ..
        }) = case.pending()
        else {
            return Err(ConfirmationError::NotAwaited(Status::of(&case.facts)));
        };
        if let Some(address) = case.facts.confirmation_address() {
            allow(&self.0, platform, &Allowance::mail(address)).await??;
        }
        let (step, round) = (Step::Confirmation, round.next());
        Ok(vec![Fact::Retried { step, round }])
    }
}

/// Uses the allowance of an address for one e-mail.
pub(crate) async fn allow(
    mail: &Use,
    platform: &Platform,
    allowance: &Allowance,
) -> Result<Result<(), TooMany>, Undecided> {
    let used = mail.of(allowance, platform).await;
    let used = used.map_err(CaseError::from)?;
    Ok(used.map_err(|UsedUp { from, wait }| TooMany { from, wait }))
}

//! How a registration is cancelled: what was not sent is not sent any more, and
//! what the registry has is withdrawn, by the second sequence
//! ([`registration::sequence::offboarding`]).

use async_trait::async_trait;
use registration::{Fact, RegistrationId};

use crate::Platform;
use crate::case::{Author, Case};
use crate::decide::{self, Decision, Undecided};

/// A registration that was not cancelled. Nothing is stored, nothing is sent.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// A number goes with its order.
    #[error("a number is cancelled with its order: cancel {0}")]
    OfAnOrder(RegistrationId),
    /// It was not recorded.
    #[error(transparent)]
    Undecided(#[from] Undecided),
}

/// Cancels an order. One that is cancelled already stays so. `keep_brand`: the
/// brand stays at the registry.
pub async fn cancel(
    platform: &Platform,
    id: &RegistrationId,
    author: &Author,
    keep_brand: bool,
) -> Result<Case, CancelError> {
    if let Some(order) = id.parent() {
        return Err(CancelError::OfAnOrder(order));
    }
    decide::decide(platform, id, author, &Cancel { keep_brand }).await
}

struct Cancel {
    keep_brand: bool,
}

#[async_trait]
impl Decision for Cancel {
    type Refusal = CancelError;

    async fn facts(&self, _platform: &Platform, case: &Case) -> Result<Vec<Fact>, CancelError> {
        let keep_brand = self.keep_brand;
        Ok(match case.facts.cancelled() {
            true => Vec::new(),
            false => vec![Fact::Cancelled { keep_brand }],
        })
    }
}

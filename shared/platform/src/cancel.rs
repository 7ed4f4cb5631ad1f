//! How a registration is cancelled: what was not sent is not sent any more, and
//! what the registry has is withdrawn, by the second sequence
//! ([`registration::sequence::offboarding`]). One number may be cancelled by itself;
//! its order goes on without it.

use std::time::Duration;

use async_trait::async_trait;
use registration::facts::Subject;
use registration::{Fact, RegistrationId};
use tracing::error;

use crate::Platform;
use crate::case::{Author, Case, CaseError};
use crate::decide::{self, Decision, Undecided};
use crate::numbers;
use crate::queue::Outgoing;

/// Cancels an order, or one number by itself. One that is cancelled already stays
/// so. `keep_brand`: the brand of an order stays at the registry; brand and campaign
/// of a number stay whatever this says.
pub async fn cancel(
    platform: &Platform,
    id: &RegistrationId,
    author: &Author,
    keep_brand: bool,
) -> Result<Case, Undecided> {
    let case = decide::decide(platform, id, author, &Cancel { keep_brand }).await?;
    let waking = numbers::waking(platform, &case, &author.trace).await;
    if let Some(message) = waking.map_err(CaseError::from)? {
        let delay = Duration::ZERO;
        if let Err(error) = platform.queue.send(&[Outgoing { message, delay }]).await {
            error!(registration = %id, %error, "stored, and its order is left to the sweep");
        }
    }
    Ok(case)
}

struct Cancel {
    keep_brand: bool,
}

#[async_trait]
impl Decision for Cancel {
    type Refusal = Undecided;

    async fn facts(&self, _platform: &Platform, case: &Case) -> Result<Vec<Fact>, Undecided> {
        let alone = matches!(case.facts.subject(), Subject::Number { .. });
        let keep_brand = alone || self.keep_brand;
        Ok(match case.facts.cancelled() {
            true => Vec::new(),
            false => vec![Fact::Cancelled { keep_brand, alone }],
        })
    }
}

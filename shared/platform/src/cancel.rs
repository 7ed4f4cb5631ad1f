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
use crate::dependents::{self, Dependent};
use crate::numbers;
use crate::queue::Outgoing;
use crate::telemetry::chain;

/// How an order is cancelled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct How {
    /// The brand of an order stays at the registry; brand and campaign of a number stay
    /// whatever this says.
    pub keep_brand: bool,
    /// The orders that stand on its brand or campaign are cancelled too: those of its
    /// own account, or where an operator decides all of them. Without it what they
    /// stand on stays, and is withdrawn with the last of them.
    pub with_dependents: bool,
}

/// What a cancellation has to do with other orders.
#[derive(Debug)]
pub struct Cancelled {
    /// The registration as it is now.
    pub case: Case,
    /// The orders that were cancelled with it, or that its brand or campaign stays for.
    pub dependents: Vec<Dependent>,
}

/// The orders that stand on what a cancellation would withdraw, before anything is
/// cancelled.
pub async fn dependents(
    platform: &Platform,
    id: &RegistrationId,
    how: How,
) -> Result<Vec<Dependent>, CaseError> {
    let case = Case::load(&*platform.store, id).await?;
    dependents::of(platform, &case, how.keep_brand).await
}

/// Cancels an order, or one number by itself. One that is cancelled already stays
/// so.
pub async fn cancel(
    platform: &Platform,
    id: &RegistrationId,
    author: &Author,
    how: How,
) -> Result<Cancelled, Undecided> {
    let case = Case::load(&*platform.store, id).await?;
    let dependents = dependents::of(platform, &case, how.keep_brand).await?;
    // They first: whoever dies in between finds them again through this one.
    for dependent in &dependents {
        let is_own = dependent.account == *case.facts.account();
        if how.with_dependents && (is_own || author.actor.is_operator()) {
            one(platform, &dependent.registration, author, true).await?;
        }
    }
    let case = one(platform, id, author, how.keep_brand).await?;
    Ok(Cancelled { case, dependents })
}

async fn one(
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
            error!(registration = %id, error = %chain(&error), "stored, and its order is left to the sweep");
        }
    }
    dependents::release(platform, author, &case).await;
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

//! How a person's decision becomes facts: read, decide, record, send. Whoever
//! loses a race decides again.

use std::time::Duration;

use async_trait::async_trait;
use registration::sequence::Waits;
use registration::{Fact, RegistrationId};
use tracing::error;

use crate::Platform;
use crate::case::{Author, Case, CaseError};
use crate::message::Cause;
use crate::planted::{self, Bug};
use crate::queue::Outgoing;
use crate::store::StoreError;
use crate::telemetry::chain;

/// How often a lost race is decided again.
const RACES: usize = 5;

/// A decision that was not recorded. Nothing is stored, nothing is sent.
#[derive(Debug, thiserror::Error)]
pub enum Undecided {
    /// The history could not be read or added to.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// Others were faster every time.
    #[error("others wrote to {0} every time we tried: look at it again, then decide again")]
    Outrun(RegistrationId),
}

/// What a person decides of a registration.
#[async_trait]
pub trait Decision: Sync {
    /// Why it cannot be decided so.
    type Refusal: From<Undecided>;

    /// The facts that follow from it. None: it was decided so before.
    async fn facts(&self, platform: &Platform, case: &Case) -> Result<Vec<Fact>, Self::Refusal>;
}

/// Records what a decision makes of the case, and sends what is pending then. Of
/// one that was decided before, only what that left undone is done.
pub async fn decide<D: Decision>(
    platform: &Platform,
    id: &RegistrationId,
    author: &Author,
    decision: &D,
) -> Result<Case, D::Refusal> {
    let failed = |error: CaseError| D::Refusal::from(Undecided::from(error));
    for _ in 0..RACES {
        let case = Case::load(&*platform.store, id).await;
        let mut case = case.map_err(failed)?;
        let facts = decision.facts(platform, &case).await?;
        if facts.is_empty() {
            bring_up(platform, &case).await.map_err(failed)?;
            return Ok(case);
        }
        match case.record(platform, author, facts).await {
            Ok(()) => {}
            Err(CaseError::Store(StoreError::Taken { .. })) if planted::is(Bug::AmendmentLost) => {}
            Err(CaseError::Store(StoreError::Taken { .. })) => continue,
            Err(error) => return Err(failed(error)),
        }
        send(platform, &case).await;
        return Ok(case);
    }
    Err(Undecided::Outrun(id.clone()).into())
}

/// A decision that died between its event and its row has left a row that nobody
/// is due to look at. Whoever decides the same again finishes the first one.
pub async fn bring_up(platform: &Platform, case: &Case) -> Result<(), CaseError> {
    let row = platform.store.row(&case.id).await?;
    let waits = case.pending().map(|pending| pending.waits);
    if row.is_none_or(|row| row.seq < case.facts.seq()) && waits == Some(Waits::Submission) {
        platform.store.project(&case.last_row(platform)).await?;
        send(platform, case).await;
    }
    Ok(())
}

/// Sends the message for what is pending now. A failure is only logged: the
/// fact is stored, so the sweep finds that nothing moves and carries it on.
pub(crate) async fn send(platform: &Platform, case: &Case) {
    let now = platform.clock.now();
    let is_ours = case.pending().is_some_and(|pending| match pending.waits {
        Waits::Submission => true,
        Waits::Retry { at } | Waits::Rule { until: at } => at <= now,
        _ => false,
    });
    let Some(message) = case.next_message(Cause::Next).filter(|_| is_ours) else {
        return;
    };
    let outgoing = Outgoing {
        message,
        delay: Duration::ZERO,
    };
    if let Err(error) = platform.queue.send(&[outgoing]).await {
        error!(registration = %case.id, error = %chain(&error), "stored, and left to the sweep");
    }
}

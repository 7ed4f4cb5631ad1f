//! How a person lets a step run again.
//!
//! A parked step goes on in the same round: the same submission, with its
//! attempts counted anew. What the registry has decided against is over in its
//! round: the next one is a new submission, and costs a new fee.

use std::time::Duration;

use registration::facts::Stands;
use registration::sequence::{Pending, Waits};
use registration::{Fact, RegistrationId, Round, Status, Step};
use tracing::{error, info};

use crate::Platform;
use crate::case::{Author, Case, CaseError};
use crate::message::Cause;
use crate::queue::Outgoing;
use crate::store::StoreError;

/// How often a lost race is decided again.
const RACES: usize = 5;

/// What runs again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retried {
    /// The step.
    pub step: Step,
    /// The round it goes on in.
    pub round: Round,
}

/// A step that was not let run again. Nothing is stored, nothing is sent.
#[derive(Debug, thiserror::Error)]
pub enum RetryError {
    /// Nothing waits for a person.
    #[error("the registration is {0}: only a parked or rejected one can be retried")]
    NotStopped(Status),
    /// Every number of the order was refused, and each has ended by itself.
    #[error("all numbers were refused: retry the numbers, each under its own id")]
    NumbersRefused,
    /// The history could not be read or added to.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// Others were faster every time.
    #[error("others wrote to {0} every time we tried: look at it again, then retry")]
    Outrun(RegistrationId),
}

/// Lets the stopped step of a registration run again, in the name of `author`.
pub async fn retry(
    platform: &Platform,
    id: &RegistrationId,
    author: &Author,
) -> Result<Retried, RetryError> {
    for _ in 0..RACES {
        let mut case = Case::load(&*platform.store, id).await?;
        let Retried { step, round } = match stopped(&case) {
            Ok(stopped) => stopped,
            Err(error) => {
                bring_up(platform, &case).await?;
                return Err(error);
            }
        };
        match case
            .record(platform, author, vec![Fact::Retried { step, round }])
            .await
        {
            Ok(()) => {}
            Err(CaseError::Store(StoreError::Taken { .. })) => continue,
            Err(error) => return Err(error.into()),
        }
        info!(registration = %id, %step, %round, "retried");
        send(platform, &case).await;
        return Ok(Retried { step, round });
    }
    Err(RetryError::Outrun(id.clone()))
}

/// The step that waits for a person, and the round it may go on in.
fn stopped(case: &Case) -> Result<Retried, RetryError> {
    let Some(Pending {
        step,
        round,
        waits: Waits::Correction { .. } | Waits::Person { .. },
    }) = case.pending()
    else {
        return Err(RetryError::NotStopped(Status::of(&case.facts)));
    };
    match case.facts.step(step).stands {
        // Another round would count the same numbers as open again, and none
        // of them would end a second time.
        Stands::Decided { .. } if step == Step::Numbers => Err(RetryError::NumbersRefused),
        Stands::Decided { .. } => Ok(Retried {
            step,
            round: round.next(),
        }),
        _ => Ok(Retried { step, round }),
    }
}

/// A retry that died between its event and its row has left a row that nobody
/// is due to look at. Whoever asks for a retry again finishes the first one.
async fn bring_up(platform: &Platform, case: &Case) -> Result<(), CaseError> {
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
async fn send(platform: &Platform, case: &Case) {
    let Some(message) = case.next_message(Cause::Next) else {
        return;
    };
    let outgoing = Outgoing {
        message,
        delay: Duration::ZERO,
    };
    if let Err(error) = platform.queue.send(&[outgoing]).await {
        error!(registration = %case.id, %error, "retried, and left to the sweep");
    }
}

//! How an operator gives dead letters another chance, once what killed them is
//! put right.
//!
//! Each letter is, in this order: taken, sent to its queue as a new message,
//! recorded in its history, and only then removed. Whoever dies on the way leaves
//! the letter where it was, to be redriven again; a message sent twice does no
//! harm. So nothing is lost, and no history tells of what did not happen.

use std::time::Duration;

use registration::sequence::Waits;
use registration::{Fact, RegistrationId, Step};
use tracing::info;

use crate::case::{Author, Case, CaseError};
use crate::message::Message;
use crate::queue::{Dead, Outgoing, QueueError};
use crate::store::StoreError;
use crate::{Platform, queue::Receipt};

/// The most dead letters of one call.
pub const MOST: usize = 1_000;

/// How long a taken letter is hidden; one that is left comes again after it.
const HIDDEN: Duration = Duration::from_secs(60);

/// How long the next letter is waited for: a queue of many servers may not show
/// it at once.
const LOOK: Duration = Duration::from_secs(2);

/// Letters that are taken at once.
const TOGETHER: usize = 10;

/// How often a lost race is recorded again.
const RACES: usize = 5;

/// What became of the letters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redriven {
    /// Back in their queue.
    pub back: Vec<Back>,
    /// Left where they are, and why.
    pub left: Vec<String>,
}

/// One that is back in its queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Back {
    /// Whose.
    pub registration: RegistrationId,
    /// The step it asks for.
    pub step: Step,
    /// Whether the registration waits for a person, so that it takes a retry
    /// for the message to move anything.
    pub stopped: bool,
}

/// Letters that could not be taken or put back. None is lost.
#[derive(Debug, thiserror::Error)]
pub enum RedriveError {
    /// The queue failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The history could not be read or added to.
    #[error(transparent)]
    Case(#[from] CaseError),
}

/// Puts up to `most` (at most [`MOST`]) dead letters of a function's queue back
/// into it, in the name of `author`.
pub async fn redrive(
    platform: &Platform,
    function: &str,
    most: usize,
    author: &Author,
) -> Result<Redriven, RedriveError> {
    let (mut redriven, mut seen) = (Redriven::default(), 0);
    let most = most.min(MOST);
    while seen < most {
        let some = TOGETHER.min(most - seen);
        let letters = platform.queue.take_dead(function, some, HIDDEN, LOOK);
        let letters = letters.await?;
        if letters.is_empty() {
            break;
        }
        seen += letters.len();
        for letter in letters {
            match one(platform, letter, author).await? {
                Ok(back) => redriven.back.push(back),
                Err(why) => redriven.left.push(why),
            }
        }
    }
    Ok(redriven)
}

/// One letter; or why it is left.
async fn one(
    platform: &Platform,
    Dead { message, receipt }: Dead,
    author: &Author,
) -> Result<Result<Back, String>, RedriveError> {
    let message = match message {
        Ok(message) => message,
        Err(error) => return Ok(Err(format!("a letter that cannot be read: {error}"))),
    };
    match put_back(platform, message, &receipt, author).await {
        Ok(back) => Ok(Ok(back)),
        // Only these are about the one letter, and not about the store.
        Err(RedriveError::Case(
            error @ (CaseError::Unknown(_)
            | CaseError::Unreadable { .. }
            | CaseError::Unfoldable { .. }
            | CaseError::Store(StoreError::Taken { .. })),
        )) => Ok(Err(error.to_string())),
        Err(error) => Err(error),
    }
}

async fn put_back(
    platform: &Platform,
    message: Message,
    receipt: &Receipt,
    author: &Author,
) -> Result<Back, RedriveError> {
    let (id, step, round) = (message.registration.clone(), message.step, message.round);
    let mut case = Case::load(&*platform.store, &id).await?;
    let outgoing = Outgoing {
        message,
        delay: Duration::ZERO,
    };
    platform.queue.send(&[outgoing]).await?;
    for race in 1.. {
        let fact = Fact::Redriven { step, round };
        match case.record(platform, author, vec![fact]).await {
            Err(CaseError::Store(StoreError::Taken { .. })) if race < RACES => {
                case = Case::load(&*platform.store, &id).await?;
            }
            recorded => {
                recorded?;
                break;
            }
        }
    }
    platform.queue.acknowledge(receipt).await?;
    info!(registration = %id, %step, %round, "redriven");
    let waits = case.pending().map(|pending| pending.waits);
    Ok(Back {
        registration: id,
        step,
        stopped: matches!(waits, Some(Waits::Person { .. } | Waits::Correction { .. })),
    })
}

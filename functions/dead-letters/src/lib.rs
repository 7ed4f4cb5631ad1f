//! dead-letters: what was received too often and never finished goes into the
//! history, so that nothing ends silently in a queue.
//!
//! 1. Read which registration the message is about, even where the rest of it
//!    cannot be read.
//! 2. Record that it is dead. If the registration waits for just this message,
//!    park it as well: the sweep would send the same poison again and again. A
//!    person looks, and lets it run again. A callback is given up for the same reason.
//!
//! What names no registration of ours has no history to go into. It is logged,
//! counted, and left where it is: in the dead-letter queue, whose alarm stays on
//! until a person has looked at it and taken it out.

use platform::callback::FUNCTION;
use platform::case::{Author, CaseError};
use platform::message::Cause;
use platform::queue::MAX_RECEIVES;
use platform::store::StoreError;
use platform::{Case, Message, Platform};
use registration::sequence::Waits;
use registration::{Actor, Fact, RegistrationId, Round, Step, TraceId};
use serde_json::Value;
use tracing::{info, warn};

/// Dead letters that one history keeps; more are logged only.
pub const MOST: u32 = 50;

/// How often a lost race is run again.
const RACES: usize = 5;

/// What became of a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It is in the history, and the registration waits for a person.
    Parked,
    /// It is in the history. The registration has moved on without it.
    Recorded,
    /// The history has enough of them.
    TooMany,
}

/// A dead letter that is in no history. It stays in its queue.
#[derive(Debug, thiserror::Error)]
pub enum DeadLetterError {
    /// It names no registration.
    #[error("the dead letter names no registration: look at it in its queue, then take it out")]
    Nameless,
    /// The history could not be read or added to.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// Others were faster every time.
    #[error("others wrote to {0} every time we tried: the dead letter will come again")]
    Outrun(RegistrationId),
}

/// What can be read of a message.
struct Letter {
    registration: RegistrationId,
    asked: Option<(Step, Round)>,
    /// Whether it asked for a callback.
    callback: bool,
    trace: Option<TraceId>,
}

/// Puts a dead letter into its history. `receives`: how often it was received,
/// as far as its queue knows.
pub async fn put(platform: &Platform, body: &str, receives: u32) -> Result<Put, DeadLetterError> {
    let letter = read(body).ok_or(DeadLetterError::Nameless)?;
    let trace = letter.trace.clone();
    let author = Author {
        actor: Actor::function("dead-letters"),
        trace: trace.unwrap_or_else(|| TraceId::new((platform.random)())),
    };
    for _ in 0..RACES {
        let mut case = Case::load(&*platform.store, &letter.registration).await?;
        if case.facts.dead_letters() >= MOST {
            warn!(registration = %case.id, "a dead letter, not kept: too many");
            return Ok(Put::TooMany);
        }
        let (facts, put) = facts(&case, &letter, receives.max(MAX_RECEIVES));
        match case.record(platform, &author, facts).await {
            Ok(()) => {
                info!(registration = %case.id, ?put, "dead letter");
                return Ok(put);
            }
            Err(CaseError::Store(StoreError::Taken { .. })) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(DeadLetterError::Outrun(letter.registration))
}

fn read(body: &str) -> Option<Letter> {
    if let Ok(message) = Message::read(body) {
        let callback = message.cause == Cause::Callback;
        return Some(Letter {
            registration: message.registration,
            asked: (!callback).then_some((message.step, message.round)),
            callback,
            trace: Some(message.trace),
        });
    }
    let value: Value = serde_json::from_str(body).ok()?;
    let registration = RegistrationId::parse(value.get("registration")?.as_str()?).ok()?;
    Some(Letter {
        registration,
        asked: None,
        callback: false,
        trace: None,
    })
}

fn facts(case: &Case, letter: &Letter, receives: u32) -> (Vec<Fact>, Put) {
    let (step, round) = letter.asked.unzip();
    let dead = Fact::DeadLettered {
        step,
        round,
        receives,
    };
    if letter.callback {
        let abandoned = abandoned(case, receives);
        return ([dead].into_iter().chain(abandoned).collect(), Put::Recorded);
    }
    let pending = case.pending().filter(|pending| {
        let stopped = matches!(
            pending.waits,
            Waits::Person { .. } | Waits::Correction { .. }
        );
        letter.asked == Some((pending.step, pending.round)) && !stopped
    });
    let Some(pending) = pending else {
        return (vec![dead], Put::Recorded);
    };
    let reason = format!(
        "its message was received {receives} times and never finished: \
         look into the log of {}, then retry",
        pending.step.function()
    );
    let parked = Fact::Parked {
        step: pending.step,
        round: pending.round,
        reason,
    };
    (vec![dead, parked], Put::Parked)
}

/// The callback that its message could not deliver, if it is still undelivered.
fn abandoned(case: &Case, receives: u32) -> Option<Fact> {
    let oldest = case.facts.callback()?;
    Some(Fact::CallbackAbandoned {
        seq: oldest.seq,
        attempts: oldest.attempts,
        reason: format!(
            "its message was received {receives} times and never finished: \
             look into the log of {FUNCTION}"
        ),
    })
}

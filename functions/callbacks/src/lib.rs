//! callbacks: tells accounts what has changed.
//!
//! 1. Load the history. The oldest undelivered change whose time has come is the
//!    one to tell; no other is told before it.
//! 2. Call the account's address once, signed by the Standard Webhooks scheme.
//! 3. Record what came of it: delivered, to be tried again, or given up. Then the
//!    next one.
//!
//! A crash between the call and its record makes the same call again, under the
//! same `webhook-id` and with the same body: receivers drop what they have seen.
//!
//! * `body`: what is told;
//! * `post`: one call, and what becomes of it. Names resolve to public addresses only
//!   ([`pages::Public`]).

mod body;
mod post;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use platform::callback::{self, CallbackFunction};
use platform::case::{Author, CaseError};
use platform::message::Cause;
use platform::planted::{self, Bug};
use platform::queue::{Outgoing, QueueError};
use platform::store::StoreError;
use platform::{Case, Message, Platform};
use registration::callback::{Allowed, Undelivered};
use registration::chain::StoredEvent;
use registration::patience::later;
use registration::{Actor, Fact, RegistrationId};
use tracing::{info, warn};

pub use post::{Carrier, NotTaken};

/// The longest that one call may take, where the function has time for it.
pub const LONGEST_CALL: Duration = Duration::from_secs(10);

/// Callbacks of one registration that one message delivers; another message
/// brings the rest.
const MOST: usize = 10;

/// After a call that took so long the rest is left to another message, so that
/// one slow account does not use up a function's time.
const SLOW: Duration = Duration::from_secs(1);

/// How often a lost race is recorded again.
const RACES: usize = 5;

/// Calls accounts.
pub struct Callbacks {
    carrier: Arc<dyn Carrier>,
    allowed: Allowed,
}

/// The client cannot be made: the system gives no TLS.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP client for callbacks can be made")]
pub struct NoClient(#[source] reqwest::Error);

/// What one message came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Told {
    /// Changes that the account took.
    pub delivered: usize,
    /// Calls that are to be repeated.
    pub failed: usize,
    /// Changes that were given up.
    pub abandoned: usize,
}

/// A message that could not be finished. It comes again.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The history could not be read or added to.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The message for the rest could not be sent.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// What is to be told cannot be written as JSON.
    #[error("what is to be told of {registration} cannot be written")]
    Unwritable {
        /// Whose.
        registration: RegistrationId,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Others were faster every time.
    #[error("others wrote to {0} every time we tried: the message will come again")]
    Outrun(RegistrationId),
}

impl From<StoreError> for DeliveryError {
    fn from(error: StoreError) -> Self {
        Self::Case(error.into())
    }
}

impl Callbacks {
    /// Makes the client; nothing is called yet.
    pub fn new(allowed: Allowed) -> Result<Self, NoClient> {
        Self::with_timeout(allowed, LONGEST_CALL)
    }

    /// The same, with another time that one call may take.
    pub fn with_timeout(allowed: Allowed, longest_call: Duration) -> Result<Self, NoClient> {
        let client = post::client(allowed, longest_call).map_err(NoClient)?;
        Ok(Self::carried(allowed, Arc::new(client)))
    }

    /// With another way to the accounts' servers.
    pub fn carried(allowed: Allowed, carrier: Arc<dyn Carrier>) -> Self {
        Self { carrier, allowed }
    }

    /// Tells the account of a registration what is due, in order.
    pub async fn tell(
        &self,
        platform: &Platform,
        message: &Message,
    ) -> Result<Told, DeliveryError> {
        let author = Author {
            actor: Actor::function(callback::FUNCTION),
            trace: message.trace.clone(),
        };
        let mut told = Told::default();
        let begun = platform.clock.now();
        for _ in 0..MOST {
            if later(begun, SLOW) < platform.clock.now() {
                break;
            }
            let Some((fact, rest)) = self.tell_oldest(platform, message, &author).await? else {
                return Ok(told);
            };
            match fact {
                Fact::CallbackDelivered { .. } => told.delivered += 1,
                Fact::CallbackAbandoned { .. } => told.abandoned += 1,
                _ => told.failed += 1,
            }
            if rest == Rest::Nothing {
                return Ok(told);
            }
        }
        let rest = Outgoing {
            message: Message {
                cause: Cause::Callback,
                ..message.clone()
            },
            delay: Duration::ZERO,
        };
        platform.queue.send(&[rest]).await?;
        Ok(told)
    }

    /// What came of the oldest, and whether there is more to tell now; none: there is
    /// nothing to tell, or not yet.
    async fn tell_oldest(
        &self,
        platform: &Platform,
        message: &Message,
        author: &Author,
    ) -> Result<Option<(Fact, Rest)>, DeliveryError> {
        let id = &message.registration;
        let stored = platform.store.history(id).await?;
        let case = Case::open(id, stored.clone())?;
        let now = platform.clock.now();
        let Some(oldest) = due(&case, now).cloned() else {
            return Ok(None);
        };
        let oldest = match planted::is(Bug::CallbackOutOfOrder) {
            true => newest(&stored, oldest),
            false => oldest,
        };
        let fact = self.call(platform, &case, &stored, &oldest).await?;
        record(platform, case, author, &oldest, fact).await
    }

    /// Calls once.
    async fn call(
        &self,
        platform: &Platform,
        case: &Case,
        stored: &[StoredEvent],
        oldest: &Undelivered,
    ) -> Result<Fact, DeliveryError> {
        let seq = oldest.seq;
        let Some(callback) = platform.store.callback(case.facts.account()).await? else {
            return Ok(Fact::CallbackAbandoned {
                seq,
                attempts: oldest.attempts,
                reason: "the account has no callback any more".to_owned(),
            });
        };
        let news = post::News {
            id: format!("{}_{seq}", case.id),
            body: body::of(&case.id, stored, oldest)?,
        };
        let now = platform.clock.now();
        let called = post::post(&*self.carrier, self.allowed, &callback, &news, now);
        let attempt = oldest.attempts + 1;
        let error = match called.await {
            Ok(()) => {
                info!(registration = %case.id, seq, attempt, "callback delivered");
                return Ok(Fact::CallbackDelivered {
                    seq,
                    status: oldest.status,
                    attempt,
                });
            }
            Err(error) => error.to_string(),
        };
        warn!(registration = %case.id, seq, attempt, error, "callback not delivered");
        Ok(match oldest.retry_at(platform.clock.now()) {
            Some(retry_at) => Fact::CallbackFailed {
                seq,
                attempt,
                error,
                retry_at,
            },
            None => Fact::CallbackAbandoned {
                seq,
                attempts: attempt,
                reason: error,
            },
        })
    }
}

/// What is left to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// Nothing, or not yet.
    Nothing,
    /// A newer change, now.
    Newer,
}

impl Rest {
    fn of(case: &Case, now: Timestamp) -> Self {
        match due(case, now) {
            Some(_) => Self::Newer,
            None => Self::Nothing,
        }
    }
}

/// The oldest that the account is to be told, if it is time for it.
fn due(case: &Case, now: Timestamp) -> Option<&Undelivered> {
    let oldest = case.facts.callback();
    oldest.filter(|oldest| oldest.not_before <= now)
}

/// The newest in the place of the oldest: a mistake, for the simulation to find.
fn newest(stored: &[StoredEvent], oldest: Undelivered) -> Undelivered {
    let is_due = |event: &&StoredEvent| event.facts.to_string().contains("\"callback_due\"");
    let newest = stored.iter().rev().find(is_due);
    Undelivered {
        seq: newest.map_or(oldest.seq, |newest| newest.seq),
        ..oldest
    }
}

/// Adds what came of a call, whatever else has been written meanwhile. None:
/// another worker was at the same one, and its outcome stands.
async fn record(
    platform: &Platform,
    mut case: Case,
    author: &Author,
    oldest: &Undelivered,
    fact: Fact,
) -> Result<Option<(Fact, Rest)>, DeliveryError> {
    for _ in 0..RACES {
        match case.record(platform, author, vec![fact.clone()]).await {
            Ok(()) => return Ok(Some((fact, Rest::of(&case, platform.clock.now())))),
            Err(CaseError::Store(StoreError::Taken { .. })) => {}
            Err(error) => return Err(error.into()),
        }
        case = Case::load(&*platform.store, &case.id).await?;
        if case
            .facts
            .callback()
            .is_none_or(|now| now.seq != oldest.seq)
        {
            return Ok(None);
        }
    }
    Err(DeliveryError::Outrun(case.id))
}

#[async_trait]
impl CallbackFunction for Callbacks {
    async fn deliver(
        &self,
        platform: &Platform,
        message: &Message,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        self.tell(platform, message).await?;
        Ok(())
    }
}

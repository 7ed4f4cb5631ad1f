//! How an order becomes a registration, and how it is looked up.

use std::time::Duration;

use registration::{AccountId, Actor, Fact, Order, RegistrationId, TraceId};
use tracing::error;

use crate::Platform;
use crate::case::{Author, Case, CaseError};
use crate::message::Cause;
use crate::queue::Outgoing;
use crate::store::{Begun, Key};

/// What came of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A new registration.
    New(RegistrationId),
    /// The same order with the same key was here before.
    Repeated(RegistrationId),
}

/// An order that was not taken. Nothing is stored, nothing is sent.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The key came before with another body.
    #[error(
        "this Idempotency-Key was used before with another body: use a new key for a new order"
    )]
    KeyTaken,
    /// The history could not be begun.
    #[error(transparent)]
    Case(#[from] CaseError),
}

/// Stores an order and starts its first step.
pub async fn receive(
    platform: &Platform,
    account: &AccountId,
    actor: Actor,
    order: Order,
    key: Option<Key>,
    trace: TraceId,
) -> Result<Received, ReceiveError> {
    let now = platform.clock.now();
    let milliseconds = u64::try_from(now.as_millisecond()).unwrap_or_default();
    let id = RegistrationId::new(milliseconds, (platform.random)());
    let author = Author { actor, trace };
    let fact = Fact::Received {
        account: account.clone(),
        order: Box::new(order),
    };
    let (case, append) = Case::begin(platform, &id, &author, fact, now)?;
    match platform
        .store
        .begin(append, key)
        .await
        .map_err(CaseError::from)?
    {
        Begun::New | Begun::Exists => {}
        Begun::Repeated(id) => return Ok(Received::Repeated(id)),
        Begun::KeyTaken => return Err(ReceiveError::KeyTaken),
    }
    start(platform, &case).await;
    Ok(Received::New(id))
}

/// Sends the message for the first step of a new case. A failure is only
/// logged: the order is stored, so it is taken, and the sweep carries it on.
async fn start(platform: &Platform, case: &Case) {
    let Some(message) = case.next_message(Cause::Next) else {
        return;
    };
    let outgoing = Outgoing {
        message,
        delay: Duration::ZERO,
    };
    if let Err(error) = platform.queue.send(&[outgoing]).await {
        error!(registration = %case.id, %error, "received, and left to the sweep");
    }
}

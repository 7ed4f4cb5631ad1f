//! How an order becomes a registration, and how it is looked up.

use registration::{AccountId, Actor, Fact, Order, RegistrationId, TraceId};

use crate::Platform;
use crate::case::{Author, Case, CaseError};
use crate::decide;
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

/// The registration that an order with this key has become before; none if there was
/// no such order. Looked at before what an order names as registered already: that may
/// have lost its approval since, and the answer to a repetition is still the first one.
pub async fn repeated(
    platform: &Platform,
    key: &Key,
) -> Result<Option<RegistrationId>, ReceiveError> {
    match platform
        .store
        .used_key(key, platform.clock.now())
        .await
        .map_err(CaseError::from)?
    {
        Some(Begun::Repeated(id)) => Ok(Some(id)),
        Some(Begun::KeyTaken) => Err(ReceiveError::KeyTaken),
        Some(Begun::New | Begun::Exists) | None => Ok(None),
    }
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
    decide::send(platform, &case).await;
    Ok(Received::New(id))
}

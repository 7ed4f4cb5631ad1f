//! How an order becomes a registration, and how it is looked up.

use registration::preflight::{Finding, Weight};
use registration::{AccountId, Actor, Fact, Order, RegistrationId, TraceId};

use crate::Platform;
use crate::case::{Author, Case, CaseError};
use crate::claims::{self, Conflict};
use crate::decide;
use crate::planted::{self, Bug};
use crate::preflight::told;
use crate::store::{Begun, Key};

/// What came of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A new registration, and what reviewers would find.
    New(RegistrationId, Vec<Finding>),
    /// The same order with the same key was here before.
    Repeated(RegistrationId),
}

/// How often an order is looked at again after others were faster.
const RACES: usize = 5;

/// An order that was not taken. Nothing is stored, nothing is sent.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The key came before with another body.
    #[error(
        "this Idempotency-Key was used before with another body: use a new key for a new order"
    )]
    KeyTaken,
    /// Other orders have what it asks for.
    #[error("other orders have what this one asks for{}", listed(.0))]
    Kept(Vec<Conflict>),
    /// Reviewers would refuse it, and so do we by policy.
    #[error("reviewers would refuse this order: correct what is named{}", found(.0))]
    Preflight(Vec<Finding>),
    /// Others were faster every time.
    #[error("others claimed the same numbers every time we tried: send the order again")]
    Outrun,
    /// The history could not be begun.
    #[error(transparent)]
    Case(#[from] CaseError),
}

fn listed(conflicts: &[Conflict]) -> String {
    let lines = conflicts.iter();
    lines
        .map(|Conflict { pointer, kept }| format!("\n  {pointer}: {kept}"))
        .collect()
}

fn found(findings: &[Finding]) -> String {
    let errors = findings
        .iter()
        .filter(|finding| finding.weight == Weight::Error);
    let line = |finding: &Finding| format!("\n  {}: {}", finding.pointer, finding.message);
    errors.map(line).collect()
}

/// The registration that an order with this key has become before; none if there was
/// no such order. Looked at before what other orders have: that may have changed
/// since, and the answer to a repetition is still the first one.
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
        Some(Begun::New | Begun::Exists | Begun::Claimed) | None => Ok(None),
    }
}

/// Whether an order would be taken, as far as other orders are concerned.
pub async fn check(
    platform: &Platform,
    account: &AccountId,
    order: &Order,
) -> Result<(), ReceiveError> {
    let id = new_id(platform);
    let claims = claims::of_order(platform, account, &id, order).await?;
    claims.map(drop).map_err(ReceiveError::Kept)
}

/// Stores an order with what it claims, and starts its first step.
pub async fn receive(
    platform: &Platform,
    account: &AccountId,
    actor: Actor,
    order: Order,
    key: Option<Key>,
    trace: TraceId,
) -> Result<Received, ReceiveError> {
    let id = new_id(platform);
    let author = Author { actor, trace };
    let findings = platform.preflight.look(&order);
    if platform.preflight.is_refused(&findings) {
        // An order that was taken before the policy is repeated all the same.
        let before = match &key {
            Some(key) => repeated(platform, key).await?,
            None => None,
        };
        let repeated = before.map(Received::Repeated);
        return repeated.ok_or(ReceiveError::Preflight(findings));
    }
    for _ in 0..RACES {
        let claims = match claims::of_order(platform, account, &id, &order).await? {
            Ok(claims) => claims,
            Err(conflicts) => {
                // The same order at the same time has them, and is the answer to this one.
                let before = match &key {
                    Some(key) => repeated(platform, key).await?,
                    None => None,
                };
                let repeated = before.map(Received::Repeated);
                return repeated.ok_or(ReceiveError::Kept(conflicts));
            }
        };
        let received = Fact::Received {
            account: account.clone(),
            order: Box::new(order.clone()),
        };
        let facts = [received].into_iter().chain(told(&findings)).collect();
        let now = platform.clock.now();
        let (case, mut append) = Case::begin_with(platform, &id, &author, facts, now)?;
        append.claims = claims;
        let kept = key.clone().filter(|_| !planted::is(Bug::KeyForgotten));
        let stored = case.store(platform, append, kept).await;
        match stored.map_err(CaseError::from)? {
            Begun::New | Begun::Exists => {
                decide::send(platform, &case).await;
                return Ok(Received::New(id, findings));
            }
            Begun::Repeated(id) => return Ok(Received::Repeated(id)),
            Begun::KeyTaken => return Err(ReceiveError::KeyTaken),
            Begun::Claimed => {}
        }
    }
    Err(ReceiveError::Outrun)
}

fn new_id(platform: &Platform) -> RegistrationId {
    let now = platform.clock.now().as_millisecond();
    RegistrationId::new(u64::try_from(now).unwrap_or_default(), (platform.random)())
}

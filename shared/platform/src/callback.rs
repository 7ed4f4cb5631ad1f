//! Callbacks: an account's own address, which is told of every change of status
//! of its registrations, and of why their numbers wait for an operator.
//!
//! 1. [`Case::record`] adds a `CallbackDue` to the event that changes it,
//!    if the account has a callback, and sends a message to [`FUNCTION`].
//! 2. That function calls the address and records what came of it; one callback
//!    of a registration after the other, the oldest first.
//! 3. What a crash leaves undelivered, and what is to be repeated, is due for
//!    the sweep like anything else.
//!
//! [`Case::record`]: crate::Case::record

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use registration::callback::Allowed;
use registration::facts::Subject;
use registration::patience::later;
use registration::{AccountId, Fact, Facts, Round, Status, Step};
use serde::{Deserialize, Serialize};
use tracing::error;

use crate::message::{Cause, Message};
use crate::queue::Outgoing;
use crate::store::{Store, StoreError};
use crate::telemetry::chain;
use crate::{Case, Platform};

/// The function that calls, which is also the name of its queue.
pub const FUNCTION: &str = "callbacks";

/// How long a process remembers whether an account has a callback. A callback
/// counts in every process from so long after it was registered on.
pub const REMEMBERED: Duration = Duration::from_secs(60);

/// How long the secret before the last one still signs.
pub const RETIRES: Duration = Duration::from_secs(24 * 60 * 60);

/// Accounts that a process remembers at once.
const ACCOUNTS: usize = 4_096;

/// Where an account is told, and how it knows that it was us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callback {
    /// The address.
    pub url: String,
    /// When it was registered, with this secret.
    pub created_at: Timestamp,
    /// What signs.
    pub secret: SigningSecret,
    /// The secret before, while it still signs as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retiring: Option<Retiring>,
}

/// A secret that was replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retiring {
    /// The secret.
    pub secret: SigningSecret,
    /// It signs until then.
    pub until: Timestamp,
}

/// A secret of the Standard Webhooks scheme: `whsec_` and the base64 of 256
/// random bits. Unlike a token it is stored as it is, because it signs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SigningSecret(String);

impl SigningSecret {
    /// A new secret out of two times 128 random bits.
    pub fn new(random: fn() -> u128) -> Self {
        let bytes = [random().to_be_bytes(), random().to_be_bytes()].concat();
        Self(format!("whsec_{}", STANDARD.encode(bytes)))
    }

    /// The secret itself: to be shown once, and to sign with.
    pub fn show(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(***)")
    }
}

impl Callback {
    /// A callback with a new secret, in the place of the one `before`.
    pub fn new(url: String, before: Option<Self>, random: fn() -> u128, now: Timestamp) -> Self {
        Self {
            url,
            created_at: now,
            secret: SigningSecret::new(random),
            retiring: before.map(|before| Retiring {
                secret: before.secret,
                until: later(now, RETIRES),
            }),
        }
    }

    /// The secret before, if it still signs.
    pub fn retiring(&self, now: Timestamp) -> Option<&Retiring> {
        self.retiring
            .as_ref()
            .filter(|retiring| now < retiring.until)
    }
}

/// The function [`FUNCTION`], for whoever hands it messages.
#[async_trait]
pub trait CallbackFunction: Send + Sync {
    /// Tells the account of one registration what is due.
    async fn deliver(
        &self,
        platform: &Platform,
        message: &Message,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;
}

/// What a process knows of callbacks.
#[derive(Debug, Clone, Default)]
pub struct Callbacks {
    /// Where they may go, beside the public internet.
    pub allowed: Allowed,
    known: Arc<Mutex<HashMap<AccountId, (bool, Timestamp)>>>,
}

impl Callbacks {
    /// Nothing is known yet.
    pub fn new(allowed: Allowed) -> Self {
        Self {
            allowed,
            known: Arc::default(),
        }
    }

    /// Whether an account has a callback, or had one up to [`REMEMBERED`] ago.
    async fn has(
        &self,
        store: &dyn Store,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let known = self.lock().get(account).copied();
        if let Some((has, until)) = known
            && now < until
        {
            return Ok(has);
        }
        let has = store.callback(account).await?.is_some();
        let mut known = self.lock();
        if known.len() >= ACCOUNTS {
            known.clear();
        }
        known.insert(account.clone(), (has, later(now, REMEMBERED)));
        Ok(has)
    }

    /// The account has changed its callback: this process looks again.
    pub fn forget(&self, account: &AccountId) {
        self.lock().remove(account);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<AccountId, (bool, Timestamp)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The fact that the account is to be told of what happened between `before` and
/// `after`. A number's own registration is told of by its order's.
pub(crate) async fn due(
    platform: &Platform,
    before: &Facts,
    after: &Facts,
    now: Timestamp,
) -> Result<Option<Fact>, StoreError> {
    let (previous, status) = (Status::of(before), Status::of(after));
    let is_the_same = previous == status && before.parked_numbers() == after.parked_numbers();
    if is_the_same || matches!(after.subject(), Subject::Number { .. }) {
        return Ok(None);
    }
    let store = &*platform.store;
    let has = platform.callbacks.has(store, after.account(), now).await?;
    Ok(has.then_some(Fact::CallbackDue { previous, status }))
}

/// Asks for the delivery of what the last event has made due. Nothing is asked
/// for while an older one is undelivered: whoever delivers that goes on with
/// this. A failure is only logged, as the sweep brings it on.
pub(crate) async fn ask(platform: &Platform, case: &Case) {
    let seq = case.facts.seq();
    if case.facts.callback().is_none_or(|oldest| oldest.seq != seq) {
        return;
    }
    let outgoing = Outgoing {
        message: message(case),
        delay: Duration::ZERO,
    };
    if let Err(error) = platform.queue.send(&[outgoing]).await {
        error!(registration = %case.id, error = %chain(&error), "a callback is left to the sweep");
    }
}

/// The message that asks for what is undelivered of a registration. Its step is
/// only where the registration stands, at its end the last one.
pub fn message(case: &Case) -> Message {
    let pending = case.pending();
    let (step, round) = pending.map_or((Step::Numbers, Round::FIRST), |pending| {
        (pending.step, pending.round)
    });
    Message {
        registration: case.id.clone(),
        account: case.facts.account().clone(),
        step,
        round,
        cause: Cause::Callback,
        seen: Some(case.facts.seq()),
        trace: case.trace().clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed_and_holds_256_bits() {
        let secret = SigningSecret::new(|| 7);
        assert_eq!(format!("{secret:?}"), "SigningSecret(***)");
        let bytes = STANDARD.decode(secret.show().trim_start_matches("whsec_"));
        assert_eq!(bytes.unwrap().len(), 32);
    }

    #[test]
    fn a_replaced_secret_signs_for_a_day_and_the_one_before_it_no_more() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let url = "https://example.com/".to_owned();
        let first = Callback::new(url.clone(), None, || 1, now);
        assert_eq!(first.retiring(now), None);
        let second = Callback::new(url.clone(), Some(first.clone()), || 2, now);
        let retiring = second.retiring(now).unwrap();
        assert_eq!(retiring.secret, first.secret);
        assert_eq!(second.retiring(retiring.until), None);
        let third = Callback::new(url, Some(second.clone()), || 3, now);
        assert_eq!(third.retiring(now).unwrap().secret, second.secret);
    }
}

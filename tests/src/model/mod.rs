//! A model of the store on DynamoDB and the queue on SQS, in memory: what a run needs
//! that has no AWS and must decide each thing that AWS leaves open.
//!
//! It is held to the same contract as the real ones (`tests/tests/contract_model.rs`), and
//! leaves open what they leave open:
//!
//! * a row is written by a request of its own, after its event, and the process may die
//!   in between; only what `shared/platform/src/aws/events.rs` names moves together;
//! * lists are behind ([`Weather::lag`]); what is read by id is current (DynamoDB
//!   Developer Guide, Read consistency);
//! * messages come in no order ([`Weather::picks`]), and delays are whole seconds (SQS
//!   Developer Guide, Delay queues);
//! * messages are sent ten at a time, and the process may die in between;
//! * an idempotency key is forgotten after 30 days.
//!
//! What it does not model: throttling, conflicts of transactions and lost answers. A
//! [`Gate`](crate::gate::Gate) before it makes those.

mod queue;
mod rows;
mod store;

use std::collections::BTreeMap;
use std::hash::{Hash as _, Hasher};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use platform::Clock;
use platform::allowance::Spent;
use platform::callback::Callback;
use platform::limit::Limit;
use platform::token::Token;
use registration::chain::StoredEvent;
use registration::claim::Holder;
use registration::{AccountId, RegistrationId};
use tokio::sync::Notify;

use queue::Message;
use rows::Rows;

/// What AWS leaves open.
#[async_trait]
pub trait Weather: Send + Sync {
    /// How far the lists are behind just now; at most [`LONGEST_LAG`].
    fn lag(&self) -> Duration;

    /// Which of so many messages is received first.
    fn picks(&self, of: usize) -> usize;

    /// Between two requests that one call makes: others go first, or the process dies.
    async fn between(&self);
}

/// Lists are never farther behind.
pub const LONGEST_LAG: Duration = Duration::from_secs(3);

/// A delay as SQS keeps it: whole seconds, rounded up.
pub fn whole_seconds(delay: Duration) -> Duration {
    Duration::from_secs(delay.as_secs() + u64::from(delay.subsec_nanos() > 0))
}

/// The store and the queues.
pub struct Model {
    tables: Mutex<Tables>,
    queues: Mutex<BTreeMap<String, Vec<Message>>>,
    handles: AtomicU64,
    sent: Notify,
    clock: Arc<dyn Clock>,
    weather: Arc<dyn Weather>,
}

#[derive(Default)]
struct Tables {
    events: BTreeMap<RegistrationId, Vec<StoredEvent>>,
    rows: Rows,
    claims: BTreeMap<(String, String), Holder>,
    keys: BTreeMap<(AccountId, String), UsedKey>,
    limits: BTreeMap<String, Limit>,
    allowances: BTreeMap<String, Spent>,
    tokens: BTreeMap<String, Token>,
    callbacks: BTreeMap<AccountId, Callback>,
}

struct UsedKey {
    body: String,
    id: RegistrationId,
    expires_at: Timestamp,
}

impl Model {
    /// An empty one. `clock`: AWS's own, whatever the callers' clocks say.
    pub fn new(clock: Arc<dyn Clock>, weather: Arc<dyn Weather>) -> Self {
        Self {
            tables: Mutex::default(),
            queues: Mutex::default(),
            handles: AtomicU64::default(),
            sent: Notify::new(),
            clock,
            weather,
        }
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is stored, for telling states apart. The hash of an event stands for the
    /// history before it too.
    pub fn hash_tables(&self, hasher: &mut impl Hasher) {
        let tables = self.tables();
        for events in tables.events.values() {
            events.last().map(|last| last.hash.as_str()).hash(hasher);
        }
        tables.rows.hash_into(hasher);
        for (name, holder) in &tables.claims {
            (name, holder.registration.as_str()).hash(hasher);
        }
    }

    fn queues(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Message>>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

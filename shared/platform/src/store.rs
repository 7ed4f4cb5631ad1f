//! The store: what every implementation promises.
//!
//! `events` is append-only, and the truth. A [`Row`] is a projection of one
//! history, rebuilt from events at any time; lists and the sweep read rows. It may
//! be behind its history, and whoever finds it so brings it up. `controls` holds limits, tokens, idempotency
//! keys and callbacks.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use registration::chain::StoredEvent;
use registration::claim::{Claim, Holder, Thing};
use registration::facts::NumberEnd;
use registration::{AccountId, MustAct, RegistrationId, Round, Status, Step, TraceId};
use serde::Serialize;

use crate::allowance::Allowance;
use crate::callback::Callback;
use crate::limit::{Change, Changer, Limit};
use crate::limiter::{Refusal, Slot};
use crate::message::{Cause, Message};
use crate::token::{Token, TokenHash};

/// The most rows in one page.
pub const PAGE: usize = 100;

/// The most histories that are added to together.
pub const TOGETHER: usize = 8;

/// An idempotency key is known for so long.
pub const KEY_LIVES: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The most who are listed as having something.
pub const MOST_LISTED: usize = 1_000;

/// Keeps histories and what is made from them. What is read by id is current;
/// lists (`rows`, `due`, `tokens`) may be a moment behind, but for an order's
/// `numbers`.
#[async_trait]
pub trait Store: Send + Sync {
    /// The whole history of a registration, however long; empty if there is
    /// none.
    async fn history(&self, id: &RegistrationId) -> Result<Vec<StoredEvent>, StoreError>;

    /// Begins a history: the first event, the row, the idempotency key, and what it
    /// claims, all or nothing. What a beginning that died has claimed is its own until
    /// whoever finds it takes it over ([`Claim::instead_of`]).
    async fn begin(&self, append: Append, key: Option<Key>) -> Result<Begun, StoreError>;

    /// What an idempotency key was used for: [`Begun::Repeated`] or
    /// [`Begun::KeyTaken`]; none if it was not, or has expired by `now`.
    async fn used_key(&self, key: &Key, now: Timestamp) -> Result<Option<Begun>, StoreError>;

    /// Adds the next event. Of all who try the same seq, exactly one succeeds;
    /// the others get [`StoreError::Taken`].
    async fn append(&self, append: Append) -> Result<(), StoreError>;

    /// Adds the next event of each of several histories, at most [`TOGETHER`], all or
    /// nothing: what one order takes, another learns that it has lost.
    async fn append_together(&self, appends: Vec<Append>) -> Result<(), StoreError>;

    /// Who has each of these things, in their order.
    async fn holders(&self, things: &[Thing]) -> Result<Vec<Option<Holder>>, StoreError>;

    /// Up to [`MOST_LISTED`] who have a thing that is listed under this
    /// ([`Thing::uses`], [`Thing::asks`]), by their registrations.
    async fn listed(&self, under: &str) -> Result<Vec<Holder>, StoreError>;

    /// Takes a thing, if nobody has it who may not lose it by this. Gives whoever keeps
    /// it; none: it is the claim's holder's, now or before.
    async fn claim(&self, claim: &Claim) -> Result<Option<Holder>, StoreError>;

    /// Brings a row up to this, if it is behind. A store may write the row of an
    /// append after its event, and die in between: whoever finds a row behind
    /// its history calls this.
    async fn project(&self, row: &Row) -> Result<(), StoreError>;

    /// The row of a registration.
    async fn row(&self, id: &RegistrationId) -> Result<Option<Row>, StoreError>;

    /// Rows by account and status, newest first, without numbers' own.
    async fn rows(&self, query: &RowQuery) -> Result<Page, StoreError>;

    /// The rows of an order's numbers, in the order's order.
    async fn numbers(
        &self,
        parent: &RegistrationId,
        after: Option<&RegistrationId>,
    ) -> Result<Page, StoreError>;

    /// Up to `most` rows that are due at `now`, the longest due first.
    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<Row>, StoreError>;

    /// Moves on when a row is due, if it stands at `seq`; false if it does not.
    /// No event, and without a new `last_error` the old one stays.
    async fn postpone(
        &self,
        id: &RegistrationId,
        seq: u64,
        due_at: Timestamp,
        last_error: Option<&str>,
    ) -> Result<bool, StoreError>;

    /// Takes the next slot of a limit: one of `limit` in every `interval`, no
    /// later than `longest_wait` from now. An operator's word ([`Store::change_limit`])
    /// wins over `interval`.
    async fn reserve(
        &self,
        limit: &str,
        interval: Duration,
        longest_wait: Duration,
        now: Timestamp,
    ) -> Result<Result<Slot, Refusal>, StoreError>;

    /// Gives out no slot of a limit before `until`: the registry said so.
    async fn hold(&self, limit: &str, until: Timestamp) -> Result<(), StoreError>;

    /// What is kept of a limit; none if it was never used and never changed.
    async fn limit(&self, limit: &str) -> Result<Option<Limit>, StoreError>;

    /// Takes in what an operator says of a limit. It counts from the next slot
    /// on, wherever that is taken.
    async fn change_limit(
        &self,
        limit: &str,
        change: Change,
        changer: &Changer,
    ) -> Result<(), StoreError>;

    /// Uses an allowance once; if it is used up, says when it may be used again.
    async fn spend(
        &self,
        allowance: &Allowance,
        now: Timestamp,
    ) -> Result<Result<(), Timestamp>, StoreError>;

    /// Who a token belongs to.
    async fn token(&self, hash: &TokenHash) -> Result<Option<Token>, StoreError>;

    /// Keeps a token's hash.
    async fn add_token(&self, hash: &TokenHash, token: &Token) -> Result<(), StoreError>;

    /// Takes every token of this name away; how many there were.
    async fn revoke_tokens(&self, name: &str) -> Result<u64, StoreError>;

    /// All tokens, without their secrets.
    async fn tokens(&self) -> Result<Vec<Token>, StoreError>;

    /// Where an account is told of changes.
    async fn callback(&self, account: &AccountId) -> Result<Option<Callback>, StoreError>;

    /// Keeps an account's callback, in the place of the one before.
    async fn set_callback(
        &self,
        account: &AccountId,
        callback: &Callback,
    ) -> Result<(), StoreError>;

    /// Takes an account's callback away, if it has one.
    async fn remove_callback(&self, account: &AccountId) -> Result<(), StoreError>;
}

/// One event to add, and what it changes beside the history.
#[derive(Debug, Clone)]
pub struct Append {
    /// The event, chained to the one before.
    pub event: StoredEvent,
    /// The row after it.
    pub row: Row,
    /// What it does to the count of open numbers.
    pub numbers: NumbersCount,
    /// What it adds to how many numbers of its order are parked: one, none, or minus
    /// one. Moves in the same transaction, as `numbers` does.
    pub parked: i32,
    /// Whether the row is left as it is, behind its history, until the sweep or a
    /// later event brings it up.
    pub leaves_row: bool,
    /// What is to be its registration's from this event on.
    pub claims: Vec<Claim>,
}

/// What an append does to the count of an order's open numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NumbersCount {
    /// Nothing.
    Unchanged,
    /// Sets this registration's count.
    Opens(u32),
    /// Takes one off the parent's count, in the same transaction.
    Closes {
        /// Whose count.
        parent: RegistrationId,
        /// Whether the number was refused.
        refused: bool,
    },
    /// Takes a number that is cancelled by itself out of what its order's row
    /// counts, where it stands under `counted`, and into the cancelled ones, in
    /// the same transaction.
    Cancels {
        /// Whose counts.
        parent: RegistrationId,
        /// How it had ended; none: it was open.
        counted: Option<NumberEnd>,
    },
    /// Counts a number that had ended as open again, in the same transaction.
    Reopens {
        /// Whose counts.
        parent: RegistrationId,
        /// Whether it was counted as refused.
        refused: bool,
    },
    /// Sets how many numbers of this cancelled registration are to be withdrawn.
    OpensEnds(u32),
    /// Takes one off that count of the parent, in the same transaction.
    ClosesEnd {
        /// Whose count.
        parent: RegistrationId,
    },
}

/// The projection of one history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The registration.
    pub id: RegistrationId,
    /// Whose it is.
    pub account: AccountId,
    /// The order's registration, for a number's own.
    pub parent: Option<RegistrationId>,
    /// Where it stands.
    pub status: Status,
    /// The step it stands at; none at the end.
    pub step: Option<Step>,
    /// That step's round.
    pub round: Round,
    /// The seq of the last event.
    pub seq: u64,
    /// When the sweep looks at it.
    pub due_at: Option<Timestamp>,
    /// Whether being due is a look, by plan, and nothing else. If not, a message of
    /// ours should have moved it (then being due is a rescue), or its account is to
    /// be told of something.
    pub awaits_answer: bool,
    /// What last went wrong.
    pub last_error: Option<String>,
    /// Numbers that have not ended. Kept by the store, ignored when written.
    pub open_numbers: u32,
    /// Numbers that were refused. Kept by the store, ignored when written.
    pub refused_numbers: u32,
    /// Numbers that were cancelled by themselves: neither open nor refused. Kept by
    /// the store, ignored when written.
    pub cancelled_numbers: u32,
    /// Numbers that wait for an operator, whatever else they count as. Kept by the
    /// store, ignored when written.
    pub parked_numbers: u32,
    /// Numbers of a cancelled order that are not withdrawn. Kept by the store,
    /// ignored when written.
    pub open_ends: u32,
    /// When the order came.
    pub received_at: Timestamp,
    /// When the last event was written.
    pub updated_at: Timestamp,
}

impl Row {
    /// The message for the step it stands at.
    pub fn message(&self, cause: Cause, trace: &TraceId) -> Option<Message> {
        self.step.map(|step| self.about(step, cause, trace))
    }

    /// A message about any step.
    pub fn about(&self, step: Step, cause: Cause, trace: &TraceId) -> Message {
        Message {
            registration: self.id.clone(),
            account: self.account.clone(),
            step,
            round: self.round,
            cause,
            seen: Some(self.seq),
            trace: trace.clone(),
        }
    }

    /// Who must act before it goes on.
    pub fn must_act(&self) -> MustAct {
        MustAct::of(self.status, self.step, self.parked_numbers > 0)
    }

    /// The step that is looked at now and then once all is registered.
    pub fn watched(&self) -> Step {
        match self.parent {
            Some(_) => Step::Number,
            None => Step::Campaign,
        }
    }
}

/// An idempotency key: the same key and body again is the same registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Whose key.
    pub account: AccountId,
    /// The key, as it was sent.
    pub key: String,
    /// SHA-256 of the body it came with.
    pub body: String,
}

/// How the beginning of a history went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It is there now.
    New,
    /// It was there already.
    Exists,
    /// The key belongs to this registration, and came with the same body.
    Repeated(RegistrationId),
    /// The key belongs to another body.
    KeyTaken,
    /// Something that it claims is another's.
    Claimed,
}

/// Which rows.
#[derive(Debug, Clone, Default)]
pub struct RowQuery {
    /// Only this account's.
    pub account: Option<AccountId>,
    /// Only with this status.
    pub status: Option<Status>,
    /// Only older than this one.
    pub after: Option<RegistrationId>,
    /// How many, at most [`PAGE`].
    pub most: usize,
}

/// Some rows.
#[derive(Debug, Clone)]
pub struct Page {
    /// The rows.
    pub rows: Vec<Row>,
    /// Where the next page begins, if there is one.
    pub next: Option<RegistrationId>,
}

/// The store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else has written this seq.
    #[error("event {seq} of {registration} is written already: read the history again")]
    Taken {
        /// Whose history.
        registration: RegistrationId,
        /// Which seq.
        seq: u64,
    },
    /// Something that the event claims is another's.
    #[error("something that {0} was to have is another's: ask who has it, then decide again")]
    Claimed(RegistrationId),
    /// The event is larger than the store takes.
    #[error(
        "event {seq} of {registration} would be {bytes} bytes, more than the store takes: \
         nothing was written"
    )]
    TooLarge {
        /// Whose history.
        registration: RegistrationId,
        /// Which seq.
        seq: u64,
        /// How large.
        bytes: usize,
    },
    /// Too many calls, or too many at the same item, for longer than it was
    /// worth waiting. Nothing is wrong: again later.
    #[error("the store is too busy to {verb}: again later")]
    Busy {
        /// What was asked of it.
        verb: &'static str,
        /// What happened.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What it holds does not make sense.
    #[error("the store holds something that cannot be read: {0}")]
    Corrupt(String),
    /// The database failed.
    #[error("the store could not {verb}")]
    Failed {
        /// What was asked of it.
        verb: &'static str,
        /// What happened.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

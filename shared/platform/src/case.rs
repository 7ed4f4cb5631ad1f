//! One registration while it is worked on: its facts, and how facts are added.

use jiff::Timestamp;
use registration::chain::{self, Hash, StoredEvent, Unwritable};
use registration::event::VERSION;
use registration::facts::{Subject, Unfoldable};
use registration::sequence::{self, Completion, Pending, Step};
use registration::upcast::{self, Unreadable};
use registration::{Actor, Event, Fact, Facts, RegistrationId, Round, Status, TraceId, Verdict};

use crate::Platform;
use crate::callback;
use crate::message::{Cause, Message};
use crate::store::{Append, NumbersCount, Row, Store, StoreError};

/// A history, read and folded.
#[derive(Debug, Clone)]
pub struct Case {
    /// Which registration.
    pub id: RegistrationId,
    /// What is known.
    pub facts: Facts,
    last: Hash,
    trace: TraceId,
    received_at: Timestamp,
    updated_at: Timestamp,
}

/// A history that cannot be read or added to.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// There is none.
    #[error("there is no registration {0}")]
    Unknown(RegistrationId),
    /// An event cannot be read.
    #[error("the history of {registration} cannot be read")]
    Unreadable {
        /// Whose.
        registration: RegistrationId,
        /// Which event, and why.
        #[source]
        source: Unreadable,
    },
    /// The events make no history.
    #[error("the history of {registration} makes no sense")]
    Unfoldable {
        /// Whose.
        registration: RegistrationId,
        /// Why.
        #[source]
        source: Unfoldable,
    },
    /// An event cannot be written.
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who adds facts, and on whose behalf.
#[derive(Debug, Clone)]
pub struct Author {
    /// Who.
    pub actor: Actor,
    /// The call from outside that led to it.
    pub trace: TraceId,
}

impl Case {
    /// Reads and folds a whole history.
    pub async fn load(store: &dyn Store, id: &RegistrationId) -> Result<Self, CaseError> {
        let stored = store.history(id).await?;
        Self::open(id, stored)
    }

    /// Folds a history that was read.
    pub fn open(id: &RegistrationId, stored: Vec<StoredEvent>) -> Result<Self, CaseError> {
        let (Some(first), Some(last)) = (stored.first(), stored.last()) else {
            return Err(CaseError::Unknown(id.clone()));
        };
        let (received_at, updated_at) = (first.time, last.time);
        let (trace, last) = (last.trace.clone(), last.hash.clone());
        let history = stored
            .into_iter()
            .map(upcast::open)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|source| CaseError::Unreadable {
                registration: id.clone(),
                source,
            })?;
        let facts = Facts::fold(&history).map_err(|source| CaseError::Unfoldable {
            registration: id.clone(),
            source,
        })?;
        Ok(Self {
            id: id.clone(),
            facts,
            last,
            trace,
            received_at,
            updated_at,
        })
    }

    /// The first event of a new history, and the case after it.
    pub fn begin(
        platform: &Platform,
        id: &RegistrationId,
        author: &Author,
        fact: Fact,
        now: Timestamp,
    ) -> Result<(Self, Append), CaseError> {
        let event = Event {
            seq: 1,
            time: now,
            actor: author.actor.clone(),
            version: VERSION,
            trace: author.trace.clone(),
            facts: vec![fact],
        };
        let stored = chain::seal(id, &Hash::start(), &event)?;
        let facts =
            Facts::fold(std::slice::from_ref(&event)).map_err(|source| CaseError::Unfoldable {
                registration: id.clone(),
                source,
            })?;
        let case = Self {
            id: id.clone(),
            facts,
            last: stored.hash.clone(),
            trace: event.trace,
            received_at: now,
            updated_at: now,
        };
        let row = case.row(platform, now);
        Ok((
            case,
            Append {
                event: stored,
                row,
                numbers: NumbersCount::Unchanged,
                leaves_row: false,
            },
        ))
    }

    /// Adds one event with these facts, and the end of the sequence if they
    /// bring it, and what the account is to be told. [`StoreError::Taken`]: somebody else was first; nothing was
    /// added, and the case is to be loaded again.
    pub async fn record(
        &mut self,
        platform: &Platform,
        author: &Author,
        facts: Vec<Fact>,
    ) -> Result<(), CaseError> {
        let now = platform.clock.now();
        let opened = opened_numbers(&self.facts, &facts);
        let mut event = Event {
            seq: self.facts.seq() + 1,
            time: now,
            actor: author.actor.clone(),
            version: VERSION,
            trace: author.trace.clone(),
            facts,
        };
        let mut after = self.facts.clone();
        after.apply(&event);
        if let (false, Ok(completion)) = (after.completed(), sequence::evaluate(&after)) {
            let failed_numbers = match completion {
                Completion::Whole => 0,
                Completion::Part { failed } => failed,
            };
            event.facts.push(Fact::Completed { failed_numbers });
            after.apply(&event);
        }
        if let Some(due) = callback::due(platform, &self.facts, &after, now).await? {
            event.facts.push(due);
            after = self.facts.clone();
            after.apply(&event);
        }
        let stored = chain::seal(&self.id, &self.last, &event)?;
        let next = Self {
            id: self.id.clone(),
            last: stored.hash.clone(),
            trace: author.trace.clone(),
            received_at: self.received_at,
            updated_at: now,
            facts: after,
        };
        let leaves_row = opened.is_none() && is_intention(&event);
        let numbers = match opened {
            Some(count) => NumbersCount::Opens(count),
            None => closed_number(&self.facts, &next.facts),
        };
        let row = next.row(platform, now);
        platform
            .store
            .append(Append {
                event: stored,
                row,
                numbers,
                leaves_row,
            })
            .await?;
        *self = next;
        callback::ask(platform, self).await;
        Ok(())
    }

    /// What it waits for; none at its end.
    pub fn pending(&self) -> Option<Pending> {
        sequence::evaluate(&self.facts).err()
    }

    /// The message for what is pending.
    pub fn next_message(&self, cause: Cause) -> Option<Message> {
        let Pending { step, round, .. } = self.pending()?;
        Some(Message {
            registration: self.id.clone(),
            account: self.facts.account().clone(),
            step,
            round,
            cause,
            trace: self.trace.clone(),
        })
    }

    /// When the sweep has to look at it: for its step or for its callback,
    /// whichever comes first.
    pub fn due_at(&self, platform: &Platform, now: Timestamp) -> Option<Timestamp> {
        let patience = &platform.patience;
        let pending = self.pending();
        let step = pending.and_then(|pending| patience.due_at(&pending, now));
        let callback = self.facts.callback();
        let callback = callback.map(|oldest| patience.callback_due_at(oldest, now));
        step.into_iter().chain(callback).min()
    }

    /// When the last event was written.
    pub fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    /// The call from outside that led to the last event.
    pub fn trace(&self) -> &TraceId {
        &self.trace
    }

    /// The projection of this history, as it was right after its last event.
    pub fn last_row(&self, platform: &Platform) -> Row {
        self.row(platform, self.updated_at)
    }

    /// The projection of this history.
    pub fn row(&self, platform: &Platform, now: Timestamp) -> Row {
        let pending = self.pending();
        let parent = match self.facts.subject() {
            Subject::Number { parent, .. } => Some(parent.clone()),
            Subject::Business { .. } => None,
        };
        Row {
            id: self.id.clone(),
            account: self.facts.account().clone(),
            parent,
            status: Status::of(&self.facts),
            step: pending.as_ref().map(|pending| pending.step),
            round: pending
                .as_ref()
                .map_or(Round::FIRST, |pending| pending.round),
            seq: self.facts.seq(),
            due_at: self.due_at(platform, now),
            awaits_answer: self.facts.callback().is_none()
                && pending.as_ref().is_some_and(Pending::awaits_answer),
            last_error: self.facts.last_error().map(str::to_owned),
            open_numbers: 0,
            refused_numbers: 0,
            received_at: self.received_at,
            updated_at: self.updated_at,
        }
    }
}

/// An intention changes nothing that a list shows. Should its outcome never
/// come, the sweep finds the row due by what came before, and brings it up.
fn is_intention(event: &Event) -> bool {
    let mut facts = event.facts.iter();
    facts.all(|fact| matches!(fact, Fact::Intended { .. }))
}

/// The first intention to start the numbers sets how many are open, before any
/// of them can end. One repeated after a crash must not set it again.
fn opened_numbers(before: &Facts, facts: &[Fact]) -> Option<u32> {
    let request = facts.iter().find_map(|fact| match fact {
        Fact::Intended {
            step: Step::Numbers,
            request,
            ..
        } => Some(request),
        _ => None,
    })?;
    let count = request.get("numbers")?.as_u64()?.try_into().ok()?;
    (!before.numbers_opened()).then_some(count)
}

fn closed_number(before: &Facts, after: &Facts) -> NumbersCount {
    match after.subject() {
        Subject::Number { parent, .. }
            if after.number_has_ended() && !before.number_has_ended() =>
        {
            let refused = matches!(after.verdict(Step::Number), Some(Verdict::Rejected { .. }));
            NumbersCount::Closes {
                parent: parent.clone(),
                refused,
            }
        }
        _ => NumbersCount::Unchanged,
    }
}

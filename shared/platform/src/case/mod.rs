//! One registration while it is worked on: its facts, and how facts are added. `counts`
//! is what an event changes in the counts of an order's numbers.

mod counts;

use std::sync::Arc;

use jiff::Timestamp;
use registration::calendar::Due;
use registration::chain::{self, Hash, StoredEvent, Unwritable};
use registration::claim::Claim;
use registration::event::VERSION;
use registration::facts::{Subject, Unfoldable};
use registration::patience::{Patience, later};
use registration::sequence::{self, Completion, Pending, Step, Waits};
use registration::upcast::{self, Unreadable};
use registration::{Actor, Event, Fact, Facts, MustAct, RegistrationId, Round, Status, TraceId};

use crate::Platform;
use crate::callback;
use crate::message::{Cause, Message};
use crate::numbers;
use crate::planted::{self, Bug};
use crate::store::{Append, Begun, Key, NumbersCount, Row, Store, StoreError};

/// A history, read and folded. Clones share what is known.
#[derive(Debug, Clone)]
pub struct Case {
    /// Which registration.
    pub id: RegistrationId,
    /// What is known.
    pub facts: Arc<Facts>,
    last: Hash,
    trace: TraceId,
    /// One for each event.
    moments: Arc<Vec<Moment>>,
}

/// A registration after one of its events: what its row would say.
#[derive(Debug, Clone)]
struct Moment {
    time: Timestamp,
    /// Under way, nothing went wrong, nobody is to be told, and no rule holds it.
    is_smooth: bool,
    pending: Option<Pending>,
}

impl Moment {
    fn of(facts: &Facts, time: Timestamp) -> Self {
        let evaluated = sequence::evaluate(facts);
        let pending = evaluated.as_ref().err();
        Self {
            time,
            is_smooth: Status::given(facts, &evaluated).is_under_way()
                && facts.last_error().is_none()
                && facts.callback().is_none()
                // Nobody looks after it any more but its own row.
                && !facts.cancelled_alone()
                && !pending.is_some_and(is_held),
            pending: evaluated.err(),
        }
    }
}

/// Whether a rule of the registry's lets it go on at a certain time only.
fn is_held(pending: &Pending) -> bool {
    matches!(pending.waits, Waits::Rule { .. })
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
        Self::open(id, store.history(id).await?)
    }

    /// Folds a history that was read.
    pub fn open(id: &RegistrationId, stored: Vec<StoredEvent>) -> Result<Self, CaseError> {
        let Some(last) = stored.last() else {
            return Err(CaseError::Unknown(id.clone()));
        };
        let (trace, last) = (last.trace.clone(), last.hash.clone());
        let history = stored
            .into_iter()
            .map(upcast::open)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|source| CaseError::Unreadable {
                registration: id.clone(),
                source,
            })?;
        let mut moments = Vec::with_capacity(history.len());
        let facts = Facts::fold_with(&history, |facts, event| {
            moments.push(Moment::of(facts, event.time));
        });
        let facts = facts.map_err(|source| CaseError::Unfoldable {
            registration: id.clone(),
            source,
        })?;
        Ok(Self {
            id: id.clone(),
            facts: Arc::new(facts),
            last,
            trace,
            moments: Arc::new(moments),
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
        Self::begin_with(platform, id, author, vec![fact], now)
    }

    /// As [`Case::begin`], with more facts beside the first.
    pub fn begin_with(
        platform: &Platform,
        id: &RegistrationId,
        author: &Author,
        facts: Vec<Fact>,
        now: Timestamp,
    ) -> Result<(Self, Append), CaseError> {
        let event = Event {
            seq: 1,
            time: now,
            actor: author.actor.clone(),
            version: VERSION,
            trace: author.trace.clone(),
            facts,
        };
        let stored = chain::seal(id, &Hash::start(), &event)?;
        let facts =
            Facts::fold(std::slice::from_ref(&event)).map_err(|source| CaseError::Unfoldable {
                registration: id.clone(),
                source,
            })?;
        let case = Self {
            id: id.clone(),
            last: stored.hash.clone(),
            trace: event.trace,
            moments: Arc::new(vec![Moment::of(&facts, now)]),
            facts: Arc::new(facts),
        };
        let row = case.row(platform, now);
        Ok((
            case,
            Append {
                event: stored,
                row,
                numbers: NumbersCount::Unchanged,
                parked: 0,
                leaves_row: false,
                claims: Vec::new(),
            },
        ))
    }

    /// Stores a history that has just begun. It is remembered only if it is this very
    /// one: a history that was there before has other hashes.
    pub async fn store(
        &self,
        platform: &Platform,
        append: Append,
        key: Option<Key>,
    ) -> Result<Begun, StoreError> {
        let begun = platform.store.begin(append, key).await?;
        if begun == Begun::New {
            platform.memory.keep(self);
        }
        Ok(begun)
    }

    /// Adds one event with these facts, and the end of the sequence if they
    /// bring it, and what the account is to be told. [`StoreError::Taken`]:
    /// somebody else was first; nothing was added, and the case is to be loaded
    /// again.
    pub async fn record(
        &mut self,
        platform: &Platform,
        author: &Author,
        facts: Vec<Fact>,
    ) -> Result<(), CaseError> {
        let (next, append) = self.after(platform, author, facts).await?;
        let parked = append.parked;
        let appended = match author.actor.is_function() {
            true => platform.store.append(append).await,
            // No message comes again that would bring the row up, and a row that waits
            // for a person is due for nothing.
            false => platform.store.append_together(vec![append]).await,
        };
        if let Err(error) = appended {
            platform.memory.forget(&self.id);
            return Err(error.into());
        }
        *self = next;
        platform.memory.keep(self);
        callback::ask(platform, self).await;
        if parked != 0 {
            numbers::tell_order(platform, self, author).await;
        }
        Ok(())
    }

    /// The same for several cases, all or nothing; the first one has what is claimed
    /// from then on. Gives the cases as they are then.
    pub async fn record_together(
        platform: &Platform,
        author: &Author,
        told: Vec<(&Self, Vec<Fact>)>,
        claim: Claim,
    ) -> Result<Vec<Self>, CaseError> {
        let (mut cases, mut appends) = (Vec::new(), Vec::new());
        for (case, facts) in told {
            let (next, append) = case.after(platform, author, facts).await?;
            cases.push(next);
            appends.push(append);
        }
        if let Some(first) = appends.first_mut() {
            first.claims.push(claim);
        }
        if let Err(error) = platform.store.append_together(appends).await {
            cases
                .iter()
                .for_each(|case| platform.memory.forget(&case.id));
            return Err(error.into());
        }
        for case in &cases {
            platform.memory.keep(case);
            callback::ask(platform, case).await;
            // One that has lost its number may have been parked.
            numbers::tell_order(platform, case, author).await;
        }
        Ok(cases)
    }

    /// The case after one more event, and what a store is to append for it.
    async fn after(
        &self,
        platform: &Platform,
        author: &Author,
        facts: Vec<Fact>,
    ) -> Result<(Self, Append), CaseError> {
        let now = platform.clock.now();
        let mut event = Event {
            seq: self.facts.seq() + 1,
            time: now,
            actor: author.actor.clone(),
            version: VERSION,
            trace: author.trace.clone(),
            facts,
        };
        let mut after = Facts::clone(&self.facts);
        after.apply(&event);
        if let Some(end) = end(&after) {
            event.facts.push(end);
            after.apply(&event);
        }
        if let Some(due) = callback::due(platform, &self.facts, &after, now).await? {
            event.facts.push(due);
            after = Facts::clone(&self.facts);
            after.apply(&event);
        }
        let last = match planted::is(Bug::ChainCut) {
            true => &Hash::start(),
            false => &self.last,
        };
        let stored = chain::seal(&self.id, last, &event)?;
        let mut moments = Arc::clone(&self.moments);
        Arc::make_mut(&mut moments).push(Moment::of(&after, now));
        let next = Self {
            id: self.id.clone(),
            last: stored.hash.clone(),
            trace: author.trace.clone(),
            moments,
            facts: Arc::new(after),
        };
        let opened = counts::opened(&self.facts, &event.facts);
        let leaves_row =
            opened.is_none() && author.actor.is_function() && next.leaves_row(&platform.patience);
        let numbers = opened.unwrap_or_else(|| counts::closed(&self.facts, &next.facts));
        let parked = i32::from(next.is_parked_number()) - i32::from(self.is_parked_number());
        let append = Append {
            event: stored,
            row: next.row(platform, now),
            numbers,
            parked,
            leaves_row,
            claims: Vec::new(),
        };
        Ok((next, append))
    }

    /// Who must act before it goes on. Of an order, as far as its own history tells:
    /// its row counts its numbers ([`Row::must_act`]).
    pub fn must_act(&self) -> MustAct {
        let step = self.pending().map(|pending| pending.step);
        let parked = self.facts.has_parked_numbers();
        MustAct::of(Status::of(&self.facts), step, parked)
    }

    /// Whether nothing of an order has stopped but numbers of it.
    pub(crate) fn waits_for_parked_numbers(&self) -> bool {
        let stopped = self.pending().is_some_and(|pending| {
            let waits = pending.waits;
            matches!(waits, Waits::Person { .. } | Waits::Correction { .. })
        });
        self.facts.has_parked_numbers() && !stopped
    }

    /// Whether this is a number, and waits for an operator.
    pub(crate) fn is_parked_number(&self) -> bool {
        let is_number = matches!(self.facts.subject(), Subject::Number { .. });
        is_number && self.must_act() == MustAct::Operator
    }

    /// Whether the row may stay as an earlier event has left it. A registration
    /// that runs smoothly is not due sooner than its row says: the sweep finds it
    /// behind at the latest then, and brings it up. So it costs no row for each of
    /// its events; on DynamoDB a row costs three writes.
    fn leaves_row(&self, patience: &Patience) -> bool {
        let Some((mut moved, rest)) = self.moments.split_first() else {
            return false;
        };
        let mut leaves = false;
        for moment in rest {
            let swept = later(moved.time, patience.rescue_after);
            let due = moment.pending.as_ref();
            let due = due.and_then(|pending| patience.due_for(pending, moment.time));
            leaves = moved.is_smooth
                && moment.is_smooth
                && moment.time < swept
                && due.is_none_or(|due| due.at >= swept);
            if !leaves {
                moved = moment;
            }
        }
        leaves
    }

    /// When the order came.
    pub fn received_at(&self) -> Timestamp {
        self.moments.first().map_or(Timestamp::MIN, |m| m.time)
    }

    /// What it waits for; none at its end.
    pub fn pending(&self) -> Option<Pending> {
        self.moments.last()?.pending.clone()
    }

    /// The message for what is pending.
    pub fn next_message(&self, cause: Cause) -> Option<Message> {
        self.pending()
            .map(|pending| self.about(pending.step, cause))
    }

    /// A message about any step, pending or not.
    pub fn about(&self, step: Step, cause: Cause) -> Message {
        Message {
            registration: self.id.clone(),
            account: self.facts.account().clone(),
            step,
            round: self.facts.step(step).round,
            cause,
            seen: Some(self.facts.seq()),
            trace: self.trace.clone(),
        }
    }

    /// When the sweep has to look at it: for its step or for its callback,
    /// whichever comes first. A number has no due time of its own while its order
    /// waits for it (to end, or to be withdrawn), and looks after it, unless the registry's
    /// rules hold it until a certain time. For one that is cancelled by itself the order
    /// does not wait.
    pub fn due(&self, platform: &Platform, now: Timestamp) -> Option<Due> {
        let patience = &platform.patience;
        let is_looked_after = matches!(self.facts.subject(), Subject::Number { .. })
            && (self.facts.cancelled_with_order()
                || !(self.facts.cancelled_alone() || self.facts.number_end().is_some()))
            && !self.pending().as_ref().is_some_and(is_held);
        let step = patience.due(&self.facts, now);
        let step = step.filter(|_| !is_looked_after);
        let Some(oldest) = self.facts.callback() else {
            return step;
        };
        // Such a row does not say what it is due for: its history tells.
        let callback = patience.callback_due_at(oldest, now);
        let at = step.map_or(callback, |step| step.at.min(callback));
        Some(Due { at, by_plan: false })
    }

    /// When the last event was written.
    pub fn updated_at(&self) -> Timestamp {
        self.moments.last().map_or(Timestamp::MIN, |m| m.time)
    }

    /// The call from outside that led to the last event.
    pub fn trace(&self) -> &TraceId {
        &self.trace
    }

    /// The projection of this history, as it was right after its last event.
    pub fn last_row(&self, platform: &Platform) -> Row {
        self.row(platform, self.updated_at())
    }

    /// The projection of this history.
    pub fn row(&self, platform: &Platform, now: Timestamp) -> Row {
        let pending = self.pending();
        let parent = match self.facts.subject() {
            Subject::Number { parent, .. } => Some(parent.clone()),
            Subject::Business { .. } => None,
        };
        let due = self.due(platform, now);
        Row {
            id: self.id.clone(),
            account: self.facts.account().clone(),
            status: Status::of(&self.facts),
            step: pending.as_ref().map(|pending| pending.step),
            round: pending
                .as_ref()
                .map_or(Round::FIRST, |pending| pending.round),
            seq: self.facts.seq(),
            due_at: due.map(|due| due.at),
            awaits_answer: due.is_some_and(|due| due.by_plan),
            last_error: self.facts.last_error().map(str::to_owned),
            open_numbers: 0,
            refused_numbers: 0,
            parked_numbers: 0,
            cancelled_numbers: 0,
            open_ends: 0,
            parent,
            received_at: self.received_at(),
            updated_at: self.updated_at(),
        }
    }
}

/// The end that a history has come to with these facts and does not tell yet.
fn end(facts: &Facts) -> Option<Fact> {
    match sequence::evaluate(facts).ok()? {
        Completion::Withdrawn => (!facts.withdrawn()).then_some(Fact::Withdrawn),
        _ if facts.completed() => None,
        Completion::Whole => Some(Fact::Completed { failed_numbers: 0 }),
        Completion::Part { failed } => Some(Fact::Completed {
            failed_numbers: failed,
        }),
    }
}

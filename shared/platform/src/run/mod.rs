//! Running one step. The only orchestration code there is.
//!
//! 1. Load the history, fold it, evaluate the sequence. If the message's step
//!    and round is not what is pending, there is nothing to do.
//! 2. Submitted already: read the verdict, and record it if it is new.
//! 3. An intention without an outcome: while its lease runs, another worker has
//!    it. After that, look the submission up at the registry; found: record it.
//! 4. Take a slot of the registry's limit and wait for it.
//! 5. Record the intention on the next seq (whoever loses that race stops), make
//!    the call once, record the outcome.
//! 6. Send what is pending now.
//!
//! The message is acknowledged after that and not before, so a crash anywhere
//! is repaired by the same message coming again.
//!
//! Here is the way of a message; `submit` is points 3 to 5, `look` is point 2,
//! `outcome` is what an answer means. Where orders meet: `take_number` is whose number
//! it is, `belong` whose brand was found, `leave` who else stands on what is withdrawn.

mod belong;
mod leave;
mod look;
mod outcome;
mod submit;
mod take_number;

use std::time::Duration;

use registration::patience::later;
use registration::sequence::{Pending, Waits};
use registration::{Actor, Fact, Round, Step};
use tracing::info;

use crate::Platform;
use crate::case::{Author, Case, CaseError};
use crate::clock::until;
use crate::dependents;
use crate::message::{Cause, Message};
use crate::numbers;
use crate::planted::{self, Bug};
use crate::queue::{LONGEST_DELAY, Outgoing, QueueError};
use crate::step::{Misplaced, StepFunction};
use crate::store::{Row, StoreError};

/// How often a lost race is run again before the message is left to come back.
const RACES: usize = 5;

/// A webhook, or the last number of an order, that comes while the call it is
/// about is still under way is looked at again after this.
const EARLY: Duration = Duration::from_secs(2);

/// A message that comes back so late says so in the row.
const FAR: Duration = Duration::from_secs(60);

/// What came of a message. All of these are acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ran {
    /// The call was made and its outcome is recorded.
    Submitted,
    /// An earlier submission whose answer was lost was found at the registry.
    Found,
    /// The verdict was read.
    Looked,
    /// The call failed; it will be repeated, or a person must look.
    Failed,
    /// Another worker is at it.
    AnotherHasIt,
    /// No slot was near; a message comes back for it.
    Postponed,
    /// A rule forbids the call for now; the sweep brings it on when it may be made.
    Held,
    /// The step is not pending, or not yet.
    NothingToDo,
}

/// A message that could not be run. It is not acknowledged and comes again.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The history could not be read or added to.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The next message could not be sent.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// Our own side failed in the middle of the step.
    #[error("step `{step}` failed on our own side")]
    Ours {
        /// The step.
        step: Step,
        /// What happened.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The step does not belong to this registration.
    #[error(transparent)]
    Misplaced(#[from] Misplaced),
    /// Others were faster every time.
    #[error("others wrote to {0} every time we tried: the message will come again")]
    Outrun(registration::RegistrationId),
}

impl From<StoreError> for RunError {
    fn from(error: StoreError) -> Self {
        Self::Case(error.into())
    }
}

/// Runs the step that a message asks for. `receives`: how often this message
/// has been received, which tells a crash from a first try.
pub async fn run(
    platform: &Platform,
    function: &dyn StepFunction,
    message: &Message,
    receives: u32,
) -> Result<Ran, RunError> {
    for _ in 0..RACES {
        match run_once(platform, function, message, receives).await {
            Err(error) if is_lost_race(&error) => {}
            done => return done,
        }
    }
    Err(RunError::Outrun(message.registration.clone()))
}

fn is_lost_race(error: &RunError) -> bool {
    matches!(
        error,
        RunError::Case(CaseError::Store(
            StoreError::Taken { .. } | StoreError::Claimed(_)
        ))
    )
}

async fn run_once(
    platform: &Platform,
    function: &dyn StepFunction,
    message: &Message,
    receives: u32,
) -> Result<Ran, RunError> {
    let case = match remembered(platform, message, receives) {
        Some(case) => case,
        None => {
            let case = Case::load(&*platform.store, &message.registration).await?;
            platform.memory.keep(&case);
            case
        }
    };
    let author = Author {
        actor: Actor::function(message.step.function()),
        trace: message.trace.clone(),
    };
    let round = case.facts.step(message.step).round;
    let mut step = Running {
        platform,
        function,
        message,
        round,
        author,
        case,
        receives,
    };
    step.record_what_time_brought().await?;
    let pending = step.case.pending();
    let pending = pending.filter(|p| p.step == message.step && p.round == message.round);
    // Whoever was here before may have died between the event and its row, or
    // before the next message; and who asks for a look knows only the row.
    let repairs = receives > 1
        || message.cause == Cause::Rescue
        || (message.cause == Cause::Look && pending.is_none());
    if repairs && !planted::is(Bug::RowLeftBehind) {
        let row = step.case.last_row(platform);
        platform.store.project(&row).await?;
        step.tell_order_again().await?;
    }
    let Some(pending) = pending else {
        if repairs {
            step.send_pending().await?;
        }
        return step.watch().await;
    };
    step.run(pending).await
}

/// The case as this process knows it, where that is enough: [`crate::memory`] says when.
fn remembered(platform: &Platform, message: &Message, receives: u32) -> Option<Case> {
    let repairs = receives > 1 || message.cause == Cause::Rescue;
    if planted::is(Bug::CachedTooOld) {
        return platform.memory.recall(&message.registration, 0);
    }
    if repairs {
        return None;
    }
    let case = platform
        .memory
        .recall(&message.registration, message.seen?)?;
    let pending = case.pending()?;
    let is_meant = pending.step == message.step && pending.round == message.round;
    let now = platform.clock.now();
    let leads_to_work = match pending.waits {
        Waits::Submission | Waits::Verdict { .. } => true,
        Waits::Retry { at } | Waits::Rule { until: at } | Waits::Others { until: at } => at <= now,
        _ => false,
    };
    (is_meant && leads_to_work).then_some(case)
}

/// One step on its way.
struct Running<'a> {
    platform: &'a Platform,
    function: &'a dyn StepFunction,
    message: &'a Message,
    round: Round,
    author: Author,
    case: Case,
    receives: u32,
}

impl Running<'_> {
    async fn run(self, pending: Pending) -> Result<Ran, RunError> {
        let now = self.platform.clock.now();
        let cause = self.message.cause;
        match pending.waits {
            Waits::Submission => {
                if cause == Cause::Look {
                    // Its own message may be waiting its turn, or be lost: nobody knows.
                    info!(registration = %self.case.id, step = %self.message.step, "submitted on a look, before its own message came");
                }
                self.submit().await
            }
            Waits::Retry { at } | Waits::Rule { until: at } | Waits::Others { until: at }
                if at <= now =>
            {
                self.submit().await
            }
            Waits::Outcome { lease_until }
                if lease_until <= now || planted::is(Bug::LeaseIgnored) =>
            {
                self.submit().await
            }
            Waits::Outcome { lease_until } => {
                if matches!(cause, Cause::Webhook | Cause::Next)
                    && !planted::is(Bug::EarlyWebhookDropped)
                {
                    // The answer was faster than the record of the question.
                    let wait = until(lease_until, now).min(EARLY);
                    self.send(self.message.clone(), wait).await?;
                }
                Ok(Ran::AnotherHasIt)
            }
            Waits::Verdict { registry_id, .. } => self.look(&registry_id).await,
            Waits::Confirmation { brand, until, .. } => self.look_until(&brand, Some(until)).await,
            Waits::Correction { .. } | Waits::Person { .. } => self.watch().await,
            Waits::Retry { .. } | Waits::Rule { .. } | Waits::Others { .. } | Waits::Pin { .. } => {
                Ok(Ran::NothingToDo)
            }
        }
    }

    /// Deadlines that have passed, and the like. Only the sweep's messages come
    /// because of the time.
    async fn record_what_time_brought(&mut self) -> Result<(), RunError> {
        if !matches!(self.message.cause, Cause::Look | Cause::Rescue) {
            return Ok(());
        }
        let (platform, now) = (self.platform, self.platform.clock.now());
        let mut passed = platform.patience.passed(&self.case.facts, now);
        let warns = |fact: &Fact| matches!(fact, Fact::Warned { .. });
        if passed.iter().any(warns) && self.has_a_number().await? {
            passed.retain(|fact| !warns(fact));
        }
        if passed.is_empty() {
            return Ok(());
        }
        self.record(passed).await
    }

    /// Whether a number of this order is assigned, while others are still open.
    async fn has_a_number(&self) -> Result<bool, RunError> {
        let row = self.platform.store.row(&self.case.id).await?;
        let ordered = self.case.facts.ordered_numbers();
        let is_less =
            |row: Row| row.open_numbers + row.refused_numbers + row.cancelled_numbers < ordered;
        Ok(self.case.facts.numbers_opened() && row.is_some_and(is_less))
    }

    /// Adds facts on the seq that this worker has seen, and tells the order that a
    /// number is taken off by them.
    async fn record(&mut self, facts: Vec<Fact>) -> Result<(), RunError> {
        if let Some(keeper) = self.loser(&facts).await? {
            return self.move_here(facts, keeper).await;
        }
        Ok(self.case.record(self.platform, &self.author, facts).await?)
    }

    /// Adds the outcome of a call that was made. It is true whatever else has
    /// been written meanwhile, so a lost race only moves it to the next seq.
    async fn record_outcome(&mut self, facts: Vec<Fact>) -> Result<(), RunError> {
        for _ in 0..RACES {
            match self.record(facts.clone()).await {
                Err(error) if is_lost_race(&error) => {
                    self.case = Case::load(&*self.platform.store, &self.case.id).await?;
                }
                done => return done,
            }
        }
        Err(RunError::Outrun(self.case.id.clone()))
    }

    /// Step 6: the message that is due now, if any is.
    async fn send_pending(&self) -> Result<(), RunError> {
        let now = self.platform.clock.now();
        let next = self.case.pending().and_then(|pending| match pending.waits {
            Waits::Submission => Some((Cause::Next, Duration::ZERO)),
            // What is held for long is the sweep's.
            Waits::Retry { at } | Waits::Rule { until: at } | Waits::Others { until: at } => {
                Some((Cause::Retry, until(at, now)))
                    .filter(|(_, wait)| *wait <= self.platform.patience.longest_retry)
            }
            _ => None,
        });
        if let Some((cause, delay)) = next
            && let Some(message) = self.case.next_message(cause)
        {
            self.send(message, delay).await?;
        }
        dependents::release(self.platform, &self.author, &self.case).await;
        self.wake_parent().await
    }

    /// Whoever parked this number may have died before its order was told.
    async fn tell_order_again(&self) -> Result<(), RunError> {
        match self
            .case
            .id
            .parent()
            .filter(|_| self.case.is_parked_number())
        {
            Some(order) => Ok(numbers::tell(self.platform, &order, &self.author).await?),
            None => Ok(()),
        }
    }

    async fn wake_parent(&self) -> Result<(), RunError> {
        if planted::is(Bug::OrderNotWoken) {
            return Ok(());
        }
        let waking = numbers::waking(self.platform, &self.case, &self.author.trace);
        match waking.await? {
            Some(message) => self.send(message, Duration::ZERO).await,
            None => Ok(()),
        }
    }

    async fn send(&self, message: Message, delay: Duration) -> Result<(), RunError> {
        let delay = delay.min(LONGEST_DELAY);
        Ok(self
            .platform
            .queue
            .send(&[Outgoing { message, delay }])
            .await?)
    }

    /// The same message again, once the registry's limit allows it.
    async fn come_back(&self, after: Option<Duration>) -> Result<Ran, RunError> {
        let wait = after.unwrap_or(self.platform.patience.first_retry);
        self.send(self.message.clone(), wait).await?;
        if wait >= FAR {
            self.wait_in_row(wait).await?;
        }
        Ok(Ran::Postponed)
    }

    /// Tells the sweep that the message comes back by itself, and when: it would
    /// send another for one that it takes for lost.
    async fn wait_in_row(&self, wait: Duration) -> Result<(), RunError> {
        let (store, now) = (&self.platform.store, self.platform.clock.now());
        let back = later(now, wait.min(LONGEST_DELAY));
        let due = later(back, self.platform.patience.rescue_after);
        let seq = self.case.facts.seq();
        if !store.postpone(&self.case.id, seq, due, None).await? {
            // The row is behind, or somebody has just written an event.
            store.project(&self.case.last_row(self.platform)).await?;
            store.postpone(&self.case.id, seq, due, None).await?;
        }
        Ok(())
    }
}

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

use std::time::Duration;

use registration::facts::Stands;
use registration::patience::later;
use registration::sequence::Waits;
use registration::{Actor, Fact, Failure, Reference, RegistryId, Step, StepFacts, Verdict};
use registry::{Capability, Reading, RegistryError};
use tracing::{info, warn};

use crate::Platform;
use crate::case::{Author, Case, CaseError};
use crate::clock::until;
use crate::limiter::Rate;
use crate::message::{Cause, Message};
use crate::queue::{LONGEST_DELAY, Outgoing, QueueError};
use crate::step::{CallError, Misplaced, StepFunction};
use crate::store::StoreError;

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
            Err(RunError::Case(CaseError::Store(StoreError::Taken { .. }))) => {}
            done => return done,
        }
    }
    Err(RunError::Outrun(message.registration.clone()))
}

async fn run_once(
    platform: &Platform,
    function: &dyn StepFunction,
    message: &Message,
    receives: u32,
) -> Result<Ran, RunError> {
    let case = Case::load(&*platform.store, &message.registration).await?;
    let author = Author {
        actor: Actor::function(message.step.function()),
        trace: message.trace.clone(),
    };
    let step = Running {
        platform,
        function,
        message,
        author,
        case,
    };
    if receives > 1 || message.cause == Cause::Rescue {
        // Whoever was here before may have died between the event and its row.
        platform
            .store
            .project(&step.case.last_row(platform))
            .await?;
    }
    let pending = step.case.pending();
    let Some(pending) = pending.filter(|p| p.step == message.step && p.round == message.round)
    else {
        if receives > 1 || message.cause == Cause::Rescue {
            step.send_pending().await?;
        }
        return Ok(Ran::NothingToDo);
    };
    let now = platform.clock.now();
    match pending.waits {
        Waits::Submission => step.submit().await,
        Waits::Retry { at } if at <= now => step.submit().await,
        Waits::Outcome { lease_until } if lease_until <= now => step.submit().await,
        Waits::Outcome { lease_until } => {
            if matches!(message.cause, Cause::Webhook | Cause::Next) {
                // The answer was faster than the record of the question.
                step.send(message.clone(), until(lease_until, now).min(EARLY))
                    .await?;
            }
            Ok(Ran::AnotherHasIt)
        }
        Waits::Verdict { registry_id, .. } => step.look(&registry_id).await,
        Waits::Retry { .. } | Waits::Correction { .. } | Waits::Person { .. } => {
            Ok(Ran::NothingToDo)
        }
    }
}

/// One step on its way.
struct Running<'a> {
    platform: &'a Platform,
    function: &'a dyn StepFunction,
    message: &'a Message,
    author: Author,
    case: Case,
}

impl Running<'_> {
    /// Steps 3 to 6: make sure that the registry has the submission once.
    async fn submit(mut self) -> Result<Ran, RunError> {
        let known = self.case.facts.step(self.message.step);
        let in_doubt = known.in_doubt || matches!(known.stands, Stands::Intended { .. });
        let reference = Reference::of(&self.case.id, self.message.step, self.message.round);
        if in_doubt {
            match self.look_up(&reference, &known).await? {
                LookedUp::Absent => {}
                LookedUp::Done(ran) => return Ok(ran),
            }
        }
        if let Err(full) = self.function.slot().await {
            return self.come_back(Some(full.after)).await;
        }
        let request = self.function.request(&self.case, &reference)?;
        let (step, round) = (self.message.step, self.message.round);
        let attempt = known.attempts + 1;
        let intended = Fact::Intended {
            step,
            round,
            attempt,
            reference,
            request: request.clone(),
            lease_until: later(self.platform.clock.now(), self.platform.patience.lease),
        };
        self.record(vec![intended]).await?;
        info!(registration = %self.case.id, %step, %round, attempt, "submitting");
        let answer = self
            .function
            .submit(self.platform, &self.case, &request)
            .await;
        let (facts, ran) = match answer {
            Ok(reading) => (self.submitted(reading, false), Ran::Submitted),
            Err(CallError::Registry(error)) => {
                (vec![self.failed(&error, known.attempts)], Ran::Failed)
            }
            Err(CallError::Ours(source)) => return Err(RunError::Ours { step, source }),
        };
        self.record_outcome(facts).await?;
        self.send_pending().await?;
        Ok(ran)
    }

    /// Step 3: asks the registry whether it has what we do not know of.
    async fn look_up(
        &mut self,
        reference: &Reference,
        known: &StepFacts,
    ) -> Result<LookedUp, RunError> {
        let step = self.message.step;
        match self.function.capability() {
            Capability::Dedupes => return Ok(LookedUp::Absent),
            Capability::Findable => {}
            // A person has looked, and let it run again.
            Capability::Neither if known.stands == Stands::Untried => return Ok(LookedUp::Absent),
            Capability::Neither => {
                let reason = format!(
                    "the {step} may have been submitted already, and the registry can neither be \
                     asked for it nor ignores a repetition: look there, then retry or cancel"
                );
                let (step, round) = (step, self.message.round);
                self.record(vec![Fact::Parked {
                    step,
                    round,
                    reason,
                }])
                .await?;
                return Ok(LookedUp::Done(Ran::Failed));
            }
        }
        let found = self.function.find(self.platform, &self.case, reference);
        let (facts, ran) = match found.await {
            Ok(None) => return Ok(LookedUp::Absent),
            Ok(Some(reading)) => (self.submitted(reading, true), Ran::Found),
            Err(CallError::Registry(RegistryError::Throttled { after, .. })) => {
                // No fact: what is in doubt stays in doubt.
                return Ok(LookedUp::Done(self.come_back(after).await?));
            }
            Err(CallError::Registry(error)) => {
                let failed = self.again_or_park(Failure::InDoubt, &error, known.attempts);
                (vec![failed], Ran::Failed)
            }
            Err(CallError::Ours(source)) => return Err(RunError::Ours { step, source }),
        };
        self.record(facts).await?;
        self.send_pending().await?;
        Ok(LookedUp::Done(ran))
    }

    /// Step 2: reads the verdict. Nothing new: no event, only the next time.
    async fn look(mut self, id: &RegistryId) -> Result<Ran, RunError> {
        let error = match self.function.verdict(self.platform, &self.case, id).await {
            Ok(Reading {
                verdict: Some(verdict),
                ..
            }) if self.case.facts.verdict(self.message.step) != Some(&verdict) => {
                self.record(vec![self.reached(verdict)]).await?;
                self.send_pending().await?;
                return Ok(Ran::Looked);
            }
            Ok(_) => None,
            Err(CallError::Ours(source)) => {
                return Err(RunError::Ours {
                    step: self.message.step,
                    source,
                });
            }
            Err(CallError::Registry(RegistryError::Terminal { reasons, .. })) => {
                let (step, round) = (self.message.step, self.message.round);
                let codes: Vec<_> = reasons.iter().map(|reason| reason.code.as_str()).collect();
                let reason = format!(
                    "the registry does not give out the {step} `{id}` ({}): look there, then retry",
                    codes.join(", ")
                );
                self.record(vec![Fact::Parked {
                    step,
                    round,
                    reason,
                }])
                .await?;
                return Ok(Ran::Failed);
            }
            Err(CallError::Registry(RegistryError::Throttled { after, .. })) => {
                return self.come_back(after).await;
            }
            Err(CallError::Registry(error)) => Some(error.to_string()),
        };
        if let Some(error) = error {
            self.look_again_later(&error).await?;
        }
        Ok(Ran::Looked)
    }

    /// When to look next, the sweep has said by sending this look. A failure is
    /// told in the row.
    async fn look_again_later(&self, error: &str) -> Result<(), RunError> {
        let now = self.platform.clock.now();
        let due = self
            .case
            .pending()
            .and_then(|p| self.platform.patience.due_at(&p, now));
        if let Some(due) = due {
            let seq = self.case.facts.seq();
            let store = &self.platform.store;
            if !store.postpone(&self.case.id, seq, due, Some(error)).await? {
                // The row is behind, or somebody has just written an event.
                store.project(&self.case.row(self.platform, now)).await?;
            }
        }
        Ok(())
    }

    fn submitted(&self, reading: Reading, found: bool) -> Vec<Fact> {
        let mut facts = vec![Fact::Submitted {
            step: self.message.step,
            round: self.message.round,
            registry_id: reading.id,
            found,
            response: reading.response,
        }];
        // The answer to our own call is a read of the registry like any other.
        facts.extend(reading.verdict.map(|verdict| self.reached(verdict)));
        facts
    }

    fn reached(&self, verdict: Verdict) -> Fact {
        let (step, round) = (self.message.step, self.message.round);
        info!(registration = %self.case.id, %step, %round, verdict = verdict.name(), "verdict");
        Fact::VerdictReached {
            step,
            round,
            verdict,
        }
    }

    /// What a failed call means: the registry's decision, a repetition, or a
    /// person.
    fn failed(&self, error: &RegistryError, attempts: u32) -> Fact {
        match error.failure() {
            Some(failure) => self.again_or_park(failure, error, attempts),
            None => self.reached(Verdict::Rejected {
                reasons: error.reasons().to_vec(),
            }),
        }
    }

    fn again_or_park(&self, failure: Failure, error: &RegistryError, attempts: u32) -> Fact {
        let (step, round) = (self.message.step, self.message.round);
        let patience = &self.platform.patience;
        let attempt = attempts + u32::from(failure.is_an_attempt());
        warn!(registration = %self.case.id, %step, %round, attempt, %error, "call failed");
        if failure.is_an_attempt() && attempt >= patience.attempts {
            let reason =
                format!("{attempt} attempts failed, the last one so: {error}; look, then retry");
            return Fact::Parked {
                step,
                round,
                reason,
            };
        }
        let asked = match error {
            RegistryError::Throttled { after, .. } => *after,
            _ => None,
        };
        let retry_at = patience.retry_at(failure, attempt.max(1), asked, self.platform.clock.now());
        Fact::AttemptFailed {
            step,
            round,
            attempt,
            failure,
            error: error.to_string(),
            retry_at,
        }
    }

    /// Adds facts on the seq that this worker has seen.
    async fn record(&mut self, facts: Vec<Fact>) -> Result<(), RunError> {
        Ok(self.case.record(self.platform, &self.author, facts).await?)
    }

    /// Adds the outcome of a call that was made. It is true whatever else has
    /// been written meanwhile, so a lost race only moves it to the next seq.
    async fn record_outcome(&mut self, facts: Vec<Fact>) -> Result<(), RunError> {
        for _ in 0..RACES {
            match self.record(facts.clone()).await {
                Err(RunError::Case(CaseError::Store(StoreError::Taken { .. }))) => {
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
            Waits::Retry { at } => Some((Cause::Retry, until(at, now))),
            _ => None,
        });
        if let Some((cause, delay)) = next
            && let Some(message) = self.case.next_message(cause)
        {
            self.send(message, delay).await?;
        }
        self.wake_parent().await
    }

    /// The last number of an order to end wakes the order.
    async fn wake_parent(&self) -> Result<(), RunError> {
        let Some(parent) = self
            .case
            .id
            .parent()
            .filter(|_| self.case.facts.number_has_ended())
        else {
            return Ok(());
        };
        let Some(row) = self.platform.store.row(&parent).await? else {
            return Ok(());
        };
        if row.open_numbers > 0 || row.step != Some(Step::Numbers) {
            return Ok(());
        }
        match row.message(Cause::Next, &self.author.trace) {
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

enum LookedUp {
    /// The registry does not have it: it may be sent.
    Absent,
    /// Recorded; the step is done for now.
    Done(Ran),
}

/// The concurrency that a limit can use, for whoever feeds messages to a
/// function.
pub fn concurrency(rate: Option<Rate>, latency: Duration, unlimited: usize) -> usize {
    rate.map_or(unlimited, |rate| rate.concurrency(latency).min(unlimited))
}

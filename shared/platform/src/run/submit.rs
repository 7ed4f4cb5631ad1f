//! Making sure that the registry has a submission once.

use registration::facts::Stands;
use registration::patience::later;
use registration::{Fact, Failure, Reference, RegistryId, Step, StepFacts};
use registry::{Capability, RegistryError};
use tracing::info;

use super::{Ran, RunError, Running};
use crate::planted::{self, Bug};
use crate::step::CallError;

enum LookedUp {
    /// The registry does not have it: it may be sent.
    Absent,
    /// Recorded; the step is done for now.
    Done(Ran),
}

impl Running<'_> {
    pub(super) async fn submit(mut self) -> Result<Ran, RunError> {
        if let Some(id) = self.function.adopts(&self.case) {
            return self.adopt(&id).await;
        }
        let (step, round) = (self.message.step, self.round);
        let known = self.case.facts.step(step);
        let in_doubt = known.in_doubt || matches!(known.stands, Stands::Intended { .. });
        let reference = Reference::of(&self.case.id, step, round);
        if in_doubt && !planted::is(Bug::BlindRepetition) {
            match self.look_up(&reference, &known).await? {
                LookedUp::Absent if self.is_unwanted() => {
                    self.record(vec![Fact::Dropped { step, round }]).await?;
                    self.send_pending().await?;
                    return Ok(Ran::Looked);
                }
                LookedUp::Absent => {}
                LookedUp::Done(ran) => return Ok(ran),
            }
        }
        if let Some(ran) = self.meet_others(&known).await? {
            return Ok(ran);
        }
        if let Some(ran) = self.hold_or_park(&known).await? {
            return Ok(ran);
        }
        if let Some(ran) = self.settle_what_lacks(&known).await? {
            return Ok(ran);
        }
        let slot = match self.function.slot().await {
            Ok(slot) => slot,
            Err(full) => return self.come_back(Some(full.after)).await,
        };
        let request = self.function.request(&self.case, &reference)?;
        let attempt = match planted::is(Bug::ReceivesForAttempts) {
            true => self.receives,
            false => known.attempts + 1,
        };
        let intended = Fact::Intended {
            step,
            round,
            attempt,
            reference,
            request: request.clone(),
            lease_until: later(self.platform.clock.now(), self.platform.patience.lease),
        };
        if !planted::is(Bug::NoIntention) {
            self.record(vec![intended]).await?;
        }
        slot.await;
        info!(registration = %self.case.id, %step, %round, attempt, "submitting");
        let answer = self
            .function
            .submit(self.platform, &self.case, &request)
            .await;
        let (facts, ran) = match answer {
            Ok(reading) => (self.arrived(reading, false).await?, Ran::Submitted),
            Err(CallError::Registry(error)) => {
                (self.failed(&error, known.attempts).await?, Ran::Failed)
            }
            Err(CallError::Ours(source)) => return Err(RunError::Ours { step, source }),
        };
        if planted::is(Bug::SentBeforeRecorded) {
            self.send_pending().await?;
            self.record_outcome(facts).await?;
            return Ok(ran);
        }
        self.record_outcome(facts).await?;
        self.send_pending().await?;
        Ok(ran)
    }

    /// Settles with other orders before the step is sent. None: it may be.
    async fn meet_others(&mut self, known: &StepFacts) -> Result<Option<Ran>, RunError> {
        match self.message.step {
            Step::Number | Step::Detach => self.have_number().await,
            Step::EndCampaign => self.leave(Step::Campaign, known).await,
            Step::EndBrand => self.leave(Step::Brand, known).await,
            _ => Ok(None),
        }
    }

    /// Whether the order was cancelled after this step was begun.
    fn is_unwanted(&self) -> bool {
        self.case.facts.cancelled() && !self.message.step.is_an_end()
    }

    /// A step that may not be sent now: a rule of the registry forbids it for a
    /// time, or it has cost so many fees that a person must decide.
    async fn hold_or_park(&mut self, known: &StepFacts) -> Result<Option<Ran>, RunError> {
        let (step, round) = (self.message.step, self.round);
        let patience = &self.platform.patience;
        let not_before = self.function.not_before(self.platform, &self.case);
        if let Some(retry_at) = not_before.filter(|at| *at > self.platform.clock.now()) {
            let held = Fact::AttemptFailed {
                step,
                round,
                attempt: known.attempts,
                failure: Failure::Held,
                error: format!("the registry does not take the {step} sooner"),
                retry_at,
            };
            self.record(vec![held]).await?;
            return Ok(Some(Ran::Held));
        }
        let is_dear = step.fee().is_some() && known.paid_rounds() >= patience.paid_rounds;
        if is_dear && !known.let_run {
            let reason = format!(
                "{} rounds of the {step} are paid for: an operator must retry it to release \
                 another",
                known.paid_rounds()
            );
            self.record(vec![Fact::Parked {
                step,
                round,
                reason,
            }])
            .await?;
            return Ok(Some(Ran::Held));
        }
        Ok(None)
    }

    /// What must be settled before anything is written down and sent: once in a round,
    /// or every repetition of a throttled call would be one call more.
    async fn settle_what_lacks(&mut self, known: &StepFacts) -> Result<Option<Ran>, RunError> {
        if known.intended {
            return Ok(None);
        }
        let facts = match self.function.lacks(&self.case).await {
            Ok(facts) if facts.is_empty() => return Ok(None),
            Ok(facts) => facts,
            Err(error) => match self.unanswered(error, known.attempts).await? {
                Some(facts) => facts,
                None => return Ok(Some(Ran::Postponed)),
            },
        };
        self.record(facts).await?;
        self.send_pending().await?;
        Ok(Some(Ran::Held))
    }

    /// Takes over what is registered already: it is read, and never submitted.
    async fn adopt(mut self, id: &RegistryId) -> Result<Ran, RunError> {
        let known = self.case.facts.step(self.message.step);
        let read = self.function.verdict(self.platform, &self.case, id).await;
        let (facts, ran) = match read {
            Ok(reading) => (self.arrived(reading, true).await?, Ran::Found),
            Err(error) => match self.unanswered(error, known.attempts).await? {
                Some(facts) => (facts, Ran::Failed),
                None => return Ok(Ran::Postponed),
            },
        };
        self.record(facts).await?;
        self.send_pending().await?;
        Ok(ran)
    }

    /// What a question means that was not answered, as facts; none: there was no slot
    /// for it, and the message comes back.
    async fn unanswered(
        &self,
        error: CallError,
        attempts: u32,
    ) -> Result<Option<Vec<Fact>>, RunError> {
        let step = self.message.step;
        match error {
            CallError::Ours(source) => Err(RunError::Ours { step, source }),
            CallError::Registry(RegistryError::Throttled { after, .. }) => {
                self.come_back(after).await?;
                Ok(None)
            }
            CallError::Registry(error) => self.failed(&error, attempts).await.map(Some),
        }
    }

    /// Asks the registry whether it has what we do not know of.
    async fn look_up(
        &mut self,
        reference: &Reference,
        known: &StepFacts,
    ) -> Result<LookedUp, RunError> {
        let (step, round) = (self.message.step, self.round);
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
            Ok(Some(reading)) => (self.arrived(reading, true).await?, Ran::Found),
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
}

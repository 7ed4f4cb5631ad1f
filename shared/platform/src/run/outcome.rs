//! What an answer of the registry means, as facts.

use registration::claim;
use registration::{Fact, Failure, RegistrationId, RegistryId, Round, Step, Verdict};
use registry::{Reading, RegistryError};
use tracing::{info, warn};

use super::{RunError, Running};
use crate::claims;
use crate::step::{CallError, Whereabouts};
use crate::telemetry::chain;

/// How often a number is taken off another campaign, then a person must look.
pub(super) const DETACHES: u32 = 3;

impl Running<'_> {
    pub(super) fn submitted(&self, reading: Reading, found: bool) -> Vec<Fact> {
        let mut facts = vec![Fact::Submitted {
            step: self.message.step,
            round: self.round,
            registry_id: reading.id,
            found,
            response: reading.response,
        }];
        // The answer to our own call is a read of the registry like any other.
        facts.extend(reading.verdict.into_iter().flat_map(|read| self.read(read)));
        facts
    }

    /// A verdict that was read, as facts. Whether a public company's brand is confirmed
    /// shows in the brand alone, whichever of the two was asked for.
    pub(super) fn read(&self, verdict: Verdict) -> Vec<Fact> {
        let facts = &self.case.facts;
        let is_awaited =
            self.case.pending().map(|pending| pending.step) == Some(Step::Confirmation);
        let confirmed = match self.message.step {
            Step::Confirmation => true,
            Step::Brand => is_awaited,
            _ => false,
        };
        let about = self.read_step();
        let approved = (confirmed && verdict == Verdict::Approved).then(|| {
            let round = facts.step(Step::Confirmation).round;
            self.reached_at(Step::Confirmation, round, Verdict::Approved)
        });
        let decided = self.reached_at(about, facts.step(about).round, verdict);
        approved.into_iter().chain([decided]).collect()
    }

    /// The step whose verdict is read when this one is looked at.
    pub(super) fn read_step(&self) -> Step {
        match self.message.step {
            Step::Confirmation => Step::Brand,
            step => step,
        }
    }

    fn reached(&self, verdict: Verdict) -> Fact {
        self.reached_at(self.message.step, self.round, verdict)
    }

    pub(super) fn reached_at(&self, step: Step, round: Round, verdict: Verdict) -> Fact {
        info!(registration = %self.case.id, %step, %round, verdict = verdict.name(), "verdict");
        Fact::VerdictReached {
            step,
            round,
            verdict,
        }
    }

    /// What a failed call means: the registry's decision, a repetition, something
    /// that is there already, or a person.
    pub(super) async fn failed(
        &self,
        error: &RegistryError,
        attempts: u32,
    ) -> Result<Vec<Fact>, RunError> {
        if let RegistryError::Elsewhere { .. } = error {
            return self.elsewhere(error, attempts).await;
        }
        Ok(vec![match error.failure() {
            Some(failure) => self.again_or_park(failure, error, attempts),
            None => self.rejected(error),
        }])
    }

    fn rejected(&self, error: &RegistryError) -> Fact {
        self.reached(Verdict::Rejected {
            reasons: error.reasons().to_vec(),
        })
    }

    /// The registry has it already, and not from this submission.
    async fn elsewhere(&self, error: &RegistryError, attempts: u32) -> Result<Vec<Fact>, RunError> {
        let (step, round) = (self.message.step, self.round);
        let found = self.function.whereabouts(self.platform, &self.case).await;
        let known = match found {
            Ok(known) => known,
            Err(CallError::Registry(error)) => {
                return Ok(vec![self.again_or_park(Failure::Refused, &error, attempts)]);
            }
            Err(CallError::Ours(source)) => return Err(RunError::Ours { step, source }),
        };
        // It was surely not taken: nothing is in doubt.
        let refused = Fact::AttemptFailed {
            step,
            round,
            attempt: attempts,
            failure: Failure::NotYet,
            error: error.to_string(),
            retry_at: self.platform.clock.now(),
        };
        Ok(match known {
            Whereabouts::Unknown => vec![self.rejected(error)],
            Whereabouts::Ours(reading) => {
                let found = self.arrived(*reading, true).await?;
                [vec![refused], found].concat()
            }
            Whereabouts::OurCampaign { campaign, of } => {
                vec![refused, self.on_our_campaign(campaign, &of, error).await?]
            }
            Whereabouts::Theirs => vec![refused, self.theirs(error)],
        })
    }

    /// The number is on a campaign of ours, by the registry's word and not by our own
    /// records: an order from before there were such records has it, or somebody has
    /// put it there by hand.
    async fn on_our_campaign(
        &self,
        campaign: RegistryId,
        of: &RegistrationId,
        error: &RegistryError,
    ) -> Result<Fact, RunError> {
        let Some(owner) = claims::load(self.platform, of).await? else {
            return Ok(self.theirs(error));
        };
        let account = owner.facts.account();
        let is_over = !claim::wants_numbers(&owner.facts) && account == self.case.facts.account();
        if is_over {
            return Ok(self.found_on(campaign, of));
        }
        let holder = self.give_back(&owner).await?;
        let order = self.order().await?;
        Ok(
            match self.may_move(order.as_ref(), account, owner.received_at()) {
                true => self.found_on(campaign, of),
                false => self.kept_by(account, holder.as_ref().unwrap_or(of)),
            },
        )
    }

    fn theirs(&self, error: &RegistryError) -> Fact {
        let (step, round) = (self.message.step, self.round);
        Fact::Parked {
            step,
            round,
            reason: format!(
                "the registry has this {step} already, and not for this account \
                 ({error}): have it released there, then retry, or amend it"
            ),
        }
    }

    pub(super) fn again_or_park(
        &self,
        failure: Failure,
        error: &RegistryError,
        attempts: u32,
    ) -> Fact {
        let (step, round) = (self.message.step, self.round);
        let patience = &self.platform.patience;
        let attempt = attempts + u32::from(failure.is_an_attempt());
        warn!(registration = %self.case.id, %step, %round, attempt, error = %chain(error), "call failed");
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
}

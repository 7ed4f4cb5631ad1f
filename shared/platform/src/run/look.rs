//! Reading the registry's verdict, and the verdicts that come after it.

use jiff::Timestamp;
use registration::facts::Stands;
use registration::{Fact, RegistryId, Step, Verdict};
use registry::{Reading, RegistryError};

use super::{Ran, RunError, Running};
use crate::message::Cause;
use crate::step::CallError;

impl Running<'_> {
    /// Reads the verdict. Nothing new: no event, only the next time.
    pub(super) async fn look(self, id: &RegistryId) -> Result<Ran, RunError> {
        self.look_until(id, None).await
    }

    /// The same of a brand that is to be confirmed: it is over once a look that comes at
    /// `until` or later finds it as it was.
    pub(super) async fn look_until(
        mut self,
        id: &RegistryId,
        until: Option<Timestamp>,
    ) -> Result<Ran, RunError> {
        let known = self.case.facts.step(self.read_step());
        let now = self.platform.clock.now();
        let error = match self.function.verdict(self.platform, &self.case, id).await {
            Ok(Reading {
                verdict: Some(verdict),
                ..
            }) if self.case.facts.verdict(self.read_step()) != Some(&verdict) => {
                self.record(self.read(verdict)).await?;
                self.send_pending().await?;
                return Ok(Ran::Looked);
            }
            Ok(_) if until.is_some_and(|until| until <= now) => {
                let over = self.reached_at(Step::Brand, known.round, Verdict::Expired);
                self.record(vec![over]).await?;
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
                let (step, round) = (self.message.step, self.round);
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
        self.look_again_later(error.as_deref()).await?;
        Ok(Ran::Looked)
    }

    /// A step that is decided and waits for nothing is read again when there is
    /// reason to: carriers suspend and reinstate, campaigns expire, numbers are
    /// taken off.
    pub(super) async fn watch(self) -> Result<Ran, RunError> {
        let is_asked = matches!(self.message.cause, Cause::Look | Cause::Webhook);
        let known = self.case.facts.step(self.message.step);
        match known.stands {
            Stands::Submitted {
                registry_id: id, ..
            }
            | Stands::Decided {
                registry_id: Some(id),
                ..
            } if is_asked && !self.case.facts.cancelled() => self.look(&id).await,
            _ => Ok(Ran::NothingToDo),
        }
    }

    /// When to look next, the sweep has said by sending this look. It knows when the
    /// last event was written, not since when the answer is awaited: where that asks
    /// for more patience than the sweep had, the row is moved on. A failure is told
    /// in the row.
    async fn look_again_later(&self, error: Option<&str>) -> Result<(), RunError> {
        let (now, patience) = (self.platform.clock.now(), &self.platform.patience);
        let Some(due) = self.case.due(self.platform, now) else {
            return Ok(());
        };
        let pending = self.case.pending().map(|pending| pending.step);
        let (is_number, updated_at) = (self.case.id.parent().is_some(), self.case.updated_at());
        let swept = patience.look_after_sweep(pending, is_number, updated_at, now);
        if error.is_none() && due.at <= swept {
            return Ok(());
        }
        let (store, seq) = (&self.platform.store, self.case.facts.seq());
        if !store.postpone(&self.case.id, seq, due.at, error).await? {
            // The row is behind, or somebody has just written an event.
            store.project(&self.case.row(self.platform, now)).await?;
        }
        Ok(())
    }
}

//! A brand or a campaign that other orders stand on is withdrawn with the last of them.

use std::time::Duration;

use registration::patience::later;
use registration::{Fact, Failure, Step, StepFacts};

use super::{Ran, RunError, Running};
use crate::case::Case;
use crate::dependents;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Whoever is withdrawn wakes those that wait for it; this is for a lost message.
const LOOKS_EVERY: Duration = DAY.saturating_mul(7);

impl Running<'_> {
    /// Whether what the step `of` has is to stay for now. None: it may be withdrawn.
    pub(super) async fn leave(
        &mut self,
        of: Step,
        known: &StepFacts,
    ) -> Result<Option<Ran>, RunError> {
        let others = dependents::others(self.platform, &self.case, of).await?;
        let (gone, there): (Vec<_>, Vec<_>) =
            others.iter().partition(|case| case.facts.withdrawn());
        let step = self.message.step;
        let takes_over = |case: &&Case| {
            // Of two that are cancelled, the older one withdraws it.
            let is_later = case.facts.cancelled() && case.id.as_str() > self.case.id.as_str();
            dependents::is_own(case, of) && !is_later
        };
        if there.iter().any(takes_over) {
            self.record(vec![Fact::Left { step }]).await?;
            self.send_pending().await?;
            return Ok(Some(Ran::Held));
        }
        let now = self.platform.clock.now();
        let (failure, error, retry_at) = match (there.len(), of) {
            (0, Step::Brand) => {
                let ended = |case: &&Case| case.facts.step(Step::EndCampaign).approved_at;
                let rests = DAY.saturating_mul(self.platform.patience.brand_rests_days);
                match gone.iter().filter_map(ended).max() {
                    Some(last) if later(last, rests) > now => {
                        let error = "another order's campaign under the brand has just ended";
                        (Failure::Held, error.to_owned(), later(last, rests))
                    }
                    _ => return Ok(None),
                }
            }
            (0, _) => return Ok(None),
            (orders, _) => (
                Failure::StoodOn,
                format!(
                    "{orders} other orders stand on the {of}: it stays until the last of them is cancelled"
                ),
                later(now, LOOKS_EVERY),
            ),
        };
        let held = Fact::AttemptFailed {
            step,
            round: self.round,
            attempt: known.attempts,
            failure,
            error,
            retry_at,
        };
        self.record(vec![held]).await?;
        Ok(Some(Ran::Held))
    }
}

//! How long to wait, how often to ask, and when to stop.
//!
//! All of it follows from the facts and the time that is handed in: nothing is
//! counted on the side, so asking again writes no event.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::event::Failure;
use crate::sequence::Step;

/// The waiting times of a platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience {
    /// The registry is asked for a verdict this long after the submission. Shorter
    /// than `rescue_after` it costs one row more for each submission.
    pub first_look: Duration,
    /// Looks grow apart up to this. They make up for webhooks that get lost;
    /// without webhooks it should be shorter (Sinch, which has none, allows one an
    /// hour).
    pub longest_look: Duration,
    /// The first look where people review, a vetting or a campaign: that takes days
    /// (domain: 1 to 7 business days, 10 days to 6 weeks).
    pub first_review_look: Duration,
    /// Up to this.
    pub longest_review_look: Duration,
    /// The first repetition of a failed call comes after this; each further
    /// one after twice the time.
    pub first_retry: Duration,
    /// Up to this.
    pub longest_retry: Duration,
    /// So many attempts, then a person must look.
    pub attempts: u32,
    /// How long an intended call belongs to the worker that intended it. Longer
    /// than a function can run, shorter than a queue's visibility timeout. A call
    /// in doubt is looked up no sooner than this either, and so never sent again
    /// sooner: the registry must have finished whatever it had begun.
    pub lease: Duration,
    /// The sweep sends again what should have moved this long ago. Longer than
    /// a queue's visibility timeout.
    pub rescue_after: Duration,
    /// What is registered is looked at this often, a number every seventh time: a
    /// suspension whose webhook got lost is seen then.
    pub watch: Duration,
    /// So many rounds of a step that costs a fee, then a person must release it.
    pub paid_rounds: u32,
    /// Days after which a brand's verdict is overdue.
    pub brand_days: u32,
    /// The same of a vetting.
    pub vetting_days: u32,
    /// The same of a campaign.
    pub campaign_days: u32,
    /// Days without a number after which a campaign is warned of: some before the
    /// 60 after which T-Mobile charges.
    pub idle_campaign_days: u32,
    /// Days that a brand's campaigns must have been over before the brand can be
    /// deleted (domain: 3 months).
    pub brand_rests_days: u32,
}

impl Default for Patience {
    fn default() -> Self {
        const MINUTE: u64 = 60;
        Self {
            first_look: Duration::from_secs(5 * MINUTE),
            longest_look: Duration::from_secs(24 * 60 * MINUTE),
            first_review_look: Duration::from_secs(24 * 60 * MINUTE),
            longest_review_look: Duration::from_secs(3 * 24 * 60 * MINUTE),
            first_retry: Duration::from_secs(5),
            longest_retry: Duration::from_secs(15 * MINUTE),
            attempts: 6,
            lease: Duration::from_secs(MINUTE),
            rescue_after: Duration::from_secs(5 * MINUTE),
            watch: Duration::from_secs(24 * 60 * MINUTE),
            paid_rounds: 3,
            brand_days: 30,
            vetting_days: 30,
            campaign_days: 60,
            idle_campaign_days: 50,
            brand_rests_days: 92,
        }
    }
}

impl Patience {
    /// When to ask next for this step's verdict, awaited since `since`: once it has been
    /// awaited twice as long, within the bounds.
    pub fn next_look(&self, step: Step, since: Timestamp, now: Timestamp) -> Timestamp {
        let waited = Duration::try_from(now.duration_since(since)).unwrap_or_default();
        let (first, longest) = match step {
            Step::Vetting | Step::Campaign => (self.first_review_look, self.longest_review_look),
            _ => (self.first_look, self.longest_look),
        };
        later(now, waited.clamp(first, longest.max(first)))
    }

    /// When to look again at what is registered: a number is seldom taken off behind
    /// our back.
    pub fn next_watch(&self, is_number: bool, now: Timestamp) -> Timestamp {
        later(
            now,
            self.watch.saturating_mul(if is_number { 7 } else { 1 }),
        )
    }

    /// When the sweep looks again after the look that it asks for now. It knows the step
    /// that is pending, if any is, and when the last event was written, not since when
    /// the answer is awaited.
    pub fn look_after_sweep(
        &self,
        pending: Option<Step>,
        is_number: bool,
        updated_at: Timestamp,
        now: Timestamp,
    ) -> Timestamp {
        match pending {
            Some(step) => self.next_look(step, updated_at, now),
            None => self.next_watch(is_number, now),
        }
    }

    /// When to repeat after failure number `attempt` (from 1), or after the time
    /// that the registry itself asked for.
    pub fn retry_at(
        &self,
        failure: Failure,
        attempt: u32,
        asked: Option<Duration>,
        now: Timestamp,
    ) -> Timestamp {
        let doublings = attempt.saturating_sub(1).min(20);
        let grown = self
            .first_retry
            .saturating_mul(1 << doublings)
            .min(self.longest_retry);
        let wait = asked.unwrap_or(grown).min(self.longest_retry);
        let wait = if failure == Failure::InDoubt {
            wait.max(self.lease)
        } else {
            wait
        };
        later(now, wait)
    }
}

/// `time` and then `wait`, at the end of time if there is no such time.
pub fn later(time: Timestamp, wait: Duration) -> Timestamp {
    SignedDuration::try_from(wait)
        .ok()
        .and_then(|wait| time.checked_add(wait).ok())
        .unwrap_or(Timestamp::MAX)
}

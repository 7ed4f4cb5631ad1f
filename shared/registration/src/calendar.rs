//! What time alone brings: deadlines that pass, PINs and links that expire, fees that
//! come near, and when a registration is due for any of it.

use std::time::Duration;

use jiff::Timestamp;

use crate::event::{Fact, Verdict, Warning};
use crate::facts::{Facts, Subject};
use crate::patience::{Patience, later};
use crate::sequence::{self, Pending, Step, Waits};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// When a registration is due, and for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// When.
    pub at: Timestamp,
    /// Whether it is time to look, by plan. If not, a message of ours should have
    /// moved it by then, and it is rescued.
    pub by_plan: bool,
}

impl Due {
    fn planned(at: Timestamp) -> Self {
        Self { at, by_plan: true }
    }

    fn rescue(at: Timestamp) -> Self {
        Self { at, by_plan: false }
    }
}

impl Patience {
    /// What has become true by `now`, and is not in the history yet.
    pub fn passed(&self, facts: &Facts, now: Timestamp) -> Vec<Fact> {
        let pending = sequence::evaluate(facts).err();
        let coming = self.coming(facts, pending.as_ref()).into_iter();
        let passed = coming.filter(|(at, _)| *at <= now);
        passed.map(|(_, fact)| fact).collect()
    }

    /// When the sweep has to look at a registration that stands like this at
    /// `now`. None: never, because only a person or corrected data moves it.
    pub fn due(&self, facts: &Facts, now: Timestamp) -> Option<Due> {
        let pending = sequence::evaluate(facts).err();
        let own = match &pending {
            Some(pending) => self.due_for(pending, now),
            None if facts.cancelled() => None,
            None => {
                let is_number = matches!(facts.subject(), Subject::Number { .. });
                Some(Due::planned(self.next_watch(is_number, now)))
            }
        };
        let coming = self.coming(facts, pending.as_ref()).into_iter();
        let passing = coming.map(|(at, _)| Due::planned(at));
        passing.chain(own).min_by_key(|due| due.at)
    }

    /// When a registration that waits for this at `now` is due, leaving aside what
    /// time brings.
    pub fn due_for(&self, pending: &Pending, now: Timestamp) -> Option<Due> {
        match &pending.waits {
            Waits::Submission => Some(Due::rescue(later(now, self.rescue_after))),
            Waits::Outcome { lease_until } => {
                Some(Due::rescue(later(*lease_until, self.rescue_after)))
            }
            // No message waits for that long in a queue.
            Waits::Retry { at } | Waits::Rule { until: at } | Waits::Others { until: at }
                if *at > later(now, self.longest_retry) =>
            {
                Some(Due::planned(*at))
            }
            Waits::Retry { at } | Waits::Rule { until: at } | Waits::Others { until: at } => {
                Some(Due::rescue(later((*at).max(now), self.rescue_after)))
            }
            Waits::Verdict { since, .. } => {
                Some(Due::planned(self.next_look(pending.step, *since, now)))
            }
            // The last look says whether the brand is over.
            Waits::Confirmation { since, until, .. } => {
                let look = self.next_look(pending.step, *since, now);
                let at = if *until > now { look.min(*until) } else { look };
                Some(Due::planned(at))
            }
            Waits::Pin { .. } | Waits::Correction { .. } | Waits::Person { .. } => None,
        }
    }

    /// What becomes true by time alone, and when.
    fn coming(&self, facts: &Facts, pending: Option<&Pending>) -> Vec<(Timestamp, Fact)> {
        let overdue = pending.and_then(|pending| self.overdue(facts, pending));
        let expires = pending.and_then(|pending| expiry(facts, pending));
        let warning = facts.campaign_without_numbers_since().map(|since| {
            let fact = Fact::Warned {
                warning: Warning::CampaignWithoutNumbers,
            };
            (days_after(since, self.idle_campaign_days), fact)
        });
        [overdue, expires, warning].into_iter().flatten().collect()
    }

    fn overdue(&self, facts: &Facts, pending: &Pending) -> Option<(Timestamp, Fact)> {
        let Pending { step, round, waits } = pending;
        let Waits::Verdict { since, .. } = waits else {
            return None;
        };
        let days = match step {
            Step::Brand => self.brand_days,
            Step::Vetting => self.vetting_days,
            Step::Campaign => self.campaign_days,
            _ => return None,
        };
        // A suspension has no deadline.
        let is_first = facts.verdict(*step).is_none();
        let fact = Fact::Overdue {
            step: *step,
            round: *round,
            days,
        };
        (is_first && !facts.is_overdue(*step)).then(|| (days_after(*since, days), fact))
    }
}

fn expiry(facts: &Facts, pending: &Pending) -> Option<(Timestamp, Fact)> {
    let (step, until) = match pending.waits {
        Waits::Pin { until } => (Step::Otp, until?),
        Waits::Confirmation { link_until, .. } => (Step::Confirmation, link_until?),
        _ => return None,
    };
    let fact = Fact::VerdictReached {
        step,
        round: facts.step(step).round,
        verdict: Verdict::Expired,
    };
    Some((until, fact))
}

fn days_after(time: Timestamp, days: u32) -> Timestamp {
    later(time, DAY.saturating_mul(days))
}

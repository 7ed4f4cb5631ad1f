//! One limit as the store keeps it: its slots, and what an operator has said
//! about it. All of it is one item, so that taking a slot reads the operator's
//! word without a further request.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::limiter::{Rate, Refusal, Slot};

/// What is kept of one limit. Times are in microseconds: SQLite keeps it as JSON
/// in this form, DynamoDB as attributes of these names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// The next free slot, since 1970; none was ever taken: none.
    pub free_at: Option<i64>,
    /// Until then the registry wants no call, since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<i64>,
    /// Between two slots, as whoever took the last one was configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configured_interval: Option<i64>,
    /// Between two slots, as an operator has set it: wins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_interval: Option<i64>,
    /// Whether no slot is given out.
    #[serde(default)]
    pub paused: bool,
    /// The operator who last changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<String>,
    /// When that was, since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<i64>,
}

/// What an operator changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// No slot is given out any more.
    Pause,
    /// Slots are given out again.
    Resume,
    /// This many, whatever is configured.
    Set(Rate),
    /// As many as are configured.
    Unset,
}

/// Who changes a limit, and when.
#[derive(Debug, Clone)]
pub struct Changer {
    /// The operator's name.
    pub operator: String,
    /// Now.
    pub at: Timestamp,
}

impl Limit {
    /// Takes the next slot: [`crate::limiter::take`] with what is in force.
    pub fn take(
        &mut self,
        configured: Duration,
        longest_wait: Duration,
        now: Timestamp,
    ) -> Result<Slot, Refusal> {
        if self.paused {
            return Err(Refusal::Paused);
        }
        let interval = self.set_interval.map_or(configured, duration);
        let free = self.free_at.and_then(time);
        let (slot, next) = crate::limiter::take(free, interval, longest_wait, now)?;
        self.free_at = Some(next.as_microsecond());
        self.configured_interval = Some(microseconds(configured));
        Ok(slot)
    }

    /// No slot before `until`. False: that was so already.
    pub fn hold(&mut self, until: Timestamp) -> bool {
        let until = until.as_microsecond();
        let moves = self.free_at.is_none_or(|free| free < until);
        if moves {
            self.free_at = Some(until);
            self.held_until = Some(until);
        }
        moves
    }

    /// Takes in an operator's word. Another rate counts from the last slot on,
    /// so that the next one comes neither too soon nor a long old interval late.
    pub fn change(&mut self, change: Change, changer: &Changer) {
        let before = self.interval();
        match change {
            Change::Pause => self.paused = true,
            Change::Resume => self.paused = false,
            Change::Set(rate) => self.set_interval = Some(microseconds(rate.interval())),
            Change::Unset => self.set_interval = None,
        }
        if let (Some(free), Some(before), Some(after)) = (self.free_at, before, self.interval()) {
            let free = free.saturating_sub(before).saturating_add(after);
            self.free_at = Some(self.held_until.map_or(free, |held| free.max(held)));
        }
        self.changed_by = Some(changer.operator.clone());
        self.changed_at = Some(changer.at.as_microsecond());
    }

    /// Between two slots, in microseconds; none: no slot was taken yet.
    fn interval(&self) -> Option<i64> {
        self.set_interval.or(self.configured_interval)
    }

    /// The rate that an operator has set.
    pub fn set(&self) -> Option<Rate> {
        self.set_interval.map(duration).and_then(Rate::of_interval)
    }

    /// The rate that whoever took the last slot was configured with.
    pub fn configured(&self) -> Option<Rate> {
        self.configured_interval
            .map(duration)
            .and_then(Rate::of_interval)
    }

    /// When an operator last changed it.
    pub fn changed_at(&self) -> Option<Timestamp> {
        self.changed_at.and_then(time)
    }
}

/// As a limit keeps it.
pub(crate) fn microseconds(interval: Duration) -> i64 {
    i64::try_from(interval.as_micros()).unwrap_or(i64::MAX)
}

fn duration(microseconds: i64) -> Duration {
    Duration::from_micros(u64::try_from(microseconds).unwrap_or_default())
}

fn time(microseconds: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(microseconds).ok()
}

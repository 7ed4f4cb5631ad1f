//! A slot for every call to a registry.
//!
//! Registries limit calls per second for a whole account, so the limit must be
//! one for all functions together. It is a GCRA limiter kept as one time per
//! limit in the store: the time of the next free slot. Taking a slot moves that
//! time on by one interval; whoever took it waits until then ([`Paced`]). What an
//! operator has said of a limit is kept beside that time ([`crate::limit`]).

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use registration::patience::later;
use registry::pace::NoSlot;
use registry::{Pace, Traffic};
use tracing::error;

use crate::clock::{Clock, until};
use crate::planted::{self, Bug};
use crate::store::{Store, StoreError};
use crate::telemetry::chain;

/// Slots are this much farther apart than the limit asks for: calls reach the
/// registry with a jitter of some milliseconds, and no window of one second may
/// hold one too many. The price is 3 % of the rate.
const MARGIN: f64 = 1.03;

/// Whoever takes a slot is told of it so long before: an intention is written meanwhile,
/// and the call goes out on time.
const READY: Duration = Duration::from_millis(200);

/// A slot is no nearer than this and what it takes to get ready: taking it takes a
/// moment.
const TAKING: Duration = Duration::from_millis(50);

/// A paused limit is asked again after this: often enough for whoever resumes
/// it, seldom enough for the many messages that wait.
pub const PAUSED: Duration = Duration::from_secs(120);

/// How many calls per second a registry allows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Limits {
    /// Calls that change something; none: no limit.
    pub writes: Option<Rate>,
    /// Calls that only read; none: no limit.
    pub reads: Option<Rate>,
}

/// Calls per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate(f64);

/// A rate that is none.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{0} calls per second is not a rate: give a number above 0 and up to 10000")]
pub struct BadRate(f64);

impl Rate {
    /// So many calls per second: above 0, up to 10,000.
    pub fn per_second(calls: f64) -> Result<Self, BadRate> {
        if calls > 0.0 && calls <= 10_000.0 {
            Ok(Self(calls))
        } else {
            Err(BadRate(calls))
        }
    }

    /// The time between two slots.
    pub fn interval(self) -> Duration {
        Duration::from_secs_f64(MARGIN / self.0)
    }

    /// The rate whose slots are so far apart; none if it is not a rate.
    pub fn of_interval(interval: Duration) -> Option<Self> {
        // Intervals are kept in whole microseconds: four digits are sure.
        let digits = format!("{:.3e}", MARGIN / interval.as_secs_f64());
        Self::per_second(digits.parse().ok()?).ok()
    }

    /// How many calls may be in flight so that the rate is reached: as many as start
    /// while one takes `latency`, and one more; at least 2. More would only wait, and
    /// whoever comes next would wait behind them.
    pub fn concurrency(self, latency: Duration) -> usize {
        let started = (self.0 * latency.as_secs_f64()).ceil();
        // In range: at most 10,000 calls times some seconds.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let started = started as usize;
        (started + 1).max(2)
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A taken slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// The call may be made then.
    pub at: Timestamp,
}

/// Why there is no slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// None is near enough.
    Full {
        /// The next free one.
        next: Timestamp,
    },
    /// An operator has paused the limit: none until it is resumed.
    Paused,
}

/// Takes the next slot. `free` is the time of the next free slot, as it was
/// kept; the second value is what to keep instead.
pub fn take(
    free: Option<Timestamp>,
    interval: Duration,
    longest_wait: Duration,
    now: Timestamp,
) -> Result<(Slot, Timestamp), Refusal> {
    let at = free.map_or(now, |free| free.max(now));
    if at > later(now, longest_wait) {
        return Err(Refusal::Full { next: at });
    }
    Ok((Slot { at }, later(at, interval)))
}

/// How fast the calls that wait for slots are made just now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Flow {
    /// There is no limit.
    Free,
    /// So many.
    At(Rate),
    /// None, until an operator resumes the limit.
    Paused,
}

/// The slots of one registry's limits, shared through the store by all who call
/// it.
#[derive(Clone)]
pub struct Paced {
    /// Where slots are kept.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The registry's name.
    pub registry: &'static str,
    /// How many slots there are.
    pub limits: Limits,
    /// A slot farther away than this is not waited for.
    pub longest_wait: Duration,
}

/// The name of a registry's limit in the store.
pub fn name(registry: &str, traffic: Traffic) -> String {
    let kind = match traffic {
        Traffic::Write => "writes",
        Traffic::Read => "reads",
    };
    format!("{registry}/{kind}")
}

impl Paced {
    /// How fast calls are made just now, by an operator's word or as it is configured.
    pub async fn flow(&self, traffic: Traffic) -> Result<Flow, StoreError> {
        let Some((name, configured)) = self.limit(traffic) else {
            return Ok(Flow::Free);
        };
        let known = self.store.limit(&name).await?.unwrap_or_default();
        Ok(match known.paused {
            true => Flow::Paused,
            false => Flow::At(known.set().unwrap_or(configured)),
        })
    }

    async fn reserve(
        &self,
        limit: &str,
        interval: Duration,
        ready: Duration,
    ) -> Result<Slot, NoSlot> {
        let earliest = later(self.clock.now(), TAKING + ready);
        let reserved = self
            .store
            .reserve(limit, interval, self.longest_wait, earliest);
        match reserved.await {
            Ok(Ok(slot)) => Ok(slot),
            Ok(Err(Refusal::Full { next })) => Err(NoSlot {
                after: until(next, self.clock.now()),
            }),
            Ok(Err(Refusal::Paused)) => Err(NoSlot { after: PAUSED }),
            Err(error) => {
                // Better to wait than to call without a slot.
                error!(limit, error = %chain(&error), "no slot could be reserved");
                Err(NoSlot {
                    after: self.longest_wait,
                })
            }
        }
    }

    fn limit(&self, traffic: Traffic) -> Option<(String, Rate)> {
        let rate = match traffic {
            Traffic::Write => self.limits.writes?,
            Traffic::Read => self.limits.reads?,
        };
        Some((name(self.registry, traffic), rate))
    }
}

#[async_trait]
impl Pace for Paced {
    async fn slot(&self, traffic: Traffic) -> Result<registry::pace::Slot, NoSlot> {
        let Some((name, rate)) = self.limit(traffic) else {
            return Ok(registry::pace::Slot::now());
        };
        if planted::is(Bug::SlotIgnored) {
            return Ok(registry::pace::Slot::now());
        }
        let ready = match traffic {
            Traffic::Write => READY,
            Traffic::Read => Duration::ZERO,
        };
        let slot = self.reserve(&name, rate.interval(), ready).await?;
        let wait = until(slot.at, self.clock.now());
        tokio::time::sleep(wait.saturating_sub(ready)).await;
        let rest = until(slot.at, self.clock.now());
        let comes = tokio::time::Instant::now() + rest;
        Ok(registry::pace::Slot::when(tokio::time::sleep_until(comes)))
    }

    async fn hold(&self, traffic: Traffic, wait: Duration) {
        let Some((name, _)) = self.limit(traffic) else {
            return;
        };
        if let Err(error) = self.store.hold(&name, later(self.clock.now(), wait)).await {
            error!(limit = name, error = %chain(&error), "the registry asked to wait, and it could not be kept");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_slot_after_a_pause_is_now_and_the_pause_is_not_saved_up() {
        let now = Timestamp::from_second(1_000).unwrap();
        let long_ago = Timestamp::from_second(1).unwrap();
        let (first, free) =
            take(Some(long_ago), Duration::from_secs(1), Duration::MAX, now).unwrap();
        let (second, _) = take(Some(free), Duration::from_secs(1), Duration::MAX, now).unwrap();
        assert_eq!(
            (first.at, second.at),
            (now, later(now, Duration::from_secs(1)))
        );
    }

    #[test]
    fn a_rate_is_known_again_by_its_interval() {
        for rate in [0.001, 0.3, 1.0, 2.0, 3.0, 20.0, 999.0, 10_000.0] {
            let rate = Rate::per_second(rate).unwrap();
            let kept = Duration::from_micros(rate.interval().as_micros() as u64);
            assert_eq!(Rate::of_interval(kept), Some(rate));
        }
    }

    #[test]
    fn a_slot_too_far_away_is_not_taken() {
        let now = Timestamp::from_second(1_000).unwrap();
        let far = later(now, Duration::from_secs(11));
        let full = take(
            Some(far),
            Duration::from_secs(1),
            Duration::from_secs(10),
            now,
        );
        assert_eq!(full, Err(Refusal::Full { next: far }));
    }

    proptest! {
        #[test]
        fn no_window_of_one_second_holds_more_slots_than_the_rate_whenever_they_are_asked_for(
            rate in 1u32..50,
            pauses in prop::collection::vec(0u64..700, 1..200),
        ) {
            let interval = Rate::per_second(f64::from(rate)).unwrap().interval();
            let mut now = Timestamp::from_second(1_000).unwrap();
            let mut free = None;
            let mut slots = Vec::new();
            for pause in pauses {
                now = later(now, Duration::from_millis(pause));
                let (slot, next) = take(free, interval, Duration::MAX, now).unwrap();
                free = Some(next);
                slots.push(slot.at);
            }
            for (first, one_too_many) in slots.iter().zip(slots.iter().skip(rate as usize)) {
                prop_assert!(*one_too_many > later(*first, Duration::from_secs(1)));
            }
        }
    }
}

//! Callbacks: what an account is still to be told of a registration, in order,
//! and for how long it is tried.
//!
//! * [`Callbacks`]: the fold; the oldest one is told before the next;
//! * [`url`]: what may be registered as a callback;
//! * [`address`]: which addresses are nobody's public server.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::event::Fact;
use crate::patience::{Patience, later};
use crate::status::Status;

pub mod address;
pub mod url;

pub use address::{Allowed, Reserved};
pub use url::{BadUrl, CallbackUrl};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// The waits between attempts, the example of the Standard Webhooks
/// specification ("Deliverability and reliability"): ten attempts in three days.
pub const WAITS: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * MINUTE),
    Duration::from_secs(30 * MINUTE),
    Duration::from_secs(2 * HOUR),
    Duration::from_secs(5 * HOUR),
    Duration::from_secs(10 * HOUR),
    Duration::from_secs(14 * HOUR),
    Duration::from_secs(20 * HOUR),
    Duration::from_secs(24 * HOUR),
];

/// No attempt but the first is made later than this after the status changed:
/// those that queued up behind one that was given up do not each take three days.
pub const GIVEN_UP_AFTER: Duration = Duration::from_secs(78 * HOUR);

/// A change of status that the account has not been told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// The event that changed the status.
    pub seq: u64,
    /// When it did.
    pub since: Timestamp,
    /// To what.
    pub status: Status,
    /// From what.
    pub previous: Status,
    /// Attempts made.
    pub attempts: u32,
    /// The next one is not to be made before this.
    pub not_before: Timestamp,
}

impl Undelivered {
    /// When to try again after an attempt that failed at `now`; none: never.
    pub fn retry_at(&self, now: Timestamp) -> Option<Timestamp> {
        let wait = WAITS.get(usize::try_from(self.attempts).ok()?)?;
        let at = later(now, *wait);
        (at <= later(self.since, GIVEN_UP_AFTER)).then_some(at)
    }
}

/// What an account is still to be told of one registration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Callbacks(BTreeMap<u64, Undelivered>);

impl Callbacks {
    /// The oldest: no other is delivered before it.
    pub fn oldest(&self) -> Option<&Undelivered> {
        self.0.values().next()
    }

    /// Takes in a fact of the event `seq`, written at `time`.
    pub(crate) fn take(&mut self, fact: &Fact, seq: u64, time: Timestamp) {
        match fact {
            Fact::CallbackDue { status, previous } => {
                self.0.insert(
                    seq,
                    Undelivered {
                        seq,
                        since: time,
                        status: *status,
                        previous: *previous,
                        attempts: 0,
                        not_before: time,
                    },
                );
            }
            Fact::CallbackFailed {
                seq,
                attempt,
                retry_at,
                ..
            } => {
                if let Some(undelivered) = self.0.get_mut(seq) {
                    undelivered.attempts = undelivered.attempts.max(*attempt);
                    undelivered.not_before = *retry_at;
                }
            }
            Fact::CallbackDelivered { seq, .. } | Fact::CallbackAbandoned { seq, .. } => {
                self.0.remove(seq);
            }
            _ => {}
        }
    }
}

impl Patience {
    /// When the sweep has to bring on an undelivered callback. The first attempt
    /// follows the change of status by a message of its own, so that being due is
    /// a rescue; every further one is the sweep's to send.
    pub fn callback_due_at(&self, undelivered: &Undelivered, now: Timestamp) -> Timestamp {
        match undelivered.attempts {
            0 => later(now, self.rescue_after),
            _ => undelivered.not_before,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undelivered(attempts: u32, since: Timestamp) -> Undelivered {
        Undelivered {
            seq: 3,
            since,
            status: Status::InReview,
            previous: Status::InProgress,
            attempts,
            not_before: since,
        }
    }

    #[test]
    fn waits_are_those_of_the_specification_and_end_within_78_hours() {
        let hour = |hours: u64| hours * 3_600;
        let waits = WAITS.map(|wait| wait.as_secs());
        let long = [2, 5, 10, 14, 20, 24].map(hour);
        assert_eq!(waits[..3], [5, 300, 1_800]);
        assert_eq!(waits[3..], long);
        assert_eq!(GIVEN_UP_AFTER.as_secs(), hour(78));
    }

    #[test]
    fn waits_grow_and_end_after_three_days() {
        let since = Timestamp::from_second(1_800_000_000).unwrap();
        let (mut now, mut attempts, mut last) = (since, 0, Duration::ZERO);
        while let Some(at) = undelivered(attempts, since).retry_at(now) {
            let wait = Duration::try_from(at.duration_since(now)).unwrap();
            assert!(wait > last, "attempt {attempts}");
            (now, attempts, last) = (at, attempts + 1, wait);
        }
        let days = now.duration_since(since).as_hours() / 24;
        assert_eq!((attempts, days), (9, 3));
    }

    #[test]
    fn a_first_attempt_is_rescued_and_a_further_one_is_due_by_its_own_time() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let patience = Patience::default();
        let due = |attempts| patience.callback_due_at(&undelivered(attempts, now), now);
        assert_eq!(due(0), later(now, patience.rescue_after));
        assert_eq!(due(1), now);
    }

    #[test]
    fn what_queued_up_behind_a_dead_receiver_is_given_up_with_it() {
        let since = Timestamp::from_second(1_800_000_000).unwrap();
        let late = later(since, GIVEN_UP_AFTER);
        assert_eq!(undelivered(0, since).retry_at(late), None);
    }
}

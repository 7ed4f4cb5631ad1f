//! The simulator's time: a monotonic clock for what it measures, and the wall
//! time that belongs to it for what it writes into answers.

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Time since the start, and what that is on the wall.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Instant,
    wall: Timestamp,
}

impl Clock {
    /// Starts at zero.
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place where the simulator reads the wall clock"
    )]
    pub(crate) fn start() -> Self {
        Self {
            start: Instant::now(),
            wall: Timestamp::now(),
        }
    }

    /// The time since the start.
    pub(crate) fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// The wall time at the start.
    pub(crate) fn wall(&self) -> Timestamp {
        self.wall
    }

    /// Unix seconds, as webhooks are stamped.
    pub(crate) fn unix_seconds(&self) -> i64 {
        self.wall
            .checked_add(self.now())
            .unwrap_or(self.wall)
            .as_second()
    }
}

/// `at` after `wall` in the form of Telnyx's documents:
/// `2024-08-07T17:22:37.328+00:00`.
pub(crate) fn written(wall: Timestamp, at: Duration) -> String {
    let moment = wall.checked_add(at).unwrap_or(wall);
    format!("{}", moment.strftime("%Y-%m-%dT%H:%M:%S.%3f+00:00"))
}

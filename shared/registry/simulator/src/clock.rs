//! The simulator's time: a monotonic clock for what it measures, and the wall
//! time that belongs to it for what it writes into answers.

use std::fmt;
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Time since the start, as somebody else measures it.
pub type Elapsed = Box<dyn Fn() -> Duration + Send + Sync>;

/// Time since the start, and what that is on the wall.
pub(crate) struct Clock {
    elapsed: Elapsed,
    wall: Timestamp,
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({:?} after {})", self.now(), self.wall)
    }
}

impl Clock {
    /// Starts at zero.
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place where the simulator reads the wall clock"
    )]
    pub(crate) fn start() -> Self {
        let start = Instant::now();
        Self::measured(Box::new(move || start.elapsed()), Timestamp::now())
    }

    /// Starts at `wall`; the time since then is told.
    pub(crate) fn measured(elapsed: Elapsed, wall: Timestamp) -> Self {
        Self { elapsed, wall }
    }

    /// The time since the start.
    pub(crate) fn now(&self) -> Duration {
        (self.elapsed)()
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

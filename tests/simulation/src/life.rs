//! One worker while it runs one message: how far its clock is off, and its death.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use platform::Clock;
use registration::patience::later;
use tokio::sync::Notify;
use tokio::time::Instant;

tokio::task_local! {
    static LIFE: Arc<Life>;
}

/// A worker.
#[derive(Debug, Default)]
pub struct Life {
    /// Ahead of the true time, or behind it.
    pub skew: SignedDuration,
    died: Notify,
}

impl Life {
    /// With a clock that is off by so much.
    pub fn with_skew(skew: SignedDuration) -> Self {
        Self {
            skew,
            died: Notify::new(),
        }
    }

    /// Runs something as this worker. False: it died, or ran longer than `longest`, and
    /// goes no further.
    pub async fn runs(self, longest: Duration, work: impl Future<Output = ()>) -> bool {
        let life = Arc::new(self);
        let lives = LIFE.scope(Arc::clone(&life), work);
        tokio::select! {
            biased;
            () = life.died.notified() => false,
            () = tokio::time::sleep(longest) => false,
            () = lives => true,
        }
    }
}

/// The worker that runs here dies; nothing of it goes on. Where none runs, nothing dies.
pub async fn die() {
    if let Ok(life) = LIFE.try_with(Arc::clone) {
        life.died.notify_one();
        std::future::pending::<()>().await;
    }
}

/// Whether a worker runs here that may die.
pub fn is_a_worker() -> bool {
    LIFE.try_with(|_| ()).is_ok()
}

/// The time of one run: virtual, and to each worker as its clock has it.
#[derive(Debug)]
pub struct VirtualClock {
    begun: Instant,
    at: Timestamp,
}

impl VirtualClock {
    /// Begins here and now, at this time.
    pub fn begin(at: Timestamp) -> Self {
        Self {
            begun: Instant::now(),
            at,
        }
    }

    /// Since the beginning.
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// The true time.
    pub fn truly(&self) -> Timestamp {
        let since = u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX);
        later(self.at, Duration::from_millis(since))
    }

    /// How long until this true time; nothing if it is past.
    pub fn until(&self, at: Timestamp) -> Duration {
        Duration::try_from(at.duration_since(self.truly())).unwrap_or_default()
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        let truly = self.truly();
        let skew = LIFE.try_with(|life| life.skew).unwrap_or_default();
        truly.checked_add(skew).unwrap_or(truly)
    }
}

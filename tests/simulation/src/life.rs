//! One worker while it runs one message: how far its clock is off, and its death.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use platform::Clock;
use registration::patience::later;
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::time::Instant;

tokio::task_local! {
    static LIFE: Arc<Life>;
}

/// A worker.
#[derive(Debug, Default)]
pub struct Life {
    /// Ahead of the true time, or behind it, in milliseconds.
    skew: AtomicI64,
    /// Whether it runs a message, and nothing else.
    runs_a_message: bool,
    /// Whether it has acknowledged that message: it is to have nothing left to do.
    acknowledged: AtomicBool,
    died: Notify,
}

impl Life {
    /// With a clock that is off by so much.
    pub fn with_skew(milliseconds: i64) -> Self {
        Self {
            skew: AtomicI64::new(milliseconds),
            ..Self::default()
        }
    }

    /// The same, for one message.
    #[must_use]
    pub fn of_a_message(self) -> Self {
        Self {
            runs_a_message: true,
            ..self
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

/// What a run runs in: one thread, in which time passes only where nothing else can.
pub fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
}

/// The worker that runs here dies; nothing of it goes on. Where none runs, nothing dies.
pub async fn die() {
    if let Ok(life) = LIFE.try_with(Arc::clone) {
        life.died.notify_one();
        std::future::pending::<()>().await;
    }
}

/// The clock of the worker that runs here is set: it is off by so much from now on.
pub fn set_clock(milliseconds: i64) {
    let _ = LIFE.try_with(|life| life.skew.store(milliseconds, Ordering::Relaxed));
}

/// The worker that runs here has acknowledged its message, if it runs one.
pub fn has_acknowledged() {
    let _ = LIFE.try_with(|life| {
        life.acknowledged
            .store(life.runs_a_message, Ordering::Relaxed)
    });
}

/// Whether it has.
pub fn is_acknowledged() -> bool {
    LIFE.try_with(|life| life.acknowledged.load(Ordering::Relaxed))
        .unwrap_or_default()
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
        let skew = LIFE.try_with(|life| life.skew.load(Ordering::Relaxed));
        let skew = SignedDuration::from_millis(skew.unwrap_or_default());
        truly.checked_add(skew).unwrap_or(truly)
    }
}

/// The same time as everybody has it who is no worker: AWS's own.
#[derive(Debug)]
pub struct TrueClock(pub Arc<VirtualClock>);

impl Clock for TrueClock {
    fn now(&self) -> Timestamp {
        self.0.truly()
    }
}

//! The gate of one run: every call of a worker to store or queue takes a moment, which
//! lets others go first, and may go wrong.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use end_to_end::gate::{Call, Failing, Gate, Wake};
use end_to_end::model::{LONGEST_LAG, Weather, whole_seconds};
use jiff::Timestamp;
use platform::store::Append;
use registration::patience::later;

use crate::chance::Chance;
use crate::fault::{Faults, Kind};
use crate::life::{VirtualClock, die, has_acknowledged, is_a_worker, is_acknowledged, set_clock};
use crate::plan::On;
use crate::trace::Trace;
use crate::watch::Watch;

/// The longest that a call to store or queue takes.
const MOMENT: Duration = Duration::from_millis(20);

/// Store and queue behind chance.
pub struct Doors {
    /// All chance of the run.
    pub chance: Chance,
    /// What goes wrong.
    pub faults: Faults,
    /// The time.
    pub clock: Arc<VirtualClock>,
    /// What happens.
    pub trace: Trace,
    /// What is looked at on the way.
    pub watch: Watch,
    /// At most; nothing where the store is SQLite.
    lists_are_behind: Duration,
    wakes: Mutex<Wakes>,
}

#[derive(Default)]
struct Wakes {
    messages: BTreeSet<Timestamp>,
    rows: BTreeSet<Timestamp>,
}

impl Doors {
    /// The doors of one run.
    pub fn new(
        on: On,
        chance: Chance,
        faults: Faults,
        clock: Arc<VirtualClock>,
        trace: Trace,
    ) -> Self {
        Self {
            chance,
            faults,
            clock,
            trace,
            watch: Watch::default(),
            lists_are_behind: match on {
                On::Sqlite => Duration::ZERO,
                On::Model => LONGEST_LAG,
            },
            wakes: Mutex::default(),
        }
    }

    fn wakes(&self) -> MutexGuard<'_, Wakes> {
        self.wakes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When a message may be received next, or a row is due next.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let wakes = self.wakes();
        let both = [wakes.messages.first(), wakes.rows.first()];
        both.into_iter().flatten().min().copied()
    }

    /// Forgets the times that have passed; whether there was one for messages, and one
    /// for rows.
    pub fn pass_wakes(&self, now: Timestamp) -> (bool, bool) {
        let mut wakes = self.wakes();
        let passes = |times: &mut BTreeSet<Timestamp>| {
            let mut passed = false;
            while times.first().is_some_and(|at| *at <= now) {
                passed |= times.pop_first().is_some();
            }
            passed
        };
        (passes(&mut wakes.messages), passes(&mut wakes.rows))
    }

    /// A message that was received comes again after this, unless it is acknowledged.
    pub fn is_hidden(&self, visibility: Duration) {
        Gate::wakes(self, Wake::After(visibility));
    }

    /// Rows are to be looked at again after this.
    pub fn is_due(&self, wait: Duration) {
        Gate::wakes(self, Wake::At(later(self.clock.truly(), wait)));
    }

    /// Where a clock is set to: up to a minute off.
    fn step(&self) -> i64 {
        let minute = self.chance.up_to(Duration::from_secs(120));
        i64::try_from(minute.as_millis()).unwrap_or_default() - 60_000
    }

    /// The delay as the queue keeps it.
    fn delayed(&self, wait: Duration) -> Duration {
        match self.lists_are_behind.is_zero() {
            true => wait,
            false => whole_seconds(wait),
        }
    }

    async fn moment(&self) {
        tokio::time::sleep(self.chance.up_to(MOMENT)).await;
    }
}

#[async_trait]
impl Gate for Doors {
    async fn pass<T: Send, E: Failing>(
        &self,
        call: Call,
        _times: usize,
        made: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E> {
        if !is_a_worker() {
            return made.await;
        }
        if is_acknowledged() && call != Call::Read {
            self.watch
                .breaks(format!("{call:?} after the message was acknowledged"));
        }
        if self.faults.strikes(Kind::ClockStep) {
            set_clock(self.step());
        }
        self.moment().await;
        if self.faults.strikes(Kind::CrashBefore) {
            self.trace
                .happened(self.clock.truly(), format_args!("  dies before {call:?}"));
            die().await;
        }
        if self.faults.strikes(Kind::Failed) {
            self.trace
                .happened(self.clock.truly(), format_args!("  {call:?} fails"));
            return Err(E::failing());
        }
        let answer = made.await;
        let went = if answer.is_ok() { "" } else { " in vain" };
        self.trace
            .happened(self.clock.truly(), format_args!("  {call:?}{went}"));
        if self.faults.strikes(Kind::CrashAfter) {
            self.trace
                .happened(self.clock.truly(), format_args!("  dies after {call:?}"));
            die().await;
        }
        if answer.is_ok() && self.faults.strikes(Kind::AnswerLost) {
            self.trace.happened(
                self.clock.truly(),
                format_args!("  the answer to {call:?} is lost"),
            );
            return Err(E::failing());
        }
        if call == Call::Acknowledge && answer.is_ok() {
            has_acknowledged();
        }
        self.moment().await;
        answer
    }

    fn counted(&self, _call: Call, _times: usize) {}

    fn wakes(&self, at: Wake) {
        let now = self.clock.truly();
        match at {
            Wake::At(at) => {
                // Lists show it that much later.
                let listed = later(at.max(now), self.lists_are_behind);
                self.wakes().rows.extend([at, listed]);
            }
            Wake::After(wait) => {
                let at = later(now, self.delayed(wait));
                self.wakes().messages.insert(at);
            }
        }
    }

    async fn appended(&self, appends: &[Append]) {
        self.watch.appended(appends).await;
    }
}

#[async_trait]
impl Weather for Doors {
    fn lag(&self) -> Duration {
        match self.faults.strikes(Kind::ListsBehind) {
            true => self.chance.up_to(LONGEST_LAG),
            false => Duration::ZERO,
        }
    }

    fn picks(&self, of: usize) -> usize {
        match self.faults.strikes(Kind::Reordered) {
            true => self.chance.below(of),
            false => 0,
        }
    }

    async fn between(&self) {
        if !is_a_worker() {
            return;
        }
        self.moment().await;
        if self.faults.strikes(Kind::CrashBetween) {
            self.trace
                .happened(self.clock.truly(), "  dies between two writes");
            die().await;
        }
    }
}

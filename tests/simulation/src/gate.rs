//! The gate of one run: every call of a worker to store or queue takes a moment, which
//! lets others go first, and may go wrong.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use end_to_end::gate::{Call, Failing, Gate, Wake};
use jiff::Timestamp;
use registration::patience::later;

use crate::chance::Chance;
use crate::fault::{Faults, Kind};
use crate::life::{VirtualClock, die, is_a_worker};
use crate::trace::Trace;

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
    wakes: Mutex<Wakes>,
}

#[derive(Default)]
struct Wakes {
    messages: BTreeSet<Timestamp>,
    rows: BTreeSet<Timestamp>,
}

impl Doors {
    /// The doors of one run.
    pub fn new(chance: Chance, faults: Faults, clock: Arc<VirtualClock>, trace: Trace) -> Self {
        Self {
            chance,
            faults,
            clock,
            trace,
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
        self.moment().await;
        answer
    }

    fn counted(&self, _call: Call, _times: usize) {}

    fn wakes(&self, at: Wake) {
        match at {
            Wake::At(at) => self.wakes().rows.insert(at),
            Wake::After(wait) => {
                let at = later(self.clock.truly(), wait);
                self.wakes().messages.insert(at)
            }
        };
    }
}

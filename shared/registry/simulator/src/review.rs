//! The course of a review: statuses and when each is reached. It is laid down at
//! the start, so that reading it at any time is a comparison with the clock.

use std::collections::VecDeque;
use std::time::Duration;

/// Where an object's next change stands in the agenda.
pub(crate) type Slot = (Duration, u64);

/// The status now, and those to come.
#[derive(Debug)]
pub(crate) struct Review<S> {
    current: S,
    ahead: VecDeque<(Duration, S)>,
    slot: Option<Slot>,
}

impl<S> Review<S> {
    /// Begins with `current`; `ahead` in order of time since the simulator's start.
    pub(crate) fn new(current: S, ahead: Vec<(Duration, S)>) -> Self {
        Self {
            current,
            ahead: ahead.into(),
            slot: None,
        }
    }

    /// The status reached.
    pub(crate) fn current(&self) -> &S {
        &self.current
    }

    /// When the next status is reached.
    pub(crate) fn due(&self) -> Option<Duration> {
        self.ahead.front().map(|(at, _)| *at)
    }

    /// Moves the next change to `at`, if it is later.
    pub(crate) fn hasten(&mut self, at: Duration) {
        if let Some(next) = self.ahead.front_mut() {
            next.0 = next.0.min(at);
        }
    }

    /// Reaches the next status.
    pub(crate) fn advance(&mut self) {
        if let Some((_, next)) = self.ahead.pop_front() {
            self.current = next;
        }
    }

    /// Notes the place in the agenda, and gives the one before.
    pub(crate) fn scheduled(&mut self, slot: Option<Slot>) -> Option<Slot> {
        std::mem::replace(&mut self.slot, slot)
    }
}

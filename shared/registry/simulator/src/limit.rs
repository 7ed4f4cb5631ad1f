//! The limit on calls per second, over a sliding second.

use std::collections::VecDeque;
use std::time::Duration;

use crate::settings::Limit;

const SECOND: Duration = Duration::from_secs(1);

/// What an answer's rate limit headers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// Whether this call was allowed.
    pub(crate) allowed: bool,
    pub(crate) limit: u32,
    pub(crate) remaining: usize,
    /// Whole seconds until there is room again, rounded up.
    pub(crate) reset: u64,
}

/// Calls of the last second. A refused call takes no room.
#[derive(Debug)]
pub(crate) struct Limiter {
    limit: Option<Limit>,
    writes: VecDeque<Duration>,
    reads: VecDeque<Duration>,
}

impl Limiter {
    pub(crate) fn new(limit: Option<Limit>) -> Self {
        Self {
            limit,
            writes: VecDeque::new(),
            reads: VecDeque::new(),
        }
    }

    /// A call at `now`; `None` when nothing is limited.
    pub(crate) fn call(&mut self, now: Duration, write: bool) -> Option<Allowance> {
        let (limit, calls) = match self.limit? {
            Limit::Together(limit) => (limit, &mut self.writes),
            Limit::Apart { writes, .. } if write => (writes, &mut self.writes),
            Limit::Apart { reads, .. } => (reads, &mut self.reads),
        };
        while calls
            .front()
            .is_some_and(|oldest| now.saturating_sub(*oldest) >= SECOND)
        {
            calls.pop_front();
        }
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let allowed = calls.len() < most;
        if allowed {
            calls.push_back(now);
        }
        let until = calls
            .front()
            .map_or(SECOND, |oldest| (*oldest + SECOND).saturating_sub(now));
        Some(Allowance {
            allowed,
            limit,
            remaining: most - calls.len(),
            reset: until.as_millis().div_ceil(1000).try_into().unwrap_or(1),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn no_second_holds_more_calls_than_allowed_wherever_it_begins() {
        let mut limiter = Limiter::new(Some(Limit::Together(2)));
        let mut allowed = |time| limiter.call(at(time), true).expect("limited").allowed;
        assert!(allowed(900));
        assert!(allowed(950));
        assert!(!allowed(1050), "a fixed second would begin anew at 1000");
        assert!(!allowed(1899));
        assert!(allowed(1900));
        assert!(!allowed(1949));
        assert!(allowed(1950));
    }

    #[test]
    fn reads_and_writes_are_counted_apart_or_together_as_set() {
        let apart = Limit::Apart {
            writes: 1,
            reads: 1,
        };
        let mut limiter = Limiter::new(Some(apart));
        assert!(limiter.call(at(0), true).expect("limited").allowed);
        assert!(limiter.call(at(0), false).expect("limited").allowed);
        let mut limiter = Limiter::new(Some(Limit::Together(1)));
        assert!(limiter.call(at(0), true).expect("limited").allowed);
        assert!(!limiter.call(at(0), false).expect("limited").allowed);
    }

    #[test]
    fn the_allowance_says_what_is_left_and_when_there_is_more() {
        let mut limiter = Limiter::new(Some(Limit::Together(2)));
        let first = limiter.call(at(0), true).expect("limited");
        assert_eq!((first.limit, first.remaining, first.reset), (2, 1, 1));
        limiter.call(at(500), true);
        let refused = limiter.call(at(600), true).expect("limited");
        assert_eq!(
            (refused.allowed, refused.remaining, refused.reset),
            (false, 0, 1)
        );
    }
}

//! All chance of one run, from its seed.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;

/// What is drawn in one run, in one order.
#[derive(Debug, Clone)]
pub struct Chance(Arc<Mutex<Rng>>);

impl Chance {
    /// The chance of this seed.
    pub fn of(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Rng::with_seed(seed))))
    }

    fn draw<T>(&self, draw: impl FnOnce(&mut Rng) -> T) -> T {
        draw(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether something happens that happens so many times in ten thousand.
    pub fn happens(&self, in_ten_thousand: u32) -> bool {
        self.draw(|rng| rng.u32(0..10_000)) < in_ten_thousand
    }

    /// Below `bound`, from 0; 0 for a bound of 0.
    pub fn below(&self, bound: usize) -> usize {
        self.draw(|rng| rng.usize(0..bound.max(1)))
    }

    /// One of these.
    pub fn one_of<'a, T>(&self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }

    /// A time from nothing up to this, in whole milliseconds.
    pub fn up_to(&self, longest: Duration) -> Duration {
        let longest = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(self.draw(|rng| rng.u64(0..=longest)))
    }

    /// 128 bits.
    pub fn bits(&self) -> u128 {
        self.draw(|rng| rng.u128(..))
    }
}

thread_local! {
    static IDS: RefCell<Option<Chance>> = const { RefCell::new(None) };
}

/// From now on this thread's ids are drawn from this.
pub fn ids_from(chance: Chance) {
    IDS.with(|ids| *ids.borrow_mut() = Some(chance));
}

/// The next 128 bits for ids of this thread's run.
pub fn id() -> u128 {
    IDS.with(|ids| ids.borrow().as_ref().map_or(0, Chance::bits))
}

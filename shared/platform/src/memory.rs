//! The registrations that this process has written or read last, folded: so that a
//! case that was just written is not read again.
//!
//! What is remembered may be old, as other processes write too. Three rules keep
//! that from mattering:
//!
//! * a message says which event its sender had seen, and a case that knows less is
//!   not taken;
//! * a remembered case may only lead to work. Whoever would do nothing, and whoever
//!   repairs, reads the history;
//! * an event is written after the last one that the case knows, or not at all
//!   ([`StoreError::Taken`](crate::store::StoreError::Taken)); then the case is
//!   forgotten.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use registration::RegistrationId;

use crate::case::Case;

/// A history of more events is not remembered.
const LONGEST: u64 = 500;

/// Folded histories, the least used of which are forgotten first. Clones share them.
#[derive(Clone)]
pub struct Memory(Option<Arc<Mutex<LruCache<RegistrationId, Case>>>>);

impl Memory {
    /// For at most so many registrations; 0: nothing is remembered. One takes about
    /// 10 KB.
    pub fn of(most: usize) -> Self {
        let most = NonZeroUsize::new(most);
        Self(most.map(|most| Arc::new(Mutex::new(LruCache::new(most)))))
    }

    fn cases(&self) -> Option<MutexGuard<'_, LruCache<RegistrationId, Case>>> {
        let cases = self.0.as_ref()?;
        Some(cases.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A case that knows the event `seen`, and maybe later ones.
    pub fn recall(&self, id: &RegistrationId, seen: u64) -> Option<Case> {
        let mut cases = self.cases()?;
        let case = cases.get(id)?;
        (seen <= case.facts.seq()).then(|| case.clone())
    }

    /// From now on this is what is known, unless more is.
    pub fn keep(&self, case: &Case) {
        let Some(mut cases) = self.cases() else {
            return;
        };
        let seq = case.facts.seq();
        if cases
            .peek(&case.id)
            .is_some_and(|known| seq < known.facts.seq())
        {
            return;
        }
        if LONGEST < seq {
            cases.pop(&case.id);
            return;
        }
        cases.put(case.id.clone(), case.clone());
    }

    /// Somebody else has written to it.
    pub fn forget(&self, id: &RegistrationId) {
        if let Some(mut cases) = self.cases() {
            cases.pop(id);
        }
    }

    /// All of it, as when a process ends.
    pub fn forget_all(&self) {
        if let Some(mut cases) = self.cases() {
            cases.clear();
        }
    }
}

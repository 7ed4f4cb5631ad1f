//! What makes two states one.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use super::place::Place;

impl Place {
    /// Everything that what comes next may depend on. Ids are no matter of chance here, and
    /// time stands still while anything can happen: times and traces may count.
    pub(super) fn state(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.clock.elapsed().hash(&mut hasher);
        self.model.hash_tables(&mut hasher);
        self.model.hash_messages(&mut hasher);
        for (worker, call) in self.turnstile.standing() {
            let worker = self.workers.get(&worker);
            worker
                .map(|worker| (&worker.what, worker.digest))
                .hash(&mut hasher);
            call.hash(&mut hasher);
        }
        for (_, what) in &self.copies {
            what.hash(&mut hasher);
        }
        for posted in &self.posted {
            (&posted.path, &posted.body).hash(&mut hasher);
        }
        self.left.hash(&mut hasher);
        self.submitted().hash(&mut hasher);
        hasher.finish()
    }

    /// What a worker can have read, after `before`.
    pub(super) fn read_now(&self, before: u64) -> u64 {
        let mut hasher = DefaultHasher::new();
        before.hash(&mut hasher);
        self.model.hash_tables(&mut hasher);
        self.submitted().hash(&mut hasher);
        hasher.finish()
    }

    /// How often each thing was submitted.
    fn submitted(&self) -> Vec<u64> {
        let made = self.registry.simulator.submissions();
        let all = [
            made.brands,
            made.campaigns,
            made.numbers,
            made.revets,
            made.vettings,
            made.edits,
            made.appeals,
        ];
        all.iter()
            .map(|counts| counts.values().sum::<u64>())
            .collect()
    }
}

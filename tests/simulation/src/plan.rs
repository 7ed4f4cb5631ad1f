//! What one run is to do, and what came of it.

use std::time::Duration;

use registry_simulator::{Call, Reviews};

use crate::check::Violation;
use crate::fault::{Kind, Tally};
use crate::orders::Ordered;

/// What store and queue are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// SQLite, in memory.
    Sqlite,
    /// The model of DynamoDB and SQS.
    Model,
}

/// What is simulated.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Decides everything.
    pub seed: u64,
    /// Orders.
    pub registrations: usize,
    /// What each of them is, with so many numbers; none: as chance has it.
    pub ordered: Option<(Ordered, usize)>,
    /// How long reviews take; none: as chance has it.
    pub reviews: Option<Reviews>,
    /// Whether the registry has webhooks.
    pub webhooks: bool,
    /// What may go wrong.
    pub kinds: Vec<Kind>,
    /// How often at most.
    pub most_faults: u64,
    /// What store and queue are.
    pub on: On,
    /// Whether the sweep runs.
    pub sweep: bool,
    /// Whether the orders come within a second, and not within a day.
    pub all_at_once: bool,
    /// Whether each thing that happens is printed.
    pub tells: bool,
}

impl Plan {
    /// The plan of a seed. Of eight, five have any fault, two lose nothing, and one
    /// loses nothing and has no sweep. In one of two clocks are true, and one of four has
    /// all its orders at once.
    pub fn of(seed: u64, registrations: usize) -> Self {
        let calm = matches!(seed % 8, 3 | 5 | 7);
        let sweep = seed % 8 != 7;
        let kinds = Kind::ALL
            .into_iter()
            .filter(|kind| !calm || kind.loses_nothing())
            .filter(|kind| !has_true_clocks(seed) || !kind.is_of_clocks())
            // A brand rests for months before it is withdrawn: the sweep brings it on.
            .filter(|kind| sweep || *kind != Kind::Cancels);
        Self {
            seed,
            registrations,
            ordered: None,
            reviews: None,
            webhooks: true,
            kinds: kinds.collect(),
            most_faults: u64::MAX,
            on: match (seed / 8) % 2 {
                0 => On::Model,
                _ => On::Sqlite,
            },
            sweep,
            all_at_once: (seed / 2).is_multiple_of(4),
            tells: false,
        }
    }

    /// Whether every worker's clock is right.
    pub fn has_true_clocks(&self) -> bool {
        !self.kinds.iter().any(|kind| kind.is_of_clocks())
    }

    /// Whether nothing is lost and nobody dies.
    pub fn is_calm(&self) -> bool {
        self.kinds.iter().all(|kind| kind.loses_nothing())
    }
}

fn has_true_clocks(seed: u64) -> bool {
    (seed / 2).is_multiple_of(2)
}

/// What came of a run.
#[derive(Debug, Clone, Default)]
pub struct Ended {
    /// Promises that were broken.
    pub violations: Vec<Violation>,
    /// Faults that were injected.
    pub faults: Tally,
    /// Events in all histories.
    pub events: u64,
    /// Rescues by the sweep.
    pub rescues: usize,
    /// Orders that had not come to their end when time was up.
    pub stuck: usize,
    /// Virtual time that passed.
    pub took: Duration,
    /// Calls that the registry got.
    pub calls: Vec<Call>,
    /// The trace's hash.
    pub hash: String,
}

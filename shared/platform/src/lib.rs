//! The shell around the pure core: everything that touches the world.
//!
//! # Layout, in the order to read it
//!
//! * [`run`]: running one step, the only orchestration code there is;
//! * [`step`]: what a function adds for its own step; [`at_registry`] the steps
//!   that are one submission to a registry, [`own_step`] those that call none;
//! * [`case`]: one registration while it is worked on: its facts, and how facts
//!   are added; [`memory`]: those that this process has written last;
//! * [`receive`]: how an order becomes a registration;
//! * [`decide`]: how a person's decision becomes facts: [`retry`] (a stopped step
//!   runs again), [`amend`] (corrected data), [`cancel`], [`otp`] (a PIN),
//!   [`confirmation`] (an e-mail sent again); and [`redrive`]: how a dead letter is
//!   taken up again;
//! * [`numbers`]: an order and the registrations of its numbers;
//! * [`existing`]: what an order names as registered already;
//! * [`store`] and [`queue`]: the two traits that a database and a queue
//!   implement; `sqlite` is both in one file, `aws` is DynamoDB and SQS;
//! * [`callback`]: how accounts are told of what changes;
//! * [`limiter`]: a slot for every call to a registry; [`limit`]: what is kept of
//!   one limit, and what an operator changes of it;
//! * [`workers`]: the loop that feeds messages to functions in one process;
//!   `lambda` is the same where Lambda does;
//! * [`token`]: who may call the API;
//! * [`check`]: whether what is stored is in order;
//! * [`configuration`], [`telemetry`], [`clock`];
//! * [`planted`]: mistakes, for the simulation to find.

use std::sync::Arc;
use std::time::Duration;

use registration::patience::Patience;

pub mod allowance;
pub mod amend;
pub mod at_registry;
#[cfg(feature = "aws")]
pub mod aws;
pub mod belong;
pub mod callback;
pub mod cancel;
pub mod case;
pub mod check;
pub mod claims;
pub mod clock;
pub mod configuration;
pub mod confirmation;
pub mod decide;
pub mod dependents;
pub mod existing;
#[cfg(feature = "lambda")]
pub mod lambda;
pub mod limit;
pub mod limiter;
pub mod memory;
pub mod message;
pub mod numbers;
pub mod otp;
pub mod own_step;
pub mod planted;
pub mod preflight;
pub mod queue;
pub mod receive;
pub mod reclaim;
pub mod redrive;
pub mod retry;
pub mod run;
pub mod share;
#[cfg(feature = "sqlite")]
pub mod sqlite;
pub mod step;
pub mod store;
pub mod telemetry;
pub mod token;
pub mod workers;

pub use case::Case;
pub use clock::Clock;
pub use message::Message;
pub use queue::Queue;
pub use step::StepFunction;
pub use store::Store;

/// What every function needs, made once at the start of a process. No registry
/// is in it: only the functions that call one hold its key.
#[derive(Clone)]
pub struct Platform {
    /// Histories and what is made from them.
    pub store: Arc<dyn Store>,
    /// Messages between functions.
    pub queue: Arc<dyn Queue>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// 128 random bits.
    pub random: fn() -> u128,
    /// Waiting times.
    pub patience: Patience,
    /// Whether every account may register under every other's brands, as those of one
    /// ISV may.
    pub accounts_share_brands: bool,
    /// How orders are looked at before they are taken.
    pub preflight: preflight::Preflight,
    /// Where callbacks may go, and which accounts have one.
    pub callbacks: callback::Callbacks,
    /// What this process has written or read last.
    pub memory: memory::Memory,
    /// The longest that a worker may run before its message is given to
    /// another. Longer than the lease.
    pub visibility: Duration,
}

impl Platform {
    /// The slots of a registry's limits, shared by all who use this store.
    pub fn pace(&self, registry: &'static str, limits: limiter::Limits) -> limiter::Paced {
        limiter::Paced {
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            registry,
            limits,
            // What is left of a message's visibility once a call's lease is taken
            // off: whoever waits longer would have its message given to another.
            longest_wait: self.visibility.saturating_sub(self.patience.lease),
        }
    }
}

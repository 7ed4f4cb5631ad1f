//! assign-numbers: every number of an order is a small registration of its own.
//!
//! * [`start`]: the order's step. Starts one registration per number, then
//!   waits for a counter to reach zero.
//! * [`number`]: the number's step. One submission and its verdict, like a brand
//!   or a campaign; and before it, where the number is on another campaign of
//!   ours, its removal there.

use std::sync::Arc;

use platform::StepFunction;
use platform::at_registry::{AtRegistry, Downstream};
use platform::own_step::OwnStep;

pub mod number;
pub mod start;

pub use number::{Detach, Number};
pub use start::Start;

/// The steps as functions.
pub fn functions(registry: Downstream) -> Vec<Arc<dyn StepFunction>> {
    vec![
        Arc::new(OwnStep(Start {
            registry: Some(Arc::clone(&registry.registry)),
        })),
        Arc::new(AtRegistry::new(Number, registry.clone())),
        Arc::new(AtRegistry::new(Detach, registry)),
    ]
}

//! offboard: takes back what a cancelled order has at the registry: its numbers,
//! then its campaign, then its brand.
//!
//! * [`numbers`]: cancels every number's own registration, and waits for a counter
//!   to reach zero;
//! * [`thing`]: one number, one campaign, one brand: one request and its outcome,
//!   each with the registry's rule.

use std::sync::Arc;

use platform::StepFunction;
use platform::at_registry::{AtRegistry, Downstream};
use platform::own_step::OwnStep;

pub mod numbers;
pub mod thing;

pub use numbers::EndNumbers;
pub use thing::{EndBrand, EndCampaign, EndNumber, EndReplaced};

/// The steps as functions.
pub fn functions(registry: Downstream) -> Vec<Arc<dyn StepFunction>> {
    vec![
        Arc::new(OwnStep(EndNumbers)),
        Arc::new(AtRegistry::new(EndNumber, registry.clone())),
        Arc::new(AtRegistry::new(EndReplaced, registry.clone())),
        Arc::new(AtRegistry::new(EndCampaign, registry.clone())),
        Arc::new(AtRegistry::new(EndBrand, registry)),
    ]
}

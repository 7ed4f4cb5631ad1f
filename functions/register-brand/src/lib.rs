//! register-brand: the legal entity, and for a sole proprietor the PIN by which
//! the person behind it proves who they are.
//!
//! * [`brand`]: the entity itself;
//! * [`otp`]: the SMS with the PIN, and the PIN handed in.

use std::sync::Arc;

use platform::StepFunction;
use platform::at_registry::{AtRegistry, Downstream};

pub mod brand;
pub mod otp;

pub use brand::Brand;
pub use otp::{Otp, Pin};

/// The steps as functions.
pub fn functions(registry: Downstream) -> Vec<Arc<dyn StepFunction>> {
    vec![
        Arc::new(AtRegistry::new(Brand, registry.clone())),
        Arc::new(AtRegistry::new(Otp, registry.clone())),
        Arc::new(AtRegistry::new(Pin, registry)),
    ]
}

//! register-brand: the legal entity; for a sole proprietor the PIN by which the person
//! behind it proves who they are, for a public company the e-mail that confirms it.
//!
//! * [`brand`]: the entity itself;
//! * [`otp`]: the SMS with the PIN, and the PIN handed in;
//! * [`confirmation`]: the e-mail sent again.

use std::sync::Arc;

use platform::StepFunction;
use platform::at_registry::{AtRegistry, Downstream};

pub mod brand;
pub mod confirmation;
pub mod otp;

pub use brand::Brand;
pub use confirmation::Confirmation;
pub use otp::{Otp, Pin};

/// The steps as functions.
pub fn functions(registry: Downstream) -> Vec<Arc<dyn StepFunction>> {
    vec![
        Arc::new(AtRegistry::new(Brand, registry.clone())),
        Arc::new(AtRegistry::new(Otp, registry.clone())),
        Arc::new(AtRegistry::new(Pin, registry.clone())),
        Arc::new(AtRegistry::new(Confirmation, registry)),
    ]
}

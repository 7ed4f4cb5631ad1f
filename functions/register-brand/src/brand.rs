//! The legal entity.
//!
//! 1. Request: the order's brand, as it was validated; in a later round an update
//!    of what the registry has, and a new look at it. A brand that is registered
//!    already is read.
//! 2. Submit: once per round. A registry that has it already is asked by EIN
//!    and name.
//! 3. Verdict: approved once the registry has verified the identity.

use platform::Case;
use platform::at_registry::{self, Submits};
use platform::step::{Misplaced, order};
use registration::{RegistryId, Step};
use registry::{Kind, Subject};

/// The legal entity.
#[derive(Debug, Clone, Copy)]
pub struct Brand;

impl Submits for Brand {
    const STEP: Step = Step::Brand;
    const KIND: Kind = Kind::Brand;

    fn subject(&self, case: &Case) -> Result<Subject, Misplaced> {
        at_registry::brand(case, Self::STEP)
    }

    fn adopts(&self, case: &Case) -> Option<RegistryId> {
        let order = order(case, Self::STEP).ok()?;
        order.brand.existing()?.registry_id.clone()
    }
}

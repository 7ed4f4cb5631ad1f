//! register-campaign: one use case of an approved brand.
//!
//! 1. Request: the order's campaign under the brand's id at the registry, with
//!    our reference in it; in a later round an update of what the registry has,
//!    or an appeal. A campaign that is registered already is read.
//! 2. Submit: once per round; each submission costs a review. A registry that
//!    has it already is asked by our reference.
//! 3. Verdict: approved once the carriers have provisioned it, not when it
//!    merely exists. After that each carrier may suspend and reinstate it.

use std::sync::Arc;

use platform::at_registry::{self, AtRegistry, Downstream, Submits};
use platform::step::{Misplaced, order};
use platform::{Case, StepFunction};
use registration::{RegistryId, Step};
use registry::{Kind, Subject};

/// The step as a function.
pub fn functions(registry: Downstream) -> Vec<Arc<dyn StepFunction>> {
    vec![Arc::new(AtRegistry::new(Campaign, registry))]
}

/// One use case.
#[derive(Debug, Clone, Copy)]
pub struct Campaign;

impl Submits for Campaign {
    const STEP: Step = Step::Campaign;
    const KIND: Kind = Kind::Campaign;

    fn subject(&self, case: &Case) -> Result<Subject, Misplaced> {
        at_registry::campaign(case, Self::STEP)
    }

    fn adopts(&self, case: &Case) -> Option<RegistryId> {
        let order = order(case, Self::STEP).ok()?;
        order.campaign.existing()?.registry_id.clone()
    }
}

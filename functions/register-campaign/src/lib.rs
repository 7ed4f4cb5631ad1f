//! register-campaign: one use case of an approved brand.
//!
//! 0. Before: whether carriers take such a campaign from the brand as it is. If
//!    not, the brand is vetted first, and nothing is submitted.
//! 1. Request: the order's campaign under the brand's id at the registry, with
//!    our reference in it; in a later round an update of what the registry has,
//!    or an appeal. A campaign that is registered already is read.
//! 2. Submit: once per round; each submission costs a review. A registry that
//!    has it already is asked by our reference.
//! 3. Verdict: approved once the carriers have provisioned it, not when it
//!    merely exists. After that each carrier may suspend and reinstate it.

use std::sync::Arc;

use async_trait::async_trait;
use platform::at_registry::{self, AtRegistry, Downstream, Submits};
use platform::step::{CallError, Misplaced, order};
use platform::{Case, StepFunction};
use registration::qualification::before_campaign;
use registration::{Fact, RegistryId, Step};
use registry::{Kind, Subject};

/// The step as a function.
pub fn functions(registry: Downstream) -> Vec<Arc<dyn StepFunction>> {
    vec![Arc::new(AtRegistry::new(Campaign, registry))]
}

/// One use case.
#[derive(Debug, Clone, Copy)]
pub struct Campaign;

#[async_trait]
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

    async fn lacks(&self, downstream: &Downstream, case: &Case) -> Result<Vec<Fact>, CallError> {
        let campaign = order(case, Self::STEP)?.campaign.new_part();
        let brand = case.facts.registry_id(Step::Brand);
        let (campaign, brand) = campaign.zip(brand).ok_or(Misplaced(Self::STEP))?;
        if case.facts.registry_id(Self::STEP).is_some() {
            // Carriers have it in their review.
            return Ok(Vec::new());
        }
        let usecase = &campaign.usecase;
        let carriers = downstream.registry.qualifications(brand, usecase).await?;
        let orderable = downstream.vetting.as_ref();
        Ok(before_campaign(&case.facts, usecase, &carriers, orderable))
    }
}

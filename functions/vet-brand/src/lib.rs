//! vet-brand: a vetting of the brand by an outside vetter.
//!
//! 1. Request: the vetter and its class, or the vetting to import, as ordered.
//! 2. Submit: once per round; the same vetting within 180 days is found, not paid
//!    for again.
//! 3. Verdict: approved once the vetter has given a score. The campaign is not
//!    submitted before: a vetting is not retroactive.

use std::sync::Arc;

use platform::at_registry::{AtRegistry, Downstream, Submits};
use platform::step::{Misplaced, order};
use platform::{Case, StepFunction};
use registration::Step;
use registry::{Kind, Subject};

/// The step as a function.
pub fn functions(registry: Downstream) -> Vec<Arc<dyn StepFunction>> {
    vec![Arc::new(AtRegistry::new(Vetting, registry))]
}

/// A vetting.
#[derive(Debug, Clone, Copy)]
pub struct Vetting;

impl Submits for Vetting {
    const STEP: Step = Step::Vetting;
    const KIND: Kind = Kind::Vetting;

    fn subject(&self, case: &Case) -> Result<Subject, Misplaced> {
        let brand = case.facts.registry_id(Step::Brand).cloned();
        let vetting = order(case, Self::STEP)?.vetting.clone();
        let (brand, vetting) = brand.zip(vetting).ok_or(Misplaced(Self::STEP))?;
        Ok(Subject::Vetting {
            brand,
            vetting: Box::new(vetting),
        })
    }
}

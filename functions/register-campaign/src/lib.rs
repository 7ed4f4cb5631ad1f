//! register-campaign: one use case of an approved brand.
//!
//! 1. Request: the order's campaign under the brand's id at the registry, with
//!    our reference in it.
//! 2. Submit: once per round; each submission costs a review. A registry that
//!    has it already is asked by our reference.
//! 3. Verdict: approved once the carriers have provisioned it, not when it
//!    merely exists.

use platform::Case;
use platform::step::{AtRegistry, Downstream, Misplaced, Submits, order};
use registration::{Reference, Step};
use registry::{Form, Kind, Subject, Submission};

/// The step as a function.
pub fn function(registry: Downstream) -> AtRegistry<Campaign> {
    AtRegistry::new(Campaign, registry)
}

/// One use case.
#[derive(Debug, Clone, Copy)]
pub struct Campaign;

impl Submits for Campaign {
    const STEP: Step = Step::Campaign;
    const KIND: Kind = Kind::Campaign;

    fn submission(
        &self,
        case: &Case,
        reference: Reference,
        webhook_url: Option<String>,
    ) -> Result<Submission, Misplaced> {
        let campaign = Box::new(order(case, Self::STEP)?.campaign.clone());
        let brand = case
            .facts
            .registry_id(Step::Brand)
            .cloned()
            .ok_or(Misplaced(Self::STEP))?;
        Ok(Submission {
            reference,
            webhook_url,
            subject: Subject::Campaign { brand, campaign },
            form: Form::New,
        })
    }
}

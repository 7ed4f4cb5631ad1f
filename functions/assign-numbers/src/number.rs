//! One number.
//!
//! 1. Request: the number and the campaign's id at the registry.
//! 2. Submit: once. The registry knows a number by itself, so it can be asked.
//! 3. Verdict: approved once it is assigned.

use platform::Case;
use platform::step::{AtRegistry, Downstream, Misplaced, Submits};
use registration::{Reference, Step, facts};
use registry::{Form, Kind, Subject, Submission};

/// The step as a function.
pub fn function(registry: Downstream) -> AtRegistry<Number> {
    AtRegistry::new(Number, registry)
}

/// One number's assignment to a campaign.
#[derive(Debug, Clone, Copy)]
pub struct Number;

impl Submits for Number {
    const STEP: Step = Step::Number;
    const KIND: Kind = Kind::Number;

    fn submission(
        &self,
        case: &Case,
        reference: Reference,
        webhook_url: Option<String>,
    ) -> Result<Submission, Misplaced> {
        let facts::Subject::Number {
            campaign, number, ..
        } = case.facts.subject()
        else {
            return Err(Misplaced(Self::STEP));
        };
        let subject = Subject::Number {
            campaign: campaign.clone(),
            number: number.clone(),
        };
        Ok(Submission {
            reference,
            webhook_url,
            subject,
            form: Form::New,
        })
    }
}

//! register-brand: the legal entity.
//!
//! 1. Request: the order's brand, as it was validated.
//! 2. Submit: once per round. A registry that has it already is asked by EIN
//!    and name.
//! 3. Verdict: approved once the registry has verified the identity.

use platform::Case;
use platform::step::{AtRegistry, Downstream, Misplaced, Submits, order};
use registration::{Reference, Step};
use registry::{Form, Kind, Subject, Submission};

/// The step as a function.
pub fn function(registry: Downstream) -> AtRegistry<Brand> {
    AtRegistry::new(Brand, registry)
}

/// The legal entity.
#[derive(Debug, Clone, Copy)]
pub struct Brand;

impl Submits for Brand {
    const STEP: Step = Step::Brand;
    const KIND: Kind = Kind::Brand;

    fn submission(
        &self,
        case: &Case,
        reference: Reference,
        webhook_url: Option<String>,
    ) -> Result<Submission, Misplaced> {
        let brand = order(case, Self::STEP)?.brand.clone();
        Ok(Submission {
            reference,
            webhook_url,
            subject: Subject::Brand(Box::new(brand)),
            form: Form::New,
        })
    }
}

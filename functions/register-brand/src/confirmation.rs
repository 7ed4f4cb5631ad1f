//! The e-mail by which a public company confirms its brand.
//!
//! 1. Request: another e-mail, where it was asked for; after a correction with the new
//!    address. The first one the registry sends by itself, with the brand.
//! 2. Submit: once per round. Each further e-mail is a round, and costs nothing.
//! 3. Verdict: read from the brand, which is verified once the link was followed.

use platform::Case;
use platform::at_registry::Submits;
use platform::step::{Misplaced, order};
use registration::Step;
use registry::{Kind, Subject};

/// The further e-mail.
#[derive(Debug, Clone, Copy)]
pub struct Confirmation;

impl Submits for Confirmation {
    const STEP: Step = Step::Confirmation;
    const KIND: Kind = Kind::Confirmation;

    fn subject(&self, case: &Case) -> Result<Subject, Misplaced> {
        let brand = case.facts.registry_id(Step::Brand).cloned();
        let brand = brand.ok_or(Misplaced(Self::STEP))?;
        let ordered = order(case, Self::STEP)?.brand.new_part();
        let corrected = ordered.filter(|_| case.facts.address_is_corrected());
        let corrected = corrected.cloned().map(Box::new);
        Ok(Subject::Confirmation { brand, corrected })
    }
}

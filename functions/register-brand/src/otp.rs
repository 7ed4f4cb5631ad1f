//! The PIN of a sole proprietor.
//!
//! 1. Request: an SMS to the person's phone; then the PIN that they read in it.
//! 2. Submit: once per round. Each SMS is a round, and each PIN handed in.
//! 3. Verdict: the SMS at once; the PIN as right or wrong. The brand's own
//!    verdict follows it.

use platform::Case;
use platform::at_registry::Submits;
use platform::step::Misplaced;
use registration::Step;
use registry::{Kind, Subject};

/// The SMS with the PIN.
#[derive(Debug, Clone, Copy)]
pub struct Otp;

impl Submits for Otp {
    const STEP: Step = Step::Otp;
    const KIND: Kind = Kind::Otp;

    fn subject(&self, case: &Case) -> Result<Subject, Misplaced> {
        let brand = case.facts.registry_id(Step::Brand).cloned();
        let brand = brand.ok_or(Misplaced(Self::STEP))?;
        Ok(Subject::Otp { brand })
    }
}

/// The PIN handed in.
#[derive(Debug, Clone, Copy)]
pub struct Pin;

impl Submits for Pin {
    const STEP: Step = Step::Pin;
    const KIND: Kind = Kind::Pin;

    fn subject(&self, case: &Case) -> Result<Subject, Misplaced> {
        let brand = case.facts.registry_id(Step::Brand).cloned();
        let (brand, pin) = brand
            .zip(case.facts.given_pin().cloned())
            .ok_or(Misplaced(Self::STEP))?;
        Ok(Subject::Pin { brand, pin })
    }
}

//! The PIN of a sole proprietor.
//!
//! 0. The registry sends none before it has registered the brand: it is asked first.
//! 1. Request: an SMS to the person's phone; then the PIN that they read in it.
//! 2. Submit: once per round. Each SMS is a round, and each PIN handed in.
//! 3. Verdict: the SMS at once; the PIN as right or wrong. The brand's own
//!    verdict follows it.

use async_trait::async_trait;
use platform::Case;
use platform::at_registry::{Downstream, Submits};
use platform::step::{CallError, Misplaced};
use registration::{Fact, Step};
use registry::{Kind, RegistryError, Subject};

/// The SMS with the PIN.
#[derive(Debug, Clone, Copy)]
pub struct Otp;

#[async_trait]
impl Submits for Otp {
    const STEP: Step = Step::Otp;
    const KIND: Kind = Kind::Otp;

    fn subject(&self, case: &Case) -> Result<Subject, Misplaced> {
        let brand = case.facts.registry_id(Step::Brand).cloned();
        let brand = brand.ok_or(Misplaced(Self::STEP))?;
        Ok(Subject::Otp { brand })
    }

    async fn lacks(&self, downstream: &Downstream, case: &Case) -> Result<Vec<Fact>, CallError> {
        let brand = case.facts.registry_id(Step::Brand);
        let brand = brand.ok_or(Misplaced(Self::STEP))?;
        let reading = downstream.registry.status(Kind::Brand, brand).await?;
        if reading.awaits_pin() {
            return Ok(Vec::new());
        }
        let round = case.facts.step(Step::Brand).round;
        match reading.verdict {
            Some(verdict) => Ok(vec![Fact::VerdictReached {
                step: Step::Brand,
                round,
                verdict,
            }]),
            None => Err(CallError::Registry(RegistryError::NotYet {
                call: "the SMS with the PIN".to_owned(),
                what: "its brand is not registered".to_owned(),
            })),
        }
    }
}

/// The PIN handed in.
#[derive(Debug, Clone, Copy)]
pub struct Pin;

#[async_trait]
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

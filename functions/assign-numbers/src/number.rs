//! One number.
//!
//! 1. Request: the number and the campaign's id at the registry.
//! 2. Submit: once. The registry knows a number by itself, so it can be asked.
//! 3. Verdict: approved once it is assigned.
//!
//! A number that is on another campaign of the same account is taken off there
//! first ([`Detach`]).

use platform::Case;
use platform::at_registry::{self, Submits};
use platform::step::Misplaced;
use registration::{RegistryId, Step};
use registry::{Form, Kind, Subject};

/// One number's assignment to a campaign.
#[derive(Debug, Clone, Copy)]
pub struct Number;

impl Submits for Number {
    const STEP: Step = Step::Number;
    const KIND: Kind = Kind::Number;

    fn subject(&self, case: &Case) -> Result<Subject, Misplaced> {
        at_registry::number(case, Self::STEP)
    }
}

/// Its removal from the campaign it is on.
#[derive(Debug, Clone, Copy)]
pub struct Detach;

impl Submits for Detach {
    const STEP: Step = Step::Detach;
    const KIND: Kind = Kind::Number;

    fn subject(&self, case: &Case) -> Result<Subject, Misplaced> {
        let found = case.facts.elsewhere().ok_or(Misplaced(Self::STEP))?;
        match at_registry::number(case, Self::STEP)? {
            Subject::Number { number, .. } => Ok(Subject::Number {
                campaign: found.campaign.clone(),
                number,
            }),
            _ => Err(Misplaced(Self::STEP)),
        }
    }

    fn form(&self, case: &Case) -> Result<Form, Misplaced> {
        match at_registry::number(case, Self::STEP)? {
            // The registry keeps assignments by their number.
            Subject::Number { number, .. } => Ok(Form::Withdrawn {
                id: RegistryId::new(number.as_str()),
            }),
            _ => Err(Misplaced(Self::STEP)),
        }
    }
}

//! The registration, read top to bottom.
//!
//! [`registration`] is evaluated again after every new fact. A `?` is where it
//! waits: [`Pending`] says for what. There is no state table and no transition;
//! an early, late, repeated or reordered event is only a fact that is already
//! there. A new step is one new line here and one new entry in [`STEPS`].

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::Reason;
use crate::facts::{Facts, Subject};
use crate::id::{RegistryId, Round};
use crate::order::Order;

/// A business: brand, then campaign, then numbers.
pub fn registration(order: &Order, facts: &Facts) -> Result<Registered, Pending> {
    let brand = facts.brand(&order.brand)?;
    let campaign = facts.campaign(&order.campaign, &brand)?;
    let numbers = facts.numbers(&order.numbers, &campaign)?;
    Ok(Registered {
        brand,
        campaign,
        numbers,
    })
}

/// One number of an order, which has a history of its own.
pub fn number(facts: &Facts) -> Result<RegistryId, Pending> {
    facts.number()
}

/// Evaluates the sequence that these facts belong to.
pub fn evaluate(facts: &Facts) -> Result<Completion, Pending> {
    match facts.subject() {
        Subject::Business { order } => {
            registration(order, facts).map(|all| match all.numbers.failed {
                0 => Completion::Whole,
                failed => Completion::Part { failed },
            })
        }
        Subject::Number { .. } => number(facts).map(|_| Completion::Whole),
    }
}

/// The end of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completion {
    /// Everything that was ordered is registered.
    Whole,
    /// The brand and the campaign are; this many numbers are not.
    Part {
        /// Numbers that were refused.
        failed: u32,
    },
}

/// What a completed registration has at the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The brand's id.
    pub brand: RegistryId,
    /// The campaign's id.
    pub campaign: RegistryId,
    /// How the numbers ended.
    pub numbers: NumbersEnded,
}

/// How the numbers of an order ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumbersEnded {
    /// Assigned to the campaign.
    pub assigned: u32,
    /// Refused.
    pub failed: u32,
}

/// Where a registration stands still, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The step it stands at.
    pub step: Step,
    /// The step's round.
    pub round: Round,
    /// What it waits for.
    pub waits: Waits,
}

impl Pending {
    /// Whether the next move is the registry's and not ours.
    pub fn awaits_answer(&self) -> bool {
        matches!(self.waits, Waits::Verdict { .. })
    }
}

/// What a step waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waits {
    /// Nothing is under way: the step is to be run now.
    Submission,
    /// A call was intended and its outcome is not recorded. Until the lease
    /// ends another worker has it; after that nobody does.
    Outcome {
        /// When the lease ends.
        lease_until: Timestamp,
    },
    /// An attempt failed and may be repeated.
    Retry {
        /// Not before this.
        at: Timestamp,
    },
    /// Submitted: the registry's verdict is awaited.
    Verdict {
        /// What to ask the registry for.
        registry_id: RegistryId,
        /// When it was submitted.
        since: Timestamp,
    },
    /// Refused: corrected data is awaited.
    Correction {
        /// What the registry said.
        reasons: Vec<Reason>,
    },
    /// A person must look.
    Person {
        /// Why.
        reason: String,
    },
}

/// One step of a registration: a submission to a registry and its verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The legal entity.
    Brand,
    /// One use case of the brand.
    Campaign,
    /// All numbers of the order: starts one registration for each.
    Numbers,
    /// One number, in its own registration.
    Number,
}

/// What people and infrastructure need to know of a step.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct StepCard {
    /// The step.
    pub step: Step,
    /// The function that runs it, which is also the name of its queue.
    pub function: &'static str,
    /// What we send.
    pub sends: &'static str,
    /// Who answers.
    pub answers: &'static str,
    /// How long it takes.
    pub takes: &'static str,
    /// What can go wrong.
    pub goes_wrong: &'static str,
}

/// The steps, in the order in which [`registration`] meets them. Queues, the
/// README's table and the operators' views are made from this list.
pub const STEPS: [StepCard; 4] = [
    StepCard {
        step: Step::Brand,
        function: "register-brand",
        sends: "legal entity, EIN, contacts",
        answers: "the registry, sometimes by hand",
        takes: "seconds to 7+ days",
        goes_wrong: "legal name does not match the EIN; brand exists already",
    },
    StepCard {
        step: Step::Campaign,
        function: "register-campaign",
        sends: "use case, opt-in flow, sample messages",
        answers: "the provider, then each carrier",
        takes: "10 days to 6 weeks",
        goes_wrong: "rejected with reasons; each resubmission costs the fee again",
    },
    StepCard {
        step: Step::Numbers,
        function: "assign-numbers",
        sends: "nothing: starts one registration per number",
        answers: "its numbers, by a counter",
        takes: "as long as its slowest number",
        goes_wrong: "some numbers are refused: partly registered",
    },
    StepCard {
        step: Step::Number,
        function: "assign-numbers",
        sends: "number and campaign",
        answers: "the provider and the carriers",
        takes: "minutes to 72 hours",
        goes_wrong: "number is on another campaign",
    },
];

impl Step {
    /// Every step.
    pub const ALL: [Self; 4] = [Self::Brand, Self::Campaign, Self::Numbers, Self::Number];

    /// The step as it is written in histories, messages and references.
    pub fn name(self) -> &'static str {
        match self {
            Self::Brand => "brand",
            Self::Campaign => "campaign",
            Self::Numbers => "numbers",
            Self::Number => "number",
        }
    }

    /// The function that runs this step, which is also the name of its queue.
    pub fn function(self) -> &'static str {
        match self {
            Self::Brand => "register-brand",
            Self::Campaign => "register-campaign",
            Self::Numbers | Self::Number => "assign-numbers",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

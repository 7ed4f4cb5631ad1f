//! The registration, read top to bottom.
//!
//! [`registration`] is evaluated again after every new fact. A `?` is where it
//! waits: [`Pending`] says for what. There is no state table and no transition;
//! an early, late, repeated or reordered event is only a fact that is already
//! there. A new step is one new line here and one new card ([`Step::card`]);
//! registrations under way pick it up, and those that are past it go on without
//! ([`Facts::done`]).

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::Reason;
use crate::facts::{Facts, Subject};
use crate::id::{RegistryId, Round};
use crate::order::Order;

/// A business: brand, then campaign, then numbers.
pub fn registration(order: &Order, facts: &Facts) -> Result<Registered, Pending> {
    if order.needs_pin() {
        facts.pin(&facts.brand_submitted(&order.brand)?)?;
    }
    if order.needs_confirmation() {
        facts.confirmation(&facts.brand_submitted(&order.brand)?)?;
    }
    let brand = facts.brand(&order.brand)?;
    if order.needs_vetting() || facts.needs_vetting() {
        facts.vetting(&brand)?;
    }
    let campaign = facts.campaign(&order.campaign, &brand)?;
    let numbers = facts.numbers(&order.numbers, &campaign)?;
    facts.replaced()?;
    Ok(Registered {
        brand,
        campaign,
        numbers,
    })
}

/// One number of an order, which has a history of its own.
pub fn number(facts: &Facts) -> Result<RegistryId, Pending> {
    facts.detached()?;
    facts.number()
}

/// A business that is cancelled: numbers, then campaign, then brand, as far as
/// the registry has them. What was there before the order stays.
pub fn offboarding(order: &Order, facts: &Facts) -> Result<(), Pending> {
    facts.ended(Step::Numbers, Step::EndNumbers)?;
    if order.campaign.existing().is_none() {
        facts.ended(Step::Campaign, Step::EndCampaign)?;
        facts.replaced()?;
    }
    if order.brand.existing().is_none() && !facts.keeps_brand() {
        facts.ended(Step::Brand, Step::EndBrand)?;
    }
    Ok(())
}

/// Evaluates the sequence that these facts belong to.
pub fn evaluate(facts: &Facts) -> Result<Completion, Pending> {
    match (facts.subject(), facts.cancelled()) {
        (Subject::Business { order }, false) => {
            registration(order, facts).map(|all| match all.numbers.failed {
                0 => Completion::Whole,
                failed => Completion::Part { failed },
            })
        }
        (Subject::Business { order }, true) => {
            offboarding(order, facts).map(|()| Completion::Withdrawn)
        }
        (Subject::Number { .. }, false) => number(facts).map(|_| Completion::Whole),
        (Subject::Number { .. }, true) => facts
            .ended(Step::Number, Step::EndNumber)
            .map(|()| Completion::Withdrawn),
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
    /// Cancelled, and nothing of it is at the registry any more.
    Withdrawn,
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
    /// Whether the next move is the registry's and not ours: it is asked now and then.
    pub fn awaits_answer(&self) -> bool {
        use Waits::{Confirmation, Verdict};
        matches!(self.waits, Verdict { .. } | Confirmation { .. })
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
    /// A rule of the registry or a carrier forbids it for a time: nothing is wrong.
    Rule {
        /// Until then.
        until: Timestamp,
    },
    /// Other orders stand on what it withdraws: it stays for them, and nothing is
    /// wrong.
    Others {
        /// Looked at again then, if the last of them is not withdrawn before.
        until: Timestamp,
    },
    /// Submitted: the registry's verdict is awaited.
    Verdict {
        /// What to ask the registry for.
        registry_id: RegistryId,
        /// When it was submitted.
        since: Timestamp,
    },
    /// An SMS with a PIN went to a person: the PIN is awaited.
    Pin {
        /// The PIN is good until then; none: it has expired, and another SMS
        /// is to be asked for.
        until: Option<Timestamp>,
    },
    /// The registry's e-mail went to a public company, and its link is to be followed.
    Confirmation {
        /// The brand at the registry.
        brand: RegistryId,
        /// When the latest e-mail went out.
        since: Timestamp,
        /// Its link is good until then; none: it has expired.
        link_until: Option<Timestamp>,
        /// The brand is over if nobody has followed a link by then.
        until: Timestamp,
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

/// One step of a registration: a submission to a registry and its verdict. Declared
/// in the order in which the sequences meet them: from that follows who is past a
/// step ([`Facts::is_past`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The legal entity.
    Brand,
    /// The SMS with a PIN to a sole proprietor.
    Otp,
    /// The PIN that the person gave.
    Pin,
    /// The e-mail that a public company confirms its brand by.
    Confirmation,
    /// A vetting of the brand by an outside vetter.
    Vetting,
    /// One use case of the brand.
    Campaign,
    /// All numbers of the order: starts one registration for each.
    Numbers,
    /// One number, in its own registration.
    Number,
    /// That number taken off another campaign of ours.
    Detach,
    /// The campaign that another one has taken the place of, deactivated.
    EndReplaced,
    /// All numbers of a cancelled order taken off its campaign.
    EndNumbers,
    /// One of them, in its own registration.
    EndNumber,
    /// The campaign of a cancelled order deactivated.
    EndCampaign,
    /// The brand of a cancelled order deleted.
    EndBrand,
}

/// What people and infrastructure need to know of a step.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct StepCard {
    /// The step.
    pub step: Step,
    /// Its name, as serde writes it too.
    #[serde(skip)]
    pub name: &'static str,
    /// Its fee for each submission, in cents (domain: brand about $4, vetting about
    /// $40, campaign review $15).
    #[serde(skip)]
    pub fee: Option<u32>,
    /// What it does, for whoever is told what is waited for.
    #[serde(skip)]
    pub doing: &'static str,
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

impl Step {
    /// Every step, in the order in which [`registration`] and [`offboarding`] meet
    /// them.
    pub const ALL: &[Self] = &[
        Self::Brand,
        Self::Otp,
        Self::Pin,
        Self::Confirmation,
        Self::Vetting,
        Self::Campaign,
        Self::Numbers,
        Self::Number,
        Self::Detach,
        Self::EndReplaced,
        Self::EndNumbers,
        Self::EndNumber,
        Self::EndCampaign,
        Self::EndBrand,
    ];

    /// What people and infrastructure need to know of it: queues, the README's table
    /// and the operators' views are made from this.
    pub fn card(self) -> StepCard {
        match self {
            Self::Brand => StepCard {
                step: self,
                name: "brand",
                fee: Some(400),
                doing: "submitting the brand",
                function: "register-brand",
                sends: "legal entity, EIN, contacts",
                answers: "the registry, sometimes by hand",
                takes: "seconds to 7+ days",
                goes_wrong: "legal name does not match the EIN; brand exists already",
            },
            Self::Otp => StepCard {
                step: self,
                name: "otp",
                fee: None,
                doing: "sending an SMS with a PIN",
                function: "register-brand",
                sends: "sole proprietors: an SMS with a PIN",
                answers: "the registry, at once",
                takes: "seconds",
                goes_wrong: "the SMS does not come: ask for another",
            },
            Self::Pin => StepCard {
                step: self,
                name: "pin",
                fee: None,
                doing: "submitting the PIN",
                function: "register-brand",
                sends: "sole proprietors: the PIN they read",
                answers: "the registry, at once",
                takes: "as long as the person; the PIN lives 24 hours",
                goes_wrong: "wrong or expired PIN",
            },
            Self::Confirmation => StepCard {
                step: self,
                name: "confirmation",
                fee: None,
                doing: "having the confirmation e-mail sent again",
                function: "register-brand",
                sends: "public companies: another e-mail with a link, where it is asked for",
                answers: "whoever follows the link",
                takes: "as long as the person; a link lives 7 days, the whole 30",
                goes_wrong: "nobody follows the link: the brand must be submitted again",
            },
            Self::Vetting => StepCard {
                step: self,
                name: "vetting",
                fee: Some(4_000),
                doing: "ordering the vetting",
                function: "vet-brand",
                sends: "where asked for or needed: the vetter and its class",
                answers: "the vetter",
                takes: "1 to 7 business days",
                goes_wrong: "vetting failed; the same one again within 180 days is refused",
            },
            Self::Campaign => StepCard {
                step: self,
                name: "campaign",
                fee: Some(1_500),
                doing: "submitting the campaign",
                function: "register-campaign",
                sends: "use case, opt-in flow, sample messages",
                answers: "the provider, then each carrier",
                takes: "10 days to 6 weeks",
                goes_wrong: "rejected with reasons; each resubmission costs the fee again",
            },
            Self::Numbers => StepCard {
                step: self,
                name: "numbers",
                fee: None,
                doing: "starting a registration for each number",
                function: "assign-numbers",
                sends: "nothing: starts one registration per number",
                answers: "its numbers, by a counter",
                takes: "as long as its slowest number",
                goes_wrong: "some numbers are refused: partly registered",
            },
            Self::Number => StepCard {
                step: self,
                name: "number",
                fee: None,
                doing: "assigning the number to its campaign",
                function: "assign-numbers",
                sends: "number and campaign",
                answers: "the provider and the carriers",
                takes: "minutes to 72 hours",
                goes_wrong: "number is on another campaign",
            },
            Self::Detach => StepCard {
                step: self,
                name: "detach",
                fee: None,
                doing: "taking the number off its other campaign",
                function: "assign-numbers",
                sends: "a number of ours that is on another campaign: its removal there",
                answers: "the provider",
                takes: "then T-Mobile holds it 24 hours",
                goes_wrong: "the other campaign is not ours: a person must look",
            },
            Self::EndReplaced => StepCard {
                step: self,
                name: "end_replaced",
                fee: None,
                doing: "deactivating the campaign that was replaced",
                function: "offboard",
                sends: "the deactivation of a campaign that a new one has replaced",
                answers: "the registry",
                takes: "seconds, once its numbers have moved",
                goes_wrong: "the registry refuses: a person must look",
            },
            Self::EndNumbers => StepCard {
                step: self,
                name: "end_numbers",
                fee: None,
                doing: "starting the withdrawal of each number",
                function: "offboard",
                sends: "cancelled orders: nothing, starts the removal of each number",
                answers: "its numbers, by a counter",
                takes: "as long as its slowest number",
                goes_wrong: "see each number",
            },
            Self::EndNumber => StepCard {
                step: self,
                name: "end_number",
                fee: None,
                doing: "taking the number off its campaign",
                function: "offboard",
                sends: "the number's removal from its campaign",
                answers: "the provider",
                takes: "seconds to minutes",
                goes_wrong: "the provider refuses: a person must look",
            },
            Self::EndCampaign => StepCard {
                step: self,
                name: "end_campaign",
                fee: None,
                doing: "deactivating the campaign",
                function: "offboard",
                sends: "the campaign's deactivation",
                answers: "the registry",
                takes: "seconds",
                goes_wrong: "the registry refuses: a person must look",
            },
            Self::EndBrand => StepCard {
                step: self,
                name: "end_brand",
                fee: None,
                doing: "deleting the brand",
                function: "offboard",
                sends: "the brand's deletion",
                answers: "the registry",
                takes: "only once its campaigns have been inactive for 3 months",
                goes_wrong: "another campaign of the brand is active",
            },
        }
    }

    /// The step as it is written in histories, messages and references.
    pub fn name(self) -> &'static str {
        self.card().name
    }

    /// The function that runs this step, which is also the name of its queue.
    pub fn function(self) -> &'static str {
        self.card().function
    }

    /// Every function that runs a step, once.
    pub fn functions() -> Vec<&'static str> {
        let mut functions: Vec<_> = Self::ALL.iter().map(|step| step.function()).collect();
        functions.dedup();
        functions
    }

    /// What the registry takes for each submission, in cents; none: nothing.
    pub fn fee(self) -> Option<u32> {
        self.card().fee
    }

    /// Whether it withdraws what the registry has: of a cancelled order, or what was
    /// replaced.
    pub fn is_an_end(self) -> bool {
        matches!(
            self,
            Self::EndReplaced
                | Self::EndNumbers
                | Self::EndNumber
                | Self::EndCampaign
                | Self::EndBrand
        )
    }

    /// Whether it is done on our own side: its numbers' registrations are at the
    /// registry, and it is not.
    pub fn is_our_own(self) -> bool {
        matches!(self, Self::Numbers | Self::EndNumbers)
    }

    /// Whether it takes back what the registry has: it submits no data that could be
    /// corrected.
    pub fn takes_back(self) -> bool {
        self == Self::Detach || self.is_an_end()
    }

    /// Whether it is changed at the registry in its later rounds, and not made
    /// anew.
    pub fn is_amended(self) -> bool {
        matches!(self, Self::Brand | Self::Campaign)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

//! What can happen to a registration. Past tense, append-only, never rewritten.
//!
//! An [`Event`] is one append: it takes the next `seq` of its registration, and
//! holds every [`Fact`] that became true in that moment.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{AccountId, Actor, Reference, RegistrationId, RegistryId, Round, TraceId};
use crate::order::{Order, PhoneNumber, Usecase, Vetting};
use crate::pin::Pin;
use crate::preflight::Told;
use crate::sequence::Step;
use crate::status::Status;

/// The version that this program writes. Older ones are read through
/// [`crate::upcast`].
pub const VERSION: u16 = 1;

/// One append to the history of one registration.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// From 1, without a gap.
    pub seq: u64,
    /// When it was written, by the writer's clock.
    pub time: Timestamp,
    /// Who wrote it.
    pub actor: Actor,
    /// The version of the facts' form.
    pub version: u16,
    /// The call from outside that led to it.
    pub trace: TraceId,
    /// What became true.
    pub facts: Vec<Fact>,
}

/// One thing that is true from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// A product team's order.
    Received {
        /// Whose it is.
        account: AccountId,
        /// What is to be registered.
        order: Box<Order>,
    },
    /// One number of an order, started by its parent.
    NumberReceived {
        /// Whose it is.
        account: AccountId,
        /// The registration of the whole order.
        parent: RegistrationId,
        /// The campaign's id at the registry.
        campaign: RegistryId,
        /// The number.
        number: PhoneNumber,
    },
    /// Written before the call, so that a crash leaves a trace of it.
    Intended {
        /// The step.
        step: Step,
        /// Its round.
        round: Round,
        /// From 1 within the round; a throttled call is not an attempt.
        attempt: u32,
        /// What the registry can be asked for.
        reference: Reference,
        /// The exact request: method, path and body.
        request: Value,
        /// Until then nobody else touches this step.
        lease_until: Timestamp,
    },
    /// The registry took it.
    Submitted {
        /// The step.
        step: Step,
        /// Its round.
        round: Round,
        /// What the registry calls it.
        registry_id: RegistryId,
        /// True when it was not this call that made it, but one before whose
        /// answer was lost: found by our reference.
        found: bool,
        /// What the registry answered.
        response: Value,
    },
    /// The registry's verdict, from our own read of it.
    VerdictReached {
        /// The step.
        step: Step,
        /// Its round.
        round: Round,
        /// The verdict.
        verdict: Verdict,
    },
    /// A call did not succeed and will be repeated.
    AttemptFailed {
        /// The step.
        step: Step,
        /// Its round.
        round: Round,
        /// How many of the round's attempts are used up with this one.
        attempt: u32,
        /// What kind of failure.
        failure: Failure,
        /// What happened, without personal data.
        error: String,
        /// Not before this.
        retry_at: Timestamp,
    },
    /// Stopped until a person decides.
    Parked {
        /// The step.
        step: Step,
        /// Its round.
        round: Round,
        /// Why, and what to do.
        reason: String,
    },
    /// Corrected data. What changes from here on is submitted in the rounds named.
    Amended {
        /// The whole order as it is from now on, for a business.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<Box<Order>>,
        /// The number that takes the place of a refused one, for a number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<PhoneNumber>,
        /// What was changed, as JSON pointers into the order.
        changed: Vec<String>,
        /// The steps that are submitted again, and the round of each.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rounds: Vec<StepRound>,
        /// What the registry's reviewers are told, where they take an appeal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        appeal: Option<String>,
    },
    /// The PIN that a sole proprietor got by SMS. Good for one use and 24 hours.
    PinReceived {
        /// The round of the step `pin` that submits it.
        round: Round,
        /// The PIN.
        pin: Pin,
    },
    /// The number is on another campaign of the same account: it is taken off
    /// there first.
    FoundElsewhere {
        /// The round of the step `number` that met it.
        round: Round,
        /// The campaign it is on.
        campaign: RegistryId,
    },
    /// An operator, or the account whose number it is, lets this number be taken off
    /// the order that it is in.
    MoveAllowed {
        /// Whoever's order that is: an operator's word.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        any_account: bool,
    },
    /// This number was taken off another order, which has its own fact of it in the
    /// same append.
    MovedHere {
        /// The number's registration there.
        from: RegistrationId,
    },
    /// Another order has taken this number: nothing of it is left here.
    MovedAway {
        /// The number's registration there.
        to: RegistrationId,
    },
    /// Another order has taken a number of this one.
    NumberMoved {
        /// The number's registration here.
        number: RegistrationId,
        /// The number's registration there.
        to: RegistrationId,
    },
    /// What reviewers would refuse was told when the order came, or its correction.
    PreflightTold {
        /// Rules and places.
        findings: Vec<Told>,
    },
    /// Another account may register under this brand too: an operator's word.
    Shared {
        /// Which account.
        with: AccountId,
    },
    /// The brand belongs to another account's registration, and is shared with this
    /// account: by an operator's word, or because all accounts share their brands.
    SharedHere {
        /// The registry's id of it.
        brand: RegistryId,
    },
    /// The brand or campaign of this cancelled order stays: another order that is not
    /// cancelled has it too, and withdraws it with itself.
    Left {
        /// The step that would have withdrawn it.
        step: Step,
    },
    /// A new campaign is ordered in the place of the one that the registry has: the
    /// amendment beside this asks for what that one can never become.
    Replaced {
        /// The campaign that is over once its numbers have moved.
        campaign: RegistryId,
        /// The round in which the new one is ordered.
        round: Round,
    },
    /// This number goes on the new campaign of its order.
    Reassigned {
        /// The new campaign.
        campaign: RegistryId,
    },
    /// The last order that stood on what this step withdraws is withdrawn: it need not
    /// wait any more.
    Released {
        /// The step.
        step: Step,
        /// Its round.
        round: Round,
    },
    /// Carriers take no campaign of this use case from the brand as it is: it is
    /// vetted first.
    VettingNeeded {
        /// The use case.
        usecase: Usecase,
        /// The carriers that said so.
        carriers: Vec<String>,
        /// What is ordered, where the order names none; none: the account must
        /// name one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vetting: Option<Box<Vetting>>,
    },
    /// What was in doubt is surely not at the registry, and is not wanted any more.
    Dropped {
        /// The step.
        step: Step,
        /// Its round.
        round: Round,
    },
    /// The registry has taken longer than it should. Waiting goes on.
    Overdue {
        /// The step.
        step: Step,
        /// Its round.
        round: Round,
        /// How many days it may take.
        days: u32,
    },
    /// Something costs money soon unless somebody acts.
    Warned {
        /// What.
        warning: Warning,
    },
    /// Numbers of this order wait for an operator, by their own histories. Replaces
    /// what the fact before said of them.
    NumbersParked {
        /// Why, each reason once, sorted; at most [`crate::parked::MOST`] and one for
        /// the rest.
        reasons: Vec<String>,
    },
    /// No number of this order waits for an operator any more.
    NumbersResumed,
    /// Nothing more is to be sent; what the registry has is to be withdrawn.
    Cancelled {
        /// The brand stays at the registry, with what others have there.
        #[serde(default)]
        keep_brand: bool,
        /// One number by itself, and not for its order's sake: the order goes on
        /// without it. May be followed by one that is not, once the order is
        /// cancelled too.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        alone: bool,
    },
    /// Everything that was at the registry is withdrawn.
    Withdrawn,
    /// A person let a parked or refused step run again, or asked for another SMS or e-mail.
    Retried {
        /// The step.
        step: Step,
        /// The round it goes on in: the same if it was parked, the next if it
        /// was refused.
        round: Round,
    },
    /// A message was received too often without being finished, and was put
    /// aside. Says nothing of the step: where that stops with it, it is parked
    /// by a fact of its own.
    DeadLettered {
        /// The step it asked for; none if it asked for a callback, or could not
        /// be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<Step>,
        /// That step's round.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        round: Option<Round>,
        /// How often it was received.
        receives: u32,
    },
    /// An operator put a message that had been put aside back into its queue.
    Redriven {
        /// The step it asks for.
        step: Step,
        /// That step's round.
        round: Round,
    },
    /// The registry told us something that this version does not know. Kept, so
    /// that nothing it says is lost.
    UnknownWebhook {
        /// The registry's name for it.
        event_type: String,
        /// What it said.
        body: Value,
    },
    /// The sequence reached its end.
    Completed {
        /// Numbers that were refused.
        failed_numbers: u32,
    },
    /// The status changed with this event, or why numbers wait for an operator, and
    /// the account asked to be told.
    CallbackDue {
        /// From what.
        previous: Status,
        /// To what.
        status: Status,
    },
    /// The account's callback took the news.
    CallbackDelivered {
        /// The event that the callback was due by.
        seq: u64,
        /// What was told.
        status: Status,
        /// Which attempt it was, from 1.
        attempt: u32,
    },
    /// The account's callback did not take the news, and is called again.
    CallbackFailed {
        /// The event that the callback is due by.
        seq: u64,
        /// Which attempt it was, from 1.
        attempt: u32,
        /// What happened, without the address and without personal data.
        error: String,
        /// Not before this.
        retry_at: Timestamp,
    },
    /// The account is not told of this change any more; it is told of the next.
    CallbackAbandoned {
        /// The event that the callback was due by.
        seq: u64,
        /// Attempts that were made.
        attempts: u32,
        /// Why.
        reason: String,
    },
}

/// A step and one of its rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRound {
    /// The step.
    pub step: Step,
    /// Its round.
    pub round: Round,
}

/// What is warned of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// T-Mobile charges $250 for a campaign that has no number for 60 days
    /// (domain: "no number for 60 days").
    CampaignWithoutNumbers,
}

impl Warning {
    /// The warning in one word, stable for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::CampaignWithoutNumbers => "campaign_without_numbers",
        }
    }

    /// What happens, and what to do against it.
    pub fn words(self) -> &'static str {
        match self {
            Self::CampaignWithoutNumbers => {
                "T-Mobile charges $250 for a campaign that has no number for 60 days: see to it \
                 that a number is assigned, or cancel the registration"
            }
        }
    }
}

/// What the registry decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Approved.
    Approved,
    /// Of several numbers, some.
    PartlyApproved {
        /// How many were approved.
        approved: u32,
        /// How many were not.
        refused: u32,
    },
    /// Refused: corrected data may be submitted in the next round.
    Rejected {
        /// Why.
        reasons: Vec<Reason>,
    },
    /// Taken back for now by a carrier or the registry; reversible.
    Suspended {
        /// Why.
        reasons: Vec<Reason>,
    },
    /// Over; final.
    Expired,
}

/// Why a registry refused, in its own words and code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The registry's code, kept as it is.
    pub code: String,
    /// The registry's words.
    pub description: String,
    /// The fields it is about, as JSON pointers into the order where we know
    /// them, else as the registry names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

/// How a call failed, and so what may be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The registry surely did not take it: it may be sent again.
    Refused,
    /// It may have been taken (a timeout, a broken connection, a server error,
    /// an answer that makes no sense): look it up before sending again.
    InDoubt,
    /// Too many calls; not an attempt.
    Throttled,
    /// The registry is not ready for this step yet; not an attempt.
    NotYet,
    /// A rule forbids it before a time that we know; not an attempt.
    Held,
    /// Other orders stand on what it withdraws: it waits for the last of them; not an
    /// attempt.
    StoodOn,
}

impl Failure {
    /// Whether nothing is wrong: it was not tried, as it is not to be tried yet.
    pub fn is_planned(self) -> bool {
        matches!(self, Self::Held | Self::StoodOn)
    }

    /// Whether it uses up one of the attempts that a round has.
    pub fn is_an_attempt(self) -> bool {
        matches!(self, Self::Refused | Self::InDoubt)
    }
}

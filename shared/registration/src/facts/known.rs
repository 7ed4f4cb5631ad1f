//! What is known of a registration, for whoever runs, shows or counts it.

use super::{Elsewhere, Facts, NumberEnd, Stands, StepFacts, Subject};
use crate::callback::Undelivered;
use crate::event::{Verdict, Warning};
use crate::id::{AccountId, RegistryId, Round};
use crate::pin::Pin;
use crate::sequence::Step;

impl Facts {
    /// What is known of a step.
    pub fn step(&self, step: Step) -> StepFacts {
        self.steps
            .get(&step)
            .cloned()
            .unwrap_or_else(|| StepFacts::untried(Round::FIRST))
    }

    /// The latest verdict of a step.
    pub fn verdict(&self, step: Step) -> Option<&Verdict> {
        match self.steps.get(&step).map(|known| &known.stands) {
            Some(Stands::Decided { verdict, .. }) => Some(verdict),
            _ => None,
        }
    }

    /// What the registry calls the subject of a step, once it has it.
    pub fn registry_id(&self, step: Step) -> Option<&RegistryId> {
        self.steps.get(&step)?.registry_id.as_ref()
    }

    /// Whose it is.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// What is being registered.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Whether the end of the sequence has been recorded.
    pub fn completed(&self) -> bool {
        self.completed
    }

    /// How this number ended the first time that the registry decided about it:
    /// its order counts it then, and only then.
    pub fn number_end(&self) -> Option<NumberEnd> {
        let is_number = matches!(self.subject, Subject::Number { .. });
        self.ended.filter(|_| is_number)
    }

    /// How many numbers were ordered; none by a number's own registration.
    pub fn ordered_numbers(&self) -> u32 {
        match &self.subject {
            Subject::Business { order } => order.numbers.count(),
            Subject::Number { .. } => 0,
        }
    }

    /// Whether the numbers of this order have been begun at least once: their
    /// count is set then, and only then.
    pub fn numbers_opened(&self) -> bool {
        self.numbers_opened
    }

    /// The PIN that was given for the current round of the step `pin`.
    pub fn given_pin(&self) -> Option<&Pin> {
        let (round, pin) = self.pin.as_ref()?;
        (*round == self.step(Step::Pin).round).then_some(pin)
    }

    /// The campaign of ours that a number was found on, if it was.
    pub fn elsewhere(&self) -> Option<&Elsewhere> {
        self.elsewhere.as_ref()
    }

    /// What the registry's reviewers are to be told with the last amendment.
    pub fn appeal(&self) -> Option<&str> {
        self.appeal.as_deref()
    }

    /// Whether the carriers asked for a vetting of the brand, for the use case as
    /// it is now.
    pub fn needs_vetting(&self) -> bool {
        self.needs_vetting
    }

    /// Whether it was recorded that this round's verdict takes too long.
    pub fn is_overdue(&self, step: Step) -> bool {
        self.overdue.contains(&(step, self.step(step).round))
    }

    /// What was warned of and is still so.
    pub fn warning(&self) -> Option<Warning> {
        (self.warned && !self.has_numbers() && !self.withdrawn)
            .then_some(Warning::CampaignWithoutNumbers)
    }

    /// Whether a number of this order was assigned when all of them had ended, and
    /// was not cancelled since.
    pub(crate) fn has_numbers(&self) -> bool {
        match self.verdict(Step::Numbers) {
            Some(Verdict::Approved) => true,
            Some(Verdict::PartlyApproved { approved, .. }) => *approved > 0,
            _ => false,
        }
    }

    /// Why numbers of this order wait for an operator, as far as its own history has
    /// it; empty: none does.
    pub fn parked_numbers(&self) -> &[String] {
        &self.parked_numbers
    }

    /// Whether a number of this order waits for an operator.
    pub fn has_parked_numbers(&self) -> bool {
        !self.parked_numbers.is_empty()
    }

    /// Whether it is cancelled.
    pub fn cancelled(&self) -> bool {
        self.cancelled.is_some()
    }

    /// Whether this number was cancelled by itself: its order goes on without it,
    /// and does not wait for it.
    pub fn cancelled_alone(&self) -> bool {
        self.cancelled_alone
    }

    /// Whether this is cancelled for its order's sake, which waits until it is
    /// withdrawn. Also true of a number that had been cancelled by itself before.
    pub fn cancelled_with_order(&self) -> bool {
        self.cancelled_with_order
    }

    /// Whether the brand stays at the registry when the order is withdrawn.
    pub fn keeps_brand(&self) -> bool {
        self.cancelled == Some(true)
    }

    /// Whether all that a cancelled order had at the registry is withdrawn.
    pub fn withdrawn(&self) -> bool {
        self.withdrawn
    }

    /// The rounds that the registry was paid for, by step.
    pub fn paid(&self) -> impl Iterator<Item = (Step, u32)> {
        let steps = self.steps.iter();
        steps
            .filter(|(step, known)| step.fee().is_some() && known.paid_rounds > 0)
            .map(|(step, known)| (*step, known.paid_rounds))
    }

    /// What last went wrong, until something goes right.
    pub fn last_error(&self) -> Option<&str> {
        self.last_error.as_deref()
    }

    /// How many webhooks of an unknown type have been kept.
    pub fn unknown_webhooks(&self) -> u32 {
        self.unknown_webhooks
    }

    /// How many messages have been put aside and not taken up again.
    pub fn dead_letters(&self) -> u32 {
        self.dead_letters
    }

    /// The oldest change of status that the account is still to be told of.
    pub fn callback(&self) -> Option<&Undelivered> {
        self.callbacks.oldest()
    }

    /// The seq of the last event taken in.
    pub fn seq(&self) -> u64 {
        self.seq
    }
}

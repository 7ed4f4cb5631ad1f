//! What is known of a registration, for whoever runs, shows or counts it.

use std::collections::BTreeSet;

use super::{Elsewhere, Facts, NumberEnd, Stands, StepFacts, Subject};
use crate::callback::Undelivered;
use crate::event::{Verdict, Warning};
use crate::id::{AccountId, RegistrationId, RegistryId, Round};
use crate::pin::Pin;
use crate::sequence::Step;

/// What the registry charges for one submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fee {
    /// The step.
    pub step: Step,
    /// The round that was sent.
    pub round: Round,
    /// In US cents, at the registry's public price.
    pub cents: u32,
    /// Whether the answer was lost, and it is not known yet whether the registry has it.
    pub in_doubt: bool,
}

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

    /// Whether this number may be taken off another order; true: of whatever account.
    pub fn move_allowed(&self) -> Option<bool> {
        self.move_allowed
    }

    /// The number's registration in the order that has taken this number.
    pub fn moved_to(&self) -> Option<&RegistrationId> {
        self.moved_to.as_ref()
    }

    /// The numbers of this order that other orders have taken, by their registrations
    /// here.
    pub fn moved(&self) -> &BTreeSet<RegistrationId> {
        &self.moved
    }

    /// How many numbers of this order other orders have taken.
    pub fn moved_numbers(&self) -> u32 {
        u32::try_from(self.moved.len()).unwrap_or(u32::MAX)
    }

    /// Whether an operator lets this account register under the brand of this
    /// registration.
    pub fn is_shared_with(&self, account: &AccountId) -> bool {
        self.shared_with.contains(account)
    }

    /// Whether it is written down that this brand of another account is shared.
    pub fn has_shared(&self, brand: &RegistryId) -> bool {
        self.shared_here.contains(brand)
    }

    /// The campaign that a new one of this order has taken the place of.
    pub fn replaced_campaign(&self) -> Option<&RegistryId> {
        self.replaced.as_ref()
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
        let is_left = self.moved_numbers() < self.ordered_numbers();
        match self.verdict(Step::Numbers) {
            Some(Verdict::Approved) => is_left,
            Some(Verdict::PartlyApproved { approved, .. }) => is_left && *approved > 0,
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

    /// Whether this is a number that its cancelled order need not wait for any more.
    pub fn is_gone_with_order(&self) -> bool {
        self.withdrawn && self.cancelled_with_order
    }

    /// Whether the brand stays at the registry when the order is withdrawn.
    pub fn keeps_brand(&self) -> bool {
        self.cancelled == Some(true)
    }

    /// Whether all that a cancelled order had at the registry is withdrawn.
    pub fn withdrawn(&self) -> bool {
        self.withdrawn
    }

    /// What the registry charges for what was sent to it, by step and round.
    pub fn fees(&self) -> Vec<Fee> {
        let mut fees = Vec::new();
        for (step, known) in &self.steps {
            let Some(cents) = step.fee() else { continue };
            let fee = |round: Round, in_doubt: bool| Fee {
                step: *step,
                round,
                cents,
                in_doubt,
            };
            fees.extend(known.paid.iter().map(|round| fee(*round, false)));
            fees.extend(known.paid_in_doubt().then(|| fee(known.round, true)));
        }
        fees
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

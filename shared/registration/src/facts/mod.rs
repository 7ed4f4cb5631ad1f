//! The fold: from a history to what is known of every step.
//!
//! Facts are matched by the name of their step and its round, never by their
//! place in the history, so that a change of the sequence cannot make an old
//! history unreadable, and a repeated or late fact changes nothing.
//!
//! Here is the fold of one registration; `step` is what is known of each of its
//! steps, `answers` what the sequence asks (`confirmation` of a public company's e-mail),
//! `known` what everybody else asks.

mod answers;
mod confirmation;
mod known;
mod step;

pub(crate) use confirmation::is_the_address;
pub use known::Fee;
pub use step::{Stands, StepFacts};

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::callback::Callbacks;
use crate::event::{Event, Fact, StepRound, Verdict};
use crate::id::{AccountId, RegistrationId, RegistryId, Round};
use crate::order::{Order, PhoneNumber, Vetting};
use crate::pin::Pin;
use crate::sequence::Step;

/// Everything known of one registration.
#[derive(Debug, Clone)]
pub struct Facts {
    account: AccountId,
    subject: Subject,
    steps: BTreeMap<Step, StepFacts>,
    completed: bool,
    ended: Option<NumberEnd>,
    numbers_opened: bool,
    pin: Option<(Round, Pin)>,
    mail: confirmation::Mail,
    elsewhere: Option<Elsewhere>,
    /// Whether this number may be taken off another order, of whatever account.
    move_allowed: Option<bool>,
    /// Where this number is now.
    moved_to: Option<RegistrationId>,
    /// Numbers of this order that others have taken.
    moved: BTreeSet<RegistrationId>,
    shared_with: BTreeSet<AccountId>,
    shared_here: BTreeSet<RegistryId>,
    left: BTreeSet<Step>,
    /// The campaign that a new one has taken the place of.
    replaced: Option<RegistryId>,
    appeal: Option<String>,
    needs_vetting: bool,
    overdue: BTreeSet<(Step, Round)>,
    warned: bool,
    /// Why numbers of this order wait for an operator; empty: none does.
    parked_numbers: Vec<String>,
    /// Whether the brand stays, once the order is cancelled.
    cancelled: Option<bool>,
    /// A number, by itself.
    cancelled_alone: bool,
    cancelled_with_order: bool,
    withdrawn: bool,
    last_error: Option<String>,
    unknown_webhooks: u32,
    dead_letters: u32,
    callbacks: Callbacks,
    seq: u64,
}

/// A number that is on another campaign of the same account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// The campaign it was found on last.
    pub campaign: RegistryId,
    /// How often it was found so.
    pub times: u32,
}

/// How a number ended the first time, which is how its order counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberEnd {
    /// On the campaign.
    Assigned,
    /// By the registry.
    Refused,
}

/// What is being registered.
#[derive(Debug, Clone)]
pub enum Subject {
    /// A whole business.
    Business {
        /// What was ordered.
        order: Arc<Order>,
    },
    /// One number of an order.
    Number {
        /// The registration of the order.
        parent: RegistrationId,
        /// The campaign's id at the registry.
        campaign: RegistryId,
        /// The number.
        number: PhoneNumber,
    },
}

/// A history that does not begin with an order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfoldable {
    /// There are no events.
    #[error("the history is empty: there is no such registration")]
    Empty,
    /// The first event holds no order.
    #[error("the history begins with `{0}` and not with an order: events are missing before it")]
    NoOrder(&'static str),
}

impl Facts {
    /// Folds a whole history.
    pub fn fold(history: &[Event]) -> Result<Self, Unfoldable> {
        Self::fold_with(history, |_, _| {})
    }

    /// Folds a whole history, and shows what is known after each event.
    pub fn fold_with(
        history: &[Event],
        mut after: impl FnMut(&Self, &Event),
    ) -> Result<Self, Unfoldable> {
        let (first, rest) = history.split_first().ok_or(Unfoldable::Empty)?;
        let mut facts = Self::begin(first)?;
        after(&facts, first);
        for event in rest {
            facts.apply(event);
            after(&facts, event);
        }
        Ok(facts)
    }

    fn begin(event: &Event) -> Result<Self, Unfoldable> {
        let (account, subject) = match event.facts.first() {
            Some(Fact::Received { account, order }) => (
                account,
                Subject::Business {
                    order: Arc::new((**order).clone()),
                },
            ),
            Some(Fact::NumberReceived {
                account,
                parent,
                campaign,
                number,
            }) => (
                account,
                Subject::Number {
                    parent: parent.clone(),
                    campaign: campaign.clone(),
                    number: number.clone(),
                },
            ),
            Some(other) => return Err(Unfoldable::NoOrder(other.name())),
            None => return Err(Unfoldable::Empty),
        };
        let mut facts = Self {
            account: account.clone(),
            subject,
            steps: BTreeMap::new(),
            completed: false,
            ended: None,
            numbers_opened: false,
            pin: None,
            mail: confirmation::Mail::default(),
            elsewhere: None,
            move_allowed: None,
            moved_to: None,
            moved: BTreeSet::new(),
            shared_with: BTreeSet::new(),
            shared_here: BTreeSet::new(),
            left: BTreeSet::new(),
            replaced: None,
            appeal: None,
            needs_vetting: false,
            overdue: BTreeSet::new(),
            warned: false,
            parked_numbers: Vec::new(),
            cancelled: None,
            cancelled_alone: false,
            cancelled_with_order: false,
            withdrawn: false,
            last_error: None,
            unknown_webhooks: 0,
            dead_letters: 0,
            callbacks: Callbacks::default(),
            seq: 0,
        };
        facts.apply(event);
        Ok(facts)
    }

    /// Takes in one more event.
    pub fn apply(&mut self, event: &Event) {
        for fact in &event.facts {
            self.take(fact, event.time);
            self.callbacks.take(fact, event.seq, event.time);
        }
        self.seq = event.seq;
    }

    fn take(&mut self, fact: &Fact, time: Timestamp) {
        match fact {
            // What was received stands for good from the first event on.
            Fact::Received { .. } | Fact::NumberReceived { .. } => {}
            Fact::Intended {
                step,
                round,
                lease_until,
                ..
            } => {
                self.numbers_opened |= *step == Step::Numbers;
                self.change(*step, *round, |known| known.intend(*lease_until));
            }
            Fact::Submitted {
                step,
                round,
                registry_id,
                found,
                ..
            } => {
                let before = self.step(*step);
                let is_news = match before.round.cmp(round) {
                    Ordering::Less => true,
                    Ordering::Equal => !before.has_arrived(),
                    // A worker that was thought dead reports late.
                    Ordering::Greater => false,
                };
                self.change(*step, *round, |known| {
                    known.arrive(registry_id, *found, time);
                });
                if is_news {
                    self.is_there(*step, registry_id, time);
                }
                self.last_error = None;
            }
            Fact::VerdictReached {
                step,
                round,
                verdict,
            } => {
                self.change(*step, *round, |known| known.decide(verdict, time));
                let end = match verdict {
                    Verdict::Approved => Some(NumberEnd::Assigned),
                    Verdict::Rejected { .. } => Some(NumberEnd::Refused),
                    _ => None,
                };
                self.ended = self.ended.or(end.filter(|_| *step == Step::Number));
                self.last_error = verdict.reasons().first().map(|reason| reason.code.clone());
            }
            Fact::AttemptFailed {
                step,
                round,
                attempt,
                failure,
                error,
                retry_at,
            } => {
                self.change(*step, *round, |known| {
                    known.fail(*attempt, *failure, *retry_at)
                });
                // What is planned is no error.
                self.last_error = (!failure.is_planned()).then(|| error.clone());
            }
            Fact::Parked {
                step,
                round,
                reason,
            } => {
                self.change(*step, *round, |known| known.park(reason));
                self.last_error = Some(reason.clone());
            }
            Fact::Dropped { step, round } => self.change(*step, *round, StepFacts::drop_doubt),
            Fact::Retried { step, round } => self.retry(*step, *round),
            Fact::Amended {
                order,
                number,
                changed,
                rounds,
                appeal,
            } => {
                // Changed data is sent, and is its own reason for another review.
                let is_changed = changed.iter().any(|at| at.starts_with("/campaign"));
                let appeal = appeal.as_ref().filter(|_| !is_changed);
                self.needs_vetting &= !changed.iter().any(|at| at == "/campaign/usecase");
                self.correct_address(changed);
                self.amend(order.as_deref(), number.as_ref(), rounds, appeal);
            }
            Fact::PinReceived { round, pin } => {
                self.change(Step::Pin, *round, |_| {});
                self.pin = Some((*round, pin.clone()));
            }
            Fact::FoundElsewhere { campaign, .. } => self.find_elsewhere(campaign),
            Fact::MoveAllowed { any_account } => {
                self.move_allowed = Some(self.move_allowed == Some(true) || *any_account);
            }
            // The step that it was for has facts of its own.
            Fact::MovedHere { .. } => {}
            Fact::MovedAway { to } => {
                self.moved_to = Some(to.clone());
                self.cancelled = Some(true);
                self.cancelled_alone = true;
                self.last_error = None;
            }
            Fact::NumberMoved { number, .. } => {
                self.moved.insert(number.clone());
            }
            Fact::PreflightTold { .. } => {}
            Fact::Shared { with } => {
                self.shared_with.insert(with.clone());
            }
            Fact::SharedHere { brand } => {
                self.shared_here.insert(brand.clone());
            }
            Fact::Left { step } => {
                self.left.insert(*step);
            }
            Fact::Replaced { campaign, round } => self.replace(campaign, *round),
            Fact::Reassigned { campaign } => self.reassign(campaign),
            Fact::Released { step, round } => {
                self.change(*step, *round, StepFacts::release);
                self.last_error = None;
            }
            Fact::VettingNeeded { vetting, .. } => self.need_vetting(vetting.as_deref()),
            Fact::Overdue { step, round, .. } => {
                self.overdue.insert((*step, *round));
            }
            Fact::Warned { .. } => self.warned = true,
            Fact::NumbersParked { reasons } => self.parked_numbers.clone_from(reasons),
            Fact::NumbersResumed => self.parked_numbers.clear(),
            Fact::Cancelled { keep_brand, alone } => {
                self.cancelled = Some(*keep_brand);
                self.cancelled_alone |= *alone;
                self.cancelled_with_order |= !*alone;
            }
            Fact::Withdrawn => {
                self.withdrawn = true;
                self.last_error = None;
            }
            Fact::DeadLettered { .. } => self.dead_letters += 1,
            // Of one that was put aside unrecorded there is nothing to take off.
            Fact::Redriven { .. } => self.dead_letters = self.dead_letters.saturating_sub(1),
            Fact::UnknownWebhook { .. } => self.unknown_webhooks += 1,
            Fact::Completed { .. } => self.completed = true,
            // `callbacks` takes these in: no step waits for them.
            Fact::CallbackDue { .. }
            | Fact::CallbackDelivered { .. }
            | Fact::CallbackFailed { .. }
            | Fact::CallbackAbandoned { .. } => {}
        }
    }

    /// The registry has just taken something.
    fn is_there(&mut self, step: Step, id: &RegistryId, time: Timestamp) {
        match step {
            Step::Brand => self.brand_is_there(id, time),
            Step::Confirmation => self.mail_is_sent(time),
            _ => {}
        }
    }

    fn retry(&mut self, step: Step, round: Round) {
        let was_parked = matches!(self.step(step).stands, Stands::Parked { .. });
        self.change(step, round, StepFacts::let_run);
        if step == Step::Confirmation && !was_parked {
            self.ask_for_mail(round);
        }
        if step == Step::Otp {
            // Another SMS: what was given for the one before is of no use.
            let pin = self.step(Step::Pin);
            if pin.stands != Stands::Untried || self.pin.is_some() {
                self.change(Step::Pin, pin.round.next(), |_| {});
            }
        }
    }

    fn amend(
        &mut self,
        order: Option<&Order>,
        number: Option<&PhoneNumber>,
        rounds: &[StepRound],
        appeal: Option<&String>,
    ) {
        match (&mut self.subject, order, number) {
            (Subject::Business { order: known }, Some(order), _) => {
                *known = Arc::new(order.clone())
            }
            (Subject::Number { number: known, .. }, _, Some(number)) => {
                *known = number.clone();
                self.elsewhere = None;
            }
            _ => {}
        }
        for StepRound { step, round } in rounds {
            self.change(*step, *round, |_| {});
            if *step == Step::Confirmation {
                self.ask_for_mail(*round);
            }
        }
        self.appeal = appeal.cloned();
        self.last_error = None;
    }

    fn replace(&mut self, old: &RegistryId, round: Round) {
        self.change(Step::Campaign, round, |known| {
            known.registry_id = None;
            known.approved_at = None;
        });
        // A step that has run goes into its next round; one that has not is before it.
        for step in [Step::Numbers, Step::EndReplaced] {
            let known = self.step(step);
            if known.stands != Stands::Untried {
                self.change(step, known.round.next(), |_| {});
            }
        }
        self.replaced = Some(old.clone());
    }

    fn reassign(&mut self, new: &RegistryId) {
        let is_there = self.verdict(Step::Number) == Some(&Verdict::Approved);
        let Subject::Number { campaign, .. } = &mut self.subject else {
            return;
        };
        let old = std::mem::replace(campaign, new.clone());
        let number = self.step(Step::Number);
        self.change(Step::Number, number.round.next(), |known| {
            known.registry_id = None
        });
        // Its order counts it as open again.
        self.ended = None;
        self.elsewhere = None;
        if is_there {
            self.find_elsewhere(&old);
        }
    }

    fn need_vetting(&mut self, vetting: Option<&Vetting>) {
        self.needs_vetting = true;
        if let Subject::Business { order } = &mut self.subject
            && order.vetting.is_none()
        {
            Arc::make_mut(order).vetting = vetting.cloned();
        }
    }

    fn find_elsewhere(&mut self, campaign: &RegistryId) {
        let times = self.elsewhere.as_ref().map_or(0, |found| found.times) + 1;
        self.elsewhere = Some(Elsewhere {
            campaign: campaign.clone(),
            times,
        });
        let detach = self.step(Step::Detach);
        if detach.stands != Stands::Untried {
            self.change(Step::Detach, detach.round.next(), |_| {});
        }
    }

    /// Changes what is known of a step, unless the fact is of an older round.
    fn change(&mut self, step: Step, round: Round, with: impl FnOnce(&mut StepFacts)) {
        let known = self
            .steps
            .entry(step)
            .or_insert_with(|| StepFacts::untried(round));
        if known.round < round {
            *known = known.in_round(round);
        }
        if known.round == round {
            with(known);
        }
    }
}

//! The fold: from a history to what is known of every step.
//!
//! Facts are matched by the name of their step and its round, never by their
//! place in the history, so that a change of the sequence cannot make an old
//! history unreadable, and a repeated or late fact changes nothing.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::event::{Event, Fact, Failure, Reason, Verdict};
use crate::id::{AccountId, RegistrationId, RegistryId, Round};
use crate::order::{Brand, Campaign, Numbers, Order, PhoneNumber};
use crate::sequence::{NumbersEnded, Pending, Step, Waits};

/// Everything known of one registration.
#[derive(Debug, Clone)]
pub struct Facts {
    account: AccountId,
    subject: Subject,
    steps: BTreeMap<Step, StepFacts>,
    completed: bool,
    ended: bool,
    numbers_opened: bool,
    last_error: Option<String>,
    unknown_webhooks: u32,
    dead_letters: u32,
    seq: u64,
}

/// What is being registered.
#[derive(Debug, Clone)]
pub enum Subject {
    /// A whole business.
    Business {
        /// What was ordered.
        order: Box<Order>,
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

/// What is known of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepFacts {
    /// The round it is in.
    pub round: Round,
    /// Attempts that this round has used.
    pub attempts: u32,
    /// Whether a submission of this round may stand at the registry without
    /// our knowing: then it is looked up before it is sent again.
    pub in_doubt: bool,
    /// Where it stands.
    pub stands: Stands,
}

/// Where a step stands after the facts so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stands {
    /// Nothing has happened in this round.
    Untried,
    /// A call is or was under way.
    Intended {
        /// Until then it belongs to whoever intended it.
        lease_until: Timestamp,
    },
    /// The last call failed.
    Failed {
        /// Not to be repeated before this.
        retry_at: Timestamp,
    },
    /// The registry has it.
    Submitted {
        /// What the registry calls it.
        registry_id: RegistryId,
        /// Since when.
        since: Timestamp,
    },
    /// The registry has decided.
    Decided {
        /// What the registry calls it; none if it refused the submission.
        registry_id: Option<RegistryId>,
        /// Since when.
        since: Timestamp,
        /// The latest verdict.
        verdict: Verdict,
    },
    /// A person must look.
    Parked {
        /// Why.
        reason: String,
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
        let (first, rest) = history.split_first().ok_or(Unfoldable::Empty)?;
        let mut facts = Self::begin(first)?;
        for event in rest {
            facts.apply(event);
        }
        Ok(facts)
    }

    fn begin(event: &Event) -> Result<Self, Unfoldable> {
        let (account, subject) = match event.facts.first() {
            Some(Fact::Received { account, order }) => (
                account,
                Subject::Business {
                    order: order.clone(),
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
            ended: false,
            numbers_opened: false,
            last_error: None,
            unknown_webhooks: 0,
            dead_letters: 0,
            seq: 0,
        };
        facts.apply(event);
        Ok(facts)
    }

    /// Takes in one more event.
    pub fn apply(&mut self, event: &Event) {
        for fact in &event.facts {
            self.take(fact, event.time);
        }
        self.seq = event.seq;
    }

    fn take(&mut self, fact: &Fact, time: Timestamp) {
        match fact {
            // An order stands for good from the first event on.
            Fact::Received { .. } | Fact::NumberReceived { .. } => {}
            Fact::Intended {
                step,
                round,
                lease_until,
                ..
            } => {
                self.numbers_opened |= *step == Step::Numbers;
                self.change(*step, *round, |known| {
                    if known.has_arrived() {
                        return;
                    }
                    // An intention over an intention: the first one's outcome was lost.
                    known.in_doubt |= matches!(known.stands, Stands::Intended { .. });
                    known.stands = Stands::Intended {
                        lease_until: *lease_until,
                    };
                });
            }
            Fact::Submitted {
                step,
                round,
                registry_id,
                ..
            } => {
                self.change(*step, *round, |known| {
                    // A worker that was thought dead may report late.
                    if !known.has_arrived() {
                        known.stands = Stands::Submitted {
                            registry_id: registry_id.clone(),
                            since: time,
                        };
                    }
                });
                self.last_error = None;
            }
            Fact::VerdictReached {
                step,
                round,
                verdict,
            } => {
                self.change(*step, *round, |known| known.decide(verdict, time));
                self.ended |= matches!(verdict, Verdict::Approved | Verdict::Rejected { .. });
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
                self.last_error = Some(error.clone());
            }
            Fact::Parked {
                step,
                round,
                reason,
            } => {
                self.change(*step, *round, |known| {
                    // The registry has it, or may have it: whoever lets this run
                    // again must not make it submit again unseen.
                    known.in_doubt |= matches!(
                        known.stands,
                        Stands::Intended { .. }
                            | Stands::Submitted { .. }
                            | Stands::Decided {
                                registry_id: Some(_),
                                ..
                            }
                    );
                    known.stands = Stands::Parked {
                        reason: reason.clone(),
                    };
                });
                self.last_error = Some(reason.clone());
            }
            Fact::Retried { step, round } => self.change(*step, *round, |known| {
                if matches!(known.stands, Stands::Parked { .. }) {
                    known.attempts = 0;
                    known.stands = Stands::Untried;
                }
            }),
            Fact::DeadLettered { .. } => self.dead_letters += 1,
            // Of one that was put aside unrecorded there is nothing to take off.
            Fact::Redriven { .. } => self.dead_letters = self.dead_letters.saturating_sub(1),
            Fact::UnknownWebhook { .. } => self.unknown_webhooks += 1,
            Fact::Completed { .. } => self.completed = true,
        }
    }

    /// Changes what is known of a step, unless the fact is of an older round.
    fn change(&mut self, step: Step, round: Round, with: impl FnOnce(&mut StepFacts)) {
        let known = self
            .steps
            .entry(step)
            .or_insert_with(|| StepFacts::untried(round));
        if known.round < round {
            *known = StepFacts::untried(round);
        }
        if known.round == round {
            with(known);
        }
    }

    /// The brand's id once it is approved.
    pub fn brand(&self, _order: &Brand) -> Result<RegistryId, Pending> {
        self.approved(Step::Brand)
    }

    /// The campaign's id once it is approved.
    pub fn campaign(&self, _order: &Campaign, _brand: &RegistryId) -> Result<RegistryId, Pending> {
        self.approved(Step::Campaign)
    }

    /// How the numbers ended, once all of them have.
    pub fn numbers(
        &self,
        order: &Numbers,
        _campaign: &RegistryId,
    ) -> Result<NumbersEnded, Pending> {
        match &self.step(Step::Numbers).stands {
            Stands::Decided {
                verdict: Verdict::PartlyApproved { approved, refused },
                ..
            } => Ok(NumbersEnded {
                assigned: *approved,
                failed: *refused,
            }),
            _ => self.approved(Step::Numbers).map(|_| NumbersEnded {
                assigned: order.count(),
                failed: 0,
            }),
        }
    }

    /// The assignment's id once the number is assigned.
    pub fn number(&self) -> Result<RegistryId, Pending> {
        self.approved(Step::Number)
    }

    fn approved(&self, step: Step) -> Result<RegistryId, Pending> {
        let known = self.step(step);
        let waits = match known.stands {
            Stands::Untried => Waits::Submission,
            Stands::Intended { lease_until } => Waits::Outcome { lease_until },
            Stands::Failed { retry_at } => Waits::Retry { at: retry_at },
            Stands::Submitted { registry_id, since } => Waits::Verdict { registry_id, since },
            Stands::Parked { reason } => Waits::Person { reason },
            Stands::Decided {
                registry_id,
                since,
                verdict,
            } => match (verdict, registry_id) {
                (Verdict::Approved, Some(id)) => return Ok(id),
                (Verdict::Suspended { .. }, Some(registry_id)) => {
                    Waits::Verdict { registry_id, since }
                }
                (Verdict::Rejected { reasons }, _) => Waits::Correction { reasons },
                (verdict, _) => Waits::Person {
                    reason: format!("the registry says of the {step}: {}", verdict.name()),
                },
            },
        };
        Err(Pending {
            step,
            round: known.round,
            waits,
        })
    }

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
        match self.steps.get(&step).map(|known| &known.stands) {
            Some(Stands::Submitted { registry_id, .. }) => Some(registry_id),
            Some(Stands::Decided { registry_id, .. }) => registry_id.as_ref(),
            _ => None,
        }
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

    /// Whether this is a number that the registry has decided about at least
    /// once: its parent counts it then, and only then.
    pub fn number_has_ended(&self) -> bool {
        self.ended && matches!(self.subject, Subject::Number { .. })
    }

    /// Whether the numbers of this order have been begun at least once: their
    /// count is set then, and only then.
    pub fn numbers_opened(&self) -> bool {
        self.numbers_opened
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

    /// The seq of the last event taken in.
    pub fn seq(&self) -> u64 {
        self.seq
    }
}

impl StepFacts {
    fn untried(round: Round) -> Self {
        Self {
            round,
            attempts: 0,
            in_doubt: false,
            stands: Stands::Untried,
        }
    }

    /// Whether the registry surely has this round's submission, or has decided.
    fn has_arrived(&self) -> bool {
        matches!(
            self.stands,
            Stands::Submitted { .. } | Stands::Decided { .. }
        )
    }

    fn fail(&mut self, attempt: u32, failure: Failure, retry_at: Timestamp) {
        if self.has_arrived() {
            return;
        }
        self.attempts = attempt;
        self.in_doubt |= failure == Failure::InDoubt;
        self.stands = Stands::Failed { retry_at };
    }

    fn decide(&mut self, verdict: &Verdict, time: Timestamp) {
        let registry_id = match &self.stands {
            Stands::Submitted { registry_id, .. } => Some(registry_id.clone()),
            Stands::Decided { registry_id, .. } => registry_id.clone(),
            _ => None,
        };
        self.stands = Stands::Decided {
            registry_id,
            since: time,
            verdict: verdict.clone(),
        };
    }
}

impl Verdict {
    /// The verdict in one word.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::PartlyApproved { .. } => "partly approved",
            Self::Rejected { .. } => "rejected",
            Self::Suspended { .. } => "suspended",
            Self::Expired => "expired",
        }
    }

    /// Why, where the registry said so.
    pub fn reasons(&self) -> &[Reason] {
        match self {
            Self::Rejected { reasons } | Self::Suspended { reasons } => reasons,
            Self::Approved | Self::PartlyApproved { .. } | Self::Expired => &[],
        }
    }
}

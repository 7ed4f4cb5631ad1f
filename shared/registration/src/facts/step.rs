//! What is known of one step.

use jiff::Timestamp;

use crate::event::{Failure, Reason, Verdict};
use crate::id::{RegistryId, Round};

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
    /// What the registry calls its subject, from whatever round: a later one
    /// changes it there.
    pub registry_id: Option<RegistryId>,
    /// Rounds whose submission the registry has taken from us, and so charges for. What
    /// was found there without having been sent is none of them.
    pub paid: Vec<Round>,
    /// Whether a call of this round was intended.
    pub intended: bool,
    /// Whether a person let this round run on after it was parked.
    pub let_run: bool,
    /// When it was first approved.
    pub approved_at: Option<Timestamp>,
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
    /// The call is planned for later, and nothing is wrong.
    Held {
        /// Until then; for others at the latest.
        until: Timestamp,
        /// Other orders stand on what it withdraws; if not, a rule forbids it.
        by_others: bool,
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

impl StepFacts {
    pub(super) fn untried(round: Round) -> Self {
        Self {
            round,
            attempts: 0,
            in_doubt: false,
            registry_id: None,
            paid: Vec::new(),
            intended: false,
            let_run: false,
            approved_at: None,
            stands: Stands::Untried,
        }
    }

    /// The same step in a later round. What is over at the registry is not
    /// changed there but made anew.
    pub(super) fn in_round(&self, round: Round) -> Self {
        let is_over = matches!(
            self.stands,
            Stands::Decided {
                verdict: Verdict::Expired,
                ..
            }
        );
        Self {
            registry_id: self.registry_id.clone().filter(|_| !is_over),
            paid: self.paid.clone(),
            approved_at: self.approved_at,
            ..Self::untried(round)
        }
    }

    pub(super) fn intend(&mut self, lease_until: Timestamp) {
        if self.has_arrived() {
            return;
        }
        // An intention over an intention: the first one's outcome was lost.
        self.in_doubt |= matches!(self.stands, Stands::Intended { .. });
        self.intended = true;
        self.stands = Stands::Intended { lease_until };
    }

    pub(super) fn arrive(&mut self, registry_id: &RegistryId, found: bool, time: Timestamp) {
        // A worker that was thought dead may report late.
        if self.has_arrived() {
            return;
        }
        // What is found after a lost answer was sent by us; what is found after a refusal
        // was there before.
        if self.intended && (!found || self.may_be_there()) {
            self.paid.push(self.round);
        }
        self.in_doubt = false;
        self.registry_id = Some(registry_id.clone());
        self.stands = Stands::Submitted {
            registry_id: registry_id.clone(),
            since: time,
        };
    }

    /// How many rounds are paid for.
    pub fn paid_rounds(&self) -> u32 {
        u32::try_from(self.paid.len()).unwrap_or(u32::MAX)
    }

    /// Whether this round may be paid for without our knowing yet.
    pub fn paid_in_doubt(&self) -> bool {
        self.may_be_there() && !self.has_arrived() && !self.paid.contains(&self.round)
    }

    /// Whether a call of this round was made whose outcome is not known.
    fn may_be_there(&self) -> bool {
        self.in_doubt || matches!(self.stands, Stands::Intended { .. })
    }

    pub(super) fn park(&mut self, reason: &str) {
        // The registry has it, or may have it: whoever lets this run again must
        // not make it submit again unseen.
        self.in_doubt |= matches!(
            self.stands,
            Stands::Intended { .. }
                | Stands::Submitted { .. }
                | Stands::Decided {
                    registry_id: Some(_),
                    ..
                }
        );
        self.stands = Stands::Parked {
            reason: reason.to_owned(),
        };
    }

    pub(super) fn let_run(&mut self) {
        if matches!(self.stands, Stands::Parked { .. }) {
            self.attempts = 0;
            self.let_run = true;
            self.stands = Stands::Untried;
        }
    }

    /// What held it is over: it is tried at once.
    pub(super) fn release(&mut self) {
        if matches!(self.stands, Stands::Held { .. }) {
            self.stands = Stands::Untried;
        }
    }

    pub(super) fn drop_doubt(&mut self) {
        if !self.has_arrived() {
            self.in_doubt = false;
            self.stands = Stands::Untried;
        }
    }

    /// Whether the registry surely has this round's submission, or has decided.
    pub(super) fn has_arrived(&self) -> bool {
        matches!(
            self.stands,
            Stands::Submitted { .. } | Stands::Decided { .. }
        )
    }

    /// Whether this round's submission is at the registry, or may be, or was
    /// decided about.
    pub(super) fn has_gone(&self) -> bool {
        self.in_doubt || self.has_arrived() || matches!(self.stands, Stands::Intended { .. })
    }

    pub(super) fn fail(&mut self, attempt: u32, failure: Failure, retry_at: Timestamp) {
        if self.has_arrived() {
            return;
        }
        self.attempts = attempt;
        self.in_doubt |= failure == Failure::InDoubt;
        self.stands = match failure {
            Failure::Held | Failure::StoodOn => Stands::Held {
                until: retry_at,
                by_others: failure == Failure::StoodOn,
            },
            _ => Stands::Failed { retry_at },
        };
    }

    pub(super) fn decide(&mut self, verdict: &Verdict, time: Timestamp) {
        let registry_id = match &self.stands {
            Stands::Submitted { registry_id, .. } => Some(registry_id.clone()),
            Stands::Decided { registry_id, .. } => registry_id.clone(),
            _ => None,
        };
        if *verdict == Verdict::Approved {
            self.approved_at.get_or_insert(time);
        }
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

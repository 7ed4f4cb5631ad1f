//! The one word that product teams and operators see.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::Verdict;
use crate::facts::Facts;
use crate::sequence::{self, Completion, Pending, Waits};

/// Where a registration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Something is to be sent, is being sent, or was sent for each of its numbers.
    InProgress,
    /// The registry or a carrier is looking at it.
    InReview,
    /// Refused; waits for corrected data.
    Rejected,
    /// Stopped until a person decides; of an order, also where that is true of one of
    /// its numbers, while others may go on.
    Parked,
    /// Everything ordered is registered.
    Registered,
    /// Brand and campaign are; some numbers were refused.
    PartlyRegistered,
    /// Taken back for now by a carrier or the registry.
    Suspended,
    /// A person is to give the PIN that came by SMS.
    AwaitingPin,
    /// Somebody at a public company is to follow the link in the registry's e-mail.
    AwaitingConfirmation,
    /// Over at the registry, for good.
    Expired,
    /// Being withdrawn from the registry.
    Cancelling,
    /// Withdrawn.
    Cancelled,
}

impl Status {
    /// Every status, in the order in which a registration usually meets them.
    pub const ALL: [Self; 12] = [
        Self::InProgress,
        Self::InReview,
        Self::AwaitingPin,
        Self::AwaitingConfirmation,
        Self::Rejected,
        Self::Parked,
        Self::Suspended,
        Self::PartlyRegistered,
        Self::Registered,
        Self::Expired,
        Self::Cancelling,
        Self::Cancelled,
    ];

    /// The status that follows from the facts.
    pub fn of(facts: &Facts) -> Self {
        Self::given(facts, &sequence::evaluate(facts))
    }

    /// The same where the sequence was evaluated already.
    pub fn given(facts: &Facts, evaluated: &Result<Completion, Pending>) -> Self {
        match evaluated {
            Ok(Completion::Whole) => Self::Registered,
            Ok(Completion::Part { .. }) => Self::PartlyRegistered,
            Ok(Completion::Withdrawn) => Self::Cancelled,
            Err(pending) => Self::of_pending(pending, facts),
        }
    }

    fn of_pending(pending: &Pending, facts: &Facts) -> Self {
        match pending.waits {
            Waits::Correction { .. } => Self::Rejected,
            Waits::Person { .. } if facts.verdict(pending.step) == Some(&Verdict::Expired) => {
                Self::Expired
            }
            Waits::Person { .. } => Self::Parked,
            Waits::Verdict { .. } if pending.step.is_our_own() && facts.has_parked_numbers() => {
                Self::Parked
            }
            _ if facts.cancelled() => Self::Cancelling,
            Waits::Submission
            | Waits::Outcome { .. }
            | Waits::Retry { .. }
            | Waits::Rule { .. }
            | Waits::Others { .. } => Self::InProgress,
            Waits::Verdict { .. } if pending.step.is_our_own() => Self::InProgress,
            Waits::Verdict { .. } => match facts.verdict(pending.step) {
                Some(Verdict::Suspended { .. }) => Self::Suspended,
                _ => Self::InReview,
            },
            Waits::Pin { .. } => Self::AwaitingPin,
            Waits::Confirmation { .. } => Self::AwaitingConfirmation,
        }
    }

    /// Whether something more happens without anybody doing anything.
    pub fn is_under_way(self) -> bool {
        matches!(
            self,
            Self::InProgress | Self::InReview | Self::Suspended | Self::Cancelling
        )
    }

    /// Whether nothing more happens unless somebody does something.
    pub fn is_at_rest(self) -> bool {
        !self.is_under_way()
    }

    /// The status as it is written in tables and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::InReview => "in_review",
            Self::Rejected => "rejected",
            Self::Parked => "parked",
            Self::Registered => "registered",
            Self::PartlyRegistered => "partly_registered",
            Self::Suspended => "suspended",
            Self::AwaitingPin => "awaiting_pin",
            Self::AwaitingConfirmation => "awaiting_confirmation",
            Self::Expired => "expired",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads a status by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

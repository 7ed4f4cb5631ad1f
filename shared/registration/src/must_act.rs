//! Who must act before a registration goes on. One notion for every surface: what is
//! listed, shown, printed and told says the same.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::sequence::Step;
use crate::status::Status;

/// Who must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MustAct {
    /// Whoever ordered it: to correct it, to give a PIN, to follow a link, to order it
    /// anew.
    Account,
    /// Whoever runs this platform: to look, then to retry or cancel.
    Operator,
    /// The registry or a carrier: its answer is awaited.
    Registry,
    /// Nobody: it goes on by itself, at once or at a time that is known, or is at its
    /// end.
    Nobody,
}

impl MustAct {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Account, Self::Operator, Self::Registry, Self::Nobody];

    /// Who must act on a registration of this status, at this step. `parked_numbers`:
    /// whether one of its numbers waits for an operator.
    pub fn of(status: Status, step: Option<Step>, parked_numbers: bool) -> Self {
        match status {
            Status::Parked => Self::Operator,
            // There is nothing to correct: the registry keeps what it should let go.
            Status::Rejected if step.is_some_and(Step::takes_back) => Self::Operator,
            Status::Rejected
            | Status::AwaitingPin
            | Status::AwaitingConfirmation
            | Status::Expired => Self::Account,
            Status::Cancelled => Self::Nobody,
            _ if parked_numbers => Self::Operator,
            Status::InReview | Status::Suspended => Self::Registry,
            Status::InProgress
            | Status::Cancelling
            | Status::PartlyRegistered
            | Status::Registered => Self::Nobody,
        }
    }

    /// Whether it is a person of ours or of the account's: nothing more happens unless
    /// they act.
    pub fn is_a_person(self) -> bool {
        matches!(self, Self::Account | Self::Operator)
    }

    /// In one word, as it is written in tables and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Operator => "operator",
            Self::Registry => "registry",
            Self::Nobody => "nobody",
        }
    }
}

impl fmt::Display for MustAct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

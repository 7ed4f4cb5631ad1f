//! What a fact is called, and the step that it is about.

use crate::event::Fact;
use crate::id::Round;
use crate::sequence::Step;

impl Fact {
    /// The fact's name as it is written in the history.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Received { .. } => "received",
            Self::NumberReceived { .. } => "number_received",
            Self::Intended { .. } => "intended",
            Self::Submitted { .. } => "submitted",
            Self::VerdictReached { .. } => "verdict_reached",
            Self::AttemptFailed { .. } => "attempt_failed",
            Self::Parked { .. } => "parked",
            Self::Amended { .. } => "amended",
            Self::PinReceived { .. } => "pin_received",
            Self::FoundElsewhere { .. } => "found_elsewhere",
            Self::MoveAllowed { .. } => "move_allowed",
            Self::MovedHere { .. } => "moved_here",
            Self::MovedAway { .. } => "moved_away",
            Self::NumberMoved { .. } => "number_moved",
            Self::PreflightTold { .. } => "preflight_told",
            Self::Shared { .. } => "shared",
            Self::SharedHere { .. } => "shared_here",
            Self::Left { .. } => "left",
            Self::Released { .. } => "released",
            Self::Replaced { .. } => "replaced",
            Self::Reassigned { .. } => "reassigned",
            Self::VettingNeeded { .. } => "vetting_needed",
            Self::Dropped { .. } => "dropped",
            Self::Overdue { .. } => "overdue",
            Self::Warned { .. } => "warned",
            Self::NumbersParked { .. } => "numbers_parked",
            Self::NumbersResumed => "numbers_resumed",
            Self::Cancelled { .. } => "cancelled",
            Self::Withdrawn => "withdrawn",
            Self::Retried { .. } => "retried",
            Self::DeadLettered { .. } => "dead_lettered",
            Self::Redriven { .. } => "redriven",
            Self::UnknownWebhook { .. } => "unknown_webhook",
            Self::Completed { .. } => "completed",
            Self::CallbackDue { .. } => "callback_due",
            Self::CallbackDelivered { .. } => "callback_delivered",
            Self::CallbackFailed { .. } => "callback_failed",
            Self::CallbackAbandoned { .. } => "callback_abandoned",
        }
    }

    /// The step and round that the fact is about; none for the whole.
    pub fn step(&self) -> Option<(Step, Round)> {
        match self {
            Self::Intended { step, round, .. }
            | Self::Submitted { step, round, .. }
            | Self::VerdictReached { step, round, .. }
            | Self::AttemptFailed { step, round, .. }
            | Self::Parked { step, round, .. }
            | Self::Dropped { step, round }
            | Self::Overdue { step, round, .. }
            | Self::Retried { step, round }
            | Self::Released { step, round }
            | Self::Redriven { step, round } => Some((*step, *round)),
            Self::DeadLettered { step, round, .. } => (*step).zip(*round),
            Self::PinReceived { round, .. } => Some((Step::Pin, *round)),
            Self::FoundElsewhere { round, .. } => Some((Step::Number, *round)),
            Self::Amended { .. }
            | Self::MoveAllowed { .. }
            | Self::MovedHere { .. }
            | Self::MovedAway { .. }
            | Self::NumberMoved { .. }
            | Self::PreflightTold { .. }
            | Self::Shared { .. }
            | Self::SharedHere { .. }
            | Self::Left { .. }
            | Self::Replaced { .. }
            | Self::Reassigned { .. }
            | Self::VettingNeeded { .. }
            | Self::Warned { .. }
            | Self::NumbersParked { .. }
            | Self::NumbersResumed
            | Self::Cancelled { .. }
            | Self::Withdrawn
            | Self::Received { .. }
            | Self::NumberReceived { .. }
            | Self::UnknownWebhook { .. }
            | Self::Completed { .. }
            | Self::CallbackDue { .. }
            | Self::CallbackDelivered { .. }
            | Self::CallbackFailed { .. }
            | Self::CallbackAbandoned { .. } => None,
        }
    }
}

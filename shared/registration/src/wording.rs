//! Facts in words, for people who read an audit trail. No personal data: what
//! was ordered is not repeated.

use std::fmt;

use crate::event::{Fact, Failure, Verdict};
use crate::sequence::Step;

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Received { account, order } => {
                write!(
                    f,
                    "order of {account} received: brand, campaign, {} numbers",
                    order.numbers.count()
                )
            }
            Self::NumberReceived { parent, .. } => write!(f, "number of {parent} received"),
            Self::Intended {
                step: Step::Numbers,
                ..
            } => f.write_str("numbers: about to start a registration for each"),
            Self::Submitted {
                step: Step::Numbers,
                ..
            } => f.write_str("numbers: all started"),
            Self::Intended { step, attempt, .. } => {
                write!(f, "{step}: about to submit, attempt {attempt}")
            }
            Self::Submitted {
                step,
                registry_id,
                found: false,
                ..
            } => {
                write!(f, "{step}: submitted as {registry_id}")
            }
            Self::Submitted {
                step,
                registry_id,
                found: true,
                ..
            } => {
                write!(
                    f,
                    "{step}: found at the registry as {registry_id}, not submitted again"
                )
            }
            Self::VerdictReached { step, verdict, .. } => write!(f, "{step}: {verdict}"),
            Self::AttemptFailed {
                step,
                failure,
                error,
                retry_at,
                ..
            } => {
                write!(f, "{step}: {failure}, next at {retry_at:.0}: {error}")
            }
            Self::Parked { step, reason, .. } => write!(f, "{step}: a person must look: {reason}"),
            Self::Retried { step, round } => write!(f, "{step}: to run again, round {round}"),
            Self::DeadLettered {
                step: Some(step),
                receives,
                ..
            } => {
                write!(
                    f,
                    "{step}: its message was received {receives} times and never finished"
                )
            }
            Self::DeadLettered { receives, .. } => {
                write!(
                    f,
                    "a message that cannot be read was received {receives} times"
                )
            }
            Self::Redriven { step, .. } => {
                write!(f, "{step}: its message was put back into its queue")
            }
            Self::UnknownWebhook { event_type, .. } => {
                write!(f, "webhook of the unknown type `{event_type}` kept")
            }
            Self::Completed { failed_numbers: 0 } => f.write_str("all registered"),
            Self::Completed { failed_numbers } => {
                write!(
                    f,
                    "registered, without {failed_numbers} numbers that were refused"
                )
            }
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        if let Self::PartlyApproved { approved, refused } = self {
            write!(f, " ({approved} yes, {refused} no)")?;
        }
        for (place, reason) in self.reasons().iter().enumerate() {
            let before = if place == 0 { ": " } else { "; " };
            write!(f, "{before}{}", reason.code)?;
            if !reason.fields.is_empty() {
                write!(f, " at {}", reason.fields.join(", "))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "not taken",
            Self::InDoubt => "outcome unknown",
            Self::Throttled => "too many calls",
            Self::NotYet => "not yet possible",
        })
    }
}

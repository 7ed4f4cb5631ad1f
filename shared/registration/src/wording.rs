//! Facts in words, for people who read an audit trail. No personal data: what
//! was ordered is not repeated.

use std::fmt;

use crate::event::{Fact, Failure, StepRound, Verdict, Warning};
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
            Self::Submitted {
                step: Step::Confirmation,
                found: false,
                ..
            } => f.write_str("confirmation: another e-mail was sent"),
            Self::VerdictReached {
                step: Step::Confirmation,
                verdict: Verdict::Expired,
                ..
            } => f.write_str("confirmation: the link has expired"),
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
                failure: Failure::Held | Failure::StoodOn,
                error,
                retry_at,
                ..
            } => write!(f, "{step}: waits until {retry_at:.0}, as planned: {error}"),
            Self::AttemptFailed {
                step,
                failure,
                error,
                retry_at,
                ..
            } => {
                write!(f, "{step}: {failure}, next at {retry_at:.0}: {error}")
            }
            Self::NumbersParked { reasons } => {
                write!(f, "numbers wait for an operator: {}", reasons.join("; "))
            }
            Self::NumbersResumed => f.write_str("no number waits for an operator any more"),
            Self::Parked { step, reason, .. } => write!(f, "{step}: a person must look: {reason}"),
            Self::Amended {
                changed, rounds, ..
            } => {
                write!(f, "amended: {}", changed.join(", "))?;
                for StepRound { step, round } in rounds {
                    write!(f, "; {step} goes into round {round}")?;
                }
                Ok(())
            }
            Self::PinReceived { .. } => f.write_str("the PIN was given"),
            Self::FoundElsewhere { campaign, .. } => {
                write!(
                    f,
                    "number: it is on our campaign {campaign}, and is taken off first"
                )
            }
            Self::MoveAllowed { any_account: true } => {
                f.write_str("number: an operator lets it be taken off the order that it is in")
            }
            Self::MoveAllowed { any_account: false } => f.write_str(
                "number: the account lets it be taken off its other order that it is in",
            ),
            Self::MovedHere { from } => write!(f, "number: moved here from {from}"),
            Self::MovedAway { to } => write!(f, "number: moved to {to}"),
            Self::NumberMoved { number, to } => write!(f, "{number} was moved to {to}"),
            Self::PreflightTold { findings } => {
                f.write_str("told before any fee: ")?;
                for (place, found) in findings.iter().enumerate() {
                    let comma = if place == 0 { "" } else { ", " };
                    write!(f, "{comma}{} at {}", found.rule, found.pointer)?;
                }
                Ok(())
            }
            Self::Shared { with } => write!(f, "the brand is shared with the account {with}"),
            Self::SharedHere { brand } => write!(
                f,
                "brand: {brand} is another account's, and is shared with this one"
            ),
            Self::Left { step } => write!(
                f,
                "{step}: left to another order that has it too, and withdraws it with itself"
            ),
            Self::Replaced { campaign, .. } => write!(
                f,
                "campaign: a new one is ordered in the place of {campaign}, which is over once \
                 its numbers have moved"
            ),
            Self::Reassigned { campaign } => {
                write!(f, "number: goes on the new campaign {campaign}")
            }
            Self::Released { step, .. } => {
                write!(f, "{step}: no other order stands on it any more")
            }
            Self::VettingNeeded {
                usecase, carriers, ..
            } => {
                write!(
                    f,
                    "vetting: needed for {}, which this brand could not send by {} so far",
                    usecase.as_str(),
                    carriers.join(", ")
                )
            }
            Self::Dropped { step, .. } => write!(f, "{step}: not at the registry, and not sent"),
            Self::Overdue { step, days, .. } => {
                write!(f, "{step}: no verdict for {days} days; waiting goes on")
            }
            Self::Warned {
                warning: Warning::CampaignWithoutNumbers,
            } => f.write_str(
                "the campaign has no number: T-Mobile charges $250 once that lasts 60 days",
            ),
            Self::Cancelled { alone: true, .. } => f.write_str("cancelled by itself"),
            Self::Cancelled {
                keep_brand: false, ..
            } => f.write_str("cancelled"),
            Self::Cancelled {
                keep_brand: true, ..
            } => f.write_str("cancelled, the brand is kept"),
            Self::Withdrawn => f.write_str("all withdrawn"),
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
                    "a message that asked for no step was received {receives} times and never finished"
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
            Self::CallbackDue { previous, status } => {
                write!(f, "callback: to tell the account {status}, was {previous}")
            }
            Self::CallbackDelivered {
                seq,
                status,
                attempt,
            } => {
                write!(
                    f,
                    "callback of event {seq}: told {status}, attempt {attempt}"
                )
            }
            Self::CallbackFailed {
                seq,
                attempt,
                error,
                retry_at,
            } => {
                write!(
                    f,
                    "callback of event {seq}: attempt {attempt} failed, next at {retry_at:.0}: {error}"
                )
            }
            Self::CallbackAbandoned {
                seq,
                attempts,
                reason,
            } => {
                write!(
                    f,
                    "callback of event {seq}: given up after {attempts} attempts: {reason}"
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
            Self::Held => "not allowed before",
            Self::StoodOn => "others stand on it",
        })
    }
}

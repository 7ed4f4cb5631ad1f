//! What functions say to each other: run this step of this registration.

use registration::{AccountId, RegistrationId, Round, Step, TraceId};
use serde::{Deserialize, Serialize};

use crate::callback;
use crate::queue::QueueError;
use crate::telemetry::chain;

/// A message on the queue of a function. It holds no data of the order:
/// whoever gets it reads the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Whose step.
    pub registration: RegistrationId,
    /// Whose registration: the group for fairness between accounts.
    pub account: AccountId,
    /// The step.
    pub step: Step,
    /// The round that was pending when this was sent. A message of another
    /// round has come too late and does nothing.
    pub round: Round,
    /// Why it was sent.
    pub cause: Cause,
    /// The last event that the sender had seen. None: it did not say, as older
    /// versions do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<u64>,
    /// The call from outside that led to it.
    pub trace: TraceId,
}

/// Why a message was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The sequence came to this step.
    Next,
    /// A failed call is to be repeated.
    Retry,
    /// It is time to ask for the verdict.
    Look,
    /// The registry said that something changed.
    Webhook,
    /// The sweep found that nothing had moved for too long.
    Rescue,
    /// The account is to be told that the status changed. Goes to the function
    /// [`callback::FUNCTION`]; no step is run.
    Callback,
}

impl Message {
    /// Reads a message off a queue; or says why it cannot be read, by its place in the
    /// text: nobody knows what stands in a text that no function of ours wrote.
    pub fn read(body: &str) -> Result<Self, String> {
        serde_json::from_str(body).map_err(|error| chain(&error).to_string())
    }

    /// The text that [`Message::read`] reads.
    pub fn write(&self) -> Result<String, QueueError> {
        serde_json::to_string(self).map_err(|source| QueueError {
            verb: "write a message",
            source: source.into(),
        })
    }

    /// The function that it is for, which is also the name of its queue.
    pub fn function(&self) -> &'static str {
        match self.cause {
            Cause::Callback => callback::FUNCTION,
            _ => self.step.function(),
        }
    }
}

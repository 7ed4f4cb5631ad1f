//! The queue: what every implementation promises.
//!
//! At least once, in no promised order. A message that is received is hidden
//! for the visibility timeout and comes again unless it is acknowledged; after
//! `max_receives` it becomes a dead letter. One queue per function.

use std::time::Duration;

use async_trait::async_trait;

use crate::message::Message;

/// After so many receives without an acknowledgement a message is poison. Only
/// crashes count here: what fails in an orderly way is acknowledged and sent
/// again with a delay.
pub const MAX_RECEIVES: u32 = 5;

/// The longest delay that a queue takes (SQS: 15 minutes).
pub const LONGEST_DELAY: Duration = Duration::from_secs(15 * 60);

/// Sends messages and hands them out.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Puts messages on the queues of their functions. When this
    /// returns, they are durable.
    async fn send(&self, messages: &[Outgoing]) -> Result<(), QueueError>;

    /// Takes up to `most` messages of one function's queue and hides them for
    /// `visibility`. Waits up to `wait` for the first.
    async fn receive(
        &self,
        function: &str,
        most: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Delivery>, QueueError>;

    /// The message, or the dead letter, is done with.
    async fn acknowledge(&self, receipt: &Receipt) -> Result<(), QueueError>;

    /// How much is in one function's queue.
    async fn depth(&self, function: &str) -> Result<Depth, QueueError>;

    /// The dead letters of one function's queue, oldest first, up to `most`.
    async fn dead_letters(
        &self,
        function: &str,
        most: usize,
    ) -> Result<Vec<DeadLetter>, QueueError>;

    /// Takes up to `most` dead letters of one function's queue and hides them for
    /// `visibility`. Each comes again as a dead letter unless it is acknowledged.
    /// Waits up to `wait` for the first. In no promised order.
    async fn take_dead(
        &self,
        function: &str,
        most: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Dead>, QueueError>;
}

/// A message to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// What.
    pub message: Message,
    /// Not to be received sooner; at most [`LONGEST_DELAY`].
    pub delay: Duration,
}

/// A message that was received.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// What; or why it cannot be read. A message that cannot be read is left to
    /// become a dead letter by itself, without its neighbours.
    pub message: Result<Message, String>,
    /// For the acknowledgement.
    pub receipt: Receipt,
    /// How often it has been received, this time included.
    pub receives: u32,
}

/// Proves that a message was received: only its holder may acknowledge it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt(pub String);

/// A message that was received too often.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// The message's text, as it was sent.
    pub body: String,
    /// How often it was received.
    pub receives: u32,
}

/// A dead letter that was taken.
#[derive(Debug, Clone)]
pub struct Dead {
    /// What; or why it cannot be read.
    pub message: Result<Message, String>,
    /// For the acknowledgement.
    pub receipt: Receipt,
}

/// How much is in a queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depth {
    /// To be received now.
    pub waiting: u64,
    /// Received and not acknowledged.
    pub in_flight: u64,
    /// Not to be received yet.
    pub delayed: u64,
    /// Given up.
    pub dead: u64,
}

/// The queue did not do it.
#[derive(Debug, thiserror::Error)]
#[error("the queue could not {verb}")]
pub struct QueueError {
    /// What was asked of it.
    pub verb: &'static str,
    /// What happened.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

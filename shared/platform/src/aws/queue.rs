//! The queue on SQS: one standard queue per function, and one for its dead
//! letters.
//!
//! The account is the message group: on a standard queue that is no order but
//! fairness, so that one account's thousand registrations do not keep another's
//! one waiting (SQS fair queues).

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::error::SdkError;
use aws_sdk_sqs::operation::RequestId;
use aws_sdk_sqs::operation::delete_message::DeleteMessageError;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, Message as Received, MessageSystemAttributeName,
    MessageSystemAttributeNameForSends, MessageSystemAttributeValue, QueueAttributeName,
    SendMessageBatchRequestEntry,
};
use registration::TraceId;
use tracing::warn;

use super::failure::Failure;
use crate::message::Message;
use crate::queue::{
    Dead, DeadLetter, Delivery, Depth, MAX_RECEIVES, Outgoing, Queue, QueueError, Receipt,
};

/// Messages in one request (SQS API Reference: at most 10).
const TOGETHER: usize = 10;

/// How often the messages of a batch that were not taken are sent again.
const TURNS: u32 = 4;

/// The longest that one receive waits (SQS API Reference: 20 seconds).
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// How long a dead letter is hidden while the others are listed.
const LOOKED_AT: Duration = Duration::from_secs(20);

/// What a queue's dead letters are kept in, by its own name.
pub const DEAD: &str = "-dead";

/// Queues in one account and region.
#[derive(Clone)]
pub struct Sqs {
    client: Client,
    /// A queue's URL without its function.
    url_prefix: String,
}

impl Sqs {
    /// The queues whose URLs are this prefix and the name of a function.
    pub fn new(client: Client, url_prefix: impl Into<String>) -> Self {
        Self {
            client,
            url_prefix: url_prefix.into(),
        }
    }

    fn url(&self, function: &str) -> String {
        format!("{}{function}", self.url_prefix)
    }

    fn dead_url(&self, function: &str) -> String {
        format!("{}{DEAD}", self.url(function))
    }

    async fn send_together(&self, function: &str, some: &[&Outgoing]) -> Result<(), QueueError> {
        let mut left = some
            .iter()
            .enumerate()
            .map(entry)
            .collect::<Result<Vec<_>, _>>()?;
        let mut refused = None;
        for turn in 0..TURNS {
            if turn > 0 {
                tokio::time::sleep(Duration::from_millis(50 << turn)).await;
            }
            let batch = self
                .client
                .send_message_batch()
                .queue_url(self.url(function));
            let answer = batch.set_entries(Some(left.clone())).send().await;
            let failed = answer.map_err(failed("send"))?.failed;
            if failed.is_empty() {
                return Ok(());
            }
            left.retain(|entry| failed.iter().any(|failure| failure.id == entry.id));
            refused = failed.into_iter().next();
            if refused.as_ref().is_some_and(|failure| failure.sender_fault) {
                break;
            }
        }
        let code = refused.map_or_else(String::new, |failure| failure.code);
        Err(QueueError {
            verb: "send",
            source: format!(
                "{} of {} messages were not taken: {code}",
                left.len(),
                some.len()
            )
            .into(),
        })
    }

    async fn count(&self, url: String) -> Result<HashMap<QueueAttributeName, u64>, QueueError> {
        let answer = self
            .client
            .get_queue_attributes()
            .queue_url(url)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesDelayed)
            .send()
            .await
            .map_err(failed("count"))?;
        let counts = answer.attributes.unwrap_or_default();
        Ok(counts
            .into_iter()
            .map(|(name, count)| (name, count.parse().unwrap_or_default()))
            .collect())
    }

    async fn take(
        &self,
        url: String,
        most: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Received>, QueueError> {
        let wait = wait.min(LONGEST_WAIT);
        let most = most.clamp(1, TOGETHER);
        // A receive that waits takes longer than any other call may.
        let longest = wait + Duration::from_secs(5);
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(longest)
            .operation_timeout(longest.saturating_mul(2))
            .build();
        let answer = self
            .client
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(i32::try_from(most).unwrap_or(1))
            .visibility_timeout(seconds(visibility))
            .wait_time_seconds(i32::try_from(wait.as_secs()).unwrap_or(0))
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .customize()
            .config_override(aws_sdk_sqs::config::Builder::new().timeout_config(timeouts))
            .send()
            .await
            .map_err(failed("receive"))?;
        Ok(answer.messages.unwrap_or_default())
    }
}

#[async_trait]
impl Queue for Sqs {
    async fn send(&self, messages: &[Outgoing]) -> Result<(), QueueError> {
        let mut queues: BTreeMap<&str, Vec<&Outgoing>> = BTreeMap::new();
        for outgoing in messages {
            let function = outgoing.message.function();
            queues.entry(function).or_default().push(outgoing);
        }
        for (function, all) in queues {
            for some in all.chunks(TOGETHER) {
                self.send_together(function, some).await?;
            }
        }
        Ok(())
    }

    async fn receive(
        &self,
        function: &str,
        most: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Delivery>, QueueError> {
        let received = self
            .take(self.url(function), most, visibility, wait)
            .await?;
        Ok(received
            .into_iter()
            .map(|message| {
                let receives = receives(&message);
                let body = message.body.unwrap_or_default();
                let handle = message.receipt_handle.unwrap_or_default();
                Delivery {
                    message: Message::read(&body),
                    receipt: Receipt(format!("{function} {handle}")),
                    receives,
                }
            })
            .collect())
    }

    async fn acknowledge(&self, receipt: &Receipt) -> Result<(), QueueError> {
        let Some((function, handle)) = receipt.0.split_once(' ') else {
            return Ok(());
        };
        let delete = self.client.delete_message().queue_url(self.url(function));
        match delete.receipt_handle(handle).send().await {
            // An old receipt: the message is gone, or in another's hands.
            Err(error) if is_old_receipt(&error) => Ok(()),
            deleted => deleted.map(drop).map_err(failed("acknowledge")),
        }
    }

    async fn depth(&self, function: &str) -> Result<Depth, QueueError> {
        let queue = self.count(self.url(function)).await?;
        let dead = self.count(self.dead_url(function)).await?;
        let of = |counts: &HashMap<_, _>, name| counts.get(&name).copied().unwrap_or(0);
        let waiting = QueueAttributeName::ApproximateNumberOfMessages;
        let in_flight = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
        Ok(Depth {
            waiting: of(&queue, waiting.clone()),
            in_flight: of(&queue, in_flight.clone()),
            delayed: of(
                &queue,
                QueueAttributeName::ApproximateNumberOfMessagesDelayed,
            ),
            dead: of(&dead, waiting) + of(&dead, in_flight),
        })
    }

    async fn dead_letters(
        &self,
        function: &str,
        most: usize,
    ) -> Result<Vec<DeadLetter>, QueueError> {
        let url = self.dead_url(function);
        let (mut letters, mut handles) = (BTreeMap::new(), Vec::new());
        while letters.len() < most {
            let left = most - letters.len();
            let some = self
                .take(url.clone(), left, LOOKED_AT, Duration::ZERO)
                .await?;
            if some.is_empty() {
                break;
            }
            for message in some {
                // It is here because it was received so often; only what a
                // person has put here was not.
                let receives = receives(&message).max(MAX_RECEIVES);
                handles.extend(message.receipt_handle);
                let body = message.body.unwrap_or_default();
                let letter = DeadLetter { body, receives };
                letters.insert(message.message_id.unwrap_or_default(), letter);
            }
        }
        self.put_back(url, handles).await;
        Ok(letters.into_values().collect())
    }

    async fn take_dead(
        &self,
        function: &str,
        most: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Dead>, QueueError> {
        let url = self.dead_url(function);
        let received = self.take(url, most, visibility, wait).await?;
        Ok(received
            .into_iter()
            .map(|message| {
                let body = message.body.unwrap_or_default();
                let handle = message.receipt_handle.unwrap_or_default();
                Dead {
                    message: Message::read(&body),
                    receipt: Receipt(format!("{function}{DEAD} {handle}")),
                }
            })
            .collect())
    }
}

impl Sqs {
    /// Shows messages that were only looked at to others again. What does not
    /// come back now does so after [`LOOKED_AT`].
    async fn put_back(&self, url: String, handles: Vec<String>) {
        for some in handles.chunks(TOGETHER) {
            let mut batch = self
                .client
                .change_message_visibility_batch()
                .queue_url(&url);
            for (place, handle) in some.iter().enumerate() {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(place.to_string())
                    .receipt_handle(handle)
                    .visibility_timeout(0);
                // It lacks nothing, so it is built.
                if let Ok(entry) = entry.build() {
                    batch = batch.entries(entry);
                }
            }
            if let Err(error) = batch.send().await {
                warn!(error = %Failure::of(&error), "dead letters stay hidden for a while");
            }
        }
    }
}

fn entry(
    (place, outgoing): (usize, &&Outgoing),
) -> Result<SendMessageBatchRequestEntry, QueueError> {
    let unwritable = |source: Box<dyn std::error::Error + Send + Sync>| QueueError {
        verb: "write a message",
        source,
    };
    let message = &outgoing.message;
    let body = message.write()?;
    let trace = MessageSystemAttributeValue::builder()
        .data_type("String")
        .string_value(trace_header(&message.trace))
        .build()
        .map_err(|error| unwritable(error.into()))?;
    SendMessageBatchRequestEntry::builder()
        .id(place.to_string())
        .message_body(body)
        .delay_seconds(seconds(outgoing.delay))
        .message_group_id(message.account.as_str())
        .message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, trace)
        .build()
        .map_err(|error| unwritable(error.into()))
}

/// A W3C trace id in the form of X-Ray (X-Ray Developer Guide, Tracing header).
fn trace_header(trace: &TraceId) -> String {
    let (time, random) = trace.as_str().split_at_checked(8).unwrap_or_default();
    format!("Root=1-{time}-{random}")
}

/// Whole seconds, rounded up: a message is never received too soon.
fn seconds(time: Duration) -> i32 {
    let whole = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    i32::try_from(whole).unwrap_or(i32::MAX)
}

fn receives(message: &Received) -> u32 {
    let count = message.attributes.as_ref().and_then(|attributes| {
        attributes.get(&MessageSystemAttributeName::ApproximateReceiveCount)
    });
    count.and_then(|count| count.parse().ok()).unwrap_or(1)
}

fn is_old_receipt<R>(error: &SdkError<DeleteMessageError, R>) -> bool {
    error
        .as_service_error()
        .is_some_and(DeleteMessageError::is_receipt_handle_is_invalid)
}

fn failed<E, R>(verb: &'static str) -> impl Fn(SdkError<E, R>) -> QueueError
where
    E: ProvideErrorMetadata,
    SdkError<E, R>: RequestId,
{
    move |error| QueueError {
        verb,
        source: Failure::of(&error).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_never_shortened_by_rounding() {
        assert_eq!(seconds(Duration::from_millis(1)), 1);
        assert_eq!(seconds(Duration::from_secs(3)), 3);
        assert_eq!(seconds(Duration::ZERO), 0);
    }

    #[test]
    fn a_trace_id_becomes_a_tracing_header() {
        let trace =
            TraceId::from_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        let header = trace.map(|trace| trace_header(&trace));
        let expected = "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736";
        assert_eq!(header.as_deref(), Some(expected));
    }
}

//! Messages off a queue. Lambda hands over up to ten at once and takes back the
//! ids of those that are to come again (ReportBatchItemFailures).
//!
//! Each record is read alone: one that cannot be read comes again alone, until
//! it is a dead letter, and its neighbours are not run twice. All records of a
//! batch run at once, as most of their time is waiting.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use lambda_runtime::LambdaEvent;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tracing::{Instrument, error, info_span};

use super::{Error, Started, metrics};
use crate::Platform;
use crate::clock::until;
use crate::message::{Cause, Message};
use crate::run::{self, Ran};
use crate::telemetry::chain;
use crate::workers::Functions;

/// What is left for the answer when the records are given up.
const MARGIN: Duration = Duration::from_millis(500);

/// One record of a batch, as SQS writes it (AWS Lambda Developer Guide, Using
/// Lambda with Amazon SQS).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// What the answer names it by.
    pub message_id: String,
    /// The message's text.
    pub body: String,
    /// What SQS knows of it.
    pub attributes: Attributes,
    /// The queue it comes from.
    #[serde(rename = "eventSourceARN", default)]
    pub queue: String,
}

/// What SQS knows of a message.
#[derive(Debug, Clone, Deserialize)]
pub struct Attributes {
    /// How often it has been received, this time included.
    #[serde(rename = "ApproximateReceiveCount", deserialize_with = "count")]
    pub receives: u32,
}

fn count<'de, D: serde::Deserializer<'de>>(reader: D) -> Result<u32, D::Error> {
    let text = String::deserialize(reader)?;
    text.parse().map_err(serde::de::Error::custom)
}

/// A batch of which not even the ids can be read.
#[derive(Debug, thiserror::Error)]
#[error("this is no batch of an SQS queue: {0}")]
pub struct NoBatch(&'static str);

/// How a batch went.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The messages that are to come again, in the batch's order.
    pub failed: Vec<String>,
    /// How many came to what.
    pub counts: BTreeMap<&'static str, usize>,
}

impl Outcome {
    /// What Lambda is told.
    pub fn answer(&self) -> Value {
        let failures: Vec<_> = self
            .failed
            .iter()
            .map(|id| json!({ "itemIdentifier": id }))
            .collect();
        json!({ "batchItemFailures": failures })
    }
}

/// Handles one invocation of a function that runs steps.
pub async fn steps(
    started: &Started,
    functions: &Functions,
    event: LambdaEvent<Value>,
) -> Result<Value, Error> {
    let platform = &started.platform;
    let left = time_left(&event, platform.clock.now());
    let outcome = run_steps(platform, functions, &event.payload, left).await?;
    count_outcome(started, &event, &outcome);
    Ok(outcome.answer())
}

/// Counts what came of a batch.
pub fn count_outcome(started: &Started, event: &LambdaEvent<Value>, outcome: &Outcome) {
    let counts: Vec<_> = outcome
        .counts
        .iter()
        .map(|(name, many)| (*name, *many))
        .collect();
    let function = &event.context.env_config.function_name;
    let now = started.platform.clock.now();
    metrics::count(&started.settings.stage, function, now, &counts);
}

/// How long the records may take, so that an answer is still given.
pub fn time_left(event: &LambdaEvent<Value>, now: Timestamp) -> Duration {
    let deadline = i64::try_from(event.context.deadline).unwrap_or(i64::MAX);
    let deadline = Timestamp::from_millisecond(deadline).unwrap_or(Timestamp::MAX);
    until(deadline, now).saturating_sub(MARGIN)
}

/// Runs the step of every record.
pub async fn run_steps(
    platform: &Platform,
    functions: &Functions,
    event: &Value,
    left: Duration,
) -> Result<Outcome, NoBatch> {
    let (platform, functions) = (platform.clone(), functions.clone());
    each(event, left, move |record| {
        let (platform, functions) = (platform.clone(), functions.clone());
        async move { run_step(&platform, &functions, &record).await }
    })
    .await
}

async fn run_step(platform: &Platform, functions: &Functions, record: &Record) -> Done {
    let receives = record.attributes.receives;
    let message = match Message::read(&record.body) {
        Ok(message) => message,
        Err(why) => {
            error!(
                message = record.message_id,
                receives, why, "a message cannot be read"
            );
            return Done::Again("Unreadable");
        }
    };
    let span = info_span!(
        "step", registration = %message.registration, step = %message.step,
        round = %message.round, trace = %message.trace
    );
    async {
        let step = (message.cause != Cause::Callback).then_some(message.step);
        let Some(function) = step.and_then(|step| functions.of(step)) else {
            error!("no function here runs this step");
            return Done::Again("Misplaced");
        };
        match run::run(platform, &**function, &message, receives).await {
            Ok(ran) => Done::Done(name(ran)),
            Err(error) => {
                error!(receives, error = %chain(&error), "the message will come again");
                Done::Again("Errors")
            }
        }
    }
    .instrument(span)
    .await
}

/// What a run is counted as.
fn name(ran: Ran) -> &'static str {
    match ran {
        Ran::Submitted => "Submitted",
        Ran::Found => "Found",
        Ran::Looked => "Looked",
        Ran::Failed => "AttemptsFailed",
        Ran::Postponed | Ran::Held => "Postponed",
        Ran::AnotherHasIt | Ran::NothingToDo => "NothingToDo",
    }
}

/// What came of one record, and what it is counted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// It is done with.
    Done(&'static str),
    /// It is to come again.
    Again(&'static str),
}

/// Handles every record of a batch at once, each on its own: one that cannot be
/// read, that fails, that panics or that takes too long comes again alone.
pub async fn each<F, A>(event: &Value, left: Duration, handle: F) -> Result<Outcome, NoBatch>
where
    F: Fn(Record) -> A,
    A: Future<Output = Done> + Send + 'static,
{
    let records = event.get("Records").and_then(Value::as_array);
    let records = records.ok_or(NoBatch("it has no list `Records`"))?;
    let mut ids = Vec::with_capacity(records.len());
    for record in records {
        let id = record.get("messageId").and_then(Value::as_str);
        ids.push(id.ok_or(NoBatch("a record has no `messageId`"))?);
    }
    let mut ended: Vec<Option<Done>> = vec![None; ids.len()];
    let mut running = JoinSet::new();
    for (place, record) in records.iter().enumerate() {
        match Record::deserialize(record) {
            Ok(record) => {
                let handling = handle(record);
                running.spawn(async move { (place, handling.await) });
            }
            Err(why) => error!(%why, "a record cannot be read"),
        }
    }
    let all = async {
        while let Some(joined) = running.join_next().await {
            match joined {
                Ok((place, done)) => {
                    if let Some(slot) = ended.get_mut(place) {
                        *slot = Some(done);
                    }
                }
                Err(why) => error!(%why, "a record was not finished"),
            }
        }
    };
    if tokio::time::timeout(left, all).await.is_err() {
        error!("the time of this invocation is over: what is not finished comes again");
    }
    let mut outcome = Outcome::default();
    for (id, done) in ids.into_iter().zip(ended) {
        let done = done.unwrap_or(Done::Again("Errors"));
        let (Done::Done(name) | Done::Again(name)) = done;
        *outcome.counts.entry(name).or_default() += 1;
        if matches!(done, Done::Again(_)) {
            outcome.failed.push(id.to_owned());
        }
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str, body: &str) -> Value {
        json!({
            "messageId": id, "body": body, "eventSourceARN": "arn:aws:sqs:::queue",
            "attributes": { "ApproximateReceiveCount": "2" }
        })
    }

    async fn by_body(record: Record) -> Done {
        assert_eq!(record.attributes.receives, 2);
        match record.body.as_str() {
            "fails" => Done::Again("Errors"),
            "panics" => panic!("as asked"),
            "hangs" => std::future::pending().await,
            _ => Done::Done("Submitted"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_record_that_fails_panics_hangs_or_cannot_be_read_comes_again_alone() {
        let mut broken = record("broken", "");
        broken["attributes"] = json!({});
        let event = json!({ "Records": [
            record("1", "well"), record("2", "fails"), record("3", "panics"), broken,
            record("4", "hangs"), record("5", "well")
        ] });
        let outcome = each(&event, Duration::from_secs(1), by_body).await.unwrap();
        assert_eq!(outcome.failed, ["2", "3", "broken", "4"]);
        let counts = BTreeMap::from([("Errors", 4), ("Submitted", 2)]);
        assert_eq!(outcome.counts, counts);
        assert_eq!(
            outcome.answer()["batchItemFailures"][0],
            json!({ "itemIdentifier": "2" })
        );
    }

    #[tokio::test]
    async fn records_of_a_batch_run_at_once() {
        let event = json!({ "Records": [record("1", ""), record("2", "")] });
        let both = std::sync::Arc::new(tokio::sync::Barrier::new(2));
        let meet = |_: Record| {
            let both = both.clone();
            async move {
                both.wait().await;
                Done::Done("Submitted")
            }
        };
        let outcome = each(&event, Duration::from_secs(5), meet).await.unwrap();
        assert!(outcome.failed.is_empty(), "one waited for the other");
    }

    #[tokio::test]
    async fn what_is_no_batch_is_refused_as_a_whole() {
        for event in [
            json!({}),
            json!({ "Records": [{}] }),
            json!({ "Records": 1 }),
        ] {
            assert!(each(&event, Duration::from_secs(1), by_body).await.is_err());
        }
    }
}

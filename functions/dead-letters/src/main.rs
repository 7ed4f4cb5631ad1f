//! dead-letters in AWS Lambda: runs what is in the dead-letter queues.

use std::process::ExitCode;
use std::sync::Arc;

use dead_letters::{DeadLetterError, put};
use platform::Platform;
use platform::case::CaseError;
use platform::lambda::batch::{self, Done, Record};
use platform::lambda::{self, events};
use platform::telemetry::chain;
use tracing::error;

fn main() -> ExitCode {
    lambda::run(async {
        let started = Arc::new(lambda::start().await?);
        events(move |event| {
            let started = Arc::clone(&started);
            async move {
                let platform = started.platform.clone();
                let left = batch::time_left(&event, platform.clock.now());
                let handle = |record| one(platform.clone(), record);
                let outcome = batch::each(&event.payload, left, handle).await?;
                batch::count_outcome(&started, &event, &outcome);
                Ok(outcome.answer())
            }
        })
        .await
    })
}

async fn one(platform: Platform, record: Record) -> Done {
    match put(&platform, &record.body, record.attributes.receives).await {
        Ok(_) => Done::Done("DeadLettered"),
        Err(error) => {
            error!(message = record.message_id, queue = record.queue, error = %chain(&error), "left in its queue");
            match error {
                DeadLetterError::Nameless | DeadLetterError::Case(CaseError::Unknown(_)) => {
                    Done::Again("Unreadable")
                }
                _ => Done::Again("Errors"),
            }
        }
    }
}

//! callbacks in AWS Lambda: runs the messages of its queue.

use std::process::ExitCode;
use std::sync::Arc;

use callbacks::{Callbacks, LONGEST_CALL, Told};
use platform::lambda::batch::{self, Done, Record};
use platform::lambda::{self, Started, events};
use platform::telemetry::chain;
use platform::{Message, Platform};
use tracing::error;

fn main() -> ExitCode {
    lambda::run(async {
        let started: Arc<Started> = Arc::new(lambda::start().await?);
        // The outcome of the longest call is still to be recorded.
        let longest = LONGEST_CALL.min(started.settings.function_timeout / 2);
        let allowed = started.configuration.callbacks;
        let callbacks = Arc::new(Callbacks::with_timeout(allowed, longest)?);
        events(move |event| {
            let (started, callbacks) = (Arc::clone(&started), Arc::clone(&callbacks));
            async move {
                let platform = started.platform.clone();
                let left = batch::time_left(&event, platform.clock.now());
                let handle = |record| one(Arc::clone(&callbacks), platform.clone(), record);
                let outcome = batch::each(&event.payload, left, handle).await?;
                batch::count_outcome(&started, &event, &outcome);
                Ok(outcome.answer())
            }
        })
        .await
    })
}

async fn one(callbacks: Arc<Callbacks>, platform: Platform, record: Record) -> Done {
    let message = match Message::read(&record.body) {
        Ok(message) => message,
        Err(why) => {
            error!(message = record.message_id, why, "a message cannot be read");
            return Done::Again("Unreadable");
        }
    };
    match callbacks.tell(&platform, &message).await {
        Ok(Told { abandoned: 1.., .. }) => Done::Done("CallbacksAbandoned"),
        Ok(Told { failed: 1.., .. }) => Done::Done("CallbacksFailed"),
        Ok(Told { delivered: 1.., .. }) => Done::Done("CallbacksDelivered"),
        Ok(_) => Done::Done("NothingToDo"),
        Err(error) => {
            error!(registration = %message.registration, error = %chain(&error), "comes again");
            Done::Again("Errors")
        }
    }
}

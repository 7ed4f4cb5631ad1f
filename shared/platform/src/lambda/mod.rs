//! What every function needs to run in AWS Lambda, so that a `main.rs` is a few
//! lines.
//!
//! # Layout
//!
//! * `start`: once per process: environment, secrets, clients;
//! * `batch`: messages of a step's queue, each on its own;
//! * `metrics`: counts, as a line that CloudWatch makes metrics of.

use std::future::Future;
use std::process::ExitCode;
use std::sync::Arc;

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use tracing::error;

use crate::at_registry::Downstream;
use crate::step::StepFunction;
use crate::telemetry::chain;
use crate::workers::Functions;

pub mod batch;
pub mod metrics;
mod start;

pub use start::{StartError, Started, start};

/// Whatever ends an invocation, or a process.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Runs a function's process on one thread: a small Lambda has no second one.
pub fn run(main: impl Future<Output = Result<(), Error>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(main),
        Err(error) => Err(error.into()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!(error = %chain(&*error), "the function cannot run");
            ExitCode::FAILURE
        }
    }
}

/// The whole process of a function that runs steps off its queue.
pub fn steps(make: impl FnOnce(Downstream) -> Vec<Arc<dyn StepFunction>>) -> ExitCode {
    run(async {
        let started = start().await?;
        let downstream = started.downstream().await?;
        let started = Arc::new(started);
        let functions = Functions::new(make(downstream));
        events(move |event: LambdaEvent<Value>| {
            let (started, functions) = (Arc::clone(&started), functions.clone());
            async move { batch::steps(&started, &functions, event).await }
        })
        .await
    })
}

/// Answers events until the process is ended.
pub async fn events<F, A>(handle: F) -> Result<(), Error>
where
    F: Fn(LambdaEvent<Value>) -> A,
    A: Future<Output = Result<Value, Error>>,
{
    lambda_runtime::run(service_fn(handle)).await
}

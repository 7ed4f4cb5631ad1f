//! The loop that feeds messages to functions where no Lambda does: in one
//! process, one pool of workers per function.

use std::sync::Arc;
use std::time::Duration;

use registration::Step;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tracing::{error, warn};

use crate::Platform;
use crate::callback::{self, CallbackFunction};
use crate::message::{Cause, Message};
use crate::planted::{self, Bug};
use crate::queue::Delivery;
use crate::run;
use crate::step::StepFunction;
use crate::telemetry::chain;

/// How long a receive waits for a message. Short enough to see a message that
/// another process put into the same file.
const WAIT: Duration = Duration::from_millis(250);

/// The functions of one process that are run by messages.
#[derive(Clone)]
pub struct Functions {
    steps: Arc<Vec<Arc<dyn StepFunction>>>,
    callbacks: Option<Arc<dyn CallbackFunction>>,
}

impl Functions {
    /// These step functions.
    pub fn new(steps: Vec<Arc<dyn StepFunction>>) -> Self {
        Self {
            steps: Arc::new(steps),
            callbacks: None,
        }
    }

    /// The same, and the one that calls accounts.
    #[must_use]
    pub fn with_callbacks(self, callbacks: Arc<dyn CallbackFunction>) -> Self {
        Self {
            callbacks: Some(callbacks),
            ..self
        }
    }

    /// The function that runs a step.
    pub fn of(&self, step: Step) -> Option<&Arc<dyn StepFunction>> {
        self.steps.iter().find(|function| function.step() == step)
    }

    /// The queues that these functions read.
    pub fn queues(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.steps.iter().map(|f| f.step().function()).collect();
        names.dedup();
        names.extend(self.callbacks.iter().map(|_| callback::FUNCTION));
        names
    }
}

/// Runs messages until `stop` turns true, then waits for what is in flight.
/// `concurrency`: how many messages of each function are run at once.
pub async fn work(
    platform: Platform,
    functions: Functions,
    concurrency: usize,
    stop: watch::Receiver<bool>,
) {
    let mut pools = JoinSet::new();
    for queue in functions.queues() {
        pools.spawn(pool(
            platform.clone(),
            functions.clone(),
            queue,
            concurrency,
            stop.clone(),
        ));
    }
    while pools.join_next().await.is_some() {}
}

async fn pool(
    platform: Platform,
    functions: Functions,
    queue: &'static str,
    concurrency: usize,
    mut stop: watch::Receiver<bool>,
) {
    let free = Arc::new(Semaphore::new(concurrency));
    let mut running = JoinSet::new();
    while !*stop.borrow() {
        while running.try_join_next().is_some() {}
        let Ok(permit) = Arc::clone(&free).acquire_owned().await else {
            return;
        };
        drop(permit);
        let most = free.available_permits().max(1);
        let receive = platform
            .queue
            .receive(queue, most, platform.visibility, WAIT);
        let deliveries = tokio::select! {
            received = receive => received,
            _ = stop.changed() => break,
        };
        match deliveries {
            Ok(deliveries) => {
                for delivery in deliveries {
                    let Ok(permit) = Arc::clone(&free).acquire_owned().await else {
                        return;
                    };
                    let (platform, functions) = (platform.clone(), functions.clone());
                    running.spawn(async move {
                        deliver(&platform, &functions, delivery).await;
                        drop(permit);
                    });
                }
            }
            Err(error) => {
                error!(queue, error = %chain(&error), "receiving failed");
                tokio::time::sleep(WAIT).await;
            }
        }
    }
    while running.join_next().await.is_some() {}
}

/// Runs one message and acknowledges it if it was run.
pub async fn deliver(platform: &Platform, functions: &Functions, delivery: Delivery) {
    let message = match delivery.message {
        Ok(message) => message,
        Err(why) => {
            error!(
                why,
                receives = delivery.receives,
                "a message cannot be read"
            );
            return;
        }
    };
    if planted::is(Bug::AcknowledgedFirst) {
        let _ = platform.queue.acknowledge(&delivery.receipt).await;
    }
    match run(platform, functions, &message, delivery.receives).await {
        Ok(()) => {
            if let Err(error) = platform.queue.acknowledge(&delivery.receipt).await {
                warn!(registration = %message.registration, error = %chain(&error), "not acknowledged");
            }
        }
        Err(error) => {
            error!(
                registration = %message.registration, step = %message.step,
                receives = delivery.receives, error = %chain(&*error), "the message will come again"
            );
        }
    }
}

async fn run(
    platform: &Platform,
    functions: &Functions,
    message: &Message,
    receives: u32,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    if message.cause == Cause::Callback {
        let callbacks = functions.callbacks.as_ref();
        let callbacks = callbacks.ok_or("no function here calls accounts")?;
        return callbacks.deliver(platform, message).await;
    }
    let function = functions.of(message.step);
    let function = function.ok_or("no function here runs this step")?;
    run::run(platform, &**function, message, receives).await?;
    Ok(())
}

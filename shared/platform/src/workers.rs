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

/// How many messages are run at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtOnce {
    /// Of each function.
    pub each: usize,
    /// Of all that call the registry: as many as use its rate ([`Rate::concurrency`]).
    /// What waits beyond that stays in its queue, untouched, where accounts take turns.
    ///
    /// [`Rate::concurrency`]: crate::limiter::Rate::concurrency
    pub registry: usize,
}

/// Runs messages until `stop` turns true, then waits for what is in flight.
pub async fn work(
    platform: Platform,
    functions: Functions,
    at_once: AtOnce,
    stop: watch::Receiver<bool>,
) {
    let slots = Arc::new(Semaphore::new(at_once.registry));
    let queues = functions.queues();
    // Each function has its share of the slots, so that none takes them all.
    let share = (at_once.registry / queues.len().max(1)).clamp(1, at_once.each.max(1));
    let mut pools = JoinSet::new();
    for queue in queues {
        let (free, most) = match queue {
            callback::FUNCTION => (Arc::new(Semaphore::new(at_once.each)), at_once.each),
            _ => (Arc::clone(&slots), share),
        };
        let (platform, functions) = (platform.clone(), functions.clone());
        pools.spawn(pool(platform, functions, queue, free, most, stop.clone()));
    }
    while pools.join_next().await.is_some() {}
}

/// Runs a queue's messages, each with a permit of `free`; asks for up to `most` of them
/// at a time.
async fn pool(
    platform: Platform,
    functions: Functions,
    queue: &'static str,
    free: Arc<Semaphore>,
    most: usize,
    mut stop: watch::Receiver<bool>,
) {
    let mut running = JoinSet::new();
    while !*stop.borrow() {
        while running.try_join_next().is_some() {}
        let Ok(permit) = Arc::clone(&free).acquire_owned().await else {
            return;
        };
        let mut permits = vec![permit];
        while permits.len() < most
            && let Ok(permit) = Arc::clone(&free).try_acquire_owned()
        {
            permits.push(permit);
        }
        let receive = platform
            .queue
            .receive(queue, permits.len(), platform.visibility, WAIT);
        let deliveries = tokio::select! {
            received = receive => received,
            _ = stop.changed() => break,
        };
        match deliveries {
            Ok(deliveries) => {
                for (delivery, permit) in deliveries.into_iter().zip(permits) {
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

//! The loop that feeds messages to functions where no Lambda does: in one
//! process, one pool of workers per function.

use std::sync::Arc;
use std::time::Duration;

use registration::Step;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tracing::{error, warn};

use crate::Platform;
use crate::queue::Delivery;
use crate::run;
use crate::step::StepFunction;

/// How long a receive waits for a message. Short enough to see a message that
/// another process put into the same file.
const WAIT: Duration = Duration::from_millis(250);

/// The step functions of one process.
#[derive(Clone)]
pub struct Functions(Arc<Vec<Arc<dyn StepFunction>>>);

impl Functions {
    /// These functions.
    pub fn new(functions: Vec<Arc<dyn StepFunction>>) -> Self {
        Self(Arc::new(functions))
    }

    /// The function that runs a step.
    pub fn of(&self, step: Step) -> Option<&Arc<dyn StepFunction>> {
        self.0.iter().find(|function| function.step() == step)
    }

    /// The queues that these functions read.
    pub fn queues(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.0.iter().map(|f| f.step().function()).collect();
        names.dedup();
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
                error!(queue, %error, "receiving failed");
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
    let Some(function) = functions.of(message.step) else {
        error!(step = %message.step, "no function here runs this step");
        return;
    };
    match run::run(platform, &**function, &message, delivery.receives).await {
        Ok(_) => {
            if let Err(error) = platform.queue.acknowledge(&delivery.receipt).await {
                warn!(registration = %message.registration, %error, "not acknowledged");
            }
        }
        Err(error) => {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            error!(
                registration = %message.registration, step = %message.step,
                receives = delivery.receives, %error, source, "the message will come again"
            );
        }
    }
}

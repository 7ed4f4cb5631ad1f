//! How fast an account may call its registry.
//!
//! Registries limit calls per second for a whole account. Every single HTTP
//! call waits for a slot first, also the second one of a look-up that takes two.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;

/// The two kinds of calls that registries limit apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traffic {
    /// Changes something.
    Write,
    /// Only reads.
    Read,
}

/// No slot is near enough to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no slot of the registry's limit is free within {after:?}")]
pub struct NoSlot {
    /// When to try again.
    pub after: Duration,
}

/// A slot: a future that ends when the call may be made. Whoever has it gets ready
/// meanwhile, so that the call is neither early nor late.
#[must_use = "the call is to wait for it"]
pub struct Slot(Pin<Box<dyn Future<Output = ()> + Send>>);

impl Slot {
    /// Ends with this.
    pub fn when(comes: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(Box::pin(comes))
    }

    /// At once.
    pub fn now() -> Self {
        Self::when(std::future::ready(()))
    }
}

impl Future for Slot {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(context)
    }
}

/// Gives out slots.
#[async_trait]
pub trait Pace: Send + Sync {
    /// Takes the next slot, if it is near enough, and waits until shortly before it.
    async fn slot(&self, traffic: Traffic) -> Result<Slot, NoSlot>;

    /// The registry has asked everybody to wait.
    async fn hold(&self, traffic: Traffic, wait: Duration);
}

/// No limit at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unlimited;

#[async_trait]
impl Pace for Unlimited {
    async fn slot(&self, _traffic: Traffic) -> Result<Slot, NoSlot> {
        Ok(Slot::now())
    }

    async fn hold(&self, _traffic: Traffic, _wait: Duration) {}
}

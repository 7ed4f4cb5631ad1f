//! How fast an account may call its registry.
//!
//! Registries limit calls per second for a whole account. Every single HTTP
//! call waits for a slot first, also the second one of a look-up that takes two.

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

/// Gives out slots.
#[async_trait]
pub trait Pace: Send + Sync {
    /// Waits for the next slot, if it is near enough.
    async fn slot(&self, traffic: Traffic) -> Result<(), NoSlot>;

    /// The registry has asked everybody to wait.
    async fn hold(&self, traffic: Traffic, wait: Duration);
}

/// No limit at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unlimited;

#[async_trait]
impl Pace for Unlimited {
    async fn slot(&self, _traffic: Traffic) -> Result<(), NoSlot> {
        Ok(())
    }

    async fn hold(&self, _traffic: Traffic, _wait: Duration) {}
}

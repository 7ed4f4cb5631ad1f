//! A step that calls no registry: what it does is done on our own side, and doing it
//! again does no harm.

use async_trait::async_trait;
use registration::{Reference, RegistryId, Step};
use registry::pace::{NoSlot, Slot};
use registry::{Capability, Reading};
use serde_json::Value;

use crate::Platform;
use crate::case::Case;
use crate::step::{CallError, Misplaced, StepFunction};

/// What such a step does.
#[async_trait]
pub trait Does: Send + Sync {
    /// The step.
    const STEP: Step;

    /// What is written into the history before it is done.
    fn request(&self, case: &Case) -> Result<Value, Misplaced>;

    /// Does it, and says where it stands.
    async fn run(&self, platform: &Platform, case: &Case) -> Result<Reading, CallError>;

    /// Looks at where it stands.
    async fn look(&self, platform: &Platform, case: &Case) -> Result<Reading, CallError>;
}

/// Such a step as a function.
#[derive(Debug, Clone, Copy)]
pub struct OwnStep<D>(pub D);

#[async_trait]
impl<D: Does> StepFunction for OwnStep<D> {
    fn step(&self) -> Step {
        D::STEP
    }

    fn capability(&self) -> Capability {
        Capability::Dedupes
    }

    async fn slot(&self) -> Result<Slot, NoSlot> {
        Ok(Slot::now())
    }

    fn request(&self, case: &Case, _as: &Reference) -> Result<Value, Misplaced> {
        self.0.request(case)
    }

    async fn submit(
        &self,
        platform: &Platform,
        case: &Case,
        _request: &Value,
    ) -> Result<Reading, CallError> {
        self.0.run(platform, case).await
    }

    async fn find(
        &self,
        _platform: &Platform,
        _case: &Case,
        _as: &Reference,
    ) -> Result<Option<Reading>, CallError> {
        Ok(None)
    }

    async fn verdict(
        &self,
        platform: &Platform,
        case: &Case,
        _id: &RegistryId,
    ) -> Result<Reading, CallError> {
        self.0.look(platform, case).await
    }
}

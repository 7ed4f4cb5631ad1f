//! What a function adds for its own step: what to submit, and how to read the
//! verdict. How a step is run is the same for all, in [`crate::run`].

use std::sync::Arc;

use async_trait::async_trait;
use registration::facts::Subject as CaseSubject;
use registration::{Order, Reference, RegistryId, Step};
use registry::pace::NoSlot;
use registry::{
    Capability, Kind, Pace, Reading, Registry, RegistryError, Request, Submission, Traffic,
};
use serde_json::Value;

use crate::Platform;
use crate::case::Case;

/// One step of the sequence.
#[async_trait]
pub trait StepFunction: Send + Sync {
    /// Which.
    fn step(&self) -> Step;

    /// What may be relied on when the outcome of a submission is lost.
    fn capability(&self) -> Capability;

    /// Waits for the slot of [`StepFunction::submit`]'s call, if it is near enough.
    async fn slot(&self) -> Result<(), NoSlot>;

    /// The exact request: written into the history, then sent as written.
    fn request(&self, case: &Case, as_: &Reference) -> Result<Value, Misplaced>;

    /// Sends the request once.
    async fn submit(
        &self,
        platform: &Platform,
        case: &Case,
        request: &Value,
    ) -> Result<Reading, CallError>;

    /// Looks up whether the submission was taken before.
    async fn find(
        &self,
        platform: &Platform,
        case: &Case,
        as_: &Reference,
    ) -> Result<Option<Reading>, CallError>;

    /// Reads where the submission stands.
    async fn verdict(
        &self,
        platform: &Platform,
        case: &Case,
        id: &RegistryId,
    ) -> Result<Reading, CallError>;
}

/// A step that was asked of a registration that has no such step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this registration has no step `{0}`: the message was not made by this sequence")]
pub struct Misplaced(pub Step);

/// A step's own call that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The registry's answer, or none.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Our own side failed: nothing is known of the call; the message comes
    /// again.
    #[error("our own side failed")]
    Ours(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<Misplaced> for CallError {
    fn from(misplaced: Misplaced) -> Self {
        Self::Ours(Box::new(misplaced))
    }
}

/// What a step submits, where that is all there is to it.
pub trait Submits: Send + Sync {
    /// The step.
    const STEP: Step;
    /// What kind of thing it makes at the registry.
    const KIND: Kind;

    /// The submission, from what is known of the case.
    fn submission(
        &self,
        case: &Case,
        reference: Reference,
        webhook_url: Option<String>,
    ) -> Result<Submission, Misplaced>;
}

/// A registry, and what its account allows us.
#[derive(Clone)]
pub struct Downstream {
    /// The registry.
    pub registry: Arc<dyn Registry>,
    /// Its limits.
    pub pace: Arc<dyn Pace>,
    /// The address under which the registry reaches us, without a slash at its
    /// end; none: no webhooks, only looks.
    pub public_url: Option<String>,
}

/// A step that is one submission to the registry and its verdict.
#[derive(Clone)]
pub struct AtRegistry<S> {
    submits: S,
    downstream: Downstream,
}

impl<S: Submits> AtRegistry<S> {
    /// This step at this registry.
    pub fn new(submits: S, downstream: Downstream) -> Self {
        Self {
            submits,
            downstream,
        }
    }

    fn submission(&self, case: &Case, reference: &Reference) -> Result<Submission, Misplaced> {
        // Our id rides in the path, so that a webhook finds its registration.
        let Downstream {
            registry,
            public_url,
            ..
        } = &self.downstream;
        let webhook_url = public_url
            .as_ref()
            .map(|base| format!("{base}/v1/webhooks/{}/{}", registry.name(), case.id));
        self.submits
            .submission(case, reference.clone(), webhook_url)
    }
}

#[async_trait]
impl<S: Submits> StepFunction for AtRegistry<S> {
    fn step(&self) -> Step {
        S::STEP
    }

    fn capability(&self) -> Capability {
        self.downstream.registry.capability(S::KIND)
    }

    async fn slot(&self) -> Result<(), NoSlot> {
        self.downstream.pace.slot(Traffic::Write).await
    }

    fn request(&self, case: &Case, as_: &Reference) -> Result<Value, Misplaced> {
        let request = self
            .downstream
            .registry
            .request(&self.submission(case, as_)?);
        serde_json::to_value(request).map_err(|_| Misplaced(S::STEP))
    }

    async fn submit(
        &self,
        _platform: &Platform,
        _case: &Case,
        request: &Value,
    ) -> Result<Reading, CallError> {
        let request: Request = serde_json::from_value(request.clone())
            .map_err(|source| CallError::Ours(Box::new(source)))?;
        Ok(self.downstream.registry.submit(&request).await?)
    }

    async fn find(
        &self,
        _platform: &Platform,
        case: &Case,
        as_: &Reference,
    ) -> Result<Option<Reading>, CallError> {
        let submission = self.submission(case, as_)?;
        Ok(self.downstream.registry.find(&submission).await?)
    }

    async fn verdict(
        &self,
        _platform: &Platform,
        _case: &Case,
        id: &RegistryId,
    ) -> Result<Reading, CallError> {
        Ok(self.downstream.registry.status(S::KIND, id).await?)
    }
}

/// The order of a whole business.
pub fn order(case: &Case, step: Step) -> Result<&Order, Misplaced> {
    match case.facts.subject() {
        CaseSubject::Business { order } => Ok(order),
        CaseSubject::Number { .. } => Err(Misplaced(step)),
    }
}

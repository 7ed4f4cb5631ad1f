//! What a function adds for its own step: what to submit, and how to read the
//! verdict. How a step is run is the same for all, in [`crate::run`].

use async_trait::async_trait;
use jiff::Timestamp;
use registration::facts::Subject as CaseSubject;
use registration::{Fact, Order, Reference, RegistrationId, RegistryId, Step};
use registry::pace::{NoSlot, Slot};
use registry::{Capability, Reading, RegistryError};
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

    /// What is registered already and is only read; none: it is submitted.
    fn adopts(&self, _case: &Case) -> Option<RegistryId> {
        None
    }

    /// Until when a rule of the registry forbids the submission.
    fn not_before(&self, _platform: &Platform, _case: &Case) -> Option<Timestamp> {
        None
    }

    /// What must be settled before the submission, as facts that put something else
    /// before it; none: it may be submitted.
    async fn lacks(&self, _case: &Case) -> Result<Vec<Fact>, CallError> {
        Ok(Vec::new())
    }

    /// Where the registry has it, when it says that it has it already.
    async fn whereabouts(
        &self,
        _platform: &Platform,
        _case: &Case,
    ) -> Result<Whereabouts, CallError> {
        Ok(Whereabouts::Unknown)
    }

    /// Takes the slot of [`StepFunction::submit`]'s call, if it is near enough, and waits
    /// until shortly before it: there is time to write the intention down.
    async fn slot(&self) -> Result<Slot, NoSlot>;

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

/// Where the registry has what it would not take.
#[derive(Debug)]
pub enum Whereabouts {
    /// Nobody can say.
    Unknown,
    /// It is this very thing.
    Ours(Box<Reading>),
    /// The number is on another campaign that we have submitted.
    OurCampaign {
        /// Which, by the registry's id.
        campaign: RegistryId,
        /// The order that it is of.
        of: RegistrationId,
    },
    /// It is somebody else's.
    Theirs,
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

impl CallError {
    /// A failure of our own side.
    pub fn ours(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Ours(Box::new(source))
    }
}

impl From<Misplaced> for CallError {
    fn from(misplaced: Misplaced) -> Self {
        Self::Ours(Box::new(misplaced))
    }
}

/// The order of a whole business.
pub fn order(case: &Case, step: Step) -> Result<&Order, Misplaced> {
    match case.facts.subject() {
        CaseSubject::Business { order } => Ok(order),
        CaseSubject::Number { .. } => Err(Misplaced(step)),
    }
}

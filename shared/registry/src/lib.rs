//! The downstream: what registrar asks of a registry, and the registries it
//! can ask.
//!
//! # Layout
//!
//! * this file: [`Registry`], the few verbs that every registry has, and
//!   [`Capability`], what may be relied on when the outcome of a call is lost;
//! * [`error`]: how a call fails, and so what may be done next;
//! * [`pace`]: a slot for every single call;
//! * [`telnyx`]: Telnyx's public 10DLC API, the first implementation;
//! * [`webhook`]: what a webhook is to us: a reason to go and read again.
//!
//! The registry for tests, an HTTP server that speaks the same API, is the
//! crate `registry-simulator` beside this one.

use async_trait::async_trait;
use jiff::Timestamp;
use registration::order::{Brand, Campaign, PhoneNumber};
use registration::{Reference, RegistryId, Verdict};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub mod error;
pub mod pace;
pub mod telnyx;
pub mod webhook;

pub use error::RegistryError;
pub use pace::{Pace, Traffic};
pub use webhook::{Webhook, WebhookError};

/// A registry (or a provider in front of one) that takes submissions and
/// decides about them.
#[async_trait]
pub trait Registry: Send + Sync {
    /// Its name in URLs, limits and logs, such as `telnyx`.
    fn name(&self) -> &'static str;

    /// What can be relied on when the outcome of a submission is lost.
    fn capability(&self, kind: Kind) -> Capability;

    /// The exact request that [`Registry::submit`] will send: no IO, and the
    /// same for the same submission, so that it can be written down before.
    fn request(&self, submission: &Submission) -> Request;

    /// Sends a request that was written down. One HTTP call, never repeated
    /// here: whether it may be repeated is for the caller to decide. The caller
    /// has waited for its slot too, before writing it down; every other verb
    /// waits for the slots of its own calls.
    async fn submit(&self, request: &Request) -> Result<Reading, RegistryError>;

    /// Looks up whether the registry already has this submission. `None` only
    /// when the registry surely does not have it.
    async fn find(&self, submission: &Submission) -> Result<Option<Reading>, RegistryError>;

    /// Reads what the registry has under this id.
    async fn status(&self, kind: Kind, id: &RegistryId) -> Result<Reading, RegistryError>;

    /// Sends corrected data for what the registry has under this id.
    async fn amend(
        &self,
        id: &RegistryId,
        submission: &Submission,
    ) -> Result<Reading, RegistryError>;

    /// Takes back what the registry has under this id. Already gone is success.
    async fn withdraw(&self, kind: Kind, id: &RegistryId) -> Result<(), RegistryError>;

    /// Proves that a webhook comes from this registry and is fresh, and reads
    /// what it is about. `header` finds a header by its lower-case name.
    fn webhook(
        &self,
        header: &dyn Fn(&str) -> Option<String>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Webhook, WebhookError>;
}

/// What kind of thing a registry keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A legal entity.
    Brand,
    /// A use case of a brand.
    Campaign,
    /// A number's assignment to a campaign.
    Number,
}

/// What a registry offers when the outcome of a submission is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// The same submission again has no further effect.
    Dedupes,
    /// It can be asked whether it has the submission.
    Findable,
    /// Neither: a lost outcome needs a person.
    Neither,
}

/// What is submitted to a registry.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// Ours, the same for every attempt of a round.
    pub reference: Reference,
    /// Where the registry may send webhooks about it.
    pub webhook_url: Option<String>,
    /// The thing itself.
    pub subject: Subject,
}

/// The thing that is submitted.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// A brand.
    Brand(Box<Brand>),
    /// A campaign of a brand that is approved.
    Campaign {
        /// The brand's id at this registry.
        brand: RegistryId,
        /// The campaign.
        campaign: Box<Campaign>,
    },
    /// A number for a campaign that is approved.
    Number {
        /// The campaign's id at this registry.
        campaign: RegistryId,
        /// The number.
        number: PhoneNumber,
    },
}

impl Subject {
    /// What kind of thing it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Brand(_) => Kind::Brand,
            Self::Campaign { .. } => Kind::Campaign,
            Self::Number { .. } => Kind::Number,
        }
    }
}

/// One HTTP request to a registry, without its address and its key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// What kind of thing it makes.
    pub kind: Kind,
    /// `POST`, `PUT`.
    pub method: String,
    /// Below the registry's base URL.
    pub path: String,
    /// JSON.
    pub body: Value,
}

/// What a registry says of one thing that it keeps.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What the registry calls the thing.
    pub id: RegistryId,
    /// Its decision; none while it is still looking, and none for a status that
    /// we do not know: unknown is treated as still pending.
    pub verdict: Option<Verdict>,
    /// The registry's own words for where it stands.
    pub status: String,
    /// The whole answer, cut to 64 KiB.
    pub response: Value,
}

//! The downstream: what registrar asks of a registry, and the registries it
//! can ask.
//!
//! # Layout
//!
//! * this file: [`Registry`], the few verbs that every registry has, and
//!   [`Capability`], what may be relied on when the outcome of a call is lost;
//! * [`submission`]: what is submitted, and what comes back;
//! * [`placement`]: where a number is, how a campaign stands with each carrier;
//! * [`error`]: how a call fails, and so what may be done next;
//! * [`pace`]: a slot for every single call;
//! * [`telnyx`]: Telnyx's public 10DLC API, the first implementation;
//! * [`webhook`]: what a webhook is to us: a reason to go and read again.
//!
//! The registry for tests, an HTTP server that speaks the same API, is the
//! crate `registry-simulator` beside this one.

use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;
use registration::RegistryId;
use registration::order::{PhoneNumber, Usecase};
use registration::qualification::Qualification;

pub mod error;
pub mod pace;
pub mod placement;
pub mod submission;
pub mod telnyx;
pub mod webhook;

pub use error::RegistryError;
pub use pace::{Pace, Traffic};
pub use placement::{CarrierStatus, Placed, Standing};
pub use submission::{AWAITS_PIN, Following, Form, Kind, Reading, Request, Subject, Submission};
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

    /// Sends a request that was written down, and what follows it. Each HTTP
    /// call is made once and never repeated here: whether it may be repeated is
    /// for the caller to decide. The caller has waited for the slot of the
    /// first call too, before writing it down; every other call, here and in
    /// the other verbs, waits for its own.
    async fn submit(&self, request: &Request) -> Result<Reading, RegistryError>;

    /// Looks up whether the registry already has this submission. `None` only
    /// when the registry surely does not have it, or sending it again does
    /// nothing twice.
    async fn find(&self, submission: &Submission) -> Result<Option<Reading>, RegistryError>;

    /// Reads what the registry has under this id.
    async fn status(&self, kind: Kind, id: &RegistryId) -> Result<Reading, RegistryError>;

    /// Reads how a campaign stands with each carrier; empty while none has it.
    async fn carriers(&self, campaign: &RegistryId) -> Result<Vec<CarrierStatus>, RegistryError>;

    /// Reads which carriers would take a campaign of this use case from this brand;
    /// empty where the registry does not say.
    async fn qualifications(
        &self,
        brand: &RegistryId,
        usecase: &Usecase,
    ) -> Result<Vec<Qualification>, RegistryError>;

    /// Reads what the registry takes where it takes one of a list; none where it does
    /// not say.
    async fn values(&self, _list: List) -> Result<Option<Vec<String>>, RegistryError> {
        Ok(None)
    }

    /// Reads what a campaign of this use case costs; none where it does not say.
    async fn cost(&self, _usecase: &Usecase) -> Result<Option<Cost>, RegistryError> {
        Ok(None)
    }

    /// Reads which campaign a number is on, ours or not; none: on no campaign.
    async fn placed(&self, number: &PhoneNumber) -> Result<Option<Placed>, RegistryError>;

    /// Reads which numbers of a campaign, in E.164, are under review still; none where it
    /// has no list of them.
    async fn numbers_under_review(
        &self,
        _campaign: &RegistryId,
    ) -> Result<Option<BTreeSet<String>>, RegistryError> {
        Ok(None)
    }

    /// Proves that a webhook comes from this registry and is fresh, and reads
    /// what it is about. `header` finds a header by its lower-case name.
    fn webhook(
        &self,
        header: &dyn Fn(&str) -> Option<String>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Webhook, WebhookError>;
}

/// A list of values of which an order names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// What a campaign is for.
    Usecase,
    /// The industry.
    Vertical,
    /// The form of business.
    EntityType,
    /// Where a stock is traded.
    StockExchange,
    /// How large a customer a brand is.
    BrandRelationship,
    /// Where an alternate business id comes from.
    AltBusinessIdType,
}

impl List {
    /// The order's field that it is for.
    pub fn name(self) -> &'static str {
        match self {
            Self::Usecase => "usecase",
            Self::Vertical => "vertical",
            Self::EntityType => "entityType",
            Self::StockExchange => "stockExchange",
            Self::BrandRelationship => "brandRelationship",
            Self::AltBusinessIdType => "altBusinessIdType",
        }
    }
}

/// What a campaign costs, in US cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Once, for each submission.
    pub once: u32,
    /// Each month.
    pub monthly: u32,
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

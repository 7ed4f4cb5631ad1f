//! Telnyx's public 10DLC API. The contract is the official SDK's types (npm
//! `telnyx`, resources/messaging-10dlc) and Telnyx's public documents; where a
//! comment names a source, it is one of those.
//!
//! # Layout
//!
//! * `settings`: what a connection is made from;
//! * `request`: from an order to the registry's fields, `fields` their names;
//! * `call`: one HTTP call, sent once, and what becomes of it;
//! * `refusal`: every answer that is not a yes, `throttle` how long to wait;
//! * `reading`: what the statuses mean, `reasons` why something was refused;
//! * `find`: whether a lost submission arrived;
//! * `amend`: corrected data for what the registry has;
//! * `withdraw`: taking it back;
//! * `webhook`: a reason to read again.

mod amend;
mod call;
mod fields;
mod find;
mod reading;
mod reasons;
mod refusal;
mod request;
mod settings;
mod throttle;
mod webhook;
mod withdraw;

use std::sync::Arc;

use async_trait::async_trait;
use ed25519_dalek::VerifyingKey;
use jiff::Timestamp;
use registration::{RegistryId, Verdict};
use reqwest::Method;

pub use settings::{ApiKey, BASE_URL, Settings, SettingsError};

use crate::{
    Capability, Kind, Pace, Reading, Registry, RegistryError, Request, Subject, Submission,
    Webhook, WebhookError,
};
use call::{Call, Json, Wire};

/// Its name in URLs, limits and logs.
pub const NAME: &str = "telnyx";

const BRANDS: &str = "/10dlc/brand";
const FEEDBACK: &str = "/10dlc/brand/feedback";
const CAMPAIGN_BUILDER: &str = "/10dlc/campaignBuilder";
const CAMPAIGNS: &str = "/10dlc/campaign";
const NUMBERS: &str = "/10dlc/phone_number_campaigns";

/// One account at Telnyx.
pub struct Telnyx {
    wire: Wire,
    webhook_key: VerifyingKey,
}

impl Telnyx {
    /// Makes the client; nothing is sent yet.
    pub fn new(settings: Settings, pace: Arc<dyn Pace>) -> Result<Self, SettingsError> {
        let wire = Wire::new(settings.client()?, settings.base()?, pace);
        Ok(Self {
            wire,
            webhook_key: settings.webhook_key()?,
        })
    }

    /// What the registry has under this id, as it stands there.
    async fn get(&self, kind: Kind, id: &str) -> Result<(Call, Json), RegistryError> {
        let call = Call::about(kind, Method::GET, collection(kind), id, "");
        let json = self.wire.json(&call, None).await?;
        Ok((call, json))
    }

    /// The verdict on a brand that is registered and not verified: its feedback.
    /// The registry answers with none while it is still scoring.
    async fn scored(&self, brand: &RegistryId) -> Result<Option<Verdict>, RegistryError> {
        let call = Call::about(Kind::Brand, Method::GET, FEEDBACK, brand.as_str(), "");
        let answer = self.wire.send(&call, None).await?;
        if answer.is_nothing() {
            return Ok(None);
        }
        let reasons = reasons::feedback(&answer.json(&call)?.value);
        Ok((!reasons.is_empty()).then_some(Verdict::Rejected { reasons }))
    }

    async fn stands(&self, kind: Kind, id: &RegistryId) -> Result<Reading, RegistryError> {
        let (call, json) = self.get(kind, id.as_str()).await?;
        let mut reading = read(&call, kind, json)?;
        if kind == Kind::Brand && reading.status == reading::UNVERIFIED {
            reading.verdict = self.scored(id).await?;
        }
        Ok(reading)
    }
}

#[async_trait]
impl Registry for Telnyx {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capability(&self, _kind: Kind) -> Capability {
        Capability::Findable
    }

    fn request(&self, submission: &Submission) -> Request {
        let webhook = submission.webhook_url.as_deref();
        let (path, body) = match &submission.subject {
            Subject::Brand(brand) => (BRANDS, request::brand(brand, webhook)),
            Subject::Campaign { brand, campaign } => (
                CAMPAIGN_BUILDER,
                request::campaign(brand, campaign, &submission.reference, webhook),
            ),
            Subject::Number { campaign, number } => (NUMBERS, request::number(campaign, number)),
        };
        Request {
            kind: submission.subject.kind(),
            method: "POST".to_owned(),
            path: path.to_owned(),
            body,
        }
    }

    async fn submit(&self, request: &Request) -> Result<Reading, RegistryError> {
        let method = Method::from_bytes(request.method.as_bytes()).unwrap_or(Method::POST);
        let call = Call::to(request.kind, method, &request.path).with_its_slot();
        let json = self.wire.json(&call, Some(&request.body)).await?;
        read(&call, request.kind, json)
    }

    async fn find(&self, submission: &Submission) -> Result<Option<Reading>, RegistryError> {
        let found = match &submission.subject {
            Subject::Brand(brand) => self.find_brand(brand).await,
            Subject::Campaign { brand, .. } => {
                self.find_campaign(brand, &submission.reference).await
            }
            Subject::Number { campaign, number } => self.find_number(campaign, number).await,
        };
        found.map_err(find::doubt_stays)
    }

    async fn status(&self, kind: Kind, id: &RegistryId) -> Result<Reading, RegistryError> {
        self.stands(kind, id)
            .await
            .map_err(refusal::nothing_decided)
    }

    async fn amend(
        &self,
        id: &RegistryId,
        submission: &Submission,
    ) -> Result<Reading, RegistryError> {
        let webhook = submission.webhook_url.as_deref();
        match &submission.subject {
            Subject::Brand(brand) => self.amend_brand(id, brand, webhook).await,
            Subject::Campaign { campaign, .. } => self.amend_campaign(id, campaign, webhook).await,
            Subject::Number { .. } => Err(amend::not_a_number()),
        }
    }

    async fn withdraw(&self, kind: Kind, id: &RegistryId) -> Result<(), RegistryError> {
        self.take_back(kind, id).await
    }

    fn webhook(
        &self,
        header: &dyn Fn(&str) -> Option<String>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Webhook, WebhookError> {
        webhook::read(&self.webhook_key, header, body, now)
    }
}

/// Where things of a kind are read, changed and taken back.
fn collection(kind: Kind) -> &'static str {
    match kind {
        Kind::Brand => BRANDS,
        Kind::Campaign => CAMPAIGNS,
        Kind::Number => NUMBERS,
    }
}

/// A yes that cannot be read leaves in doubt what it says yes to.
fn read(call: &Call, kind: Kind, json: Json) -> Result<Reading, RegistryError> {
    reading::read(kind, json).map_err(|missing| call.in_doubt(missing))
}

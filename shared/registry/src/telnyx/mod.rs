//! Telnyx's public 10DLC API. The contract is the official SDK's types (npm
//! `telnyx`, resources/messaging-10dlc) and Telnyx's public documents; where a
//! comment names a source, it is one of those.
//!
//! # Layout
//!
//! * `settings`: what a connection is made from;
//! * `request`: from a submission to the registry's requests, `fields` their
//!   names;
//! * `submit`: sending them, `call` one HTTP call, sent once, and what becomes
//!   of it, `carrier` who carries it;
//! * `refusal`: every answer that is not a yes, `throttle` how long to wait;
//! * `reading`: what the statuses mean, `reasons` why something was refused;
//! * `lists`: what it takes where it takes one of a list, and what a campaign costs;
//! * `find`: whether a lost submission arrived;
//! * `amend`: corrected data for what the registry has;
//! * `withdraw`: taking it back;
//! * `vetting`, `otp`, `confirmation`: what goes with a brand;
//! * `carriers`: whether each carrier takes a campaign, and how one stands there;
//! * `webhook`: a reason to read again.

mod amend;
mod call;
mod carrier;
mod carriers;
mod confirmation;
mod fields;
mod find;
mod lists;
mod otp;
mod reading;
mod reasons;
mod refusal;
mod request;
mod settings;
mod submit;
mod throttle;
mod vetting;
mod webhook;
mod withdraw;

pub use carrier::{Answered, Asked, Carrier, Lost};
pub use fields::AMENDABLE;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use ed25519_dalek::VerifyingKey;
use jiff::Timestamp;
use registration::order::{PhoneNumber, Usecase};
use registration::qualification::Qualification;
use registration::{RegistryId, Verdict};
use reqwest::Method;
use serde_json::Value;

pub use settings::{ApiKey, BASE_URL, Settings, SettingsError};

use crate::{
    Capability, CarrierStatus, Cost, Form, Kind, List, Pace, Placed, Reading, Registry,
    RegistryError, Request, Subject, Submission, Webhook, WebhookError,
};
use call::{Call, Json, Wire};

/// Its name in URLs, limits and logs.
pub const NAME: &str = "telnyx";

const BRANDS: &str = "/10dlc/brand";
const FEEDBACK: &str = "/10dlc/brand/feedback";
const CAMPAIGN_BUILDER: &str = "/10dlc/campaignBuilder";
const QUALIFY: &str = "/10dlc/campaignBuilder/brand";
const CAMPAIGNS: &str = "/10dlc/campaign";
const NUMBERS: &str = "/10dlc/phone_number_campaigns";
const OTPS: &str = "/10dlc/brand/smsOtp";
/// Between a brand and a use case.
const USECASE: &str = "/usecase/";
/// Below a campaign.
const APPEAL: &str = "/appeal";
/// Below a brand.
const OTP: &str = "/smsOtp";
/// Below a brand.
const CONFIRMATION: &str = "/2faEmail";

/// One account at Telnyx.
pub struct Telnyx {
    wire: Wire,
    webhook_key: VerifyingKey,
    campaigns_editable: bool,
}

impl Telnyx {
    /// Makes the client; nothing is sent yet.
    pub fn new(settings: Settings, pace: Arc<dyn Pace>) -> Result<Self, SettingsError> {
        let client = Arc::new(settings.client()?);
        Self::carried(settings, client, pace)
    }

    /// The same, where another carries the calls. The key is for the carrier to add.
    pub fn carried(
        settings: Settings,
        carrier: Arc<dyn Carrier>,
        pace: Arc<dyn Pace>,
    ) -> Result<Self, SettingsError> {
        let wire = Wire::new(carrier, settings.base()?, pace);
        Ok(Self {
            wire,
            webhook_key: settings.webhook_key()?,
            campaigns_editable: settings.campaigns_editable,
        })
    }

    /// Where a thing is read.
    fn question(kind: Kind, id: &RegistryId) -> Call {
        let (before, after) = match kind {
            Kind::Brand | Kind::Vetting | Kind::Confirmation => (BRANDS, ""),
            Kind::Otp => (OTPS, ""),
            Kind::Pin => (BRANDS, OTP),
            Kind::Campaign => (CAMPAIGNS, ""),
            Kind::Number => (NUMBERS, ""),
        };
        Call::about(kind, Method::GET, before, id.as_str(), after)
    }

    /// What the registry has under this id, as it stands there.
    async fn get(&self, kind: Kind, id: &RegistryId) -> Result<(Call, Json), RegistryError> {
        let call = Self::question(kind, id);
        let json = self.wire.json(&call, None).await?;
        Ok((call, json))
    }

    async fn stands(&self, kind: Kind, id: &RegistryId) -> Result<Reading, RegistryError> {
        match kind {
            Kind::Vetting => self.vetting(id).await,
            Kind::Number => self.number(id).await,
            _ => {
                let (call, json) = self.get(kind, id).await?;
                self.with_feedback(read(&call, kind, json)?).await
            }
        }
    }

    /// A number that is on no campaign any more is over.
    async fn number(&self, id: &RegistryId) -> Result<Reading, RegistryError> {
        let call = Self::question(Kind::Number, id);
        let answer = self.wire.send(&call, None).await?;
        if answer.is_nothing() {
            return Ok(Reading {
                id: id.clone(),
                verdict: Some(Verdict::Expired),
                status: "removed".to_owned(),
                response: Value::Null,
            });
        }
        read(&call, Kind::Number, answer.json(&call)?)
    }

    /// The verdict on a brand that is registered and not verified is its
    /// feedback. The registry answers with none while it is still scoring.
    async fn with_feedback(&self, mut brand: Reading) -> Result<Reading, RegistryError> {
        if brand.status != reading::UNVERIFIED {
            return Ok(brand);
        }
        let call = Call::about(Kind::Brand, Method::GET, FEEDBACK, brand.id.as_str(), "");
        let answer = self.wire.send(&call, None).await?;
        if !answer.is_nothing() {
            let reasons = reasons::feedback(&answer.json(&call)?.value);
            brand.verdict = (!reasons.is_empty()).then_some(Verdict::Rejected { reasons });
        }
        Ok(brand)
    }

    async fn find_new(&self, submission: &Submission) -> Result<Option<Reading>, RegistryError> {
        match &submission.subject {
            Subject::Brand(brand) => self.find_brand(brand).await,
            Subject::Vetting { brand, vetting } => self.find_vetting(brand, vetting).await,
            Subject::Otp { brand } => self.find_otp(brand).await,
            Subject::Pin { brand, .. } => self.find_pin(brand).await,
            Subject::Confirmation { brand, .. } => self.find_confirmation(brand).await,
            Subject::Campaign { brand, .. } => {
                self.find_campaign(brand, &submission.reference).await
            }
            Subject::Number { campaign, number } => self.find_number(campaign, number).await,
        }
    }

    async fn find_amended(
        &self,
        subject: &Subject,
        id: &RegistryId,
        appeal: bool,
    ) -> Result<Option<Reading>, RegistryError> {
        match subject {
            Subject::Brand(brand) => self.find_amended_brand(id, brand).await,
            Subject::Campaign { .. } if appeal || !self.campaigns_editable => {
                self.find_appeal(id).await
            }
            Subject::Campaign { campaign, .. } => self.find_amended_campaign(id, campaign).await,
            // Refused without a call.
            _ => Ok(None),
        }
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
        request::of(submission, self.campaigns_editable)
    }

    async fn submit(&self, request: &Request) -> Result<Reading, RegistryError> {
        self.send(request).await
    }

    async fn find(&self, submission: &Submission) -> Result<Option<Reading>, RegistryError> {
        let subject = &submission.subject;
        let found = match &submission.form {
            Form::New => self.find_new(submission).await,
            Form::Amended { id, appeal } => self.find_amended(subject, id, appeal.is_some()).await,
            Form::Withdrawn { id } => self.find_withdrawn(subject, id).await,
        };
        found.map_err(find::doubt_stays)
    }

    async fn status(&self, kind: Kind, id: &RegistryId) -> Result<Reading, RegistryError> {
        self.stands(kind, id)
            .await
            .map_err(refusal::nothing_decided)
    }

    async fn carriers(&self, campaign: &RegistryId) -> Result<Vec<CarrierStatus>, RegistryError> {
        let read = self.operation_status(campaign).await;
        read.map_err(refusal::nothing_decided)
    }

    async fn values(&self, list: List) -> Result<Option<Vec<String>>, RegistryError> {
        self.enumerated(list).await.map(Some)
    }

    async fn cost(&self, usecase: &Usecase) -> Result<Option<Cost>, RegistryError> {
        self.costs(usecase).await.map(Some)
    }

    async fn qualifications(
        &self,
        brand: &RegistryId,
        usecase: &Usecase,
    ) -> Result<Vec<Qualification>, RegistryError> {
        let read = self.qualified(brand, usecase).await;
        read.map_err(refusal::nothing_decided)
    }

    async fn placed(&self, number: &PhoneNumber) -> Result<Option<Placed>, RegistryError> {
        let found = self.campaign_of(number).await;
        found.map_err(refusal::nothing_decided)
    }

    async fn numbers_under_review(
        &self,
        campaign: &RegistryId,
    ) -> Result<Option<BTreeSet<String>>, RegistryError> {
        let listed = self.under_review(campaign).await;
        listed.map(Some).map_err(refusal::nothing_decided)
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

/// A yes that cannot be read leaves in doubt what it says yes to.
fn read(call: &Call, kind: Kind, json: Json) -> Result<Reading, RegistryError> {
    reading::read(kind, json).map_err(|missing| call.in_doubt(missing))
}

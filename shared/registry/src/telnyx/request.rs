//! From a submission to Telnyx's requests. The order's names are the registry's
//! own; what differs is that samples are a list there and `sample1` to `sample5`
//! here, and that reference and webhook address are ours.

use registration::order::{Brand, Campaign, PhoneNumber};
use registration::{Reference, RegistryId};
use serde::Serialize;
use serde_json::{Map, Value};

use super::call::path;
use super::fields::{BRAND_CREATE, BRAND_UPDATE, CAMPAIGN_CREATE, CAMPAIGN_UPDATE, SAMPLES};
use super::{APPEAL, BRANDS, CAMPAIGN_BUILDER, CAMPAIGNS, NUMBERS, confirmation, otp, vetting};
use crate::{Following, Form, Kind, Request, Subject, Submission};

/// The request of a submission. `editable`: whether the registry takes
/// corrections of a campaign that it has refused.
pub(super) fn of(submission: &Submission, editable: bool) -> Request {
    let webhook = submission.webhook_url.as_deref();
    match (&submission.form, &submission.subject) {
        (Form::New, subject) => new(subject, &submission.reference, webhook),
        (Form::Amended { id, .. }, Subject::Brand(brand)) => amended_brand(id, brand, webhook),
        (Form::Amended { id, appeal }, Subject::Campaign { campaign, .. }) => {
            if editable && appeal.is_none() {
                amended_campaign(id, campaign, webhook)
            } else {
                appealed(id, appeal.as_deref())
            }
        }
        (Form::Withdrawn { id }, Subject::Brand(_)) => withdrawn(Kind::Brand, BRANDS, id),
        (Form::Withdrawn { id }, Subject::Campaign { .. }) => {
            withdrawn(Kind::Campaign, CAMPAIGNS, id)
        }
        (Form::Withdrawn { id }, Subject::Number { .. }) => withdrawn(Kind::Number, NUMBERS, id),
        (_, subject) => impossible(subject.kind()),
    }
}

fn new(subject: &Subject, reference: &Reference, webhook: Option<&str>) -> Request {
    let post = |path: &str, body| request(subject.kind(), "POST", path.to_owned(), body);
    match subject {
        Subject::Brand(sent) => post(BRANDS, brand(sent, webhook)),
        Subject::Vetting { brand, vetting } => vetting::request(brand, vetting),
        Subject::Otp { brand } => otp::trigger(brand),
        Subject::Pin { brand, pin } => otp::verify(brand, pin),
        Subject::Confirmation { brand, corrected } => {
            confirmation::again(brand, corrected.as_deref(), webhook)
        }
        Subject::Campaign {
            brand,
            campaign: sent,
        } => post(CAMPAIGN_BUILDER, campaign(brand, sent, reference, webhook)),
        Subject::Number {
            campaign,
            number: sent,
        } => post(NUMBERS, number(campaign, sent)),
    }
}

/// A change of its fields may start the scoring by itself; if it does not, a
/// new one is asked for.
fn amended_brand(id: &RegistryId, brand: &Brand, webhook: Option<&str>) -> Request {
    let revet = Following {
        method: "PUT".to_owned(),
        path: path(BRANDS, id.as_str(), "/revet"),
        body: Value::Null,
    };
    Request {
        about: Some(id.clone()),
        then: vec![revet],
        ..request(
            Kind::Brand,
            "PUT",
            path(BRANDS, id.as_str(), ""),
            brand_update(brand, webhook),
        )
    }
}

fn amended_campaign(id: &RegistryId, campaign: &Campaign, webhook: Option<&str>) -> Request {
    Request {
        about: Some(id.clone()),
        unchanged: campaign_fixed(campaign),
        ..request(
            Kind::Campaign,
            "PUT",
            path(CAMPAIGNS, id.as_str(), ""),
            campaign_update(campaign, webhook),
        )
    }
}

/// The body of `POST /10dlc/campaign/{campaignId}/appeal` (Telnyx SDK).
fn appealed(id: &RegistryId, reason: Option<&str>) -> Request {
    let reason = reason.map(|reason| ("appeal_reason".to_owned(), reason.into()));
    Request {
        about: Some(id.clone()),
        ..request(
            Kind::Campaign,
            "POST",
            path(CAMPAIGNS, id.as_str(), APPEAL),
            Value::Object(reason.into_iter().collect()),
        )
    }
}

fn withdrawn(kind: Kind, collection: &str, id: &RegistryId) -> Request {
    Request {
        about: Some(id.clone()),
        ..request(
            kind,
            "DELETE",
            path(collection, id.as_str(), ""),
            Value::Null,
        )
    }
}

/// What the registry has no call for.
fn impossible(kind: Kind) -> Request {
    request(kind, "", String::new(), Value::Null)
}

/// A request that stands for itself.
pub(super) fn request(kind: Kind, method: &str, path: String, body: Value) -> Request {
    Request {
        kind,
        method: method.to_owned(),
        path,
        body,
        about: None,
        unchanged: Map::new(),
        then: Vec::new(),
    }
}

/// The body of `POST /10dlc/brand`.
pub(super) fn brand(brand: &Brand, webhook: Option<&str>) -> Value {
    body(pick(brand, &BRAND_CREATE), webhook)
}

/// The body of `PUT /10dlc/brand/{brandId}`.
pub(super) fn brand_update(brand: &Brand, webhook: Option<&str>) -> Value {
    body(pick(brand, &BRAND_UPDATE), webhook)
}

/// The body of `POST /10dlc/campaignBuilder`.
fn campaign(
    brand: &RegistryId,
    campaign: &Campaign,
    reference: &Reference,
    webhook: Option<&str>,
) -> Value {
    let mut fields = pick(campaign, &CAMPAIGN_CREATE);
    fields.insert("brandId".to_owned(), brand.as_str().into());
    fields.insert("referenceId".to_owned(), reference.as_str().into());
    fields.extend(samples(campaign));
    body(fields, webhook)
}

/// The body of `PUT /10dlc/campaign/{campaignId}`.
pub(super) fn campaign_update(campaign: &Campaign, webhook: Option<&str>) -> Value {
    let mut fields = pick(campaign, &CAMPAIGN_UPDATE);
    fields.extend(samples(campaign));
    body(fields, webhook)
}

/// What of a campaign stays as it was submitted.
pub(super) fn campaign_fixed(campaign: &Campaign) -> Map<String, Value> {
    let mut fields = pick(campaign, &CAMPAIGN_CREATE);
    fields.retain(|name, _| !CAMPAIGN_UPDATE.contains(&name.as_str()));
    fields
}

/// The body of `POST /10dlc/phone_number_campaigns`.
fn number(campaign: &RegistryId, number: &PhoneNumber) -> Value {
    Value::Object(Map::from_iter([
        ("phoneNumber".to_owned(), number.as_str().into()),
        ("campaignId".to_owned(), campaign.as_str().into()),
    ]))
}

/// The fields of these names that the order gives.
pub(super) fn pick(of: &impl Serialize, names: &[&str]) -> Map<String, Value> {
    // A struct of texts, numbers and flags can always be written.
    let Ok(Value::Object(mut fields)) = serde_json::to_value(of) else {
        return Map::new();
    };
    fields.retain(|name, _| names.contains(&name.as_str()));
    fields
}

fn samples(campaign: &Campaign) -> impl Iterator<Item = (String, Value)> {
    let texts = campaign
        .samples
        .iter()
        .map(|sample| Value::from(sample.as_str()));
    SAMPLES.into_iter().map(str::to_owned).zip(texts)
}

fn body(mut fields: Map<String, Value>, webhook: Option<&str>) -> Value {
    if let Some(url) = webhook {
        fields.insert("webhookURL".to_owned(), url.into());
    }
    Value::Object(fields)
}

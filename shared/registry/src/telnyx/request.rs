//! From an order to Telnyx's fields. The order's names are the registry's own;
//! what differs is that samples are a list there and `sample1` to `sample5`
//! here, and that reference and webhook address are ours.

use registration::order::{Brand, Campaign, PhoneNumber};
use registration::{Reference, RegistryId};
use serde::Serialize;
use serde_json::{Map, Value};

use super::fields::{BRAND_CREATE, BRAND_UPDATE, CAMPAIGN_CREATE, CAMPAIGN_UPDATE, SAMPLES};

/// The body of `POST /10dlc/brand`.
pub(super) fn brand(brand: &Brand, webhook: Option<&str>) -> Value {
    body(pick(brand, &BRAND_CREATE), webhook)
}

/// The body of `PUT /10dlc/brand/{brandId}`.
pub(super) fn brand_update(brand: &Brand, webhook: Option<&str>) -> Value {
    body(pick(brand, &BRAND_UPDATE), webhook)
}

/// The body of `POST /10dlc/campaignBuilder`.
pub(super) fn campaign(
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
pub(super) fn number(campaign: &RegistryId, number: &PhoneNumber) -> Value {
    Value::Object(Map::from_iter([
        ("phoneNumber".to_owned(), number.as_str().into()),
        ("campaignId".to_owned(), campaign.as_str().into()),
    ]))
}

/// The fields of these names that the order gives.
fn pick(of: &impl Serialize, names: &[&str]) -> Map<String, Value> {
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

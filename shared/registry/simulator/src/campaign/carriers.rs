//! What the carriers say about a campaign.

use serde_json::{Map, Value, json};

use super::Campaign;
use crate::brand::Brand;
use crate::fields::{digits, text};
use crate::outcome::{Wanted, wanted};

/// Its status is told apart in a campaign's answer.
pub(super) const T_MOBILE: &str = "10035";

/// Network ids and names.
const CARRIERS: [(&str, &str); 4] = [
    ("10017", "AT&T"),
    ("10035", "T-Mobile"),
    ("10037", "US Cellular"),
    ("10038", "Verizon"),
];

/// By network id; the SDK types the answer as an object of anything.
pub(super) fn operation_status(campaign: &Campaign) -> Value {
    per_carrier(|id, _| Some(word(campaign, id)).filter(|word| !word.is_empty()))
}

/// What one carrier says: its own word, or the one that follows from the
/// campaign's status; none before the campaign is with the carriers.
pub(super) fn word<'a>(campaign: &'a Campaign, network: &str) -> &'a str {
    if let Some(word) = campaign.carriers.get(network) {
        return word;
    }
    match campaign.review.current().status.as_str() {
        "MNO_ACCEPTED" | "MNO_PROVISIONED" => "REGISTERED",
        "MNO_REJECTED" | "MNO_PROVISIONING_FAILED" => "REJECTED",
        "TCR_SUSPENDED" => "SUSPENDED",
        "MNO_PENDING" => "REVIEW",
        _ => "",
    }
}

/// Whether there is a carrier with this network id.
pub(crate) fn is_carrier(network: &str) -> bool {
    CARRIERS.iter().any(|(id, _)| *id == network)
}

/// Whether a carrier takes such a campaign of this brand.
pub(super) fn qualifies(brand: &Brand, usecase: &str, network: &str) -> bool {
    let ein = digits(text(&brand.fields, "ein").unwrap_or_default());
    match wanted(&ein, usecase) {
        Wanted::Nothing => true,
        Wanted::Never => false,
        Wanted::Import => brand.has_imported_vetting(),
        Wanted::Vetting { by_all } => brand.is_vetted() || !(by_all || network == T_MOBILE),
    }
}

/// Whether no carrier takes such a campaign of this brand.
pub(super) fn all_refuse(brand: &Brand, usecase: &str) -> bool {
    !CARRIERS.iter().any(|(id, _)| qualifies(brand, usecase, id))
}

/// By network id (Telnyx SDK: `CampaignGetMnoMetadataResponse`).
pub(super) fn metadata(qualifies: impl Fn(&str) -> bool) -> Value {
    per_carrier(|id, name| {
        Some(json!({
            "mno": name,
            "qualify": qualifies(id),
            "mnoReview": true,
            "mnoSupport": true,
            "minMsgSamples": 1,
            "noEmbeddedLink": false,
            "noEmbeddedPhone": false,
            "reqSubscriberHelp": true,
            "reqSubscriberOptin": true,
            "reqSubscriberOptout": true,
        }))
    })
}

fn per_carrier<T: Into<Value>>(say: impl Fn(&str, &str) -> Option<T>) -> Value {
    let words = CARRIERS
        .iter()
        .filter_map(|(id, name)| Some(((*id).to_owned(), say(id, name)?.into())));
    Value::Object(words.collect::<Map<String, Value>>())
}

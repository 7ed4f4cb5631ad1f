//! What the carriers say about a campaign.

use serde_json::{Map, Value, json};

/// Network ids and names.
const CARRIERS: [(&str, &str); 4] = [
    ("10017", "AT&T"),
    ("10035", "T-Mobile"),
    ("10037", "US Cellular"),
    ("10038", "Verizon"),
];

/// By network id, for a campaign with this `campaignStatus`; the words are those
/// of the example in Telnyx's API reference (`{"10017": "APPROVED", "10035":
/// "REVIEW"}`), the SDK types them as unknown.
pub(super) fn operation_status(campaign_status: &str) -> Value {
    let word = match campaign_status {
        "MNO_ACCEPTED" | "MNO_PROVISIONED" => "APPROVED",
        "MNO_REJECTED" | "MNO_PROVISIONING_FAILED" => "REJECTED",
        "TCR_SUSPENDED" => "SUSPENDED",
        "MNO_PENDING" => "REVIEW",
        _ => return json!({}),
    };
    per_carrier(|_| json!(word))
}

/// By network id (Telnyx SDK: `CampaignGetMnoMetadataResponse`).
pub(super) fn metadata() -> Value {
    per_carrier(|name| {
        json!({
            "mno": name,
            "qualify": true,
            "mnoReview": true,
            "mnoSupport": true,
            "minMsgSamples": 1,
            "noEmbeddedLink": false,
            "noEmbeddedPhone": false,
            "reqSubscriberHelp": true,
            "reqSubscriberOptin": true,
            "reqSubscriberOptout": true,
        })
    })
}

fn per_carrier(say: impl Fn(&str) -> Value) -> Value {
    let words = CARRIERS
        .iter()
        .map(|(id, name)| ((*id).to_owned(), say(name)));
    Value::Object(words.collect::<Map<String, Value>>())
}

//! What a webhook says, in the shapes of Telnyx's document "10DLC event
//! notifications".

use serde_json::{Value, json};

/// A change that is told to a webhook URL.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// The same over all attempts and duplicates.
    pub(crate) id: String,
    /// `10dlc.brand.update` and so on.
    pub(crate) event_type: &'static str,
    /// When it happened.
    pub(crate) occurred_at: String,
    /// Which status changed.
    pub(crate) payload: Value,
    /// Tried first.
    pub(crate) url: String,
    /// Tried when `url` did not answer.
    pub(crate) failover_url: Option<String>,
    /// The POST's answer waits for it.
    pub(crate) early: bool,
    /// Equal for events of one object, which are delivered in order.
    pub(crate) lane: u64,
}

impl Event {
    /// The body of one attempt.
    pub(crate) fn body(&self, attempt: u32, url: &str) -> String {
        json!({
            "data": {
                "event_type": self.event_type,
                "id": self.id,
                "occurred_at": self.occurred_at,
                "payload": self.payload,
                "record_type": "event",
            },
            "meta": {"attempt": attempt, "delivered_to": url},
        })
        .to_string()
    }
}

/// A reason as webhooks carry it: which fields, and what is wrong with them.
pub(crate) fn reasons(field: &str, description: &str) -> Value {
    json!([{"fields": [field], "description": description}])
}

/// The payload for a campaign that reached `status`; `None` for a status nobody
/// is told of.
pub(crate) fn campaign(status: &str, tcr_id: &str, why: Option<(&str, &str)>) -> Option<Value> {
    let (field, reason) = why.unwrap_or(("description", ""));
    let tcr_event = |event: &str, text: &str| json!({"type": "TCR_EVENT", "eventType": event, "description": format!("Campaign {tcr_id} {text}")});
    let review = |review: &str, status: &str, description: String| json!({"type": review, "status": status, "description": description});
    Some(match status {
        "TCR_ACCEPTED" => tcr_event("CAMPAIGN_ADD", "successfully added to TCR"),
        "TCR_FAILED" => json!({
            "type": "REGISTRATION", "status": "failed", "reasons": reasons(field, reason),
        }),
        "TELNYX_ACCEPTED" => review(
            "TELNYX_REVIEW",
            "ACCEPTED",
            format!("{tcr_id} approved by Telnyx"),
        ),
        "TELNYX_FAILED" => review("TELNYX_REVIEW", "REJECTED", reason.to_owned()),
        "MNO_PENDING" => tcr_event("MNO_CAMPAIGN_OPERATION_REVIEW", "is under MNO review"),
        "MNO_ACCEPTED" => review(
            "MNO_REVIEW",
            "ACCEPTED",
            format!("{tcr_id} approved by the MNOs"),
        ),
        "MNO_REJECTED" => review("MNO_REVIEW", "REJECTED", reason.to_owned()),
        "MNO_PROVISIONED" => json!({"type": "VERIFIED", "isTMobileRegistered": true}),
        "MNO_PROVISIONING_FAILED" => {
            tcr_event("MNO_CAMPAIGN_OPERATION_REJECTED", "was not provisioned")
        }
        "TCR_SUSPENDED" => review(
            "TELNYX_EVENT",
            "DORMANT",
            "Campaign has been marked as dormant".to_owned(),
        ),
        "TCR_EXPIRED" => tcr_event("CAMPAIGN_EXPIRED", "has expired"),
        _ => return None,
    })
}

/// The payload for a number that reached `status`; `None` for a status nobody
/// is told of.
pub(crate) fn number(status: &str, reason: Option<&str>) -> Option<Value> {
    let told = |event: &str, status: &str, reasons: Value| json!({"type": event, "status": status, "reasons": reasons});
    let reason = || reasons("phoneNumber", reason.unwrap_or_default());
    Some(match status {
        "ASSIGNED" => told("ASSIGNMENT", "success", json!([])),
        "FAILED_ASSIGNMENT" => told("ASSIGNMENT", "failed", reason()),
        "FAILED_UNASSIGNMENT" => told("DELETION", "failed", reason()),
        REMOVED => told("DELETION", "success", json!([])),
        _ => return None,
    })
}

/// The simulator's own mark for a number whose removal is done; never answered.
pub(crate) const REMOVED: &str = "REMOVED";

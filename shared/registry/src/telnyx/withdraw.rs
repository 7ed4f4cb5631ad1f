//! Taking back what the registry has. What is already gone, or going, is a
//! success.

use registration::RegistryId;
use reqwest::Method;
use serde_json::Value;

use super::call::Call;
use super::reading::text;
use super::{Telnyx, collection};
use crate::{Kind, RegistryError};

impl Telnyx {
    pub(super) async fn take_back(&self, kind: Kind, id: &RegistryId) -> Result<(), RegistryError> {
        let call = Call::about(kind, Method::DELETE, collection(kind), id.as_str(), "");
        let answer = self.wire.send(&call, None).await?;
        if answer.is_nothing() {
            return Ok(());
        }
        let refused = answer.yes(&call);
        if matches!(refused, Err(RegistryError::Terminal { .. })) {
            // A campaign stays there to be read after it was deactivated.
            let stands = self.get(kind, id.as_str()).await;
            if stands.is_ok_and(|(_, json)| is_going(kind, &json.value)) {
                return Ok(());
            }
        }
        refused
    }
}

/// Telnyx SDK: `status` and `campaignStatus` of a campaign, `assignmentStatus`
/// of a number.
fn is_going(kind: Kind, stands: &Value) -> bool {
    match kind {
        Kind::Brand => false,
        Kind::Campaign => {
            text(stands, "status") == "EXPIRED" || text(stands, "campaignStatus") == "TCR_EXPIRED"
        }
        Kind::Number => text(stands, "assignmentStatus") == "PENDING_UNASSIGNMENT",
    }
}

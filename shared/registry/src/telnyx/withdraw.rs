//! Taking back what the registry has. What is already gone, or going, is a
//! success.

use registration::{RegistryId, Verdict};
use serde_json::Value;

use super::call::{Call, Json};
use super::reading::{self, text};
use super::{Telnyx, find};
use crate::{Kind, Reading, RegistryError, Request, Subject};

impl Telnyx {
    pub(super) async fn take_back(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<Reading, RegistryError> {
        let Some(id) = &request.about else {
            return Err(call.refused("the request does not say what it is about"));
        };
        let answer = self.wire.send(call, None).await?;
        if answer.is_nothing() {
            return Ok(gone(id, "gone", answer.kept()));
        }
        let Err(refused) = answer.yes(call) else {
            return Ok(gone(id, "withdrawn", answer.kept()));
        };
        if !matches!(refused, RegistryError::Terminal { .. }) {
            return Err(refused);
        }
        // A campaign stays there to be read after it was deactivated. Where it cannot be
        // read now, the refusal decides nothing yet.
        match self.get(request.kind, id).await {
            Ok((_, json)) => match going(request.kind, &json.value) {
                Some(status) => Ok(gone(id, &status, kept(json))),
                None => Err(refused),
            },
            Err(RegistryError::Terminal { .. }) => Err(refused),
            Err(unread) => Err(unread),
        }
    }

    /// Whether it is gone, or going.
    pub(super) async fn find_withdrawn(
        &self,
        subject: &Subject,
        id: &RegistryId,
    ) -> Result<Option<Reading>, RegistryError> {
        let kind = subject.kind();
        if !matches!(kind, Kind::Brand | Kind::Campaign | Kind::Number) {
            return Ok(None);
        }
        let call = Self::question(kind, id);
        let answer = self.wire.send(&call, None).await?;
        if answer.is_nothing() {
            return Ok(Some(gone(id, "gone", answer.kept())));
        }
        let json = answer.json(&call)?;
        let status = match subject {
            Subject::Number { campaign, .. } if !find::is_on(&json.value, campaign) => {
                Some("on another campaign".to_owned())
            }
            _ => going(kind, &json.value),
        };
        Ok(status.map(|status| gone(id, &status, kept(json))))
    }
}

fn gone(id: &RegistryId, status: &str, response: Value) -> Reading {
    Reading {
        id: id.clone(),
        verdict: Some(Verdict::Approved),
        status: status.to_owned(),
        response,
    }
}

fn kept(json: Json) -> Value {
    reading::kept(json.value, json.size)
}

/// The status of what is on its way out (Telnyx SDK: `status` and
/// `campaignStatus` of a campaign, `assignmentStatus` of a number).
fn going(kind: Kind, stands: &Value) -> Option<String> {
    let says = |name: &str, word: &str| (text(stands, name) == word).then(|| word.to_owned());
    match kind {
        Kind::Campaign => {
            says("campaignStatus", "TCR_EXPIRED").or_else(|| says("status", "EXPIRED"))
        }
        Kind::Number => says("assignmentStatus", "PENDING_UNASSIGNMENT"),
        Kind::Brand | Kind::Vetting | Kind::Otp | Kind::Pin | Kind::Confirmation => None,
    }
}

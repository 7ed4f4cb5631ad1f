//! Corrected data for what the registry has.
//!
//! 1. A brand: its fields, then a new vetting if the change did not start one.
//! 2. A campaign: its samples and the few texts that can be changed.
//! 3. A number: nothing of it can be changed.

use registration::order::{Brand, Campaign};
use registration::{Reason, RegistryId};
use reqwest::Method;
use serde_json::{Map, Value};

use super::call::Call;
use super::fields::pointer;
use super::{BRANDS, CAMPAIGNS, Telnyx, read, reading, refusal, request};
use crate::{Kind, Reading, RegistryError};

impl Telnyx {
    /// Revetting is allowed once after the registration and then once every
    /// three months (Telnyx SDK: brand revet), so it is only asked for while the
    /// brand stands unverified with nothing under way.
    pub(super) async fn amend_brand(
        &self,
        id: &RegistryId,
        brand: &Brand,
        webhook: Option<&str>,
    ) -> Result<Reading, RegistryError> {
        let call = Call::about(Kind::Brand, Method::PUT, BRANDS, id.as_str(), "");
        let body = request::brand_update(brand, webhook);
        let updated = read(
            &call,
            Kind::Brand,
            self.wire.json(&call, Some(&body)).await?,
        )?;
        if updated.status != reading::UNVERIFIED {
            return Ok(updated);
        }
        let call = Call::about(Kind::Brand, Method::PUT, BRANDS, id.as_str(), "/revet");
        read(&call, Kind::Brand, self.wire.json(&call, None).await?)
    }

    /// Telnyx would drop what it cannot change without a word, review the
    /// campaign as it was, and charge for it: so that is refused here.
    pub(super) async fn amend_campaign(
        &self,
        id: &RegistryId,
        campaign: &Campaign,
        webhook: Option<&str>,
    ) -> Result<Reading, RegistryError> {
        let stands = self.get(Kind::Campaign, id.as_str()).await;
        let (_, stands) = stands.map_err(refusal::nothing_decided)?;
        let reasons = unchangeable(&request::campaign_fixed(campaign), &stands.value);
        let call = Call::about(Kind::Campaign, Method::PUT, CAMPAIGNS, id.as_str(), "");
        if !reasons.is_empty() {
            return Err(call.terminal(reasons));
        }
        let body = request::campaign_update(campaign, webhook);
        read(
            &call,
            Kind::Campaign,
            self.wire.json(&call, Some(&body)).await?,
        )
    }
}

/// A number has nothing to correct: it is taken off its campaign and put on again.
pub(super) fn not_a_number() -> RegistryError {
    let reasons = vec![Reason {
        code: "not_amendable".to_owned(),
        description: "An assignment cannot be changed: remove it and assign the number again."
            .to_owned(),
        fields: Vec::new(),
    }];
    RegistryError::Terminal {
        call: "amend a number".to_owned(),
        reasons,
    }
}

/// The fields that would have to change and cannot. What the registry does not
/// show is not compared.
fn unchangeable(wanted: &Map<String, Value>, stands: &Value) -> Vec<Reason> {
    let differs = |(name, wanted): &(&String, &Value)| {
        stands
            .get(name.as_str())
            .is_some_and(|has| !has.is_null() && plain(has) != plain(wanted))
    };
    wanted
        .iter()
        .filter(differs)
        .map(|(name, _)| Reason {
            code: "not_amendable".to_owned(),
            description: "The registry cannot change this field after the campaign was submitted: \
                          submit a new campaign."
                .to_owned(),
            fields: vec![pointer(Kind::Campaign, name)],
        })
        .collect()
}

/// A value without what a registry may write in its own way.
fn plain(value: &Value) -> Value {
    match value {
        Value::String(text) => text.trim().trim_end_matches('/').into(),
        Value::Array(list) => {
            let mut list: Vec<String> = list.iter().map(Value::to_string).collect();
            list.sort_unstable();
            list.into()
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_truly_differs_is_unchangeable() {
        let stands = json!({
            "description": "Texts about orders ",
            "privacyPolicyLink": "https://example.com/",
            "subUsecases": ["MARKETING", "2FA"],
            "usecase": "MIXED",
            "ageGated": null,
        });
        let same = json!({
            "description": "Texts about orders",
            "privacyPolicyLink": "https://example.com",
            "subUsecases": ["2FA", "MARKETING"],
            "ageGated": false,
            "directLending": true,
        });
        assert!(unchangeable(same.as_object().unwrap(), &stands).is_empty());
        let other = json!({"description": "Texts about offers", "usecase": "MIXED"});
        let reasons = unchangeable(other.as_object().unwrap(), &stands);
        assert_eq!(reasons.len(), 1);
        assert_eq!(reasons[0].fields, ["/campaign/description"]);
    }
}

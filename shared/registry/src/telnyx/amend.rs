//! Corrected data for what the registry has: whether it can be taken, and
//! whether it has been.

use registration::order::{Brand, Campaign};
use registration::{Reason, RegistryId, Verdict};
use serde_json::{Map, Value};

use super::call::Call;
use super::fields::pointer;
use super::{Telnyx, read, refusal, request};
use crate::{Kind, Reading, RegistryError, Request};

impl Telnyx {
    /// Telnyx would drop what it cannot change without a word, review the
    /// campaign as it was, and charge for it: so that is refused here.
    pub(super) async fn check_unchanged(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<(), RegistryError> {
        let (Some(id), false) = (&request.about, request.unchanged.is_empty()) else {
            return Ok(());
        };
        let stands = self.get(request.kind, id).await;
        let (_, stands) = stands.map_err(refusal::nothing_decided)?;
        let reasons = unchangeable(&request.unchanged, &stands.value);
        if reasons.is_empty() {
            return Ok(());
        }
        Err(call.terminal(reasons))
    }

    /// A brand that stands rejected waits for the new vetting that follows the
    /// new data; the registry allows that once, so both may be sent again.
    pub(super) async fn find_amended_brand(
        &self,
        id: &RegistryId,
        brand: &Brand,
    ) -> Result<Option<Reading>, RegistryError> {
        let (call, json) = self.get(Kind::Brand, id).await?;
        let has_it = holds(&request::brand_update(brand, None), &json.value);
        let reading = self.with_feedback(read(&call, Kind::Brand, json)?).await?;
        Ok((has_it && !is_rejected(&reading)).then_some(reading))
    }

    /// A campaign is reviewed again as soon as it has the new data, for a fee:
    /// where it has them, it is not sent again, however it stands.
    pub(super) async fn find_amended_campaign(
        &self,
        id: &RegistryId,
        campaign: &Campaign,
    ) -> Result<Option<Reading>, RegistryError> {
        let (call, json) = self.get(Kind::Campaign, id).await?;
        let has_it = holds(&request::campaign_update(campaign, None), &json.value)
            && unchangeable(&request::campaign_fixed(campaign), &json.value).is_empty();
        let reading = read(&call, Kind::Campaign, json)?;
        Ok(has_it.then_some(reading))
    }

    /// An appeal is allowed while the campaign stands rejected.
    pub(super) async fn find_appeal(
        &self,
        id: &RegistryId,
    ) -> Result<Option<Reading>, RegistryError> {
        let (call, json) = self.get(Kind::Campaign, id).await?;
        let reading = read(&call, Kind::Campaign, json)?;
        Ok((!is_rejected(&reading)).then_some(reading))
    }
}

fn is_rejected(reading: &Reading) -> bool {
    matches!(reading.verdict, Some(Verdict::Rejected { .. }))
}

/// Whether the registry has these data, as far as it shows them.
fn holds(wanted: &Value, stands: &Value) -> bool {
    let mut wanted = wanted.as_object().into_iter().flatten();
    wanted.all(|(name, wanted)| !differs(name, wanted, stands))
}

/// The fields that would have to change and cannot.
fn unchangeable(wanted: &Map<String, Value>, stands: &Value) -> Vec<Reason> {
    wanted
        .iter()
        .filter(|(name, wanted)| differs(name, wanted, stands))
        .map(|(name, _)| Reason {
            code: "not_amendable".to_owned(),
            description: "The registry cannot change this field after the campaign was submitted: \
                          submit a new campaign."
                .to_owned(),
            fields: vec![pointer(Kind::Campaign, name)],
        })
        .collect()
}

/// What the registry does not show is not compared.
fn differs(name: &str, wanted: &Value, stands: &Value) -> bool {
    stands
        .get(name)
        .is_some_and(|has| !has.is_null() && plain(name, has) != plain(name, wanted))
}

/// A value without what a registry may write in its own way.
fn plain(name: &str, value: &Value) -> Value {
    match value {
        Value::String(text) if name == "ein" => {
            let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
            plain.into()
        }
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
        assert!(holds(&same, &stands));
        let other = json!({"description": "Texts about offers", "usecase": "MIXED"});
        assert!(!holds(&other, &stands));
        let reasons = unchangeable(other.as_object().unwrap(), &stands);
        assert_eq!(reasons.len(), 1);
        assert_eq!(reasons[0].fields, ["/campaign/description"]);
    }

    #[test]
    fn a_tax_number_is_the_same_with_and_without_its_hyphen() {
        let stands = json!({"ein": "12-3456789"});
        assert!(holds(&json!({"ein": "123456789"}), &stands));
        assert!(!holds(&json!({"ein": "123456780"}), &stands));
    }
}

//! Whether each carrier takes a campaign, and how one stands there.

use registration::RegistryId;
use registration::order::Usecase;
use registration::qualification::Qualification;
use reqwest::Method;
use serde_json::Value;

use super::call::Call;
use super::reasons::cut;
use super::{CAMPAIGNS, QUALIFY, Telnyx, USECASE};
use crate::{CarrierStatus, Kind, RegistryError, Standing};

/// Network ids and names.
const CARRIERS: [(&str, &str); 4] = [
    ("10017", "AT&T"),
    ("10035", "T-Mobile"),
    ("10037", "US Cellular"),
    ("10038", "Verizon"),
];

/// No country has more carriers.
const MOST: usize = 100;

impl Telnyx {
    pub(super) async fn operation_status(
        &self,
        campaign: &RegistryId,
    ) -> Result<Vec<CarrierStatus>, RegistryError> {
        let id = campaign.as_str();
        let call = Call::about(
            Kind::Campaign,
            Method::GET,
            CAMPAIGNS,
            id,
            "/operationStatus",
        );
        let json = self.wire.json(&call, None).await?;
        match json.value {
            Value::Object(networks) => {
                let networks = networks.into_iter().take(MOST);
                Ok(networks.map(|(id, said)| status(&id, &said)).collect())
            }
            _ => Err(call.in_doubt("the answer has no carriers")),
        }
    }

    /// Telnyx SDK: "see whether or not the supplied brand is suitable for your desired
    /// campaign use case".
    pub(super) async fn qualified(
        &self,
        brand: &RegistryId,
        usecase: &Usecase,
    ) -> Result<Vec<Qualification>, RegistryError> {
        let usecase = format!("{USECASE}{}", usecase.as_str());
        let call = Call::about(Kind::Brand, Method::GET, QUALIFY, brand.as_str(), &usecase);
        let json = self.wire.json(&call, None).await?;
        match json.value.get("mnoMetadata") {
            Some(Value::Object(networks)) => {
                let networks = networks.iter().take(MOST);
                Ok(networks
                    .filter_map(|(id, said)| qualification(id, said))
                    .collect())
            }
            // It is optional in the SDK's types: then nothing is said.
            _ => Ok(Vec::new()),
        }
    }
}

/// The SDK types the answer as an object of anything; the API reference of a
/// campaign's `mnoMetadata` shows its fields. A carrier without `mnoSupport` takes
/// the use case from nobody.
fn qualification(network: &str, said: &Value) -> Option<Qualification> {
    let is_false = |name: &str| said.get(name) == Some(&Value::Bool(false));
    let known = name(network).unwrap_or(network);
    (!is_false("mnoSupport")).then(|| Qualification {
        carrier: cut(known, 50),
        qualifies: !is_false("qualify"),
    })
}

fn name(network: &str) -> Option<&'static str> {
    let carrier = CARRIERS.iter().find(|(id, _)| *id == network);
    carrier.map(|(_, name)| *name)
}

/// The SDK types the answer as an object of anything: a network id, and a word.
fn status(network: &str, said: &Value) -> CarrierStatus {
    let word = said
        .as_str()
        .map_or_else(|| said.to_string(), str::to_owned);
    CarrierStatus {
        network: cut(network, 50),
        carrier: name(network).map(str::to_owned),
        status: match word.as_str() {
            // The second is the word of the example in Telnyx's API reference.
            "REGISTERED" | "APPROVED" => Standing::Registered,
            "REVIEW" => Standing::Review,
            "REJECTED" => Standing::Rejected,
            "SUSPENDED" => Standing::Suspended,
            _ => Standing::Unknown(cut(&word, 100)),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_word_or_a_carrier_that_is_not_known_is_kept_as_text() {
        let expected = [
            ("10035", json!("REVIEW"), Some("T-Mobile"), Standing::Review),
            (
                "10017",
                json!("REGISTERED"),
                Some("AT&T"),
                Standing::Registered,
            ),
            (
                "10017",
                json!("APPROVED"),
                Some("AT&T"),
                Standing::Registered,
            ),
            (
                "10038",
                json!("REJECTED"),
                Some("Verizon"),
                Standing::Rejected,
            ),
            (
                "10037",
                json!("SUSPENDED"),
                Some("US Cellular"),
                Standing::Suspended,
            ),
            (
                "10999",
                json!("NEW"),
                None,
                Standing::Unknown("NEW".to_owned()),
            ),
            (
                "10035",
                json!({"a": 1}),
                Some("T-Mobile"),
                Standing::Unknown("{\"a\":1}".to_owned()),
            ),
        ];
        for (network, said, name, standing) in expected {
            let read = status(network, &said);
            assert_eq!(
                (read.network.as_str(), read.carrier.as_deref()),
                (network, name)
            );
            assert_eq!(read.status, standing);
            let written = serde_json::to_value(&read).unwrap();
            assert_eq!(
                serde_json::from_value::<CarrierStatus>(written).unwrap(),
                read
            );
        }
    }
}

//! What Telnyx takes where it takes one of a list, and what a campaign costs: asked before, so
//! that neither is a surprise.

use registration::order::Usecase;
use reqwest::Method;
use serde_json::Value;

use super::Telnyx;
use super::call::Call;
use super::reasons::cut;
use crate::{Cost, Kind, List, RegistryError};

const ENUMS: &str = "/10dlc/enum/";
const COST: &str = "/10dlc/campaign/usecase/cost";

/// Longer lists are cut.
const MOST: usize = 500;

impl Telnyx {
    /// Telnyx SDK: `getEnum`, whose answer is typed in five forms: texts, objects, an object of
    /// texts or of objects, and pages of objects.
    pub(super) async fn enumerated(&self, list: List) -> Result<Vec<String>, RegistryError> {
        let endpoint = match list {
            List::Usecase => "usecase",
            List::Vertical => "vertical",
            List::EntityType => "entityType",
            List::StockExchange => "stockExchange",
            List::BrandRelationship => "brandRelationship",
            List::AltBusinessIdType => "altBusinessIdType",
        };
        let call = Call::to(Kind::Brand, Method::GET, &format!("{ENUMS}{endpoint}"));
        let json = self.wire.json(&call, None).await?;
        let values = values(&json.value);
        match values.is_empty() {
            true => Err(call.in_doubt("the answer is no list")),
            false => Ok(values),
        }
    }

    /// Telnyx SDK: `campaign.usecase.getCost`, upfront and monthly, in dollars as texts.
    pub(super) async fn costs(&self, usecase: &Usecase) -> Result<Cost, RegistryError> {
        let call = Call::to(Kind::Campaign, Method::GET, COST).with("usecase", usecase.as_str());
        let json = self.wire.json(&call, None).await?;
        let cents = |name: &str| json.value.get(name).and_then(Value::as_str).and_then(cents);
        match (cents("upFrontCost"), cents("monthlyCost")) {
            (Some(once), Some(monthly)) => Ok(Cost { once, monthly }),
            _ => Err(call.in_doubt("the answer has no costs")),
        }
    }
}

fn values(answer: &Value) -> Vec<String> {
    let named = |one: &Value| {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let fields = ["id", "value", "name", "code", "usecase", "displayName"];
        text(one).or_else(|| {
            fields
                .iter()
                .find_map(|field| one.get(field).and_then(text))
        })
    };
    let values: Vec<String> = match answer.get("records").unwrap_or(answer) {
        Value::Array(list) => list.iter().filter_map(named).collect(),
        Value::Object(fields) => fields.keys().cloned().collect(),
        _ => Vec::new(),
    };
    values
        .iter()
        .take(MOST)
        .map(|value| cut(value, 100))
        .collect()
}

/// `15.00` or `$15` is 1500.
fn cents(dollars: &str) -> Option<u32> {
    let dollars = dollars.trim().trim_start_matches('$');
    let (whole, part) = dollars.split_once('.').unwrap_or((dollars, ""));
    let whole: u32 = whole.parse().ok()?;
    let part: u32 = format!("{part:0<2}").get(..2)?.parse().ok()?;
    whole.checked_mul(100)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_is_read_in_each_form_that_the_sdk_types() {
        for form in [
            json!(["A", "B"]),
            json!([{ "id": "A" }, { "id": "B", "displayName": "The second" }]),
            json!({ "A": "The first", "B": "The second" }),
            json!({ "A": { "displayName": "The first" }, "B": {} }),
            json!({ "page": 1, "totalRecords": 2, "records": [{ "id": "A" }, { "id": "B" }] }),
        ] {
            assert_eq!(values(&form), ["A", "B"], "{form}");
        }
        assert!(values(&json!("A")).is_empty());
    }

    #[test]
    fn dollars_are_read_to_the_cent() {
        for (text, expected) in [("15.00", 1_500), ("$1.5", 150), ("10", 1_000), ("0.05", 5)] {
            assert_eq!(cents(text), Some(expected), "{text}");
        }
        assert_eq!(cents("ten"), None);
        assert_eq!(cents("-1.00"), None);
    }
}

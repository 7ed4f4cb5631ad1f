//! Why something was refused, in the forms in which Telnyx says so.

use registration::Reason;
use serde_json::Value;

use super::fields::{behind, pointer};
use crate::Kind;

/// More reasons, or longer ones, are cut.
pub(super) const MOST: usize = 50;
const LONGEST: usize = 2_000;

/// The `failureReasons` of a brand, campaign or number that ended as `status`.
/// The SDK types them as a text; webhooks carry the same as a list of
/// `{fields, description}` (Telnyx: 10DLC event notifications), so a text that
/// holds such a list is read as one. Never empty.
pub(super) fn failures(kind: Kind, status: &str, answer: &Value) -> Vec<Reason> {
    let said = answer.get("failureReasons").unwrap_or(&Value::Null);
    let written = said
        .as_str()
        .and_then(|text| serde_json::from_str(text).ok());
    let said = written
        .as_ref()
        .filter(|list: &&Value| list.is_array() || list.is_object())
        .unwrap_or(said);
    let mut reasons: Vec<Reason> = match said {
        Value::Null => Vec::new(),
        Value::Array(list) => list
            .iter()
            .take(MOST)
            .map(|one| failure(kind, status, one))
            .collect(),
        one => vec![failure(kind, status, one)],
    };
    reasons.retain(|reason| !reason.description.is_empty());
    if reasons.is_empty() {
        reasons.push(Reason {
            code: status.to_owned(),
            description: "The registry gives no reason.".to_owned(),
            fields: Vec::new(),
        });
    }
    reasons
}

fn failure(kind: Kind, status: &str, said: &Value) -> Reason {
    let description = match said {
        Value::String(text) => text.clone(),
        Value::Object(_) => ["description", "reason", "detail"]
            .into_iter()
            .find_map(|name| word(said, name))
            .unwrap_or_else(|| said.to_string()),
        other => other.to_string(),
    };
    let code = word(said, "code").unwrap_or_else(|| status.to_owned());
    reason(kind, code, &description, names(said))
}

/// The categories of `GET /10dlc/brand/feedback/{brandId}`; empty while the
/// brand is being scored.
pub(super) fn feedback(answer: &Value) -> Vec<Reason> {
    let categories = answer.get("category").and_then(Value::as_array);
    categories
        .into_iter()
        .flatten()
        .take(MOST)
        .map(|category| {
            let code = word(category, "id").unwrap_or_else(|| "OTHERS".to_owned());
            let description = word(category, "description")
                .or_else(|| word(category, "displayName"))
                .unwrap_or_default();
            reason(Kind::Brand, code, &description, names(category))
        })
        .collect()
}

/// A reason with its fields found in the order, and nothing longer than it may be.
pub(super) fn reason(kind: Kind, code: String, description: &str, named: Vec<&str>) -> Reason {
    let mut fields: Vec<String> = named
        .into_iter()
        .map(|name| pointer(kind, &cut(name, 200)))
        .collect();
    if fields.is_empty() {
        fields = behind(&code)
            .iter()
            .map(|field| (*field).to_owned())
            .collect();
    }
    Reason {
        code: cut(&code, 100),
        description: cut(description.trim(), LONGEST),
        fields,
    }
}

fn names(said: &Value) -> Vec<&str> {
    let fields = said.get("fields").and_then(Value::as_array);
    fields
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .take(MOST)
        .collect()
}

/// A text, or a number as one.
pub(super) fn word(of: &Value, name: &str) -> Option<String> {
    match of.get(name)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// At most so many characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn failure_reasons_are_read_in_every_form() {
        let text = "Sample message does not contain required opt-out language";
        let list = json!([{"fields": ["sample1", "description"], "description": text}]);
        let forms = [
            (json!(text), vec![]),
            (json!([text]), vec![]),
            (json!([{"reason": text}]), vec![]),
            (
                list.clone(),
                vec!["/campaign/samples/0", "/campaign/description"],
            ),
            (
                json!(list.to_string()),
                vec!["/campaign/samples/0", "/campaign/description"],
            ),
        ];
        for (form, fields) in forms {
            let reasons = failures(
                Kind::Campaign,
                "TCR_FAILED",
                &json!({"failureReasons": form}),
            );
            let [reason] = reasons.as_slice() else {
                panic!("{form}: {reasons:?}")
            };
            assert_eq!(reason.description, text, "{form}");
            assert_eq!(reason.code, "TCR_FAILED");
            assert_eq!(reason.fields, fields, "{form}");
        }
    }

    #[test]
    fn a_refusal_without_a_reason_still_has_one() {
        for form in [json!(null), json!(""), json!([])] {
            let reasons = failures(
                Kind::Number,
                "FAILED_ASSIGNMENT",
                &json!({"failureReasons": form}),
            );
            assert_eq!(reasons.len(), 1);
            assert_eq!(reasons[0].code, "FAILED_ASSIGNMENT");
        }
    }

    #[test]
    fn what_the_registry_says_is_bounded() {
        let long = "x".repeat(10 * LONGEST);
        let many = vec![json!(long); 10 * MOST];
        let reasons = failures(
            Kind::Brand,
            "REGISTRATION_FAILED",
            &json!({"failureReasons": many}),
        );
        assert_eq!(reasons.len(), MOST);
        assert_eq!(reasons[0].description.len(), LONGEST);
    }

    #[test]
    fn feedback_points_at_the_fields_it_names_or_at_those_behind_its_kind() {
        let said = json!({"brandId": "b", "category": [
            {"id": "TAX_ID", "displayName": "Tax ID", "description": "No match.", "fields": []},
            {"id": "STOCK_SYMBOL", "displayName": "Stock", "description": "No such stock.", "fields": ["stockSymbol"]},
            {"id": "OTHERS", "displayName": "Others", "description": "", "fields": []},
        ]});
        let reasons = feedback(&said);
        assert_eq!(reasons[0].fields, ["/brand/ein", "/brand/companyName"]);
        assert_eq!(reasons[0].description, "No match.");
        assert_eq!(reasons[1].fields, ["/brand/stockSymbol"]);
        assert_eq!(
            (reasons[2].code.as_str(), reasons[2].description.as_str()),
            ("OTHERS", "Others")
        );
        assert!(feedback(&json!({"brandId": "b", "category": []})).is_empty());
    }
}

//! By what an order is known again: a digest of what it says, however it is written.

use registration::AccountId;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use registrar::orders::source::{Entry, Unreadable};

/// SHA-256 of an order's document, as hexadecimal digits. The order of fields, what is null and
/// white space around texts change nothing in an order, and nothing here.
pub(crate) fn content(entry: &Entry) -> String {
    match &entry.document {
        Ok(document) => {
            let mut text = String::new();
            canonical(document, &mut text);
            hex(text.as_bytes())
        }
        Err(Unreadable { bytes, .. }) => hex(bytes),
    }
}

/// The Idempotency-Key of an order that brings none: the same account and the same content have
/// the same one, in every run.
pub(crate) fn key(account: &AccountId, content: &str) -> String {
    let digest = hex(format!("{account}\n{content}").as_bytes());
    format!("batch-{digest}")
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields
                .iter()
                .filter(|(_, value)| !value.is_null())
                .collect();
            fields.sort_by_key(|(name, _)| name.as_str());
            text.push('{');
            for (name, value) in fields {
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                canonical(value, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Array(entries) => {
            text.push('[');
            for entry in entries {
                canonical(entry, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::String(one) => text.push_str(&Value::from(one.trim()).to_string()),
        other => text.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(value: &Value) -> String {
        let mut text = String::new();
        canonical(value, &mut text);
        text
    }

    #[test]
    fn an_order_is_known_again_however_it_is_written_and_no_other_is_taken_for_it() {
        let one: Value = serde_json::from_str(r#"{"b":[" x "],"a":true,"c":null}"#).unwrap();
        let other: Value = serde_json::from_str(r#"{"a":true,"b":["x"]}"#).unwrap();
        assert_eq!(text(&one), text(&other));
        for different in [
            json!({ "a": true, "b": ["x", "x"] }),
            json!({ "a": "true", "b": ["x"] }),
            json!({ "a": true, "b": [["x"]] }),
            json!({ "a": true, "b": "x" }),
        ] {
            assert_ne!(text(&one), text(&different));
        }
    }

    #[test]
    fn a_key_is_an_accounts_own() {
        let account = |name| AccountId::parse(name).unwrap();
        assert_ne!(key(&account("a"), "x"), key(&account("b"), "x"));
    }
}

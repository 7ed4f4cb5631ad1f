//! JSON as native DynamoDB attributes, and back, exactly.
//!
//! A map stays a map and a number stays a number, so that a person reads a
//! history with one query. What DynamoDB cannot hold, or would give back
//! changed, is kept as a map with the one key [`TEXT`]: its JSON as text. That
//! is a number with a fraction of nothing (`1.0` would come back as `1`) or
//! beyond a number's range, a value nested deeper than DynamoDB allows, and a
//! key without a character.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Map, Number, Value};

/// The key of a value that is kept as its JSON text.
const TEXT: &str = "$json";

/// How deep a value may be nested natively. DynamoDB allows 32 levels; an
/// event's own take some of them.
const DEEPEST: usize = 24;

/// Numbers of a magnitude outside of this are kept as text (DynamoDB Developer
/// Guide, Data types: 1E-130 to 9.9999999999999999999999999999999999999E+125).
const SMALLEST: f64 = 1e-120;
const LARGEST: f64 = 1e120;

/// Something that is not what [`to_attribute`] writes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an attribute of type {0} where JSON was written")]
pub(super) struct NotJson(&'static str);

/// The attribute that holds `value`.
pub(super) fn to_attribute(value: &Value) -> AttributeValue {
    nested(value, 0)
}

fn nested(value: &Value, depth: usize) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(truth) => AttributeValue::Bool(*truth),
        Value::String(text) => AttributeValue::S(text.clone()),
        Value::Number(number) if stays_exact(number) => AttributeValue::N(number.to_string()),
        Value::Array(values) if depth < DEEPEST => {
            AttributeValue::L(values.iter().map(|v| nested(v, depth + 1)).collect())
        }
        Value::Object(map) if depth < DEEPEST && is_plain(map) => AttributeValue::M(
            map.iter()
                .map(|(key, value)| (key.clone(), nested(value, depth + 1)))
                .collect(),
        ),
        Value::Number(_) | Value::Array(_) | Value::Object(_) => AttributeValue::M(HashMap::from(
            [(TEXT.to_owned(), AttributeValue::S(value.to_string()))],
        )),
    }
}

/// Whether DynamoDB gives back a number that reads as the same JSON number.
fn stays_exact(number: &Number) -> bool {
    if !number.is_f64() {
        return true;
    }
    number
        .as_f64()
        .is_some_and(|float| float.fract() != 0.0 && (SMALLEST..LARGEST).contains(&float.abs()))
}

fn is_plain(map: &Map<String, Value>) -> bool {
    let reserved = map.len() == 1 && map.contains_key(TEXT);
    !reserved && !map.contains_key("")
}

/// The JSON that an attribute holds.
pub(super) fn to_value(attribute: &AttributeValue) -> Result<Value, NotJson> {
    match attribute {
        AttributeValue::Null(_) => Ok(Value::Null),
        AttributeValue::Bool(truth) => Ok(Value::Bool(*truth)),
        AttributeValue::S(text) => Ok(Value::String(text.clone())),
        AttributeValue::N(digits) => number(digits).ok_or(NotJson("N, too large")),
        AttributeValue::L(values) => values.iter().map(to_value).collect(),
        AttributeValue::M(map) => match (map.len(), map.get(TEXT)) {
            (1, Some(AttributeValue::S(text))) => {
                serde_json::from_str(text).map_err(|_| NotJson("M, with text that is no JSON"))
            }
            _ => map
                .iter()
                .map(|(key, value)| Ok((key.clone(), to_value(value)?)))
                .collect(),
        },
        AttributeValue::B(_) | AttributeValue::Bs(_) => Err(NotJson("B")),
        AttributeValue::Ss(_) => Err(NotJson("SS")),
        AttributeValue::Ns(_) => Err(NotJson("NS")),
        _ => Err(NotJson("unknown")),
    }
}

fn number(digits: &str) -> Option<Value> {
    if let Ok(whole) = digits.parse::<u64>() {
        return Some(whole.into());
    }
    if let Ok(whole) = digits.parse::<i64>() {
        return Some(whole.into());
    }
    Number::from_f64(digits.parse().ok()?).map(Value::Number)
}

/// How many bytes an item counts, at most, against DynamoDB's limit (Developer
/// Guide, DynamoDB item sizes and formats).
pub(super) fn size(item: &HashMap<String, AttributeValue>) -> usize {
    item.iter()
        .map(|(name, value)| name.len() + value_size(value))
        .sum()
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len() / 2 + 2,
        AttributeValue::L(values) => 3 + values.iter().map(|v| 1 + value_size(v)).sum::<usize>(),
        AttributeValue::M(map) => {
            let entries = map.iter().map(|(key, v)| 1 + key.len() + value_size(v));
            3 + entries.sum::<usize>()
        }
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    /// What DynamoDB does to a number: leading and trailing zeroes go.
    fn as_dynamodb_keeps(attribute: AttributeValue) -> AttributeValue {
        match attribute {
            AttributeValue::N(digits) if digits.contains('.') && !digits.contains(['e', 'E']) => {
                let trimmed = digits.trim_end_matches('0').trim_end_matches('.');
                AttributeValue::N(if trimmed == "-0" { "0" } else { trimmed }.to_owned())
            }
            AttributeValue::L(values) => {
                AttributeValue::L(values.into_iter().map(as_dynamodb_keeps).collect())
            }
            AttributeValue::M(map) => AttributeValue::M(
                map.into_iter()
                    .map(|(key, v)| (key, as_dynamodb_keeps(v)))
                    .collect(),
            ),
            other => other,
        }
    }

    fn json_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            prop::num::f64::NORMAL.prop_map(Value::from),
            (-1000i32..1000).prop_map(|whole| Value::from(f64::from(whole))),
            ".{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(
                    prop_oneof![".{0,6}", Just(TEXT.to_owned())],
                    inner,
                    0..6
                )
                .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_comes_back_as_it_was(value in json_value()) {
            let kept = as_dynamodb_keeps(to_attribute(&value));
            let back = to_value(&kept).unwrap();
            prop_assert_eq!(back.to_string(), value.to_string());
            prop_assert_eq!(back, value);
        }
    }

    #[test]
    fn a_value_nested_too_deep_for_dynamodb_comes_back_whole() {
        let mut value = json!("bottom");
        for _ in 0..50 {
            value = json!({ "deeper": [value] });
        }
        let attribute = to_attribute(&value);
        assert!(depth(&attribute) < 32, "{}", depth(&attribute));
        assert_eq!(to_value(&attribute).unwrap(), value);
    }

    fn depth(attribute: &AttributeValue) -> usize {
        match attribute {
            AttributeValue::L(values) => 1 + values.iter().map(depth).max().unwrap_or(0),
            AttributeValue::M(map) => 1 + map.values().map(depth).max().unwrap_or(0),
            _ => 0,
        }
    }

    #[test]
    fn ordinary_values_are_native_so_that_a_person_can_read_them() {
        let attribute = to_attribute(&json!({"fee": 4.5, "open": 3, "words": ["", null]}));
        let AttributeValue::M(map) = attribute else {
            panic!("a map");
        };
        assert_eq!(map["fee"], AttributeValue::N("4.5".to_owned()));
        assert_eq!(map["open"], AttributeValue::N("3".to_owned()));
        let words = vec![AttributeValue::S(String::new()), AttributeValue::Null(true)];
        assert_eq!(map["words"], AttributeValue::L(words));
    }
}

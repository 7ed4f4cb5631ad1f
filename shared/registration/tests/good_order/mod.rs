//! The order without findings, and what is made of it.

use registration::preflight::GOOD_ORDER;
use serde_json::Value;

/// The good order after a JSON merge patch (RFC 7396).
pub(crate) fn changed(patch: &str) -> Value {
    let mut order: Value = serde_json::from_str(GOOD_ORDER).unwrap();
    let patch = serde_json::from_str(patch).unwrap_or_else(|error| panic!("{patch}: {error}"));
    merge(&mut order, &patch);
    order
}

fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        *target = patch.clone();
        return;
    };
    for (name, value) in fields {
        match value {
            Value::Null => {
                target.as_object_mut().unwrap().remove(name);
            }
            _ => merge(&mut target[name.as_str()], value),
        }
    }
}

//! Bodies of a few fields: whatever else they hold is refused, because a
//! misspelt field that is passed over would do something else than was asked.

use registration::order::{Problem, Rule};
use serde_json::{Map, Value};

/// Unknown fields that an answer names.
const MOST_UNKNOWN: usize = 20;

/// A problem for each field that is not known.
pub(crate) fn unknown<'a>(
    fields: &'a Map<String, Value>,
    known: &'a [&str],
) -> impl Iterator<Item = Problem> + 'a {
    let unknown = fields.keys().filter(|name| !known.contains(&name.as_str()));
    unknown.take(MOST_UNKNOWN).map(|name| {
        let name = name.replace('~', "~0").replace('/', "~1");
        let message = "There is no such field: leave it out.";
        problem(&format!("/{name}"), Rule::UnknownField, message)
    })
}

/// The one field that a body may have; null counts as not given.
pub(crate) fn optional<'a>(
    body: Option<&'a Value>,
    name: &'static str,
) -> Result<Option<&'a Value>, Vec<Problem>> {
    match body {
        None => Ok(None),
        Some(Value::Object(fields)) => {
            let unknown: Vec<_> = unknown(fields, &[name]).collect();
            match unknown.is_empty() {
                true => Ok(fields.get(name).filter(|value| !value.is_null())),
                false => Err(unknown),
            }
        }
        Some(_) => {
            let message = format!("The body must be an object with the field `{name}`, or none.");
            Err(vec![problem("", Rule::WrongType, &message)])
        }
    }
}

pub(crate) fn problem(pointer: &str, rule: Rule, message: &str) -> Problem {
    Problem {
        pointer: pointer.to_owned(),
        rule,
        limit: None,
        message: message.to_owned(),
    }
}

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

/// The fields of a body that has no others, each true or false; false where it is not
/// given.
pub(crate) fn flags<const N: usize>(
    body: Option<&Value>,
    names: [&'static str; N],
) -> Result<[bool; N], Vec<Problem>> {
    let fields = match body {
        None => return Ok([false; N]),
        Some(Value::Object(fields)) => fields,
        Some(_) => {
            let message = format!(
                "The body must be an object with the fields `{}`, or none.",
                names.join("`, `")
            );
            return Err(vec![problem("", Rule::WrongType, &message)]);
        }
    };
    let mut problems: Vec<_> = unknown(fields, &names).collect();
    let flags = names.map(|name| match fields.get(name) {
        None | Some(Value::Null) => false,
        Some(Value::Bool(flag)) => *flag,
        Some(_) => {
            let message = "This must be true or false.";
            problems.push(problem(&format!("/{name}"), Rule::WrongType, message));
            false
        }
    });
    match problems.is_empty() {
        true => Ok(flags),
        false => Err(problems),
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

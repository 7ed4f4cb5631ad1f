//! Takes fields out of a JSON object one by one, and collects what is wrong with them.

use super::problem::{Problems, Refused, Rule};
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::hash::Hash;
use std::ops::RangeInclusive;

/// The fields of one JSON object.
///
/// Every method answers `None` for a field that is absent or broken. A broken one has left a
/// problem behind, so no order is built from what remains.
pub(super) struct Reader<'document, 'problems> {
    fields: &'document Map<String, Value>,
    pointer: String,
    known: Vec<&'static str>,
    problems: &'problems mut Problems,
}

impl<'document> Reader<'document, '_> {
    /// Reads the whole document as one object; `read` takes its fields, and whatever it did not
    /// ask for is reported as unknown.
    pub(super) fn document<T>(
        document: &Value,
        problems: &mut Problems,
        read: impl FnOnce(&mut Reader) -> Option<T>,
    ) -> Option<T> {
        Self::object(document, String::new(), problems, read)
    }

    /// Reads the object in field `name`, which must be given.
    pub(super) fn part<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Reader) -> Option<T>,
    ) -> Option<T> {
        let value = self.required_value(name)?;
        let pointer = self.pointer_to(name);
        Self::object(value, pointer, self.problems, read)
    }

    /// Reads the object in field `name`, if it is given.
    pub(super) fn optional_part<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Reader) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(name)?;
        let pointer = self.pointer_to(name);
        Self::object(value, pointer, self.problems, read)
    }

    /// Reads the text in field `name`, which must be given.
    pub(super) fn required<T>(
        &mut self,
        name: &'static str,
        parse: fn(&str) -> Result<T, Refused>,
    ) -> Option<T> {
        let value = self.required_value(name)?;
        let pointer = self.pointer_to(name);
        self.text(value, pointer, parse)
    }

    /// Reads the text in field `name`, if it is given.
    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        parse: fn(&str) -> Result<T, Refused>,
    ) -> Option<T> {
        let value = self.value(name)?;
        let pointer = self.pointer_to(name);
        self.text(value, pointer, parse)
    }

    /// Reads the boolean in field `name`, if it is given.
    pub(super) fn flag(&mut self, name: &'static str) -> Option<bool> {
        let value = self.value(name)?;
        if value.as_bool().is_none() {
            let refused = wrong_type("true or false, without quotes", value);
            self.problems.add(self.pointer_to(name), refused);
        }
        value.as_bool()
    }

    /// Reads the list of texts in field `name`: as many entries as `size` allows, none twice.
    /// The list may be absent if it may be empty.
    pub(super) fn list<T: Eq + Hash>(
        &mut self,
        name: &'static str,
        size: RangeInclusive<usize>,
        parse: fn(&str) -> Result<T, Refused>,
    ) -> Option<Vec<T>> {
        let value = if size.contains(&0) {
            self.value(name)
        } else {
            self.required_value(name)
        }?;
        let pointer = self.pointer_to(name);
        let Value::Array(values) = value else {
            self.problems
                .add(pointer, wrong_type("a list of texts", value));
            return None;
        };
        if let Err(refused) = check_size(values.len(), size) {
            self.problems.add(pointer.as_str(), refused);
        }
        let mut entries = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            let pointer = format!("{pointer}/{index}");
            entries.extend(self.text(value, pointer, parse).map(|entry| (index, entry)));
        }
        let mut seen = HashSet::with_capacity(entries.len());
        for (index, entry) in &entries {
            if !seen.insert(entry) {
                let message = "This entry stands in the list already: remove it.";
                let refused = Refused::new(Rule::Duplicate, message);
                self.problems.add(format!("{pointer}/{index}"), refused);
            }
        }
        Some(entries.into_iter().map(|(_, entry)| entry).collect())
    }

    /// Whether field `name` is given.
    pub(super) fn gives(&self, name: &str) -> bool {
        self.fields.get(name).is_some_and(|value| !value.is_null())
    }

    /// Reports what is wrong with field `name`.
    pub(super) fn refuse(&mut self, name: &str, refused: Refused) {
        let pointer = self.pointer_to(name);
        self.problems.add(pointer, refused);
    }

    /// Where problems go that concern more than one field.
    pub(super) fn problems(&mut self) -> &mut Problems {
        self.problems
    }

    fn object<T>(
        value: &Value,
        pointer: String,
        problems: &mut Problems,
        read: impl FnOnce(&mut Reader) -> Option<T>,
    ) -> Option<T> {
        let Value::Object(fields) = value else {
            problems.add(pointer, wrong_type("an object with fields", value));
            return None;
        };
        let mut reader = Reader {
            fields,
            pointer,
            known: Vec::new(),
            problems,
        };
        let read = read(&mut reader);
        reader.refuse_unknown_fields();
        read
    }

    fn refuse_unknown_fields(&mut self) {
        for name in self
            .fields
            .keys()
            .filter(|name| !self.known.contains(&name.as_str()))
        {
            let message = "There is no such field here: check its spelling, or remove it.";
            let refused = Refused::new(Rule::UnknownField, message);
            self.problems.add(self.pointer_to(name), refused);
        }
    }

    fn text<T>(
        &mut self,
        value: &Value,
        pointer: String,
        parse: fn(&str) -> Result<T, Refused>,
    ) -> Option<T> {
        let read = match value {
            Value::String(text) => parse(text.trim()),
            other => Err(wrong_type("a text in quotes", other)),
        };
        read.map_err(|refused| self.problems.add(pointer, refused))
            .ok()
    }

    fn required_value(&mut self, name: &'static str) -> Option<&'document Value> {
        let value = self.value(name);
        if value.is_none() {
            let refused = Refused::new(Rule::Required, "This field is required: add it.");
            self.problems.add(self.pointer_to(name), refused);
        }
        value
    }

    fn value(&mut self, name: &'static str) -> Option<&'document Value> {
        self.known.push(name);
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// RFC 6901: `~` and `/` in a name are escaped.
    fn pointer_to(&self, name: &str) -> String {
        format!(
            "{}/{}",
            self.pointer,
            name.replace('~', "~0").replace('/', "~1")
        )
    }
}

/// Refuses a list whose number of entries is not in `size`.
pub(super) fn check_size(entries: usize, size: RangeInclusive<usize>) -> Result<(), Refused> {
    let (min, max) = (*size.start(), *size.end());
    let (rule, advice) = match entries {
        _ if entries < min => (Rule::TooFew, format!("give at least {min}")),
        _ if entries > max => (Rule::TooMany, format!("give at most {max}")),
        _ => return Ok(()),
    };
    let message = format!("The list has {entries} entries: {advice}.");
    Err(Refused::new(rule, message).between(min, max))
}

fn wrong_type(expected: &str, value: &Value) -> Refused {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    Refused::new(
        Rule::WrongType,
        format!("This must be {expected}, and it is {found}."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(document: &Value) -> (Option<Vec<String>>, Vec<(String, Rule)>) {
        let mut problems = Problems::default();
        let list = Reader::document(document, &mut problems, |fields| {
            fields.list("list", 2..=3, |text| Ok(text.to_owned()))
        });
        (
            list,
            problems
                .iter()
                .map(|problem| (problem.pointer.clone(), problem.rule))
                .collect(),
        )
    }

    #[test]
    fn null_counts_as_not_given() {
        assert_eq!(
            read(&json!({ "list": null })).1,
            [("/list".into(), Rule::Required)]
        );
    }

    #[test]
    fn whitespace_around_a_text_is_dropped() {
        assert_eq!(
            read(&json!({ "list": [" a\n", "b"] })).0.unwrap(),
            ["a", "b"]
        );
    }

    #[test]
    fn a_list_reports_its_size_and_each_bad_or_repeated_entry() {
        assert_eq!(
            read(&json!({ "list": ["a", 1, "b", "a "] })).1,
            [
                ("/list".into(), Rule::TooMany),
                ("/list/1".into(), Rule::WrongType),
                ("/list/3".into(), Rule::Duplicate),
            ]
        );
        assert_eq!(
            read(&json!({ "list": ["a"] })).1,
            [("/list".into(), Rule::TooFew)]
        );
    }

    #[test]
    fn the_pointer_of_an_unknown_field_is_escaped() {
        let (_, problems) = read(&json!({ "list": ["a", "b"], "a/b~c": 1 }));
        assert_eq!(problems, [("/a~1b~0c".into(), Rule::UnknownField)]);
    }

    #[test]
    fn a_document_that_is_no_object_has_one_problem_at_its_root() {
        assert_eq!(read(&json!([])).1, [(String::new(), Rule::WrongType)]);
    }
}

//! How a problem with an order is reported: where, which rule, which limit, and what to do.

use serde::Serialize;
use std::fmt;

/// One thing that is wrong with an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where: a JSON pointer (RFC 6901) into the document, such as `/campaign/samples/1`. A
    /// missing field is named by the place where it belongs.
    pub pointer: String,
    /// Which rule: a stable code for programs.
    pub rule: Rule,
    /// What the rule allows, where that can be said in figures or as a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// For a person: what is wrong and what to do. Never repeats the value that was sent.
    pub message: String,
}

/// The rule that a value breaks. The serialized names are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The field must always be given.
    Required,
    /// There is no such field.
    UnknownField,
    /// The JSON type is another one.
    WrongType,
    /// Fewer characters than the limit.
    TooShort,
    /// More characters than the limit.
    TooLong,
    /// Fewer entries than the limit.
    TooFew,
    /// More entries than the limit.
    TooMany,
    /// Not a value of the list in the limit.
    NotOneOf,
    /// The entry stands in the list already.
    Duplicate,
    /// Not nine digits.
    NotAnEin,
    /// Not a phone number in E.164.
    NotE164,
    /// Not an ordinary ten-digit number of the North American numbering plan.
    NotTenDigits,
    /// A toll-free number, where an ordinary ten-digit one is needed.
    TollFree,
    /// Not a mail address.
    NotAnEmail,
    /// A mail address at a provider that gives addresses to anyone.
    FreeMail,
    /// Not a web address.
    NotAUrl,
    /// A web address that is not one on the public internet.
    NotPublic,
    /// A link made by a public link shortener.
    LinkShortener,
    /// Not an ISO 3166 two-letter country code.
    NotACountry,
    /// Not a two-letter code of a US state or territory.
    NotAUsState,
    /// Not a five-digit US ZIP code.
    NotAUsZip,
    /// Not keywords separated by commas without spaces.
    NotKeywords,
    /// Another field needs this one to be given, or to have another value.
    Needs,
    /// Another field does not go together with this one.
    NotAllowed,
}

/// What a rule allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Limit {
    /// From `min` to `max`, both allowed; characters of a text, entries of a list.
    Between {
        /// The smallest size allowed.
        min: usize,
        /// The largest size allowed.
        max: usize,
    },
    /// One of these values.
    OneOf {
        /// Every value allowed.
        #[serde(rename = "oneOf")]
        one_of: &'static [&'static str],
    },
}

/// Why a single value was refused: a [`Problem`] that does not know its place yet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// Which rule.
    pub rule: Rule,
    /// What the rule allows.
    pub limit: Option<Limit>,
    /// For a person; never repeats the value.
    pub message: String,
}

impl Refused {
    pub(super) fn new(rule: Rule, message: impl Into<String>) -> Self {
        Self {
            rule,
            limit: None,
            message: message.into(),
        }
    }

    pub(super) fn between(self, min: usize, max: usize) -> Self {
        Self {
            limit: Some(Limit::Between { min, max }),
            ..self
        }
    }

    pub(super) fn one_of(self, one_of: &'static [&'static str]) -> Self {
        Self {
            limit: Some(Limit::OneOf { one_of }),
            ..self
        }
    }
}

/// Everything wrong with an order: the first [`Problems::KEPT`] problems, and a count of the rest.
///
/// A pointer repeats the names of unknown fields as they were sent, so what goes to a log is
/// [`Problems::total`] and the rules, not the pointers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Problems {
    problems: Vec<Problem>,
    /// How many more there were.
    more: usize,
}

impl Problems {
    /// How many problems are kept; a document of thousands of bad numbers gets a short answer.
    pub const KEPT: usize = 100;

    /// The problems kept, in the order of the document's parts.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.problems.iter()
    }

    /// How many problems were found, kept or not.
    pub fn total(&self) -> usize {
        self.problems.len() + self.more
    }

    pub(super) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    pub(super) fn add(&mut self, pointer: impl Into<String>, refused: Refused) {
        if self.problems.len() == Self::KEPT {
            self.more += 1;
            return;
        }
        let Refused {
            rule,
            limit,
            message,
        } = refused;
        self.problems.push(Problem {
            pointer: pointer.into(),
            rule,
            limit,
            message,
        });
    }

    /// Adds what a rule between fields says, unless the value at `pointer` is wrong by itself
    /// already: one mistake is one problem.
    pub(super) fn add_between_fields(&mut self, pointer: &str, refused: Refused) {
        if !self
            .problems
            .iter()
            .any(|problem| problem.pointer == pointer)
        {
            self.add(pointer, refused);
        }
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.total() == 1 {
            "problem"
        } else {
            "problems"
        };
        write!(out, "the order has {} {noun}", self.total())?;
        for Problem {
            pointer, message, ..
        } in &self.problems
        {
            let place = if pointer.is_empty() {
                "the document"
            } else {
                pointer
            };
            write!(out, "\n  {place}: {message}")?;
        }
        if self.more > 0 {
            write!(out, "\n  and {} more", self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_hundred_problems_are_kept_and_the_rest_is_counted() {
        let mut problems = Problems::default();
        for index in 0..250 {
            problems.add(
                format!("/numbers/{index}"),
                Refused::new(Rule::NotE164, "No."),
            );
        }
        assert_eq!(problems.iter().count(), Problems::KEPT);
        assert_eq!(problems.total(), 250);
        assert!(
            problems
                .to_string()
                .starts_with("the order has 250 problems\n  /numbers/0: No.")
        );
        assert!(problems.to_string().ends_with("\n  and 150 more"));
    }

    #[test]
    fn one_problem_is_told_alone() {
        let mut problems = Problems::default();
        problems.add("/a", Refused::new(Rule::TooShort, "No."));
        assert_eq!(problems.to_string(), "the order has 1 problem\n  /a: No.");
    }

    #[test]
    fn a_problem_is_serialized_with_its_stable_names() {
        let mut problems = Problems::default();
        problems.add("/a", Refused::new(Rule::TooShort, "Short.").between(1, 2));
        problems.add("/b", Refused::new(Rule::NotAUsState, "No."));
        problems.add(
            "/c",
            Refused::new(Rule::NotOneOf, "No.").one_of(&["X", "Y"]),
        );
        assert_eq!(
            serde_json::to_value(&problems).unwrap(),
            serde_json::json!({ "more": 0, "problems": [
                { "pointer": "/a", "rule": "too_short", "limit": { "min": 1, "max": 2 }, "message": "Short." },
                { "pointer": "/b", "rule": "not_a_us_state", "message": "No." },
                { "pointer": "/c", "rule": "not_one_of", "limit": { "oneOf": ["X", "Y"] }, "message": "No." },
            ]})
        );
    }
}

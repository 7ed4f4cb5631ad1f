//! Texts with bounds, keywords, and texts that must be one of a list.

use super::problem::{Refused, Rule};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A text type whose `Debug` shows that there is a value, and not which.
macro_rules! hidden_text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The value as the registry takes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(concat!(stringify!($name), "(***)"))
            }
        }
    };
}

/// A text type that takes one of a list of values. It is open (a text, not an `enum`), so that a
/// value which a registry withdraws can still be read from an old history.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident: $($value:literal)*) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Every value that an order may name.
            pub const ALL: &'static [&'static str] = &[$($value),*];

            /// Takes a value of the list, in its exact spelling.
            ///
            /// # Errors
            /// Any other text.
            pub fn parse(text: &str) -> Result<Self, Refused> {
                $crate::order::text::one_of(text, Self::ALL).map(|()| Self(text.to_owned()))
            }

            /// The value as the registry takes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}
pub(super) use {choice, hidden_text};

/// Refuses a text that is not one of `all`.
pub(super) fn one_of(text: &str, all: &'static [&'static str]) -> Result<(), Refused> {
    if all.contains(&text) {
        return Ok(());
    }
    let message = format!("This must be one of: {}.", all.join(", "));
    Err(Refused::new(Rule::NotOneOf, message).one_of(all))
}

/// Refuses a text whose number of characters (Unicode scalar values) is not `min` to `max`.
pub(super) fn check_length(text: &str, min: usize, max: usize) -> Result<(), Refused> {
    let length = text.chars().count();
    let (rule, advice) = match length {
        _ if length < min => (Rule::TooShort, format!("write at least {min}")),
        _ if length > max => (Rule::TooLong, format!("write at most {max}")),
        _ => return Ok(()),
    };
    let message = format!("The text has {length} characters: {advice}.");
    Err(Refused::new(rule, message).between(min, max))
}

/// A free text of `MIN` to `MAX` characters (Unicode scalar values).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text<const MIN: usize, const MAX: usize>(String);

impl<const MIN: usize, const MAX: usize> Text<MIN, MAX> {
    /// Takes a text within the bounds.
    ///
    /// # Errors
    /// A text that is shorter or longer.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        check_length(text, MIN, MAX).map(|()| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MIN: usize, const MAX: usize> fmt::Debug for Text<MIN, MAX> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Text(***)")
    }
}

/// Keywords that a subscriber may send, such as `STOP,END`: up to 255 characters, separated by
/// commas without spaces (Telnyx SDK: campaign submit parameters).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Keywords(String);

impl Keywords {
    /// Takes one or more keywords.
    ///
    /// # Errors
    /// Too long a text, an empty keyword, or a space.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        check_length(text, 1, 255)?;
        if text
            .split(',')
            .any(|word| word.is_empty() || word.contains(char::is_whitespace))
        {
            let message =
                "Write keywords separated by commas, without any space, such as STOP,END.";
            return Err(Refused::new(Rule::NotKeywords, message));
        }
        Ok(Self(text.to_owned()))
    }

    /// The keywords, separated by commas.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_measured_in_characters_and_both_bounds_are_allowed() {
        for (text, rule) in [
            ("é", Some(Rule::TooShort)),
            ("éé", None),
            ("ééé", None),
            ("éééé", Some(Rule::TooLong)),
        ] {
            assert_eq!(
                Text::<2, 3>::parse(text).err().map(|refused| refused.rule),
                rule,
                "{text}"
            );
        }
    }

    #[test]
    fn a_text_is_not_shown_by_debug() {
        let text = Text::<1, 10>::parse("secret").unwrap();
        assert_eq!(format!("{text:?}"), "Text(***)");
    }

    #[test]
    fn keywords_are_separated_by_commas_without_spaces() {
        for text in ["STOP", "STOP,END,QUIT", "ARRÊT"] {
            assert_eq!(Keywords::parse(text).unwrap().as_str(), text);
        }
        for text in [
            "STOP, END",
            "STOP END",
            "STOP,,END",
            ",STOP",
            "STOP,",
            "STOP\tEND",
        ] {
            assert_eq!(
                Keywords::parse(text).unwrap_err().rule,
                Rule::NotKeywords,
                "{text}"
            );
        }
        assert_eq!(Keywords::parse("").unwrap_err().rule, Rule::TooShort);
        assert_eq!(
            Keywords::parse(&"S".repeat(256)).unwrap_err().rule,
            Rule::TooLong
        );
    }
}

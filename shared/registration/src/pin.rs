//! The PIN by which a sole proprietor proves who they are: the registry texts it to their mobile
//! phone, and they hand it in.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A PIN. It is never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pin(String);

/// A text that no PIN looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a PIN has {min} to {max} letters or digits, without spaces: copy it from the text message",
    min = Pin::SHORTEST,
    max = Pin::LONGEST
)]
pub struct BadPin;

impl Pin {
    /// The registry publishes no form (its example is `123456`): the bounds are ours.
    pub const SHORTEST: usize = 4;
    /// See [`Pin::SHORTEST`].
    pub const LONGEST: usize = 12;

    /// Takes a PIN as a person typed it; spaces around it are dropped.
    ///
    /// # Errors
    /// A text that no PIN looks like.
    pub fn parse(text: &str) -> Result<Self, BadPin> {
        let pin = text.trim();
        let fits = (Self::SHORTEST..=Self::LONGEST).contains(&pin.len())
            && pin.bytes().all(|byte| byte.is_ascii_alphanumeric());
        fits.then(|| Self(pin.to_owned())).ok_or(BadPin)
    }

    /// The PIN as the registry takes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_a_short_word_and_never_shown() {
        for text in ["123456", " 123456\n", "A1B2"] {
            let pin = Pin::parse(text).unwrap();
            assert_eq!(pin.as_str(), text.trim());
            assert_eq!(format!("{pin:?}"), "Pin(***)");
        }
        for text in ["", "123", "12 34", "1234567890123", "12-34", "１２３４"] {
            assert_eq!(Pin::parse(text), Err(BadPin), "{text}");
        }
    }
}

//! Where a business is: country, state and postal code.

use super::problem::{Refused, Rule};
use super::text::check_length;
use isocountry::CountryCode;
use serde::{Deserialize, Serialize};

/// A country, as its ISO 3166 code of two capital letters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Country(String);

impl Country {
    /// Takes a two-letter code.
    ///
    /// # Errors
    /// Anything that is not a country's code in capital letters.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        match CountryCode::for_alpha2(text) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(_) => {
                let message = "This is not a country code: write the two capital letters of ISO \
                               3166, such as US.";
                Err(Refused::new(Rule::NotACountry, message))
            }
        }
    }

    /// Whether this is the United States.
    pub fn is_us(&self) -> bool {
        self.0 == "US"
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The codes that the US Postal Service lists: 50 states, the District of Columbia, territories,
/// freely associated states, and the three regions of the armed forces.
const US_STATES: [&str; 62] = [
    "AA", "AE", "AK", "AL", "AP", "AR", "AS", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "FM", "GA",
    "GU", "HI", "IA", "ID", "IL", "IN", "KS", "KY", "LA", "MA", "MD", "ME", "MH", "MI", "MN", "MO",
    "MP", "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM", "NV", "NY", "OH", "OK", "OR", "PA", "PR",
    "PW", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VI", "VT", "WA", "WI", "WV", "WY",
];

/// A state: in the US the Postal Service's two letters, elsewhere a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct State(String);

impl State {
    /// Takes the two letters of a US state or territory.
    ///
    /// # Errors
    /// Anything else.
    pub fn us(text: &str) -> Result<Self, Refused> {
        if US_STATES.contains(&text) {
            return Ok(Self(text.to_owned()));
        }
        let message = "This is not a US state: write its two capital letters, such as WA.";
        Err(Refused::new(Rule::NotAUsState, message).one_of(&US_STATES))
    }

    /// Takes the state or province of another country: up to 100 characters, a bound of ours.
    ///
    /// # Errors
    /// An empty or longer text.
    pub fn foreign(text: &str) -> Result<Self, Refused> {
        check_length(text, 1, 100).map(|()| Self(text.to_owned()))
    }

    /// The state as the registry takes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A postal code: in the US the ZIP code of five digits (Telnyx SDK: brand create parameters).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PostalCode(String);

impl PostalCode {
    /// Takes a ZIP code of five digits.
    ///
    /// # Errors
    /// Anything else.
    pub fn us(text: &str) -> Result<Self, Refused> {
        if text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self(text.to_owned()));
        }
        let message = "This is not a US ZIP code: write its five digits, such as 98101.";
        Err(Refused::new(Rule::NotAUsZip, message))
    }

    /// Takes the postal code of another country: up to 20 characters, a bound of ours.
    ///
    /// # Errors
    /// An empty or longer text.
    pub fn foreign(text: &str) -> Result<Self, Refused> {
        check_length(text, 1, 20).map(|()| Self(text.to_owned()))
    }

    /// The code as the registry takes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_two_capital_letters_of_the_iso_list() {
        assert!(Country::parse("US").unwrap().is_us());
        assert!(!Country::parse("CA").unwrap().is_us());
        for text in ["", "us", "USA", "ZZ", "U S"] {
            assert_eq!(
                Country::parse(text).unwrap_err().rule,
                Rule::NotACountry,
                "{text}"
            );
        }
    }

    #[test]
    fn a_us_state_is_one_that_the_postal_service_lists() {
        for text in ["WA", "DC", "PR"] {
            assert_eq!(State::us(text).unwrap().as_str(), text);
        }
        for text in ["", "wa", "Washington", "ZZ"] {
            assert_eq!(
                State::us(text).unwrap_err().rule,
                Rule::NotAUsState,
                "{text}"
            );
        }
        assert_eq!(
            State::foreign("British Columbia").unwrap().as_str(),
            "British Columbia"
        );
    }

    #[test]
    fn a_us_postal_code_is_five_digits() {
        assert_eq!(PostalCode::us("02134").unwrap().as_str(), "02134");
        for text in ["", "2134", "021345", "02134-1234", "O2134"] {
            assert_eq!(
                PostalCode::us(text).unwrap_err().rule,
                Rule::NotAUsZip,
                "{text}"
            );
        }
        assert_eq!(PostalCode::foreign("V6B 1A1").unwrap().as_str(), "V6B 1A1");
    }
}

//! The names of things. Each is a type of its own, so that a registry's id can
//! never be handed in where ours is meant.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::sequence::Step;

/// An id that does not have the form it must have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {form}")]
pub struct BadId {
    what: &'static str,
    form: &'static str,
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// Our id of one registration: `reg_` and a ULID in lower case, so that ids
    /// sort by the time they were given. A number's own registration is its
    /// parent's id with the number's place in the order: `reg_…-0001`.
    RegistrationId
}

text_id! {
    /// The product team a registration belongs to: 1 to 64 of `a-z 0-9 - _`.
    AccountId
}

text_id! {
    /// The id the registry gave to a brand, a campaign or an assignment.
    RegistryId
}

text_id! {
    /// Our reference of one submission, sent to the registry where it takes one
    /// and looked up there when in doubt. At most 50 characters (Telnyx SDK:
    /// campaign `referenceId`).
    Reference
}

text_id! {
    /// A W3C trace id: 32 hexadecimal digits. One per call from outside, carried
    /// through every message it causes.
    TraceId
}

text_id! {
    /// Who did it: `account acme`, `function register-brand`, `operator kim`.
    Actor
}

impl RegistrationId {
    /// The id for a registration that arrives at this millisecond of Unix time,
    /// made unique by 80 bits of `random`.
    pub fn new(unix_milliseconds: u64, random: u128) -> Self {
        let ulid = ulid::Ulid::from_parts(unix_milliseconds, random);
        Self(format!("reg_{}", ulid.to_string().to_ascii_lowercase()))
    }

    /// Reads an id that came from outside.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let bad = BadId {
            what: "a registration id",
            form: "`reg_` and 26 letters or digits, with `-` and a place for a number's own",
        };
        let (root, place) = match text.split_once('-') {
            Some((root, place)) => (root, Some(place)),
            None => (text, None),
        };
        let ulid = root.strip_prefix("reg_").ok_or_else(|| bad.clone())?;
        let plain = |t: &str| {
            t.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        let place_fits = place
            .is_none_or(|p| (4..=9).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit()));
        if ulid.len() == 26 && plain(ulid) && place_fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(bad)
        }
    }

    /// The registration of the number at `place` (from 1) in this order.
    pub fn number(&self, place: u32) -> Self {
        Self(format!("{}-{place:04}", self.0))
    }

    /// A number's place in its order, from 1; none for a whole business.
    pub fn place(&self) -> Option<u32> {
        let (_, place) = self.0.split_once('-')?;
        place.parse().ok()
    }

    /// The registration a number belongs to; none for a whole business.
    pub fn parent(&self) -> Option<Self> {
        let (root, _) = self.0.split_once('-')?;
        Some(Self(root.to_owned()))
    }
}

impl AccountId {
    /// Reads an account's name.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let fits = (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadId {
                what: "an account",
                form: "1 to 64 of a-z, 0-9, - and _",
            })
        }
    }
}

impl RegistryId {
    /// The id as the registry wrote it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl Reference {
    /// The same step and round of the same registration always has the same
    /// reference: that is what makes a second submission findable.
    pub fn of(registration: &RegistrationId, step: Step, round: Round) -> Self {
        Self(format!("{registration}-{step}-{round}"))
    }

    /// Whose it is; none if it is no reference of ours.
    pub fn registration(&self) -> Option<RegistrationId> {
        let mut parts = self.0.rsplitn(3, '-');
        let (_round, _step, whose) = (parts.next()?, parts.next()?, parts.next()?);
        RegistrationId::parse(whose).ok()
    }

    /// A reference as a registry shows it, ours or not; none if it is empty or
    /// longer than any of ours.
    pub fn read(text: &str) -> Option<Self> {
        (1..=50)
            .contains(&text.len())
            .then(|| Self(text.to_owned()))
    }
}

impl TraceId {
    /// A trace id out of 128 bits of `random`.
    pub fn new(random: u128) -> Self {
        Self(format!("{random:032x}"))
    }

    /// Reads the trace id out of a W3C `traceparent` header.
    pub fn from_traceparent(header: &str) -> Option<Self> {
        let id = header.split('-').nth(1)?;
        let hex = id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit());
        hex.then(|| Self(id.to_ascii_lowercase()))
    }
}

const FUNCTION: &str = "function ";
const OPERATOR: &str = "operator ";

impl Actor {
    /// A product team, through the API.
    pub fn account(account: &AccountId) -> Self {
        Self(format!("account {account}"))
    }

    /// One of our own functions.
    pub fn function(name: &str) -> Self {
        Self(format!("{FUNCTION}{name}"))
    }

    /// A person with an operator's token, named as the token is.
    pub fn operator(name: &str) -> Self {
        Self(format!("{OPERATOR}{name}"))
    }

    /// Whether it is one of our own functions, and no person and no account.
    pub fn is_function(&self) -> bool {
        self.0.starts_with(FUNCTION)
    }

    /// Whether it is an operator.
    pub fn is_operator(&self) -> bool {
        self.0.starts_with(OPERATOR)
    }
}

/// How many times a step has been started over with changed data, from 1.
/// Attempts within a round repeat the same submission; a round is a new one,
/// and costs a new fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Round(u32);

impl Round {
    /// Every step starts here.
    pub const FIRST: Self = Self(1);

    /// The round after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The round as a count, from 1.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_time_they_were_given() {
        let early = RegistrationId::new(1_000, u128::MAX);
        let late = RegistrationId::new(1_001, 0);
        assert!(early < late);
        assert_eq!(RegistrationId::parse(early.as_str()), Ok(early));
    }

    #[test]
    fn a_number_knows_its_parent() {
        let parent = RegistrationId::new(5, 7);
        let child = parent.number(12);
        assert!(child.as_str().ends_with("-0012"));
        assert_eq!(child.parent(), Some(parent.clone()));
        assert_eq!((child.place(), parent.place()), (Some(12), None));
        assert_eq!(parent.parent(), None);
        assert_eq!(RegistrationId::parse(child.as_str()), Ok(child));
    }

    #[test]
    fn an_id_from_outside_of_another_form_is_refused() {
        for text in [
            "",
            "reg_",
            "reg_01",
            "../etc",
            "reg_01h455vb4pex5vsknk084sn02q-x",
            "REG_01H455VB4PEX5VSKNK084SN02Q",
            "reg_01H455VB4PEX5VSKNK084SN02Q",
            "reg_01h455vb4pex5vsknk084sn02",
            "reg_01h455vb4pex5vsknk084sn02q-000a",
            "reg_01h455vb4pex5vsknk084sn02q-001",
        ] {
            assert!(RegistrationId::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_account_is_named_by_small_letters_digits_and_two_signs() {
        for text in ["acme", "acme-2", "acme_2", &"a".repeat(64)] {
            assert!(AccountId::parse(text).is_ok(), "{text}");
        }
        for text in ["", "Acme", "acme 2", "acme/2", "acm\u{e9}", &"a".repeat(65)] {
            assert!(AccountId::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_reference_says_whose_it_is_and_one_of_another_form_nothing() {
        let number = RegistrationId::new(5, 7).number(12);
        let reference = Reference::of(&number, Step::Number, Round::FIRST.next());
        assert_eq!(reference.as_str(), format!("{number}-number-2"));
        assert_eq!(reference.registration(), Some(number));
        let foreign = Reference::read("somebody-else's-1");
        assert_eq!(foreign.and_then(|foreign| foreign.registration()), None);
        assert_eq!(Reference::read(""), None);
        assert!(Reference::read(&"x".repeat(50)).is_some());
        assert_eq!(Reference::read(&"x".repeat(51)), None);
    }

    #[test]
    fn an_operator_is_known_by_its_kind_and_not_by_its_name() {
        let account = AccountId::parse("operator").unwrap();
        assert!(Actor::operator("jo").is_operator());
        assert!(!Actor::account(&account).is_operator());
        assert!(!Actor::function("operator").is_operator());
    }

    #[test]
    fn a_reference_fits_the_registry_in_every_step() {
        let id = RegistrationId::new(u64::MAX >> 16, u128::MAX);
        for &step in Step::ALL {
            let whose = match step {
                Step::Number | Step::Detach | Step::EndNumber => id.number(5_000),
                _ => id.clone(),
            };
            let reference = Reference::of(&whose, step, Round(999));
            assert!(reference.as_str().len() <= 50, "{reference}");
        }
    }

    #[test]
    fn a_trace_id_is_taken_from_a_traceparent_and_from_nothing_else() {
        let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let id = TraceId::from_traceparent(header);
        assert_eq!(
            id.map(|id| id.to_string()),
            Some("4bf92f3577b34da6a3ce929d0e0e4736".to_owned())
        );
        for header in [
            "nonsense",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473x-00f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceId::from_traceparent(header), None, "{header}");
        }
    }
}

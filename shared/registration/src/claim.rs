//! What can belong to one registration only, and what several may stand on.
//!
//! Orders meet here: a number sends for one campaign at a time, a brand that the
//! registry has is some account's, and an order that was sent twice is meant once.
//! A store keeps who has each [`Thing`] by its [`Thing::name`]; whoever is first
//! keeps it.

use std::fmt;
use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::event::Verdict;
use crate::facts::{Facts, Subject};
use crate::id::{AccountId, RegistrationId, RegistryId};
use crate::order::{Brand, Campaign, PhoneNumber, Text};
use crate::sequence::Step;

/// Something that belongs to one registration.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Thing {
    /// A number, by the registration that it has as part of an order.
    Number(PhoneNumber),
    /// What the registry has as the subject of a step, under the id it gave.
    Registered {
        /// Brand, vetting or campaign.
        step: Step,
        /// The registry's id.
        id: RegistryId,
    },
    /// An order of one campaign for one business, by its content.
    Ordered(Fingerprint),
    /// That a registration stands on what another one has registered. Never
    /// contested: each registration has its own.
    Use {
        /// Brand or campaign.
        step: Step,
        /// The registry's id.
        id: RegistryId,
        /// Who stands on it.
        by: RegistrationId,
    },
    /// That a registration is parked because another account has this brand.
    Ask {
        /// The registry's id.
        brand: RegistryId,
        /// Who is parked.
        by: RegistrationId,
    },
}

impl Thing {
    /// The name that a store keeps it by: stable, and no two things have the same.
    pub fn name(&self) -> Name {
        let (of, by) = match self {
            Self::Number(number) => (format!("number/{}", number.as_str()), None),
            Self::Registered { step, id } => (format!("{step}/{id}"), None),
            Self::Ordered(fingerprint) => (format!("ordered/{}", fingerprint.0), None),
            Self::Use { step, id, by } => (Self::uses(*step, id), Some(by)),
            Self::Ask { brand, by } => (Self::asks(brand), Some(by)),
        };
        let by = by.map_or_else(|| ONE.to_owned(), ToString::to_string);
        Name { of, by }
    }

    /// What all uses of a thing are listed under ([`Name::of`]).
    pub fn uses(step: Step, id: &RegistryId) -> String {
        format!("use/{step}/{id}")
    }

    /// What all who ask for a brand are listed under ([`Name::of`]).
    pub fn asks(brand: &RegistryId) -> String {
        format!("ask/{brand}")
    }

    /// The subject of a step at the registry, if it is one that others can find there.
    pub fn registered(step: Step, id: &RegistryId) -> Option<Self> {
        matches!(step, Step::Brand | Step::Vetting | Step::Campaign).then(|| Self::Registered {
            step,
            id: id.clone(),
        })
    }
}

/// In the place of a registration, where only one can have the thing.
const ONE: &str = "holder";

/// The two parts of a thing's name. What is listed together has the first in common.
#[derive(Clone, PartialEq, Eq)]
pub struct Name {
    /// What it is about.
    pub of: String,
    /// Which one of those.
    pub by: String,
}

/// Shows no number.
impl fmt::Debug for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(_) => f.write_str("a number"),
            other => f.write_str(&other.name().of),
        }
    }
}

/// Who has a thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The registration: a number's own for a number, an order's for the rest.
    pub registration: RegistrationId,
    /// Whose registration that is.
    pub account: AccountId,
    /// Since when.
    pub since: Timestamp,
}

/// One registration's wish to have a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What.
    pub thing: Thing,
    /// For whom.
    pub holder: Holder,
    /// Who may lose it by this: a holder that has no use of it any more, or one it is
    /// moved away from. Anybody else who has it keeps it.
    pub instead_of: Option<RegistrationId>,
}

impl Claim {
    /// Whether whoever has the thing keeps it from this claim.
    pub fn is_kept_by(&self, holder: &Holder) -> bool {
        let has = &holder.registration;
        *has != self.holder.registration && Some(has) != self.instead_of.as_ref()
    }
}

/// SHA-256 over what makes two orders one and the same, 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint(String);

/// The business behind a brand, however it was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Business(String);

impl Business {
    /// By what the law knows it by: country and EIN; a person without one by name and
    /// mobile phone.
    pub fn of(brand: &Brand) -> Self {
        let name = |name: Option<&Text<1, 100>>| folded(name.map_or("", Text::as_str));
        Self(match &brand.ein {
            Some(ein) => {
                let signs = ein.as_str().chars().filter(char::is_ascii_alphanumeric);
                let ein: String = signs.collect();
                digest(&["ein", brand.country.as_str(), &ein.to_lowercase()])
            }
            None => digest(&[
                "person",
                &name(brand.first_name.as_ref()),
                &name(brand.last_name.as_ref()),
                brand.mobile_phone.as_ref().map_or("", PhoneNumber::as_str),
            ]),
        })
    }

    /// Where nothing names it.
    pub fn unknown() -> Self {
        Self(digest(&["unknown"]))
    }

    /// By the registry's id, where the brand was never ordered here.
    pub fn registered(id: &RegistryId) -> Self {
        Self(digest(&["brand", id.as_str()]))
    }
}

impl Fingerprint {
    /// Of a new campaign for this business: use case and texts, whatever their case
    /// and spacing.
    pub fn of(account: &AccountId, business: &Business, campaign: &Campaign) -> Self {
        Self(digest(&[account.as_str(), &business.0, &content(campaign)]))
    }
}

fn content(campaign: &Campaign) -> String {
    let mut parts = vec![
        campaign.usecase.as_str().to_owned(),
        folded(campaign.description.as_str()),
        folded(campaign.message_flow.as_str()),
    ];
    let subs = campaign.sub_usecases.iter().map(|sub| sub.as_str());
    parts.extend(subs.map(str::to_owned));
    parts.extend(campaign.samples.iter().map(|text| folded(text.as_str())));
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    digest(&parts)
}

fn folded(text: &str) -> String {
    let words = text.split_whitespace().map(str::to_lowercase);
    words.collect::<Vec<_>>().join(" ")
}

/// SHA-256 of some texts, 64 hexadecimal digits, for a name that is no personal data.
/// Every part has its length before it, so that no two lists look the same.
pub fn digest(parts: &[&str]) -> String {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update((part.len() as u64).to_be_bytes());
        sha.update(part.as_bytes());
    }
    let mut text = String::with_capacity(64);
    for byte in sha.finalize() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Whether a number's own registration still has its number: it is assigned, or on its
/// way.
pub fn keeps_number(number: &Facts) -> bool {
    if number.cancelled() {
        return false;
    }
    match number.verdict(Step::Number) {
        None | Some(Verdict::Approved | Verdict::Suspended { .. }) => true,
        Some(_) => false,
    }
}

/// Whether an order whose numbers were not begun still wants them.
pub fn wants_numbers(order: &Facts) -> bool {
    !order.cancelled() && order.verdict(Step::Campaign) != Some(&Verdict::Expired)
}

/// Whether an order is still there, as it is or to be corrected, so that the same
/// order again would be a second one.
pub fn is_ordered(order: &Facts, campaign: &Campaign) -> bool {
    let Subject::Business { order: known } = order.subject() else {
        return false;
    };
    let known = known.campaign.new_part().map(content);
    wants_numbers(order) && known == Some(content(campaign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_are_listed_by_what_is_used_and_nothing_else_is_among_them() {
        let (one, other) = (RegistrationId::new(1, 2), RegistrationId::new(1, 3));
        let used = |id: &str, by: &RegistrationId| Thing::Use {
            step: Step::Brand,
            id: RegistryId::new(id),
            by: by.clone(),
        };
        let listed = Thing::uses(Step::Brand, &RegistryId::new("b1"));
        assert_eq!(used("b1", &one).name().of, listed);
        assert_eq!(used("b1", &other).name().of, listed);
        assert!(used("b1", &one).name() != used("b1", &other).name());
        let brand = Thing::Registered {
            step: Step::Brand,
            id: RegistryId::new("b1"),
        };
        for thing in [used("b2", &one), used("b", &one), brand] {
            assert_ne!(thing.name().of, listed);
        }
    }

    #[test]
    fn a_number_is_not_shown_by_debug() {
        let thing = Thing::Number(PhoneNumber::parse("+12065550100").unwrap());
        assert!(!format!("{thing:?}").contains("206"));
    }

    #[test]
    fn case_and_spacing_make_no_other_order_and_a_word_does() {
        assert_eq!(folded(" Reply  STOP\nto end "), folded("reply stop to end"));
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
    }
}

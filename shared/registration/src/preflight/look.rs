//! An order as the rules look at it: its texts as words, each with its place.

use std::ops::Range;

use super::rule::Place;
use super::words::{Denial, Words};
use crate::order::{Brand, Campaign, EntityType, Order};

/// An order, its texts taken apart once for all rules. What is registered already has been
/// reviewed and is not looked at.
pub(super) struct Look<'a> {
    pub(super) brand: Option<&'a Brand>,
    pub(super) campaign: Option<&'a Campaign>,
    pub(super) numbers: usize,
    /// What the brand may be called, without its legal form; none if it is registered already.
    pub(super) names: Vec<Words>,
    pub(super) description: Option<Field<'a>>,
    pub(super) flow: Option<Field<'a>>,
    pub(super) samples: Vec<Field<'a>>,
    pub(super) help: Option<Field<'a>>,
    pub(super) optin: Option<Field<'a>>,
    pub(super) optout: Option<Field<'a>>,
}

/// A text and where it stands.
pub(super) struct Field<'a> {
    pub(super) pointer: String,
    pub(super) text: &'a str,
    pub(super) words: Words,
}

impl<'a> Field<'a> {
    pub(super) fn new(pointer: impl Into<String>, text: &'a str) -> Self {
        Self {
            pointer: pointer.into(),
            text,
            words: Words::of(text),
        }
    }

    pub(super) fn has(&self, phrases: &[&str]) -> bool {
        self.words.has(phrases)
    }

    /// Where one of the phrases is said, and not denied near before it.
    pub(super) fn said(&self, phrases: &[&str]) -> Option<Place> {
        let found = self.words.said(phrases, Denial::Near);
        found.map(|words| self.place(&words))
    }

    /// Where one of the phrases is said, and not denied in its sentence.
    pub(super) fn said_at_all(&self, phrases: &[&str]) -> Option<Place> {
        let found = self.words.said(phrases, Denial::InSentence);
        found.map(|words| self.place(&words))
    }

    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// The whole text.
    pub(super) fn whole(&self) -> Place {
        Place::at(&self.pointer)
    }

    pub(super) fn characters(&self, characters: Range<usize>) -> Place {
        Place {
            characters: Some(characters),
            ..self.whole()
        }
    }

    fn place(&self, words: &Range<usize>) -> Place {
        Place {
            characters: self.words.characters(words),
            ..self.whole()
        }
    }
}

impl<'a> Look<'a> {
    pub(super) fn at(order: &'a Order) -> Self {
        let brand = order.brand.new_part();
        let campaign = order.campaign.new_part();
        let text = |pointer: &str, text: Option<&'a str>| Some(Field::new(pointer, text?));
        Self {
            brand,
            campaign,
            numbers: order.numbers.as_slice().len(),
            names: brand.map(names).unwrap_or_default(),
            description: text(
                "/campaign/description",
                campaign.map(|campaign| campaign.description.as_str()),
            ),
            flow: text(
                "/campaign/messageFlow",
                campaign.map(|campaign| campaign.message_flow.as_str()),
            ),
            samples: campaign.map(samples).unwrap_or_default(),
            help: text(
                "/campaign/helpMessage",
                campaign.and_then(|campaign| Some(campaign.help_message.as_ref()?.as_str())),
            ),
            optin: text(
                "/campaign/optinMessage",
                campaign.and_then(|campaign| Some(campaign.optin_message.as_ref()?.as_str())),
            ),
            optout: text(
                "/campaign/optoutMessage",
                campaign.and_then(|campaign| Some(campaign.optout_message.as_ref()?.as_str())),
            ),
        }
    }

    /// Whether a text names the brand. Of a brand that is registered already the names are not
    /// known here, and it counts as named.
    pub(super) fn names_the_brand(&self, field: &Field<'_>) -> bool {
        self.names.is_empty() || self.names.iter().any(|name| field.words.names(name))
    }

    /// The use case and those that it is made of.
    pub(super) fn is_for(&self, usecases: &[&str]) -> bool {
        self.campaign.is_some_and(|campaign| {
            let parts = campaign.sub_usecases.iter();
            let mut all = parts.chain([&campaign.usecase]);
            all.any(|usecase| usecases.contains(&usecase.as_str()))
        })
    }

    /// The use case itself.
    pub(super) fn usecase(&self) -> &str {
        self.campaign
            .map(|campaign| campaign.usecase.as_str())
            .unwrap_or_default()
    }

    pub(super) fn is_entity(&self, types: &[&str]) -> bool {
        self.brand
            .is_some_and(|brand| types.contains(&brand.entity_type.as_str()))
    }

    /// What is sent and what it is said to be: description and samples.
    pub(super) fn content(&self) -> impl Iterator<Item = &Field<'a>> {
        self.samples.iter().chain(&self.description)
    }
}

fn samples(campaign: &Campaign) -> Vec<Field<'_>> {
    let samples = campaign.samples.iter().enumerate();
    samples
        .map(|(place, text)| Field::new(format!("/campaign/samples/{place}"), text.as_str()))
        .collect()
}

/// Words that say what kind of body a name belongs to.
pub(super) const LEGAL_FORMS: &[&str] = &[
    "llc",
    "l l c",
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "co",
    "company",
    "ltd",
    "limited",
    "lp",
    "l p",
    "llp",
    "l l p",
    "pllc",
    "p l l c",
    "pc",
    "p c",
    "pa",
    "p a",
    "plc",
    "lllp",
    "gmbh",
    "ag",
    "sa",
    "s a",
    "srl",
    "sarl",
    "sas",
    "bv",
    "b v",
    "nv",
    "ab",
    "oy",
    "as",
    "kg",
    "pty",
    "ulc",
    "cooperative",
    "coop",
    "association",
    "trust",
    "partnership",
    "bank",
    "na",
    "n a",
    "fsb",
    "foundation",
    "credit union",
    "union",
    "society",
    "chartered",
    "s c",
    "sc",
];

/// What the brand may be called: both its names, without the legal form at the end and without
/// the article before it.
fn names(brand: &Brand) -> Vec<Words> {
    let company = brand.company_name.as_ref().map(|name| name.as_str());
    let person = (brand.entity_type.as_str() == EntityType::SOLE_PROPRIETOR)
        .then(|| Some([brand.first_name.as_ref()?, brand.last_name.as_ref()?]))
        .flatten()
        .map(|[first, last]| format!("{} {}", first.as_str(), last.as_str()));
    let names = [
        Some(brand.display_name.as_str()),
        company,
        person.as_deref(),
    ];
    let names = names.into_iter().flatten().map(|name| {
        let words = Words::of(name);
        let mut words: Vec<&str> = words.iter().collect();
        if words.first() == Some(&"the") && words.len() > 1 {
            words.remove(0);
        }
        let form = LEGAL_FORMS.iter().filter_map(|form| {
            let form: Vec<&str> = form.split(' ').collect();
            (words.len() > form.len() && words.ends_with(&form)).then_some(form.len())
        });
        let kept = words.len() - form.max().unwrap_or_default();
        Words::of(&words.get(..kept).unwrap_or_default().join(" "))
    });
    names.filter(|name| !name.is_empty()).collect()
}

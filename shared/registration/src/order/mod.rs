//! The order: what a product team sends us to have one business registered.
//!
//! An order is one JSON document with three parts and a fourth that few need, whose field names are
//! those of the registry:
//!
//! ```json
//! { "brand":    { "entityType": "PRIVATE_PROFIT", "displayName": "…", "ein": "12-3456789", … },
//!   "campaign": { "usecase": "MIXED", "samples": ["…", "…"], "messageFlow": "…", … },
//!   "numbers":  ["+12065550100", …],
//!   "vetting":  { "evpId": "…", "vettingClass": "…" } }
//! ```
//!
//! Beside the parts, `"move_numbers": true` takes numbers off other orders of the account, and
//! `"again": true` orders what the account has ordered before.
//!
//! A brand or a campaign that is registered already is named instead, `{ "registrationId": "reg_…" }`
//! (ours) or `{ "registryId": "…" }`; then only the rest is registered.
//!
//! There are two doors into an [`Order`], and they are different on purpose:
//!
//! - [`Order::read`] is for a document from **outside**. It checks everything that can be decided
//!   from the order alone, because each submission to a registry costs money and takes days, and
//!   reports every problem at once, each with its JSON pointer.
//! - `Deserialize` is for our **own** stored history. It checks no rule and ignores unknown
//!   fields: a rule tightened later must never make an old history unreadable. For the same
//!   reason the values of a list such as [`Usecase`] are kept as text, and a field added after
//!   the first release must be optional or have a serde default.
//!
//! No `Debug` of a type in this module shows what a person typed: an EIN, a name, a phone number
//! or a mail address never reaches a log through it.
//!
//! Layout: [`Brand`], [`Campaign`], [`Numbers`] and [`Vetting`] say what each part holds; `text`, `contact`
//! and `place` are the types of single values; `reader` takes fields out of a document and
//! collects problems; `rules` holds the rules between fields; `problem` is how one is reported.

mod brand;
mod campaign;
mod contact;
mod numbers;
mod part;
mod place;
mod problem;
mod reader;
mod rules;
mod text;
mod vetting;

pub use brand::{AltBusinessIdType, Brand, BrandRelationship, EntityType, StockExchange, Vertical};
pub use campaign::{Campaign, Usecase};
pub use contact::{Ein, Email, PhoneNumber, WebAddress};
pub use numbers::Numbers;
pub use part::{Existing, Part};
pub use place::{Country, PostalCode, State};
pub use problem::{Limit, Problem, Problems, Refused, Rule};
pub use text::{Keywords, Text};
pub use vetting::Vetting;

use crate::sequence::Step;
use reader::Reader;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One business to register: its brand, one campaign, and the numbers that will send for it.
///
/// ```
/// let problems = registration::order::Order::read(&serde_json::json!({ "brand": {} })).unwrap_err();
/// assert!(problems.iter().any(|problem| problem.pointer == "/brand/entityType"));
/// assert!(problems.iter().any(|problem| problem.pointer == "/campaign"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Order {
    /// The legal entity.
    pub brand: Part<Brand>,
    /// What it will send, and how people agree to receive it.
    pub campaign: Part<Campaign>,
    /// The numbers that will send.
    pub numbers: Numbers,
    /// A vetting of the brand, if it is to have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vetting: Option<Vetting>,
    /// Numbers that are in another order of the account are taken off there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub move_numbers: bool,
    /// The account knows that it has ordered the same before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
}

impl Order {
    /// Reads a document from outside, checking everything that the order alone can tell.
    ///
    /// `null` counts as not given, and whitespace around a text is dropped. The size of the
    /// document must have been bounded before.
    ///
    /// # Errors
    /// Every problem found, not only the first.
    pub fn read(document: &Value) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let order = Reader::document(document, &mut problems, |fields| {
            let brand = fields.part("brand", |fields| Part::read(fields, Brand::read));
            let campaign = fields.part("campaign", |fields| Part::read(fields, Campaign::read));
            let vetting = fields.optional_part("vetting", Vetting::read);
            let move_numbers = fields.flag("move_numbers").unwrap_or_default();
            let again = fields.flag("again").unwrap_or_default();
            // Before the numbers: thousands of bad ones must not crowd these out of the answer.
            rules::check(document, fields.problems());
            let numbers = Numbers::read(fields);
            Some(Self {
                brand: brand?,
                campaign: campaign?,
                numbers: numbers?,
                vetting,
                move_numbers,
                again,
            })
        });
        match order {
            Some(order) if problems.is_empty() => Ok(order),
            _ => Err(problems),
        }
    }

    /// Whether the brand is a person, who proves who they are by a PIN that comes by SMS.
    pub fn needs_pin(&self) -> bool {
        self.brand
            .new_part()
            .is_some_and(|brand| brand.entity_type.as_str() == EntityType::SOLE_PROPRIETOR)
    }

    /// Whether the brand is a public company, which confirms it by an e-mail of the registry.
    pub fn needs_confirmation(&self) -> bool {
        self.brand
            .new_part()
            .is_some_and(|brand| brand.entity_type.as_str() == EntityType::PUBLIC_PROFIT)
    }

    /// What the registry will charge if everything is taken at the first submission, in US
    /// cents at its public prices, step by step.
    pub fn expected_fees(&self) -> Vec<(Step, u32)> {
        let orders_vetting = self.vetting.as_ref();
        let orders_vetting = orders_vetting.is_some_and(|vetting| vetting.vetting_class.is_some());
        let steps = [
            (Step::Brand, self.brand.new_part().is_some()),
            (Step::Vetting, orders_vetting),
            (Step::Campaign, self.campaign.new_part().is_some()),
        ];
        let sent = steps.into_iter().filter(|(_, is_sent)| *is_sent);
        sent.filter_map(|(step, _)| Some((step, step.fee()?)))
            .collect()
    }

    /// Whether the order asks for a vetting of the brand. The carriers may ask for one
    /// too ([`crate::qualification`]).
    pub fn needs_vetting(&self) -> bool {
        self.vetting.is_some()
    }
}

//! What reviewers refuse, said before any fee is paid.
//!
//! An order that [`Order::read`](crate::Order::read) takes is complete and well-formed; whether a
//! person at the registry or a carrier will approve it is another question. It is answered by
//! rules, each one entry: what it looks at, its sentence and source, and two examples, one that
//! it finds and one that it leaves alone. `docs/preflight.md` is made from them.
//!
//! Layout: `rule` says what a rule and a finding are; `look` takes an order's texts apart, by
//! `words` (folded for case, accents and punctuation) and `marks` (links, phone numbers);
//! `consent`, `content`, `use_case`, `flags`, `messages`, `brand` and `links` hold the rules;
//! `policy` is what an operator makes of them.

mod address;
mod brand;
mod consent;
mod content;
mod flags;
mod links;
mod look;
mod marks;
mod messages;
pub mod pages;
mod policy;
mod resubmission;
mod rule;
mod use_case;
pub(crate) mod words;

pub use policy::{Policy, PolicyError};
pub use resubmission::{UNCHANGED, resubmission};
pub use rule::{Category, Characters, Finding, Rule, Told, Weight};

use crate::order::Order;
use look::Look;

/// The order that the rules' examples change: it has no findings.
pub const GOOD_ORDER: &str = include_str!("good-order.json");

const CODES: &str =
    "Twilio's error pages 30880 to 30934 (the same reasons come as words elsewhere)";
const SIGN_IN: &str = "Twilio's error page 30909: a sign-in needs public screenshots";
const CATEGORIES: &str = "rejection categories of the Telnyx SDK (failureReasons)";
const USE_CASES: &str = "Telnyx SDK: subUsecases of MIXED and LOW_VOLUME, each as it will be sent";
const FLAGS: &str = "Telnyx SDK: embeddedLink, embeddedPhone, ageGated, directLending, numberPool";
const KEYWORDS: &str = "providers' help pages: opt-out keywords hold STOP, help keywords HELP";
const MESSAGES: &str = "rejection category MANDATORY_MESSAGE_TERMINOLOGY of the Telnyx SDK";
const PASSCODES: &str =
    "rejection category MANDATORY_MESSAGE_TERMINOLOGY; samples of passcodes need no STOP";
const SHORTENERS: &str = "public link shorteners are refused (Telnyx SDK: embeddedLinkSample)";
const CONTENT: &str = "CTIA messaging principles, and providers' lists of forbidden content";
const BRANDS: &str =
    "Telnyx 10DLC documents on brand registration: the data must match to the letter";
const PREFIXES: &str = "IRS list of valid EIN prefixes";
const TAX_NUMBERS: &str = "Telnyx 10DLC documents on brand registration: tax numbers by country";
const ADDRESSES: &str = "Telnyx 10DLC troubleshooting: addresses as USPS writes them";
const AUTHENTICATION: &str =
    "Telnyx release note of 2024-09-11: public companies confirm an e-mail at their own domain";

/// Every rule, by what it is about.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let groups = [
        consent::RULES,
        content::RULES,
        use_case::RULES,
        flags::RULES,
        messages::RULES,
        brand::RULES,
        links::RULES,
    ];
    groups.into_iter().flatten()
}

/// Every rule, with those that look at more than an order: at a correction, or at pages.
pub fn every_rule() -> impl Iterator<Item = &'static Rule> {
    rules().chain([&UNCHANGED]).chain(pages::RULES)
}

/// Everything that a reviewer would find, errors first.
pub fn preflight(order: &Order) -> Vec<Finding> {
    preflight_by(order, &Policy::default())
}

/// Everything that a reviewer would find, weighed by a policy, errors first.
pub fn preflight_by(order: &Order, policy: &Policy) -> Vec<Finding> {
    let look = Look::at(order);
    let found = rules().flat_map(|rule| {
        (rule.find)(&look)
            .into_iter()
            .map(|place| rule.found(place))
    });
    let mut findings: Vec<Finding> = found.filter_map(|finding| policy.weigh(finding)).collect();
    findings.sort_by_key(|finding| finding.weight);
    findings
}

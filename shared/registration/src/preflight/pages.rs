//! What the pages say that an order links to. Reading them is for the crate `pages`; here they
//! are judged.

use super::look::Look;
use super::rule::{Category, Finding, Place, Rule, Weight};
use super::words::Words;
use super::{CODES, address};
use crate::order::Order;

/// A page that an order links to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The brand's web site.
    Website,
    /// The privacy policy.
    Privacy,
    /// The terms and conditions.
    Terms,
}

impl Page {
    /// Where it is linked, as a JSON pointer into the order.
    pub fn pointer(self) -> &'static str {
        match self {
            Self::Website => "/brand/website",
            Self::Privacy => "/campaign/privacyPolicyLink",
            Self::Terms => "/campaign/termsAndConditionsLink",
        }
    }
}

/// The rules of pages. Their examples are texts of pages; a page that does not answer is the
/// empty text.
pub static RULES: &[Rule] = &[
    Rule {
        id: "page-unreachable",
        weight: Weight::Warning,
        category: Category::Other,
        codes: &[30882, 30908],
        looks_at: &[
            "/brand/website",
            "/campaign/privacyPolicyLink",
            "/campaign/termsAndConditionsLink",
        ],
        message: "The page did not answer within five seconds by https, as a public page at its own \
                  domain: see that it is there for everybody.",
        source: CODES,
        finds: "",
        leaves: "Maple Row Veterinary, the practice in Portland.",
        find: |_| Vec::new(),
    },
    Rule {
        id: "website-without-name",
        weight: Weight::Warning,
        category: Category::BrandInconsistencies,
        codes: &[],
        looks_at: &["/brand/website"],
        message: "The web site does not say the business's name: reviewers look for it there.",
        source: super::BRANDS,
        finds: "Welcome to our practice.",
        leaves: "Welcome to MAPLE ROW VETERINARY.",
        find: |_| Vec::new(),
    },
    Rule {
        id: "privacy-page-silent",
        weight: Weight::Warning,
        category: Category::PrivacyPolicy,
        codes: &[30908, 30932],
        looks_at: &["/campaign/privacyPolicyLink"],
        message: "The privacy policy does not say that mobile numbers and consent are not shared \
                  with or sold to others: add the sentence.",
        source: CODES,
        finds: "Privacy policy. We may share your data with our marketing partners.",
        leaves: "Privacy policy. Mobile numbers will not be shared with third parties.",
        find: |_| Vec::new(),
    },
    Rule {
        id: "terms-page-without-stop",
        weight: Weight::Warning,
        category: Category::TermsAndConditions,
        codes: &[30882],
        looks_at: &["/campaign/termsAndConditionsLink"],
        message: "The terms do not say how to stop the messages: add words such as Reply STOP to \
                  opt out.",
        source: CODES,
        finds: "Terms of service. All rights reserved.",
        leaves: "Terms of service. Reply STOP to end the messages.",
        find: |_| Vec::new(),
    },
];

const NOT_SHARED: &[&str] = &[
    "not|never|no|nor|dont|doesnt|wont ~ share*|sell*|sold|rent*|disclos*|transfer*|give*|provide*|trade*|pass*",
    "no ~ ~ share*|sold|sell*|disclos*|transfer*",
    "exclud* ~ opt|consent|mobile|text",
];

/// What an order links to, with the address.
pub fn linked(order: &Order) -> Vec<(Page, &str)> {
    let brand = order.brand.new_part();
    let campaign = order.campaign.new_part();
    let pages = [
        (
            Page::Website,
            brand.and_then(|brand| brand.website.as_ref()),
        ),
        (
            Page::Privacy,
            campaign.and_then(|campaign| campaign.privacy_policy_link.as_ref()),
        ),
        (
            Page::Terms,
            campaign.and_then(|campaign| campaign.terms_and_conditions_link.as_ref()),
        ),
    ];
    pages
        .into_iter()
        .filter_map(|(page, link)| Some((page, link?.as_str())))
        .collect()
}

/// What a reviewer would find on a page; none: it did not answer.
pub fn judge(order: &Order, page: Page, text: Option<&str>) -> Vec<Finding> {
    let look = Look::at(order);
    let words = text.map(Words::of).filter(|words| !words.is_empty());
    let wrong = match (&words, page) {
        (None, _) => Some("page-unreachable"),
        (Some(words), Page::Website) => {
            let named = look.names.is_empty() || look.names.iter().any(|name| words.names(name));
            (!named).then_some("website-without-name")
        }
        (Some(words), Page::Privacy) => (!words.has(NOT_SHARED)).then_some("privacy-page-silent"),
        (Some(words), Page::Terms) => {
            let stops = words.has(&["stop", "opt out", "unsubscribe"]);
            (!stops).then_some("terms-page-without-stop")
        }
    };
    let found = RULES.iter().filter(|rule| Some(rule.id) == wrong);
    found
        .map(|rule| rule.found(Place::at(page.pointer())))
        .collect()
}

/// Whether two hosts are of one business.
pub fn same_domain(one: &str, other: &str) -> bool {
    let bare = |host: &str| host.to_lowercase().trim_start_matches("www.").to_owned();
    address::same_domain(&bare(one), &bare(other))
}

//! The links to the privacy policy and the terms.

use super::address;
use super::look::Look;
use super::rule::{Category, Place, Rule, Weight};
use super::{CATEGORIES, CODES};
use crate::order::{Campaign, WebAddress};

const PRIVACY: &str = "/campaign/privacyPolicyLink";
const TERMS: &str = "/campaign/termsAndConditionsLink";

/// Links.
pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "privacy-link-missing",
        weight: Weight::Warning,
        category: Category::PrivacyPolicy,
        codes: &[30908],
        looks_at: &[PRIVACY],
        message: "There is no link to a privacy policy: reviewers look for one that says that \
                  numbers are not shared.",
        source: CODES,
        finds: r#"{"campaign":{"privacyPolicyLink":null}}"#,
        leaves: r#"{"campaign":{"privacyPolicyLink":"https://www.maplerowvet.example/legal/privacy"}}"#,
        find: |look| {
            missing(look, PRIVACY, |campaign| {
                campaign.privacy_policy_link.as_ref()
            })
        },
    },
    Rule {
        id: "terms-link-missing",
        weight: Weight::Warning,
        category: Category::TermsAndConditions,
        codes: &[30882],
        looks_at: &[TERMS],
        message: "There is no link to terms and conditions: reviewers look for one.",
        source: CODES,
        finds: r#"{"campaign":{"termsAndConditionsLink":null}}"#,
        leaves: r#"{"campaign":{"termsAndConditionsLink":"https://www.maplerowvet.example/legal/terms"}}"#,
        find: |look| {
            missing(look, TERMS, |campaign| {
                campaign.terms_and_conditions_link.as_ref()
            })
        },
    },
    Rule {
        id: "links-same-page",
        weight: Weight::Warning,
        category: Category::PrivacyPolicy,
        codes: &[30882, 30908],
        looks_at: &[PRIVACY, TERMS],
        message: "Privacy policy and terms are one page: link each to its own.",
        source: CODES,
        finds: r#"{"campaign":{"termsAndConditionsLink":"https://maplerowvet.example/privacy/"}}"#,
        leaves: r#"{"campaign":{"termsAndConditionsLink":"https://maplerowvet.example/privacy/terms"}}"#,
        find: |look| {
            let pages = look.campaign.and_then(|campaign| {
                let privacy = campaign.privacy_policy_link.as_ref()?;
                Some((
                    page(privacy.as_str()),
                    page(campaign.terms_and_conditions_link.as_ref()?.as_str()),
                ))
            });
            let same = pages.is_some_and(|(privacy, terms)| privacy == terms);
            same.then(|| Place::at(TERMS)).into_iter().collect()
        },
    },
    Rule {
        id: "links-swapped",
        weight: Weight::Warning,
        category: Category::PrivacyPolicy,
        codes: &[30882, 30908],
        looks_at: &[PRIVACY, TERMS],
        message: "The address reads like that of the other page: privacy policy and terms seem \
                  swapped.",
        source: CODES,
        finds: r#"{"campaign":{"privacyPolicyLink":"https://maplerowvet.example/terms","termsAndConditionsLink":"https://maplerowvet.example/privacy"}}"#,
        leaves: r#"{"campaign":{"privacyPolicyLink":"https://maplerowvet.example/terms/privacy"}}"#,
        find: |look| {
            let swapped = look.campaign.is_some_and(|campaign| {
                let path = |link: Option<&WebAddress>| {
                    link.map(|link| page(link.as_str())).unwrap_or_default()
                };
                let (privacy, terms) = (
                    path(campaign.privacy_policy_link.as_ref()),
                    path(campaign.terms_and_conditions_link.as_ref()),
                );
                privacy.contains("terms")
                    && !privacy.contains("priva")
                    && terms.contains("priva")
                    && !terms.contains("terms")
            });
            swapped.then(|| Place::at(PRIVACY)).into_iter().collect()
        },
    },
    Rule {
        id: "link-not-https",
        weight: Weight::Warning,
        category: Category::PrivacyPolicy,
        codes: &[30882, 30908],
        looks_at: &[PRIVACY, TERMS],
        message: "The link is not https: browsers warn of the page, and reviewers may not open it.",
        source: CATEGORIES,
        finds: r#"{"campaign":{"privacyPolicyLink":"http://maplerowvet.example/privacy"}}"#,
        leaves: r#"{"campaign":{"privacyPolicyLink":"HTTPS://maplerowvet.example/http"}}"#,
        find: |look| {
            linked(look, |_, link| {
                !link.as_str().to_lowercase().starts_with("https://")
            })
        },
    },
    Rule {
        id: "link-other-domain",
        weight: Weight::Warning,
        category: Category::PrivacyPolicy,
        codes: &[30882, 30908],
        looks_at: &[PRIVACY, TERMS, "/brand/website"],
        message: "The link leads to another domain than the brand's web site: link to a page of \
                  the business's own.",
        source: CATEGORIES,
        finds: r#"{"campaign":{"privacyPolicyLink":"https://policies.example/maplerowvet"}}"#,
        leaves: r#"{"campaign":{"privacyPolicyLink":"https://legal.maplerowvet.example/privacy"}}"#,
        find: |look| {
            let brand = look.brand.filter(|brand| !super::brand::is_social(brand));
            let site = brand.and_then(|brand| address::host(brand.website.as_ref()?.as_str()));
            linked(look, |_, link| {
                let host = address::host(link.as_str());
                matches!((&site, &host), (Some(site), Some(host))
                    if !is_example(host) && !is_example(site) && !address::same_domain(site, host))
            })
        },
    },
    Rule {
        id: "link-example-page",
        weight: Weight::Error,
        category: Category::Other,
        codes: &[30882, 30908],
        looks_at: &[
            PRIVACY,
            TERMS,
            "/brand/website",
            "/campaign/embeddedLinkSample",
        ],
        message: "The address is that of an example or of a page under construction: give the \
                  real one.",
        source: CATEGORIES,
        finds: r#"{"campaign":{"privacyPolicyLink":"https://www.example.com/privacy"}}"#,
        leaves: r#"{"campaign":{"privacyPolicyLink":"https://maplerowvet.example/example.com"}}"#,
        find: |look| {
            let mut found = linked(look, |_, link| {
                address::host(link.as_str()).is_some_and(|host| is_example(&host))
            });
            let others = [
                (
                    "/brand/website",
                    look.brand.and_then(|brand| brand.website.as_ref()),
                ),
                (
                    "/campaign/embeddedLinkSample",
                    look.campaign
                        .and_then(|campaign| campaign.embedded_link_sample.as_ref()),
                ),
            ];
            let named = others.into_iter().filter(|(_, link)| {
                let host = link.and_then(|link| address::host(link.as_str()));
                host.is_some_and(|host| is_example(&host))
            });
            found.extend(named.map(|(pointer, _)| Place::at(pointer)));
            found
        },
    },
];

/// Hosts that stand for another one. `cedar.example.com` is a name of its own, as in examples.
fn is_example(host: &str) -> bool {
    let names = [
        "example.com",
        "example.org",
        "example.net",
        "yourdomain.com",
        "your-domain.com",
        "yoursite.com",
        "yourwebsite.com",
        "yourcompany.com",
        "yourbusiness.com",
        "mysite.com",
        "mywebsite.com",
        "mydomain.com",
        "website.com",
        "domain.com",
        "test.com",
        "tbd.com",
        "company.com",
        "placeholder.com",
        "sample.com",
        "abc.com",
        "xyz.com",
        "localhost.localdomain",
        "comingsoon.com",
        "acme.com",
        "yourcompanyname.com",
        "companyname.com",
        "businessname.com",
        "yourbrand.com",
    ];
    names.contains(&host)
        || [
            "ngrok.io",
            "ngrok-free.app",
            "localhost",
            "test",
            "invalid",
            "local",
        ]
        .iter()
        .any(|end| host.ends_with(&format!(".{end}")))
}

/// A page, however its address is written.
fn page(address: &str) -> String {
    let address = address.to_lowercase();
    let address = address
        .split_once("://")
        .map_or(address.as_str(), |(_, rest)| rest);
    let address = address.split(['#', '?']).next().unwrap_or_default();
    let address = address.strip_prefix("www.").unwrap_or(address);
    address.trim_end_matches('/').to_owned()
}

fn missing(
    look: &Look<'_>,
    pointer: &str,
    link: fn(&Campaign) -> Option<&WebAddress>,
) -> Vec<Place> {
    let missing = look
        .campaign
        .is_some_and(|campaign| link(campaign).is_none());
    missing.then(|| Place::at(pointer)).into_iter().collect()
}

fn linked(look: &Look<'_>, is_wrong: impl Fn(&str, &WebAddress) -> bool) -> Vec<Place> {
    let Some(campaign) = look.campaign else {
        return Vec::new();
    };
    let links = [
        (PRIVACY, campaign.privacy_policy_link.as_ref()),
        (TERMS, campaign.terms_and_conditions_link.as_ref()),
    ];
    let wrong = links
        .into_iter()
        .filter(|(pointer, link)| link.is_some_and(|link| is_wrong(pointer, link)));
    wrong.map(|(pointer, _)| Place::at(pointer)).collect()
}

//! What reviewers reject, said before any fee is paid.
//!
//! An order that [`Order::read`] takes is complete and well-formed; whether a
//! person at the registry or a carrier will approve it is another question.
//! Every finding names its place and the rejection category that it would fall
//! under (as in the Telnyx SDK's `failureReasons`), or the public rule.

use serde::Serialize;

use crate::order::{Brand, Campaign, Email, Order, WebAddress};

/// How sure a rejection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Reviewers reject this.
    Error,
    /// Reviewers often ask about this.
    Warning,
}

/// One thing that a reviewer would find.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How sure a rejection is.
    pub weight: Weight,
    /// Where, as a JSON pointer into the order.
    pub pointer: String,
    /// What is wrong and what to do; never repeats the order's texts.
    pub message: &'static str,
    /// The rejection category, or the rule.
    pub source: &'static str,
}

const CALL_TO_ACTION: &str = "rejection category CALL_TO_ACTION";
const MANDATORY_TERMS: &str = "rejection category MANDATORY_MESSAGE_TERMINOLOGY";
const SAMPLE_MESSAGE: &str = "rejection category SAMPLE_MESSAGE";
const PRIVACY_POLICY: &str = "rejection category PRIVACY_POLICY";
const TERMS: &str = "rejection category TERMS_AND_CONDITIONS";
const BRAND: &str = "rejection category BRAND_INCONSISTENCIES";
const SHORTENER: &str = "public link shorteners are refused (Telnyx SDK: embeddedLinkSample)";

/// Words by which a message flow says how people agree.
const OPT_IN: &[&str] = &[
    "opt in",
    "opt-in",
    "opts in",
    "opting in",
    "consent",
    "agree",
    "subscribe",
    "sign up",
    "signs up",
    "checkbox",
    "check box",
    "check a box",
    "tick",
    "text join",
    "texts join",
    "start",
    "keyword",
    "enroll",
];

/// Words by which a message says how to stop it.
const OPT_OUT: &[&str] = &[
    "stop",
    "opt out",
    "opt-out",
    "unsubscribe",
    "cancel",
    "quit",
];

/// Words of promotions.
const PROMOTION: &[&str] = &[
    "% off",
    "discount",
    "sale",
    "coupon",
    "promo code",
    "special offer",
    "deal of",
    "shop now",
];

/// Words of one-time passwords.
const PASSCODE: &[&str] = &[
    "code",
    "passcode",
    "one-time",
    "otp",
    "verify",
    "verification",
    "pin",
];

/// Use cases whose samples may promote something.
const PROMOTING: &[&str] = &[
    "MARKETING",
    "MIXED",
    "LOW_VOLUME",
    "SOLE_PROPRIETOR",
    "SWEEPSTAKE",
];

/// Everything that a reviewer would find, errors first. What is registered already has been
/// reviewed.
pub fn preflight(order: &Order) -> Vec<Finding> {
    let mut findings = Vec::new();
    let new_brand = order.brand.new_part();
    if let Some(new_brand) = new_brand {
        brand(new_brand, &mut findings);
    }
    if let Some(campaign) = order.campaign.new_part() {
        message_flow(campaign, &mut findings);
        samples(campaign, new_brand, &mut findings);
        links(campaign, &mut findings);
    }
    findings.sort_by_key(|finding| finding.weight);
    findings
}

fn brand(brand: &Brand, findings: &mut Vec<Finding>) {
    if Email::business(brand.email.as_str()).is_err() {
        findings.push(Finding {
            weight: Weight::Warning,
            pointer: "/brand/email".to_owned(),
            message: "The contact is at a free mail provider: give an address at the business's \
                      own domain.",
            source: BRAND,
        });
    }
    if brand.website.is_none() {
        findings.push(Finding {
            weight: Weight::Warning,
            pointer: "/brand/website".to_owned(),
            message: "Without a website reviewers cannot see what the business is: give one.",
            source: BRAND,
        });
    }
}

fn message_flow(campaign: &Campaign, findings: &mut Vec<Finding>) {
    if !says(campaign.message_flow.as_str(), OPT_IN) {
        findings.push(Finding {
            weight: Weight::Error,
            pointer: "/campaign/messageFlow".to_owned(),
            message: "The message flow does not say how people opt in: name the form, keyword or \
                      checkbox, and where it is found.",
            source: CALL_TO_ACTION,
        });
    }
}

fn samples(campaign: &Campaign, brand: Option<&Brand>, findings: &mut Vec<Finding>) {
    // The names of a brand that is there already are not known here.
    let names = brand.map(names);
    let is_named = |text: &str| {
        let mut names = names.iter().flatten();
        names.any(|name| fold(text).contains(name)) || brand.is_none()
    };
    let lacks = |has: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let samples = campaign.samples.iter().enumerate();
        samples
            .filter(|(_, text)| !has(text.as_str()))
            .map(|(place, _)| place)
            .collect()
    };
    let all = campaign.samples.len();
    each(
        findings,
        &lacks(&is_named),
        all,
        "The sample does not name the brand: begin it with the brand's name.",
        SAMPLE_MESSAGE,
    );
    each(
        findings,
        &lacks(&|text| says(text, OPT_OUT)),
        all,
        "The sample does not say how to stop: end it with words such as Reply STOP to opt out.",
        MANDATORY_TERMS,
    );
    if !PROMOTING.contains(&campaign.usecase.as_str()) {
        warn(
            findings,
            &lacks(&|text| !says(text, PROMOTION)),
            "The sample promotes something and the use case does not: use MARKETING or MIXED, or \
             another sample.",
        );
    }
    if campaign.usecase.as_str() == "2FA" {
        warn(
            findings,
            &lacks(&|text| says(text, PASSCODE)),
            "The use case is 2FA and the sample holds no code: show a message as it will be sent.",
        );
    }
}

/// In all samples it is an error, in some a warning.
fn each(
    findings: &mut Vec<Finding>,
    places: &[usize],
    all: usize,
    message: &'static str,
    source: &'static str,
) {
    let weight = if places.len() == all {
        Weight::Error
    } else {
        Weight::Warning
    };
    findings.extend(places.iter().map(|place| Finding {
        weight,
        pointer: format!("/campaign/samples/{place}"),
        message,
        source,
    }));
}

fn warn(findings: &mut Vec<Finding>, places: &[usize], message: &'static str) {
    findings.extend(places.iter().map(|place| Finding {
        weight: Weight::Warning,
        pointer: format!("/campaign/samples/{place}"),
        message,
        source: SAMPLE_MESSAGE,
    }));
}

fn links(campaign: &Campaign, findings: &mut Vec<Finding>) {
    let samples = campaign.samples.iter().enumerate();
    let texts = samples.map(|(place, text)| (format!("/campaign/samples/{place}"), text.as_str()));
    let flow = (
        "/campaign/messageFlow".to_owned(),
        campaign.message_flow.as_str(),
    );
    for (pointer, text) in texts.chain([flow]) {
        if text.split_whitespace().any(WebAddress::names_a_shortener) {
            findings.push(Finding {
                weight: Weight::Error,
                pointer,
                message: "The text holds a link of a public shortener: show the full link, at the \
                          business's own domain.",
                source: SHORTENER,
            });
        }
    }
    for (missing, pointer, message, source) in [
        (
            campaign.privacy_policy_link.is_none(),
            "/campaign/privacyPolicyLink",
            "There is no link to a privacy policy: reviewers look for one that says that numbers \
             are not shared.",
            PRIVACY_POLICY,
        ),
        (
            campaign.terms_and_conditions_link.is_none(),
            "/campaign/termsAndConditionsLink",
            "There is no link to terms and conditions: reviewers look for one.",
            TERMS,
        ),
    ] {
        if missing {
            let pointer = pointer.to_owned();
            findings.push(Finding {
                weight: Weight::Warning,
                pointer,
                message,
                source,
            });
        }
    }
}

/// What the brand may be called: both its names, without the legal form.
fn names(brand: &Brand) -> Vec<String> {
    let company = brand.company_name.as_ref().map(|name| name.as_str());
    let names = [Some(brand.display_name.as_str()), company]
        .into_iter()
        .flatten();
    names
        .map(|name| {
            let name = fold(name);
            let plain = ["llc", "inc", "corp", "co", "ltd"].iter().find_map(|form| {
                name.trim_end_matches('.')
                    .strip_suffix(form)?
                    .strip_suffix([' ', ','])
            });
            plain
                .unwrap_or(&name)
                .trim_end_matches([',', ' '])
                .to_owned()
        })
        .filter(|name| !name.is_empty())
        .collect()
}

fn says(text: &str, words: &[&str]) -> bool {
    let text = fold(text);
    words.iter().any(|word| {
        text.match_indices(word).any(|(at, _)| {
            // `sale` is not in `wholesale`, nor `pin` in `spinning`.
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            !before.is_some_and(char::is_alphanumeric)
        })
    })
}

fn fold(text: &str) -> String {
    text.to_lowercase()
}

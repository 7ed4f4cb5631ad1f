//! What a reviewer finds on the pages that an order links to, and in a correction.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod good_order;
mod histories;

use good_order::changed;
use histories::{fold, followed_by, stored};
use registration::preflight::pages::{Page, RULES, judge, linked, same_domain};
use registration::preflight::{Category, Policy, Weight, resubmission};
use registration::{Fact, Order};
use serde_json::{Value, json};

fn order(patch: &str) -> Order {
    Order::read(&changed(patch)).unwrap_or_else(|problems| panic!("{problems}"))
}

const PAGES: [Page; 3] = [Page::Website, Page::Privacy, Page::Terms];

#[test]
fn each_rule_of_a_page_finds_its_text_there_and_leaves_the_other() {
    let order = order("{}");
    for rule in RULES {
        let pages = PAGES
            .into_iter()
            .filter(|page| rule.looks_at.contains(&page.pointer()));
        let pages: Vec<_> = pages.collect();
        assert!(!pages.is_empty(), "{} looks at no page", rule.id);
        for page in pages {
            let found = |text: &str| {
                let found = judge(&order, page, Some(text)).into_iter();
                found
                    .map(|finding| (finding.rule, finding.pointer))
                    .collect::<Vec<_>>()
            };
            assert_eq!(found(rule.finds), [(rule.id, page.pointer().to_owned())]);
            assert!(
                found(rule.leaves).iter().all(|(id, _)| *id != rule.id),
                "{}",
                rule.id
            );
        }
    }
    let silent = judge(&order, Page::Terms, None);
    assert_eq!(
        silent.first().map(|finding| finding.rule),
        Some("page-unreachable")
    );
}

#[test]
fn a_good_page_has_no_findings() {
    let order = order("{}");
    for (page, text) in [
        (Page::Website, "Maple Row Veterinary in Portland"),
        (
            Page::Privacy,
            "Mobile numbers are never shared with others.",
        ),
        (Page::Terms, "Reply STOP to opt out."),
    ] {
        assert_eq!(judge(&order, page, Some(text)), [], "{}", page.pointer());
    }
}

#[test]
fn what_an_order_links_to_is_looked_at_and_what_it_does_not_is_not() {
    let all = order("{}");
    let addresses: Vec<_> = linked(&all)
        .into_iter()
        .map(|(page, at)| (page.pointer(), at))
        .collect();
    assert_eq!(
        addresses,
        [
            ("/brand/website", "https://maplerowvet.example"),
            (
                "/campaign/privacyPolicyLink",
                "https://maplerowvet.example/privacy"
            ),
            (
                "/campaign/termsAndConditionsLink",
                "https://maplerowvet.example/terms"
            ),
        ]
    );
    let fewer = order(r#"{"brand":{"website":null},"campaign":{"termsAndConditionsLink":null}}"#);
    let pages: Vec<_> = linked(&fewer).into_iter().map(|(page, _)| page).collect();
    assert_eq!(pages, [Page::Privacy]);
}

#[test]
fn two_hosts_are_of_one_business_whatever_their_case_and_their_www() {
    assert!(same_domain("WWW.Maple.example", "maple.example"));
    assert!(!same_domain("www.maple.example", "www.oak.example"));
}

/// What is said of a correction of these places, after a refusal that names these fields.
fn said(fields: &[&str], changed: &[&str], appeal: Option<&str>) -> Vec<String> {
    let refused = json!({"fact": "verdict_reached", "step": "campaign", "round": 1, "verdict":
        {"verdict": "rejected", "reasons": [{"code": "c", "description": "d", "fields": fields}]}});
    let facts = fold(&followed_by(
        stored("registered").into_iter().take(1).collect(),
        &[refused],
    ));
    let mut amended = json!({"fact": "amended", "changed": changed,
                             "rounds": [{"step": "campaign", "round": 2}]});
    if let Some(appeal) = appeal {
        amended
            .as_object_mut()
            .unwrap()
            .insert("appeal".to_owned(), Value::from(appeal));
    }
    let amended: Fact = serde_json::from_value(amended).unwrap();
    let found = resubmission(&facts, &amended).into_iter();
    found.map(|finding| finding.pointer).collect()
}

#[test]
fn a_correction_that_leaves_all_that_was_refused_as_it_was_is_said() {
    let (flow, samples) = ("/campaign/messageFlow", "/campaign/samples");
    assert_eq!(
        said(&[flow, samples], &["/brand/website"], None),
        [flow, samples]
    );
    let none: [&str; 0] = [];
    // One of them is enough, or something within it, or all that it is in.
    assert_eq!(said(&[flow, samples], &[flow], None), none);
    assert_eq!(said(&[samples], &["/campaign/samples/0"], None), none);
    assert_eq!(said(&["/campaign/samples/0"], &[samples], None), none);
    assert_eq!(
        said(&[samples], &["/campaign/samplesOther"], None),
        [samples]
    );
    assert_eq!(
        said(&[flow], &["/brand/website"], Some("it is all there")),
        none
    );
    assert_eq!(
        said(&["a registry's own name"], &["/brand/website"], None),
        none
    );
}

#[test]
fn a_policy_names_each_weight_and_tells_that_of_a_rule_it_leaves_alone() {
    let rule = RULES
        .iter()
        .find(|rule| rule.id == "page-unreachable")
        .unwrap();
    let weight = |setting: &str| Policy::parse(setting).unwrap().weight_of(rule);
    assert_eq!(weight(""), Some(Weight::Warning));
    assert_eq!(weight("website-missing=off"), Some(Weight::Warning));
    for (name, expected) in [
        ("error", Some(Weight::Error)),
        ("warning", Some(Weight::Warning)),
        ("note", Some(Weight::Note)),
        ("off", None),
    ] {
        assert_eq!(weight(&format!("page-unreachable={name}")), expected);
    }
}

#[test]
fn a_category_is_written_by_its_name() {
    for category in Category::ALL {
        assert_eq!(category.to_string(), category.name());
        assert!(!category.name().is_empty());
    }
}

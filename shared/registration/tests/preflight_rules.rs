//! Each rule finds its one example and leaves its other one alone, whatever the case, the accents
//! and the line breaks of the texts.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod good_order;

use std::collections::BTreeSet;

use good_order::changed;
use registration::Order;
use registration::preflight::{
    Category, Finding, Policy, PolicyError, Weight, preflight, preflight_by, rules,
};
use serde_json::Value;

fn found(order: &Value) -> Vec<Finding> {
    let order = Order::read(order).unwrap_or_else(|problems| panic!("{problems}"));
    preflight(&order)
}

fn names(order: &Value) -> BTreeSet<String> {
    let findings = found(order).into_iter();
    findings
        .map(|finding| format!("{} {}", finding.rule, finding.pointer))
        .collect()
}

#[test]
fn the_good_order_has_no_findings() {
    assert_eq!(found(&changed("{}")), []);
}

#[test]
fn each_rule_finds_its_example_and_leaves_the_other_alone() {
    let mut wrong = Vec::new();
    for rule in rules() {
        let finds = names(&changed(rule.finds));
        let leaves = names(&changed(rule.leaves));
        let own = |name: &String| name.starts_with(&format!("{} ", rule.id));
        if !finds.iter().any(own) {
            wrong.push(format!(
                "{} does not find its example, but {finds:?}",
                rule.id
            ));
        }
        if leaves.iter().any(own) {
            wrong.push(format!("{} finds what it should leave", rule.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_example_is_refused_for_its_own_rule_alone() {
    let mut wrong = Vec::new();
    for rule in rules() {
        for (which, patch) in [("finds", rule.finds), ("leaves", rule.leaves)] {
            let others = found(&changed(patch)).into_iter();
            let others =
                others.filter(|finding| finding.rule != rule.id && finding.weight != Weight::Note);
            for other in others {
                wrong.push(format!(
                    "{} {which}: {} {}",
                    rule.id, other.rule, other.pointer
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The ways in which the same text may be written: bit 1 capitals, bit 2 accents, bit 4 line
/// breaks.
fn written(text: &str, way: u8) -> String {
    let mut text = text.to_owned();
    if way & 1 != 0 {
        text = text.to_uppercase();
    }
    if way & 2 != 0 {
        let accented = text.chars().flat_map(|letter| {
            let accent = "aeiouAEIOU".contains(letter).then_some('\u{301}');
            [Some(letter), accent].into_iter().flatten()
        });
        text = accented.collect();
    }
    if way & 4 != 0 {
        text = text.replace(' ', "\r\n");
    }
    text
}

#[test]
fn no_finding_changes_with_case_accents_or_line_breaks() {
    let mut wrong = Vec::new();
    for rule in rules() {
        for patch in [rule.finds, rule.leaves] {
            let order = changed(patch);
            let as_it_is = names(&order);
            for way in 1..8 {
                let mut order = order.clone();
                for name in [
                    "description",
                    "messageFlow",
                    "helpMessage",
                    "optinMessage",
                    "optoutMessage",
                ] {
                    if let Some(Value::String(text)) = order["campaign"].get_mut(name) {
                        *text = written(text, way);
                    }
                }
                for sample in order["campaign"]["samples"].as_array_mut().unwrap() {
                    *sample = written(sample.as_str().unwrap(), way).into();
                }
                let now = names(&order);
                if now != as_it_is {
                    let changed: Vec<_> = now.symmetric_difference(&as_it_is).collect();
                    wrong.push(format!("{} written {way}: {changed:?}", rule.id));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_finding_says_which_characters_matched_and_not_what_they_say() {
    let order = changed(
        r#"{"campaign":{"embeddedLink":false,"samples":["Maple Row Veterinary: naïve? https://maplerowvet.example/x! Reply STOP to opt out.","Maple Row Veterinary: thanks for asking. Reply STOP to opt out."]}}"#,
    );
    let found = found(&order);
    assert_eq!(found.len(), 1);
    let characters = found[0].characters.unwrap();
    let text: Vec<char> = order["campaign"]["samples"][0]
        .as_str()
        .unwrap()
        .chars()
        .collect();
    let matched: String = text[characters.from..characters.to].iter().collect();
    assert_eq!(matched, "https://maplerowvet.example/x");
    assert!(
        !serde_json::to_string(&found)
            .unwrap()
            .contains("https://maplerowvet")
    );
}

#[test]
fn rules_have_names_of_their_own_and_say_what_to_do() {
    let mut ids = BTreeSet::new();
    for rule in rules() {
        assert!(ids.insert(rule.id), "{} twice", rule.id);
        assert!(
            rule.message.ends_with('.') && rule.message.len() > 30,
            "{}",
            rule.id
        );
        assert!(
            rule.source.len() > 10 && !rule.looks_at.is_empty(),
            "{}",
            rule.id
        );
        assert!(Category::ALL.contains(&rule.category));
    }
    assert!(ids.len() >= 60, "{}", ids.len());
}

#[test]
fn a_policy_raises_lowers_and_leaves_out() {
    let order = changed(
        r#"{"brand":{"website":null},"campaign":{"privacyPolicyLink":null,"optoutKeywords":"END"}}"#,
    );
    let order = Order::read(&order).unwrap();
    let weights = |setting: &str| {
        let findings = preflight_by(&order, &Policy::parse(setting).unwrap());
        let named = findings
            .iter()
            .map(|finding| format!("{} {}", finding.weight.name(), finding.rule));
        named.collect::<Vec<_>>()
    };
    assert_eq!(
        weights(""),
        [
            "error keywords-stop-missing",
            "warning website-missing",
            "warning privacy-link-missing"
        ]
    );
    assert_eq!(
        weights("website-missing=error, keywords-stop-missing=note,privacy-link-missing=off,"),
        ["error website-missing", "note keywords-stop-missing"]
    );
    assert_eq!(
        Policy::parse("no-such-rule=off"),
        Err(PolicyError::NoSuchRule("no-such-rule".to_owned()))
    );
    for entry in ["website-missing", "website-missing=fatal"] {
        assert_eq!(
            Policy::parse(entry),
            Err(PolicyError::NotAnEntry(entry.to_owned()))
        );
    }
}

#[test]
fn a_steering_number_of_the_simulator_is_no_error_there() {
    let order = Order::read(&changed(r#"{"brand":{"ein":"00-0000001"}}"#)).unwrap();
    let weight = |policy: &Policy| preflight_by(&order, policy)[0].weight;
    assert_eq!(weight(&Policy::default()), Weight::Error);
    assert_eq!(weight(&Policy::default().for_simulator()), Weight::Note);
}

//! Orders as product teams send them: the sample orders, the rules between fields, and what is
//! kept out of logs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use registration::order::{Limit, Order, Problems, Rule};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const CEDAR: &str = include_str!("../../../tests/orders/cedar-street-dental.json");
const FOOD_BANK: &str = include_str!("../../../tests/orders/harbor-food-bank.json");
const NORTHWIND: &str = include_str!("../../../tests/orders/northwind-outfitters.json");
const ROSA: &str = include_str!("../../../tests/orders/rosa-garden-design.json");
const BAD: &str = include_str!("../../../tests/orders/bad-everything.json");

fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// `text` as a document in which each pointer holds the value beside it; `null` is as good as
/// removed.
fn with(text: &str, changes: &[(&str, Value)]) -> Value {
    let mut document = document(text);
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = document.pointer_mut(parent).unwrap();
        match parent.pointer_mut(&format!("/{name}")) {
            Some(present) => *present = value.clone(),
            None => parent[name] = value.clone(),
        }
    }
    document
}

fn found(problems: &Problems) -> Vec<(&str, Rule)> {
    problems
        .iter()
        .map(|problem| (problem.pointer.as_str(), problem.rule))
        .collect()
}

#[track_caller]
fn refused(document: &Value, expected: &[(&str, Rule)]) {
    let problems = Order::read(document).unwrap_err();
    assert_eq!(found(&problems), expected, "{problems}");
}

#[track_caller]
fn accepted(document: &Value) {
    if let Err(problems) = Order::read(document) {
        panic!("{problems}");
    }
}

fn numbers(count: usize) -> Value {
    (0..count)
        .map(|index| json!(format!("+1206555{index:04}")))
        .collect()
}

#[test]
fn every_good_sample_order_is_accepted_and_reads_back_the_same() {
    for text in [CEDAR, FOOD_BANK, NORTHWIND, ROSA] {
        let order = Order::read(&document(text)).unwrap_or_else(|problems| panic!("{problems}"));
        let written = serde_json::to_value(&order).unwrap();
        assert_eq!(Order::read(&written).as_ref(), Ok(&order));
        assert_eq!(serde_json::from_value::<Order>(written).unwrap(), order);
    }
}

#[test]
fn an_order_is_written_in_the_fields_of_the_registry_and_nothing_is_lost() {
    let order = Order::read(&document(CEDAR)).unwrap();
    let kept_as_digits = with(CEDAR, &[("/brand/ein", json!("914820367"))]);
    assert_eq!(serde_json::to_value(order).unwrap(), kept_as_digits);
}

#[test]
fn every_problem_of_the_bad_order_is_reported_at_once() {
    refused(
        &document(BAD),
        &[
            ("/brand/displayName", Rule::TooShort),
            ("/brand/phone", Rule::NotE164),
            ("/brand/email", Rule::NotAnEmail),
            ("/brand/companyName", Rule::WrongType),
            ("/brand/ein", Rule::NotAnEin),
            ("/brand/state", Rule::NotAUsState),
            ("/brand/postalCode", Rule::NotAUsZip),
            ("/brand/vertical", Rule::NotOneOf),
            ("/brand/website", Rule::NotAUrl),
            ("/brand/businessContactEmail", Rule::FreeMail),
            ("/brand/brandRelationship", Rule::NotOneOf),
            ("/brand/taxId", Rule::UnknownField),
            ("/campaign/subUsecases/0", Rule::NotAllowed),
            ("/campaign/description", Rule::TooShort),
            ("/campaign/messageFlow", Rule::Required),
            ("/campaign/samples/0", Rule::TooShort),
            ("/campaign/samples/1", Rule::WrongType),
            ("/campaign/samples/3", Rule::Duplicate),
            ("/campaign/subscriberOptin", Rule::WrongType),
            ("/campaign/optoutMessage", Rule::TooShort),
            ("/campaign/optoutKeywords", Rule::NotKeywords),
            ("/campaign/embeddedLinkSample", Rule::LinkShortener),
            ("/campaign/privacyPolicyLink", Rule::NotAUrl),
            ("/campaign/sample1", Rule::UnknownField),
            ("/brand/stockSymbol", Rule::Needs),
            ("/brand/stockExchange", Rule::Needs),
            ("/brand/altBusinessIdType", Rule::Needs),
            ("/campaign/subUsecases", Rule::TooFew),
            ("/campaign/helpMessage", Rule::Needs),
            ("/numbers/1", Rule::NotE164),
            ("/numbers/2", Rule::TollFree),
            ("/numbers/3", Rule::NotTenDigits),
            ("/numbers/5", Rule::WrongType),
            ("/numbers/4", Rule::Duplicate),
            ("/webhookURL", Rule::UnknownField),
        ],
    );
}

#[test]
fn no_message_repeats_what_was_sent() {
    let bad = document(BAD);
    let mut sent = BTreeSet::new();
    texts(&bad, &mut sent);
    // Short words such as "Hi!" or an entity type say nothing about a person.
    sent.retain(|text| text.chars().any(|c| c.is_ascii_digit() || c == '@'));
    assert!(sent.len() > 8, "{sent:?}");
    for problem in &Order::read(&bad).unwrap_err() {
        for text in &sent {
            assert!(
                !problem.message.contains(text),
                "{}: {}",
                problem.pointer,
                problem.message
            );
        }
    }
}

fn texts(value: &Value, sent: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => drop(sent.insert(text.clone())),
        Value::Array(values) => values.iter().for_each(|value| texts(value, sent)),
        Value::Object(fields) => fields.values().for_each(|value| texts(value, sent)),
        _ => {}
    }
}

#[test]
fn no_debug_output_shows_a_text_that_a_person_wrote() {
    for text in [CEDAR, NORTHWIND, ROSA] {
        let document = document(text);
        let shown = format!("{:?}", Order::read(&document).unwrap());
        let mut sent = BTreeSet::new();
        for name in [
            "displayName",
            "companyName",
            "ein",
            "phone",
            "email",
            "street",
            "city",
            "website",
            "stockSymbol",
            "businessContactEmail",
            "firstName",
            "lastName",
            "mobilePhone",
            "altBusinessId",
        ] {
            texts(&document["brand"][name], &mut sent);
        }
        for name in [
            "description",
            "messageFlow",
            "samples",
            "helpMessage",
            "embeddedLinkSample",
        ] {
            texts(&document["campaign"][name], &mut sent);
        }
        texts(&document["numbers"], &mut sent);
        for text in &sent {
            assert!(!shown.contains(text.as_str()), "{text} in {shown}");
        }
        assert!(
            !shown.contains("914820367") && !shown.contains("844019275"),
            "{shown}"
        );
        assert!(shown.contains("Numbers([PhoneNumber(***)"), "{shown}");
    }
    let shown = format!("{:?}", Order::read(&document(CEDAR)).unwrap());
    assert!(shown.contains("ein: Some(Ein(***))"), "{shown}");
}

#[test]
fn an_old_history_stays_readable_when_the_rules_are_tightened() {
    let old = with(
        CEDAR,
        &[
            ("/brand/vertical", json!("A_VERTICAL_WITHDRAWN_SINCE")),
            ("/brand/ein", json!("1")),
            ("/brand/country", json!("YU")),
            ("/brand/fieldRemovedSince", json!({ "any": "thing" })),
            ("/campaign/usecase", json!("A_USECASE_WITHDRAWN_SINCE")),
            ("/campaign/description", json!("Short.")),
            ("/campaign/optinKeywords", json!("A, B")),
            ("/numbers", json!(["206", "206"])),
        ],
    );
    assert!(Order::read(&old).is_err());
    let order: Order = serde_json::from_value(old).unwrap();
    assert_eq!(
        order
            .brand
            .new_part()
            .unwrap()
            .vertical
            .as_ref()
            .unwrap()
            .as_str(),
        "A_VERTICAL_WITHDRAWN_SINCE"
    );
    assert_eq!(
        order.campaign.new_part().unwrap().usecase.as_str(),
        "A_USECASE_WITHDRAWN_SINCE"
    );
    assert_eq!(order.numbers.count(), 2);
}

#[test]
fn a_missing_part_is_one_problem_and_hides_none_in_the_others() {
    refused(
        &json!({}),
        &[
            ("/brand", Rule::Required),
            ("/campaign", Rule::Required),
            ("/numbers", Rule::Required),
        ],
    );
    refused(&json!("order"), &[("", Rule::WrongType)]);
    for (campaign, rule) in [
        (json!(null), Rule::Required),
        (json!("MIXED"), Rule::WrongType),
    ] {
        let many = with(CEDAR, &[("/campaign", campaign), ("/numbers", numbers(50))]);
        refused(&many, &[("/campaign", rule)]);
    }
    refused(
        &with(
            CEDAR,
            &[
                ("/brand", json!([])),
                ("/campaign/description", json!(1)),
                ("/numbers", json!(null)),
            ],
        ),
        &[
            ("/brand", Rule::WrongType),
            ("/campaign/description", Rule::WrongType),
            ("/numbers", Rule::Required),
        ],
    );
}

#[test]
fn an_order_has_at_most_five_thousand_numbers() {
    let pool = ("/campaign/numberPool", json!(true));
    accepted(&with(CEDAR, &[pool.clone(), ("/numbers", numbers(5_000))]));
    refused(
        &with(CEDAR, &[pool, ("/numbers", numbers(5_001))]),
        &[("/numbers", Rule::TooMany)],
    );
    refused(
        &with(CEDAR, &[("/numbers", json!([]))]),
        &[("/numbers", Rule::TooFew)],
    );
}

#[test]
fn every_free_text_has_its_bounds() {
    for (pointer, min, max) in [
        ("/brand/displayName", 1, 255),
        ("/brand/companyName", 1, 255),
        ("/brand/street", 1, 255),
        ("/brand/city", 1, 255),
        ("/brand/stockSymbol", 1, 20),
        ("/brand/firstName", 1, 100),
        ("/brand/lastName", 1, 100),
        ("/brand/altBusinessId", 1, 50),
        ("/campaign/description", 40, 4096),
        ("/campaign/messageFlow", 40, 4096),
        ("/campaign/samples/0", 20, 1024),
        ("/campaign/helpMessage", 20, 1024),
        ("/campaign/optinMessage", 20, 1024),
        ("/campaign/optoutMessage", 20, 1024),
        ("/campaign/helpKeywords", 1, 255),
        ("/campaign/optinKeywords", 1, 255),
        ("/campaign/optoutKeywords", 1, 255),
    ] {
        let of = |length: usize| with(NORTHWIND, &[(pointer, json!("é".repeat(length)))]);
        accepted(&of(min));
        accepted(&of(max));
        refused(&of(min - 1), &[(pointer, Rule::TooShort)]);
        refused(&of(max + 1), &[(pointer, Rule::TooLong)]);
        let problems = Order::read(&of(max + 1)).unwrap_err();
        let limits: Vec<_> = problems
            .iter()
            .filter_map(|problem| problem.limit.clone())
            .collect();
        assert_eq!(limits, [Limit::Between { min, max }]);
    }
}

#[test]
fn thousands_of_bad_numbers_do_not_crowd_out_the_other_problems() {
    let bad: Value = (0..3_000)
        .map(|index| json!(format!("206555{index:04}")))
        .collect();
    let problems = Order::read(&with(
        NORTHWIND,
        &[
            ("/brand/companyName", json!(null)),
            ("/campaign/numberPool", json!(true)),
            ("/numbers", bad),
        ],
    ))
    .unwrap_err();
    assert_eq!(
        found(&problems)[..2],
        [
            ("/brand/companyName", Rule::Needs),
            ("/numbers/0", Rule::NotE164),
        ]
    );
    assert_eq!(problems.iter().count(), Problems::KEPT);
    assert_eq!(problems.total(), 3_001);
}

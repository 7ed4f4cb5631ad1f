//! The rules between the fields of an order.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use registration::order::{Order, Rule, Usecase};
use serde_json::{Value, json};

const CEDAR: &str = include_str!("../../../tests/orders/cedar-street-dental.json");
const FOOD_BANK: &str = include_str!("../../../tests/orders/harbor-food-bank.json");
const NORTHWIND: &str = include_str!("../../../tests/orders/northwind-outfitters.json");
const ROSA: &str = include_str!("../../../tests/orders/rosa-garden-design.json");

/// What [`Order::read`] says of the order in which each pointer holds the value beside it, where
/// `null` is as good as removed.
#[track_caller]
fn refused(text: &str, changes: &[(&str, Value)], expected: &[(&str, Rule)]) {
    let mut document: Value = serde_json::from_str(text).unwrap();
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        document.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    let read = Order::read(&document);
    let problems = read.as_ref().err().into_iter().flatten();
    let found: Vec<_> = problems
        .map(|problem| (problem.pointer.as_str(), problem.rule))
        .collect();
    assert_eq!(found, expected, "{read:?}");
}

#[track_caller]
fn accepted(text: &str, changes: &[(&str, Value)]) {
    refused(text, changes, &[]);
}

fn numbers(count: usize) -> Value {
    (0..count)
        .map(|index| json!(format!("+1206555{index:04}")))
        .collect()
}

#[test]
fn every_company_needs_its_legal_name_tax_number_and_industry() {
    for field in ["companyName", "ein", "vertical"] {
        let pointer = format!("/brand/{field}");
        for text in [CEDAR, FOOD_BANK, NORTHWIND] {
            refused(text, &[(&pointer, json!(null))], &[(&pointer, Rule::Needs)]);
        }
        assert!(
            !ROSA.contains(&format!("\"{field}\"")),
            "a sole proprietor needs no {field}"
        );
    }
    accepted(ROSA, &[]);
}

#[test]
fn a_public_company_needs_its_stock_and_a_business_contact() {
    for field in ["stockSymbol", "stockExchange", "businessContactEmail"] {
        let pointer = format!("/brand/{field}");
        refused(
            NORTHWIND,
            &[(&pointer, json!(null))],
            &[(&pointer, Rule::Needs)],
        );
    }
    let exchange = "/brand/stockExchange";
    refused(
        NORTHWIND,
        &[(exchange, json!("NONE"))],
        &[(exchange, Rule::Needs)],
    );
    accepted(CEDAR, &[(exchange, json!("NONE"))]);
}

#[test]
fn a_sole_proprietor_needs_a_name_and_a_mobile_phone() {
    for field in ["firstName", "lastName", "mobilePhone"] {
        let pointer = format!("/brand/{field}");
        refused(ROSA, &[(&pointer, json!(null))], &[(&pointer, Rule::Needs)]);
        let spaced = ("/brand/entityType", json!(" SOLE_PROPRIETOR\n"));
        refused(
            ROSA,
            &[spaced, (&pointer, json!(null))],
            &[(&pointer, Rule::Needs)],
        );
    }
}

#[test]
fn a_sole_proprietor_has_one_number() {
    let two = ("/numbers", json!(["+15035550162", "+15035550163"]));
    refused(ROSA, &[two], &[("/numbers", Rule::TooMany)]);
}

#[test]
fn the_use_case_of_sole_proprietors_is_theirs_alone_and_their_only_one() {
    let usecase = "/campaign/usecase";
    refused(ROSA, &[(usecase, json!("2FA"))], &[(usecase, Rule::Needs)]);
    refused(
        NORTHWIND,
        &[(usecase, json!("SOLE_PROPRIETOR"))],
        &[(usecase, Rule::NotAllowed)],
    );
}

#[test]
fn the_forms_of_tax_number_state_and_postal_code_are_the_countrys() {
    let abroad = [
        ("/brand/country", json!("CA")),
        ("/brand/ein", json!("BN 81466 8849")),
        ("/brand/state", json!("British Columbia")),
        ("/brand/postalCode", json!("V6B 1A1")),
    ];
    accepted(CEDAR, &abroad);
    refused(
        CEDAR,
        &abroad[1..],
        &[
            ("/brand/ein", Rule::NotAnEin),
            ("/brand/state", Rule::NotAUsState),
            ("/brand/postalCode", Rule::NotAUsZip),
        ],
    );
}

#[test]
fn a_campaign_that_is_there_belongs_to_a_brand_that_is() {
    let campaign = ("/campaign", json!({"registryId": "C-1_a"}));
    refused(
        CEDAR,
        std::slice::from_ref(&campaign),
        &[("/brand", Rule::NotAllowed)],
    );
    let brand = ("/brand", json!({"registryId": "B-1"}));
    accepted(CEDAR, &[campaign, brand.clone()]);
    accepted(CEDAR, &[brand]);
}

#[test]
fn a_registrys_id_is_short_and_of_plain_signs_and_only_one_is_named() {
    let brand = |id: &str| [("/brand", json!({"registryId": id}))];
    for id in ["B", "b-1_A", &"x".repeat(64)] {
        accepted(CEDAR, &brand(id));
    }
    for id in ["b 1", "b/1", "b\u{e9}", &"x".repeat(65)] {
        refused(CEDAR, &brand(id), &[("/brand/registryId", Rule::NotOneOf)]);
    }
    let both = json!({"registryId": "B-1", "registrationId": "reg_01h455vb4pex5vsknk084sn02q"});
    refused(
        CEDAR,
        &[("/brand", both)],
        &[("/brand/registryId", Rule::NotAllowed)],
    );
}

#[test]
fn an_existing_part_is_known_by_what_names_it() {
    let mut document: Value = serde_json::from_str(CEDAR).unwrap();
    document["brand"] = json!({"registryId": "B-1"});
    let order = Order::read(&document).unwrap();
    let id = order
        .brand
        .existing()
        .and_then(|there| there.registry_id.clone());
    assert_eq!(id.map(|id| id.to_string()), Some("B-1".to_owned()));
    assert!(order.brand.new_part().is_none() && order.campaign.existing().is_none());
}

#[test]
fn an_alternate_id_and_its_type_go_together() {
    let (id, id_type) = ("/brand/altBusinessId", "/brand/altBusinessIdType");
    refused(NORTHWIND, &[(id, json!(null))], &[(id, Rule::Needs)]);
    refused(
        NORTHWIND,
        &[(id_type, json!(null))],
        &[(id_type, Rule::Needs)],
    );
    refused(
        NORTHWIND,
        &[(id_type, json!("NONE"))],
        &[(id_type, Rule::Needs)],
    );
    refused(
        NORTHWIND,
        &[(id_type, json!("SSN"))],
        &[(id_type, Rule::NotOneOf)],
    );
    accepted(NORTHWIND, &[(id, json!(null)), (id_type, json!("NONE"))]);
    accepted(NORTHWIND, &[(id, json!(null)), (id_type, json!(null))]);
}

/// A use case of parts takes as many as it says; another takes none.
#[test]
fn mixed_has_two_to_five_parts_low_volume_one_to_five_and_others_none() {
    let parts = |count: usize| {
        let single = Usecase::ALL
            .iter()
            .filter(|name| !["MIXED", "LOW_VOLUME"].contains(name));
        (
            "/campaign/subUsecases",
            single
                .take(count)
                .map(|name| json!(name))
                .collect::<Value>(),
        )
    };
    let usecase = |name: &str| ("/campaign/usecase", json!(name));
    for (name, count, rule) in [
        ("MIXED", 0, Some(Rule::TooFew)),
        ("MIXED", 1, Some(Rule::TooFew)),
        ("MIXED", 2, None),
        ("MIXED", 5, None),
        ("MIXED", 6, Some(Rule::TooMany)),
        ("LOW_VOLUME", 0, Some(Rule::TooFew)),
        ("LOW_VOLUME", 1, None),
        ("LOW_VOLUME", 5, None),
        ("LOW_VOLUME", 6, Some(Rule::TooMany)),
        ("MARKETING", 0, None),
        ("MARKETING", 1, Some(Rule::NotAllowed)),
    ] {
        let expected = rule.map(|rule| ("/campaign/subUsecases", rule));
        refused(CEDAR, &[usecase(name), parts(count)], expected.as_slice());
    }
    let none = ("/campaign/subUsecases", json!(null));
    for name in ["MIXED", "LOW_VOLUME"] {
        let expected = [("/campaign/subUsecases", Rule::Needs)];
        refused(CEDAR, &[usecase(name), none.clone()], &expected);
    }
    accepted(CEDAR, &[usecase("2FA"), none]);
}

#[test]
fn a_part_of_a_use_case_is_a_single_one_and_named_once() {
    let parts = json!(["2FA", "LOW_VOLUME", "2FA", "DENTISTRY"]);
    refused(
        CEDAR,
        &[("/campaign/subUsecases", parts)],
        &[
            ("/campaign/subUsecases/1", Rule::NotAllowed),
            ("/campaign/subUsecases/3", Rule::NotOneOf),
            ("/campaign/subUsecases/2", Rule::Duplicate),
        ],
    );
}

#[test]
fn mixed_and_marketing_show_two_samples_and_others_one() {
    let samples = |count: usize| {
        let sample = |index| json!(format!("Sample {index}: hello. Reply STOP to opt out."));
        (
            "/campaign/samples",
            (0..count).map(sample).collect::<Value>(),
        )
    };
    for (text, count, rule) in [
        (CEDAR, 1, Some(Rule::TooFew)),
        (NORTHWIND, 1, Some(Rule::TooFew)),
        (CEDAR, 5, None),
        (CEDAR, 6, Some(Rule::TooMany)),
        (FOOD_BANK, 0, Some(Rule::TooFew)),
        (FOOD_BANK, 1, None),
    ] {
        let expected = rule.map(|rule| ("/campaign/samples", rule));
        refused(text, &[samples(count)], expected.as_slice());
    }
}

#[test]
fn a_flag_that_is_true_needs_its_message() {
    for (flag, message) in [
        ("subscriberHelp", "/campaign/helpMessage"),
        ("subscriberOptin", "/campaign/optinMessage"),
        ("subscriberOptout", "/campaign/optoutMessage"),
    ] {
        refused(CEDAR, &[(message, json!(null))], &[(message, Rule::Needs)]);
        for unset in [json!(false), json!(null)] {
            accepted(
                CEDAR,
                &[
                    (message, json!(null)),
                    (&format!("/campaign/{flag}"), unset),
                ],
            );
        }
    }
}

#[test]
fn fifty_numbers_or_more_are_a_pool() {
    let pool = "/campaign/numberPool";
    accepted(CEDAR, &[("/numbers", numbers(49)), (pool, json!(false))]);
    accepted(CEDAR, &[("/numbers", numbers(50)), (pool, json!(true))]);
    for unset in [json!(false), json!(null)] {
        refused(
            CEDAR,
            &[("/numbers", numbers(50)), (pool, unset)],
            &[(pool, Rule::Needs)],
        );
    }
    refused(
        CEDAR,
        &[("/numbers", numbers(50)), (pool, json!("no"))],
        &[(pool, Rule::WrongType)],
    );
}

#[test]
fn a_mistake_in_one_field_does_not_hide_what_a_rule_says_of_others() {
    refused(
        ROSA,
        &[
            ("/brand/displayName", json!(7)),
            ("/brand/lastName", json!(null)),
            ("/campaign/usecase", json!("MIXED")),
            ("/campaign/description", json!("Short.")),
        ],
        &[
            ("/brand/displayName", Rule::WrongType),
            ("/campaign/description", Rule::TooShort),
            ("/brand/lastName", Rule::Needs),
            ("/campaign/subUsecases", Rule::Needs),
            ("/campaign/samples", Rule::TooFew),
            ("/campaign/usecase", Rule::Needs),
        ],
    );
}

#[test]
fn a_vetting_is_ordered_or_imported_and_not_both() {
    for vetting in [
        json!({"evpId": "EVP", "vettingClass": "CLASS"}),
        json!({"evpId": "EVP", "vettingId": "v-1"}),
        json!({"evpId": "EVP", "vettingId": "v-1", "vettingToken": "t"}),
        json!(null),
    ] {
        accepted(CEDAR, &[("/vetting", vetting)]);
    }
    for (vetting, pointer, rule) in [
        (
            json!({"evpId": "EVP"}),
            "/vetting/vettingClass",
            Rule::Needs,
        ),
        (
            json!({"evpId": "EVP", "vettingToken": "t"}),
            "/vetting/vettingId",
            Rule::Needs,
        ),
        (
            json!({"evpId": "EVP", "vettingClass": "CLASS", "vettingToken": "t"}),
            "/vetting/vettingId",
            Rule::Needs,
        ),
        (
            json!({"evpId": "EVP", "vettingClass": "CLASS", "vettingId": "v-1"}),
            "/vetting/vettingClass",
            Rule::NotAllowed,
        ),
        (
            json!({"vettingId": "v-1"}),
            "/vetting/evpId",
            Rule::Required,
        ),
        (json!("CLASS"), "/vetting", Rule::WrongType),
        (
            json!({"evpId": "EVP", "vettingId": "v-1", "score": "9"}),
            "/vetting/score",
            Rule::UnknownField,
        ),
    ] {
        refused(CEDAR, &[("/vetting", vetting)], &[(pointer, rule)]);
    }
}

#[test]
fn an_order_without_a_vetting_is_written_as_it_always_was() {
    let order = Order::read(&serde_json::from_str(CEDAR).unwrap()).unwrap();
    let written = serde_json::to_value(&order).unwrap();
    assert!(written.get("vetting").is_none());
    let read: Order = serde_json::from_value(written).unwrap();
    assert_eq!(read.vetting, None);
}

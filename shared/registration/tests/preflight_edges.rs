//! Where a rule begins and where it ends: orders just within it and just beside it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod good_order;

use good_order::changed;
use registration::Order;
use registration::preflight::{Weight, preflight};
use serde_json::{Value, json};

/// The weight of what `rule` finds in the good order with this patch.
fn weight(rule: &str, patch: &Value) -> Option<Weight> {
    let order = changed(&patch.to_string());
    let order = Order::read(&order).unwrap_or_else(|problems| panic!("{patch}: {problems}"));
    let found = preflight(&order).into_iter();
    let mut found = found.filter(|finding| finding.rule == rule);
    found.next().map(|finding| finding.weight)
}

#[track_caller]
fn finds(rule: &str, patch: &Value) {
    assert!(weight(rule, patch).is_some(), "{rule} leaves {patch}");
}

#[track_caller]
fn leaves(rule: &str, patch: &Value) {
    assert_eq!(weight(rule, patch), None, "{rule} finds {patch}");
}

#[test]
fn a_display_name_has_a_word_of_the_legal_name_or_four_letters_run_together_in_it() {
    let names = |legal: &str, display: &str| json!({"brand": {"companyName": legal, "displayName": display}});
    let rule = "display-name-unlike-legal-name";
    // A whole word, even a short one.
    leaves(rule, &names("Kim Holdings LLC", "Kim"));
    // Part of a word, of four letters and more.
    leaves(rule, &names("Maplerow Veterinary LLC", "Maple Pets"));
    leaves(rule, &names("Maplerow Veterinary LLC", "Mapl Pets"));
    finds(rule, &names("Maplerow Veterinary LLC", "Map Pets"));
}

#[test]
fn a_stock_symbol_holds_an_exchange_only_beside_something_else_or_after_a_colon() {
    let symbol = |symbol: &str| {
        json!({"brand": {"entityType": "PUBLIC_PROFIT", "stockSymbol": symbol,
                         "stockExchange": "NYSE", "businessContactEmail": "ir@maplerowvet.example"}})
    };
    let rule = "stock-symbol-with-exchange";
    for wrong in ["NYSE MRV", "MRV NYSE", "XYZ:MRV"] {
        finds(rule, &symbol(wrong));
    }
    for right in ["NYSE", "MRV A", "MRV"] {
        leaves(rule, &symbol(right));
    }
}

#[test]
fn an_ein_is_made_up_whose_last_seven_digits_only_count_or_repeat() {
    let ein = |ein: &str| json!({"brand": {"ein": ein}});
    for wrong in [
        "12-3456789",
        "47-9876543",
        "47-5555555",
        "47-6789012",
        "47-2109876",
    ] {
        finds("ein-made-up", &ein(wrong));
    }
    for right in ["47-1122334", "47-2468024", "47-1234568", "47-5555556"] {
        leaves("ein-made-up", &ein(right));
    }
}

#[test]
fn a_tax_number_has_the_form_of_its_country() {
    let number = |country: &str, number: &str| json!({"brand": {"country": country, "state": "XX", "postalCode": "10115", "ein": number}});
    let rule = "tax-id-of-country";
    for (country, right, wrong) in [
        (
            "CA",
            &["730928164", "730928164RC0001", "73092 8164 rc 0001"][..],
            &[
                "73092816",
                "730928164RC01",
                "730928164RT0001",
                "73092816ARC0001",
            ][..],
        ),
        (
            "GB",
            &["12345678", "SC123456", "GB123456789", "123456789012"],
            &["1234567", "SCABCDEF", "SC1234567", "GB12345678901"],
        ),
        ("AU", &["123456789", "12345678901"], &["1234567890"]),
        (
            "DE",
            &["DE123456789", "HRB 12345", "123456789", "1234567890123"],
            &["DE12345678", "12345678", "HTB 12345"],
        ),
        (
            "FR",
            &[
                "123456789",
                "12345678901234",
                "FRXX123456789",
                "AB123456789",
            ],
            &["12345678", "ABCDEFGHIJK", "FRXX12345678"],
        ),
        ("JP", &["12345", "T1234567890123"], &["1234", "ABCDE"]),
    ] {
        for right in right {
            leaves(rule, &number(country, right));
        }
        // Only Canada's form is published by the registry itself.
        let expected = match country {
            "CA" => Weight::Error,
            _ => Weight::Warning,
        };
        for wrong in wrong {
            let found = weight(rule, &number(country, wrong));
            assert_eq!(found, Some(expected), "{country} {wrong}");
        }
    }
}

#[test]
fn two_pages_are_swapped_only_if_each_has_the_name_of_the_other_alone() {
    let links = |privacy: &str, terms: &str| {
        let at = |page: &str| format!("https://maplerowvet.example/{page}");
        json!({"campaign": {"privacyPolicyLink": at(privacy), "termsAndConditionsLink": at(terms)}})
    };
    finds("links-swapped", &links("terms", "privacy"));
    for (privacy, terms) in [
        ("legal", "privacy"),
        ("terms", "legal"),
        ("terms-privacy", "privacy"),
        ("terms", "terms-privacy"),
    ] {
        leaves("links-swapped", &links(privacy, terms));
    }
}

#[test]
fn an_address_is_a_stand_in_by_its_whole_name_or_by_its_end() {
    let site = |site: &str| json!({"brand": {"website": format!("https://{site}/")}});
    for wrong in [
        "example.com",
        "www.domain.com",
        "maple.ngrok.io",
        "maple.test",
    ] {
        finds("link-example-page", &site(wrong));
    }
    for right in ["maple.example.com", "maplengrok.io", "maple.wixsite.com"] {
        leaves("link-example-page", &site(right));
    }
}

#[test]
fn a_page_shows_how_people_agree_unless_it_is_a_policy() {
    let flow = |page: &str| {
        let text = format!(
            "Pet owners are told about visits by text, see https://maplerowvet.example/{page} for \
             how. Message frequency varies, message and data rates may apply. HELP for help, STOP \
             to end."
        );
        json!({"campaign": {"messageFlow": text}})
    };
    leaves("consent-not-described", &flow("sms-form"));
    finds("consent-not-described", &flow("privacy"));
}

#[test]
fn two_ways_of_agreeing_are_enough_to_ask_how_if_neither_is_described() {
    let flow = |ways: &str| {
        let text = format!(
            "Pet owners opt in to appointment reminders {ways}. Message frequency varies, message \
             and data rates may apply. HELP for help, STOP to end."
        );
        json!({"campaign": {"messageFlow": text}})
    };
    let rule = "consent-not-each-described";
    finds(rule, &flow("on our website or in person"));
    leaves(
        rule,
        &flow("on our website, where they tick a box, or in person"),
    );
    leaves(rule, &flow("on our website"));
}

#[test]
fn a_word_of_crypto_currency_is_found_only_where_it_is_offered() {
    let sample = |text: &str| {
        let text = format!("Maple Row Veterinary: {text} Reply STOP to opt out.");
        json!({"campaign": {"samples": [text, "Maple Row Veterinary: thank you for your question. Reply STOP to opt out."]}})
    };
    leaves(
        "content-crypto",
        &sample("your bitcoin statement is there."),
    );
    finds("content-crypto", &sample("buy bitcoin."));
}

#[test]
fn what_all_samples_lack_is_an_error_and_what_some_lack_a_warning() {
    let sample = |day: &str, end: &str| format!("Maple Row Veterinary: see you on {day}.{end}");
    let found = |ends: [&str; 2]| {
        let samples = [sample("Monday", ends[0]), sample("Tuesday", ends[1])];
        weight(
            "sample-without-stop",
            &json!({"campaign": {"samples": samples}}),
        )
    };
    let stop = " Reply STOP to opt out.";
    assert_eq!(found([stop, stop]), None);
    assert_eq!(found([stop, ""]), Some(Weight::Warning));
    assert_eq!(found(["", ""]), Some(Weight::Error));
}

#[test]
fn a_business_is_named_by_its_names_without_article_and_legal_form() {
    let found = |brand: &Value, name: &str| {
        let sample = format!("{name}: your dog is due on Monday. Reply STOP to opt out.");
        let patch =
            json!({"brand": brand, "campaign": {"samples": [sample, format!("{sample} Bye.")]}});
        weight("sample-without-brand", &patch).is_some()
    };
    let named = |display: &str, legal: &str| json!({"displayName": display, "companyName": legal});
    let brand = named("The Kennel", "Oak Street Pets LLC");
    for name in [
        "Kennel",
        "The Kennel",
        "Oak Street Pets",
        "Oak Street Pets LLC",
    ] {
        assert!(!found(&brand, name), "{name}");
    }
    assert!(found(&brand, "Birch Lane Pets"));
    assert!(found(&brand, "Oak"), "a name is more than its beginning");
    // An article and a form are a name where there is nothing else.
    assert!(!found(&named("The", "LLC"), "The") && !found(&named("The", "LLC"), "LLC"));
    assert!(found(&named("The", "LLC"), "Kennel"));
}

#[test]
fn a_part_of_a_use_case_is_shown_by_a_sample_of_its_own() {
    let found = |part: &str, text: &str| {
        let sample = format!("Maple Row Veterinary: {text} Reply STOP to opt out.");
        let campaign = json!({"subUsecases": [part, "CUSTOMER_CARE"], "samples": [sample, format!("{sample} Bye.")]});
        weight("sub-usecase-without-sample", &json!({"campaign": campaign})).is_some()
    };
    let (offer, code) = (
        "20% off all shampoo this week.",
        "your login code is 123456.",
    );
    let visit = "your dog is due on Monday at 9 AM.";
    assert!(!found("MARKETING", offer) && found("MARKETING", visit));
    assert!(!found("2FA", code) && found("2FA", visit) && found("2FA", offer));
    assert!(found("2FA", "is your zip code 97205?"));
    assert!(!found(
        "DELIVERY_NOTIFICATION",
        "your package arrives today."
    ));
    assert!(found("DELIVERY_NOTIFICATION", visit));
}

#[test]
fn a_passcode_belongs_to_a_part_with_accounts() {
    let found = |part: &str| {
        let text = "Maple Row Veterinary: your login code is 123456. Reply STOP to opt out.";
        let campaign = json!({"subUsecases": [part, "POLLING_VOTING"],
                              "samples": [text, format!("{text} Bye.")]});
        weight(
            "sample-outside-sub-usecases",
            &json!({"campaign": campaign}),
        )
        .is_some()
    };
    assert!(found("DELIVERY_NOTIFICATION") && !found("2FA"));
}

#[test]
fn a_sole_proprietor_is_named_by_the_persons_name_and_a_company_is_not() {
    let found = |kind: &str| {
        let sample = "Ada Example: your dog is due on Monday. Reply STOP to opt out.";
        let brand = json!({"entityType": kind, "firstName": "Ada", "lastName": "Example",
                           "mobilePhone": "+15035550161"});
        let mut campaign = match kind {
            "SOLE_PROPRIETOR" => json!({"usecase": kind, "subUsecases": null}),
            _ => json!({}),
        };
        campaign["samples"] = json!([sample, format!("{sample} Bye.")]);
        weight(
            "sample-without-brand",
            &json!({"brand": brand, "campaign": campaign}),
        )
        .is_some()
    };
    assert!(!found("SOLE_PROPRIETOR") && found("PRIVATE_PROFIT"));
}

#[test]
fn words_are_found_with_their_place() {
    let text = "Maple Row Veterinary: buy bitcoin. Reply STOP to opt out.";
    let patch = json!({"campaign": {"samples": [text, format!("{text} Bye.")]}});
    let order = Order::read(&changed(&patch.to_string())).unwrap();
    let found = preflight(&order).into_iter();
    let mut found = found.filter(|finding| finding.rule == "content-crypto");
    let characters = found.next().unwrap().characters.unwrap();
    assert_eq!(&text[characters.from..characters.to], "bitcoin");
}

#[test]
fn a_sale_that_offers_nothing_promotes_only_with_a_discount_beside_it() {
    let found = |text: &str| {
        let sample = format!("Maple Row Veterinary: {text} Reply STOP to opt out.");
        let campaign = json!({"usecase": "ACCOUNT_NOTIFICATION", "subUsecases": null,
                              "samples": [sample, format!("{sample} Bye.")]});
        weight(
            "promotion-under-transactional",
            &json!({"campaign": campaign}),
        )
        .is_some()
    };
    assert!(found("big sale this week."));
    assert!(!found("proof of sale is there, the sale is closed."));
    assert!(found("proof of sale is there, and 20% off all shampoo."));
}

#[test]
fn a_pool_is_for_fifty_numbers_and_more() {
    let pool = |count: usize| {
        let numbers: Value = (0..count)
            .map(|index| json!(format!("+1206555{index:04}")))
            .collect();
        json!({"campaign": {"numberPool": true}, "numbers": numbers})
    };
    finds("flag-pool-unneeded", &pool(49));
    leaves("flag-pool-unneeded", &pool(50));
}

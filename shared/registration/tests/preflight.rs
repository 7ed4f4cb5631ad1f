//! What reviewers reject is said before any fee is paid, at its place and with
//! its source.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use registration::Order;
use registration::preflight::{Weight, preflight};
use serde_json::{Value, json};

const CEDAR: &str = include_str!("../../../tests/orders/cedar-street-dental.json");

/// The findings of the good order after one change, as `weight pointer`.
fn after(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut document: Value = serde_json::from_str(CEDAR).unwrap();
    change(&mut document);
    let order = Order::read(&document).unwrap_or_else(|problems| panic!("{problems}"));
    let findings = preflight(&order).into_iter();
    findings
        .map(|finding| {
            assert!(
                !finding.source.is_empty() && finding.message.len() > 20,
                "{finding:?}"
            );
            let weight = if finding.weight == Weight::Error {
                "error"
            } else {
                "warning"
            };
            format!("{weight} {}", finding.pointer)
        })
        .collect()
}

#[test]
fn a_good_order_has_no_findings() {
    assert_eq!(after(|_| ()), [] as [&str; 0]);
    for order in [
        include_str!("../../../tests/orders/harbor-food-bank.json"),
        include_str!("../../../tests/orders/northwind-outfitters.json"),
    ] {
        let order = Order::read(&serde_json::from_str(order).unwrap()).unwrap();
        assert!(
            preflight(&order)
                .iter()
                .all(|finding| finding.weight != Weight::Error)
        );
    }
}

#[test]
fn a_message_flow_that_does_not_say_how_people_opt_in_is_an_error() {
    let flow = "Customers are told about their appointments by text whenever there is news.";
    let found = after(|order| order["campaign"]["messageFlow"] = json!(flow));
    assert_eq!(found, ["error /campaign/messageFlow"]);
}

#[test]
fn a_sample_without_the_brand_or_an_opt_out_is_a_warning_and_all_of_them_an_error() {
    let bare = "Your appointment is on Tuesday at 9:30 AM, see you there.";
    let found = after(|order| order["campaign"]["samples"][1] = json!(bare));
    assert_eq!(
        found,
        ["warning /campaign/samples/1", "warning /campaign/samples/1"]
    );
    let other = "Your appointment is on Friday at 8:15 AM, see you there.";
    let found = after(|order| order["campaign"]["samples"] = json!([bare, other]));
    assert_eq!(
        found
            .iter()
            .filter(|line| line.starts_with("error"))
            .count(),
        4,
        "{found:?}"
    );
}

#[test]
fn a_link_of_a_public_shortener_in_a_text_is_an_error() {
    for link in ["https://bit.ly/3abc", "(bit.ly/3abc).", "www.tinyurl.com/x"] {
        let text = format!("Cedar Street Dental: see {link} for more. Reply STOP to opt out.");
        let found = after(|order| order["campaign"]["samples"][0] = json!(text));
        assert_eq!(found, ["error /campaign/samples/0"], "{link}");
    }
}

#[test]
fn a_free_mail_contact_and_missing_links_are_warnings() {
    let found = after(|order| order["brand"]["email"] = json!("cedar@gmail.com"));
    assert_eq!(found, ["warning /brand/email"]);
    for name in ["privacyPolicyLink", "termsAndConditionsLink"] {
        let found = after(|order| {
            order["campaign"].as_object_mut().unwrap().remove(name);
        });
        assert_eq!(found, [format!("warning /campaign/{name}")]);
    }
}

#[test]
fn samples_that_do_not_fit_the_use_case_are_warnings() {
    let single = |usecase: &'static str| {
        move |order: &mut Value| {
            order["campaign"]["usecase"] = json!(usecase);
            order["campaign"]
                .as_object_mut()
                .unwrap()
                .remove("subUsecases");
        }
    };
    let promotion = "Cedar Street Dental: 20 % off whitening, 20% off! Reply STOP to opt out.";
    let found = after(|order| {
        single("CUSTOMER_CARE")(order);
        order["campaign"]["samples"][0] = json!(promotion);
    });
    assert_eq!(found, ["warning /campaign/samples/0"]);
    let found = after(single("2FA"));
    assert_eq!(
        found,
        ["warning /campaign/samples/0", "warning /campaign/samples/1"]
    );
    let wholesale = "Cedar Street Dental: wholesale parts are here. Reply STOP to opt out.";
    let found = after(|order| {
        single("CUSTOMER_CARE")(order);
        order["campaign"]["samples"][0] = json!(wholesale);
    });
    assert_eq!(found, [] as [&str; 0]);
}

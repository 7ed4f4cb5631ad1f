//! A sole proprietor's PIN over HTTP.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "everything here is part of a test, and fails by panicking"
)]

mod caller;

use std::time::Duration;

use caller::{Caller, campaign, with};
use registry_simulator::{Reviews, Settings, Span};
use serde_json::{Value, json};

fn person(mobile: &str) -> Value {
    json!({
        "entityType": "SOLE_PROPRIETOR",
        "displayName": "Rosa's Gardens",
        "firstName": "Rosa",
        "lastName": "Garden",
        "phone": "+12125550100",
        "mobilePhone": mobile,
        "email": "rosa@gardens.example",
        "country": "US",
        "vertical": "PROFESSIONAL",
    })
}

fn messages() -> Value {
    json!({"pinSms": "Your PIN is @OTP_PIN@.", "successSms": "Thank you."})
}

/// A sole proprietor's brand, and where its PIN is.
async fn with_person(settings: Settings, mobile: &str) -> (Caller, String, String) {
    let caller = Caller::start(settings).await;
    let made = caller.post("/10dlc/brand", &person(mobile)).await.fine();
    let id = made["brandId"].as_str().expect("an id").to_owned();
    let otp = format!("/10dlc/brand/{id}/smsOtp");
    (caller, id, otp)
}

#[tokio::test]
async fn the_right_pin_verifies_a_sole_proprietors_brand() {
    let (caller, id, otp) = with_person(Settings::default(), "+12125550101").await;
    let brand = format!("/10dlc/brand/{id}");
    let stands = caller.get(&brand).await.fine();
    assert_eq!(
        (&stands["status"], &stands["identityStatus"]),
        (&json!("OK"), &json!("UNVERIFIED"))
    );
    let sent = campaign(&id, "r1");
    let early = caller.post("/10dlc/campaignBuilder", &sent).await;
    assert_eq!(early.error().0, "90002");
    assert_eq!(caller.get(&otp).await.status, 404, "none was sent");

    let triggered = caller.post(&otp, &messages()).await.fine();
    assert_eq!(triggered["brandId"], json!(id));
    let reference = triggered["referenceId"].as_str().expect("a reference");
    let read = caller.get(&otp).await.fine();
    assert_eq!(read["deliveryStatus"], "DELIVERED_HANDSET");
    assert_eq!(read["mobilePhone"], "+12125550101");
    assert!(read["verifyDate"].is_null());
    let by_reference = format!("/10dlc/brand/smsOtp/{reference}");
    assert_eq!(caller.get(&by_reference).await.fine(), read);

    let pin = caller.simulator.pin(&id).expect("a PIN");
    let accepted = caller.put(&otp, &json!({"otpPin": pin})).await;
    assert_eq!(accepted.status, 204);
    let stands = caller.get(&brand).await.fine();
    assert_eq!(stands["identityStatus"], "VERIFIED");
    assert!(caller.get(&otp).await.fine()["verifyDate"].is_string());
    caller.post("/10dlc/campaignBuilder", &sent).await.fine();
    let again = caller.put(&otp, &json!({"otpPin": pin})).await;
    assert_eq!(again.error(), ("90016", "/otpPin"));
}

#[tokio::test]
async fn a_wrong_pin_and_an_older_one_are_refused() {
    let (caller, id, otp) = with_person(Settings::default(), "+12125550101").await;
    let none = caller.put(&otp, &json!({"otpPin": "000000"})).await;
    assert_eq!(none.error(), ("90016", "/otpPin"), "none was sent");
    let first = caller.post(&otp, &messages()).await.fine();
    let older = caller.simulator.pin(&id).expect("a PIN");
    let second = caller.post(&otp, &messages()).await.fine();
    assert_ne!(first["referenceId"], second["referenceId"]);
    for pin in [older.as_str(), "x"] {
        let wrong = caller.put(&otp, &json!({"otpPin": pin})).await;
        assert_eq!((wrong.status, wrong.error()), (400, ("90015", "/otpPin")));
    }
    let former = first["referenceId"].as_str().expect("a reference");
    let former = format!("/10dlc/brand/smsOtp/{former}");
    assert_eq!(caller.get(&former).await.status, 404);
}

#[tokio::test]
async fn a_pin_expires_and_a_new_one_can_be_sent() {
    let settings = Settings {
        pin_lives: Duration::ZERO,
        ..Settings::default()
    };
    let (caller, id, otp) = with_person(settings, "+12125550101").await;
    for _ in 0..2 {
        caller.post(&otp, &messages()).await.fine();
        assert_eq!(caller.get(&otp).await.fine()["deliveryStatus"], "EXPIRED");
        let pin = caller.simulator.pin(&id).expect("a PIN");
        let late = caller.put(&otp, &json!({"otpPin": pin})).await;
        assert_eq!((late.status, late.error()), (400, ("90016", "/otpPin")));
    }
}

#[tokio::test]
async fn a_phone_that_is_not_reached_shows() {
    let (caller, _, otp) = with_person(Settings::default(), "+12125559001").await;
    caller.post(&otp, &messages()).await.fine();
    assert_eq!(caller.get(&otp).await.fine()["deliveryStatus"], "FAILED");
}

#[tokio::test]
async fn only_registered_sole_proprietors_with_a_whole_message_get_a_pin() {
    let (caller, _, otp) = with_person(Settings::default(), "+12125550101").await;
    let without = with(messages(), "pinSms", "Your PIN is 1234.");
    let wrong = caller.post(&otp, &without).await;
    assert_eq!((wrong.status, wrong.error()), (422, ("10015", "/pinSms")));
    let wrong = caller.post(&otp, &json!({"pinSms": "@OTP_PIN@"})).await;
    assert_eq!(
        (wrong.status, wrong.error()),
        (422, ("10004", "/successSms"))
    );
    let company = caller.brand_id("123456789").await;
    let company = format!("/10dlc/brand/{company}/smsOtp");
    let refused = caller.post(&company, &messages()).await;
    assert_eq!((refused.status, refused.error().0), (400, "90014"));

    let brand = Span::exactly(Duration::from_secs(3600));
    let reviews = Reviews {
        brand,
        ..Reviews::default()
    };
    let settings = Settings {
        reviews,
        ..Settings::default()
    };
    let (caller, _, otp) = with_person(settings, "+12125550101").await;
    let early = caller.post(&otp, &messages()).await;
    assert_eq!((early.status, early.error().0), (400, "90012"));
}

#[tokio::test]
async fn the_pin_can_be_read_from_another_process() {
    let (caller, id, otp) = with_person(Settings::default(), "+12125550101").await;
    let path = format!("http://{}/simulator/otp/{id}", caller.simulator.address());
    let read = async || caller.client.get(&path).send().await.expect("answered");
    assert_eq!(read().await.status(), 404);
    caller.post(&otp, &messages()).await.fine();
    let pin = caller.simulator.pin(&id).expect("a PIN");
    let body: Value = read().await.json().await.expect("JSON");
    let expected = json!({"pin": pin, "message": format!("Your PIN is {pin}.")});
    assert_eq!(body, expected);
}

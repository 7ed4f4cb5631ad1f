//! The PIN of a sole proprietor.

use std::time::Duration;

use axum::body::Body;
use axum::http::{StatusCode, header};
use platform::Case;
use registration::{RegistrationId, Step};
use serde_json::json;

use crate::service::{ACME, Answer, GLOBEX, KIM, Service, request};
use crate::standing::awaiting_pin;

async fn otp(service: &Service, token: &str, id: &RegistrationId, body: &str) -> Answer {
    let call = request("POST", token, &format!("/v1/registrations/{id}/otp"))
        .header(header::CONTENT_TYPE, "application/json");
    service
        .call(call.body(Body::from(body.to_owned())).unwrap())
        .await
}

const PIN: &str = "{\"pin\":\" 482913\"}";

async fn given(service: &Service, id: &RegistrationId) -> Option<String> {
    let case = Case::load(&*service.platform.store, id).await.unwrap();
    case.facts.given_pin().map(|pin| pin.as_str().to_owned())
}

#[tokio::test]
async fn a_pin_is_handed_in_and_not_repeated_in_the_answer() {
    let service = Service::start().await;
    let id = awaiting_pin(&service).await;
    let shown = service.get(ACME, &format!("/v1/registrations/{id}")).await;
    assert_eq!(shown.json()["status"], "awaiting_pin");
    let path = format!("/v1/registrations/{id}/otp");
    assert_eq!(shown.json()["links"]["otp"], path);
    let answer = otp(&service, ACME, &id, PIN).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let body = answer.json();
    assert_eq!(
        [&body["status"], &body["step"], &body["round"]],
        [&json!("in_progress"), &json!("pin"), &json!(1)]
    );
    assert!(!answer.text.contains("482913"), "{answer:?}");
    assert_eq!(given(&service, &id).await.as_deref(), Some("482913"));
}

#[tokio::test]
async fn without_a_pin_another_sms_is_sent() {
    for body in ["", "{}", "{\"pin\":null}"] {
        let service = Service::start().await;
        let id = awaiting_pin(&service).await;
        let answer = otp(&service, ACME, &id, body).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        let body = answer.json();
        assert_eq!([&body["step"], &body["round"]], [&json!("otp"), &json!(2)]);
        assert_eq!(given(&service, &id).await, None);
    }
}

#[tokio::test]
async fn a_pin_is_refused_once_it_has_expired_and_another_sms_is_not() {
    let service = Service::start().await;
    let id = awaiting_pin(&service).await;
    service.clock.advance(Duration::from_secs(24 * 60 * 60));
    let late = otp(&service, ACME, &id, PIN).await;
    late.assert_problem(StatusCode::CONFLICT, "pin-expired");
    assert_eq!(given(&service, &id).await, None);
    let again = otp(&service, ACME, &id, "").await;
    assert_eq!(again.status, StatusCode::ACCEPTED, "{again:?}");
}

#[tokio::test]
async fn where_no_pin_is_awaited_none_is_taken_and_no_sms_is_sent() {
    let service = Service::start().await;
    let id = service.ordered().await;
    for body in [PIN, ""] {
        let answer = otp(&service, ACME, &id, body).await;
        answer.assert_problem(StatusCode::CONFLICT, "no-pin-awaited");
    }
    assert_eq!(service.depth(Step::Otp).await.waiting, 1, "the brand alone");
}

#[tokio::test]
async fn what_no_pin_looks_like_is_refused_with_its_place_and_not_repeated() {
    let service = Service::start().await;
    let id = awaiting_pin(&service).await;
    for (body, pointer, rule) in [
        ("{\"pin\":\"12 77777\"}", "/pin", "not_a_pin"),
        ("{\"pin\":\"\"}", "/pin", "not_a_pin"),
        ("{\"pin\":77777}", "/pin", "wrong_type"),
        ("{\"PIN\":\"77777\"}", "/PIN", "unknown_field"),
        ("[\"77777\"]", "", "wrong_type"),
    ] {
        let answer = otp(&service, ACME, &id, body).await;
        let problem = answer.assert_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid-pin");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        assert_eq!(problem["errors"][0]["rule"], rule, "{problem}");
        assert!(!answer.text.contains("77777"), "{problem}");
    }
    assert_eq!(given(&service, &id).await, None);
}

#[tokio::test]
async fn nobody_hands_in_a_pin_for_another_account_but_an_operator() {
    let service = Service::start().await;
    let id = awaiting_pin(&service).await;
    for (token, id) in [(GLOBEX, &id), (ACME, &RegistrationId::new(1, 1))] {
        let answer = otp(&service, token, id, PIN).await;
        answer.assert_problem(StatusCode::NOT_FOUND, "unknown-registration");
    }
    assert_eq!(given(&service, &id).await, None);
    let answer = otp(&service, KIM, &id, PIN).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
}

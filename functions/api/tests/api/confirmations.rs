//! The e-mail by which a public company confirms its brand.

use std::time::Duration;

use axum::body::Body;
use axum::http::{StatusCode, header};
use platform::Case;
use registration::{RegistrationId, Step};
use serde_json::json;

use crate::service::{ACME, Answer, GLOBEX, KIM, Service, request};
use crate::standing::{approved, awaiting_confirmation, submitted};

async fn again(service: &Service, token: &str, id: &RegistrationId) -> Answer {
    let path = format!("/v1/registrations/{id}/confirmation");
    service.post(token, &path).await
}

async fn patch(service: &Service, path: &str, patch: &str) -> Answer {
    let call = request("PATCH", ACME, path);
    let call = call.header(header::CONTENT_TYPE, "application/merge-patch+json");
    service
        .call(call.body(Body::from(patch.to_owned())).unwrap())
        .await
}

async fn round(service: &Service, id: &RegistrationId) -> u32 {
    let case = Case::load(&*service.platform.store, id).await.unwrap();
    case.facts.step(Step::Confirmation).round.get()
}

/// What the function would have recorded of the e-mail.
async fn sent(service: &Service, id: &RegistrationId) {
    let mut fact = serde_json::to_value(submitted(Step::Confirmation)).unwrap();
    fact["round"] = json!(round(service, id).await);
    let fact = serde_json::from_value(fact).unwrap();
    service.happens(id, vec![fact]).await;
}

#[tokio::test]
async fn it_is_told_what_is_awaited_from_whom_and_until_when_but_not_the_address() {
    let service = Service::start().await;
    let id = awaiting_confirmation(&service).await;
    let shown = service.get(ACME, &format!("/v1/registrations/{id}")).await;
    let body = shown.json();
    assert_eq!(body["status"], "awaiting_confirmation");
    assert_eq!(body["must_act"], "account");
    let path = format!("/v1/registrations/{id}/confirmation");
    assert_eq!(body["links"]["confirmation"], path);
    let waits = &body["waits_for"];
    assert_eq!(waits["what"], "confirmation");
    assert_eq!(waits["domain"], "northwindoutfitters.example.com");
    let time = |name: &str| {
        waits[name]
            .as_str()
            .unwrap()
            .parse::<jiff::Timestamp>()
            .unwrap()
    };
    let day = Duration::from_secs(24 * 60 * 60);
    assert_eq!(time("since") + 7 * day, time("link_until"));
    assert_eq!(time("since") + 30 * day, time("until"));
    assert!(waits["advice"].is_string());
    assert!(!shown.text.contains("legal@"), "{}", shown.text);
}

#[tokio::test]
async fn another_e_mail_is_sent_and_is_a_round_of_its_own() {
    let service = Service::start().await;
    let id = awaiting_confirmation(&service).await;
    let answer = again(&service, ACME, &id).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let body = answer.json();
    assert_eq!(
        [&body["status"], &body["step"], &body["round"]],
        [&json!("in_progress"), &json!("confirmation"), &json!(2)]
    );
    let twice = again(&service, ACME, &id).await;
    twice.assert_problem(StatusCode::CONFLICT, "no-confirmation-awaited");
    assert_eq!(
        service.depth(Step::Confirmation).await.waiting,
        2,
        "brand and e-mail"
    );
}

#[tokio::test]
async fn the_sixth_of_a_day_is_refused_with_when_it_is_possible_again() {
    let service = Service::start().await;
    let id = awaiting_confirmation(&service).await;
    for _ in 0..5 {
        let answer = again(&service, ACME, &id).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        sent(&service, &id).await;
    }
    let refused = again(&service, KIM, &id).await;
    let problem = refused.assert_problem(StatusCode::TOO_MANY_REQUESTS, "too-many");
    assert!(problem["available_at"].is_string(), "{problem}");
    assert!(refused.headers.contains_key("retry-after"));
    assert!(!refused.text.contains("legal@"), "{}", refused.text);
    service.clock.advance(Duration::from_secs(24 * 60 * 60));
    let answer = again(&service, ACME, &id).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
}

#[tokio::test]
async fn a_corrected_address_is_taken_and_nothing_else_of_the_brand() {
    let service = Service::start().await;
    let id = awaiting_confirmation(&service).await;
    let path = format!("/v1/registrations/{id}");
    let city = r#"{"brand":{"city":"Boulder"}}"#;
    let locked = patch(&service, &path, city).await;
    locked.assert_problem(StatusCode::CONFLICT, "locked");
    let address = r#"{"brand":{"businessContactEmail":"ir@northwindoutfitters.example.com"}}"#;
    let answer = patch(&service, &path, address).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    assert_eq!(answer.json()["step"], "confirmation");
    assert_eq!(round(&service, &id).await, 2);
}

#[tokio::test]
async fn where_no_link_is_awaited_no_e_mail_is_sent() {
    let service = Service::start().await;
    let id = service.ordered().await;
    let answer = again(&service, ACME, &id).await;
    answer.assert_problem(StatusCode::CONFLICT, "no-confirmation-awaited");
    let id = awaiting_confirmation(&service).await;
    service.happens(&id, approved(Step::Brand)).await;
    let answer = again(&service, ACME, &id).await;
    answer.assert_problem(StatusCode::CONFLICT, "no-confirmation-awaited");
}

#[tokio::test]
async fn nobody_asks_for_an_e_mail_of_another_account_but_an_operator() {
    let service = Service::start().await;
    let id = awaiting_confirmation(&service).await;
    for (token, id) in [(GLOBEX, &id), (ACME, &RegistrationId::new(1, 1))] {
        let answer = again(&service, token, id).await;
        answer.assert_problem(StatusCode::NOT_FOUND, "unknown-registration");
    }
    assert_eq!(round(&service, &id).await, 1);
    let answer = again(&service, KIM, &id).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
}

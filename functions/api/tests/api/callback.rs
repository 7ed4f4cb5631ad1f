//! Registering a callback.

use std::time::Duration;

use axum::http::StatusCode;
use platform::callback::RETIRES;
use registration::callback::url::LONGEST;
use serde_json::{Value, json};

use crate::service::{ACME, Answer, GLOBEX, KIM, Service, account};

const PATH: &str = "/v1/callback";
const URL: &str = "https://hooks.example.com/registrar";

async fn register(service: &Service, url: &str) -> Answer {
    let body = json!({ "url": url }).to_string();
    service.put(ACME, PATH, &body).await
}

fn secret(answer: &Answer) -> String {
    answer.json()["secret"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_callback_is_registered_with_a_secret_that_is_shown_this_once() {
    let service = Service::start().await;
    let answer = register(&service, URL).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.json()["url"], URL);
    let secret = secret(&answer);
    assert!(secret.starts_with("whsec_"), "{secret}");
    let answer = service.get(ACME, PATH).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["url"], URL);
    assert!(!answer.text.contains("whsec_"), "{answer:?}");
    let stored = service.platform.store.callback(&account("acme")).await;
    assert_eq!(stored.unwrap().unwrap().secret.show(), secret);
}

#[tokio::test]
async fn registering_again_replaces_the_secret_and_says_how_long_the_one_before_signs() {
    let service = Service::start().await;
    let first = secret(&register(&service, URL).await);
    let answer = register(&service, URL).await;
    assert_ne!(secret(&answer), first);
    let until = answer.json()["previous_secret_until"].clone();
    assert_eq!(
        service.get(ACME, PATH).await.json()["previous_secret_until"],
        until
    );
    let stored = service.platform.store.callback(&account("acme")).await;
    let retiring = stored.unwrap().unwrap().retiring.unwrap();
    assert_eq!(retiring.secret.show(), first);
    assert_eq!(until, retiring.until.to_string());
    service.clock.advance(RETIRES + Duration::from_secs(1));
    let answer = service.get(ACME, PATH).await.json();
    assert_eq!(answer.get("previous_secret_until"), None, "{answer}");
}

#[tokio::test]
async fn a_removed_callback_is_gone_and_may_be_removed_again() {
    let service = Service::start().await;
    let none = service.get(ACME, PATH).await;
    none.assert_problem(StatusCode::NOT_FOUND, "no-callback");
    register(&service, URL).await;
    for _ in 0..2 {
        let answer = service.delete(ACME, PATH).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
    }
    let none = service.get(ACME, PATH).await;
    none.assert_problem(StatusCode::NOT_FOUND, "no-callback");
}

#[tokio::test]
async fn every_account_has_its_own_callback_and_an_operator_sees_none() {
    let service = Service::start().await;
    register(&service, URL).await;
    let theirs = service.get(GLOBEX, PATH).await;
    theirs.assert_problem(StatusCode::NOT_FOUND, "no-callback");
    service.delete(GLOBEX, PATH).await;
    for answer in [
        service.get(KIM, PATH).await,
        service.delete(KIM, PATH).await,
        service
            .put(KIM, PATH, &json!({ "url": URL }).to_string())
            .await,
    ] {
        answer.assert_problem(StatusCode::FORBIDDEN, "needs-account");
    }
    assert_eq!(service.get(ACME, PATH).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_address_that_may_not_be_called_is_refused_with_its_place_and_rule() {
    let service = Service::start().await;
    let long = format!("https://example.com/{}", "x".repeat(LONGEST));
    for (body, pointer, rule) in [
        (json!({}), "/url", "required"),
        (json!({ "url": null }), "/url", "required"),
        (json!({ "url": 7 }), "/url", "wrong_type"),
        (json!([]), "", "wrong_type"),
        (json!({ "url": URL, "a/b": 1 }), "/a~1b", "unknown_field"),
        (json!({ "url": long }), "/url", "too_long"),
        (json!({ "url": "example.com" }), "/url", "not_a_url"),
        (json!({ "url": "http://example.com/" }), "/url", "not_a_url"),
        (
            json!({ "url": "https://example.com:8443/" }),
            "/url",
            "not_public",
        ),
        (json!({ "url": "https://localhost/" }), "/url", "not_public"),
        (json!({ "url": "https://10.1.2.3/" }), "/url", "not_public"),
        (
            json!({ "url": "https://169.254.169.254/latest" }),
            "/url",
            "not_public",
        ),
        (
            json!({ "url": "https://[::ffff:127.0.0.1]/" }),
            "/url",
            "not_public",
        ),
    ] {
        let answer = service.put(ACME, PATH, &body.to_string()).await;
        let problem = answer.assert_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid-callback");
        let errors: Vec<Value> = problem["errors"].as_array().unwrap().clone();
        let found = (&errors[0]["pointer"], &errors[0]["rule"]);
        assert_eq!(found, (&json!(pointer), &json!(rule)), "{problem}");
        assert_eq!(errors.len(), 1, "{problem}");
    }
    let none = service.get(ACME, PATH).await;
    none.assert_problem(StatusCode::NOT_FOUND, "no-callback");
}

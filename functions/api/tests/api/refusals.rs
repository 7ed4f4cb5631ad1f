//! What is refused before anything is stored or sent.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};

use crate::service::{ACME, CEDAR, GLOBEX, KIM, Service, order, request};

const BAD: &str = include_str!("../../../../tests/orders/bad-everything.json");

/// Sends `body` as an order of acme with a key, and proves afterwards that
/// nothing of it was kept, not even the key.
async fn refused(body: impl Into<Body>, status: StatusCode, kind: &str) -> Value {
    let service = Service::start().await;
    let problem = service
        .order(body, Some("k"))
        .await
        .assert_problem(status, kind);
    service.assert_nothing_happened().await;
    assert_eq!(
        service.order(CEDAR, Some("k")).await.json()["repeated"],
        false
    );
    problem
}

#[tokio::test]
async fn malformed_json_is_named_with_its_line_and_column() {
    for (body, line, column) in [
        ("{\n  \"brand\": }", 2, 12),
        ("", 1, 0),
        ("{} {}", 1, 4),
        ("{\"brand\": \"\u{1}\"}", 1, 12),
    ] {
        let problem = refused(body, StatusCode::BAD_REQUEST, "malformed-json").await;
        assert_eq!(
            (&problem["line"], &problem["column"]),
            (&json!(line), &json!(column)),
            "{problem}"
        );
    }
    refused(
        vec![b'"', 0xff, b'"'],
        StatusCode::BAD_REQUEST,
        "malformed-json",
    )
    .await;
}

#[tokio::test]
async fn a_field_named_twice_is_refused_because_one_of_them_would_be_lost() {
    let body = CEDAR.replacen("\"city\"", "\"ein\": \"12-3456789\", \"city\"", 1);
    let problem = refused(body, StatusCode::BAD_REQUEST, "malformed-json").await;
    assert!(
        problem["detail"].as_str().unwrap().contains("twice"),
        "{problem}"
    );
}

#[tokio::test]
async fn json_that_is_nested_too_deep_is_malformed() {
    refused(
        "[".repeat(100_000),
        StatusCode::BAD_REQUEST,
        "malformed-json",
    )
    .await;
}

#[tokio::test]
async fn every_mistake_of_an_order_is_reported_at_once() {
    let problem = refused(BAD, StatusCode::UNPROCESSABLE_ENTITY, "invalid-order").await;
    let document = serde_json::from_str(BAD).unwrap();
    let problems = registration::Order::read(&document).unwrap_err();
    let errors = problem["errors"].as_array().unwrap();
    assert!(errors.len() > 20);
    let expected = serde_json::to_value(&problems).unwrap();
    assert_eq!(problem["errors"], expected["problems"]);
    assert_eq!(problem["more"], 0);
}

#[tokio::test]
async fn an_unknown_field_is_a_mistake() {
    let body = CEDAR.replacen("\"city\"", "\"town\"", 1);
    let problem = refused(body, StatusCode::UNPROCESSABLE_ENTITY, "invalid-order").await;
    assert_eq!(problem["errors"][0]["pointer"], "/brand/town");
    assert_eq!(problem["errors"][0]["rule"], "unknown_field");
}

#[tokio::test]
async fn json_that_is_no_order_has_its_mistake_at_the_root() {
    let problem = refused("[]", StatusCode::UNPROCESSABLE_ENTITY, "invalid-order").await;
    assert_eq!(problem["errors"][0]["pointer"], "");
}

#[tokio::test]
async fn the_errors_of_thousands_of_bad_numbers_are_cut_and_counted() {
    let mut document: Value = serde_json::from_str(CEDAR).unwrap();
    document["numbers"] = (0..3000).map(|_| json!("no number")).collect();
    let body = document.to_string();
    let problem = refused(body, StatusCode::UNPROCESSABLE_ENTITY, "invalid-order").await;
    assert_eq!(problem["errors"].as_array().unwrap().len(), 100);
    assert!(problem["more"].as_u64().unwrap() >= 2900);
}

#[tokio::test]
async fn a_body_one_byte_over_the_limit_is_refused_and_one_at_the_limit_is_read() {
    let padded = |length: usize| format!("{CEDAR}{}", " ".repeat(length - CEDAR.len()));
    refused(
        padded(api::LARGEST_BODY + 1),
        StatusCode::PAYLOAD_TOO_LARGE,
        "too-large",
    )
    .await;
    let service = Service::start().await;
    let answer = service.order(padded(api::LARGEST_BODY), None).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_body_that_does_not_say_that_it_is_json_is_refused() {
    let service = Service::start().await;
    for kind in [
        None,
        Some("text/plain"),
        Some("application/jsonp"),
        Some(""),
    ] {
        let mut request = order(ACME, "/v1/registrations", CEDAR, None);
        request.headers_mut().remove(header::CONTENT_TYPE);
        if let Some(kind) = kind {
            request
                .headers_mut()
                .insert(header::CONTENT_TYPE, kind.parse().unwrap());
        }
        let answer = service.call(request).await;
        answer.assert_problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json");
    }
    service.assert_nothing_happened().await;
    let mut request = order(ACME, "/v1/registrations", CEDAR, None);
    let kind = "Application/JSON; charset=utf-8".parse().unwrap();
    request.headers_mut().insert(header::CONTENT_TYPE, kind);
    assert_eq!(service.call(request).await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn an_idempotency_key_of_another_form_is_refused() {
    let service = Service::start().await;
    for key in ["", " ", "a b", "é", &"k".repeat(256)] {
        let answer = service.order(CEDAR, Some(key)).await;
        let problem = answer.assert_problem(StatusCode::BAD_REQUEST, "invalid-parameter");
        assert_eq!(problem["parameter"], "Idempotency-Key");
    }
    let mut twice = order(ACME, "/v1/registrations", CEDAR, Some("a"));
    twice
        .headers_mut()
        .append("Idempotency-Key", "a".parse().unwrap());
    service
        .call(twice)
        .await
        .assert_problem(StatusCode::BAD_REQUEST, "invalid-parameter");
    service.assert_nothing_happened().await;
    let longest = "k".repeat(255);
    assert_eq!(
        service.order(CEDAR, Some(&longest)).await.status,
        StatusCode::ACCEPTED
    );
}

#[tokio::test]
async fn an_order_for_no_account_or_another_one_is_refused() {
    let service = Service::start().await;
    for (token, query, status, kind) in [
        (KIM, "", StatusCode::BAD_REQUEST, "invalid-parameter"),
        (
            KIM,
            "?account=Not+A+Name",
            StatusCode::BAD_REQUEST,
            "invalid-parameter",
        ),
        (
            ACME,
            "?account=globex",
            StatusCode::FORBIDDEN,
            "other-account",
        ),
        (
            GLOBEX,
            "?acount=globex",
            StatusCode::BAD_REQUEST,
            "invalid-parameter",
        ),
    ] {
        let path = format!("/v1/registrations{query}");
        service
            .call(order(token, &path, CEDAR, None))
            .await
            .assert_problem(status, kind);
    }
    service.assert_nothing_happened().await;
}

#[tokio::test]
async fn an_address_that_is_none_is_a_problem_too() {
    let service = Service::start().await;
    for path in [
        "/",
        "/v1",
        "/v1/registrations/",
        "/v2/registrations",
        "/v1/registrations/a/b/c",
    ] {
        service
            .get(ACME, path)
            .await
            .assert_problem(StatusCode::NOT_FOUND, "unknown-route");
    }
    for path in [
        "/v1/registrations/%FF",
        "/v1/registrations/x",
        "/v1/registrations/%2e%2e",
    ] {
        let answer = service.get(ACME, path).await;
        answer.assert_problem(StatusCode::NOT_FOUND, "unknown-registration");
    }
}

#[tokio::test]
async fn a_wrong_method_is_answered_with_those_that_are_right() {
    let service = Service::start().await;
    let call = request("DELETE", ACME, "/v1/registrations")
        .body(Body::empty())
        .unwrap();
    let answer = service.call(call).await;
    answer.assert_problem(StatusCode::METHOD_NOT_ALLOWED, "wrong-method");
    let mut allowed: Vec<_> = answer.header("allow").split(',').map(str::trim).collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
}

#[tokio::test]
async fn health_and_the_document_need_no_token() {
    let service = Service::start().await;
    for path in ["/v1/health", "/v1/openapi.json"] {
        let answer = service
            .call(Request::get(path).body(Body::empty()).unwrap())
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        assert_eq!(answer.header("content-type"), "application/json");
    }
}

//! Cancelling an order.

use axum::body::Body;
use axum::http::{StatusCode, header};
use platform::Case;
use registration::{RegistrationId, Step};
use serde_json::json;

use crate::service::{ACME, Answer, CEDAR, GLOBEX, KIM, Service, request};
use crate::standing::{approved, number_of, submitted};

async fn cancel(service: &Service, token: &str, id: &RegistrationId, body: &str) -> Answer {
    let call = request("POST", token, &format!("/v1/registrations/{id}/cancel"))
        .header(header::CONTENT_TYPE, "application/json");
    service
        .call(call.body(Body::from(body.to_owned())).unwrap())
        .await
}

async fn keeps_brand(service: &Service, id: &RegistrationId) -> Option<bool> {
    let case = Case::load(&*service.platform.store, id).await.unwrap();
    let facts = case.facts;
    facts.cancelled().then(|| facts.keeps_brand())
}

#[tokio::test]
async fn an_order_that_the_registry_has_is_withdrawn() {
    let service = Service::start().await;
    let id = service.ordered().await;
    let facts = vec![submitted(Step::Brand)];
    service.happens(&id, facts).await;
    let answer = cancel(&service, ACME, &id, "").await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let body = answer.json();
    assert_eq!(
        [&body["status"], &body["step"], &body["round"]],
        [&json!("cancelling"), &json!("end_brand"), &json!(1)]
    );
    for link in ["amend", "cancel", "otp"] {
        assert_eq!(body["links"].get(link), None, "{body}");
    }
    assert_eq!(keeps_brand(&service, &id).await, Some(false));
    assert_eq!(service.depth(Step::EndBrand).await.waiting, 1);
    let shown = service.get(ACME, &format!("/v1/registrations/{id}")).await;
    assert_eq!(shown.json()["cancelled"], true);
}

#[tokio::test]
async fn an_order_that_was_not_sent_is_over_at_once_and_may_be_cancelled_again() {
    let service = Service::start().await;
    let id = service.ordered().await;
    let length = async || service.platform.store.history(&id).await.unwrap().len();
    for _ in 0..2 {
        let answer = cancel(&service, ACME, &id, "{}").await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        let body = answer.json();
        assert_eq!(
            [&body["status"], &body["step"], &body["round"]],
            [&json!("cancelled"), &json!(null), &json!(null)]
        );
        assert_eq!(length().await, 2);
    }
}

#[tokio::test]
async fn the_brand_stays_where_that_is_asked_for() {
    for (body, keeps) in [
        ("{\"keep_brand\":true}", true),
        ("{\"keep_brand\":false}", false),
        ("{\"keep_brand\":null}", false),
    ] {
        let service = Service::start().await;
        let id = service.ordered().await;
        let answer = cancel(&service, ACME, &id, body).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        assert_eq!(keeps_brand(&service, &id).await, Some(keeps), "{body}");
    }
}

#[tokio::test]
async fn a_body_that_says_something_else_cancels_nothing() {
    let service = Service::start().await;
    let id = service.ordered().await;
    for (body, pointer, rule) in [
        ("{\"keep_brand\":\"yes\"}", "/keep_brand", "wrong_type"),
        ("{\"keepBrand\":true}", "/keepBrand", "unknown_field"),
        ("[]", "", "wrong_type"),
    ] {
        let answer = cancel(&service, ACME, &id, body).await;
        let problem =
            answer.assert_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid-cancellation");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        assert_eq!(problem["errors"][0]["rule"], rule, "{problem}");
    }
    let broken = cancel(&service, ACME, &id, "{").await;
    broken.assert_problem(StatusCode::BAD_REQUEST, "malformed-json");
    let call = request("POST", ACME, &format!("/v1/registrations/{id}/cancel"))
        .body(Body::from("keep_brand=true"));
    let form = service.call(call.unwrap()).await;
    form.assert_problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json");
    assert_eq!(keeps_brand(&service, &id).await, None);
}

#[tokio::test]
async fn a_number_is_cancelled_by_itself_and_its_order_stands() {
    for body in ["", "{\"keep_brand\":true}", "{\"keep_brand\":false}"] {
        let service = Service::start().await;
        let order = service.ordered().await;
        let id = number_of(&service, &order).await;
        let shown = service.get(ACME, &format!("/v1/registrations/{id}")).await;
        let link = shown.json()["links"]["cancel"].clone();
        assert_eq!(link, format!("/v1/registrations/{id}/cancel"));
        let answer = cancel(&service, ACME, &id, body).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        let said = answer.json();
        assert_eq!(
            [&said["status"], &said["step"]],
            [&json!("cancelled"), &json!(null)]
        );
        assert_eq!(keeps_brand(&service, &id).await, Some(true), "{body}");
        assert_eq!(keeps_brand(&service, &order).await, None);
        let path = format!("/v1/registrations/{order}");
        let shown = service.get(ACME, &path).await.json();
        assert_eq!(shown["numbers"]["cancelled"], 1, "{shown}");
    }
}

#[tokio::test]
async fn nobody_cancels_the_order_of_another_account_but_an_operator() {
    let service = Service::start().await;
    let id = service.ordered().await;
    for (token, id) in [(GLOBEX, &id), (ACME, &RegistrationId::new(1, 1))] {
        let answer = cancel(&service, token, id, "").await;
        answer.assert_problem(StatusCode::NOT_FOUND, "unknown-registration");
    }
    assert_eq!(keeps_brand(&service, &id).await, None);
    let answer = cancel(&service, KIM, &id, "").await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
}

#[tokio::test]
async fn a_cancellation_names_the_orders_that_stand_on_it_and_a_dry_run_cancels_nothing() {
    let service = Service::start().await;
    let first = service.ordered().await;
    for step in [Step::Brand, Step::Campaign] {
        service.happens(&first, approved(step)).await;
    }
    let mut second: serde_json::Value = serde_json::from_str(CEDAR).unwrap();
    for part in ["brand", "campaign"] {
        second[part] = json!({ "registrationId": first });
    }
    second["numbers"] = json!(["+12065550190"]);
    let second = service.order(second.to_string(), None).await.id();
    let dry = format!("/v1/registrations/{first}/cancel?dry_run=true");
    let answer = service.post(ACME, &dry).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let named = json!([{ "id": second, "on": "campaign" }]);
    assert_eq!(answer.json()["dependents"], named);
    assert_eq!(keeps_brand(&service, &first).await, None);
    let answer = cancel(&service, ACME, &first, r#"{"with_dependents": true}"#).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    assert_eq!(answer.json()["dependents"], named);
    assert!(keeps_brand(&service, &second).await.is_some());
    assert!(keeps_brand(&service, &first).await.is_some());
}

//! Sharing a brand: an operator's word alone.

use axum::body::Body;
use axum::http::{StatusCode, header};
use registration::{AccountId, RegistrationId, RegistryId, Round, Step};
use registration::{Fact, Verdict};
use serde_json::{Value, json};

use crate::service::{ACME, Answer, KIM, Service, request};

async fn share(service: &Service, token: &str, id: &RegistrationId, body: &Value) -> Answer {
    let path = format!("/v1/registrations/{id}/share");
    let call = request("POST", token, &path).header(header::CONTENT_TYPE, "application/json");
    service
        .call(call.body(Body::from(body.to_string())).unwrap())
        .await
}

async fn with_brand(service: &Service) -> RegistrationId {
    let id = service.ordered().await;
    let submitted = Fact::Submitted {
        step: Step::Brand,
        round: Round::FIRST,
        registry_id: RegistryId::new("brand-1"),
        found: false,
        response: Value::Null,
    };
    let approved = Fact::VerdictReached {
        step: Step::Brand,
        round: Round::FIRST,
        verdict: Verdict::Approved,
    };
    service.happens(&id, vec![submitted, approved]).await;
    id
}

#[tokio::test]
async fn an_operator_shares_a_brand_once_and_an_account_does_not() {
    let service = Service::start().await;
    let id = with_brand(&service).await;
    let globex = json!({ "with": "globex" });
    let refused = share(&service, ACME, &id, &globex).await;
    refused.assert_problem(StatusCode::FORBIDDEN, "needs-operator");
    for _ in 0..2 {
        let answer = share(&service, KIM, &id, &globex).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        assert_eq!(answer.json()["released"], json!([]));
    }
    let history = service.platform.store.history(&id).await.unwrap();
    assert_eq!(history.len(), 3, "the second time changes nothing");
    let case = platform::Case::open(&id, history).unwrap();
    assert!(
        case.facts
            .is_shared_with(&AccountId::parse("globex").unwrap())
    );
}

#[tokio::test]
async fn a_brand_that_is_not_there_and_an_account_that_is_none_are_refused() {
    let service = Service::start().await;
    let id = service.ordered().await;
    let answer = share(&service, KIM, &id, &json!({ "with": "globex" })).await;
    answer.assert_problem(StatusCode::CONFLICT, "not-shared");
    let own = with_brand(&service).await;
    let answer = share(&service, KIM, &own, &json!({ "with": "acme" })).await;
    answer.assert_problem(StatusCode::CONFLICT, "not-shared");
    for (body, rule) in [
        (json!({}), "required"),
        (json!({ "with": "No Such" }), "not_one_of"),
        (json!({ "with": 7 }), "wrong_type"),
        (json!({ "With": "globex" }), "unknown_field"),
    ] {
        let answer = share(&service, KIM, &own, &body).await;
        let problem = answer.assert_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid-share");
        assert_eq!(problem["errors"][0]["rule"], rule, "{problem}");
    }
}

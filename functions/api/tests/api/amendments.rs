//! Correcting an order.

use axum::body::Body;
use axum::http::{StatusCode, header};
use registration::amendment::Locked;
use registration::event::Reason;
use registration::{Fact, RegistrationId, Step, Verdict};
use serde_json::{Value, json};

use crate::service::{ACME, Answer, CEDAR, GLOBEX, KIM, Service, business, order, request};
use crate::standing::{approved, number_of, rejected, submitted};

async fn patch(service: &Service, token: &str, id: &RegistrationId, patch: &Value) -> Answer {
    send(service, token, id, "application/merge-patch+json", patch).await
}

async fn send(
    service: &Service,
    token: &str,
    id: &RegistrationId,
    kind: &str,
    patch: &Value,
) -> Answer {
    let call = request("PATCH", token, &format!("/v1/registrations/{id}"))
        .header(header::CONTENT_TYPE, kind)
        .body(Body::from(patch.to_string()));
    service.call(call.unwrap()).await
}

async fn length(service: &Service, id: &RegistrationId) -> usize {
    service.platform.store.history(id).await.unwrap().len()
}

fn name() -> Value {
    json!({ "brand": { "companyName": "Cedar Street Dental PLLC" } })
}

#[tokio::test]
async fn a_refused_brand_is_corrected_and_goes_into_its_next_round() {
    for kind in ["application/merge-patch+json", "application/json"] {
        let service = Service::start().await;
        let id = service.ordered().await;
        service.happens(&id, rejected(Step::Brand)).await;
        let answer = send(&service, ACME, &id, kind, &name()).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        let body = answer.json();
        assert_eq!(
            [&body["id"], &body["status"], &body["step"], &body["round"]],
            [
                &json!(id),
                &json!("in_progress"),
                &json!("brand"),
                &json!(2)
            ]
        );
        assert_eq!(
            body["links"]["amend"],
            json!(format!("/v1/registrations/{id}"))
        );
        let history = service.platform.store.history(&id).await.unwrap();
        let last = history.last().unwrap();
        assert_eq!(last.actor.as_str(), "account acme");
        assert_eq!(last.facts[0]["fact"], "amended");
        assert_eq!(last.facts[0]["changed"], json!(["/brand/companyName"]));
    }
}

#[tokio::test]
async fn what_comes_out_is_refused_like_a_bad_order_with_everything_that_is_wrong() {
    let service = Service::start().await;
    let id = service.ordered().await;
    let bad = json!({ "brand": { "ein": "12", "email": null }, "campaign": { "odd": 1 } });
    let answer = patch(&service, ACME, &id, &bad).await;
    let problem = answer.assert_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid-order");
    let errors = problem["errors"].as_array().unwrap();
    let pointers: Vec<_> = errors.iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["/brand/email", "/brand/ein", "/campaign/odd"]);
    assert_eq!(length(&service, &id).await, 1);
}

#[tokio::test]
async fn what_the_registry_is_looking_at_is_locked_and_every_place_says_why() {
    let service = Service::start().await;
    let id = service.ordered().await;
    let facts = vec![submitted(Step::Brand)];
    service.happens(&id, facts).await;
    let change = json!({ "brand": { "city": "Tacoma", "ein": "91-4820368" } });
    let answer = patch(&service, ACME, &id, &change).await;
    let problem = answer.assert_problem(StatusCode::CONFLICT, "locked");
    let mut errors = problem["errors"].as_array().unwrap().clone();
    errors.sort_by_key(|error| error["pointer"].to_string());
    let expected = ["/brand/city", "/brand/ein"].map(|pointer| {
        let why = Locked::UnderReview(Step::Brand);
        json!({ "pointer": pointer, "rule": "under_review", "message": why.to_string() })
    });
    assert_eq!(errors, expected);
    assert_eq!(length(&service, &id).await, 2);
}

#[tokio::test]
async fn a_correction_that_changes_nothing_or_comes_too_late_is_a_conflict() {
    let service = Service::start().await;
    let id = service.ordered().await;
    let answer = patch(&service, ACME, &id, &json!({})).await;
    let problem = answer.assert_problem(StatusCode::CONFLICT, "locked");
    assert_eq!(problem["errors"][0]["rule"], "unchanged");
    assert_eq!(problem["errors"][0]["pointer"], "");
    let cancelled = Fact::Cancelled {
        keep_brand: false,
        alone: false,
    };
    service.happens(&id, vec![cancelled]).await;
    let answer = patch(&service, ACME, &id, &name()).await;
    let problem = answer.assert_problem(StatusCode::CONFLICT, "locked");
    assert_eq!(problem["errors"][0]["rule"], "cancelled");
}

#[tokio::test]
async fn a_body_that_is_no_correction_is_refused_with_its_place() {
    let service = Service::start().await;
    let id = service.ordered().await;
    let long = "x".repeat(platform::amend::LONGEST_APPEAL + 1);
    for (body, pointer, rule) in [
        (json!([]), "", "not_a_patch"),
        (json!("brand"), "", "not_a_patch"),
        (json!({ "appeal": 7 }), "/appeal", "not_an_appeal"),
        (json!({ "appeal": "" }), "/appeal", "not_an_appeal"),
        (json!({ "appeal": long }), "/appeal", "not_an_appeal"),
    ] {
        let answer = patch(&service, ACME, &id, &body).await;
        let problem = answer.assert_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid-amendment");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        assert_eq!(problem["errors"][0]["rule"], rule, "{problem}");
    }
    let answer = send(&service, ACME, &id, "text/plain", &name()).await;
    let problem = answer.assert_problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json");
    let kinds = json!(["application/merge-patch+json", "application/json"]);
    assert_eq!(problem["allowed"], kinds);
    assert_eq!(length(&service, &id).await, 1);
}

#[tokio::test]
async fn a_refused_number_is_replaced_by_another_in_its_own_registration() {
    let service = Service::start().await;
    let id = number_of(&service, &service.ordered().await).await;
    service.happens(&id, rejected(Step::Number)).await;
    for (body, pointer, rule) in [
        (json!({ "number": "+18005550199" }), "/number", "toll_free"),
        (json!({ "numbers": [] }), "", "not_a_patch"),
        (
            json!({ "number": "+12065550199", "brand": {} }),
            "",
            "not_a_patch",
        ),
    ] {
        let answer = patch(&service, ACME, &id, &body).await;
        let problem = answer.assert_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid-amendment");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        assert_eq!(problem["errors"][0]["rule"], rule, "{problem}");
    }
    let answer = patch(&service, ACME, &id, &json!({ "number": "+12065550199" })).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    assert_eq!(answer.json()["round"], 2);
    let shown = service.get(ACME, &format!("/v1/registrations/{id}")).await;
    assert_eq!(shown.json()["number"], "+12065550199");
}

#[tokio::test]
async fn nobody_corrects_the_registration_of_another_account_but_an_operator() {
    let service = Service::start().await;
    let id = service.ordered().await;
    let theirs = patch(&service, GLOBEX, &id, &name()).await;
    theirs.assert_problem(StatusCode::NOT_FOUND, "unknown-registration");
    let nobodys = patch(&service, ACME, &RegistrationId::new(1, 1), &name()).await;
    nobodys.assert_problem(StatusCode::NOT_FOUND, "unknown-registration");
    assert_eq!(length(&service, &id).await, 1);
    let answer = patch(&service, KIM, &id, &name()).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let history = service.platform.store.history(&id).await.unwrap();
    assert_eq!(history.last().unwrap().actor.as_str(), "operator kim");
}

fn with_brand(brand: &Value) -> String {
    let mut order: Value = serde_json::from_str(CEDAR).unwrap();
    order["brand"] = brand.clone();
    order.to_string()
}

/// An order that names a brand, taken and looked at only, is refused the same.
async fn refused(service: &Service, token: &str, brand: &Value, rule: &str) {
    let stored = service.stored().await;
    for query in ["?account=acme", "?account=acme&dry_run=true"] {
        let path = format!("/v1/registrations{query}");
        let answer = service.call(order(token, &path, with_brand(brand), None));
        let problem = answer
            .await
            .assert_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid-order");
        assert_eq!(problem["errors"][0]["pointer"], "/brand", "{problem}");
        assert_eq!(problem["errors"][0]["rule"], rule, "{problem}");
    }
    assert_eq!(service.stored().await, stored);
}

#[tokio::test]
async fn an_order_builds_on_an_approved_brand_of_its_account_and_on_no_other() {
    let service = Service::start().await;
    let before = service.ordered().await;
    let named = json!({ "registrationId": before });
    refused(&service, ACME, &named, "not_approved").await;
    service.happens(&before, approved(Step::Brand)).await;
    let taken = service.order(with_brand(&named), None).await;
    taken.assert_problem(StatusCode::CONFLICT, "held-by-others");
    let mut other: Value = serde_json::from_str(&with_brand(&named)).unwrap();
    (other["again"], other["numbers"]) = (json!(true), json!(["+12065550190"]));
    let taken = service.order(other.to_string(), None).await;
    assert_eq!(taken.status, StatusCode::ACCEPTED, "{taken:?}");
    let history = service.platform.store.history(&taken.id()).await.unwrap();
    assert_eq!(
        history[0].facts[0]["order"]["brand"]["registryId"],
        "brand-1"
    );

    let theirs = order(GLOBEX, "/v1/registrations", business(1), None);
    let theirs = service.call(theirs).await.id();
    service.happens(&theirs, approved(Step::Brand)).await;
    for unknown in [theirs, RegistrationId::new(1, 1)] {
        let named = json!({ "registrationId": unknown });
        refused(&service, ACME, &named, "not_there").await;
    }
}

#[tokio::test]
async fn only_an_operator_adopts_what_the_registry_has() {
    let service = Service::start().await;
    let named = json!({ "registryId": "B-ADOPTED" });
    refused(&service, ACME, &named, "needs_operator").await;
    let path = "/v1/registrations?account=acme";
    let taken = service
        .call(order(KIM, path, with_brand(&named), None))
        .await;
    assert_eq!(taken.status, StatusCode::ACCEPTED, "{taken:?}");
    let id = service.order(business(1), None).await.id();
    let swapped = patch(&service, ACME, &id, &json!({ "brand": null })).await;
    swapped.assert_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid-order");
    let mut fields: Value = serde_json::from_str(CEDAR).unwrap();
    let brand = fields["brand"].as_object_mut().unwrap();
    brand.values_mut().for_each(|field| *field = Value::Null);
    brand.insert("registryId".to_owned(), json!("B-ADOPTED"));
    let swap = json!({ "brand": brand });
    let answer = patch(&service, ACME, &id, &swap).await;
    let problem = answer.assert_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid-order");
    assert_eq!(problem["errors"][0]["rule"], "needs_operator", "{problem}");
    let answer = patch(&service, KIM, &id, &swap).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
}

#[tokio::test]
async fn a_correction_that_leaves_what_was_refused_is_warned_of_before_the_fee() {
    let service = Service::start().await;
    let id = service.ordered().await;
    service.happens(&id, approved(Step::Brand)).await;
    let reason = Reason {
        code: "30909".to_owned(),
        description: "Cannot be verified.".to_owned(),
        fields: vec!["/campaign/messageFlow".to_owned()],
    };
    let refused = crate::standing::decided(
        Step::Campaign,
        Verdict::Rejected {
            reasons: vec![reason],
        },
    );
    service.happens(&id, refused).await;
    let elsewhere = json!({ "campaign": { "helpMessage": "Cedar Street Dental: call +12065550140 for help." } });
    let answer = patch(&service, ACME, &id, &elsewhere).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let findings = answer.json()["findings"].clone();
    assert_eq!(
        [
            &findings[0]["rule"],
            &findings[0]["pointer"],
            &findings[0]["weight"]
        ],
        ["resubmission-unchanged", "/campaign/messageFlow", "warning"]
    );
    let history = service.platform.store.history(&id).await.unwrap();
    let last = history.last().unwrap();
    let told = last
        .facts
        .as_array()
        .unwrap()
        .iter()
        .find(|fact| fact["fact"] == "preflight_told");
    assert_eq!(
        told.unwrap()["findings"][0]["rule"],
        "resubmission-unchanged"
    );
}

#[tokio::test]
async fn a_correction_is_looked_at_in_the_parts_that_it_changes() {
    let service = Service::start().await.refusing("");
    let id = service.ordered().await;
    let good = json!({ "campaign": { "description": "Cedar Street Dental reminds its patients of their appointments and of nothing else." } });
    let answer = patch(&service, ACME, &id, &good).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    assert!(
        answer.json()["findings"]
            .as_array()
            .unwrap()
            .iter()
            .all(|found| found["weight"] == "note")
    );
    let before = length(&service, &id).await;
    let bad = json!({ "campaign": { "optoutKeywords": "END" } });
    let refused = patch(&service, ACME, &id, &bad).await;
    refused.assert_problem(StatusCode::UNPROCESSABLE_ENTITY, "preflight");
    assert_eq!(
        refused.json()["errors"][0]["pointer"],
        "/campaign/optoutKeywords"
    );
    assert_eq!(length(&service, &id).await, before, "nothing is stored");
}

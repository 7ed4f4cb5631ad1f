//! Who may see and do what.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use registration::{Fact, RegistrationId, Round, Step};

use crate::service::{ACME, CEDAR, GLOBEX, KIM, Service};

fn parked() -> Fact {
    Fact::Parked {
        step: Step::Brand,
        round: Round::FIRST,
        reason: "look".to_owned(),
    }
}

#[tokio::test]
async fn without_a_valid_token_nothing_is_read_or_stored() {
    let service = Service::start().await;
    for (sent, challenge) in [
        (None, "Bearer realm=\"registrar\""),
        (Some("rgt_acme"), "Bearer realm=\"registrar\""),
        (Some("Basic cmd0OmFjbWU="), "Bearer realm=\"registrar\""),
        (
            Some("Bearer rgt_other"),
            "Bearer realm=\"registrar\", error=\"invalid_token\"",
        ),
        (
            Some("Bearer "),
            "Bearer realm=\"registrar\", error=\"invalid_token\"",
        ),
    ] {
        for (method, path) in [
            ("POST", "/v1/registrations"),
            ("GET", "/v1/registrations"),
            ("GET", "/v1/registrations/reg_01h455vb4pex5vsknk084sn02q"),
            (
                "GET",
                "/v1/registrations/reg_01h455vb4pex5vsknk084sn02q/numbers",
            ),
            (
                "GET",
                "/v1/registrations/reg_01h455vb4pex5vsknk084sn02q/events",
            ),
            (
                "POST",
                "/v1/registrations/reg_01h455vb4pex5vsknk084sn02q/retry",
            ),
            ("PATCH", "/v1/registrations/reg_01h455vb4pex5vsknk084sn02q"),
            (
                "POST",
                "/v1/registrations/reg_01h455vb4pex5vsknk084sn02q/cancel",
            ),
            (
                "POST",
                "/v1/registrations/reg_01h455vb4pex5vsknk084sn02q/otp",
            ),
            ("PUT", "/v1/callback"),
            ("GET", "/v1/callback"),
            ("DELETE", "/v1/callback"),
        ] {
            let mut call = Request::builder()
                .method(method)
                .uri(path)
                .header(header::CONTENT_TYPE, "application/json");
            if let Some(sent) = sent {
                call = call.header(header::AUTHORIZATION, sent);
            }
            let answer = service.call(call.body(Body::from(CEDAR)).unwrap()).await;
            answer.assert_problem(StatusCode::UNAUTHORIZED, "unauthorized");
            assert_eq!(answer.header("www-authenticate"), challenge);
        }
    }
    service.assert_nothing_happened().await;
}

#[tokio::test]
async fn a_token_that_was_taken_back_is_worth_nothing() {
    let service = Service::start().await;
    assert_eq!(
        service.get(ACME, "/v1/registrations").await.status,
        StatusCode::OK
    );
    service.platform.store.revoke_tokens("acme").await.unwrap();
    let answer = service.get(ACME, "/v1/registrations").await;
    answer.assert_problem(StatusCode::UNAUTHORIZED, "unauthorized");
}

#[tokio::test]
async fn another_accounts_registration_looks_exactly_like_one_that_is_not_there() {
    let service = Service::start().await;
    let theirs = service.ordered().await;
    service.happens(&theirs, vec![parked()]).await;
    let before = service.platform.store.history(&theirs).await.unwrap();
    let depth = service.depth(Step::Brand).await;
    let nobodys = RegistrationId::new(1, 1);
    for path in ["", "/numbers", "/events", "/numbers?cursor=x"] {
        let [a, b] = [&theirs, &nobodys].map(|id| format!("/v1/registrations/{id}{path}"));
        let [a, b] = [service.get(GLOBEX, &a).await, service.get(GLOBEX, &b).await];
        let mut problems = [a, b]
            .map(|answer| answer.assert_problem(StatusCode::NOT_FOUND, "unknown-registration"));
        for problem in &mut problems {
            problem["instance"].take();
        }
        assert_eq!(problems[0], problems[1]);
    }
    let retry = service
        .post(GLOBEX, &format!("/v1/registrations/{theirs}/retry"))
        .await;
    retry.assert_problem(StatusCode::NOT_FOUND, "unknown-registration");
    assert_eq!(
        service.platform.store.history(&theirs).await.unwrap(),
        before
    );
    assert_eq!(service.depth(Step::Brand).await, depth);
}

#[tokio::test]
async fn an_operator_sees_every_registration_and_retries_in_their_own_name() {
    let service = Service::start().await;
    let id = service.ordered().await;
    service.happens(&id, vec![parked()]).await;
    for path in ["", "/numbers", "/events"] {
        let answer = service
            .get(KIM, &format!("/v1/registrations/{id}{path}"))
            .await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    let answer = service
        .post(KIM, &format!("/v1/registrations/{id}/retry"))
        .await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let history = service.platform.store.history(&id).await.unwrap();
    assert_eq!(history.last().unwrap().actor.as_str(), "operator kim");
}

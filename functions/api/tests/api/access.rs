//! Who gets through which door: one test over all that the document names, so that a new
//! route is in it by itself.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use registration::RegistrationId;
use serde_json::json;

use crate::service::{ACME, CEDAR, GLOBEX, Service};

/// Method and path of every operation, and whether it asks for a token.
fn operations() -> Vec<(String, String, bool)> {
    let document = serde_json::to_value(api::openapi()).unwrap();
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            // The document's own rule asks for a token; `[{}]` says that none is needed.
            let is_open = operation["security"] == json!([{}]);
            found.push((method.to_uppercase(), path.clone(), !is_open));
        }
    }
    found
}

/// A call that is right in all but its token. A body that some operations refuse is all
/// the same to a caller who may not make it.
fn call(method: &str, path: &str, id: &RegistrationId, token: Option<&str>) -> Request<Body> {
    let mut call = Request::builder()
        .method(method)
        .uri(path.replace("{id}", id.as_str()))
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = token {
        call = call.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let body = match (method, path) {
        ("GET" | "DELETE", _) => Body::empty(),
        ("POST", "/v1/registrations") => Body::from(CEDAR),
        _ => Body::from("{}"),
    };
    call.body(body).unwrap()
}

#[tokio::test]
async fn no_operation_is_open_to_a_caller_without_a_token_or_with_one_that_was_revoked() {
    let service = Service::start().await;
    let id = service.ordered().await;
    service
        .platform
        .store
        .revoke_tokens("globex")
        .await
        .unwrap();
    let (history, stored) = (
        service.platform.store.history(&id).await.unwrap(),
        service.stored().await,
    );
    let mut closed = 0;
    for (method, path, asks) in operations() {
        for token in [None, Some(""), Some("rgt_nobody"), Some(GLOBEX)] {
            let answer = service.call(call(&method, &path, &id, token)).await;
            let is_refused = answer.status == StatusCode::UNAUTHORIZED;
            assert_eq!(is_refused, asks, "{method} {path} with {token:?}");
            if asks {
                answer.assert_problem(StatusCode::UNAUTHORIZED, "unauthorized");
                closed += 1;
            }
        }
    }
    assert!(closed >= 4 * 14, "only {closed} calls were refused");
    assert_eq!(
        service.platform.store.history(&id).await.unwrap(),
        history,
        "nothing was written"
    );
    assert_eq!(service.stored().await, stored);
}

#[tokio::test]
async fn no_operation_tells_another_account_whether_a_registration_is_there() {
    let service = Service::start().await;
    let (theirs, nobodys) = (service.ordered().await, RegistrationId::new(1, 1));
    let history = service.platform.store.history(&theirs).await.unwrap();
    let mut asked = 0;
    for (method, path, _) in operations() {
        if !path.contains("{id}") {
            continue;
        }
        let mut answers = Vec::new();
        for id in [&theirs, &nobodys] {
            let answer = service.call(call(&method, &path, id, Some(GLOBEX))).await;
            assert!(answer.status.is_client_error(), "{method} {path}");
            let mut problem = answer.json();
            problem["instance"].take();
            answers.push((answer.status, problem));
        }
        assert_eq!(answers[0], answers[1], "{method} {path}");
        asked += 1;
    }
    assert!(asked >= 9, "only {asked} operations name a registration");
    assert_eq!(
        service.platform.store.history(&theirs).await.unwrap(),
        history,
        "nothing was written"
    );
    let own = service
        .get(ACME, &format!("/v1/registrations/{theirs}"))
        .await;
    assert_eq!(own.status, StatusCode::OK);
}

#[test]
fn the_licence_is_the_same_wherever_it_is_named() {
    let document = serde_json::to_value(api::openapi()).unwrap();
    let project = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let licence = std::fs::read_to_string(project.join("LICENSE")).unwrap();
    assert!(licence.starts_with("MIT License"));
    assert_eq!(document["info"]["license"]["name"], "MIT");
    assert_eq!(document["info"]["license"]["identifier"], "MIT");
    assert_eq!(env!("CARGO_PKG_LICENSE"), "MIT");
}

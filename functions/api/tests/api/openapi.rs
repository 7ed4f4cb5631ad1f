//! The OpenAPI document and the Router say the same.

use std::collections::BTreeSet;
use std::path::Path;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::Value;

use crate::service::Service;

const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

fn document() -> Value {
    serde_json::to_value(api::openapi()).unwrap()
}

#[test]
fn the_committed_document_is_the_one_made_from_the_code() {
    let made = api::openapi().to_pretty_json().unwrap() + "\n";
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    if std::fs::read_to_string(&committed).unwrap_or_default() != made {
        let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openapi.json");
        std::fs::write(&new, made).unwrap();
        panic!(
            "the API has changed: cp {} {}",
            new.display(),
            committed.display()
        );
    }
}

#[tokio::test]
async fn the_document_that_is_served_is_the_one_made_from_the_code() {
    let service = Service::start().await;
    let call = Request::get("/v1/openapi.json")
        .body(Body::empty())
        .unwrap();
    let served = service.call(call).await.json();
    assert_eq!(served, document());
    assert_eq!(served["openapi"], "3.1.0");
}

#[tokio::test]
async fn every_documented_method_of_every_path_is_routed_and_no_other() {
    let service = Service::start().await;
    let paths = document()["paths"].as_object().unwrap().clone();
    assert_eq!(paths.len(), 13);
    for (path, methods) in paths {
        let documented: BTreeSet<_> = methods
            .as_object()
            .unwrap()
            .keys()
            .map(|method| method.to_uppercase())
            .collect();
        let path = path.replace("{id}", "reg_01h455vb4pex5vsknk084sn02q");
        for method in METHODS {
            let call = Request::builder()
                .method(method)
                .uri(&path)
                .body(Body::empty())
                .unwrap();
            let answer = service.call(call).await;
            assert_ne!(answer.status, StatusCode::NOT_FOUND, "{method} {path}");
            let routed = answer.status != StatusCode::METHOD_NOT_ALLOWED;
            assert_eq!(routed, documented.contains(method), "{method} {path}");
        }
    }
}

#[test]
fn an_order_and_the_lists_lead_by_links_to_every_operation_on_one_registration() {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let on_one: BTreeSet<&str> = paths
        .iter()
        .filter(|(path, _)| path.contains("{id}"))
        .flat_map(|(_, methods)| methods.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(on_one.len(), 9);
    for (path, method, status) in [
        ("/v1/registrations", "post", "202"),
        ("/v1/registrations", "get", "200"),
        ("/v1/registrations/{id}/numbers", "get", "200"),
    ] {
        let links = &document["paths"][path][method]["responses"][status]["links"];
        let links = links.as_object().unwrap();
        let linked: BTreeSet<&str> = links
            .values()
            .map(|link| link["operationId"].as_str().unwrap())
            .collect();
        assert_eq!(linked, on_one, "{method} {path}");
        let names_id = |link: &Value| link["parameters"]["id"].is_string();
        assert!(links.values().all(names_id), "{method} {path}");
    }
}

/// A route that was added around the document would be found by no call that a
/// test can think of, so the one function that makes routes is looked at.
#[test]
fn no_route_is_made_without_its_documentation() {
    let source = include_str!("../../src/lib.rs");
    let made = source.matches(".routes(routes!(").count();
    assert_eq!(made, document()["paths"].as_object().unwrap().len());
    for other in [".route(", "route_service(", ".nest(", ".merge("] {
        assert!(!source.contains(other), "{other}");
    }
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document = document();
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    assert!(references.len() > 5);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            references.extend(
                fields
                    .get("$ref")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            );
            fields.values().for_each(|value| collect(value, references));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

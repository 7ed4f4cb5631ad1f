//! The history in three forms.

use axum::body::Body;
use axum::http::{StatusCode, header};
use registration::chain::{self, StoredEvent};
use registration::{Fact, RegistrationId, Round, Step};
use serde_json::json;

use crate::service::{ACME, Answer, Service, request};

async fn history(service: &Service, id: &RegistrationId, accept: &str) -> Answer {
    let call = request("GET", ACME, &format!("/v1/registrations/{id}/events"))
        .header(header::ACCEPT, accept);
    service.call(call.body(Body::empty()).unwrap()).await
}

/// An order that was parked: two events.
async fn parked(service: &Service) -> RegistrationId {
    let id = service.ordered().await;
    let reason = "look, \"there\"\nthen retry".to_owned();
    let fact = Fact::Parked {
        step: Step::Brand,
        round: Round::FIRST,
        reason,
    };
    service.happens(&id, vec![fact]).await;
    id
}

#[tokio::test]
async fn the_history_in_json_can_be_verified_by_whoever_reads_it() {
    let service = Service::start().await;
    let id = parked(&service).await;
    for accept in [
        "application/json",
        "*/*",
        "application/*;q=0.5",
        "text/html, */*;q=0.1",
    ] {
        let answer = history(&service, &id, accept).await;
        assert_eq!(
            answer.header("content-type"),
            "application/json",
            "{accept}"
        );
        let events: Vec<StoredEvent> =
            serde_json::from_value(answer.json()["events"].clone()).unwrap();
        assert_eq!(events.len(), 2);
        chain::verify(&id, &events, Some(2)).unwrap();
    }
    let none = service
        .get(ACME, &format!("/v1/registrations/{id}/events"))
        .await;
    assert_eq!(none.header("content-type"), "application/json");
}

#[tokio::test]
async fn the_history_in_ndjson_is_one_event_to_a_line() {
    let service = Service::start().await;
    let id = parked(&service).await;
    let answer = history(&service, &id, "application/x-ndjson").await;
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    let events: Vec<StoredEvent> = answer
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    chain::verify(&id, &events, Some(2)).unwrap();
}

#[tokio::test]
async fn the_history_in_csv_is_one_fact_to_a_line_and_its_texts_are_quoted() {
    let service = Service::start().await;
    let id = parked(&service).await;
    let answer = history(&service, &id, "text/csv, application/json;q=0.9").await;
    assert_eq!(answer.header("content-type"), "text/csv");
    let lines: Vec<_> = answer.text.split("\r\n").collect();
    assert_eq!(
        lines.len(),
        4,
        "a heading, two facts, and nothing after the last end of line"
    );
    assert_eq!(lines[0], "seq,time,actor,trace,fact,step,round,data,hash");
    assert!(
        lines[1].starts_with("1,2026-05-04T12:00:00Z,account acme,"),
        "{}",
        lines[1]
    );
    let fact = json!({ "fact": "parked", "step": "brand", "round": 1, "reason": "look, \"there\"\nthen retry" });
    let quoted = format!(
        ",parked,brand,1,\"{}\",",
        fact.to_string().replace('"', "\"\"")
    );
    assert!(lines[2].contains(&quoted), "{}", lines[2]);
}

#[tokio::test]
async fn a_form_that_there_is_not_is_refused_with_those_that_there_are() {
    let service = Service::start().await;
    let id = parked(&service).await;
    for accept in [
        "text/html",
        "application/xml;q=1",
        "application/json;q=0",
        "nonsense",
        "",
    ] {
        let answer = history(&service, &id, accept).await;
        let problem = answer.assert_problem(StatusCode::NOT_ACCEPTABLE, "not-acceptable");
        assert_eq!(
            problem["allowed"],
            json!(["application/json", "application/x-ndjson", "text/csv"])
        );
    }
    // Refused by name, though a wider range would take it.
    let answer = history(&service, &id, "application/json;q=0, */*").await;
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
}

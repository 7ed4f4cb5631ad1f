//! Letting a stopped step run again.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{StatusCode, header};
use platform::Case;
use platform::message::Cause;
use registration::{Fact, Reason, RegistrationId, RegistryId, Round, Status, Step, Verdict};
use serde_json::json;

use crate::service::{ACME, Answer, Service, request};

fn parked() -> Fact {
    Fact::Parked {
        step: Step::Brand,
        round: Round::FIRST,
        reason: "look".to_owned(),
    }
}

fn rejected(step: Step) -> Fact {
    let reason = Reason {
        code: "TAX_ID".to_owned(),
        description: "No match.".to_owned(),
        fields: vec![],
    };
    Fact::VerdictReached {
        step,
        round: Round::FIRST,
        verdict: Verdict::Rejected {
            reasons: vec![reason],
        },
    }
}

fn approved(step: Step) -> Vec<Fact> {
    let round = Round::FIRST;
    let registry_id = RegistryId::new(format!("{step}-1"));
    let response = json!({});
    vec![
        Fact::Submitted {
            step,
            round,
            registry_id,
            found: false,
            response,
        },
        Fact::VerdictReached {
            step,
            round,
            verdict: Verdict::Approved,
        },
    ]
}

fn retry(id: &RegistrationId) -> String {
    format!("/v1/registrations/{id}/retry")
}

/// Takes every message off the brand's queue.
async fn messages(service: &Service) -> Vec<platform::Message> {
    let queue = &service.platform.queue;
    let wait = std::time::Duration::ZERO;
    let taken = queue
        .receive("register-brand", 10, service.platform.visibility, wait)
        .await
        .unwrap();
    for delivery in &taken {
        queue.acknowledge(&delivery.receipt).await.unwrap();
    }
    taken
        .into_iter()
        .map(|delivery| delivery.message.unwrap())
        .collect()
}

#[tokio::test]
async fn a_parked_step_runs_again_in_the_same_round() {
    let service = Service::start().await;
    let id = service.ordered().await;
    service.happens(&id, vec![parked()]).await;
    messages(&service).await;
    let answer = service.post(ACME, &retry(&id)).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let body = answer.json();
    assert_eq!(
        (&body["step"], &body["round"], &body["status"]),
        (&json!("brand"), &json!(1), &json!("in_progress"))
    );

    let case = Case::load(&*service.platform.store, &id).await.unwrap();
    assert_eq!(Status::of(&case.facts), Status::InProgress);
    let history = service.platform.store.history(&id).await.unwrap();
    let last = history.last().unwrap();
    assert_eq!(
        last.facts,
        json!([{ "fact": "retried", "step": "brand", "round": 1 }])
    );
    assert_eq!(last.actor.as_str(), "account acme");
    assert_eq!(last.trace.as_str(), answer.header("trace-id"));

    let sent = messages(&service).await;
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (sent[0].step, sent[0].round, sent[0].cause),
        (Step::Brand, Round::FIRST, Cause::Next)
    );
    assert_eq!(sent[0].trace, last.trace);
}

#[tokio::test]
async fn a_rejected_step_runs_again_in_the_next_round() {
    let service = Service::start().await;
    let id = service.ordered().await;
    service.happens(&id, vec![rejected(Step::Brand)]).await;
    messages(&service).await;
    let answer = said(&service, &id, "unchanged").await;
    assert_eq!(answer.json()["round"], 2, "{answer:?}");
    let sent = messages(&service).await;
    assert_eq!((sent.len(), sent[0].round), (1, Round::FIRST.next()));
}

async fn said(service: &Service, id: &RegistrationId, word: &str) -> Answer {
    let call = request("POST", ACME, &retry(id)).header(header::CONTENT_TYPE, "application/json");
    let body = json!({ word: true }).to_string();
    service.call(call.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn refused_data_are_not_paid_for_again_without_a_word_unless_the_registry_failed() {
    let service = Service::start().await;
    let id = service.ordered().await;
    service.happens(&id, vec![rejected(Step::Brand)]).await;
    messages(&service).await;
    let refused = service.post(ACME, &retry(&id)).await;
    let problem = refused.assert_problem(StatusCode::CONFLICT, "unchanged");
    assert!(
        problem["detail"].as_str().unwrap().contains("$4.00"),
        "{problem}"
    );
    assert_eq!(messages(&service).await.len(), 0);
    let refused = said(&service, &id, "move_numbers").await;
    refused.assert_problem(StatusCode::CONFLICT, "not-stopped");
    let refused = said(&service, &id, "Unchanged").await;
    refused.assert_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid-retry");
    let failed = Fact::VerdictReached {
        step: Step::Brand,
        round: Round::FIRST,
        verdict: Verdict::Rejected {
            reasons: vec![Reason {
                code: "MNO_PROVISIONING_FAILED".to_owned(),
                description: String::new(),
                fields: Vec::new(),
            }],
        },
    };
    service.happens(&id, vec![failed]).await;
    let answer = service.post(ACME, &retry(&id)).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
}

#[tokio::test]
async fn a_withdrawal_that_is_retried_is_a_withdrawal_and_said_to_be_one() {
    let service = Service::start().await;
    let id = service.ordered().await;
    service.happens(&id, approved(Step::Brand)).await;
    let cancelled = Fact::Cancelled {
        keep_brand: false,
        alone: false,
    };
    let parked = Fact::Parked {
        step: Step::EndBrand,
        round: Round::FIRST,
        reason: "look".to_owned(),
    };
    service.happens(&id, vec![cancelled, parked]).await;
    let answer = service.post(ACME, &retry(&id)).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let body = answer.json();
    assert_eq!(
        [&body["status"], &body["step"], &body["round"]],
        [&json!("cancelling"), &json!("end_brand"), &json!(1)]
    );
    assert_eq!(body["links"].get("amend"), None, "{body}");
    let path = format!("/v1/registrations/{id}");
    let shown = service.get(ACME, &path).await;
    assert_eq!(shown.json()["status"], body["status"]);
}

#[tokio::test]
async fn what_is_neither_parked_nor_rejected_is_not_retried() {
    let service = Service::start().await;
    let id = service.ordered().await;
    let answer = service.post(ACME, &retry(&id)).await;
    answer.assert_problem(StatusCode::CONFLICT, "not-stopped");
    assert_eq!(service.platform.store.history(&id).await.unwrap().len(), 1);
    assert_eq!(messages(&service).await.len(), 1);
}

#[tokio::test]
async fn an_order_whose_numbers_were_all_refused_is_not_started_over() {
    let service = Service::start().await;
    let id = service.ordered().await;
    service.happens(&id, approved(Step::Brand)).await;
    service.happens(&id, approved(Step::Campaign)).await;
    service.happens(&id, vec![rejected(Step::Numbers)]).await;
    let problem = service
        .post(ACME, &retry(&id))
        .await
        .assert_problem(StatusCode::CONFLICT, "not-stopped");
    assert!(
        problem["detail"].as_str().unwrap().contains("numbers"),
        "{problem}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_retries_at_the_same_time_one_lets_it_run() {
    let service = Arc::new(Service::start().await);
    for _ in 0..20 {
        let id = service.ordered().await;
        service.happens(&id, vec![parked()]).await;
        messages(&service).await;
        let calls: Vec<_> = (0..6)
            .map(|_| {
                let (service, path) = (service.clone(), retry(&id));
                tokio::spawn(async move { service.post(ACME, &path).await.status })
            })
            .collect();
        let mut statuses = Vec::new();
        for call in calls {
            statuses.push(call.await.unwrap());
        }
        statuses.sort();
        assert_eq!(statuses[0], StatusCode::ACCEPTED, "{statuses:?}");
        assert!(
            statuses[1..]
                .iter()
                .all(|status| *status == StatusCode::CONFLICT),
            "{statuses:?}"
        );
        assert_eq!(messages(&service).await.len(), 1);
    }
}

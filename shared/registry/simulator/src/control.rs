//! `/simulator/…`: the simulator itself over HTTP, for tests in other processes.
//! No key is asked for, nothing is logged, no limit holds.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fault::Fault;
use crate::refusal::{BAD_REQUEST, Refusal};
use crate::registry::{Registry, held};
use crate::verdict::Verdict;

/// The calls of one answer, unless fewer are asked for.
const MOST_CALLS: usize = 10_000;

pub(crate) fn routes() -> Router<Arc<Registry>> {
    let submissions = async |State(registry): State<Arc<Registry>>| {
        let submissions = held(&registry.store).submissions.clone();
        Json(submissions)
    };
    let webhooks = async |State(registry): State<Arc<Registry>>| Json(registry.webhooks());
    let clear = async |State(registry): State<Arc<Registry>>| {
        held(&registry.faults).clear();
        StatusCode::NO_CONTENT
    };
    Router::new()
        .route("/calls", get(calls))
        .route("/submissions", get(submissions))
        .route("/webhooks", get(webhooks))
        .route("/faults", post(fault).delete(clear))
        .route("/review", post(review))
        .route("/otp/{brand}", get(otp))
        .route("/mail/{brand}", get(mail))
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    from: u64,
    limit: Option<usize>,
}

/// `?from=` the number of the first call wanted, `&limit=`; `next` is the
/// number to go on from.
async fn calls(State(registry): State<Arc<Registry>>, Query(page): Query<Page>) -> Json<Value> {
    let log = held(&registry.log);
    let limit = page.limit.unwrap_or(MOST_CALLS).min(MOST_CALLS);
    let from = page.from.max(log.dropped());
    let calls = log.calls(from, limit);
    let next = from + u64::try_from(calls.len()).unwrap_or(0);
    Json(json!({"calls": calls, "next": next, "dropped": log.dropped(), "total": log.next()}))
}

#[derive(Deserialize)]
struct Faulty {
    #[serde(default = "one")]
    count: u64,
    #[serde(flatten)]
    fault: Fault,
}

fn one() -> u64 {
    1
}

/// `{"count":1,"answer":"error|nonsense|close|hang","carried_out":false,"calls":"all|writes|reads"}`.
async fn fault(State(registry): State<Arc<Registry>>, Json(sent): Json<Value>) -> Response {
    match serde_json::from_value::<Faulty>(sent) {
        Err(error) => wrong(&error),
        Ok(faulty) => {
            if held(&registry.faults).add(faulty.fault, faulty.count) {
                StatusCode::NO_CONTENT.into_response()
            } else {
                let detail = "Too many faults are waiting; DELETE them first.";
                Refusal::new(StatusCode::BAD_REQUEST, BAD_REQUEST, detail).into_response()
            }
        }
    }
}

/// A [`Verdict`] as JSON.
async fn review(State(registry): State<Arc<Registry>>, Json(sent): Json<Value>) -> Response {
    match serde_json::from_value::<Verdict>(sent) {
        Err(error) => wrong(&error),
        Ok(verdict) => {
            let found = registry.at_once(|store, now| store.review(now, &verdict)).0;
            if found {
                StatusCode::NO_CONTENT.into_response()
            } else {
                Refusal::not_found("subject").into_response()
            }
        }
    }
}

/// What the person behind a brand reads on the phone.
async fn otp(State(registry): State<Arc<Registry>>, Path(brand): Path<String>) -> Response {
    match held(&registry.store).text_message(&brand) {
        Some((pin, message)) => Json(json!({"pin": pin, "message": message})).into_response(),
        None => Refusal::not_found("OTP").into_response(),
    }
}

/// To whom the e-mails of a public company's brand went.
async fn mail(State(registry): State<Arc<Registry>>, Path(brand): Path<String>) -> Json<Value> {
    let to = held(&registry.store).mails(&brand);
    Json(json!({ "to": to }))
}

fn wrong(error: &serde_json::Error) -> Response {
    Refusal::new(StatusCode::BAD_REQUEST, BAD_REQUEST, &error.to_string()).into_response()
}

//! webhooks: what a registry tells us, taken as a reason to go and read again.
//!
//! 1. Prove the signature over the raw body, and that it is fresh.
//! 2. Find the registration: our id rides in the path; a number is found by its
//!    place in the order.
//! 3. Send the step's function a message to look now. Nothing that a webhook
//!    says is recorded as a verdict, so early, late, repeated, reordered and
//!    lost ones all end the same.
//!
//! A type that we do not know is kept in the history and acknowledged.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use platform::case::{Author, CaseError};
use platform::message::{Cause, Message};
use platform::queue::{Outgoing, QueueError};
use platform::store::StoreError;
use platform::telemetry::chain;
use platform::{Case, Platform};
use registration::facts::Subject;
use registration::order::PhoneNumber;
use registration::{Actor, Fact, RegistrationId, Step, TraceId};
use registry::{Registry, Webhook, WebhookError};
use serde_json::{Value, json};
use tracing::{info, warn};

/// The largest body of a webhook that is read.
pub const LARGEST_BODY: usize = 256 * 1024;

/// Webhooks of an unknown type that one history keeps; more are acknowledged
/// and logged only.
pub const MOST_UNKNOWN: u32 = 50;

/// How often a lost race is run again.
const RACES: usize = 5;

/// `POST /v1/webhooks/{registry}/{registration}`.
pub fn router(platform: Platform, registry: Arc<dyn Registry>) -> Router {
    Router::new()
        .route("/v1/webhooks/{registry}/{id}", post(receive))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state((platform, registry))
}

/// A webhook that is not acknowledged. The registry will send it again.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The path names no registry or registration of ours.
    #[error("no registration of ours is meant by this address")]
    NotFound,
    /// It is larger than any that a registry sends.
    #[error("the body could not be read: it may hold up to {LARGEST_BODY} bytes")]
    TooLarge,
    /// It cannot be believed.
    #[error(transparent)]
    Unproven(#[from] WebhookError),
    /// Our store failed.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// Our queue failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Case(error.into())
    }
}

async fn receive(
    State((platform, registry)): State<(Platform, Arc<dyn Registry>)>,
    Path((name, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let accepted = match body {
        Ok(body) => accept(&platform, &*registry, &name, &id, &headers, &body).await,
        Err(_) => Err(Refused::TooLarge),
    };
    match accepted {
        Ok(()) => StatusCode::OK.into_response(),
        Err(refused) => refused.into_response(),
    }
}

async fn accept(
    platform: &Platform,
    registry: &dyn Registry,
    name: &str,
    id: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), Refused> {
    let known = name == registry.name();
    let id = RegistrationId::parse(id)
        .ok()
        .filter(|_| known)
        .ok_or(Refused::NotFound)?;
    let header = |name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
    let webhook = registry.webhook(&header, body, platform.clock.now())?;
    let case = match Case::load(&*platform.store, &id).await {
        Err(CaseError::Unknown(_)) => return Err(Refused::NotFound),
        case => case?,
    };
    let trace = header("traceparent").and_then(|header| TraceId::from_traceparent(&header));
    let trace = trace.unwrap_or_else(|| TraceId::new((platform.random)()));
    let (step, case) = match webhook {
        Webhook::Brand { .. } => (Step::Brand, Some(case)),
        Webhook::Campaign { .. } => (Step::Campaign, Some(case)),
        Webhook::Number { number } => (Step::Number, number_of(platform, case, &number).await?),
        Webhook::Underway => return Ok(()),
        Webhook::Unknown { event_type, body } => {
            return keep(platform, &id, event_type, body, trace).await;
        }
    };
    match case.filter(|case| concerns(case, step)) {
        Some(case) => {
            let message = case.about(step, Cause::Webhook);
            let message = Message { trace, ..message };
            let delay = Duration::ZERO;
            platform.queue.send(&[Outgoing { message, delay }]).await?;
        }
        None => info!(registration = %id, %step, "a webhook about a step that waits for nothing"),
    }
    Ok(())
}

/// Whether the step is under way, or something of it is at the registry.
fn concerns(case: &Case, step: Step) -> bool {
    case.pending().is_some_and(|pending| pending.step == step)
        || case.facts.registry_id(step).is_some()
}

/// The registration of a number: the one addressed, or one of this order's.
async fn number_of(
    platform: &Platform,
    addressed: Case,
    number: &PhoneNumber,
) -> Result<Option<Case>, CaseError> {
    let Subject::Business { order } = addressed.facts.subject() else {
        return Ok(Some(addressed));
    };
    let mut places = order.numbers.as_slice().iter().zip(1..);
    let Some((_, place)) = places.find(|(known, _)| *known == number) else {
        return Ok(None);
    };
    match Case::load(&*platform.store, &addressed.id.number(place)).await {
        Err(CaseError::Unknown(_)) => Ok(None),
        case => case.map(Some),
    }
}

/// Keeps what we do not understand.
async fn keep(
    platform: &Platform,
    id: &RegistrationId,
    event_type: String,
    body: Value,
    trace: TraceId,
) -> Result<(), Refused> {
    let author = Author {
        actor: Actor::function("webhooks"),
        trace,
    };
    for _ in 0..RACES {
        let mut case = Case::load(&*platform.store, id).await?;
        if case.facts.unknown_webhooks() >= MOST_UNKNOWN {
            warn!(registration = %id, event_type, "a webhook of an unknown type, not kept: too many");
            return Ok(());
        }
        let fact = Fact::UnknownWebhook {
            event_type: event_type.clone(),
            body: body.clone(),
        };
        match case.record(platform, &author, vec![fact]).await {
            Err(CaseError::Store(StoreError::Taken { .. })) => {}
            recorded => return Ok(recorded?),
        }
    }
    Err(Refused::Case(
        StoreError::Taken {
            registration: id.clone(),
            seq: 0,
        }
        .into(),
    ))
}

impl IntoResponse for Refused {
    /// RFC 9457 problem details.
    fn into_response(self) -> Response {
        let (status, kind, title) = match &self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "Not found"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Body too large"),
            Self::Unproven(WebhookError::Malformed(_)) => (
                StatusCode::BAD_REQUEST,
                "malformed-webhook",
                "Malformed webhook",
            ),
            Self::Unproven(_) => (
                StatusCode::UNAUTHORIZED,
                "unproven-webhook",
                "Webhook not proven",
            ),
            Self::Case(_) | Self::Queue(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "Not available",
            ),
        };
        warn!(status = status.as_u16(), error = %chain(&self), "webhook refused");
        let detail = match status {
            StatusCode::SERVICE_UNAVAILABLE => {
                "the webhook was not taken: send it again".to_owned()
            }
            _ => self.to_string(),
        };
        let problem = json!({
            "type": format!("/problems/{kind}"),
            "title": title,
            "status": status.as_u16(),
            "detail": detail,
        });
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (status, kind, problem.to_string()).into_response()
    }
}

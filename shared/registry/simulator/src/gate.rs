//! What every call of the API passes: the log, the key, the limit, the faults.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;
use tokio::sync::Notify;

use crate::fault::{Answer, Fault};
use crate::fields::{Fields, digits, text};
use crate::limit::Allowance;
use crate::log::Call;
use crate::outcome::AtPost;
use crate::refusal::{INVALID_JSON, Refusal, TOO_MANY, UNAUTHENTICATED};
use crate::registry::{Registry, held};

/// The largest body that is read.
const MOST_BYTES: usize = 1024 * 1024;

/// A call's connection, to close it in the middle.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line(pub(crate) Arc<Notify>);

/// A call's body, as handlers get it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent(pub(crate) Arc<Fields>);

/// What a handler tells the gate about its call.
#[derive(Clone, Debug)]
pub(crate) struct Noted {
    pub(crate) subject: Option<String>,
    pub(crate) at_post: AtPost,
}

/// An answer, or none.
enum Verdict {
    Answer(Response),
    Close,
    Hang,
}

/// The middleware.
pub(crate) async fn gate(
    State(registry): State<Arc<Registry>>,
    request: Request,
    next: Next,
) -> Response {
    let line = request
        .extensions()
        .get::<Line>()
        .cloned()
        .unwrap_or_default();
    let call = Call {
        at: registry.clock.now(),
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        status: None,
        subject: None,
    };
    let at = call.at;
    let number = held(&registry.log).received(call);
    let write = request.method() != Method::GET;
    let mut subject = None;
    let (verdict, allowance) = match admitted(&registry, request.headers(), at, write) {
        Err(refused) => (Verdict::Answer(refused.0.into_response()), refused.1),
        Ok(allowance) => {
            let verdict = carried_out(&registry, request, next, write, &mut subject).await;
            (verdict, allowance)
        }
    };
    let answer = match verdict {
        Verdict::Answer(mut answer) => {
            if let Some(allowance) = allowance {
                say(allowance, answer.headers_mut());
            }
            Some(answer)
        }
        Verdict::Close => None,
        Verdict::Hang => {
            held(&registry.log).answered(number, None, subject.clone());
            tokio::time::sleep(registry.settings.hang).await;
            None
        }
    };
    let status = answer.as_ref().map(|answer| answer.status().as_u16());
    held(&registry.log).answered(number, status, subject);
    match answer {
        Some(answer) => answer,
        None => {
            line.0.notify_one();
            // The connection, and this future with it, is dropped.
            std::future::pending().await
        }
    }
}

/// Checks key and limit.
fn admitted(
    registry: &Registry,
    headers: &HeaderMap,
    now: Duration,
    write: bool,
) -> Result<Option<Allowance>, (Refusal, Option<Allowance>)> {
    let sent = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let key = sent.and_then(|value| value.strip_prefix("Bearer "));
    if key != Some(registry.settings.api_key.as_str()) {
        let detail = "The required authentication headers were either invalid or not included in the request.";
        return Err((
            Refusal::new(StatusCode::UNAUTHORIZED, UNAUTHENTICATED, detail),
            None,
        ));
    }
    let allowance = held(&registry.limiter).call(now, write);
    if allowance.is_some_and(|allowance| !allowance.allowed) {
        let detail = "You have exceeded the maximum number of allowed requests.";
        let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, TOO_MANY, detail);
        return Err((refusal, allowance));
    }
    Ok(allowance)
}

/// Carries the call out, or lets it go wrong.
async fn carried_out(
    registry: &Registry,
    request: Request,
    next: Next,
    write: bool,
    subject: &mut Option<String>,
) -> Verdict {
    if !registry.settings.latency.is_zero() {
        tokio::time::sleep(registry.settings.latency).await;
    }
    let (head, body) = request.into_parts();
    let sent = match read(body).await {
        Ok(sent) => sent,
        Err(refusal) => return Verdict::Answer(refusal.into_response()),
    };
    *subject = subject_of(&sent);
    let fault = held(&registry.faults).take(write);
    if let Some(Fault {
        answer,
        carried_out: false,
        ..
    }) = fault
    {
        return faulty(answer);
    }
    let mut request = Request::from_parts(head, Body::empty());
    request.extensions_mut().insert(Sent(Arc::new(sent)));
    let mut answer = next.run(request).await;
    let noted = answer.extensions_mut().remove::<Noted>();
    let at_post = noted.as_ref().map_or(AtPost::Accept, |noted| noted.at_post);
    *subject = noted.and_then(|noted| noted.subject).or(subject.take());
    if let Some(fault) = fault {
        return faulty(fault.answer);
    }
    if at_post == AtPost::Slow {
        tokio::time::sleep(registry.settings.slow).await;
    }
    match at_post {
        AtPost::AnswerLost => Verdict::Close,
        _ => Verdict::Answer(answer),
    }
}

fn faulty(answer: Answer) -> Verdict {
    match answer {
        Answer::Error => Verdict::Answer(Refusal::unexpected().into_response()),
        Answer::Nonsense => {
            let page = Html("<html><body><h1>Service temporarily unavailable</h1></body></html>");
            Verdict::Answer(page.into_response())
        }
        Answer::Close => Verdict::Close,
        Answer::Hang => Verdict::Hang,
    }
}

/// A JSON object; an empty body counts as an empty one.
async fn read(body: Body) -> Result<Fields, Refusal> {
    let wrong = |detail| Refusal::new(StatusCode::BAD_REQUEST, INVALID_JSON, detail);
    let bytes = to_bytes(body, MOST_BYTES).await;
    let bytes = bytes.map_err(|_| wrong("The body could not be read, or is larger than 1 MiB."))?;
    if bytes.is_empty() {
        return Ok(Fields::new());
    }
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(wrong("The body must be a JSON object.")),
    }
}

/// What a body is about, as submissions are counted.
fn subject_of(sent: &Fields) -> Option<String> {
    let said = |name| text(sent, name).map(str::to_owned);
    let campaign = || {
        Some(format!(
            "{}/{}",
            text(sent, "brandId")?,
            text(sent, "usecase")?
        ))
    };
    (text(sent, "ein").map(digits))
        .or_else(|| said("referenceId"))
        .or_else(|| said("phoneNumber"))
        .or_else(campaign)
        .or_else(|| said("displayName"))
}

fn say(allowance: Allowance, headers: &mut HeaderMap) {
    headers.insert("x-ratelimit-limit", HeaderValue::from(allowance.limit));
    headers.insert(
        "x-ratelimit-remaining",
        HeaderValue::from(allowance.remaining),
    );
    headers.insert("x-ratelimit-reset", HeaderValue::from(allowance.reset));
}

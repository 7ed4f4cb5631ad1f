//! What surrounds every call: its trace, its span, its time limit.

use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use platform::Platform;
use registration::TraceId;
use tracing::{Instrument, field, info, info_span};

use crate::problem::Problem;

/// The longest that a call may take; then it is answered with a problem.
pub const LONGEST_CALL: Duration = Duration::from_secs(10);

/// The header that names the trace of a call in its answer.
const TRACE_ID: HeaderName = HeaderName::from_static("trace-id");

/// The trace of a call, for its handler.
#[derive(Debug, Clone)]
pub(crate) struct Trace(pub(crate) TraceId);

/// Runs a call inside its span and limits, and writes its problem if it ends
/// with one.
pub(crate) async fn around(
    State(platform): State<Platform>,
    mut request: Request,
    next: Next,
) -> Response {
    let trace = trace(&platform, &request);
    // The matched path, never the path itself: that may hold anything.
    let path = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", MatchedPath::as_str);
    let span = info_span!(
        "call", method = %request.method(), path, %trace,
        registration = field::Empty, status = field::Empty
    );
    request.extensions_mut().insert(Trace(trace.clone()));
    let response = async {
        let mut response = tokio::time::timeout(LONGEST_CALL, next.run(request))
            .await
            .unwrap_or_else(|_| Problem::timeout().into_response());
        if let Some(problem) = response.extensions_mut().remove::<Problem>() {
            response = problem.write(&trace);
        }
        tracing::Span::current().record("status", response.status().as_u16());
        info!("answered");
        response
    }
    .instrument(span)
    .await;
    with_headers(response, &trace)
}

fn with_headers(mut response: Response, trace: &TraceId) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if let Ok(trace) = HeaderValue::from_str(trace.as_str()) {
        headers.insert(TRACE_ID, trace);
    }
    response
}

fn trace(platform: &Platform, request: &Request) -> TraceId {
    request
        .headers()
        .get("traceparent")
        .and_then(|header| header.to_str().ok())
        .and_then(TraceId::from_traceparent)
        .unwrap_or_else(|| TraceId::new((platform.random)()))
}

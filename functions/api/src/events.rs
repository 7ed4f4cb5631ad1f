//! GET /v1/registrations/{id}/events: the history, for programs and for people.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use platform::Platform;
use registration::RegistrationId;
use registration::chain::StoredEvent;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::caller::{Caller, Id};
use crate::openapi::{CallProblems, UnknownRegistration};
use crate::problem::{Problem, ProblemDetails};
use crate::view;

/// A form in which a history is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    NdJson,
    Csv,
}

/// Each form's media type; the first is the default.
const FORMS: [(Form, &str); 3] = [
    (Form::Json, "application/json"),
    (Form::NdJson, "application/x-ndjson"),
    (Form::Csv, "text/csv"),
];

/// A history.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct History {
    /// Whose.
    #[schema(value_type = String)]
    registration: RegistrationId,
    /// From the first to the last.
    #[schema(value_type = Vec<HistoryEvent>)]
    events: Vec<StoredEvent>,
}

/// One append to a history, as it is stored.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the schema of StoredEvent")]
struct HistoryEvent {
    /// From 1, without a gap.
    seq: u64,
    #[schema(schema_with = view::time)]
    time: (),
    /// Who wrote it: `account …`, `function …` or `operator …`.
    actor: String,
    /// The version of the facts' form.
    version: u16,
    /// The call from outside that led to it.
    trace: String,
    /// What became true; each object names its kind in `fact`.
    facts: Vec<utoipa::openapi::Object>,
    /// SHA-256 over this event and the hash of the one before.
    hash: String,
}

/// Shows the whole history.
///
/// By the header `Accept`: `application/json` (the default),
/// `application/x-ndjson` (one event to a line) or `text/csv` (one fact to a
/// line, with a heading).
#[utoipa::path(
    get, path = "/v1/registrations/{id}/events", operation_id = "events", tag = "registrations",
    params(("id" = String, Path, description = "The registration of an order or of a number.")),
    responses(
        (status = 200, description = "The history.", content(
            (History = "application/json"),
            (String = "application/x-ndjson"),
            (String = "text/csv"),
        )),
        (status = 406, description = "No form that Accept names.", body = ProblemDetails,
         content_type = "application/problem+json"),
        UnknownRegistration, CallProblems
    )
)]
pub(crate) async fn events(
    State(platform): State<Platform>,
    caller: Caller,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let form = form(&headers).ok_or_else(|| Problem::not_acceptable(&FORMS.map(|(_, t)| t)))?;
    caller.row(&platform, &id).await?;
    let events = platform.store.history(&id).await?;
    let text = match form {
        Form::Json => serde_json::to_string(&History {
            registration: id,
            events,
        }),
        Form::NdJson => lines(&events),
        Form::Csv => Ok(csv(&events)),
    }
    .map_err(|error| Problem::internal(&error))?;
    let media_type = FORMS
        .iter()
        .find(|(known, _)| *known == form)
        .map_or("", |(_, t)| *t);
    let headers = [(header::CONTENT_TYPE, media_type), (header::VARY, "accept")];
    Ok((StatusCode::OK, headers, text).into_response())
}

/// The form that the caller likes best; of those liked the same, the first.
/// For each form its most specific media range counts (RFC 9110, 12.5.1).
fn form(headers: &HeaderMap) -> Option<Form> {
    let accept: Vec<_> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let accept = if accept.is_empty() {
        "*/*".to_owned()
    } else {
        accept.join(",")
    };
    let ranges: Vec<_> = accept.split(',').map(range).collect();
    let mut best = None;
    for (form, media_type) in FORMS {
        let fitting = ranges
            .iter()
            .filter_map(|(range, liking)| Some((specificity(range, media_type)?, *liking)));
        let liking = fitting
            .max_by_key(|(specificity, _)| *specificity)
            .map_or(0, |(_, q)| q);
        if liking > best.map_or(0, |(_, most)| most) {
            best = Some((form, liking));
        }
    }
    best.map(|(form, _)| form)
}

/// A media range and how much it is liked, in thousandths.
fn range(text: &str) -> (String, u16) {
    let mut parts = text.split(';').map(|part| part.trim().to_ascii_lowercase());
    let range = parts.next().unwrap_or_default();
    let liking = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok());
    // In range: 0 to 1000.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let liking = (liking.unwrap_or(1.0).clamp(0.0, 1.0) * 1000.0) as u16;
    (range, liking)
}

fn specificity(range: &str, media_type: &str) -> Option<u8> {
    match range.strip_suffix("/*") {
        _ if range == media_type => Some(2),
        Some("*") => Some(0),
        Some(kind) if media_type.split('/').next() == Some(kind) => Some(1),
        _ => None,
    }
}

fn lines(events: &[StoredEvent]) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    for event in events {
        text.push_str(&serde_json::to_string(event)?);
        text.push('\n');
    }
    Ok(text)
}

/// RFC 4180, one fact to a line. `data` is the fact as JSON.
fn csv(events: &[StoredEvent]) -> String {
    let mut text = "seq,time,actor,trace,fact,step,round,data,hash\r\n".to_owned();
    for event in events {
        for fact in event.facts.as_array().into_iter().flatten() {
            let field = |name| match fact.get(name) {
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => String::new(),
            };
            let cells = [
                event.seq.to_string(),
                event.time.to_string(),
                event.actor.as_str().to_owned(),
                event.trace.as_str().to_owned(),
                field("fact"),
                field("step"),
                field("round"),
                fact.to_string(),
                event.hash.as_str().to_owned(),
            ];
            text.push_str(&cells.map(|cell| quoted(&cell)).join(","));
            text.push_str("\r\n");
        }
    }
    text
}

fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

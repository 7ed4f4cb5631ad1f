//! Everything that goes wrong, as the caller sees it: RFC 9457 problem details.

use std::error::Error;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use platform::case::CaseError;
use platform::store::StoreError;
use platform::telemetry::chain;
use registration::TraceId;
use serde::Serialize;
use tracing::error;
use utoipa::ToSchema;

mod body;

pub(crate) use body::Body;

/// The media type of a problem.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// Seconds until a call that our side could not serve may be made again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// A call that was not served. Handlers return it; the layer around them adds
/// the trace and writes it.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    details: Box<ProblemDetails>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// What went wrong (RFC 9457). Which of the fields after `instance` are there
/// depends on `type`.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(crate) struct ProblemDetails {
    /// What kind of problem: stable, for programs.
    #[serde(rename = "type")]
    #[schema(example = "/problems/invalid-order")]
    kind: String,
    /// The kind in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What happened, and what to do.
    detail: String,
    /// This one occurrence: `/traces/` and the id in the header `trace-id`,
    /// under which it is found in the logs.
    instance: String,
    /// `/problems/invalid-…` of a body, `/problems/locked`, `/problems/held-by-others`:
    /// every place that is wrong or cannot be had now, at once; at most the first 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<FieldProblem>>,
    /// `/problems/invalid-order`: how many more there are than `errors` holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    more: Option<usize>,
    /// `/problems/malformed-json`: the line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// `/problems/malformed-json`: the column, from 1; 0: before the line's
    /// first character.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    /// `/problems/invalid-parameter`: the query parameter or header.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    /// `/problems/too-many`: from when on it is possible again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    available_at: Option<String>,
    /// What is allowed instead: values or a form.
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<Vec<String>>,
}

/// One thing that is wrong with a body.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct FieldProblem {
    /// Where: a JSON pointer (RFC 6901) into the body.
    #[schema(example = "/campaign/samples/1")]
    pointer: String,
    /// Which rule: stable, for programs. Of `/problems/locked`: why it cannot be
    /// changed now.
    #[schema(value_type = String, example = "too_short")]
    rule: Broken,
    /// What the rule allows: `min` and `max` (characters or entries), or
    /// `oneOf`, a list of values.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    limit: Option<registration::order::Limit>,
    /// For a person: what is wrong and what to do.
    message: String,
    /// `/problems/held-by-others`: the account's own registration that has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    registration: Option<registration::RegistrationId>,
}

/// A rule's name.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
enum Broken {
    /// One of those that every order is read by.
    Order(registration::order::Rule),
    /// One of a single verb.
    Own(&'static str),
}

impl Problem {
    fn new(status: StatusCode, kind: &str, title: &'static str, detail: impl Into<String>) -> Self {
        let details = ProblemDetails {
            kind: format!("/problems/{kind}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            ..ProblemDetails::default()
        };
        Self {
            details: Box::new(details),
            headers: Vec::new(),
        }
    }

    fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    fn allowing(mut self, allowed: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.details.allowed = Some(allowed.into_iter().map(Into::into).collect());
        self
    }

    pub(crate) fn unauthorized(detail: &str, challenge: &'static str) -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "A valid token is needed",
            detail,
        )
        .with_header(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static(challenge),
        )
    }

    pub(crate) fn other_account() -> Self {
        let detail = "This token belongs to another account than the parameter `account` names: \
                      leave the parameter out.";
        Self::new(
            StatusCode::FORBIDDEN,
            "other-account",
            "Another account",
            detail,
        )
    }

    pub(crate) fn needs_account() -> Self {
        let detail = "This token is an operator's: only the account itself may see and change \
                      its callback.";
        Self::new(
            StatusCode::FORBIDDEN,
            "needs-account",
            "An account's token is needed",
            detail,
        )
    }

    pub(crate) fn needs_operator() -> Self {
        let detail = "This token is an account's: only an operator may share a brand.";
        Self::new(
            StatusCode::FORBIDDEN,
            "needs-operator",
            "An operator's token is needed",
            detail,
        )
    }

    pub(crate) fn no_callback() -> Self {
        let detail = "This account has no callback: register one with PUT.";
        Self::new(StatusCode::NOT_FOUND, "no-callback", "No callback", detail)
    }

    pub(crate) fn unknown_route() -> Self {
        let detail = "There is nothing at this address: see /v1/openapi.json.";
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown-route",
            "No such address",
            detail,
        )
    }

    /// The same for an id that nobody has and for one of another account.
    pub(crate) fn unknown_registration() -> Self {
        let detail = "There is no registration with this id: check the id, and that the token \
                      belongs to its account.";
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown-registration",
            "No such registration",
            detail,
        )
    }

    pub(crate) fn wrong_method() -> Self {
        let detail = "This address does not take this method: use one of the header Allow.";
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "wrong-method",
            "Wrong method",
            detail,
        )
    }

    pub(crate) fn not_acceptable(media_types: &[&'static str]) -> Self {
        let detail = "The events cannot be written in a form that the header Accept names.";
        Self::new(
            StatusCode::NOT_ACCEPTABLE,
            "not-acceptable",
            "No such form",
            detail,
        )
        .allowing(media_types.iter().copied())
    }

    pub(crate) fn not_stopped(detail: String) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "not-stopped",
            "Nothing to retry",
            detail,
        )
    }

    pub(crate) fn too_large(most: usize) -> Self {
        let detail = format!("The body is larger than {most} bytes: split the order.");
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "Body too large",
            detail,
        )
    }

    pub(crate) fn unsupported_media_type(kinds: &[&'static str]) -> Self {
        let detail = format!(
            "The body must be JSON: send Content-Type: {}.",
            kinds.join(" or ")
        );
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not-json",
            "Not JSON",
            detail,
        )
        .with_header(header::ACCEPT, HeaderValue::from_static("application/json"))
        .allowing(kinds.iter().copied())
    }

    pub(crate) fn unreadable_body() -> Self {
        let detail = "The body did not arrive in full: send it again.";
        Self::new(
            StatusCode::BAD_REQUEST,
            "unreadable-body",
            "Body not received",
            detail,
        )
    }

    pub(crate) fn slow_body() -> Self {
        let detail = "The body did not arrive in time: send it again, faster.";
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "slow-body",
            "Body not received in time",
            detail,
        )
    }

    pub(crate) fn malformed_json(error: &serde_json::Error) -> Self {
        let detail = format!("The body cannot be read as JSON: {error}.");
        let mut problem = Self::new(
            StatusCode::BAD_REQUEST,
            "malformed-json",
            "Malformed JSON",
            detail,
        );
        problem.details.line = Some(error.line());
        problem.details.column = Some(error.column());
        problem
    }

    /// A query parameter or header that cannot be used. Never repeats its value.
    pub(crate) fn invalid_parameter(
        parameter: &str,
        detail: impl Into<String>,
        allowed: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let mut problem = Self::new(
            StatusCode::BAD_REQUEST,
            "invalid-parameter",
            "A parameter cannot be used",
            detail,
        )
        .allowing(allowed);
        problem.details.parameter = Some(parameter.to_owned());
        problem
    }

    /// The registration does not stand so that this can be done.
    pub(crate) fn conflict(kind: &str, title: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, kind, title, detail)
    }

    /// So often that it is not done again for a time.
    pub(crate) fn too_many(detail: String, from: Timestamp, seconds: u64) -> Self {
        let mut problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many",
            "Asked for too often",
            detail,
        )
        .with_header(header::RETRY_AFTER, HeaderValue::from(seconds));
        problem.details.available_at = Some(from.to_string());
        problem
    }

    pub(crate) fn key_reused() -> Self {
        let detail = "This Idempotency-Key came before with another body. To repeat that order, \
                      send the same bytes; for a new order, use a new key.";
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency-key-reused",
            "Idempotency-Key is used already",
            detail,
        )
    }

    /// Our own side failed for now. What exactly is for the log alone.
    pub(crate) fn unavailable(error: &(dyn Error + 'static)) -> Self {
        log(error);
        let detail = "The call was not finished. Make it again; an order that is sent again with \
                      the same Idempotency-Key is taken only once.";
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Not available now",
            detail,
        )
        .with_header(header::RETRY_AFTER, RETRY_AFTER)
    }

    pub(crate) fn timeout() -> Self {
        let detail = "The call took too long and was not finished. Make it again; an order that \
                      is sent again with the same Idempotency-Key is taken only once.";
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "timeout",
            "It took too long",
            detail,
        )
        .with_header(header::RETRY_AFTER, RETRY_AFTER)
    }

    /// Our own side failed, and will fail again. What exactly is for the log
    /// alone.
    pub(crate) fn internal(error: &(dyn Error + 'static)) -> Self {
        log(error);
        let detail = "This is our fault, and a repetition will not help: tell the operators the \
                      trace id.";
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "An error on our side",
            detail,
        )
    }

    /// The problem as it is sent.
    pub(crate) fn write(mut self, trace: &TraceId) -> Response {
        self.details.instance = format!("/traces/{trace}");
        let status =
            StatusCode::from_u16(self.details.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(*self.details)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.extend(self.headers);
        response
    }
}

fn log(error: &(dyn Error + 'static)) {
    error!(error = %chain(error), "a call failed on our side");
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Corrupt(_) | StoreError::TooLarge { .. } => Self::internal(&error),
            StoreError::Failed { .. }
            | StoreError::Busy { .. }
            | StoreError::Taken { .. }
            | StoreError::Claimed(_) => Self::unavailable(&error),
        }
    }
}

impl From<CaseError> for Problem {
    fn from(error: CaseError) -> Self {
        match error {
            CaseError::Unknown(_) => Self::unknown_registration(),
            CaseError::Store(error) => error.into(),
            CaseError::Unreadable { .. }
            | CaseError::Unfoldable { .. }
            | CaseError::Unwritable(_) => Self::internal(&error),
        }
    }
}

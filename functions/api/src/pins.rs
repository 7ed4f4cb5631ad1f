//! POST /v1/registrations/{id}/otp: the PIN that a sole proprietor got by SMS.
//!
//! A PIN is written nowhere but into the history.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use platform::Platform;
use platform::otp::{OtpError, otp};
use registration::Pin;
use registration::order::Rule;
use serde::Deserialize;
use serde_json::Value;
use tracing::info;
use utoipa::ToSchema;

use crate::caller::{Caller, Id};
use crate::document::Given;
use crate::fields::{optional, problem};
use crate::openapi::{CallProblems, UnknownRegistration};
use crate::problem::{Body, Problem, ProblemDetails};
use crate::view::Standing;

/// The PIN, or nothing to ask for another SMS.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the schema of what `pin` reads")]
pub(crate) struct PinDocument {
    /// As it came by SMS.
    #[schema(pattern = "^[0-9A-Za-z]{4,12}$", example = "123456")]
    pin: Option<String>,
}

/// Hands in a PIN, or asks for another SMS.
///
/// With `pin`: what the sole proprietor got by SMS; good for 24 hours. Without a
/// body, or with an empty object: another SMS is sent, and the PIN before is of no
/// use any more. That is possible 5 times within 24 hours for one mobile phone.
#[utoipa::path(
    post, path = "/v1/registrations/{id}/otp", operation_id = "otp", tag = "registrations",
    params(("id" = String, Path, description = "The registration of an order.")),
    request_body = Option<PinDocument>,
    responses(
        (status = 202, description = "The PIN is handed in, or another SMS is sent.",
         body = Standing),
        (status = 400, description = "Malformed JSON.",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "No PIN is awaited, or it has expired.", body = ProblemDetails,
         content_type = "application/problem+json"),
        (status = 429, description = "Another SMS was asked for 5 times within 24 hours for this \
         mobile phone, on whatever order: again from `available_at` on, or after `retry-after` \
         seconds.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 408, description = "The body did not come in 8 seconds.",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB.",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 415, description = "The body is not application/json.",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "No PIN looks like this.",
         body = ProblemDetails, content_type = "application/problem+json"),
        UnknownRegistration, CallProblems
    )
)]
pub(crate) async fn hand_in(
    State(platform): State<Platform>,
    caller: Caller,
    Id(id): Id,
    Given(body): Given,
) -> Result<(StatusCode, Json<Standing>), Problem> {
    caller.row(&platform, &id).await?;
    let pin = pin(body.as_ref())?;
    let case = otp(&platform, &id, &caller.author(), pin.as_ref()).await?;
    info!(handed_in = pin.is_some(), "a PIN, or another SMS");
    Ok((StatusCode::ACCEPTED, Json(Standing::of(&case))))
}

fn pin(body: Option<&Value>) -> Result<Option<Pin>, Problem> {
    let given = optional(body, "pin").map_err(|errors| Problem::invalid(Body::Pin, &errors))?;
    let Some(given) = given else { return Ok(None) };
    let text = given.as_str().ok_or_else(|| {
        let wrong = problem("/pin", Rule::WrongType, "The PIN must be a text.");
        Problem::invalid(Body::Pin, &[wrong])
    })?;
    let pin = Pin::parse(text);
    pin.map(Some)
        .map_err(|bad| Problem::invalid_by(Body::Pin, "/pin", "not_a_pin", bad.to_string()))
}

impl From<OtpError> for Problem {
    fn from(error: OtpError) -> Self {
        match error {
            OtpError::NotAwaited(_) => {
                Self::conflict("no-pin-awaited", "No PIN is awaited", error.to_string())
            }
            OtpError::Expired => {
                Self::conflict("pin-expired", "The PIN has expired", error.to_string())
            }
            OtpError::TooMany { from, wait } => {
                Self::too_many(error.to_string(), from, wait.as_secs().saturating_add(1))
            }
            OtpError::Undecided(error) => error.into(),
        }
    }
}

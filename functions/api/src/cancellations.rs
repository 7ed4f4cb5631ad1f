//! POST /v1/registrations/{id}/cancel: withdraws an order, or one of its numbers.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use platform::Platform;
use platform::cancel::cancel;
use registration::order::{Problem as FieldProblem, Rule};
use serde_json::Value;
use tracing::info;
use utoipa::ToSchema;

use crate::caller::{Caller, Id};
use crate::document::Given;
use crate::fields::{optional, problem};
use crate::openapi::{CallProblems, UnknownRegistration};
use crate::problem::{Body, Problem, ProblemDetails};
use crate::view::Standing;

/// How an order is cancelled, or one of its numbers.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the schema of what `keep_brand` reads")]
pub(crate) struct CancelDocument {
    /// Whether the brand stays at the registry. false if it is not given. Of a
    /// number's own registration it says nothing: brand and campaign stay.
    #[schema(nullable = false)]
    keep_brand: Option<bool>,
}

/// Cancels an order, or one of its numbers.
///
/// What was not sent is not sent any more; what the registry has is withdrawn:
/// the numbers, then the campaign, then the brand, which the registry lets go only
/// once its campaigns have been inactive for 3 months. What the order named as
/// registered already stays. It cannot be taken back; to cancel again changes
/// nothing.
///
/// A number's own registration is cancelled by itself: it is taken off the campaign,
/// or never put on it, and the rest of the order goes on. Of the order it counts
/// neither as assigned nor as refused: with all its other numbers assigned the order
/// is `registered`, and so it is with none left, as brand and campaign are.
#[utoipa::path(
    post, path = "/v1/registrations/{id}/cancel", operation_id = "cancel", tag = "registrations",
    params(("id" = String, Path, description = "The registration of an order or of a number.")),
    request_body = Option<CancelDocument>,
    responses(
        (status = 202, description = "Cancelled, now or before.", body = Standing),
        (status = 400, description = "Malformed JSON.",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB.",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 415, description = "The body is not application/json.",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes.",
         body = ProblemDetails, content_type = "application/problem+json"),
        UnknownRegistration, CallProblems
    )
)]
pub(crate) async fn withdraw(
    State(platform): State<Platform>,
    caller: Caller,
    Id(id): Id,
    Given(body): Given,
) -> Result<(StatusCode, Json<Standing>), Problem> {
    caller.row(&platform, &id).await?;
    let keep_brand = keep_brand(body.as_ref())
        .map_err(|errors| Problem::invalid(Body::Cancellation, &errors))?;
    let case = cancel(&platform, &id, &caller.author(), keep_brand).await?;
    info!("cancelled");
    Ok((StatusCode::ACCEPTED, Json(Standing::of(&case))))
}

fn keep_brand(body: Option<&Value>) -> Result<bool, Vec<FieldProblem>> {
    let name = "keep_brand";
    let wrong = || {
        problem(
            "/keep_brand",
            Rule::WrongType,
            "This must be true or false.",
        )
    };
    match optional(body, name)? {
        None => Ok(false),
        Some(given) => given.as_bool().ok_or_else(|| vec![wrong()]),
    }
}

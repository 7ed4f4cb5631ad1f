//! POST /v1/registrations/{id}/retry: lets a stopped step run again.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use platform::Platform;
use platform::decide::Undecided;
use platform::retry::{How, RetryError, retry};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::caller::{Caller, Id};
use crate::document::Given;
use crate::fields::flags;
use crate::openapi::{CallProblems, UnknownRegistration};
use crate::problem::{Body, Problem, ProblemDetails};
use crate::view::Standing;

/// What a person knows of when they let a step run again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the schema of what `flags` reads")]
pub(crate) struct RetryDocument {
    /// Nothing was corrected, and the fee is to be paid again all the same. Needed for a
    /// brand, vetting or campaign that was rejected for its data. false if it is not
    /// given.
    unchanged: Option<bool>,
    /// A number's own registration: it may be taken off the account's order that it is in;
    /// where an operator calls, off any order. false if it is not given.
    move_numbers: Option<bool>,
}

/// Lets a parked or rejected registration run again.
///
/// A parked step goes on in the same round. A rejected one is submitted again
/// in the next round, and that costs the registry's fee again: a correction (PATCH)
/// does that by itself, and without one it is only done with `unchanged`, unless the
/// registry or a carrier failed. Of several calls at the same time one lets it run, and
/// the others get 409.
#[utoipa::path(
    post, path = "/v1/registrations/{id}/retry", operation_id = "retry", tag = "registrations",
    params(("id" = String, Path, description = "The registration of an order or of a number.")),
    request_body = Option<RetryDocument>,
    responses(
        (status = 202, description = "It runs again, from where it stands.", body = Standing),
        (status = 400, description = "Malformed JSON.",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "It is neither parked nor rejected, or it was rejected and \
         nothing was corrected.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 408, description = "The body did not come in 8 seconds.",
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
pub(crate) async fn run_again(
    State(platform): State<Platform>,
    caller: Caller,
    Id(id): Id,
    Given(body): Given,
) -> Result<(StatusCode, Json<Standing>), Problem> {
    caller.row(&platform, &id).await?;
    let [unchanged, move_numbers] = flags(body.as_ref(), ["unchanged", "move_numbers"])
        .map_err(|errors| Problem::invalid(Body::Retry, &errors))?;
    let how = How {
        unchanged,
        move_numbers,
    };
    let case = retry(&platform, &id, &caller.author(), how).await?;
    Ok((StatusCode::ACCEPTED, Json(Standing::of(&case))))
}

impl From<Undecided> for Problem {
    fn from(error: Undecided) -> Self {
        match error {
            Undecided::Case(error) => error.into(),
            Undecided::Outrun(_) => Self::unavailable(&error),
        }
    }
}

impl From<RetryError> for Problem {
    fn from(error: RetryError) -> Self {
        match error {
            RetryError::NotStopped(status) => Self::not_stopped(format!(
                "The registration is {status}: only a parked or rejected one can be retried."
            )),
            RetryError::NumbersRefused => Self::not_stopped(
                "All numbers were refused: retry the numbers, each under its own id.".to_owned(),
            ),
            RetryError::NeedsOperator { .. } | RetryError::NoNumber => {
                Self::not_stopped(error.to_string())
            }
            RetryError::Unchanged { .. } => {
                Self::conflict("unchanged", "Nothing was corrected", error.to_string())
            }
            RetryError::Undecided(error) => error.into(),
        }
    }
}

//! POST /v1/registrations/{id}/retry: lets a stopped step run again.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use platform::Platform;
use platform::decide::Undecided;
use platform::retry::{RetryError, retry};

use crate::caller::{Caller, Id};
use crate::openapi::{CallProblems, UnknownRegistration};
use crate::problem::{Problem, ProblemDetails};
use crate::view::Standing;

/// Lets a parked or rejected registration run again.
///
/// A parked step goes on in the same round. A rejected one is submitted again
/// in the next round, and that costs the registry's fee again. Of several calls
/// at the same time one lets it run, and the others get 409.
#[utoipa::path(
    post, path = "/v1/registrations/{id}/retry", operation_id = "retry", tag = "registrations",
    params(("id" = String, Path, description = "The registration of an order or of a number.")),
    responses(
        (status = 202, description = "It runs again, from where it stands.", body = Standing),
        (status = 409, description = "It is neither parked nor rejected.", body = ProblemDetails,
         content_type = "application/problem+json"),
        UnknownRegistration, CallProblems
    )
)]
pub(crate) async fn run_again(
    State(platform): State<Platform>,
    caller: Caller,
    Id(id): Id,
) -> Result<(StatusCode, Json<Standing>), Problem> {
    caller.row(&platform, &id).await?;
    let case = retry(&platform, &id, &caller.author()).await?;
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
            RetryError::NeedsOperator { .. } => Self::not_stopped(error.to_string()),
            RetryError::Undecided(error) => error.into(),
        }
    }
}

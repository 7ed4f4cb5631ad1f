//! POST /v1/registrations/{id}/confirmation: the e-mail by which a public company confirms
//! its brand, once more.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use platform::Platform;
use platform::confirmation::{ConfirmationError, TooMany, confirmation};
use tracing::info;

use crate::caller::{Caller, Id};
use crate::openapi::{CallProblems, UnknownRegistration};
use crate::problem::{Problem, ProblemDetails};
use crate::view::Standing;

/// Has the confirmation e-mail sent again.
///
/// The registry mails a link to a public company when it takes the brand. The link is
/// good for 7 days; if nobody has followed one within 30 days, the brand is over and
/// must be submitted again for its fee. Another e-mail costs nothing, and is possible 5
/// times within 24 hours for one mail address. A wrong address is corrected by PATCH
/// (`{"brand":{"businessContactEmail":"…"}}`), which has an e-mail sent there.
#[utoipa::path(
    post, path = "/v1/registrations/{id}/confirmation", operation_id = "confirmation",
    tag = "registrations",
    params(("id" = String, Path, description = "The registration of an order.")),
    responses(
        (status = 202, description = "Another e-mail is sent.", body = Standing),
        (status = 409, description = "No confirmation by e-mail is awaited.", body = ProblemDetails,
         content_type = "application/problem+json"),
        (status = 429, description = "Another e-mail was asked for 5 times within 24 hours for this \
         mail address, on whatever order: again from `available_at` on, or after `retry-after` \
         seconds.", body = ProblemDetails, content_type = "application/problem+json"),
        UnknownRegistration, CallProblems
    )
)]
pub(crate) async fn send_again(
    State(platform): State<Platform>,
    caller: Caller,
    Id(id): Id,
) -> Result<(StatusCode, Json<Standing>), Problem> {
    caller.row(&platform, &id).await?;
    let case = confirmation(&platform, &id, &caller.author()).await?;
    info!("another confirmation e-mail");
    Ok((StatusCode::ACCEPTED, Json(Standing::of(&case))))
}

impl From<ConfirmationError> for Problem {
    fn from(error: ConfirmationError) -> Self {
        match error {
            ConfirmationError::NotAwaited(_) => Self::conflict(
                "no-confirmation-awaited",
                "No confirmation is awaited",
                error.to_string(),
            ),
            ConfirmationError::TooMany(many) => many.into(),
            ConfirmationError::Undecided(error) => error.into(),
        }
    }
}

impl From<TooMany> for Problem {
    fn from(many: TooMany) -> Self {
        Self::too_many(
            many.to_string(),
            many.from,
            many.wait.as_secs().saturating_add(1),
        )
    }
}

//! POST /v1/registrations/{id}/share: lets another account register under a brand.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use platform::Platform;
use platform::share::{BrandName, ShareError, Shared, share};
use registration::order::Rule;
use registration::{AccountId, RegistrationId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracing::info;
use utoipa::ToSchema;

use crate::caller::{Caller, Id};
use crate::document::Given;
use crate::fields::{optional, problem};
use crate::openapi::{CallProblems, UnknownRegistration};
use crate::problem::{Body, Problem, ProblemDetails};
use crate::view::Standing;

/// With whom a brand is shared.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the schema of what `with` reads")]
pub(crate) struct ShareDocument {
    /// The account that may register under the brand too.
    #[schema(pattern = "^[a-z0-9_-]{1,64}$", example = "acme")]
    with: String,
}

/// A brand that is shared.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SharedBrand {
    #[serde(flatten)]
    standing: Standing,
    /// Orders of the other account that were parked for it and go on.
    #[schema(value_type = Vec<String>)]
    released: Vec<RegistrationId>,
}

/// Shares a brand.
///
/// A brand belongs to the account whose order it came with; another account whose order
/// finds it at the registry is parked. An operator may let that account register under
/// it: its parked orders go on, and it is written into the histories of both. To share
/// it again changes nothing.
#[utoipa::path(
    post, path = "/v1/registrations/{id}/share", operation_id = "share", tag = "registrations",
    params(("id" = String, Path, description = "The registration of the order that has the brand.")),
    request_body = ShareDocument,
    responses(
        (status = 202, description = "Shared, now or before.", body = SharedBrand),
        (status = 400, description = "Malformed JSON.",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, description = "The token is an account's.",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "The registration has no brand at the registry, or the brand \
         is another order's or that account's own.",
         body = ProblemDetails, content_type = "application/problem+json"),
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
pub(crate) async fn share_brand(
    State(platform): State<Platform>,
    caller: Caller,
    Id(id): Id,
    Given(body): Given,
) -> Result<(StatusCode, Json<SharedBrand>), Problem> {
    caller.row(&platform, &id).await?;
    if !caller.is_operator() {
        return Err(Problem::needs_operator());
    }
    let with = with(body.as_ref()).map_err(|errors| Problem::invalid(Body::Share, &errors))?;
    let brand = BrandName::Registration(id);
    let Shared { owner, released } = share(&platform, &brand, &with, &caller.author()).await?;
    info!(released = released.len(), "brand shared");
    let shared = SharedBrand {
        standing: Standing::of(&owner),
        released,
    };
    Ok((StatusCode::ACCEPTED, Json(shared)))
}

fn with(body: Option<&Value>) -> Result<AccountId, Vec<registration::order::Problem>> {
    let at = |rule, message| vec![problem("/with", rule, message)];
    match optional(body, "with")? {
        None => Err(at(Rule::Required, "This field is required: add it.")),
        Some(Value::String(name)) => AccountId::parse(name).map_err(|_| {
            let message = "The account must be 1 to 64 of a-z, 0-9, - and _.";
            at(Rule::NotOneOf, message)
        }),
        Some(_) => Err(at(Rule::WrongType, "This must be a text in quotes.")),
    }
}

impl From<ShareError> for Problem {
    fn from(error: ShareError) -> Self {
        match error {
            ShareError::Undecided(error) => error.into(),
            refused => Self::conflict("not-shared", "The brand is not shared", refused.to_string()),
        }
    }
}

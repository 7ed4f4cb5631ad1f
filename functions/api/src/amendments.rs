//! PATCH /v1/registrations/{id}: corrects an order, or one number.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use platform::Platform;
use platform::amend::{AmendError, amend};
use platform::existing::NotThere;
use serde::Serialize;
use tracing::info;
use utoipa::ToSchema;

use crate::caller::{Caller, Id};
use crate::document::Patch;
use crate::findings::FindingView;
use crate::openapi::{CallProblems, UnknownRegistration};
use crate::problem::{Body, Problem, ProblemDetails};
use crate::view::Standing;

/// A registration after its correction.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Corrected {
    #[serde(flatten)]
    standing: Standing,
    /// What reviewers would find in the parts that it changed, errors first.
    findings: Vec<FindingView>,
}

/// Corrects an order.
///
/// The body is a JSON merge patch (RFC 7386): the fields that change, null for
/// those that go, lists as a whole. What comes out is read by the rules of a new
/// order. `appeal` beside the order's fields is what the registry's reviewers are
/// told. `"replace": true` beside them orders a new campaign in the place of the one
/// that the registry has, for its fee, where that can never become what is asked for:
/// once the new one is approved its numbers move, each silent for 24 hours, and the old
/// one is deactivated. A number's own registration takes `{"number": "+1…"}`.
///
/// What was not sent yet changes freely. What was refused or is parked is
/// submitted again in the next round, and that costs the registry's fee again.
/// What the registry is looking at, or has approved, is locked; of an approved
/// brand the contacts may change, and while a public company's e-mail is awaited its
/// `businessContactEmail`, which has an e-mail sent there. Either all of it is taken or nothing.
#[utoipa::path(
    patch, path = "/v1/registrations/{id}", operation_id = "amend", tag = "registrations",
    params(("id" = String, Path, description = "The registration of an order or of a number.")),
    request_body(
        content(
            (Object = "application/merge-patch+json"),
            (Object = "application/json"),
        ),
        description = "The fields of the order that change.",
    ),
    responses(
        (status = 202, description = "Corrected.", body = Corrected),
        (status = 400, description = "Malformed JSON.",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "Some of it cannot be changed now: one entry of `errors` for \
         each place.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 429, description = "A confirmation e-mail would go to an address that has had 5 \
         further ones within 24 hours: again from `available_at` on, or after `retry-after` \
         seconds.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 408, description = "The body did not come in 8 seconds.",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB.",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON.",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "The correction, or the order that comes out, has mistakes.",
         body = ProblemDetails, content_type = "application/problem+json"),
        UnknownRegistration, CallProblems
    )
)]
pub(crate) async fn correct(
    State(platform): State<Platform>,
    caller: Caller,
    Id(id): Id,
    Patch(patch): Patch,
) -> Result<(StatusCode, Json<Corrected>), Problem> {
    caller.row(&platform, &id).await?;
    let amended = amend(&platform, &id, &caller.author(), &patch).await?;
    info!("amended");
    let corrected = Corrected {
        standing: Standing::of(&amended.case),
        findings: FindingView::all(amended.findings),
    };
    Ok((StatusCode::ACCEPTED, Json(corrected)))
}

impl From<AmendError> for Problem {
    fn from(error: AmendError) -> Self {
        let invalid =
            |pointer, rule, message| Self::invalid_by(Body::Amendment, pointer, rule, message);
        match error {
            AmendError::NoPatch => invalid("", "not_a_patch", error.to_string()),
            AmendError::BadAppeal => invalid("/appeal", "not_an_appeal", error.to_string()),
            AmendError::BadReplace => invalid("/replace", "wrong_type", error.to_string()),
            AmendError::StoodOn(_) => {
                Self::conflict("stood-on", "Other orders stand on it", error.to_string())
            }
            AmendError::BadNumber(refused) => {
                let number = registration::order::Problem {
                    pointer: "/number".to_owned(),
                    rule: refused.rule,
                    limit: refused.limit,
                    message: refused.message,
                };
                Self::invalid(Body::Amendment, &[number])
            }
            AmendError::Invalid(problems) => Self::invalid_order(&problems),
            AmendError::Locked(refusals) => Self::locked(&refusals),
            AmendError::Preflight(findings) => Self::preflight(Body::Amendment, &findings),
            AmendError::Kept(conflict) => Self::held_by_others(&[conflict]),
            AmendError::NotThere(pointer, why) => Self::not_there(pointer, why),
            AmendError::TooMany(many) => many.into(),
            AmendError::Undecided(error) => error.into(),
        }
    }
}

impl Problem {
    /// An order that names something as registered that it cannot build on.
    pub(crate) fn not_there(pointer: &str, why: NotThere) -> Self {
        let rule = match why {
            NotThere::Unknown(_) => "not_there",
            NotThere::NotApproved { .. } => "not_approved",
            NotThere::OnlyOne(_) => "only_one",
            NotThere::NeedsOperator => "needs_operator",
            NotThere::AnotherAccounts => "another_accounts",
            NotThere::Case(error) => return error.into(),
        };
        Self::invalid_by(Body::Order, pointer, rule, why.to_string())
    }
}

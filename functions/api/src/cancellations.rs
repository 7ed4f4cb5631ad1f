//! POST /v1/registrations/{id}/cancel: withdraws an order, or one of its numbers.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use platform::Platform;
use platform::cancel::{Cancelled, How, cancel, dependents};
use platform::dependents::Dependent;
use registration::{RegistrationId, Step};
use serde::{Deserialize, Serialize};
use tracing::info;
use utoipa::ToSchema;

use crate::caller::{Caller, Id};
use crate::document::Given;
use crate::fields::flags;
use crate::openapi::{CallProblems, UnknownRegistration};
use crate::parameters::Parameters;
use crate::problem::{Body, Problem, ProblemDetails};
use crate::view::{self, Standing};

/// How an order is cancelled, or one of its numbers.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the schema of what `flags` reads")]
pub(crate) struct CancelDocument {
    /// Whether the brand stays at the registry. false if it is not given. Of a
    /// number's own registration it says nothing: brand and campaign stay.
    keep_brand: Option<bool>,
    /// Whether the account's orders that stand on its brand or campaign are cancelled
    /// too; where an operator calls, every account's. false if it is not given: then
    /// what they stand on stays, and is withdrawn with the last of them.
    with_dependents: Option<bool>,
}

/// What a cancellation has to do with other orders.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Touched {
    /// The account's own orders that stand on the brand or campaign of this one:
    /// cancelled too with `with_dependents`; else what they stand on stays.
    dependents: Vec<DependentView>,
    /// How many orders of other accounts do.
    other_dependents: usize,
}

/// An order that stands on another one's brand or campaign.
#[derive(Debug, Serialize, ToSchema)]
struct DependentView {
    /// The order.
    #[schema(value_type = String)]
    id: RegistrationId,
    /// What it stands on.
    #[schema(value_type = view::StepName)]
    on: Step,
}

/// An order that is cancelled, or one of its numbers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Cancellation {
    #[serde(flatten)]
    standing: Standing,
    #[serde(flatten)]
    touched: Touched,
}

impl Touched {
    /// What the caller may see of them.
    fn of(dependents: Vec<Dependent>, is_seen: impl Fn(&Dependent) -> bool) -> Self {
        let (seen, others): (Vec<_>, Vec<_>) = dependents.into_iter().partition(is_seen);
        let view = |dependent: Dependent| DependentView {
            id: dependent.registration,
            on: dependent.on,
        };
        Self {
            dependents: seen.into_iter().map(view).collect(),
            other_dependents: others.len(),
        }
    }
}

/// Cancels an order, or one of its numbers.
///
/// What was not sent is not sent any more; what the registry has is withdrawn:
/// the numbers, then the campaign, then the brand, which the registry lets go only
/// once its campaigns have been inactive for 3 months. What the order named as
/// registered already stays. It cannot be taken back; to cancel again changes
/// nothing.
///
/// A brand or campaign that other orders stand on stays for them and is withdrawn with
/// the last of them: the answer names them. `with_dependents` cancels them too;
/// `?dry_run=true` shows them before, and cancels nothing.
///
/// A number's own registration is cancelled by itself: it is taken off the campaign,
/// or never put on it, and the rest of the order goes on. Of the order it counts
/// neither as assigned nor as refused: with all its other numbers assigned the order
/// is `registered`, and so it is with none left, as brand and campaign are.
#[utoipa::path(
    post, path = "/v1/registrations/{id}/cancel", operation_id = "cancel", tag = "registrations",
    params(
        ("id" = String, Path, description = "The registration of an order or of a number."),
        ("dry_run" = Option<bool>, Query,
         description = "true: nothing is cancelled; the answer names the orders that stand on it."),
    ),
    request_body = Option<CancelDocument>,
    responses(
        (status = 200, description = "Looked at only (`dry_run`).", body = Touched),
        (status = 202, description = "Cancelled, now or before.", body = Cancellation),
        (status = 400, description = "Malformed JSON, or a parameter that cannot be used.",
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
pub(crate) async fn withdraw(
    State(platform): State<Platform>,
    caller: Caller,
    Id(id): Id,
    parameters: Parameters,
    Given(body): Given,
) -> Result<Response, Problem> {
    let row = caller.row(&platform, &id).await?;
    let dry_run = parameters.only(&["dry_run"])?.dry_run()?;
    let [keep_brand, with_dependents] = flags(body.as_ref(), ["keep_brand", "with_dependents"])
        .map_err(|errors| Problem::invalid(Body::Cancellation, &errors))?;
    let how = How {
        keep_brand,
        with_dependents,
    };
    let is_seen = |dependent: &Dependent| caller.is_operator() || dependent.account == row.account;
    if dry_run {
        let dependents = dependents(&platform, &id, how).await?;
        return Ok(Json(Touched::of(dependents, is_seen)).into_response());
    }
    let Cancelled { case, dependents } = cancel(&platform, &id, &caller.author(), how).await?;
    info!(dependents = dependents.len(), "cancelled");
    let cancellation = Cancellation {
        standing: Standing::of(&case),
        touched: Touched::of(dependents, is_seen),
    };
    Ok((StatusCode::ACCEPTED, Json(cancellation)).into_response())
}

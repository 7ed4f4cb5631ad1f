//! GET /v1/registrations and GET /v1/registrations/{id}/numbers: page by page.

use axum::Json;
use axum::extract::State;
use platform::store::RowQuery;
use platform::{Case, Platform};
use registration::RegistrationId;
use registration::facts::Subject;
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::{Caller, Id};
use crate::openapi::{AccountProblem, CallProblems, QueryProblem, UnknownRegistration};
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::view::{self, Listed, ListedNumber};

/// Some registrations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Registrations {
    /// The newest first.
    registrations: Vec<Listed>,
    /// The `cursor` of the next page; null on the last.
    #[schema(required, value_type = Option<String>)]
    next: Option<RegistrationId>,
}

/// Some numbers of an order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Numbers {
    /// In the order's order; only those whose registration has begun.
    numbers: Vec<ListedNumber>,
    /// The `cursor` of the next page; null on the last.
    #[schema(required, value_type = Option<String>)]
    next: Option<RegistrationId>,
}

/// Lists registrations, the newest first.
///
/// An account sees its own, an operator all. The registrations of single
/// numbers are not among them.
#[utoipa::path(
    get, path = "/v1/registrations", operation_id = "list", tag = "registrations",
    params(
        ("status" = Option<view::StatusName>, Query, description = "Only with this status."),
        ("account" = Option<String>, Query, pattern = "^[a-z0-9_-]{1,64}$",
         description = "Only of this account; for operators."),
        ("cursor" = Option<String>, Query, pattern = "^reg_[0-9a-z]{26}$",
         description = "`next` of the page before."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100,
         description = "How many at most; 100 if nothing is said."),
    ),
    responses(
        (status = 200, description = "A page.", body = Registrations),
        QueryProblem, AccountProblem, CallProblems
    )
)]
pub(crate) async fn registrations(
    State(platform): State<Platform>,
    caller: Caller,
    parameters: Parameters,
) -> Result<Json<Registrations>, Problem> {
    let parameters = parameters.only(&["status", "account", "cursor", "limit"])?;
    let query = RowQuery {
        account: caller.account(parameters.account()?)?,
        status: parameters.status()?,
        after: parameters.cursor(|id| id.parent().is_none())?,
        most: parameters.limit()?,
    };
    let page = platform.store.rows(&query).await?;
    let registrations = page.rows.into_iter().map(Listed::of).collect();
    Ok(Json(Registrations {
        registrations,
        next: page.next,
    }))
}

/// Lists the numbers of an order, in the order's order.
///
/// Each number has a registration of its own, which begins when the campaign is
/// approved. A number's own registration has no numbers.
#[utoipa::path(
    get, path = "/v1/registrations/{id}/numbers", operation_id = "numbers", tag = "registrations",
    params(
        ("id" = String, Path, description = "The order's registration."),
        ("cursor" = Option<String>, Query, pattern = "^reg_[0-9a-z]{26}-[0-9]{4,9}$",
         description = "`next` of the page before, of the same order."),
    ),
    responses(
        (status = 200, description = "A page of up to 100.", body = Numbers),
        QueryProblem, UnknownRegistration, CallProblems
    )
)]
pub(crate) async fn numbers(
    State(platform): State<Platform>,
    caller: Caller,
    Id(id): Id,
    parameters: Parameters,
) -> Result<Json<Numbers>, Problem> {
    caller.row(&platform, &id).await?;
    let parameters = parameters.only(&["cursor"])?;
    let after = parameters.cursor(|cursor| cursor.parent().as_ref() == Some(&id))?;
    let page = platform.store.numbers(&id, after.as_ref()).await?;
    let case = Case::load(&*platform.store, &id).await?;
    let order = match case.facts.subject() {
        Subject::Business { order } => Some(&**order),
        Subject::Number { .. } => None,
    };
    let numbers = page
        .rows
        .into_iter()
        .filter_map(|row| ListedNumber::of(row, order))
        .collect();
    Ok(Json(Numbers {
        numbers,
        next: page.next,
    }))
}

//! GET /v1/health: whether calls can be served.

use axum::Json;
use axum::extract::State;
use platform::Platform;
use registration::RegistrationId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::{Problem, ProblemDetails};

/// All is well.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`: what is not well is a problem.
    status: &'static str,
}

/// Tells whether the store can be reached. Needs no token.
#[utoipa::path(
    get, path = "/v1/health", operation_id = "health", tag = "service", security(()),
    responses(
        (status = 200, description = "The store answers.", body = Health),
        (status = 503, description = "It does not.", body = ProblemDetails,
         content_type = "application/problem+json"),
    )
)]
pub(crate) async fn health(State(platform): State<Platform>) -> Result<Json<Health>, Problem> {
    // The id of 1970: one read that finds nothing.
    platform.store.row(&RegistrationId::new(0, 0)).await?;
    Ok(Json(Health { status: "ok" }))
}

//! The HTTP API.
//!
//! [`router`] is the same in AWS Lambda and in one process: nothing here opens
//! a socket.
//!
//! # Layout
//!
//! * one file per verb: `orders` (take one), `lists`, `summary`, `events`,
//!   `amendments`, `retries`, `cancellations`, `shares`, `pins`, `confirmations`,
//!   `callback`, `health`;
//! * `call`: what surrounds each call: trace, span, time limit;
//! * `caller`: who calls, and what they may see;
//! * `document`, `fields` and `parameters`: what comes in, refused if it is not right;
//! * `problem`: everything that goes wrong, as RFC 9457 problem details;
//! * `view`: what goes out, where several verbs show it;
//! * `openapi`, `openapi_links` and `order_schema`: all of this as an OpenAPI document.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use platform::store::Row;
use platform::{Case, Platform};
use registration::parked::ParkedNumbers;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

mod amendments;
mod call;
mod callback;
mod caller;
mod cancellations;
mod confirmations;
mod document;
mod events;
mod fields;
mod findings;
mod health;
mod lists;
mod openapi;
mod openapi_links;
mod order_schema;
mod orders;
mod parameters;
mod pins;
mod problem;
mod retries;
mod shares;
mod summary;
mod view;

pub use call::LONGEST_CALL;
pub use document::LARGEST_BODY;
pub use openapi::openapi;

use problem::Problem;

/// The API over this platform.
pub fn router(platform: Platform) -> Router {
    let (router, _) = routes().split_for_parts();
    router
        .fallback(async || Problem::unknown_route())
        .method_not_allowed_fallback(async || Problem::wrong_method())
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn_with_state(
            platform.clone(),
            call::around,
        ))
        .with_state(platform)
}

/// A registration as `GET /v1/registrations/{id}` shows it.
pub fn shown(row: Row, case: &Case, parked: &ParkedNumbers) -> serde_json::Result<Value> {
    serde_json::to_value(summary::summary(row, case, parked))
}

/// A registration as `GET /v1/registrations` lists it.
pub fn listed(row: Row) -> serde_json::Result<Value> {
    serde_json::to_value(view::Listed::of(row))
}

/// Every route, each with what the OpenAPI document says of it.
fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::with_openapi(openapi::about())
        .routes(routes!(orders::order, lists::registrations))
        .routes(routes!(summary::show, amendments::correct))
        .routes(routes!(lists::numbers))
        .routes(routes!(findings::preflight_rules))
        .routes(routes!(events::events))
        .routes(routes!(retries::run_again))
        .routes(routes!(cancellations::withdraw))
        .routes(routes!(shares::share_brand))
        .routes(routes!(pins::hand_in))
        .routes(routes!(confirmations::send_again))
        .routes(routes!(
            callback::register,
            callback::registered,
            callback::remove
        ))
        .routes(routes!(health::health))
        .routes(routes!(openapi::document))
}

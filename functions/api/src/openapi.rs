//! GET /v1/openapi.json: this API as OpenAPI 3.1, made from the code.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder, ResponsesBuilder,
};
use utoipa::{IntoResponses, Modify, OpenApi as _};

use crate::openapi_links;
use crate::problem::{MEDIA_TYPE, ProblemDetails};

/// What the document says beside its routes.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "registrar",
        license(name = "MIT", identifier = "MIT"),
        description = "Carries businesses through US A2P 10DLC registration: brand, campaign, \
                       phone numbers. An account sees only its own registrations.\n\n\
                       Every problem is answered as RFC 9457 problem details, its `type` a stable \
                       name such as `/problems/invalid-order`. Every answer names its trace in \
                       the header `trace-id`; send a W3C `traceparent` to set it. A call that \
                       takes more than 10 seconds is answered with 503.",
    ),
    components(schemas(ProblemDetails)),
    modifiers(&Token),
    security(("token" = [])),
)]
pub(crate) struct About;

struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut OpenApi) {
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A token of an account or an operator: `rgt_…`."))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(token));
    }
}

/// The OpenAPI document.
pub fn openapi() -> OpenApi {
    let mut document = crate::routes().into_openapi();
    openapi_links::add(&mut document);
    document
}

pub(crate) fn about() -> OpenApi {
    About::openapi()
}

/// Shows this document. Needs no token.
#[utoipa::path(
    get, path = "/v1/openapi.json", operation_id = "openapi", tag = "service", security(()),
    responses((status = 200, description = "OpenAPI 3.1.", body = serde_json::Value))
)]
pub(crate) async fn document() -> impl IntoResponse {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| openapi().to_json().unwrap_or_default());
    (
        [(header::CONTENT_TYPE, "application/json")],
        DOCUMENT.as_str(),
    )
}

/// What every call with a token can end with.
pub(crate) struct CallProblems;

impl IntoResponses for CallProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[
            ("401", "No token, or not a valid one."),
            ("500", "Our own side failed; a repetition will not help."),
            (
                "503",
                "Our own side failed; make the call again after `retry-after` seconds.",
            ),
        ])
    }
}

/// What a call about one registration can end with.
pub(crate) struct UnknownRegistration;

impl IntoResponses for UnknownRegistration {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[(
            "404",
            "There is no such registration, or it is another account's.",
        )])
    }
}

/// What a call with query parameters can end with.
pub(crate) struct QueryProblem;

impl IntoResponses for QueryProblem {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[("400", "A query parameter cannot be used.")])
    }
}

/// What a call that names an account can end with.
pub(crate) struct AccountProblem;

impl IntoResponses for AccountProblem {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[("403", "The token belongs to another account.")])
    }
}

/// What a call that only an account may make can end with.
pub(crate) struct AccountOnly;

impl IntoResponses for AccountOnly {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[("403", "The token is an operator's.")])
    }
}

fn problems(statuses: &[(&str, &str)]) -> BTreeMap<String, RefOr<Response>> {
    let mut responses = ResponsesBuilder::new();
    for (status, description) in statuses {
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name("ProblemDetails")))
            .build();
        let response = ResponseBuilder::new()
            .description(*description)
            .content(MEDIA_TYPE, content)
            .build();
        responses = responses.response(*status, response);
    }
    responses.build().responses.into_iter().collect()
}

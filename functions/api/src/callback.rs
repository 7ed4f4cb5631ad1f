//! /v1/callback: where an account is told when a status changes.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use platform::Platform;
use platform::callback::Callback;
use registration::callback::{Allowed, BadUrl, CallbackUrl, url};
use registration::order::{Limit, Problem as FieldProblem, Rule};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::document::Document;
use crate::fields::{problem, unknown};
use crate::openapi::{AccountOnly, CallProblems};
use crate::problem::{Body, Problem, ProblemDetails};
use crate::view;

/// A callback to register.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the schema of what `read` reads")]
pub(crate) struct CallbackDocument {
    /// An https address on the public internet, at port 443.
    #[schema(max_length = 2048, example = "https://example.com/registrar")]
    url: String,
}

/// A callback with its new secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewCallback {
    #[serde(flatten)]
    callback: RegisteredCallback,
    /// Signs every call by the Standard Webhooks scheme. Shown this once.
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
    secret: String,
}

/// A callback.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegisteredCallback {
    /// The address.
    url: String,
    /// When it was registered, with the secret that it has now.
    #[schema(schema_with = view::time)]
    created_at: String,
    /// Until then the secret before signs as well, with a second signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = view::time)]
    previous_secret_until: Option<String>,
}

/// Registers the account's callback, with a new secret.
///
/// From at most a minute on, every change of the status of a registration is told
/// by a POST: JSON with `type` `registration.status_changed`, `timestamp` and
/// `data` (`registration_id`, `account`, `seq`, `status`, `previous_status`,
/// `must_act`, `step`, and `reasons` with `code` and `fields`). So is every change of
/// why numbers of an order wait for an operator (`numbers_parked` among the reasons):
/// once for a reason, not for each number, and perhaps with the same status. It is
/// signed by the Standard
/// Webhooks scheme. The changes of one registration come in order and at least
/// once: a repetition has the same `webhook-id`. Any answer but 2xx within 10
/// seconds is a failure; it is tried up to ten times in three days and then given
/// up. Every attempt is in the registration's history.
///
/// Registering again gives another secret. For 24 hours the one before signs as
/// well: two signatures with a space between them.
#[utoipa::path(
    put, path = "/v1/callback", operation_id = "register_callback", tag = "callback",
    request_body = CallbackDocument,
    responses(
        (status = 200, description = "Registered.", body = NewCallback),
        (status = 400, description = "Malformed JSON.",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 408, description = "The body did not come in 8 seconds.",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB.",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 415, description = "The body is not application/json.",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "The address is not one that may be called.",
         body = ProblemDetails, content_type = "application/problem+json"),
        AccountOnly, CallProblems
    )
)]
pub(crate) async fn register(
    State(platform): State<Platform>,
    caller: Caller,
    document: Document,
) -> Result<Json<NewCallback>, Problem> {
    let account = caller.own_account()?;
    let url = read(&document.json, platform.callbacks.allowed)
        .map_err(|errors| Problem::invalid(Body::Callback, &errors))?;
    let before = platform.store.callback(account).await?;
    let now = platform.clock.now();
    let callback = Callback::new(url.to_string(), before, platform.random, now);
    platform.store.set_callback(account, &callback).await?;
    platform.callbacks.forget(account);
    Ok(Json(NewCallback {
        secret: callback.secret.show().to_owned(),
        callback: shown(callback, &platform),
    }))
}

/// Shows the account's callback, without its secret.
#[utoipa::path(
    get, path = "/v1/callback", operation_id = "callback", tag = "callback",
    responses(
        (status = 200, description = "The callback.", body = RegisteredCallback),
        (status = 404, description = "There is none.",
         body = ProblemDetails, content_type = "application/problem+json"),
        AccountOnly, CallProblems
    )
)]
pub(crate) async fn registered(
    State(platform): State<Platform>,
    caller: Caller,
) -> Result<Json<RegisteredCallback>, Problem> {
    let callback = platform.store.callback(caller.own_account()?).await?;
    let callback = callback.ok_or_else(Problem::no_callback)?;
    Ok(Json(shown(callback, &platform)))
}

/// Removes the account's callback. What it was still to be told is given up.
#[utoipa::path(
    delete, path = "/v1/callback", operation_id = "remove_callback", tag = "callback",
    responses(
        (status = 204, description = "There is none any more."),
        AccountOnly, CallProblems
    )
)]
pub(crate) async fn remove(
    State(platform): State<Platform>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    let account = caller.own_account()?;
    platform.store.remove_callback(account).await?;
    platform.callbacks.forget(account);
    Ok(StatusCode::NO_CONTENT)
}

fn shown(callback: Callback, platform: &Platform) -> RegisteredCallback {
    let retiring = callback.retiring(platform.clock.now());
    RegisteredCallback {
        created_at: callback.created_at.to_string(),
        previous_secret_until: retiring.map(|retiring| retiring.until.to_string()),
        url: callback.url,
    }
}

/// The URL of a document that holds nothing else. Everything that is wrong is
/// named at once.
fn read(document: &Value, allowed: Allowed) -> Result<CallbackUrl, Vec<FieldProblem>> {
    let Value::Object(fields) = document else {
        let message = "The body must be an object with the field `url`.";
        return Err(vec![problem("", Rule::WrongType, message)]);
    };
    let mut problems = Vec::new();
    let url = match fields.get("url") {
        None | Some(Value::Null) => Err(problem("/url", Rule::Required, "The URL is missing.")),
        Some(Value::String(text)) => CallbackUrl::parse(text, allowed).map_err(refused),
        Some(_) => Err(problem("/url", Rule::WrongType, "The URL must be a text.")),
    };
    let url = url.map_err(|wrong| problems.push(wrong));
    problems.extend(unknown(fields, &["url"]));
    match url {
        Ok(url) if problems.is_empty() => Ok(url),
        _ => Err(problems),
    }
}

fn refused(why: BadUrl) -> FieldProblem {
    let rule = match why {
        BadUrl::TooLong => Rule::TooLong,
        BadUrl::NotAUrl | BadUrl::NotHttps | BadUrl::Credentials => Rule::NotAUrl,
        BadUrl::Port | BadUrl::Reserved(_) => Rule::NotPublic,
    };
    let limit = (why == BadUrl::TooLong).then_some(Limit::Between {
        min: 1,
        max: url::LONGEST,
    });
    FieldProblem {
        limit,
        ..problem("/url", rule, &why.to_string())
    }
}

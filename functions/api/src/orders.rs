//! POST /v1/registrations: takes an order.
//!
//! 1. Who calls, and for which account.
//! 2. Read the body and check everything that the order alone can tell.
//! 3. Unless the order itself was here before: look up what it names as registered
//!    already, and what other orders have of it.
//! 4. Store it together with its Idempotency-Key and what it claims, and start its first
//!    step.
//!
//! Before step 4 nothing is stored or sent, so a refused order leaves no trace.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pages::Pages;
use platform::Platform;
use platform::existing;
use platform::receive::{ReceiveError, Received, check, receive, repeated};
use platform::store::Key;
use registration::preflight::Finding;
use registration::{AccountId, Order, RegistrationId, Status};
use serde::Serialize;
use tracing::{Span, info, warn};
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::document::Document;
use crate::findings::{FindingView, LookedAt};
use crate::openapi::{AccountProblem, CallProblems};
use crate::order_schema::OrderDocument;
use crate::parameters::{Parameters, idempotency_key};
use crate::problem::{Body, Problem, ProblemDetails};
use crate::view::{self, Links};

/// An order that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Accepted {
    /// The registration that it has become.
    #[schema(value_type = String, example = "reg_01h455vb4pex5vsknk084sn02q")]
    id: RegistrationId,
    /// Where it stands now.
    #[schema(value_type = view::StatusName)]
    status: Status,
    /// Whether this order was here before, with the same Idempotency-Key:
    /// then nothing new was begun.
    repeated: bool,
    /// What reviewers would find, errors first.
    findings: Vec<FindingView>,
    links: Links,
}

/// Takes an order.
///
/// Everything that the order alone can tell is checked first; an order that is
/// not taken is not stored, and nothing of it is sent to a registry. In the place
/// of the brand or the campaign it may name one that is registered already.
///
/// With an `Idempotency-Key` (as in the IETF draft
/// draft-ietf-httpapi-idempotency-key-header) an order can be sent again
/// safely, even at the same time: the same key with the same bytes is answered
/// with 202 and the registration that is there, `repeated` being true; with
/// another body it is refused with 422. A key belongs to an account and is kept
/// as long as its registration.
///
/// What other orders have is not taken from them: a number that sends or is about to,
/// or this campaign for this brand. Then the answer is 409 with every such place and,
/// of the account's own, the registration that has it. `move_numbers` takes numbers off
/// the account's other orders, `again` orders the same once more.
#[utoipa::path(
    post, path = "/v1/registrations", operation_id = "order", tag = "registrations",
    params(
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255,
         description = "1 to 255 visible ASCII characters, such as a random UUID."),
        ("account" = Option<String>, Query, pattern = "^[a-z0-9_-]{1,64}$",
         description = "Whose order it is. Operators must name it; others may leave it out."),
        ("dry_run" = Option<bool>, Query,
         description = "true: nothing is stored or sent; the answer says what reviewers would reject."),
        ("online" = Option<bool>, Query,
         description = "true, of a dry run: the web site, the privacy policy and the terms are \
         called too (https, public addresses, 5 seconds, at most 3 redirects within the domain). \
         One that does not answer is a warning."),
    ),
    request_body = OrderDocument,
    responses(
        (status = 200, description = "Looked at only (`dry_run`).", body = LookedAt),
        (status = 202, description = "Taken, now or before.", body = Accepted,
         headers(("location" = String, description = "Where the registration is."))),
        (status = 400, description = "Malformed JSON, or a parameter that cannot be used.",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "Other orders have some of it (also of a `dry_run`).",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 408, description = "The body did not come in 8 seconds.",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB.",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 415, description = "The body is not application/json.",
         body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "The order has mistakes, reviewers would refuse it and so does \
         this service (`/problems/preflight`), or the Idempotency-Key came before with another body.", body = ProblemDetails, content_type = "application/problem+json"),
        AccountProblem, CallProblems
    )
)]
pub(crate) async fn order(
    State(platform): State<Platform>,
    caller: Caller,
    parameters: Parameters,
    headers: HeaderMap,
    document: Document,
) -> Result<Response, Problem> {
    let parameters = parameters.only(&["account", "dry_run", "online"])?;
    let (dry_run, online) = (parameters.dry_run()?, parameters.online()?);
    let account = caller.account(parameters.account()?)?.ok_or_else(|| {
        let detail = "Name the account that the order is for: this token is an operator's.";
        Problem::invalid_parameter("account", detail, ["the account's name"])
    })?;
    let key = idempotency_key(&headers)?;
    let key = key.map(|key| Key {
        account: account.clone(),
        key,
        body: document.sha256,
    });
    let mut order = Order::read(&document.json).map_err(|problems| {
        info!(problems = problems.total(), "an order with mistakes");
        Problem::invalid_order(&problems)
    })?;
    if let Some(key) = key.as_ref().filter(|_| !dry_run)
        && let Some(id) = repeated(&platform, key).await?
    {
        let findings = platform.preflight.look(&order);
        return accepted(&platform, &caller, id, true, findings).await;
    }
    existing::resolve(&platform, &account, caller.is_operator(), &mut order)
        .await
        .map_err(|(pointer, why)| Problem::not_there(pointer, why))?;
    if dry_run {
        check(&platform, &account, &order).await?;
        let mut findings = platform.preflight.look(&order);
        if online {
            findings.extend(look_online(&platform, &order).await);
            findings.sort_by_key(|finding| finding.weight);
        }
        return Ok(Json(LookedAt::of(&order, findings)).into_response());
    }
    take(&platform, &caller, &account, order, key).await
}

/// What the pages say that the order links to. Without TLS none answers.
async fn look_online(platform: &Platform, order: &Order) -> Vec<Finding> {
    let found = match Pages::new(platform.callbacks.allowed) {
        Ok(pages) => pages.look(order).await,
        Err(error) => {
            warn!(
                error = &error as &dyn std::error::Error,
                "no page was looked at"
            );
            Vec::new()
        }
    };
    let policy = &platform.preflight.policy;
    found
        .into_iter()
        .filter_map(|finding| policy.weigh(finding))
        .collect()
}

async fn take(
    platform: &Platform,
    caller: &Caller,
    account: &AccountId,
    order: Order,
    key: Option<Key>,
) -> Result<Response, Problem> {
    let author = caller.author();
    match receive(platform, account, author.actor, order, key, author.trace).await? {
        Received::New(id, findings) => accepted(platform, caller, id, false, findings).await,
        // Only of one that came at the same time.
        Received::Repeated(id) => accepted(platform, caller, id, true, Vec::new()).await,
    }
}

impl From<ReceiveError> for Problem {
    fn from(error: ReceiveError) -> Self {
        match error {
            ReceiveError::KeyTaken => Self::key_reused(),
            ReceiveError::Kept(conflicts) => Self::held_by_others(&conflicts),
            ReceiveError::Preflight(findings) => Self::preflight(Body::Order, &findings),
            ReceiveError::Outrun => Self::unavailable(&error),
            ReceiveError::Case(error) => error.into(),
        }
    }
}

async fn accepted(
    platform: &Platform,
    caller: &Caller,
    id: RegistrationId,
    repeated: bool,
    findings: Vec<Finding>,
) -> Result<Response, Problem> {
    Span::current().record("registration", id.as_str());
    // A new one has just begun; only of a repeated one is there more to know.
    let status = match repeated {
        true => caller.row(platform, &id).await?.status,
        false => Status::InProgress,
    };
    let location = [(header::LOCATION, view::path(&id))];
    let links = Links::of(&id, status);
    let body = Json(Accepted {
        id,
        status,
        repeated,
        findings: FindingView::all(findings),
        links,
    });
    Ok((StatusCode::ACCEPTED, location, body).into_response())
}

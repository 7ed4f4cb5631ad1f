//! Who calls, and what they may see.

use axum::extract::{FromRequestParts, Path};
use axum::http::header;
use axum::http::request::Parts;
use platform::Platform;
use platform::case::Author;
use platform::store::Row;
use platform::token::{Role, Secret, Token};
use registration::{AccountId, Actor, RegistrationId, TraceId};
use tracing::Span;

use crate::call::Trace;
use crate::problem::Problem;

/// The holder of a valid token, in one call.
pub(crate) struct Caller {
    token: Token,
    trace: TraceId,
}

impl FromRequestParts<Platform> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let Trace(trace) = parts
            .extensions
            .get::<Trace>()
            .cloned()
            .unwrap_or_else(|| Trace(TraceId::new((platform.random)())));
        let secret = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|header| header.to_str().ok())
            .and_then(bearer)
            .ok_or_else(|| {
                let detail = "Send a token: Authorization: Bearer rgt_….";
                Problem::unauthorized(detail, "Bearer realm=\"registrar\"")
            })?;
        let token = platform.store.token(&secret.hash()).await?.ok_or_else(|| {
            let detail = "This token is not known, or was taken back: ask an operator for one.";
            let challenge = "Bearer realm=\"registrar\", error=\"invalid_token\"";
            Problem::unauthorized(detail, challenge)
        })?;
        Ok(Self { token, trace })
    }
}

fn bearer(header: &str) -> Option<Secret> {
    let (scheme, secret) = header.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| Secret::sent(secret.trim()))
}

impl Caller {
    /// Whose registrations a call is about: the caller's own account, or for an
    /// operator the one that is named, if one is.
    pub(crate) fn account(&self, named: Option<AccountId>) -> Result<Option<AccountId>, Problem> {
        match &self.token.role {
            Role::Operator => Ok(named),
            Role::Account { account } if named.is_none_or(|named| named == *account) => {
                Ok(Some(account.clone()))
            }
            Role::Account { .. } => Err(Problem::other_account()),
        }
    }

    /// The account that the token belongs to. An operator's belongs to none.
    pub(crate) fn own_account(&self) -> Result<&AccountId, Problem> {
        match &self.token.role {
            Role::Account { account } => Ok(account),
            Role::Operator => Err(Problem::needs_account()),
        }
    }

    pub(crate) fn is_operator(&self) -> bool {
        self.token.role == Role::Operator
    }

    /// The row of a registration that the caller may see.
    pub(crate) async fn row(
        &self,
        platform: &Platform,
        id: &RegistrationId,
    ) -> Result<Row, Problem> {
        let row = platform
            .store
            .row(id)
            .await?
            .filter(|row| match &self.token.role {
                Role::Account { account } => row.account == *account,
                Role::Operator => true,
            });
        row.ok_or_else(Problem::unknown_registration)
    }

    /// The caller as the author of facts.
    pub(crate) fn author(&self) -> Author {
        let actor = match &self.token.role {
            Role::Account { account } => Actor::account(account),
            Role::Operator => Actor::operator(&self.token.name),
        };
        Author {
            actor,
            trace: self.trace.clone(),
        }
    }
}

/// The registration id in the path. What is none is an unknown registration.
pub(crate) struct Id(pub(crate) RegistrationId);

impl FromRequestParts<Platform> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, platform).await;
        let id = path
            .ok()
            .and_then(|Path(id)| RegistrationId::parse(&id).ok());
        let id = id.ok_or_else(Problem::unknown_registration)?;
        Span::current().record("registration", id.as_str());
        Ok(Self(id))
    }
}

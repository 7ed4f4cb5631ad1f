//! Query parameters and the Idempotency-Key: what is not known, repeated or of
//! another form is refused, because a misspelt filter that is passed over would
//! answer another question.

use axum::extract::{FromRequestParts, Query};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use platform::store::PAGE;
use registration::{AccountId, RegistrationId, Status};

use crate::problem::Problem;

/// The header that makes an order safe to send again.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The query of a call.
pub(crate) struct Parameters(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(pairs) = Query::from_request_parts(parts, state).await.map_err(|_| {
            let detail = "The query cannot be read: write it as name=value&name=value.";
            Problem::invalid_parameter("", detail, ["name=value"])
        })?;
        Ok(Self(pairs))
    }
}

impl Parameters {
    /// Refuses every parameter but these, and each of these a second time.
    pub(crate) fn only(self, names: &[&str]) -> Result<Self, Problem> {
        for (index, (name, _)) in self.0.iter().enumerate() {
            if !names.contains(&name.as_str()) {
                let detail = "There is no such query parameter here: check its spelling.";
                return Err(Problem::invalid_parameter(
                    name,
                    detail,
                    names.iter().copied(),
                ));
            }
            if self.0.iter().take(index).any(|(before, _)| before == name) {
                let detail = "This query parameter stands there twice: send it once.";
                return Err(Problem::invalid_parameter(name, detail, ["once"]));
            }
        }
        Ok(self)
    }

    fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    pub(crate) fn account(&self) -> Result<Option<AccountId>, Problem> {
        let account = self.get("account").map(AccountId::parse).transpose();
        account.map_err(|_| {
            let form = "1 to 64 of a-z, 0-9, - and _";
            Problem::invalid_parameter("account", format!("The account must be {form}."), [form])
        })
    }

    /// Whether the order is only to be looked at.
    pub(crate) fn dry_run(&self) -> Result<bool, Problem> {
        self.flag("dry_run")
    }

    /// Whether the pages that an order links to are called; only of a dry run.
    pub(crate) fn online(&self) -> Result<bool, Problem> {
        match (self.flag("online")?, self.dry_run()?) {
            (true, false) => {
                let detail =
                    "Pages are only looked at when nothing is ordered: say dry_run=true too.";
                Err(Problem::invalid_parameter("online", detail, ["false"]))
            }
            (online, _) => Ok(online),
        }
    }

    fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => {
                let detail = format!("{name} is true or false.");
                Err(Problem::invalid_parameter(name, detail, ["true", "false"]))
            }
        }
    }

    pub(crate) fn status(&self) -> Result<Option<Status>, Problem> {
        let Some(name) = self.get("status") else {
            return Ok(None);
        };
        let status = Status::parse(name).ok_or_else(|| {
            let detail = "There is no such status: use one of those allowed.";
            Problem::invalid_parameter("status", detail, Status::ALL.map(Status::name))
        })?;
        Ok(Some(status))
    }

    /// How many entries of a page are asked for; a whole page if nothing is said.
    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        let Some(text) = self.get("limit") else {
            return Ok(PAGE);
        };
        let limit = text.parse().ok().filter(|limit| (1..=PAGE).contains(limit));
        limit.ok_or_else(|| {
            let detail = format!("The limit must be a whole number from 1 to {PAGE}.");
            Problem::invalid_parameter("limit", detail, [format!("1 to {PAGE}")])
        })
    }

    /// Where the page begins: the last id of the page before, which must be in
    /// the same list.
    pub(crate) fn cursor(
        &self,
        in_list: impl Fn(&RegistrationId) -> bool,
    ) -> Result<Option<RegistrationId>, Problem> {
        let Some(text) = self.get("cursor") else {
            return Ok(None);
        };
        let cursor = RegistrationId::parse(text).ok().filter(in_list);
        let cursor = cursor.ok_or_else(|| {
            let detail = "The cursor does not belong to this list: use `next` of the page before, \
                          as it is, or none for the first page.";
            Problem::invalid_parameter("cursor", detail, ["`next` of the page before"])
        })?;
        Ok(Some(cursor))
    }
}

/// The key that makes an order safe to send again, if one was sent.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(key) = keys.next() else {
        return Ok(None);
    };
    let text = key.to_str().ok().filter(|text| {
        (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
    });
    match (text, keys.next()) {
        (Some(text), None) => Ok(Some(text.to_owned())),
        _ => {
            let form = "1 to 255 visible ASCII characters without spaces";
            let detail = format!("The Idempotency-Key must be sent once and be {form}.");
            Err(Problem::invalid_parameter(
                "Idempotency-Key",
                detail,
                [form],
            ))
        }
    }
}

//! One HTTP call, sent once: what becomes of it when no answer comes, or one
//! that is too long or not JSON.

use std::sync::Arc;
use std::time::Duration;

use registration::Reason;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use url::Url;

use super::carrier::{Asked, Carrier, LONGEST_ANSWER, Lost};
use super::{NUMBERS, reading, refusal, throttle};
use crate::{Kind, Pace, RegistryError, Traffic};

/// The way to Telnyx: who carries the calls, and where they go.
pub(super) struct Wire {
    carrier: Arc<dyn Carrier>,
    base: Url,
    pace: Arc<dyn Pace>,
}

/// A call to be made.
#[derive(Debug)]
pub(super) struct Call {
    kind: Kind,
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    /// Method and path as errors and logs name it: without what a person could
    /// be found by.
    label: String,
    /// Whether whoever makes the call has waited for its slot already.
    has_slot: bool,
}

impl Call {
    /// A call to a path below the base URL.
    pub(super) fn to(kind: Kind, method: Method, path: &str) -> Self {
        let is_about_a_number = path
            .strip_prefix(NUMBERS)
            .is_some_and(|rest| rest.starts_with('/'));
        let label = if is_about_a_number {
            format!("{method} {NUMBERS}/{{phoneNumber}}")
        } else {
            format!("{method} {path}")
        };
        Self {
            kind,
            method,
            path: path.to_owned(),
            query: Vec::new(),
            label,
            has_slot: false,
        }
    }

    /// A call about one thing; `after` follows its id in the path.
    pub(super) fn about(kind: Kind, method: Method, before: &str, id: &str, after: &str) -> Self {
        Self::to(kind, method, &path(before, id, after))
    }

    /// The caller has waited for the slot.
    pub(super) fn with_its_slot(mut self) -> Self {
        self.has_slot = true;
        self
    }

    fn traffic(&self) -> Traffic {
        if self.method == Method::GET {
            Traffic::Read
        } else {
            Traffic::Write
        }
    }

    /// With one more parameter.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// The error of a call that may have had its effect.
    pub(super) fn in_doubt(&self, what: impl Into<String>) -> RegistryError {
        RegistryError::InDoubt {
            call: self.label.clone(),
            what: what.into(),
        }
    }

    /// The error of a call that would be refused for good.
    pub(super) fn terminal(&self, reasons: Vec<Reason>) -> RegistryError {
        RegistryError::Terminal {
            call: self.label.clone(),
            reasons,
        }
    }

    /// The error of a call that came too soon.
    pub(super) fn throttled(&self, after: Option<Duration>) -> RegistryError {
        RegistryError::Throttled {
            call: self.label.clone(),
            after,
        }
    }

    /// The error of a call that had no effect.
    pub(super) fn refused(&self, what: impl Into<String>) -> RegistryError {
        RegistryError::Refused {
            call: self.label.clone(),
            what: what.into(),
        }
    }
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// The JSON of an answer that is a yes, and how many bytes it was.
#[derive(Debug)]
pub(super) struct Json {
    pub(super) value: Value,
    pub(super) size: usize,
}

impl Wire {
    pub(super) fn new(carrier: Arc<dyn Carrier>, base: Url, pace: Arc<dyn Pace>) -> Self {
        Self {
            carrier,
            base,
            pace,
        }
    }

    /// Sends the call, and reads a yes.
    pub(super) async fn json(
        &self,
        call: &Call,
        body: Option<&Value>,
    ) -> Result<Json, RegistryError> {
        self.send(call, body).await?.json(call)
    }

    /// Waits for a slot and sends the call once.
    pub(super) async fn send(
        &self,
        call: &Call,
        body: Option<&Value>,
    ) -> Result<Answer, RegistryError> {
        if !call.has_slot {
            let slot = self.pace.slot(call.traffic()).await;
            slot.map_err(|full| call.throttled(Some(full.after)))?.await;
        }
        let answer = self.exchange(call, body).await?;
        let asked = throttle::asked(&answer.headers);
        if let (StatusCode::TOO_MANY_REQUESTS, Some(wait)) = (answer.status, asked) {
            // One throttled call tells all to wait.
            self.pace.hold(call.traffic(), wait).await;
        }
        Ok(answer)
    }

    async fn exchange(&self, call: &Call, body: Option<&Value>) -> Result<Answer, RegistryError> {
        let mut url = self.base.clone();
        url.set_path(&format!(
            "{}{}",
            self.base.path().trim_end_matches('/'),
            call.path
        ));
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let asked = asked(call, &url, body).map_err(|lost| failed(call, &lost))?;
        let answer = self.carrier.carry(asked).await;
        let (parts, body) = answer.map_err(|lost| failed(call, &lost))?.into_parts();
        let (status, headers) = (parts.status, parts.headers);
        tracing::debug!(
            call = call.label,
            status = status.as_u16(),
            "the registry answered"
        );
        Ok(Answer {
            status,
            headers,
            body,
        })
    }
}

impl Answer {
    /// A yes with JSON, or the error that it is instead.
    pub(super) fn json(self, call: &Call) -> Result<Json, RegistryError> {
        self.yes(call)?;
        let size = self.body.len();
        let value = serde_json::from_slice(&self.body)
            .map_err(|_| call.in_doubt(format!("HTTP {}, but not JSON", self.status.as_u16())))?;
        Ok(Json { value, size })
    }

    /// A yes of any form, or the error that it is instead.
    pub(super) fn yes(&self, call: &Call) -> Result<(), RegistryError> {
        if self.status.is_success() {
            return Ok(());
        }
        Err(refusal::read(
            &call.label,
            call.kind,
            self.status,
            &self.headers,
            &self.body,
        ))
    }

    /// The body as it is stored: JSON, or nothing.
    pub(super) fn kept(&self) -> Value {
        let value = serde_json::from_slice(&self.body).unwrap_or_default();
        reading::kept(value, self.body.len())
    }

    /// Whether the registry itself, and nothing in front of it, says that there
    /// is no such thing.
    pub(super) fn is_nothing(&self) -> bool {
        self.status == StatusCode::NOT_FOUND && refusal::is_the_registrys(&self.body)
    }
}

/// The call as HTTP has it.
fn asked(call: &Call, url: &Url, body: Option<&Value>) -> Result<Asked, Lost> {
    let mut asked = Asked::new(Vec::new());
    *asked.method_mut() = call.method.clone();
    *asked.uri_mut() = url.as_str().parse().map_err(|_| Lost::Unwritable)?;
    if let Some(body) = body {
        let json = HeaderValue::from_static("application/json");
        asked.headers_mut().insert(CONTENT_TYPE, json);
        *asked.body_mut() = serde_json::to_vec(body).map_err(|_| Lost::Unwritable)?;
    }
    Ok(asked)
}

/// A call without a whole answer. Only where no connection was made is it sure
/// that nothing arrived.
fn failed(call: &Call, lost: &Lost) -> RegistryError {
    match lost {
        Lost::Unwritable => call.refused("the request cannot be written"),
        Lost::NotConnected => call.refused("no connection could be made"),
        Lost::TooLate => call.in_doubt("no answer in time"),
        Lost::Broken => call.in_doubt("the connection broke before the answer was complete"),
        Lost::TooLong(status) => {
            call.in_doubt(format!("HTTP {status}, longer than {LONGEST_ANSWER} bytes"))
        }
    }
}

/// The path of one thing; `after` follows its id.
pub(super) fn path(before: &str, id: &str, after: &str) -> String {
    format!("{before}/{}{after}", segment(id))
}

/// An id as one segment of a path.
fn segment(id: &str) -> String {
    let mut path = String::with_capacity(id.len());
    for byte in id.bytes() {
        // What the SDK leaves as it is, of what ids and numbers are made of.
        if byte.is_ascii_alphanumeric() || b"-_~+.".contains(&byte) {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_leave_its_segment() {
        assert_eq!(segment("+18005550199"), "+18005550199");
        assert_eq!(segment("4b20019b-043a"), "4b20019b-043a");
        assert_eq!(segment("a/b?c#d e%"), "a%2Fb%3Fc%23d%20e%25");
    }

    #[test]
    fn a_label_shows_no_phone_number_and_no_query() {
        let call = Call::about(
            Kind::Number,
            Method::GET,
            "/10dlc/phone_number_campaigns",
            "+18005550199",
            "",
        );
        assert_eq!(
            call.label,
            "GET /10dlc/phone_number_campaigns/{phoneNumber}"
        );
        let call =
            Call::to(Kind::Brand, Method::GET, "/10dlc/brand").with("displayName", "Jane Doe");
        assert_eq!(call.label, "GET /10dlc/brand");
        let call = Call::about(Kind::Brand, Method::PUT, "/10dlc/brand", "b-1", "/revet");
        assert_eq!(call.label, "PUT /10dlc/brand/b-1/revet");
    }
}

//! The body of a call, as JSON that cannot be misunderstood.

use std::fmt;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// The largest body of an order that is read, in bytes: three times an order
/// with every text and list at its bound.
pub const LARGEST_BODY: usize = 1024 * 1024;

/// A body: one JSON document.
pub(crate) struct Document {
    /// The JSON.
    pub(crate) json: Value,
    /// SHA-256 over the bytes, as hexadecimal digits.
    pub(crate) sha256: String,
}

impl<S: Send + Sync> FromRequest<S> for Document {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_one_of(&[JSON], request.headers()) {
            return Err(Problem::unsupported_media_type(&[JSON]));
        }
        let bytes = read(request, state).await?;
        let json = json(&bytes)?;
        let digest = Sha256::digest(&bytes);
        let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { json, sha256 })
    }
}

/// A body that says what is to change: a JSON merge patch (RFC 7386).
pub(crate) struct Patch(pub(crate) Value);

impl<S: Send + Sync> FromRequest<S> for Patch {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_one_of(&[MERGE_PATCH, JSON], request.headers()) {
            return Err(Problem::unsupported_media_type(&[MERGE_PATCH, JSON]));
        }
        let bytes = read(request, state).await?;
        json(&bytes).map(Self)
    }
}

/// A body that may be left out.
pub(crate) struct Given(pub(crate) Option<Value>);

impl<S: Send + Sync> FromRequest<S> for Given {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_json = is_one_of(&[JSON], request.headers());
        let bytes = read(request, state).await?;
        match (bytes.is_empty(), is_json) {
            (true, _) => Ok(Self(None)),
            // null counts as not given, as everywhere.
            (false, true) => Ok(Self(Some(json(&bytes)?).filter(|json| !json.is_null()))),
            (false, false) => Err(Problem::unsupported_media_type(&[JSON])),
        }
    }
}

/// The longest that a body may take to come: less than a call may, so that whoever sends
/// slowly is told so.
const LONGEST_BODY: Duration = Duration::from_secs(8);

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    let bytes = tokio::time::timeout(LONGEST_BODY, Bytes::from_request(request, state)).await;
    bytes.map_err(|_| Problem::slow_body())?.map_err(unread)
}

const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";

fn json(bytes: &[u8]) -> Result<Value, Problem> {
    let read = serde_json::from_slice(bytes);
    let Strict(json) = read.map_err(|error| Problem::malformed_json(&error))?;
    Ok(json)
}

/// Whether the body is of one of these kinds, whatever the parameters: JSON is
/// UTF-8 (RFC 8259).
fn is_one_of(kinds: &[&str], headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    kind.and_then(|kind| kind.split(';').next())
        .is_some_and(|sent| {
            kinds
                .iter()
                .any(|kind| sent.trim().eq_ignore_ascii_case(kind))
        })
}

fn unread(rejection: BytesRejection) -> Problem {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(LARGEST_BODY),
        _ => Problem::unreadable_body(),
    }
}

/// A JSON value in which no object names a field twice. serde_json would keep
/// the last one silently, and the order registered would not be the one that a
/// person read at the top of the file.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Strict, A::Error> {
        let mut values = Vec::new();
        while let Some(Strict(value)) = entries.next_element()? {
            values.push(value);
        }
        Ok(Strict(Value::Array(values)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Strict, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            if fields.contains_key(&name) {
                return Err(de::Error::custom("a field name stands twice in one object"));
            }
            let Strict(value) = entries.next_value()?;
            fields.insert(name, value);
        }
        Ok(Strict(Value::Object(fields)))
    }
}

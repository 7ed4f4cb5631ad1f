//! Each stored event carries a SHA-256 over itself and the hash of the one
//! before, so that nothing can be changed or cut out unseen.
//!
//! The hash is taken over the stored form, never over the typed one: a history
//! written by an older version keeps its hashes for ever.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::event::Event;
use crate::id::{Actor, RegistrationId, TraceId};

/// 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hash(String);

impl Hash {
    /// What stands before the first event.
    pub fn start() -> Self {
        Self("0".repeat(64))
    }

    /// The hash as a store kept it.
    pub fn stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The hash as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An event as a store keeps it: the facts in the form of their version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredEvent {
    /// From 1, without a gap.
    pub seq: u64,
    /// When it was written.
    pub time: Timestamp,
    /// Who wrote it.
    pub actor: Actor,
    /// The version of the facts' form.
    pub version: u16,
    /// The call from outside that led to it.
    pub trace: TraceId,
    /// An array of facts.
    pub facts: Value,
    /// Over all of the above and the hash of the event before.
    pub hash: Hash,
}

/// An event whose facts cannot be written as JSON.
#[derive(Debug, thiserror::Error)]
#[error("event {seq} of {registration} cannot be written as JSON")]
pub struct Unwritable {
    registration: RegistrationId,
    seq: u64,
    #[source]
    source: serde_json::Error,
}

/// Where a chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// An event is missing or out of its place.
    #[error("{registration}: event {expected} is missing; {found} stands in its place")]
    Gap {
        /// The history.
        registration: RegistrationId,
        /// The seq that should be here.
        expected: u64,
        /// The seq that is.
        found: u64,
    },
    /// An event, or one before it, is not what was written.
    #[error("{registration}: event {seq} was changed after it was written")]
    Changed {
        /// The history.
        registration: RegistrationId,
        /// The first event that does not fit its hash.
        seq: u64,
    },
}

/// The stored form of `event`, chained to the hash of the one before.
pub fn seal(
    registration: &RegistrationId,
    previous: &Hash,
    event: &Event,
) -> Result<StoredEvent, Unwritable> {
    let facts = serde_json::to_value(&event.facts).map_err(|source| Unwritable {
        registration: registration.clone(),
        seq: event.seq,
        source,
    })?;
    let mut stored = StoredEvent {
        seq: event.seq,
        time: event.time,
        actor: event.actor.clone(),
        version: event.version,
        trace: event.trace.clone(),
        facts,
        hash: Hash::start(),
    };
    stored.hash = link(registration, previous, &stored);
    Ok(stored)
}

/// Proves that nothing in this history was changed, cut out or put in. What
/// was cut off at its end, a chain alone cannot show: pass the seq that the
/// registration's row names as `last`.
pub fn verify(
    registration: &RegistrationId,
    history: &[StoredEvent],
    last: Option<u64>,
) -> Result<(), Broken> {
    let mut before = None;
    for event in history {
        follows(registration, before, event)?;
        before = Some(event);
    }
    let expected = before.map_or(0, |before| before.seq) + 1;
    match last {
        Some(last) if last >= expected => Err(Broken::Gap {
            registration: registration.clone(),
            expected,
            found: last,
        }),
        _ => Ok(()),
    }
}

/// Proves the same of one event, which comes after `before`; none: it is the first.
pub fn follows(
    registration: &RegistrationId,
    before: Option<&StoredEvent>,
    event: &StoredEvent,
) -> Result<(), Broken> {
    let expected = before.map_or(0, |before| before.seq) + 1;
    if event.seq != expected {
        return Err(Broken::Gap {
            registration: registration.clone(),
            expected,
            found: event.seq,
        });
    }
    let start = Hash::start();
    let previous = before.map_or(&start, |before| &before.hash);
    if link(registration, previous, event) != event.hash {
        return Err(Broken::Changed {
            registration: registration.clone(),
            seq: event.seq,
        });
    }
    Ok(())
}

fn link(registration: &RegistrationId, previous: &Hash, event: &StoredEvent) -> Hash {
    // Lengths go in before texts, so that no two events give the same bytes.
    let mut sha = Sha256::new();
    let mut text = |t: &str| {
        sha.update((t.len() as u64).to_be_bytes());
        sha.update(t.as_bytes());
    };
    text(&previous.0);
    text(registration.as_str());
    text(event.actor.as_str());
    text(event.trace.as_str());
    let mut facts = String::new();
    canonical(&event.facts, &mut facts);
    text(&facts);
    sha.update(event.seq.to_be_bytes());
    sha.update(event.time.as_millisecond().to_be_bytes());
    sha.update(event.version.to_be_bytes());
    let mut hex = String::with_capacity(64);
    for byte in sha.finalize() {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    Hash(hex)
}

/// JSON with its keys sorted: a store that keeps maps natively may give them
/// back in any order.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (key, value) in entries {
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                canonical(value, out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(values) => {
            out.push('[');
            for value in values {
                canonical(value, out);
                out.push(',');
            }
            out.push(']');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

//! How a stored event is read, whatever version wrote it.
//!
//! Old events are never rewritten. When [`VERSION`] grows, the step from the
//! version before is added to [`open`], and the golden history of the old
//! version stays under `tests/golden/` as it is.

use serde_json::Value;

use crate::chain::StoredEvent;
use crate::event::{Event, Fact, VERSION};

/// A stored event that this program cannot read. Never skipped: a fold that
/// leaves something out would run a step twice.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Written by a newer program.
    #[error(
        "event {seq} has version {version}, this program reads up to {VERSION}: \
         deploy the newer program again"
    )]
    Newer {
        /// Its place.
        seq: u64,
        /// Its version.
        version: u16,
    },
    /// Not in the form of its version.
    #[error("event {seq} is not in the form of version {version}")]
    Malformed {
        /// Its place.
        seq: u64,
        /// Its version.
        version: u16,
        /// What serde met.
        #[source]
        source: serde_json::Error,
    },
}

/// Reads a stored event.
pub fn open(stored: StoredEvent) -> Result<Event, Unreadable> {
    let StoredEvent {
        seq,
        time,
        actor,
        version,
        trace,
        facts,
        hash: _,
    } = stored;
    let facts = match version {
        VERSION => read(facts),
        newer => {
            return Err(Unreadable::Newer {
                seq,
                version: newer,
            });
        }
    }
    .map_err(|source| Unreadable::Malformed {
        seq,
        version,
        source,
    })?;
    Ok(Event {
        seq,
        time,
        actor,
        version: VERSION,
        trace,
        facts,
    })
}

fn read(facts: Value) -> Result<Vec<Fact>, serde_json::Error> {
    serde_json::from_value(facts)
}

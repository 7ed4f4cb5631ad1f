//! Limits among the controls, each as JSON.

use rusqlite::types::Type;
use rusqlite::{Connection, Error, Result};

use super::store::{control, set_control};
use crate::limit::Limit;

/// The key of a limit's control.
pub(super) fn key(limit: &str) -> String {
    format!("limit/{limit}")
}

/// What is kept of a limit. Earlier versions kept the next free slot alone, as a
/// number.
pub(super) fn read(connection: &Connection, key: &str) -> Result<Option<Limit>> {
    let Some(value) = control(connection, key)? else {
        return Ok(None);
    };
    if let Ok(free_at) = value.parse() {
        return Ok(Some(Limit {
            free_at: Some(free_at),
            ..Limit::default()
        }));
    }
    serde_json::from_str(&value).map(Some).map_err(|error| {
        let error = format!("`{key}`: {error}");
        Error::FromSqlConversionFailure(0, Type::Text, error.into())
    })
}

/// Keeps it instead.
pub(super) fn write(connection: &Connection, key: &str, limit: &Limit) -> Result<()> {
    let value = serde_json::to_string(limit)
        .map_err(|error| Error::ToSqlConversionFailure(error.into()))?;
    set_control(connection, key, &value)
}

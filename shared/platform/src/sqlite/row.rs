//! From a table's rows to the types of [`crate::store`].

use jiff::Timestamp;
use registration::chain::{Hash, StoredEvent};
use registration::{Status, Step};
use rusqlite::types::Type;
use rusqlite::{Error, Result, Row as SqlRow};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::clock::milliseconds;
use crate::store::Row;

/// In the order in which [`read_row`] reads them.
pub(super) const COLUMNS: &str = "id, account, parent, status, step, round, seq, due_at, \
    awaits_answer, last_error, open_numbers, refused_numbers, open_ends, cancelled_numbers, \
    received_at, updated_at, parked_numbers";

pub(super) fn read_row(row: &SqlRow<'_>) -> Result<Row> {
    let status: String = row.get(3)?;
    Ok(Row {
        id: text(row, 0)?,
        account: text(row, 1)?,
        parent: optional_text(row, 2)?,
        status: Status::parse(&status)
            .ok_or_else(|| unreadable(3, format!("`{status}` is no status").into()))?,
        step: optional_text::<Step>(row, 4)?,
        round: from_json(5, Value::from(row.get::<_, u32>(5)?))?,
        seq: row.get(6)?,
        due_at: row.get::<_, Option<i64>>(7)?.map(milliseconds),
        awaits_answer: row.get(8)?,
        last_error: row.get(9)?,
        open_numbers: row.get(10)?,
        refused_numbers: row.get(11)?,
        open_ends: row.get(12)?,
        cancelled_numbers: row.get(13)?,
        received_at: time(row, 14)?,
        updated_at: time(row, 15)?,
        parked_numbers: row.get(16)?,
    })
}

pub(super) fn read_event(row: &SqlRow<'_>) -> Result<StoredEvent> {
    let facts: String = row.get(5)?;
    Ok(StoredEvent {
        seq: row.get(0)?,
        time: time(row, 1)?,
        actor: text(row, 2)?,
        version: row.get(3)?,
        trace: text(row, 4)?,
        facts: serde_json::from_str(&facts).map_err(|source| unreadable(5, source.into()))?,
        hash: Hash::stored(row.get::<_, String>(6)?),
    })
}

fn time(row: &SqlRow<'_>, column: usize) -> Result<Timestamp> {
    Ok(milliseconds(row.get(column)?))
}

/// Ids and names are kept as the text that serde writes for them.
fn text<T: DeserializeOwned>(row: &SqlRow<'_>, column: usize) -> Result<T> {
    from_json(column, Value::String(row.get(column)?))
}

fn optional_text<T: DeserializeOwned>(row: &SqlRow<'_>, column: usize) -> Result<Option<T>> {
    let value: Option<String> = row.get(column)?;
    value
        .map(|value| from_json(column, Value::String(value)))
        .transpose()
}

fn from_json<T: DeserializeOwned>(column: usize, value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|source| unreadable(column, source.into()))
}

fn unreadable(column: usize, source: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::FromSqlConversionFailure(column, Type::Text, source)
}

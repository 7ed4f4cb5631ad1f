//! Events and rows as items.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use registration::RegistrationId;
use registration::chain::StoredEvent;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::attribute::{self, to_attribute, to_value};
use super::failure::corrupt;
use super::tables::{DUE_AT, ID, SEQ};
use crate::clock::milliseconds;
use crate::store::{Row, StoreError};

/// An item as the SDK has it.
pub(super) type Item = HashMap<String, AttributeValue>;

/// The largest item that DynamoDB takes.
pub(super) const LARGEST_ITEM: usize = 400 * 1024;

/// Made anew for every put, so that a put that the SDK has repeated by itself
/// is known as our own, and never taken for somebody else's.
pub(super) const WRITE: &str = "write";

pub(super) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(super) fn whole(number: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// The item of an event, refused if it is too large.
pub(super) fn of_event(
    id: &RegistrationId,
    event: &StoredEvent,
    write: &str,
) -> Result<Item, StoreError> {
    let item = Item::from([
        (ID.to_owned(), text(id.as_str())),
        (SEQ.to_owned(), whole(event.seq)),
        ("time".to_owned(), text(event.time.to_string())),
        ("actor".to_owned(), text(event.actor.as_str())),
        ("version".to_owned(), whole(event.version)),
        ("trace".to_owned(), text(event.trace.as_str())),
        ("facts".to_owned(), to_attribute(&event.facts)),
        ("hash".to_owned(), text(event.hash.as_str())),
        (WRITE.to_owned(), text(write)),
    ]);
    let bytes = attribute::size(&item);
    if bytes > LARGEST_ITEM {
        return Err(StoreError::TooLarge {
            registration: id.clone(),
            seq: event.seq,
            bytes,
        });
    }
    Ok(item)
}

/// The event of an item. Attributes that are no part of it are left alone.
pub(super) fn read_event(item: &Item) -> Result<StoredEvent, StoreError> {
    let what = "an event";
    let mut map = Map::new();
    for (name, attribute) in item {
        let value = to_value(attribute).map_err(|error| corrupt(what, error))?;
        map.insert(name.clone(), value);
    }
    serde_json::from_value(Value::Object(map)).map_err(|error| corrupt(what, error))
}

pub(super) fn read_row(item: &Item) -> Result<Row, StoreError> {
    let what = "a row";
    let counter = |name: &str| -> Result<u32, StoreError> {
        let Some(AttributeValue::N(digits)) = item.get(name) else {
            return Ok(0);
        };
        let count: i64 = digits.parse().map_err(|error| corrupt(what, error))?;
        Ok(u32::try_from(count.max(0)).unwrap_or(u32::MAX))
    };
    Ok(Row {
        id: field(item, what, ID)?,
        account: field(item, what, "account")?,
        parent: field(item, what, "parent")?,
        status: field(item, what, "status")?,
        step: field(item, what, "step")?,
        round: field(item, what, "round")?,
        seq: field(item, what, SEQ)?,
        due_at: field::<Option<i64>>(item, what, DUE_AT)?.map(milliseconds),
        awaits_answer: field(item, what, "awaits_answer")?,
        last_error: field(item, what, "last_error")?,
        open_numbers: counter("open_numbers")?,
        refused_numbers: counter("refused_numbers")?,
        cancelled_numbers: counter("cancelled_numbers")?,
        parked_numbers: counter("parked_numbers")?,
        open_ends: counter("open_ends")?,
        received_at: field::<Timestamp>(item, what, "received_at")?,
        updated_at: field::<Timestamp>(item, what, "updated_at")?,
    })
}

/// One attribute, in the form that serde gives it in JSON; an absent one is
/// null.
pub(super) fn field<T: DeserializeOwned>(
    item: &Item,
    what: &str,
    name: &str,
) -> Result<T, StoreError> {
    let value = match item.get(name) {
        Some(attribute) => to_value(attribute).map_err(|error| corrupt(what, error))?,
        None => Value::Null,
    };
    serde_json::from_value(value).map_err(|error| corrupt(what, format!("`{name}`: {error}")))
}

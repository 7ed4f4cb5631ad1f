//! Rows: the projection, and the indexes that list it.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, Update};
use jiff::Timestamp;
use registration::{RegistrationId, Status};

use super::events::unbuildable;
use super::failure;
use super::item::{Item, read_row, text, whole};
use super::store::Dynamo;
use super::tables::{DUE_AT, DUE_SHARD, DUE_SHARDS, ID, LISTED_ACCOUNT, LISTED_STATUS, SEQ};
use crate::store::{Row, StoreError};

/// The one listing of everything that is under way.
const UNDER_WAY: &str = "under_way";

/// Under what a status is listed. What is under way shares one listing: a
/// registration changes between those statuses with every step, and each change
/// of an index key costs two writes. Readers look at the row's own status.
pub(super) fn listed_status(status: Status) -> &'static str {
    match status.is_under_way() {
        true => UNDER_WAY,
        false => status.name(),
    }
}

/// Every listing there is.
pub(super) fn listings() -> Vec<&'static str> {
    let mut names: Vec<_> = Status::ALL.into_iter().map(listed_status).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// One update of a row, as parts that a request or a transaction takes.
pub(super) struct RowUpdate {
    table: String,
    id: AttributeValue,
    expression: String,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

/// Older rows only, and a row that is not there is made.
const BEHIND: &str = "attribute_not_exists(#registration_id) OR #seq < :seq";

impl RowUpdate {
    /// The same, which also adds to these counts of the row.
    pub(super) fn adding(mut self, counts: &[(&'static str, i64)]) -> Self {
        let mut adds = Vec::new();
        for (name, change) in counts {
            self.names.insert(format!("#{name}"), (*name).to_owned());
            self.values.insert(format!(":{name}"), whole(change));
            adds.push(format!("#{name} :{name}"));
        }
        if !adds.is_empty() {
            self.expression = format!("{} ADD {}", self.expression, adds.join(", "));
        }
        self
    }

    pub(super) fn in_transaction(self) -> Result<Update, StoreError> {
        Update::builder()
            .table_name(self.table)
            .key(ID, self.id)
            .update_expression(self.expression)
            .condition_expression(BEHIND)
            .set_expression_attribute_names(Some(self.names))
            .set_expression_attribute_values(Some(self.values))
            .build()
            .map_err(unbuildable)
    }
}

impl Dynamo {
    /// The attributes of a row; none: it has no such attribute.
    fn attributes(&self, row: &Row) -> Vec<(&'static str, Option<AttributeValue>)> {
        let listed = row.parent.is_none();
        vec![
            ("account", Some(text(row.account.as_str()))),
            (
                "parent",
                row.parent.as_ref().map(|parent| text(parent.as_str())),
            ),
            ("status", Some(text(row.status.name()))),
            ("step", row.step.map(|step| text(step.name()))),
            ("round", Some(whole(row.round))),
            (SEQ, Some(whole(row.seq))),
            (DUE_AT, row.due_at.map(|at| whole(at.as_millisecond()))),
            (DUE_SHARD, row.due_at.map(|_| text(shard(&row.id)))),
            (
                "awaits_answer",
                Some(AttributeValue::Bool(row.awaits_answer)),
            ),
            ("last_error", row.last_error.as_deref().map(text)),
            ("received_at", Some(text(row.received_at.to_string()))),
            ("updated_at", Some(text(row.updated_at.to_string()))),
            (LISTED_ACCOUNT, listed.then(|| text(row.account.as_str()))),
            (
                LISTED_STATUS,
                listed.then(|| text(listed_status(row.status))),
            ),
        ]
    }

    /// The item of a new row. The counts come when numbers are begun.
    pub(super) fn new_row(&self, row: &Row) -> Item {
        let mut item = Item::from([(ID.to_owned(), text(row.id.as_str()))]);
        for (name, value) in self.attributes(row) {
            item.extend(value.map(|value| (name.to_owned(), value)));
        }
        item
    }

    /// The update that brings a row up. `opens`: it also sets this count, which
    /// otherwise stays as it is.
    pub(super) fn row_update(&self, row: &Row, opens: Option<(&'static str, u32)>) -> RowUpdate {
        let mut attributes = self.attributes(row);
        attributes.extend(opens.map(|(name, count)| (name, Some(whole(count)))));
        let (mut sets, mut removes) = (Vec::new(), Vec::new());
        let mut names = HashMap::from([("#registration_id".to_owned(), ID.to_owned())]);
        let mut values = HashMap::new();
        for (name, value) in attributes {
            names.insert(format!("#{name}"), name.to_owned());
            match value {
                Some(value) => {
                    sets.push(format!("#{name} = :{name}"));
                    values.insert(format!(":{name}"), value);
                }
                None => removes.push(format!("#{name}")),
            }
        }
        let mut expression = format!("SET {}", sets.join(", "));
        if !removes.is_empty() {
            expression = format!("{expression} REMOVE {}", removes.join(", "));
        }
        RowUpdate {
            table: self.tables.registrations.clone(),
            id: text(row.id.as_str()),
            expression,
            names,
            values,
        }
    }

    /// Brings a row up, unless it is as new already.
    pub(super) async fn move_row(&self, row: &Row) -> Result<(), StoreError> {
        let update = self.row_update(row, None);
        let sent = self
            .client
            .update_item()
            .table_name(update.table)
            .key(ID, update.id)
            .update_expression(update.expression)
            .condition_expression(BEHIND)
            .set_expression_attribute_names(Some(update.names))
            .set_expression_attribute_values(Some(update.values))
            .send()
            .await;
        match sent {
            Err(error) if !is_refused(&error) => Err(failure::store("move a row")(error)),
            _ => Ok(()),
        }
    }

    pub(super) async fn read_one_row(
        &self,
        id: &RegistrationId,
    ) -> Result<Option<Row>, StoreError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.tables.registrations)
            .key(ID, text(id.as_str()))
            .consistent_read(true)
            .send()
            .await
            .map_err(failure::store("read a row"))?;
        found.item.as_ref().map(read_row).transpose()
    }

    pub(super) async fn postpone_row(
        &self,
        id: &RegistrationId,
        seq: u64,
        due_at: Timestamp,
        last_error: Option<&str>,
    ) -> Result<bool, StoreError> {
        let mut update = self
            .client
            .update_item()
            .table_name(&self.tables.registrations)
            .key(ID, text(id.as_str()))
            .condition_expression("seq = :seq")
            .expression_attribute_values(":seq", whole(seq))
            .expression_attribute_values(":due_at", whole(due_at.as_millisecond()))
            .expression_attribute_values(":shard", text(shard(id)));
        let mut set = "SET due_at = :due_at, due_shard = :shard".to_owned();
        if let Some(error) = last_error {
            set.push_str(", last_error = :error");
            update = update.expression_attribute_values(":error", text(error));
        }
        match update.update_expression(set).send().await {
            Ok(_) => Ok(true),
            Err(error) if is_refused(&error) => Ok(false),
            Err(error) => Err(failure::store("postpone")(error)),
        }
    }
}

/// The shard of the due index that a registration is in, for good.
fn shard(id: &RegistrationId) -> &'static str {
    // The id ends in random characters; a number's in its place.
    let sum: usize = id.as_str().bytes().map(usize::from).sum();
    DUE_SHARDS
        .into_iter()
        .cycle()
        .nth(sum % DUE_SHARDS.len())
        .unwrap_or("0")
}

pub(super) fn is_refused<R>(error: &SdkError<UpdateItemError, R>) -> bool {
    error
        .as_service_error()
        .is_some_and(UpdateItemError::is_conditional_check_failed_exception)
}

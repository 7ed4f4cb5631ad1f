//! Lists: keys from a sparse index, then the rows themselves.
//!
//! An index is a little behind its table, so a row is always judged by what the
//! table says.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::KeysAndAttributes;
use aws_sdk_dynamodb::types::builders::KeysAndAttributesBuilder;
use jiff::Timestamp;
use registration::RegistrationId;

use super::events::unbuildable;
use super::failure;
use super::item::{Item, field, read_row, text, whole};
use super::rows::{listed_status, listings};
use super::store::Dynamo;
use super::tables::{BY_ACCOUNT, BY_DUE, BY_STATUS, DUE_AT, DUE_SHARDS, ID, Index};
use crate::store::{PAGE, Page, Row, RowQuery, StoreError};

const LIST: &str = "list registrations";

/// Keys that one call asks for (API Reference, BatchGetItem: at most 100).
pub(super) const TOGETHER: usize = 100;

/// How often keys that a call has left over are asked for again.
const TURNS: u32 = 8;

/// How many listed rows one page looks at, at most, to find those that match;
/// a page may be short, and still name the next one.
const LOOKED_AT: usize = 10 * PAGE;

/// Numbers that are read at once: most orders have few.
const NUMBERS: u32 = 25;

/// How rows are read. What follows an index is behind with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    /// As they are, at twice the price.
    Current,
    /// Perhaps as they were a moment ago.
    Late,
}

/// One listing: an index and its partition.
type Listing = (Index, String);

impl Dynamo {
    pub(super) async fn list(&self, query: &RowQuery) -> Result<Page, StoreError> {
        let most = query.most.clamp(1, PAGE);
        let listings = listings_of(query);
        // One more than asked for tells whether there is a next page.
        let at_once = if query.status.is_some() {
            PAGE
        } else {
            most + 1
        };
        let (mut rows, mut after, mut looked_at) = (Vec::new(), query.after.clone(), 0);
        while looked_at < LOOKED_AT {
            let ids = self.newest(&listings, after.as_ref(), at_once).await?;
            let is_last = ids.len() < at_once;
            looked_at += ids.len();
            after = ids.last().cloned().or(after);
            for row in self.rows_of(&ids, Read::Late).await? {
                if query.status.is_some_and(|status| status != row.status) {
                    continue;
                }
                if rows.len() == most {
                    return Ok(page(rows, true));
                }
                rows.push(row);
            }
            if is_last {
                return Ok(page(rows, false));
            }
        }
        Ok(Page { rows, next: after })
    }

    /// The newest ids of all these listings together.
    async fn newest(
        &self,
        listings: &[Listing],
        before: Option<&RegistrationId>,
        most: usize,
    ) -> Result<Vec<RegistrationId>, StoreError> {
        let mut ids = Vec::new();
        for (index, partition) in listings {
            let mut query = self.index(index, partition).scan_index_forward(false);
            query = match before {
                Some(id) => query
                    .key_condition_expression("#partition = :partition AND #sort < :sort")
                    .expression_attribute_names("#sort", index.sort.0)
                    .expression_attribute_values(":sort", text(id.as_str())),
                None => query.key_condition_expression("#partition = :partition"),
            };
            for item in self.keys(query, most).await? {
                ids.push(field(&item, "a listing", ID)?);
            }
        }
        ids.sort_unstable_by(|one: &RegistrationId, other| other.cmp(one));
        ids.dedup();
        ids.truncate(most);
        Ok(ids)
    }

    pub(super) async fn list_due(
        &self,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<Row>, StoreError> {
        let mut due: Vec<(i64, RegistrationId)> = Vec::new();
        for shard in DUE_SHARDS {
            let query = self
                .index(&BY_DUE, shard)
                .key_condition_expression("#partition = :partition AND #sort <= :sort")
                .expression_attribute_names("#sort", BY_DUE.sort.0)
                .expression_attribute_values(":sort", whole(now.as_millisecond()));
            for item in self.keys(query, most).await? {
                let what = "a listing";
                due.push((field(&item, what, DUE_AT)?, field(&item, what, ID)?));
            }
        }
        due.sort_unstable();
        due.truncate(most);
        let ids: Vec<_> = due.into_iter().map(|(_, id)| id).collect();
        let mut rows = self.rows_of(&ids, Read::Late).await?;
        rows.retain(|row| row.due_at.is_some_and(|due_at| due_at <= now));
        rows.sort_by_key(|row| row.due_at);
        Ok(rows)
    }

    /// Ids of numbers follow from the order, so no index is needed.
    pub(super) async fn list_numbers(
        &self,
        parent: &RegistrationId,
        after: Option<&RegistrationId>,
    ) -> Result<Page, StoreError> {
        let mut rows: Vec<Row> = Vec::new();
        let mut place = after.and_then(RegistrationId::place).unwrap_or(0);
        while rows.len() <= PAGE {
            let ids: Vec<_> = (1..=NUMBERS)
                .map(|next| parent.number(place + next))
                .collect();
            let found = self.rows_of(&ids, Read::Current).await?;
            let is_last = found.len() < ids.len();
            rows.extend(found);
            if is_last {
                break;
            }
            place += NUMBERS;
        }
        let more = rows.len() > PAGE;
        rows.truncate(PAGE);
        Ok(page(rows, more))
    }

    fn index(
        &self,
        index: &Index,
        partition: &str,
    ) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.tables.registrations)
            .index_name(index.name)
            .expression_attribute_names("#partition", index.partition.0)
            .expression_attribute_values(":partition", text(partition))
    }

    /// Up to `most` keys, over as many pages as that takes.
    async fn keys(
        &self,
        query: aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder,
        most: usize,
    ) -> Result<Vec<Item>, StoreError> {
        let page = i32::try_from(most).unwrap_or(i32::MAX);
        let mut pages = query.limit(page).into_paginator().items().send();
        let mut keys = Vec::new();
        while keys.len() < most {
            match pages.next().await {
                Some(key) => keys.push(key.map_err(failure::store(LIST))?),
                None => break,
            }
        }
        Ok(keys)
    }

    /// The rows of these ids that are there, in this order.
    async fn rows_of(&self, ids: &[RegistrationId], read: Read) -> Result<Vec<Row>, StoreError> {
        let mut rows = HashMap::new();
        for some in ids.chunks(TOGETHER) {
            for item in self.get_together(some, read).await? {
                let row = read_row(&item)?;
                rows.insert(row.id.clone(), row);
            }
        }
        Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
    }

    async fn get_together(
        &self,
        ids: &[RegistrationId],
        read: Read,
    ) -> Result<Vec<Item>, StoreError> {
        let keys = ids
            .iter()
            .map(|id| Item::from([(ID.to_owned(), text(id.as_str()))]));
        let keys = KeysAndAttributes::builder()
            .set_keys(Some(keys.collect()))
            .consistent_read(read == Read::Current);
        self.items_of(LIST, &self.tables.registrations, keys).await
    }

    /// The items of these keys that are there, in no order; at most [`TOGETHER`] keys.
    pub(super) async fn items_of(
        &self,
        verb: &'static str,
        table: &str,
        keys: KeysAndAttributesBuilder,
    ) -> Result<Vec<Item>, StoreError> {
        let keys = keys.build().map_err(unbuildable)?;
        let mut wanted = Some(keys).filter(|keys| !keys.keys.is_empty());
        let (mut items, mut turn) = (Vec::new(), 0);
        while let Some(keys) = wanted.take() {
            if turn == TURNS {
                return Err(StoreError::Busy {
                    verb,
                    source: format!("keys were left over {TURNS} times").into(),
                });
            }
            if turn > 0 {
                tokio::time::sleep(Duration::from_millis(20 << turn)).await;
            }
            turn += 1;
            let answer = self
                .client
                .batch_get_item()
                .request_items(table, keys)
                .send()
                .await
                .map_err(failure::store(verb))?;
            let answered = answer.responses.unwrap_or_default();
            items.extend(answered.into_values().flatten());
            let left = answer.unprocessed_keys.unwrap_or_default();
            wanted = left.into_values().find(|keys| !keys.keys.is_empty());
        }
        Ok(items)
    }
}

/// An account's rows have a listing of their own; a status' among all accounts
/// too; everything is all of the latter together.
fn listings_of(query: &RowQuery) -> Vec<Listing> {
    match (&query.account, query.status) {
        (Some(account), _) => vec![(BY_ACCOUNT, account.as_str().to_owned())],
        (None, Some(status)) => vec![(BY_STATUS, listed_status(status).to_owned())],
        (None, None) => listings()
            .into_iter()
            .map(|name| (BY_STATUS, name.to_owned()))
            .collect(),
    }
}

fn page(rows: Vec<Row>, more: bool) -> Page {
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    Page { rows, next }
}

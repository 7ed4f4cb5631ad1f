//! Histories: one append is one conditional put of one item.
//!
//! The row is moved by an update of its own, after the event: together they
//! would cost twice as much. A process that dies between the two leaves a row
//! behind its history; whoever finds it so brings it up ([`Store::project`]).
//! Only these move together:
//!
//! * the beginning of an order, with its row and its idempotency key: without a
//!   row nobody would ever find it;
//! * the beginning of its numbers, with the count of them;
//! * the end of a number, or its being cancelled or parked, with the count in its
//!   order's row.
//!
//! [`Store::project`]: crate::Store::project

use std::collections::HashMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use registration::RegistrationId;
use registration::chain::StoredEvent;
use registration::facts::NumberEnd;

use super::failure;
use super::item::{Item, WRITE, field, of_event, read_event, text, whole};
use super::store::Dynamo;
use super::tables::{ID, SEQ};
use super::transaction::Moved;
use crate::store::{Append, Begun, Key, NumbersCount, StoreError};

const APPEND: &str = "append an event";
const BEGIN: &str = "begin a history";

/// The items that a transaction holds (API Reference, TransactWriteItems).
const LARGEST_TRANSACTION: usize = 100;

/// The condition of everything that is put once.
pub(super) const ABSENT: &str = "attribute_not_exists(registration_id)";

impl Dynamo {
    /// All pages: a query answers with up to 1 MB at a time.
    pub(super) async fn read_history(
        &self,
        id: &RegistrationId,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let pages = self
            .client
            .query()
            .table_name(&self.tables.events)
            .key_condition_expression("registration_id = :id")
            .expression_attribute_values(":id", text(id.as_str()))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let items: Vec<Item> = pages
            .collect::<Result<_, _>>()
            .await
            .map_err(failure::store("read a history"))?;
        let events = items
            .iter()
            .map(read_event)
            .collect::<Result<Vec<_>, _>>()?;
        if let Some(last) = events.last() {
            self.known.saw(id, last.seq);
        }
        Ok(events)
    }

    /// Refuses an event that would leave a gap. Events are never deleted, so one
    /// that this process has seen need not be looked for again.
    async fn follows(&self, append: &Append) -> Result<(), StoreError> {
        let (id, before) = (&append.row.id, append.event.seq.saturating_sub(1));
        if before == 0 || self.known.has(id, before) {
            return Ok(());
        }
        match self.event_write(id, before).await? {
            Some(_) => {
                self.known.saw(id, before);
                Ok(())
            }
            None => Err(StoreError::Failed {
                verb: APPEND,
                source: format!("{id} has no event {before}, and no gap may be left").into(),
            }),
        }
    }

    pub(super) async fn begin_history(
        &self,
        append: &Append,
        key: Option<&Key>,
    ) -> Result<Begun, StoreError> {
        match (&append.row.parent, key) {
            (Some(_), None) => self.begin_number(append).await,
            _ => self.begin_order(append, key).await,
        }
    }

    async fn begin_order(&self, append: &Append, key: Option<&Key>) -> Result<Begun, StoreError> {
        let write = self.write_id();
        let event = of_event(&append.row.id, &append.event, &write)?;
        let mut items = vec![
            put(&self.tables.events, event)?,
            put(&self.tables.registrations, self.new_row(&append.row))?,
        ];
        if let Some(key) = key {
            items.push(self.put_key(key, append)?);
        }
        let first_claim = items.len();
        // More than a transaction holds are taken before it: whoever dies here has
        // them, and no history.
        match first_claim + append.claims.len() <= LARGEST_TRANSACTION {
            true => {
                for claim in &append.claims {
                    items.push(self.claim_in_transaction(claim)?);
                }
            }
            false if self.put_claims(&append.claims).await? => {}
            false => return Ok(Begun::Claimed),
        }
        let Moved::Refused(places) = self.together(BEGIN, items).await? else {
            return Ok(Begun::New);
        };
        let there = places.contains(&0);
        if there
            && self
                .is_ours(&append.row.id, append.event.seq, &write)
                .await?
        {
            return Ok(Begun::New);
        }
        match key {
            Some(key) if places.contains(&2) => {
                let known = self.known_key(key, None).await?;
                known.ok_or_else(|| StoreError::Busy {
                    verb: BEGIN,
                    source: "its idempotency key was there, and is gone: send it again".into(),
                })
            }
            _ if there => Ok(Begun::Exists),
            _ => Ok(Begun::Claimed),
        }
    }

    /// A number's beginning need not be one with its row: whoever starts the
    /// numbers of an order starts all of them again after a crash.
    async fn begin_number(&self, append: &Append) -> Result<Begun, StoreError> {
        let begun = match self.put_event(append).await? {
            true => Begun::New,
            false => Begun::Exists,
        };
        let row = self.new_row(&append.row);
        let put = self
            .client
            .put_item()
            .table_name(&self.tables.registrations);
        let put = put.set_item(Some(row)).condition_expression(ABSENT);
        match put.send().await {
            Err(error) if !is_refused(&error) => Err(failure::store(BEGIN)(error)),
            _ => Ok(begun),
        }
    }

    pub(super) async fn append_event(&self, append: &Append) -> Result<(), StoreError> {
        if !append.claims.is_empty() {
            return self.append_events(std::slice::from_ref(append)).await;
        }
        self.follows(append).await?;
        let written = match (opened(append), counted(append)) {
            (Some(count), _) => self.opens(append, count).await?,
            (None, Some((parent, counts))) => {
                let count = self.count(parent, &counts)?;
                self.put_event_with(append, count).await?
            }
            (None, None) => self.put_event(append).await?,
        };
        if !written {
            return Err(taken(append));
        }
        match append.leaves_row || opened(append).is_some() {
            true => Ok(()),
            false => self.move_row(&append.row).await,
        }
    }

    /// Events of several histories with their rows, counts and claims, all or nothing.
    pub(super) async fn append_events(&self, appends: &[Append]) -> Result<(), StoreError> {
        let write = self.write_id();
        let mut items = Vec::new();
        for append in appends {
            self.follows(append).await?;
            let event = of_event(&append.row.id, &append.event, &write)?;
            items.push(put(&self.tables.events, event)?);
        }
        for claim in appends.iter().flat_map(|append| &append.claims) {
            items.push(self.claim_in_transaction(claim)?);
        }
        let claims_end = items.len();
        items.extend(self.rows_and_counts(appends)?);
        let Moved::Refused(places) = self.together(APPEND, items).await? else {
            for append in appends {
                self.known.saw(&append.row.id, append.event.seq);
            }
            return Ok(());
        };
        let refused = places.iter().find_map(|place| appends.get(*place));
        let claimed = places.iter().any(|place| *place < claims_end);
        match (refused, appends.first()) {
            (Some(append), _) => {
                let (id, seq) = (&append.row.id, append.event.seq);
                match self.is_ours(id, seq, &write).await? {
                    true => Ok(()),
                    false => Err(taken(append)),
                }
            }
            (None, Some(first)) if claimed => Err(StoreError::Claimed(first.row.id.clone())),
            _ => Err(StoreError::Corrupt(
                "a row of these events is not there, or ahead of its history".to_owned(),
            )),
        }
    }

    /// One update of each row that these events move or count in: a transaction takes
    /// no item twice.
    fn rows_and_counts(&self, appends: &[Append]) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut items = Vec::new();
        let counts = || appends.iter().filter_map(counted);
        for append in appends.iter().filter(|append| !append.leaves_row) {
            let adds = counts().filter(|(parent, _)| **parent == append.row.id);
            let adds: Vec<_> = adds.flat_map(|(_, adds)| adds).collect();
            let row = self.row_update(&append.row, opened(append)).adding(&adds);
            items.push(
                TransactWriteItem::builder()
                    .update(row.in_transaction()?)
                    .build(),
            );
        }
        let has_row = |id: &RegistrationId| {
            let mut rows = appends.iter().filter(|append| !append.leaves_row);
            rows.any(|append| append.row.id == *id)
        };
        for (parent, adds) in counts().filter(|(parent, _)| !has_row(parent)) {
            items.push(self.count(parent, &adds)?);
        }
        Ok(items)
    }

    /// An event that sets a count, and its row with it. False: the seq is taken.
    async fn opens(&self, append: &Append, count: (&'static str, u32)) -> Result<bool, StoreError> {
        let row = self.row_update(&append.row, Some(count));
        let row = TransactWriteItem::builder()
            .update(row.in_transaction()?)
            .build();
        self.put_event_with(append, row).await
    }

    /// False: the seq is taken by somebody else.
    async fn put_event(&self, append: &Append) -> Result<bool, StoreError> {
        let write = self.write_id();
        let item = of_event(&append.row.id, &append.event, &write)?;
        let put = self.client.put_item().table_name(&self.tables.events);
        let put = put.set_item(Some(item)).condition_expression(ABSENT);
        match put.send().await {
            Ok(_) => {
                self.known.saw(&append.row.id, append.event.seq);
                Ok(true)
            }
            Err(error) if is_refused(&error) => {
                self.is_ours(&append.row.id, append.event.seq, &write).await
            }
            Err(error) => Err(failure::store(APPEND)(error)),
        }
    }

    /// An event and something else, or neither. False: the seq is taken.
    async fn put_event_with(
        &self,
        append: &Append,
        other: TransactWriteItem,
    ) -> Result<bool, StoreError> {
        let write = self.write_id();
        let event = of_event(&append.row.id, &append.event, &write)?;
        let items = vec![put(&self.tables.events, event)?, other];
        match self.together(APPEND, items).await? {
            Moved::All => Ok(true),
            Moved::Refused(places) if places.contains(&0) => {
                self.is_ours(&append.row.id, append.event.seq, &write).await
            }
            Moved::Refused(_) => Err(StoreError::Corrupt(format!(
                "the row that counts the numbers for {} is not there",
                append.row.id
            ))),
        }
    }

    /// Adds to counts of an order's row.
    fn count(
        &self,
        parent: &RegistrationId,
        counts: &[(&'static str, i64)],
    ) -> Result<TransactWriteItem, StoreError> {
        let adds: Vec<_> = counts
            .iter()
            .map(|(name, _)| format!("{name} :{name}"))
            .collect();
        let mut update = Update::builder()
            .table_name(&self.tables.registrations)
            .key(ID, text(parent.as_str()))
            .update_expression(format!("ADD {}", adds.join(", ")))
            .condition_expression("attribute_exists(registration_id)");
        for (name, change) in counts {
            update = update.expression_attribute_values(format!(":{name}"), whole(change));
        }
        let update = update.build().map_err(unbuildable)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Whether this very put has written the event: the SDK repeats a put whose
    /// answer was lost, and the second one finds the first.
    async fn is_ours(
        &self,
        id: &RegistrationId,
        seq: u64,
        write: &str,
    ) -> Result<bool, StoreError> {
        Ok(self.event_write(id, seq).await?.as_deref() == Some(write))
    }

    /// Which write made this event; none: there is no such event.
    async fn event_write(
        &self,
        id: &RegistrationId,
        seq: u64,
    ) -> Result<Option<String>, StoreError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.tables.events)
            .key(ID, text(id.as_str()))
            .key(SEQ, whole(seq))
            .projection_expression("#write")
            .expression_attribute_names("#write", WRITE)
            .consistent_read(true)
            .send()
            .await
            .map_err(failure::store(APPEND))?;
        let write = found.item.map(|item| field(&item, "an event", WRITE));
        write.transpose()
    }

    fn write_id(&self) -> String {
        format!("{:032x}", (self.random)())
    }
}

/// The count that an event sets in its own row.
fn opened(append: &Append) -> Option<(&'static str, u32)> {
    match &append.numbers {
        NumbersCount::Opens(count) => Some(("open_numbers", *count)),
        NumbersCount::OpensEnds(count) => Some(("open_ends", *count)),
        _ => None,
    }
}

/// What an event of a number's own adds to the counts of its order.
fn counted(append: &Append) -> Option<(&RegistrationId, Vec<(&'static str, i64)>)> {
    let counted = match &append.numbers {
        NumbersCount::Unchanged | NumbersCount::Opens(_) | NumbersCount::OpensEnds(_) => None,
        NumbersCount::Closes { parent, refused } => {
            let refused = ("refused_numbers", i64::from(*refused));
            Some((parent, vec![("open_numbers", -1), refused]))
        }
        NumbersCount::Cancels { parent, counted } => {
            let from = match counted {
                None => Some("open_numbers"),
                Some(NumberEnd::Refused) => Some("refused_numbers"),
                Some(NumberEnd::Assigned) => None,
            };
            let mut counts = vec![("cancelled_numbers", 1)];
            counts.extend(from.map(|name| (name, -1)));
            Some((parent, counts))
        }
        NumbersCount::Reopens { parent, refused } => {
            let refused = ("refused_numbers", -i64::from(*refused));
            Some((parent, vec![("open_numbers", 1), refused]))
        }
        NumbersCount::ClosesEnd { parent } => Some((parent, vec![("open_ends", -1)])),
    };
    let parked = ("parked_numbers", i64::from(append.parked));
    let Some(parent) = append.row.parent.as_ref().filter(|_| append.parked != 0) else {
        return counted;
    };
    let (_, mut counts) = counted.unwrap_or((parent, Vec::new()));
    counts.push(parked);
    Some((parent, counts))
}

fn taken(append: &Append) -> StoreError {
    StoreError::Taken {
        registration: append.row.id.clone(),
        seq: append.event.seq,
    }
}

/// Whether a put's condition did not hold.
pub(super) fn is_refused<R>(error: &SdkError<PutItemError, R>) -> bool {
    error
        .as_service_error()
        .is_some_and(PutItemError::is_conditional_check_failed_exception)
}

/// A put into a transaction, if nothing is there yet.
fn put(
    table: &str,
    item: HashMap<String, AttributeValue>,
) -> Result<TransactWriteItem, StoreError> {
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(item))
        .condition_expression(ABSENT)
        .build()
        .map_err(unbuildable)?;
    Ok(TransactWriteItem::builder().put(put).build())
}

/// A request that lacks a part: a mistake of this program.
pub(super) fn unbuildable(error: aws_sdk_dynamodb::error::BuildError) -> StoreError {
    StoreError::Failed {
        verb: "build a request",
        source: error.into(),
    }
}

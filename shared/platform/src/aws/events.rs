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
            _ => Ok(Begun::Exists),
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
        self.follows(append).await?;
        let written = match &append.numbers {
            NumbersCount::Unchanged => self.put_event_and_count(append).await?,
            NumbersCount::Opens(count) => self.opens(append, ("open_numbers", *count)).await?,
            NumbersCount::OpensEnds(count) => self.opens(append, ("open_ends", *count)).await?,
            NumbersCount::Closes { parent, refused } => {
                let refused = ("refused_numbers", i64::from(*refused));
                let counts = [("open_numbers", -1), refused];
                self.put_event_counting(append, parent, &counts).await?
            }
            NumbersCount::Cancels { parent, counted } => {
                let from = match counted {
                    None => Some("open_numbers"),
                    Some(NumberEnd::Refused) => Some("refused_numbers"),
                    Some(NumberEnd::Assigned) => None,
                };
                let mut counts = vec![("cancelled_numbers", 1)];
                counts.extend(from.map(|name| (name, -1)));
                self.put_event_counting(append, parent, &counts).await?
            }
            NumbersCount::ClosesEnd { parent } => {
                let counts = [("open_ends", -1)];
                self.put_event_counting(append, parent, &counts).await?
            }
        };
        let moves = matches!(
            append.numbers,
            NumbersCount::Opens(_) | NumbersCount::OpensEnds(_)
        );
        if !written {
            return Err(taken(append));
        }
        match append.leaves_row || moves {
            true => Ok(()),
            false => self.move_row(&append.row).await,
        }
    }

    /// An event that sets a count, and its row with it. False: the seq is taken.
    async fn opens(&self, append: &Append, count: (&'static str, u32)) -> Result<bool, StoreError> {
        let row = self.row_update(&append.row, Some(count));
        let row = TransactWriteItem::builder()
            .update(row.in_transaction()?)
            .build();
        self.put_event_with(append, row).await
    }

    /// An event that changes no count but, perhaps, the one of parked numbers. False:
    /// the seq is taken.
    async fn put_event_and_count(&self, append: &Append) -> Result<bool, StoreError> {
        match append.row.parent.as_ref().filter(|_| append.parked != 0) {
            Some(parent) => self.put_event_counting(append, parent, &[]).await,
            None => self.put_event(append).await,
        }
    }

    /// An event of a number, and what it adds to counts of its order, parked numbers
    /// among them. False: the seq is taken.
    async fn put_event_counting(
        &self,
        append: &Append,
        parent: &RegistrationId,
        counts: &[(&'static str, i64)],
    ) -> Result<bool, StoreError> {
        let parked = ("parked_numbers", i64::from(append.parked));
        let counts: Vec<_> = counts
            .iter()
            .copied()
            .chain((append.parked != 0).then_some(parked))
            .collect();
        let count = self.count(parent, &counts)?;
        self.put_event_with(append, count).await
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

fn taken(append: &Append) -> StoreError {
    StoreError::Taken {
        registration: append.row.id.clone(),
        seq: append.event.seq,
    }
}

fn is_refused<R>(error: &SdkError<PutItemError, R>) -> bool {
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

//! Limits: one item each, with the attributes of [`Limit`].

use std::sync::atomic::Ordering;
use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure as OnFailure,
};
use jiff::Timestamp;
use registration::patience::later;

use super::failure::{self, corrupt};
use super::item::{Item, field, text, whole};
use super::rows::is_refused;
use super::store::Dynamo;
use super::tables::{KIND, NAME};
use crate::limit::{Change, Changer, Limit, microseconds};
use crate::limiter::{Refusal, Slot};
use crate::store::StoreError;

const LIMIT: &str = "limit";

/// How often something is tried while others change the limit in between.
const TURNS: usize = 16;

const RESERVE: &str = "reserve a slot";
const CHANGE: &str = "change a limit";

/// The operator's interval, where one is set.
const INTERVAL: &str = "if_not_exists(set_interval, :interval)";

impl Dynamo {
    fn update_limit(&self, limit: &str) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.tables.controls)
            .key(KIND, text(LIMIT))
            .key(NAME, text(limit))
    }

    /// GCRA in one conditional update. `free_at` is the next free slot. Two
    /// cases, of which one is guessed first:
    ///
    /// * the limit is idle (`free_at` has passed): the slot is now;
    /// * it is busy: the slot is `free_at`, if that is near enough.
    ///
    /// What an operator has set is in the same item, so the update itself goes
    /// by it.
    pub(super) async fn take_slot(
        &self,
        limit: &str,
        interval: Duration,
        longest_wait: Duration,
        now: Timestamp,
    ) -> Result<Result<Slot, Refusal>, StoreError> {
        let now_at = now.as_microsecond();
        let horizon = later(now, longest_wait).as_microsecond();
        let mut busy = self.busy.load(Ordering::Relaxed);
        for _ in 0..TURNS {
            let update = self
                .update_limit(limit)
                .expression_attribute_values(":now", whole(now_at))
                .expression_attribute_values(":interval", whole(microseconds(interval)))
                .return_values(ReturnValue::UpdatedOld)
                .return_values_on_condition_check_failure(OnFailure::AllOld);
            let (from, condition) = match busy {
                true => ("free_at", "free_at >= :now AND free_at <= :horizon"),
                false => (":now", "(attribute_not_exists(free_at) OR free_at < :now)"),
            };
            let update = update
                .update_expression(format!(
                    "SET free_at = {from} + {INTERVAL}, configured_interval = :interval"
                ))
                .condition_expression(format!("{condition} AND attribute_not_exists(paused)"));
            let update = match busy {
                true => update.expression_attribute_values(":horizon", whole(horizon)),
                false => update,
            };
            let known = match update.send().await {
                Ok(answer) => {
                    self.busy.store(busy, Ordering::Relaxed);
                    let at = match (busy, answer.attributes()) {
                        (false, _) => now,
                        (true, old) => {
                            let old = old.map(|old| read(limit, old)).transpose()?;
                            let free = old.and_then(|old| old.free_at);
                            time(
                                limit,
                                free.ok_or_else(|| corrupt(&what(limit), "no `free_at`"))?,
                            )?
                        }
                    };
                    return Ok(Ok(Slot { at }));
                }
                Err(error) => match error.as_service_error() {
                    Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                        refused.item().map(|item| read(limit, item)).transpose()?
                    }
                    _ => return Err(failure::store(RESERVE)(error)),
                },
            };
            let known = known.unwrap_or_default();
            if known.paused {
                return Ok(Err(Refusal::Paused));
            }
            match known.free_at {
                Some(free) if free > horizon => {
                    let next = time(limit, free)?;
                    return Ok(Err(Refusal::Full { next }));
                }
                Some(free) => busy = free >= now_at,
                None => busy = false,
            }
        }
        Err(outrun(RESERVE))
    }

    pub(super) async fn hold_limit(&self, limit: &str, until: Timestamp) -> Result<(), StoreError> {
        let sent = self
            .update_limit(limit)
            .update_expression("SET free_at = :until, held_until = :until")
            .condition_expression("attribute_not_exists(free_at) OR free_at < :until")
            .expression_attribute_values(":until", whole(until.as_microsecond()))
            .send()
            .await;
        match sent {
            Err(error) if !is_refused(&error) => Err(failure::store("hold a limit")(error)),
            _ => Ok(()),
        }
    }

    pub(super) async fn read_limit(&self, limit: &str) -> Result<Option<Limit>, StoreError> {
        let found = self.control(LIMIT, limit).await?;
        found.map(|item| read(limit, &item)).transpose()
    }

    pub(super) async fn write_change(
        &self,
        limit: &str,
        change: Change,
        changer: &Changer,
    ) -> Result<(), StoreError> {
        let pause = match change {
            Change::Pause => "SET paused = :yes, changed_by = :by, changed_at = :at",
            Change::Resume => "REMOVE paused SET changed_by = :by, changed_at = :at",
            Change::Set(_) | Change::Unset => return self.set_rate(limit, change, changer).await,
        };
        let mut update = self.update_by(limit, changer).update_expression(pause);
        if change == Change::Pause {
            update = update.expression_attribute_values(":yes", AttributeValue::Bool(true));
        }
        let written = update.send().await;
        written.map(drop).map_err(failure::store(CHANGE))
    }

    /// Read, changed, and written if no slot was taken in between.
    async fn set_rate(
        &self,
        limit: &str,
        change: Change,
        changer: &Changer,
    ) -> Result<(), StoreError> {
        for _ in 0..TURNS {
            let mut known = self.read_limit(limit).await?.unwrap_or_default();
            let before = known.free_at;
            known.change(change, changer);
            let mut expression = "SET changed_by = :by, changed_at = :at".to_owned();
            let mut update = self.update_by(limit, changer);
            if let (Some(before), Some(free)) = (before, known.free_at) {
                expression.push_str(", free_at = :free");
                update = update
                    .condition_expression("free_at = :before")
                    .expression_attribute_values(":before", whole(before))
                    .expression_attribute_values(":free", whole(free));
            } else {
                update = update.condition_expression("attribute_not_exists(free_at)");
            }
            match known.set_interval {
                Some(interval) => {
                    expression.push_str(", set_interval = :interval");
                    update = update.expression_attribute_values(":interval", whole(interval));
                }
                None => expression.push_str(" REMOVE set_interval"),
            }
            match update.update_expression(expression).send().await {
                Err(error) if is_refused(&error) => {}
                written => return written.map(drop).map_err(failure::store(CHANGE)),
            }
        }
        Err(outrun(CHANGE))
    }

    fn update_by(&self, limit: &str, changer: &Changer) -> UpdateItemFluentBuilder {
        let at = changer.at.as_microsecond();
        self.update_limit(limit)
            .expression_attribute_values(":by", text(&changer.operator))
            .expression_attribute_values(":at", whole(at))
    }
}

fn read(limit: &str, item: &Item) -> Result<Limit, StoreError> {
    let what = &what(limit);
    Ok(Limit {
        free_at: field(item, what, "free_at")?,
        held_until: field(item, what, "held_until")?,
        configured_interval: field(item, what, "configured_interval")?,
        set_interval: field(item, what, "set_interval")?,
        paused: field::<Option<bool>>(item, what, "paused")?.unwrap_or(false),
        changed_by: field(item, what, "changed_by")?,
        changed_at: field(item, what, "changed_at")?,
    })
}

fn what(limit: &str) -> String {
    format!("the limit `{limit}`")
}

fn time(limit: &str, microseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(microseconds).map_err(|error| corrupt(&what(limit), error))
}

fn outrun(verb: &'static str) -> StoreError {
    StoreError::Busy {
        verb,
        source: format!("others were faster {TURNS} times").into(),
    }
}

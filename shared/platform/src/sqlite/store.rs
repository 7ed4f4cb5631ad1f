//! The store in tables.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use registration::chain::StoredEvent;
use registration::claim::{Claim, Holder, Thing};
use registration::patience::later;
use registration::{AccountId, RegistrationId, Status};
use rusqlite::{Connection, OptionalExtension, Result, params};

use super::Sqlite;
use super::claims;
use super::lane::all_or_nothing;
use super::limits;
use super::row::{COLUMNS, read_event, read_row};
use super::written::{count_numbers, count_parked, has_event, insert_event, taken, write_row};
use crate::allowance::{Allowance, Spent};
use crate::callback::Callback;
use crate::limit::{Change, Changer, Limit};
use crate::limiter::{Refusal, Slot};
use crate::store::{Append, Begun, KEY_LIVES, Key, PAGE, Page, Row, RowQuery, Store, StoreError};
use crate::token::{Token, TokenHash};

#[async_trait]
impl Store for Sqlite {
    async fn history(&self, id: &RegistrationId) -> Result<Vec<StoredEvent>, StoreError> {
        let id = id.clone();
        self.read("read a history", move |connection| {
            connection
                .prepare_cached(
                    "SELECT seq, time, actor, version, trace, facts, hash
                     FROM events WHERE registration_id = ?1 ORDER BY seq",
                )?
                .query_map(params![id.as_str()], read_event)?
                .collect()
        })
        .await
    }

    async fn begin(&self, append: Append, key: Option<Key>) -> Result<Begun, StoreError> {
        self.write("begin a history", move |connection| {
            if let Some(key) = &key
                && let Some(begun) = known_key(connection, key, append.event.time)?
            {
                return Ok(begun);
            }
            if exists(connection, &append.row.id)? {
                return Ok(Begun::Exists);
            }
            if !claims::take(connection, &append.claims)? {
                return Ok(Begun::Claimed);
            }
            insert_event(connection, &append)?;
            write_row(connection, &append.row)?;
            if let Some(key) = &key {
                set_control(connection, &key_name(key), &key_value(key, &append.row.id))?;
            }
            Ok(Begun::New)
        })
        .await
    }

    async fn used_key(&self, key: &Key, now: Timestamp) -> Result<Option<Begun>, StoreError> {
        let key = key.clone();
        self.read("read a key", move |connection| {
            known_key(connection, &key, now)
        })
        .await
    }

    async fn append(&self, append: Append) -> Result<(), StoreError> {
        self.append_together(vec![append]).await
    }

    async fn append_together(&self, appends: Vec<Append>) -> Result<(), StoreError> {
        let refused = self
            .write("append an event", move |connection| {
                // Before anything is changed: a refusal then leaves nothing to undo.
                for append in &appends {
                    if !claims::may_take(connection, &append.claims)? {
                        return Ok(Some(StoreError::Claimed(append.row.id.clone())));
                    }
                    if has_event(connection, append)? {
                        return Ok(Some(taken(append)));
                    }
                }
                for append in &appends {
                    insert_event(connection, append)?;
                    if !append.leaves_row {
                        write_row(connection, &append.row)?;
                    }
                    count_numbers(connection, append)?;
                    count_parked(connection, append)?;
                    claims::take(connection, &append.claims)?;
                }
                Ok(None)
            })
            .await?;
        refused.map_or(Ok(()), Err)
    }

    async fn holders(&self, things: &[Thing]) -> Result<Vec<Option<Holder>>, StoreError> {
        let things = things.to_vec();
        self.read("read who has something", move |connection| {
            let mut things = things.iter();
            things.try_fold(Vec::new(), |mut holders, thing| {
                holders.push(claims::holder(connection, thing)?);
                Ok(holders)
            })
        })
        .await
    }

    async fn listed(&self, under: &str) -> Result<Vec<Holder>, StoreError> {
        let under = under.to_owned();
        self.read("list who has something", move |connection| {
            claims::listed(connection, &under)
        })
        .await
    }

    async fn claim(&self, claim: &Claim) -> Result<Option<Holder>, StoreError> {
        let claim = claim.clone();
        self.write("claim", move |connection| {
            match claims::take(connection, std::slice::from_ref(&claim))? {
                true => Ok(None),
                false => claims::holder(connection, &claim.thing),
            }
        })
        .await
    }

    async fn project(&self, row: &Row) -> Result<(), StoreError> {
        let row = row.clone();
        self.write("move a row", move |connection| write_row(connection, &row))
            .await
    }

    async fn row(&self, id: &RegistrationId) -> Result<Option<Row>, StoreError> {
        let id = id.clone();
        self.read("read a row", move |connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM registrations WHERE id = ?1"
                ))?
                .query_row(params![id.as_str()], read_row)
                .optional()
        })
        .await
    }

    async fn rows(&self, query: &RowQuery) -> Result<Page, StoreError> {
        let query = query.clone();
        let most = query.most.clamp(1, PAGE);
        let rows = self
            .read("list registrations", move |connection| {
                // One more than asked for tells whether there is a next page.
                connection
                    .prepare_cached(&format!(
                        "SELECT {COLUMNS} FROM registrations
                         WHERE parent IS NULL AND (?1 IS NULL OR account = ?1)
                           AND (?2 IS NULL OR status = ?2) AND (?3 IS NULL OR id < ?3)
                         ORDER BY id DESC LIMIT ?4"
                    ))?
                    .query_map(
                        params![
                            query.account.as_ref().map(|account| account.as_str()),
                            query.status.map(Status::name),
                            query.after.as_ref().map(RegistrationId::as_str),
                            most + 1
                        ],
                        read_row,
                    )?
                    .collect()
            })
            .await?;
        Ok(page(rows, most))
    }

    async fn numbers(
        &self,
        parent: &RegistrationId,
        after: Option<&RegistrationId>,
    ) -> Result<Page, StoreError> {
        // A number's id is its parent's id, `-`, and its place; `.` comes next
        // after `-` in ASCII.
        let from = after.map_or_else(|| format!("{parent}-"), ToString::to_string);
        let to = format!("{parent}.");
        let rows = self
            .read("list numbers", move |connection| {
                connection
                    .prepare_cached(&format!(
                        "SELECT {COLUMNS} FROM registrations
                         WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3"
                    ))?
                    .query_map(params![from, to, PAGE + 1], read_row)?
                    .collect()
            })
            .await?;
        Ok(page(rows, PAGE))
    }

    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<Row>, StoreError> {
        self.read("list what is due", move |connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM registrations
                     WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2"
                ))?
                .query_map(params![now.as_millisecond(), most], read_row)?
                .collect()
        })
        .await
    }

    async fn postpone(
        &self,
        id: &RegistrationId,
        seq: u64,
        due_at: Timestamp,
        last_error: Option<&str>,
    ) -> Result<bool, StoreError> {
        let (id, last_error) = (id.clone(), last_error.map(str::to_owned));
        self.write("postpone", move |connection| {
            let moved = connection
                .prepare_cached(
                    "UPDATE registrations SET due_at = ?3, last_error = coalesce(?4, last_error)
                     WHERE id = ?1 AND seq = ?2",
                )?
                .execute(params![
                    id.as_str(),
                    seq,
                    due_at.as_millisecond(),
                    last_error
                ])?;
            Ok(moved > 0)
        })
        .await
    }

    async fn reserve(
        &self,
        limit: &str,
        interval: Duration,
        longest_wait: Duration,
        now: Timestamp,
    ) -> Result<Result<Slot, Refusal>, StoreError> {
        let key = limits::key(limit);
        self.write("reserve a slot", move |connection| {
            let mut limit = limits::read(connection, &key)?.unwrap_or_default();
            let taken = limit.take(interval, longest_wait, now);
            if taken.is_ok() {
                limits::write(connection, &key, &limit)?;
            }
            Ok(taken)
        })
        .await
    }

    async fn hold(&self, limit: &str, until: Timestamp) -> Result<(), StoreError> {
        let key = limits::key(limit);
        self.write("hold a limit", move |connection| {
            let mut limit = limits::read(connection, &key)?.unwrap_or_default();
            if limit.hold(until) {
                limits::write(connection, &key, &limit)?;
            }
            Ok(())
        })
        .await
    }

    async fn limit(&self, limit: &str) -> Result<Option<Limit>, StoreError> {
        let key = limits::key(limit);
        self.read("read a limit", move |c| limits::read(c, &key))
            .await
    }

    async fn change_limit(
        &self,
        limit: &str,
        change: Change,
        changer: &Changer,
    ) -> Result<(), StoreError> {
        let (key, changer) = (limits::key(limit), changer.clone());
        self.write("change a limit", move |connection| {
            let mut limit = limits::read(connection, &key)?.unwrap_or_default();
            limit.change(change, &changer);
            limits::write(connection, &key, &limit)
        })
        .await
    }

    async fn spend(
        &self,
        allowance: &Allowance,
        now: Timestamp,
    ) -> Result<Result<(), Timestamp>, StoreError> {
        let allowance = allowance.clone();
        self.write("use an allowance", move |connection| {
            let key = format!("allowance/{}", allowance.name);
            let known = control(connection, &key)?;
            let mut spent: Spent = known.map_or_else(
                || Ok(Spent::default()),
                |value| serde_json::from_str(&value).map_err(unreadable),
            )?;
            let used = spent.spend(&allowance, now);
            if used.is_ok() {
                let value = serde_json::to_string(&spent).map_err(unreadable)?;
                set_control(connection, &key, &value)?;
            }
            Ok(used)
        })
        .await
    }

    async fn token(&self, hash: &TokenHash) -> Result<Option<Token>, StoreError> {
        let key = format!("token/{}", hash.as_str());
        let value = self.read("read a token", move |c| control(c, &key)).await?;
        value.map(|value| parse_token(&value)).transpose()
    }

    async fn add_token(&self, hash: &TokenHash, token: &Token) -> Result<(), StoreError> {
        let key = format!("token/{}", hash.as_str());
        let value = serde_json::to_string(token)
            .map_err(|error| StoreError::Corrupt(format!("a token: {error}")))?;
        self.write("add a token", move |c| set_control(c, &key, &value))
            .await
    }

    async fn revoke_tokens(&self, name: &str) -> Result<u64, StoreError> {
        let name = name.to_owned();
        let rows = self
            .write("revoke a token", move |connection| {
                connection.execute(
                    "DELETE FROM controls WHERE key GLOB 'token/*' AND value ->> 'name' = ?1",
                    params![name],
                )
            })
            .await?;
        Ok(rows as u64)
    }

    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        let values: Vec<String> = self
            .read("list tokens", move |connection| {
                connection
                    .prepare("SELECT value FROM controls WHERE key GLOB 'token/*' ORDER BY value ->> 'name'")?
                    .query_map([], |row| row.get(0))?
                    .collect()
            })
            .await?;
        values.iter().map(|value| parse_token(value)).collect()
    }

    async fn callback(&self, account: &AccountId) -> Result<Option<Callback>, StoreError> {
        self.read_callback(account).await
    }

    async fn set_callback(
        &self,
        account: &AccountId,
        callback: &Callback,
    ) -> Result<(), StoreError> {
        self.write_callback(account, callback).await
    }

    async fn remove_callback(&self, account: &AccountId) -> Result<(), StoreError> {
        self.delete_callback(account).await
    }
}

impl Sqlite {
    pub(super) async fn read<T: Send + 'static>(
        &self,
        verb: &'static str,
        job: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers
            .run(job)
            .await
            .map_err(|source| failed(verb, source))
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        verb: &'static str,
        job: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer
            .run(move |connection| all_or_nothing(connection, job))
            .await
            .map_err(|source| failed(verb, source))
    }
}

fn failed(verb: &'static str, source: rusqlite::Error) -> StoreError {
    match source {
        rusqlite::Error::FromSqlConversionFailure(_, _, source) => {
            StoreError::Corrupt(source.to_string())
        }
        // A value that no program of ours wrote: to try again would not help.
        source @ (rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..)) => StoreError::Corrupt(source.to_string()),
        source => StoreError::Failed {
            verb,
            source: source.into(),
        },
    }
}

fn exists(connection: &Connection, id: &RegistrationId) -> Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM events WHERE registration_id = ?1)")?
        .query_row(params![id.as_str()], |row| row.get(0))
}

pub(super) fn control(connection: &Connection, key: &str) -> Result<Option<String>> {
    connection
        .prepare_cached("SELECT value FROM controls WHERE key = ?1")?
        .query_row(params![key], |row| row.get(0))
        .optional()
}

pub(super) fn set_control(connection: &Connection, key: &str, value: &str) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO controls (key, value) VALUES (?1, ?2)
             ON CONFLICT (key) DO UPDATE SET value = ?2",
        )?
        .execute(params![key, value])?;
    Ok(())
}

fn key_name(key: &Key) -> String {
    format!("idempotency/{}/{}", key.account, key.key)
}

fn key_value(key: &Key, id: &RegistrationId) -> String {
    format!("{} {id}", key.body)
}

/// A key lives as long as its registration is young.
fn known_key(connection: &Connection, key: &Key, now: Timestamp) -> Result<Option<Begun>> {
    let known = control(connection, &key_name(key))?;
    let Some((body, id)) = known.as_deref().and_then(|value| value.split_once(' ')) else {
        return Ok(None);
    };
    let begun: Option<i64> = connection
        .prepare_cached("SELECT time FROM events WHERE registration_id = ?1 AND seq = 1")?
        .query_row(params![id], |row| row.get(0))
        .optional()?;
    let begun = begun.and_then(|begun| Timestamp::from_millisecond(begun).ok());
    if begun.is_some_and(|begun| later(begun, KEY_LIVES) < now) {
        return Ok(None);
    }
    Ok(Some(match RegistrationId::parse(id) {
        Ok(id) if body == key.body => Begun::Repeated(id),
        _ => Begun::KeyTaken,
    }))
}

fn parse_token(value: &str) -> Result<Token, StoreError> {
    serde_json::from_str(value).map_err(|error| StoreError::Corrupt(format!("a token: {error}")))
}

pub(super) fn unreadable(source: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, source.into())
}

fn page(mut rows: Vec<Row>, most: usize) -> Page {
    let more = rows.len() > most;
    rows.truncate(most);
    let next = if more {
        rows.last().map(|row| row.id.clone())
    } else {
        None
    };
    Page { rows, next }
}

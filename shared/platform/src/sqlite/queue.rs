//! The queue in a table.
//!
//! Accounts take turns, whatever each has queued. A message gets its turn when it is sent:
//! the one after the last of its line, or the queue's own where the line is empty; the
//! lowest visible turn is received first (start-time fair queuing). An account has two
//! lines in a queue: what it submits, and looks at what is submitted.

use std::time::Duration;

use async_trait::async_trait;
use registration::patience::later;
use rusqlite::{Connection, Result, params};

use super::Sqlite;
use super::lane::all_or_nothing;
use crate::message::{Cause, Message};
use crate::queue::{
    Dead, DeadLetter, Delivery, Depth, MAX_RECEIVES, Outgoing, Queue, QueueError, Receipt,
};

#[async_trait]
impl Queue for Sqlite {
    async fn send(&self, messages: &[Outgoing]) -> Result<(), QueueError> {
        let now = self.clock.now();
        let rows: Vec<(&'static str, String, i64, String)> = messages
            .iter()
            .map(|outgoing| {
                let body = outgoing.message.write()?;
                let visible_at = later(now, outgoing.delay).as_millisecond();
                let line = line(&outgoing.message);
                Ok((outgoing.message.function(), body, visible_at, line))
            })
            .collect::<Result<_, QueueError>>()?;
        self.writer
            .run(move |connection| {
                all_or_nothing(connection, |connection| {
                    let mut insert = connection.prepare_cached(
                        "INSERT INTO messages (queue, body, visible_at, line, turn)
                         VALUES (?1, ?2, ?3, ?4, MAX(
                             COALESCE((SELECT turn FROM turns WHERE queue = ?1), 0),
                             COALESCE((SELECT MAX(turn) + 1 FROM messages
                                       WHERE queue = ?1 AND line = ?4), 0)))",
                    )?;
                    for (queue, body, visible_at, line) in &rows {
                        insert.execute(params![queue, body, visible_at, line])?;
                    }
                    Ok(())
                })
            })
            .await
            .map_err(|source| failed("send", source))?;
        self.sent.notify_waiters();
        Ok(())
    }

    async fn receive(
        &self,
        function: &str,
        most: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Delivery>, QueueError> {
        // Listening begins before looking, so that nothing sent in between is
        // slept through.
        let sent = self.sent.notified();
        if self.any_visible(function).await? {
            return self.take(function, most, visibility).await;
        }
        // A timer of no time is a millisecond.
        if wait.is_zero() {
            return Ok(Vec::new());
        }
        let _ = tokio::time::timeout(wait, sent).await;
        if self.any_visible(function).await? {
            return self.take(function, most, visibility).await;
        }
        Ok(Vec::new())
    }

    async fn acknowledge(&self, receipt: &Receipt) -> Result<(), QueueError> {
        let Some((id, receives)) = read(receipt) else {
            return Ok(());
        };
        self.writer
            .run(move |connection| {
                connection
                    .prepare_cached("DELETE FROM messages WHERE id = ?1 AND receives = ?2")?
                    .execute(params![id, receives])
            })
            .await
            .map_err(|source| failed("acknowledge", source))?;
        Ok(())
    }

    async fn depth(&self, function: &str) -> Result<Depth, QueueError> {
        let (function, now) = (function.to_owned(), self.clock.now().as_millisecond());
        self.readers
            .run(move |connection| {
                connection
                    .prepare_cached(
                        "SELECT
                             COUNT(*) FILTER (WHERE dead = 0 AND visible_at <= ?2),
                             COUNT(*) FILTER (WHERE dead = 0 AND visible_at > ?2 AND receives > 0),
                             COUNT(*) FILTER (WHERE dead = 0 AND visible_at > ?2 AND receives = 0),
                             COUNT(*) FILTER (WHERE dead = 1)
                         FROM messages WHERE queue = ?1",
                    )?
                    .query_row(params![function, now], |row| {
                        Ok(Depth {
                            waiting: count(row.get(0)?),
                            in_flight: count(row.get(1)?),
                            delayed: count(row.get(2)?),
                            dead: count(row.get(3)?),
                        })
                    })
            })
            .await
            .map_err(|source| failed("count", source))
    }

    async fn dead_letters(
        &self,
        function: &str,
        most: usize,
    ) -> Result<Vec<DeadLetter>, QueueError> {
        let (function, most) = (function.to_owned(), i64::try_from(most).unwrap_or(i64::MAX));
        self.readers
            .run(move |connection| {
                connection
                    .prepare_cached(
                        "SELECT body, receives FROM messages
                         WHERE queue = ?1 AND dead = 1 ORDER BY id LIMIT ?2",
                    )?
                    .query_map(params![function, most], |row| {
                        Ok(DeadLetter {
                            body: row.get(0)?,
                            receives: row.get(1)?,
                        })
                    })?
                    .collect()
            })
            .await
            .map_err(|source| failed("list dead letters", source))
    }

    /// What is there is seen at once: there is nothing to wait for.
    async fn take_dead(
        &self,
        function: &str,
        most: usize,
        visibility: Duration,
        _wait: Duration,
    ) -> Result<Vec<Dead>, QueueError> {
        let (function, now) = (function.to_owned(), self.clock.now());
        let hidden_until = later(now, visibility).as_millisecond();
        let (now, most) = (
            now.as_millisecond(),
            i64::try_from(most).unwrap_or(i64::MAX),
        );
        self.writer
            .run(move |connection| {
                connection
                    .prepare_cached(
                        "UPDATE messages SET visible_at = ?3, receives = receives + 1
                         WHERE id IN (SELECT id FROM messages
                                      WHERE queue = ?1 AND dead = 1 AND visible_at <= ?2
                                      ORDER BY id LIMIT ?4)
                         RETURNING id, body, receives",
                    )?
                    .query_map(params![function, now, hidden_until, most], |row| {
                        let body: String = row.get(1)?;
                        Ok(Dead {
                            message: Message::read(&body),
                            receipt: receipt(row.get(0)?, row.get(2)?),
                        })
                    })?
                    .collect()
            })
            .await
            .map_err(|source| failed("take dead letters", source))
    }
}

impl Sqlite {
    async fn any_visible(&self, function: &str) -> Result<bool, QueueError> {
        let (function, now) = (function.to_owned(), self.clock.now().as_millisecond());
        self.readers
            .run(move |connection| {
                connection
                    .prepare_cached(
                        "SELECT EXISTS (SELECT 1 FROM messages
                         WHERE queue = ?1 AND dead = 0 AND visible_at <= ?2)",
                    )?
                    .query_row(params![function, now], |row| row.get(0))
            })
            .await
            .map_err(|source| failed("look for messages", source))
    }

    async fn take(
        &self,
        function: &str,
        most: usize,
        visibility: Duration,
    ) -> Result<Vec<Delivery>, QueueError> {
        let (function, now) = (function.to_owned(), self.clock.now());
        let hidden_until = later(now, visibility).as_millisecond();
        let (now, most) = (
            now.as_millisecond(),
            i64::try_from(most).unwrap_or(i64::MAX),
        );
        self.writer
            .run(move |connection| {
                let mut turn = 0;
                let taken: Vec<(i64, String, u32)> = connection
                    .prepare_cached(
                        "UPDATE messages SET visible_at = ?3, receives = receives + 1
                         WHERE id IN (SELECT id FROM messages INDEXED BY messages_turn
                                      WHERE queue = ?1 AND dead = 0 AND visible_at <= ?2
                                      ORDER BY turn, visible_at LIMIT ?4)
                         RETURNING id, body, receives, turn",
                    )?
                    .query_map(params![function, now, hidden_until, most], |row| {
                        turn = row.get::<_, i64>(3)?.max(turn);
                        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                    })?
                    .collect::<Result<_>>()?;
                connection
                    .prepare_cached(
                        "INSERT INTO turns (queue, turn) VALUES (?1, ?2)
                         ON CONFLICT (queue) DO UPDATE SET turn = ?2 WHERE turn < ?2",
                    )?
                    .execute(params![function, turn])?;
                taken
                    .into_iter()
                    .filter_map(|row| deliver(connection, row).transpose())
                    .collect()
            })
            .await
            .map_err(|source| failed("receive", source))
    }
}

/// The line of a message in its queue: its account's submissions, or its account's looks,
/// which somebody waits for and which cost little.
fn line(message: &Message) -> String {
    let looks = match message.cause {
        Cause::Look | Cause::Webhook => "looks",
        Cause::Next | Cause::Retry | Cause::Rescue | Cause::Callback => "",
    };
    format!("{}/{looks}", message.account)
}

/// A taken message, or none if it has been taken too often and is dead now.
fn deliver(
    connection: &Connection,
    (id, body, receives): (i64, String, u32),
) -> Result<Option<Delivery>> {
    if receives > MAX_RECEIVES {
        connection
            .prepare_cached(
                "UPDATE messages SET dead = 1, receives = receives - 1, visible_at = 0
                 WHERE id = ?1",
            )?
            .execute(params![id])?;
        return Ok(None);
    }
    Ok(Some(Delivery {
        message: Message::read(&body),
        receipt: receipt(id, receives),
        receives,
    }))
}

fn receipt(id: i64, receives: u32) -> Receipt {
    Receipt(format!("{id}:{receives}"))
}

/// A receipt holds the message's id and how often it had been received: once it
/// has been given to another, an old receipt acknowledges nothing.
fn read(receipt: &Receipt) -> Option<(i64, u32)> {
    let (id, receives) = receipt.0.split_once(':')?;
    Some((id.parse().ok()?, receives.parse().ok()?))
}

fn count(rows: i64) -> u64 {
    u64::try_from(rows).unwrap_or_default()
}

fn failed(verb: &'static str, source: rusqlite::Error) -> QueueError {
    QueueError {
        verb,
        source: source.into(),
    }
}

//! What one append writes: its event, its row, and the counts of its order.

use jiff::Timestamp;
use registration::RegistrationId;
use registration::facts::NumberEnd;
use rusqlite::{Connection, Result, params};

use crate::planted::{self, Bug};
use crate::store::{Append, NumbersCount, Row, StoreError};

pub(super) fn insert_event(connection: &Connection, append: &Append) -> Result<()> {
    let event = &append.event;
    connection
        .prepare_cached(
            "INSERT INTO events (registration_id, seq, time, actor, version, trace, facts, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            append.row.id.as_str(),
            event.seq,
            event.time.as_millisecond(),
            event.actor.as_str(),
            event.version,
            event.trace.as_str(),
            event.facts.to_string(),
            event.hash.as_str(),
        ])?;
    Ok(())
}

pub(super) fn has_event(connection: &Connection, append: &Append) -> Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM events WHERE registration_id = ?1 AND seq = ?2")?
        .exists(params![append.row.id.as_str(), append.event.seq])
}

pub(super) fn taken(append: &Append) -> StoreError {
    StoreError::Taken {
        registration: append.row.id.clone(),
        seq: append.event.seq,
    }
}

pub(super) fn write_row(connection: &Connection, row: &Row) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO registrations (id, account, parent, status, step, round, seq, due_at,
                 awaits_answer, last_error, received_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT (id) DO UPDATE SET status = ?4, step = ?5, round = ?6, seq = ?7,
                 due_at = ?8, awaits_answer = ?9, last_error = ?10, updated_at = ?12
             WHERE seq < ?7",
        )?
        .execute(params![
            row.id.as_str(),
            row.account.as_str(),
            row.parent.as_ref().map(RegistrationId::as_str),
            row.status.name(),
            row.step.map(|step| step.name()),
            row.round.get(),
            row.seq,
            row.due_at.map(Timestamp::as_millisecond),
            row.awaits_answer,
            row.last_error,
            row.received_at.as_millisecond(),
            row.updated_at.as_millisecond(),
        ])?;
    Ok(())
}

pub(super) fn count_numbers(connection: &Connection, append: &Append) -> Result<()> {
    match &append.numbers {
        NumbersCount::Unchanged => {}
        NumbersCount::Opens(count) => {
            connection
                .prepare_cached("UPDATE registrations SET open_numbers = ?2 WHERE id = ?1")?
                .execute(params![append.row.id.as_str(), count])?;
        }
        NumbersCount::Closes { parent, refused } => {
            let one = 1 + u32::from(planted::is(Bug::CountedTwice));
            connection
                .prepare_cached(
                    "UPDATE registrations SET open_numbers = max(0, open_numbers - ?3),
                         refused_numbers = refused_numbers + ?2 WHERE id = ?1",
                )?
                .execute(params![parent.as_str(), refused, one])?;
        }
        NumbersCount::Cancels { parent, counted } => {
            connection
                .prepare_cached(
                    "UPDATE registrations SET cancelled_numbers = cancelled_numbers + 1,
                         open_numbers = max(0, open_numbers - ?2),
                         refused_numbers = max(0, refused_numbers - ?3) WHERE id = ?1",
                )?
                .execute(params![
                    parent.as_str(),
                    counted.is_none(),
                    *counted == Some(NumberEnd::Refused)
                ])?;
        }
        NumbersCount::Reopens { parent, refused } => {
            connection
                .prepare_cached(
                    "UPDATE registrations SET open_numbers = open_numbers + 1,
                         refused_numbers = max(0, refused_numbers - ?2) WHERE id = ?1",
                )?
                .execute(params![parent.as_str(), refused])?;
        }
        NumbersCount::OpensEnds(count) => {
            connection
                .prepare_cached("UPDATE registrations SET open_ends = ?2 WHERE id = ?1")?
                .execute(params![append.row.id.as_str(), count])?;
        }
        NumbersCount::ClosesEnd { parent } => {
            connection
                .prepare_cached(
                    "UPDATE registrations SET open_ends = max(0, open_ends - 1) WHERE id = ?1",
                )?
                .execute(params![parent.as_str()])?;
        }
    }
    Ok(())
}

pub(super) fn count_parked(connection: &Connection, append: &Append) -> Result<()> {
    let Some(parent) = append.row.parent.as_ref().filter(|_| append.parked != 0) else {
        return Ok(());
    };
    connection
        .prepare_cached(
            "UPDATE registrations SET parked_numbers = max(0, parked_numbers + ?2) WHERE id = ?1",
        )?
        .execute(params![parent.as_str(), append.parked])?;
    Ok(())
}

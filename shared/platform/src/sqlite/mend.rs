//! Looking through the file, and mending what is made from histories.

use registration::RegistrationId;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::written::write_row;
use super::{OpenError, Sqlite, connect};
use crate::check::Counted;
use crate::store::{Row, StoreError};

/// What SQLite finds is told up to so many lines.
const FOUND: i64 = 100;

/// Whether SQLite finds the file whole, as far as it gets in this time
/// (`PRAGMA quick_check`). The first thing that it finds wrong; none: nothing.
pub async fn quick_check(path: &Path, longest: Duration) -> Result<Option<String>, OpenError> {
    let failed = |source| OpenError::File {
        path: path.display().to_string(),
        source,
    };
    let connection = connect(path).map_err(failed)?;
    let interrupt = connection.get_interrupt_handle();
    let look = move || {
        let first = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
        connection.query_row("PRAGMA quick_check(1)", [], first)
    };
    let mut looking = tokio::task::spawn_blocking(look);
    let looked = match tokio::time::timeout(longest, &mut looking).await {
        Ok(looked) => looked,
        Err(_) => {
            interrupt.interrupt();
            return Ok(None);
        }
    };
    match looked {
        Ok(Ok(found)) => Ok(Some(found).filter(|found| found != "ok")),
        Ok(Err(error)) => Ok(Some(error.to_string())),
        // The thread is gone with the process.
        Err(_) => Ok(None),
    }
}

impl Sqlite {
    /// What SQLite itself finds wrong with the file (`PRAGMA integrity_check`); nothing,
    /// if it is whole. Reads all of it.
    pub async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        let look = |connection: &Connection| {
            let mut found = Vec::new();
            connection.pragma(None, "integrity_check", FOUND, |row| {
                found.push(row.get::<_, String>(0)?);
                Ok(())
            })?;
            found.retain(|line| line != "ok");
            Ok(found)
        };
        self.read("look through the file", look).await
    }

    /// Histories that have no row, after this one, up to `most`.
    pub async fn rowless(
        &self,
        after: Option<&RegistrationId>,
        most: u32,
    ) -> Result<Vec<RegistrationId>, StoreError> {
        let after = after.map_or(String::new(), |id| id.as_str().to_owned());
        let list = move |connection: &Connection| {
            let mut query = connection.prepare_cached(
                "SELECT DISTINCT registration_id FROM events WHERE registration_id > ?1
                     AND registration_id NOT IN (SELECT id FROM registrations)
                 ORDER BY registration_id LIMIT ?2",
            )?;
            let ids = query.query_map(params![after, most], |row| row.get::<_, String>(0))?;
            ids.collect::<rusqlite::Result<Vec<_>>>()
        };
        let ids = self.read("list histories without a row", list).await?;
        let id = |id: String| {
            RegistrationId::parse(&id).map_err(|_| StoreError::Corrupt(format!("the id {id}")))
        };
        ids.into_iter().map(id).collect()
    }

    /// Makes a row say this, as its history does, if it still stands at the same event.
    /// Whether it did.
    pub async fn mend_row(&self, row: &Row) -> Result<bool, StoreError> {
        let row = row.clone();
        let mend = move |connection: &Connection| {
            let seq = connection
                .prepare_cached("SELECT seq FROM registrations WHERE id = ?1")?
                .query_row(params![row.id.as_str()], |found| found.get::<_, u64>(0))
                .optional()?;
            if seq.is_some_and(|seq| seq != row.seq) {
                return Ok(false);
            }
            connection
                .prepare_cached(
                    "UPDATE registrations SET seq = seq - 1, account = ?2, parent = ?3
                     WHERE id = ?1",
                )?
                .execute(params![
                    row.id.as_str(),
                    row.account.as_str(),
                    row.parent.as_ref().map(RegistrationId::as_str)
                ])?;
            write_row(connection, &row)?;
            Ok(true)
        };
        self.write("mend a row", mend).await
    }

    /// Makes an order count this, if it still counts what it was found to. Whether it did.
    pub async fn mend_counts(
        &self,
        order: &RegistrationId,
        told: Counted,
        truly: Counted,
    ) -> Result<bool, StoreError> {
        let order = order.clone();
        let mend = move |connection: &Connection| {
            let changed = connection
                .prepare_cached(
                    "UPDATE registrations SET open_numbers = ?2, refused_numbers = ?3,
                         cancelled_numbers = ?4, parked_numbers = ?5, open_ends = ?6
                     WHERE id = ?1 AND open_numbers = ?7 AND refused_numbers = ?8
                         AND cancelled_numbers = ?9 AND parked_numbers = ?10
                         AND open_ends = ?11",
                )?
                .execute(params![
                    order.as_str(),
                    truly.open,
                    truly.refused,
                    truly.cancelled,
                    truly.parked,
                    truly.ends,
                    told.open,
                    told.refused,
                    told.cancelled,
                    told.parked,
                    told.ends
                ])?;
            Ok(changed == 1)
        };
        self.write("mend an order's counters", mend).await
    }
}

//! The embedded default: store and queue in one SQLite file.
//!
//! WAL and `synchronous=FULL`: what a call has returned from is on the disk.
//! One thread writes (`lane.rs`); it commits whatever is queued at once, so that
//! many registrations share one sync. Others read in parallel.

mod backup;
mod callbacks;
mod claims;
mod lane;
mod limits;
mod mend;
mod queue;
mod row;
mod store;
mod written;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::Notify;

use lane::Lane;

pub use backup::{BackupError, backup};
pub use mend::quick_check;

use crate::store::StoreError;

/// How long a statement waits for another process's lock.
const BUSY: Duration = Duration::from_secs(10);

/// Threads that read.
const READERS: usize = 2;

/// The file's version from which on claims are kept.
const CLAIMS: i64 = 1;

/// The latest version of the file that this program knows.
const KNOWN: i64 = CLAIMS;

/// Marks the file as registrar's (`PRAGMA application_id`): `rgst`.
const OURS: i64 = 0x7267_7374;

const SCHEMA: &str = include_str!("schema.sql");

/// A store and a queue in one file.
#[derive(Clone)]
pub struct Sqlite {
    writer: Lane,
    readers: Lane,
    clock: Arc<dyn crate::Clock>,
    sent: Arc<Notify>,
}

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// SQLite cannot work with it.
    #[error(
        "the data file {path} cannot be opened: check that it is registrar's and may be written"
    )]
    File {
        /// Which.
        path: String,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
    /// Another version wrote it.
    #[error(
        "the data file {path} was written by a later version of registrar (its form is \
         {version}, this program knows up to {KNOWN}): run that version, or restore a copy \
         from before"
    )]
    Newer {
        /// Which.
        path: String,
        /// Its form.
        version: i64,
    },
    /// Another program wrote it.
    #[error(
        "the data file {path} is another program's database: name a file of registrar's, or a new one"
    )]
    Foreign {
        /// Which.
        path: String,
    },
    /// The system gives no thread.
    #[error("no thread can be started for the data file")]
    Thread(#[from] std::io::Error),
}

impl Sqlite {
    /// Opens or makes the file.
    pub fn open(path: &Path, clock: Arc<dyn crate::Clock>) -> Result<Self, OpenError> {
        let failed = |source| OpenError::File {
            path: path.display().to_string(),
            source,
        };
        let writer = connect(path).map_err(failed)?;
        known(&writer, path)?;
        writer.execute_batch(SCHEMA).map_err(failed)?;
        upgrade(&writer).map_err(failed)?;
        let readers = (0..READERS)
            .map(|_| connect(path))
            .collect::<Result<_, _>>();
        Ok(Self {
            writer: Lane::new(vec![writer], true)?,
            readers: Lane::new(readers.map_err(failed)?, false)?,
            clock,
            sent: Arc::new(Notify::new()),
        })
    }
}

impl Sqlite {
    /// The same in memory, without threads: gone with the last of it.
    pub fn in_memory(clock: Arc<dyn crate::Clock>) -> Result<Self, OpenError> {
        let failed = |source| OpenError::File {
            path: "in memory".to_owned(),
            source,
        };
        let connection = Connection::open_in_memory().map_err(failed)?;
        keeps_statements(&connection).map_err(failed)?;
        connection.execute_batch(SCHEMA).map_err(failed)?;
        upgrade(&connection).map_err(failed)?;
        let lane = Lane::inline(connection);
        Ok(Self {
            writer: lane.clone(),
            readers: lane,
            clock,
            sent: Arc::new(Notify::new()),
        })
    }
}

fn connect(path: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    keeps_statements(&connection)?;
    Ok(connection)
}

/// Each statement is prepared once. Without the planner's stability guarantee SQLite
/// prepares one again whenever a value changes that its plan could depend on: each
/// receive, as its index leaves dead letters out.
fn keeps_statements(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.set_prepared_statement_cache_capacity(64);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

impl Sqlite {
    /// Whether the file holds registrations from before claims were kept
    /// ([`crate::reclaim`]).
    pub async fn predates_claims(&self) -> Result<bool, StoreError> {
        let version = |connection: &Connection| {
            connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
        };
        Ok(self.read("read the file's version", version).await? < CLAIMS)
    }

    /// Their claims are made.
    pub async fn has_claims(&self) -> Result<(), StoreError> {
        let made = |connection: &Connection| connection.pragma_update(None, "user_version", CLAIMS);
        self.write("set the file's version", made).await
    }
}

/// Refuses what another version or another program wrote. Files from before there was a
/// mark have none.
fn known(file: &Connection, path: &Path) -> Result<(), OpenError> {
    let path = path.display().to_string();
    let number = |pragma: &str| {
        let value = file.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        value.map_err(|source| OpenError::File {
            path: path.clone(),
            source,
        })
    };
    let (mark, version) = (number("application_id")?, number("user_version")?);
    if mark != 0 && mark != OURS {
        return Err(OpenError::Foreign { path });
    }
    if version > KNOWN {
        return Err(OpenError::Newer { path, version });
    }
    Ok(())
}

/// Adds what a file of an earlier version lacks.
fn upgrade(writer: &Connection) -> rusqlite::Result<()> {
    let column = "SELECT 1 FROM pragma_table_info('registrations') WHERE name = ?1";
    for counter in ["open_ends", "cancelled_numbers", "parked_numbers"] {
        if !writer.prepare(column)?.exists([counter])? {
            writer.execute_batch(&format!(
                "ALTER TABLE registrations ADD COLUMN {counter} INTEGER NOT NULL DEFAULT 0"
            ))?;
        }
    }
    let column = "SELECT 1 FROM pragma_table_info('messages') WHERE name = 'turn'";
    if !writer.prepare(column)?.exists([])? {
        writer.execute_batch(
            "ALTER TABLE messages ADD COLUMN line TEXT NOT NULL DEFAULT '';
             ALTER TABLE messages ADD COLUMN turn INTEGER NOT NULL DEFAULT 0",
        )?;
    }
    writer.execute_batch(
        "CREATE INDEX IF NOT EXISTS messages_line ON messages (queue, line, turn);
         CREATE INDEX IF NOT EXISTS messages_turn ON messages (queue, turn, visible_at) WHERE dead = 0",
    )?;
    if !writer.prepare("SELECT 1 FROM events LIMIT 1")?.exists([])? {
        writer.pragma_update(None, "user_version", CLAIMS)?;
    }
    writer.pragma_update(None, "application_id", OURS)?;
    Ok(())
}

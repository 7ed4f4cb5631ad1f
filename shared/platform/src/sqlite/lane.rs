//! Threads that own connections, and jobs sent to them.
//!
//! A writing lane runs every job that is waiting inside one transaction and
//! commits them together (group commit). Each job has a savepoint of its own:
//! one that fails takes nothing of its neighbours with it. Answers are given
//! after the commit, never before.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rusqlite::{Connection, Error, Result};
use tokio::sync::oneshot;

/// Jobs that may wait at once; more callers than this wait to hand theirs in.
const WAITING: usize = 4_096;

/// Jobs that share one commit at most, so that a commit stays short.
const TOGETHER: usize = 512;

type Answer = Box<dyn FnOnce(bool) + Send>;
type Job = Box<dyn FnOnce(&Connection) -> Answer + Send>;

/// A way to run jobs on connections.
#[derive(Clone)]
pub(super) enum Lane {
    /// Handed to threads.
    Threads(async_channel::Sender<Job>),
    /// Run by whoever asks, one after the other.
    Inline(Arc<Mutex<Connection>>),
}

impl Lane {
    /// One thread for each connection. `writes`: jobs are committed in groups.
    pub(super) fn new(connections: Vec<Connection>, writes: bool) -> std::io::Result<Self> {
        let (sender, jobs) = async_channel::bounded::<Job>(WAITING);
        let (name, work): (_, fn(&Connection, &async_channel::Receiver<Job>)) = match writes {
            true => ("sqlite-writer", write),
            false => ("sqlite-reader", read),
        };
        for connection in connections {
            let jobs = jobs.clone();
            let thread = thread::Builder::new().name(name.to_owned());
            thread.spawn(move || work(&connection, &jobs))?;
        }
        Ok(Self::Threads(sender))
    }

    /// No thread: for a database in memory, where nothing waits for a disk.
    pub(super) fn inline(connection: Connection) -> Self {
        Self::Inline(Arc::new(Mutex::new(connection)))
    }

    /// Runs a job and waits for its answer (and, on a writing lane, for the
    /// commit). A job that fails has changed nothing.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let jobs = match self {
            Self::Threads(jobs) => jobs,
            Self::Inline(connection) => {
                let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                return all_or_nothing(&connection, job);
            }
        };
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let result = job(connection);
            Box::new(move |committed: bool| {
                let result = if committed {
                    result
                } else {
                    result.and(Err(not_committed()))
                };
                // Whoever asked may be gone; the work is done all the same.
                let _ = answer.send(result);
            })
        });
        jobs.send(job).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }
}

fn read(connection: &Connection, jobs: &async_channel::Receiver<Job>) {
    while let Ok(job) = jobs.recv_blocking() {
        job(connection)(true);
    }
}

fn write(connection: &Connection, jobs: &async_channel::Receiver<Job>) {
    while let Ok(first) = jobs.recv_blocking() {
        if connection.execute_batch("BEGIN IMMEDIATE").is_err() {
            // Dropped unrun: whoever asked is told, and nothing has happened.
            continue;
        }
        let mut answers = vec![first(connection)];
        // A full disk may end the transaction in the middle of a group: then
        // nothing of it is kept, and no further job joins it.
        while answers.len() < TOGETHER && !connection.is_autocommit() {
            let Ok(job) = jobs.try_recv() else { break };
            answers.push(job(connection));
        }
        let committed = connection.execute_batch("COMMIT").is_ok();
        if !committed {
            // The file refuses the commit: nothing of the group happened.
            let _ = connection.execute_batch("ROLLBACK");
        }
        for answer in answers {
            answer(committed);
        }
    }
}

/// Runs a job's statements so that a failure in the middle undoes them all.
pub(super) fn all_or_nothing<T>(
    connection: &Connection,
    job: impl FnOnce(&Connection) -> Result<T>,
) -> Result<T> {
    connection.prepare_cached("SAVEPOINT job")?.execute([])?;
    match job(connection) {
        Ok(done) => {
            connection.prepare_cached("RELEASE job")?.execute([])?;
            Ok(done)
        }
        Err(error) => {
            connection.execute_batch("ROLLBACK TO job; RELEASE job")?;
            Err(error)
        }
    }
}

fn closed() -> Error {
    Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT),
        Some("the store is closed, or its file is locked by another process".to_owned()),
    )
}

fn not_committed() -> Error {
    Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL),
        Some("the commit was refused".to_owned()),
    )
}

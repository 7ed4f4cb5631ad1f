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

/// Told why the group was not committed, if it was not.
type Answer = Box<dyn FnOnce(Option<&Error>) + Send>;
/// Handed a connection inside a transaction, or why there is none.
type Job = Box<dyn FnOnce(Result<&Connection, &Error>) -> Answer + Send>;

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
            let result = connection.map_err(again).and_then(job);
            Box::new(move |refused: Option<&Error>| {
                let result = match refused {
                    None => result,
                    Some(refused) => result.and_then(|_| Err(again(refused))),
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
        job(Ok(connection))(None);
    }
}

fn write(connection: &Connection, jobs: &async_channel::Receiver<Job>) {
    while let Ok(first) = jobs.recv_blocking() {
        if let Err(refused) = connection.execute_batch("BEGIN IMMEDIATE") {
            first(Err(&refused))(Some(&refused));
            continue;
        }
        let mut answers = vec![first(Ok(connection))];
        // A full disk may end the transaction in the middle of a group: then
        // nothing of it is kept, and no further job joins it.
        while answers.len() < TOGETHER && !connection.is_autocommit() {
            let Ok(job) = jobs.try_recv() else { break };
            answers.push(job(Ok(connection)));
        }
        let refused = connection.execute_batch("COMMIT").err();
        if refused.is_some() {
            // The file refuses the commit: nothing of the group happened.
            let _ = connection.execute_batch("ROLLBACK");
        }
        for answer in answers {
            answer(refused.as_ref());
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
            // Where the error has ended the whole transaction, there is no savepoint to
            // go back to; why it ended is what whoever asked is told.
            if !connection.is_autocommit() {
                connection.execute_batch("ROLLBACK TO job; RELEASE job")?;
            }
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

/// The same error for another who waits for the same commit.
fn again(error: &Error) -> Error {
    match error {
        Error::SqliteFailure(code, said) => Error::SqliteFailure(*code, said.clone()),
        other => Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT),
            Some(other.to_string()),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A writing lane on a file that may hold so few pages.
    fn full(folder: &std::path::Path) -> Lane {
        let connection = Connection::open(folder.join("full.db")).unwrap();
        connection
            .execute_batch("CREATE TABLE t (x); PRAGMA max_page_count = 2")
            .unwrap();
        Lane::new(vec![connection], true).unwrap()
    }

    async fn insert(lane: &Lane, bytes: usize) -> Result<()> {
        lane.run(move |connection| {
            all_or_nothing(connection, |connection| {
                connection
                    .execute("INSERT INTO t VALUES (zeroblob(?1))", [bytes])
                    .map(drop)
            })
        })
        .await
    }

    #[tokio::test]
    async fn whoever_writes_when_the_disk_is_full_is_told_so_and_all_goes_on_once_it_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let lane = full(folder.path());
        for _ in 0..3 {
            let refused = insert(&lane, 100_000).await.unwrap_err();
            assert_eq!(refused.to_string(), "database or disk is full");
        }
        lane.run(|connection| connection.execute_batch("PRAGMA max_page_count = 1000"))
            .await
            .unwrap();
        insert(&lane, 100_000).await.unwrap();
    }

    #[tokio::test]
    async fn whoever_cannot_begin_to_write_is_told_why() {
        let folder = tempfile::tempdir().unwrap();
        let lane = full(folder.path());
        let other = Connection::open(folder.path().join("full.db")).unwrap();
        other.execute_batch("BEGIN EXCLUSIVE").unwrap();
        let refused = insert(&lane, 1).await.unwrap_err();
        assert_eq!(refused.to_string(), "database is locked");
    }
}

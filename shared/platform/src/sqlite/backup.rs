//! A copy of the data file while others write to it, by SQLite's online backup.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::known;

/// Pages copied at once: others write between two of them.
const PAGES: i32 = 1_024;

/// Between two steps, and before a step is repeated while the file is locked.
const PAUSE: Duration = Duration::from_millis(5);

/// A copy waits so often for a file that others have locked: about half a minute.
const PATIENCE: u32 = 6_000;

/// A copy that was not made. What there is of it was removed.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// It would take another file's place, or cannot be made.
    #[error(
        "the copy {path} cannot be made: it must be a new file in a folder that may be written"
    )]
    Target {
        /// Which.
        path: String,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The data file is none of ours, or of a later version.
    #[error(transparent)]
    File(#[from] super::OpenError),
    /// It was locked all the time.
    #[error("the data file {path} was locked for too long: again later")]
    Locked {
        /// Which.
        path: String,
    },
    /// The copy does not hold together, as the data file does not.
    #[error("the copy of {path} is damaged, as its data file is: {found}; restore an earlier copy")]
    Damaged {
        /// Which data file.
        path: String,
        /// The first thing that SQLite found.
        found: String,
    },
    /// SQLite failed.
    #[error("the data file {path} could not be copied")]
    Failed {
        /// Which.
        path: String,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
}

/// Copies the data file `from` to the new file `to`, as it is at one moment, and looks
/// through the copy. `progress` is told how many of how many pages are done. Gives the
/// copy's size in bytes. Blocks.
pub fn backup(from: &Path, to: &Path, progress: impl FnMut(u64, u64)) -> Result<u64, BackupError> {
    let target = |source| BackupError::Target {
        path: to.display().to_string(),
        source,
    };
    // Takes no other file's place.
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(to)
        .map_err(target)?;
    let copied = copy(from, to, progress);
    if copied.is_err() {
        // Half a copy is none.
        let _ = std::fs::remove_file(to);
    }
    copied?;
    let file = File::open(to).map_err(target)?;
    file.sync_all().map_err(target)?;
    Ok(file.metadata().map_err(target)?.len())
}

fn copy(from: &Path, to: &Path, mut progress: impl FnMut(u64, u64)) -> Result<(), BackupError> {
    let path = from.display().to_string();
    let failed = |source| BackupError::Failed {
        path: path.clone(),
        source,
    };
    let source = Connection::open(from).map_err(failed)?;
    known(&source, from)?;
    let mut copy = Connection::open(to).map_err(failed)?;
    {
        let backup = Backup::new(&source, &mut copy).map_err(failed)?;
        let mut waited = 0;
        loop {
            match backup.step(PAGES).map_err(failed)? {
                StepResult::Done => break,
                StepResult::More => {}
                _ if waited < PATIENCE => waited += 1,
                _ => return Err(BackupError::Locked { path }),
            }
            let told = backup.progress();
            let pages = |count: i32| u64::try_from(count).unwrap_or_default();
            progress(
                pages(told.pagecount - told.remaining),
                pages(told.pagecount),
            );
            std::thread::sleep(PAUSE);
        }
    }
    let found = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    let found = copy
        .query_row("PRAGMA quick_check(1)", [], found)
        .map_err(failed)?;
    if found != "ok" {
        return Err(BackupError::Damaged { path, found });
    }
    // A copy needs no file beside it.
    copy.pragma_update(None, "journal_mode", "DELETE")
        .map_err(failed)
}

//! The contract of stores and queues, on SQLite.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use end_to_end::contract::Ground;
use jiff::Timestamp;
use platform::clock::StandingClock;
use platform::sqlite::Sqlite;
use platform::{Clock, Queue, Store};
use tempfile::TempDir;

/// One file, and a clock that is moved.
struct File {
    sqlite: Arc<Sqlite>,
    clock: Arc<StandingClock>,
    path: PathBuf,
    _folder: TempDir,
}

async fn file() -> anyhow::Result<File> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("registrar.db");
    let clock = Arc::new(StandingClock::at(Timestamp::from_second(1_800_000_000)?));
    let sqlite = Arc::new(Sqlite::open(&path, clock.clone())?);
    Ok(File {
        sqlite,
        clock,
        path,
        _folder: folder,
    })
}

#[async_trait]
impl Ground for File {
    fn store(&self) -> Arc<dyn Store> {
        self.sqlite.clone()
    }

    fn queue(&self) -> Arc<dyn Queue> {
        self.sqlite.clone()
    }

    async fn elsewhere(&self) -> anyhow::Result<(Arc<dyn Store>, Arc<dyn Queue>)> {
        let sqlite = Arc::new(Sqlite::open(&self.path, self.clock.clone())?);
        Ok((sqlite.clone(), sqlite))
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    async fn pass(&self, time: Duration) {
        self.clock.advance(time);
        // What a simulator does meanwhile goes by the machine's clock.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    fn look(&self) -> Duration {
        Duration::ZERO
    }
}

end_to_end::contract!(file);

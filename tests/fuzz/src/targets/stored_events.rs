//! A history as it is stored, an event a line: it is read whole or refused, and what is read
//! can be shown.

use std::path::PathBuf;

use platform::Case;
use platform::case::CaseError;
use platform::store::StoreError;
use registration::chain::{self, Hash, StoredEvent};
use registration::parked::ParkedNumbers;
use registration::{MustAct, RegistrationId, Status, sequence};
use rusqlite::{Connection, params};
use serde_json::Value;
use tempfile::TempDir;

use super::{Form, Memory, Reader, Target};
use crate::world::World;

pub(super) const TARGET: Target = Target {
    name: "stored_events",
    also: Some(("shared/registration/tests/golden/v1", "jsonl")),
    form: Form::JsonLines,
    begin: || {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("registrar.db");
        let world = World::in_file(&file)?;
        Ok(Box::new(StoredEvents {
            writer: writer(file)?,
            world,
            histories: 0,
            _folder: folder,
        }))
    },
    inputs_of_one: 1_000,
    memory: Memory {
        bytes: 4 << 20,
        per_byte: 200,
    },
};

struct StoredEvents {
    world: World,
    writer: Connection,
    histories: u64,
    _folder: TempDir,
}

/// Writes past the store: whatever stands there, the store must read or refuse.
fn writer(file: PathBuf) -> anyhow::Result<Connection> {
    let writer = Connection::open(file)?;
    writer.pragma_update(None, "synchronous", "OFF")?;
    Ok(writer)
}

impl Reader for StoredEvents {
    fn read(&mut self, input: &[u8]) -> anyhow::Result<()> {
        self.histories += 1;
        let id = RegistrationId::new(self.histories, 0);
        let text = String::from_utf8_lossy(input);
        let lines: Vec<&str> = text.lines().collect();
        let events: Result<Vec<StoredEvent>, _> = lines
            .iter()
            .map(|line| serde_json::from_str(line))
            .collect();
        if let Ok(events) = events {
            let _ = chain::verify(&id, &events, None);
            if let Ok(case) = Case::open(&id, events) {
                shown(&self.world, &case)?;
            }
        }
        self.insert(&id, &lines)?;
        match self
            .world
            .wait(Case::load(&*self.world.platform.store, &id))
        {
            Ok(case) => shown(&self.world, &case),
            Err(
                CaseError::Unknown(_)
                | CaseError::Unreadable { .. }
                | CaseError::Unfoldable { .. }
                | CaseError::Store(StoreError::Corrupt(_)),
            ) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

impl StoredEvents {
    /// The lines as rows of the table, column by column, as far as SQLite takes them.
    fn insert(&self, id: &RegistrationId, lines: &[&str]) -> anyhow::Result<()> {
        let insert = "INSERT OR IGNORE INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let mut insert = self.writer.prepare_cached(insert)?;
        for (seq, line) in (1_i64..).zip(lines) {
            let event: Value = serde_json::from_str(line).unwrap_or_default();
            let text = |name: &str| {
                let value = event.get(name).and_then(Value::as_str);
                value.unwrap_or(line).to_owned()
            };
            let number = |name: &str| event.get(name).and_then(Value::as_i64).unwrap_or(1);
            let facts = event.get("facts").map_or(text(""), Value::to_string);
            let hash = event.get("hash").and_then(Value::as_str);
            let hash = hash.map_or_else(Hash::start, Hash::stored);
            insert.execute(params![
                id.as_str(),
                seq,
                number("time"),
                text("actor"),
                number("version"),
                text("trace"),
                facts,
                hash.as_str()
            ])?;
        }
        Ok(())
    }
}

/// Everything that is made of a history, for whoever asks.
fn shown(world: &World, case: &Case) -> anyhow::Result<()> {
    let row = case.last_row(&world.platform);
    let status = Status::of(&case.facts);
    let _ = sequence::evaluate(&case.facts);
    let _ = MustAct::of(status, row.step, false);
    let shown = api::shown(row.clone(), case, &ParkedNumbers::default())?;
    anyhow::ensure!(
        shown.get("status").and_then(Value::as_str) == Some(status.name()),
        "shown is another status than {status:?}"
    );
    api::listed(row)?;
    let now = world.platform.clock.now();
    world.platform.patience.passed(&case.facts, now);
    Ok(())
}

//! The file that says what became of each order of a submission: one JSON document a line.
//!
//! It is written after each order, and read at the start of the next run, which passes over what
//! is done. It is a convenience, not the guard: what is missing in it, because the process ended
//! between the order and its line, is told by the order's Idempotency-Key.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use registration::{AccountId, RegistrationId};
use serde::{Deserialize, Serialize};

use super::digest;
use registrar::orders::records::{Form, Records};

/// How every line begins.
const BEGINNING: &str = "{\"order\":";

/// What became of one order. No field repeats anything that a person typed into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Where it was.
    pub(crate) order: String,
    /// Whose it is, and what its key is, where, and of which content: all four must be the same
    /// for it to be the same order.
    #[serde(flatten)]
    pub(crate) identity: Identity,
    /// What became of it.
    #[serde(flatten)]
    pub(crate) outcome: Outcome,
}

/// By what an order is known again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// The account.
    pub(crate) account: AccountId,
    /// Where registrations are: what was stored in one place is missing in another.
    pub(crate) place: String,
    /// Its Idempotency-Key.
    pub(crate) key: String,
    /// A digest of its content.
    pub(crate) content: String,
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It was taken.
    Registered {
        /// What it has become.
        registration: RegistrationId,
    },
    /// It had been taken before.
    Repeated {
        /// What it became then.
        registration: RegistrationId,
    },
    /// It cannot be taken as it is.
    Refused {
        /// Why not.
        problems: Vec<Refusal>,
    },
    /// It could not be tried.
    Failed {
        /// What went wrong.
        error: String,
    },
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    /// Where, as a JSON pointer into the order.
    pub(crate) pointer: String,
    /// Which rule.
    pub(crate) rule: String,
    /// A sentence that does not repeat the value.
    pub(crate) message: String,
}

/// How it went before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    /// It is registered.
    Done,
    /// It was refused as it is.
    Refused,
}

/// The results of all runs so far. Nobody else writes into the file meanwhile.
#[derive(Debug)]
pub(crate) struct Results {
    path: PathBuf,
    file: File,
    before: HashMap<String, Before>,
}

impl Identity {
    fn digest(&self) -> String {
        let Self {
            account,
            place,
            key,
            content,
        } = self;
        digest::hex(format!("{account}\n{place}\n{key}\n{content}").as_bytes())
    }
}

impl Results {
    /// Opens the file, which is made if there is none.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .with_context(|| format!("the results cannot be written to {shown}"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "another registrar is writing its results to {shown}: wait until it has ended; \
                 then the same command goes on where it stopped"
            ),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("{shown} cannot be locked"));
            }
        }
        let mut results = Self {
            path: path.to_owned(),
            file,
            before: HashMap::new(),
        };
        results.read().with_context(|| {
            format!("{shown} cannot be gone on with: name another file with --results")
        })?;
        Ok(results)
    }

    fn read(&mut self) -> anyhow::Result<()> {
        let length = self.file.metadata()?.len();
        self.file.seek(SeekFrom::Start(0))?;
        let ends_whole = ends_in_line_break(&mut self.file, length)?;
        self.file.seek(SeekFrom::Start(0))?;
        let mut records = Records::new(BufReader::new(&self.file), Form::Line)?;
        let mut pending = records.read()?;
        let mut torn = None;
        while let Some(record) = pending {
            pending = records.read()?;
            let is_torn = pending.is_none() && !ends_whole;
            match serde_json::from_slice::<Line>(&record.bytes) {
                Ok(line) => keep(&mut self.before, &line),
                Err(_) if is_torn && is_beginning(&record.bytes) => torn = Some(record.bytes.len()),
                Err(_) => bail!(
                    "its line {} is no result of `registrar submit`",
                    record.line
                ),
            }
        }
        match torn {
            // The process ended while it wrote this: the order is tried again.
            Some(torn) => {
                let torn = u64::try_from(torn).unwrap_or(length);
                self.file.set_len(length.saturating_sub(torn))?;
            }
            None if !ends_whole => self.file.write_all(b"\n")?,
            None => return Ok(()),
        }
        self.file.sync_data()?;
        Ok(())
    }

    /// How this order went, in a run before this or in this one.
    pub(crate) fn before(&self, identity: &Identity) -> Option<Before> {
        self.before.get(&identity.digest()).copied()
    }

    /// Writes what became of an order; on return it is on the disk.
    pub(crate) fn write(&mut self, line: &Line) -> anyhow::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        let written = self.file.write_all(text.as_bytes());
        let written = written.and_then(|()| self.file.sync_data());
        written.with_context(|| {
            format!(
                "the result of {} cannot be written to {}: make room and run the same command \
                 again; nothing is sent twice",
                line.order,
                self.path.display()
            )
        })?;
        keep(&mut self.before, line);
        Ok(())
    }
}

fn keep(before: &mut HashMap<String, Before>, line: &Line) {
    let identity = line.identity.digest();
    match line.outcome {
        Outcome::Registered { .. } | Outcome::Repeated { .. } => {
            before.insert(identity, Before::Done);
        }
        Outcome::Refused { .. } => {
            before.entry(identity).or_insert(Before::Refused);
        }
        Outcome::Failed { .. } => {}
    }
}

fn ends_in_line_break(file: &mut File, length: u64) -> anyhow::Result<bool> {
    use std::io::Read as _;

    if length == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::Start(length - 1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// Whether this can be what is left of a line: it begins as every line does, or a file system
/// that lost its power has filled it with zeros.
fn is_beginning(bytes: &[u8]) -> bool {
    let end = bytes.iter().rposition(|byte| *byte != 0);
    let written = end.and_then(|end| bytes.get(..=end)).unwrap_or_default();
    let beginning = BEGINNING.as_bytes();
    written.starts_with(beginning) || beginning.starts_with(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(order: &str, outcome: Outcome) -> Line {
        Line {
            order: order.to_owned(),
            identity: Identity {
                account: AccountId::parse("acme").unwrap(),
                place: "data /registrar.db".to_owned(),
                key: order.to_owned(),
                content: "c".to_owned(),
            },
            outcome,
        }
    }

    fn refused() -> Outcome {
        Outcome::Refused { problems: vec![] }
    }

    fn registered() -> Outcome {
        let registration = RegistrationId::new(1, 1);
        Outcome::Registered { registration }
    }

    fn failed() -> Outcome {
        Outcome::Failed {
            error: "no".to_owned(),
        }
    }

    #[test]
    fn what_was_registered_or_refused_is_known_in_the_next_run_and_what_failed_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.ndjson");
        let mut results = Results::open(&path).unwrap();
        let [done, no, again] = [
            line("done", registered()),
            line("no", refused()),
            line("again", failed()),
        ];
        for line in [&done, &no, &again] {
            results.write(line).unwrap();
        }
        drop(results);
        let results = Results::open(&path).unwrap();
        assert_eq!(results.before(&done.identity), Some(Before::Done));
        assert_eq!(results.before(&no.identity), Some(Before::Refused));
        assert_eq!(results.before(&again.identity), None);
        let mut elsewhere = done.identity.clone();
        elsewhere.place = "stage production".to_owned();
        assert_eq!(results.before(&elsewhere), None);
        let mut corrected = no.identity;
        corrected.content = "d".to_owned();
        assert_eq!(results.before(&corrected), None);
    }

    #[test]
    fn a_torn_last_line_is_taken_away_wherever_it_was_torn() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.ndjson");
        let [one, other] = [line("one", registered()), line("other", registered())];
        let whole = format!("{}\n", serde_json::to_string(&one).unwrap());
        let torn = serde_json::to_string(&other).unwrap();
        for at in 0..=torn.len() {
            for zeros in [0, 3] {
                let mut bytes = format!("{whole}{}", &torn[..at]).into_bytes();
                bytes.resize(bytes.len() + zeros, 0);
                std::fs::write(&path, bytes).unwrap();
                let mut results = Results::open(&path).unwrap();
                assert_eq!(results.before(&one.identity), Some(Before::Done));
                let is_whole = at == torn.len() && zeros == 0;
                let before = results.before(&other.identity);
                assert_eq!(before.is_some(), is_whole, "{at} {zeros}");
                results.write(&other).unwrap();
                drop(results);
                let results = Results::open(&path).unwrap();
                assert_eq!(results.before(&other.identity), Some(Before::Done));
            }
        }
    }

    #[test]
    fn a_file_that_holds_something_else_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("orders.csv");
        for text in ["/brand/ein\n914820367\n", "notes", "{}\n"] {
            std::fs::write(&path, text).unwrap();
            let error = format!("{:#}", Results::open(&path).unwrap_err());
            assert!(error.contains("no result of"), "{error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn two_cannot_write_into_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.ndjson");
        let first = Results::open(&path).unwrap();
        let error = Results::open(&path).unwrap_err().to_string();
        assert!(error.contains("another registrar is writing"), "{error}");
        drop(first);
        assert!(Results::open(&path).is_ok());
    }
}

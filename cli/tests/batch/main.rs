//! Many orders at once: what a file of them is read as, and a submission that is stopped, killed
//! and gone on with.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod lint;
mod submit;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use end_to_end::orders;
use serde_json::Value;
use tempfile::TempDir;

/// A test that waits longer than this for a condition has failed.
const LONGEST: Duration = Duration::from_secs(120);

fn registrar(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_registrar"));
    command.current_dir(folder).args(arguments);
    command.args(["--data", "registrar.db"]);
    // The businesses are a simulator's, whose EINs no registry would take.
    let weights = "ein-prefix-never-issued=note,ein-made-up=note";
    command.env("REGISTRAR_PREFLIGHT_WEIGHTS", weights);
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    registrar(folder, arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn complaint(output: &Output) -> String {
    assert!(!output.status.success(), "{}", said(output));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What it prints, one JSON document a line; it must succeed.
fn documents(output: &Output) -> Vec<Value> {
    said(output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Columns and cells of an order, its numbers in one cell.
fn cells(document: &Value) -> Vec<(String, String)> {
    fn leaves(value: &Value, at: String, cells: &mut Vec<(String, String)>) {
        let text = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
        match value {
            Value::Object(fields) => fields
                .iter()
                .for_each(|(name, value)| leaves(value, format!("{at}/{name}"), cells)),
            Value::Array(entries) if at == "/numbers" => {
                let entries: Vec<_> = entries.iter().map(text).collect();
                cells.push((at, entries.join(" ")));
            }
            Value::Array(entries) => entries
                .iter()
                .enumerate()
                .for_each(|(index, value)| leaves(value, format!("{at}/{index}"), cells)),
            value => cells.push((at, text(value))),
        }
    }
    let mut cells = Vec::new();
    leaves(document, String::new(), &mut cells);
    cells
}

fn csv(documents: &[Value]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let columns = cells(&documents[0]);
    writer
        .write_record(columns.iter().map(|(column, _)| column))
        .unwrap();
    for document in documents {
        let row = cells(document);
        writer
            .write_record(row.iter().map(|(_, cell)| cell))
            .unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

fn ndjson(documents: &[Value]) -> String {
    documents
        .iter()
        .map(|document| format!("{document}\n"))
        .collect()
}

fn businesses(count: usize) -> Vec<Value> {
    (0..count)
        .map(|number| orders::document(number, 2))
        .collect()
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    (folder, path)
}

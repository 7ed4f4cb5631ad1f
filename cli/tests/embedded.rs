//! The embedded default stays small, and its commands say what they do.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const REGISTRAR: &str = env!("CARGO_BIN_EXE_registrar");

fn registrar(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(REGISTRAR)
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn order(name: &str) -> String {
    format!("{}/../tests/orders/{name}.json", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_demo_is_built_without_the_aws_sdk_and_without_lambda() {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            "registrar",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
        ])
        .args(["--offline", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let tree = text(&tree.stdout);
    assert!(tree.contains("rusqlite"), "the tree is not one: {tree}");
    for unwanted in ["aws-", "lambda_", "openssl v", "native-tls"] {
        let found = tree.lines().find(|line| line.starts_with(unwanted));
        assert!(found.is_none(), "{found:?}");
    }
}

#[test]
fn the_demo_ends_registered_and_leaves_a_trail_that_can_be_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let demo = registrar(folder.path(), &["demo"]);
    let said = text(&demo.stdout);
    assert!(demo.status.success(), "{said}{}", text(&demo.stderr));
    assert!(said.contains("At its end: registered."), "{said}");
    let id = said
        .lines()
        .find_map(|line| line.strip_prefix("registration"))
        .unwrap()
        .trim();
    let data = ["--data", "registrar-demo.db"];
    let ask = |arguments: &[&str]| {
        let output = registrar(folder.path(), &[arguments, &data].concat());
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            text(&output.stderr)
        );
        text(&output.stdout)
    };
    assert!(ask(&["verify", id]).contains("10 events, each chained"));
    assert!(ask(&["show", id]).contains("registered"));
    assert!(ask(&["find", "--status", "registered"]).contains("1 found"));
    assert!(ask(&["find", "--status", "parked"]).contains("0 found"));
    let json: Vec<Value> = ask(&["history", id, "--json"])
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(json.len(), 10);
    let csv = ask(&["history", id, "--csv"]);
    assert_eq!(csv.lines().count(), 12, "a header and 11 facts: {csv}");
    let number = ask(&["history", &format!("{id}-0005")]);
    assert!(number.contains("number: approved"), "{number}");
}

#[test]
fn submit_names_every_problem_of_a_bad_order_and_stores_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let bad = order("bad-everything");
    let output = registrar(folder.path(), &["submit", &bad, "--account", "acme"]);
    assert!(!output.status.success());
    let problems = text(&output.stderr);
    assert!(problems.lines().count() > 30, "{problems}");
    assert!(
        problems.contains("/brand/ein") && problems.contains("/numbers"),
        "{problems}"
    );
    assert!(
        !folder.path().join("registrar.db").exists(),
        "a data file was made"
    );
}

#[test]
fn submit_stores_a_good_order_for_the_service_to_carry_on() {
    let folder = tempfile::tempdir().unwrap();
    let good = order("cedar-street-dental");
    let output = registrar(folder.path(), &["submit", &good, "--account", "acme"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let id = text(&output.stdout);
    let shown = text(&registrar(folder.path(), &["show", id.trim()]).stdout);
    assert!(
        shown.contains("waits for its turn: submitting the brand"),
        "{shown}"
    );
    let retried = registrar(folder.path(), &["retry", id.trim(), "--operator", "kim"]);
    assert!(
        text(&retried.stderr)
            .contains("only one that is parked, rejected or expired can be retried")
    );
}

#[test]
fn a_service_without_its_registry_key_does_not_start_and_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(REGISTRAR)
        .args(["serve", "--listen", "127.0.0.1:0"])
        .current_dir(folder.path())
        .env("REGISTRAR_ATTEMPTS", "0")
        .output()
        .unwrap();
    assert!(
        text(&output.stderr).contains("REGISTRAR_ATTEMPTS"),
        "{}",
        text(&output.stderr)
    );
    let output = registrar(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert!(text(&output.stderr).contains("REGISTRAR_REGISTRY_KEY is not set"));
}

#[test]
fn a_token_is_shown_once_listed_without_its_secret_and_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let added = registrar(folder.path(), &["tokens", "add", "ci", "--account", "acme"]);
    let secret = text(&added.stdout);
    assert!(secret.starts_with("rgt_"), "{}", text(&added.stderr));
    let listed = text(&registrar(folder.path(), &["tokens", "list"]).stdout);
    assert!(listed.contains("ci\taccount acme") && !listed.contains(secret.trim()));
    assert!(
        registrar(folder.path(), &["tokens", "revoke", "ci"])
            .status
            .success()
    );
    assert!(
        !registrar(folder.path(), &["tokens", "revoke", "ci"])
            .status
            .success()
    );
}

#[test]
fn the_readme_shows_the_sequence_as_it_is_written() {
    let read = |file: &str| {
        let path = format!("{}/../{file}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    };
    let sequence = read("shared/registration/src/sequence.rs");
    let begins = sequence.find("pub fn registration(").unwrap();
    let ends = begins + sequence[begins..].find("\n}\n").unwrap() + 3;
    let function = &sequence[begins..ends];
    assert!(
        read("README.md").contains(function),
        "README.md lacks\n{function}"
    );
}

#[test]
fn the_readme_shows_the_steps_that_the_code_has() {
    let readme = std::fs::read_to_string(format!("{}/../README.md", env!("CARGO_MANIFEST_DIR")));
    let readme = readme.unwrap();
    for card in registration::Step::ALL.iter().map(|step| step.card()) {
        let row = format!(
            "| {} | {} | {} | {} | {} | {} |",
            card.step, card.function, card.sends, card.answers, card.takes, card.goes_wrong
        );
        assert!(readme.contains(&row), "README.md lacks the row\n{row}");
    }
}

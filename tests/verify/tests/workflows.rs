//! What the workflows run is what was looked at.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// The workflows.
fn workflows() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.github/workflows");
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// What a line uses: the text after `uses:`.
fn used(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let step = line.strip_prefix("- ").unwrap_or(line).trim_start();
    step.strip_prefix("uses:").map(str::trim)
}

/// `owner/action@COMMIT # vVERSION`. A tag can be moved; a commit cannot.
fn is_pinned(action: &str) -> bool {
    let Some((name, version)) = action.split_once(" # v") else {
        return false;
    };
    let commit = name.split_once('@').map_or("", |(_, commit)| commit);
    commit.len() == 40
        && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
        && version.split('.').count() == 3
        && version.split('.').all(|part| part.parse::<u32>().is_ok())
}

#[test]
fn every_action_is_pinned_to_a_commit_and_names_its_version() {
    let mut actions = 0;
    for file in workflows() {
        let text = fs::read_to_string(&file).unwrap();
        for action in text.lines().filter_map(used) {
            assert!(is_pinned(action), "{}: {action}", file.display());
            actions += 1;
        }
        // None is written in a way that the above does not see.
        let written = text.matches("uses").count();
        let seen = text.lines().filter_map(used).count();
        assert_eq!(written, seen, "{}", file.display());
    }
    assert!(actions > 10, "only {actions} actions");
}

#[test]
fn a_tag_a_branch_a_short_commit_and_a_commit_without_its_version_are_not_pins() {
    let commit = "11d5960a326750d5838078e36cf38b85af677262";
    assert!(is_pinned(&format!("actions/checkout@{commit} # v4.4.0")));
    for action in [
        "actions/checkout".to_owned(),
        "actions/checkout@v4".to_owned(),
        "actions/checkout@main # v4.4.0".to_owned(),
        "actions/checkout@11d5960 # v4.4.0".to_owned(),
        format!("actions/checkout@{commit}"),
        format!("actions/checkout@{commit} # v4"),
    ] {
        assert!(!is_pinned(&action), "{action}");
    }
}

//! The core stays pure: a look at what it is built from.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

#[test]
fn the_core_has_no_runtime_no_http_no_database_and_no_aws_below_it() {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            "registration",
            "--edges",
            "normal",
            "--prefix",
            "none",
        ])
        .args(["--offline", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        tree.status.success(),
        "{}",
        String::from_utf8_lossy(&tree.stderr)
    );
    let tree = String::from_utf8(tree.stdout).unwrap();
    assert!(tree.contains("serde_json"), "the tree is not one: {tree}");
    for impure in [
        "tokio",
        "hyper",
        "reqwest",
        "axum",
        "rusqlite",
        "aws-",
        "getrandom",
        "rand ",
    ] {
        let found = tree.lines().find(|line| line.starts_with(impure));
        assert!(found.is_none(), "{found:?} is below the pure core");
    }
}

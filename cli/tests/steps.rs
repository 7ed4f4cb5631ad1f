//! What infrastructure reads of the sequence is what the sequence says.

use std::process::Command;

#[test]
fn infra_reads_the_steps_that_the_code_writes() {
    let output = Command::new(env!("CARGO_BIN_EXE_registrar"))
        .args(["steps", "--json"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/steps.json");
    let read = std::fs::read_to_string(file).unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        read,
        "the sequence has changed: cargo run -- steps --json > infra/steps.json"
    );
}

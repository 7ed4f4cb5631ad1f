//! `cargo verify`: every check of the project, one line each.
//!
//! A lane that cannot run here says `not run` and why. It never counts as
//! passed, and with `CI=true` it is a failure.

#![allow(clippy::print_stdout, reason = "a command speaks by printing")]

use std::process::{Command, ExitCode};
use std::time::Instant;

/// One check.
struct Lane {
    name: &'static str,
    program: &'static str,
    arguments: &'static [&'static str],
    /// A program without which the lane cannot run, with the arguments that
    /// show that it is there.
    needs: Option<(&'static str, &'static [&'static str])>,
    /// Variables set for it.
    environment: &'static [(&'static str, &'static str)],
}

const LANES: &[Lane] = &[
    Lane {
        name: "format",
        program: "cargo",
        arguments: &["fmt", "--all", "--check"],
        needs: Some(("cargo", &["fmt", "--version"])),
        environment: &[],
    },
    Lane {
        name: "lints",
        program: "cargo",
        arguments: &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
        needs: Some(("cargo", &["clippy", "--version"])),
        environment: &[],
    },
    Lane {
        name: "documentation",
        program: "cargo",
        arguments: &[
            "doc",
            "--workspace",
            "--no-deps",
            "--document-private-items",
            "--locked",
        ],
        needs: None,
        environment: &[("RUSTDOCFLAGS", "-D warnings")],
    },
    Lane {
        name: "tests",
        program: "cargo",
        arguments: &["test", "--workspace", "--locked"],
        needs: None,
        // The contract on DynamoDB and SQS has a lane of its own, below.
        environment: &[("REGISTRAR_TEST_AWS", "elsewhere")],
    },
    Lane {
        name: "store and queue on an AWS emulator",
        program: "bash",
        arguments: &["tests/aws/contract.sh"],
        needs: Some(("python3", &["-c", "import venv, ensurepip"])),
        environment: &[],
    },
    Lane {
        name: "infrastructure",
        program: "terraform",
        arguments: &["fmt", "-check", "-recursive", "infra"],
        needs: Some(("terraform", &["version"])),
        environment: &[],
    },
];

enum Outcome {
    Passed,
    Failed,
    NotRun(String),
}

fn main() -> ExitCode {
    #[allow(
        clippy::disallowed_methods,
        reason = "the one value this program reads"
    )]
    let strict = std::env::var("CI").is_ok_and(|value| value == "true");
    let mut lines = Vec::new();
    let (mut passed, mut failed, mut not_run) = (0, 0, 0);
    for lane in LANES {
        println!("== {} ==", lane.name);
        let begun = Instant::now();
        let line = match run(lane) {
            Outcome::Passed => {
                passed += 1;
                format!("passed   {} ({} s)", lane.name, begun.elapsed().as_secs())
            }
            Outcome::Failed => {
                failed += 1;
                format!("FAILED   {}", lane.name)
            }
            Outcome::NotRun(why) => {
                not_run += 1;
                format!("not run  {}: {why}", lane.name)
            }
        };
        lines.push(line);
    }
    println!("\n{}", lines.join("\n"));
    let bad = failed > 0 || (strict && not_run > 0);
    if strict && not_run > 0 {
        println!("CI=true: a lane that did not run is a failure");
    }
    let failed = failed + if strict { not_run } else { 0 };
    println!("\nverify: {passed} passed, {failed} failed, {not_run} skipped");
    if bad {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn run(lane: &Lane) -> Outcome {
    if let Some((program, shows)) = lane.needs {
        let there = Command::new(program).args(shows).output();
        if !there.is_ok_and(|output| output.status.success()) {
            return Outcome::NotRun(format!(
                "`{program} {}` does not work here",
                shows.join(" ")
            ));
        }
    }
    let mut command = Command::new(lane.program);
    command
        .args(lane.arguments)
        .envs(lane.environment.iter().copied());
    match command.status() {
        Ok(status) if status.success() => Outcome::Passed,
        Ok(_) => Outcome::Failed,
        Err(error) => Outcome::NotRun(format!("{} cannot be started: {error}", lane.program)),
    }
}

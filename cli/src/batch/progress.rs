//! How far a submission is: a bar on a terminal, else a line from time to time; and what became
//! of the orders, at its end.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::Instant;

use super::lint::{NO_ORDERS, counted};
use super::results::{Before, Line, Outcome};

/// Where there is no terminal, one line in this time.
const EVERY: Duration = Duration::from_secs(10);

/// How many orders there were, and what became of them.
#[derive(Debug, Default, Clone)]
pub(crate) struct Counts {
    registered: u64,
    repeated: u64,
    refused: u64,
    failed: u64,
    /// In a run before this.
    done_before: u64,
    /// In a run before this, and they have not changed.
    refused_before: u64,
    /// Whether there may be more, because somebody asked to stop.
    pub(crate) stopped: bool,
}

impl Counts {
    fn orders(&self) -> u64 {
        self.registered + self.repeated + self.done_before + self.not_through()
    }

    fn not_through(&self) -> u64 {
        self.refused + self.failed + self.refused_before
    }

    /// An error if anything is left to do.
    pub(crate) fn check(&self, results: &Path) -> anyhow::Result<()> {
        let results = results.display();
        anyhow::ensure!(
            !self.stopped,
            "stopped before the end: the same command goes on; what is registered is in {results}"
        );
        anyhow::ensure!(self.orders() > 0, NO_ORDERS);
        anyhow::ensure!(
            self.not_through() == 0,
            "{} of {} did not go through; why is in {results}: correct what was refused and run \
             the same command again, nothing is sent twice",
            self.not_through(),
            counted(self.orders(), "order")
        );
        Ok(())
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{}: {} registered, {} repeated, {} refused, {} failed",
            counted(self.orders(), "order"),
            self.registered,
            self.repeated,
            self.refused,
            self.failed
        )?;
        if self.done_before > 0 {
            write!(out, ", {} registered in an earlier run", self.done_before)?;
        }
        if self.refused_before > 0 {
            let count = self.refused_before;
            write!(out, ", {count} refused in an earlier run and not corrected")?;
        }
        Ok(())
    }
}

/// How far it is.
pub(crate) struct Progress {
    bar: ProgressBar,
    said: Instant,
    total: Option<u64>,
    pub(crate) counts: Counts,
}

impl Progress {
    /// Of so many orders, if that is known.
    pub(crate) fn new(total: Option<u64>) -> anyhow::Result<Self> {
        let bar = match total {
            Some(total) => ProgressBar::new(total).with_style(ProgressStyle::with_template(
                "{bar:24.cyan} {pos}/{len} {eta:>4}  {msg}",
            )?),
            None => ProgressBar::new_spinner(),
        };
        Ok(Self {
            bar,
            said: Instant::now(),
            total,
            counts: Counts::default(),
        })
    }

    /// An order that an earlier run has dealt with.
    pub(crate) fn passed_over(&mut self, name: &str, before: Before) {
        match before {
            Before::Done => self.counts.done_before += 1,
            Before::Refused => {
                self.counts.refused_before += 1;
                self.say(&format!(
                    "{name}: refused in an earlier run, and not corrected"
                ));
            }
        }
        self.step();
    }

    /// What became of an order.
    pub(crate) fn became(&mut self, line: &Line) {
        match &line.outcome {
            Outcome::Registered { .. } => self.counts.registered += 1,
            Outcome::Repeated { .. } => self.counts.repeated += 1,
            Outcome::Refused { problems } => {
                self.counts.refused += 1;
                let mut said = format!("{}: refused", line.order);
                for problem in problems {
                    let pointer = match problem.pointer.as_str() {
                        "" => "the order",
                        pointer => pointer,
                    };
                    said.push_str(&format!("\n  {pointer}: {}", problem.message));
                }
                self.say(&said);
            }
            Outcome::Failed { error } => {
                self.counts.failed += 1;
                self.say(&format!("{}: failed: {error}", line.order));
            }
        }
        self.step();
    }

    /// Takes the bar away.
    pub(crate) fn end(self) -> Counts {
        self.bar.finish_and_clear();
        self.counts
    }

    fn say(&self, line: &str) {
        self.bar.suspend(|| println!("{line}"));
    }

    fn step(&mut self) {
        self.bar.set_message(self.counts.to_string());
        self.bar.inc(1);
        if self.bar.is_hidden() && self.said.elapsed() >= EVERY {
            self.said = Instant::now();
            match self.total {
                Some(total) => eprintln!("of {total} orders so far {}", self.counts),
                None => eprintln!("so far {}", self.counts),
            }
        }
    }
}

//! `registrar submit` of many orders: one after the other, each with a key of its own, so that it
//! may be stopped at any moment and run again.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use platform::Platform;
use platform::existing::{self, NotThere};
use platform::receive::{self, ReceiveError, Received};
use platform::store::Key;
use registration::order::{Order, Problem, Problems, Rule};
use registration::preflight::Weight;
use registration::{AccountId, Actor, TraceId};
use tokio::time::{Instant, sleep};

use super::digest;
use super::progress::Progress;
use super::results::{Before, Identity, Line, Outcome, Refusal, Results};
use super::stop::Stop;
use crate::AccountName;
use crate::place::Place;
use registrar::orders::source::{Entry, RESULTS, Sources, single};
use registrar::service::random;

/// So many orders that fail one after the other are no accident of one order.
const GIVE_UP: u32 = 10;

/// Store orders.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Many orders:
  The header of a CSV file names fields by their JSON pointers: /brand/displayName,
  /campaign/samples/0, /numbers (separated by spaces) or /numbers/0; idempotency_key is the
  row's own, else a digest of account and content serves. An empty cell is not given.
  What became of each order is a line of the result file, written before the next is sent.
  Ctrl-C stops after the order in hand. The same command goes on: what is registered is
  passed over, what failed is tried again, what was refused once it is corrected.")]
pub(crate) struct Submit {
    /// The orders: JSON with one, NDJSON or CSV with one a line, a directory of such
    /// files, FILE:LINE for one of many, or - for NDJSON on standard input
    #[arg(required = true, value_name = "FILE")]
    orders: Vec<PathBuf>,
    /// Whose orders they are
    #[arg(long)]
    account: AccountName,
    /// Of many: so many a second at the most
    #[arg(long, value_name = "N", default_value_t = 5,
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    rate: u32,
    /// Where it is written what became of each order [default of many: beside the one FILE,
    /// FILE.results.ndjson]
    #[arg(long, value_name = "RESULT-FILE")]
    results: Option<PathBuf>,
    /// Of many: try what was refused again, though it is as it was
    #[arg(long)]
    refused: bool,
}

/// Stores the orders.
pub(crate) async fn submit(submit: Submit, place: &Place) -> anyhow::Result<()> {
    let account = submit.account.0;
    if let (Some(file), None) = (single(&submit.orders), &submit.results) {
        return crate::submit::submit(file, account, place).await;
    }
    let sources = Sources::find(&submit.orders)?;
    let total = sources.count()?;
    let path = match submit.results {
        Some(path) => path,
        None => beside(&submit.orders)?,
    };
    let platform = place.open_or_make().await?.platform()?;
    let results = Results::open(&path)?;
    let mut many = Many {
        platform,
        account,
        place: place.name()?,
        again: submit.refused,
        pace: Pace::new(submit.rate),
        stop: Stop::on_signals()?,
        results,
        progress: Progress::new(total)?,
        failures: Failures::default(),
    };
    let ended = many.all(sources).await;
    let counts = many.progress.end();
    println!("{counts}");
    ended?;
    counts.check(&path)
}

/// The result file of one input.
fn beside(orders: &[PathBuf]) -> anyhow::Result<PathBuf> {
    let named = match orders {
        [file] => Sources::file_of(file),
        _ => None,
    };
    let file = named.context("name a file for the results with --results")?;
    let mut name = file
        .file_name()
        .with_context(|| format!("{} has no name: name a file with --results", file.display()))?
        .to_owned();
    name.push(RESULTS);
    Ok(file.with_file_name(name))
}

/// When the next order may be sent.
struct Pace {
    every: Duration,
    free: Option<Instant>,
}

impl Pace {
    fn new(rate: u32) -> Self {
        Self {
            every: Duration::from_secs(1) / rate.max(1),
            free: None,
        }
    }

    /// How long to wait for a turn, which is taken. Time that was lost is not made up for.
    fn turn(&mut self, now: Instant) -> Duration {
        let turn = self.free.map_or(now, |free| free.max(now));
        self.free = Some(turn + self.every);
        turn.saturating_duration_since(now)
    }
}

/// How many orders have failed one after the other.
#[derive(Default)]
struct Failures(u32);

impl Failures {
    /// Counts what became of an order. An error if it makes no sense to go on.
    fn count(&mut self, outcome: &Outcome) -> anyhow::Result<()> {
        let Outcome::Failed { error } = outcome else {
            self.0 = 0;
            return Ok(());
        };
        self.0 += 1;
        anyhow::ensure!(
            self.0 < GIVE_UP,
            "stopped, because {GIVE_UP} orders failed one after the other, the last with: \
             {error}; run the same command again once that is over"
        );
        Ok(())
    }
}

/// A submission of many orders.
struct Many {
    platform: Platform,
    account: AccountId,
    place: String,
    again: bool,
    pace: Pace,
    stop: Stop,
    results: Results,
    progress: Progress,
    failures: Failures,
}

impl Many {
    async fn all(&mut self, sources: Sources) -> anyhow::Result<()> {
        for entry in sources.entries()? {
            if self.stop.is_asked() || !self.one(entry?).await? {
                self.progress.counts.stopped = true;
                break;
            }
        }
        Ok(())
    }

    /// Whether to go on.
    async fn one(&mut self, entry: Entry) -> anyhow::Result<bool> {
        let content = digest::content(&entry);
        let key = entry.key.clone();
        let identity = Identity {
            key: key.unwrap_or_else(|| digest::key(&self.account, &content)),
            account: self.account.clone(),
            place: self.place.clone(),
            content,
        };
        let name = entry.name.to_string();
        match self.results.before(&identity) {
            Some(Before::Refused) if self.again => {}
            Some(before) => {
                self.progress.passed_over(&name, before);
                return Ok(true);
            }
            None => {}
        }
        let outcome = match read(entry) {
            Err(problems) => Outcome::Refused { problems },
            Ok(order) => {
                let wait = self.pace.turn(Instant::now());
                if !self.stop.unless_asked(sleep(wait)).await {
                    return Ok(false);
                }
                self.send(order, &identity).await
            }
        };
        let line = Line {
            order: name,
            identity,
            outcome,
        };
        self.results.write(&line)?;
        self.progress.became(&line);
        self.failures.count(&line.outcome)?;
        Ok(true)
    }

    async fn send(&self, mut order: Order, identity: &Identity) -> Outcome {
        let key = Key {
            account: identity.account.clone(),
            key: identity.key.clone(),
            body: identity.content.clone(),
        };
        match receive::repeated(&self.platform, &key).await {
            Ok(None) => {}
            Ok(Some(registration)) => return Outcome::Repeated { registration },
            Err(error) => return not_received(error),
        }
        let account = &self.account;
        if let Err((pointer, why)) =
            existing::resolve(&self.platform, account, true, &mut order).await
        {
            return match why {
                NotThere::Case(error) => failed(&error),
                why => refused(pointer, "not_there", why.to_string()),
            };
        }
        let actor = Actor::operator("cli");
        let trace = TraceId::new(random());
        let received =
            receive::receive(&self.platform, account, actor, order, Some(key), trace).await;
        match received {
            Ok(Received::New(registration, _)) => Outcome::Registered { registration },
            Ok(Received::Repeated(registration)) => Outcome::Repeated { registration },
            Err(error) => not_received(error),
        }
    }
}

fn not_received(error: ReceiveError) -> Outcome {
    match error {
        ReceiveError::KeyTaken => refused("", "key_taken", error.to_string()),
        ReceiveError::Kept(conflicts) => {
            let problems = conflicts.iter().map(|conflict| Refusal {
                pointer: conflict.pointer.to_string(),
                rule: conflict.kept.rule().to_owned(),
                message: conflict.kept.to_string(),
            });
            Outcome::Refused {
                problems: problems.take(Problems::KEPT).collect(),
            }
        }
        ReceiveError::Preflight(findings) => {
            let errors = findings
                .iter()
                .filter(|finding| finding.weight == Weight::Error);
            let problems = errors.map(|finding| Refusal {
                pointer: finding.pointer.clone(),
                rule: finding.rule.to_owned(),
                message: finding.message.to_owned(),
            });
            Outcome::Refused {
                problems: problems.take(Problems::KEPT).collect(),
            }
        }
        ReceiveError::Outrun | ReceiveError::Case(_) => failed(&error),
    }
}

fn failed(error: &dyn std::error::Error) -> Outcome {
    let mut error: Option<&dyn std::error::Error> = Some(error);
    let mut said = Vec::new();
    while let Some(one) = error {
        said.push(one.to_string());
        error = one.source();
    }
    // A transparent error says the same as its source.
    said.dedup();
    Outcome::Failed {
        error: said.join(": "),
    }
}

fn refused(pointer: &str, rule: &str, message: String) -> Outcome {
    Outcome::Refused {
        problems: vec![Refusal {
            pointer: pointer.to_owned(),
            rule: rule.to_owned(),
            message,
        }],
    }
}

/// Everything that the order alone can tell.
fn read(entry: Entry) -> Result<Order, Vec<Refusal>> {
    match entry.document {
        Ok(document) => {
            Order::read(&document).map_err(|problems| problems.iter().map(refusal).collect())
        }
        Err(unreadable) => Err(vec![Refusal {
            pointer: String::new(),
            rule: "unreadable".to_owned(),
            message: unreadable.why,
        }]),
    }
}

fn refusal(problem: &Problem) -> Refusal {
    // The name of a field that is not known is the sender's own text: only where it stands is
    // kept.
    let pointer = match problem.rule {
        Rule::UnknownField => problem
            .pointer
            .rsplit_once('/')
            .map_or("", |(part, _)| part),
        _ => &problem.pointer,
    };
    let rule = serde_json::to_value(problem.rule).unwrap_or_default();
    Refusal {
        pointer: pointer.to_owned(),
        rule: rule.as_str().unwrap_or_default().to_owned(),
        message: problem.message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_sent_no_faster_than_the_rate_and_lost_time_is_not_made_up_for() {
        let begun = Instant::now();
        let at = |milliseconds| begun + Duration::from_millis(milliseconds);
        let mut pace = Pace::new(5);
        let waits = [0, 0, 50, 2_000, 2_000].map(|now| pace.turn(at(now)).as_millis());
        assert_eq!(waits, [0, 200, 350, 0, 200]);
    }

    #[test]
    fn ten_failures_one_after_the_other_end_a_submission_and_ten_in_all_do_not() {
        let error = "the disk is full".to_owned();
        let failed = Outcome::Failed { error };
        let mut failures = Failures::default();
        for outcome in [&failed, &failed, &refused("", "x", String::new())].repeat(9) {
            failures.count(outcome).unwrap();
        }
        for _ in 1..GIVE_UP {
            failures.count(&failed).unwrap();
        }
        let end = failures.count(&failed).unwrap_err().to_string();
        assert!(end.contains("the disk is full"), "{end}");
    }
}

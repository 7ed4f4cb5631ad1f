//! `cargo simulate`: seeds, each a run of orders with whatever may go wrong.
//!
//!     cargo simulate                  2,000 seeds of 10 orders
//!     cargo simulate --seeds 20000    more of them
//!     cargo simulate --seed 17        one, told so that a person can follow

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks by printing"
)]

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::Parser;
use simulation::fault::{Kind, Tally};
use simulation::plan::{Ended, Plan};
use simulation::run::run;
use simulation::shrink::shrink;
use simulation::small::{self, Scope, search};

/// In so many seeds each kind of fault must have been met [`ENOUGH`] times.
const LONG: u64 = 20_000;

/// How often.
const ENOUGH: u64 = 1_000;

/// Failing seeds that are shown; there may be more.
const SHOWN: usize = 5;

/// A run makes and drops histories all the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Parser)]
#[command(about)]
struct Arguments {
    /// How many seeds
    #[arg(long, default_value_t = 2_000)]
    seeds: u64,
    /// The first of them
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Orders of each
    #[arg(long, default_value_t = 10)]
    registrations: usize,
    /// This one only, and what happens in it
    #[arg(long)]
    seed: Option<u64>,
    /// With these faults only, as a shrunk seed was shown
    #[arg(long, value_delimiter = ',')]
    faults: Option<Vec<Kind>>,
    /// With so many faults at most
    #[arg(long)]
    most_faults: Option<u64>,
    /// No seeds: one order with one number, and all orders in which two workers, a
    /// duplicate, a crash, a lost webhook and a correction can happen
    #[arg(long)]
    exhaustive: bool,
    /// At most so many states of that
    #[arg(long, default_value_t = 5_000_000)]
    most_states: usize,
    /// Show failing seeds as they are
    #[arg(long)]
    no_shrink: bool,
    /// Plant each mistake in turn, and say how many seeds find it
    #[cfg(feature = "planted-bugs")]
    #[arg(long)]
    planted: bool,
}

#[derive(Default)]
struct Sum {
    faults: Tally,
    events: u64,
    rescues: usize,
    stuck: usize,
    days: f64,
    failed: Vec<(Plan, Ended)>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    #[cfg(feature = "planted-bugs")]
    if arguments.planted {
        return planted(&arguments);
    }
    if arguments.exhaustive {
        return exhaustive(arguments.most_states);
    }
    match arguments.seed {
        Some(seed) => replay(arguments.plan(seed)),
        None => all(&arguments),
    }
}

impl Arguments {
    fn plan(&self, seed: u64) -> Plan {
        let plan = Plan::of(seed, self.registrations);
        Plan {
            kinds: self.faults.clone().unwrap_or(plan.kinds),
            most_faults: self.most_faults.unwrap_or(plan.most_faults),
            ..plan
        }
    }
}

/// The command that tells this run.
fn command(plan: &Plan) -> String {
    let faults: Vec<_> = plan.kinds.iter().map(|kind| kind.option()).collect();
    format!(
        "cargo simulate --seed {} --registrations {} --most-faults {} --faults {}",
        plan.seed,
        plan.registrations,
        plan.most_faults,
        faults.join(",")
    )
}

fn replay(plan: Plan) -> ExitCode {
    let (seed, plan) = (
        plan.seed,
        Plan {
            tells: true,
            ..plan
        },
    );
    match run(&plan) {
        Ok(ended) => {
            println!("\n{}", ended.faults);
            tell(&plan, &ended);
            ExitCode::from(u8::from(!ended.violations.is_empty()))
        }
        Err(error) => {
            eprintln!("seed {seed}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn tell(plan: &Plan, ended: &Ended) {
    println!(
        "seed {}: {} orders, {} faults, {} events, {:.1} days, trace {}",
        plan.seed,
        plan.registrations,
        ended.faults.sum(),
        ended.events,
        ended.took.as_secs_f64() / 86_400.0,
        ended.hash
    );
    for violation in &ended.violations {
        println!("  VIOLATED  {}", violation.0);
    }
}

fn all(arguments: &Arguments) -> ExitCode {
    let begun = Instant::now();
    let sum = Mutex::new(Sum::default());
    let next = AtomicU64::new(arguments.from);
    let end = arguments.from.saturating_add(arguments.seeds);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= end {
                        return;
                    }
                    add(&sum, arguments.plan(seed));
                }
            });
        }
    });
    let sum = sum.into_inner().unwrap_or_default();
    report(arguments, &sum, begun.elapsed().as_secs_f64())
}

fn add(sum: &Mutex<Sum>, plan: Plan) {
    let ended = run(&plan).unwrap_or_else(|error| Ended {
        violations: vec![simulation::check::Violation(format!("{error:#}"))],
        ..Ended::default()
    });
    let Ok(mut sum) = sum.lock() else { return };
    sum.faults.merge(&ended.faults);
    sum.events += ended.events;
    sum.rescues += ended.rescues;
    sum.stuck += ended.stuck;
    sum.days += ended.took.as_secs_f64() / 86_400.0;
    if !ended.violations.is_empty() {
        sum.failed.push((plan, ended));
    }
}

fn report(arguments: &Arguments, sum: &Sum, seconds: f64) -> ExitCode {
    println!("faults injected:\n{}", sum.faults);
    let orders = arguments.seeds * arguments.registrations as u64;
    println!(
        "{} seeds, {orders} orders, {} events, {:.0} days in {seconds:.1} s: {:.1} seeds per second",
        arguments.seeds,
        sum.events,
        sum.days,
        arguments.seeds as f64 / seconds
    );
    println!(
        "{} seeds failed; {} orders stuck; {} rescues",
        sum.failed.len(),
        sum.stuck,
        sum.rescues
    );
    for (plan, ended) in sum.failed.iter().take(SHOWN) {
        tell(plan, ended);
        if !arguments.no_shrink {
            let small = shrink(plan);
            if let Ok(ended) = run(&small) {
                println!("  shrunk to: {}", command(&small));
                tell(&small, &ended);
            }
        }
    }
    let rare: Vec<_> = Kind::ALL
        .into_iter()
        .filter(|kind| arguments.seeds >= LONG && sum.faults.of(*kind) < ENOUGH)
        .collect();
    if !rare.is_empty() {
        println!("FAILED: too seldom to say anything: {rare:?}");
    }
    ExitCode::from(u8::from(!sum.failed.is_empty() || !rare.is_empty()))
}

/// All that can go wrong, each alone and then all together.
fn exhaustive(most_states: usize) -> ExitCode {
    let nothing = Scope {
        workers: 2,
        duplicate: false,
        crash: false,
        lost_webhook: false,
        amends: false,
    };
    let scopes = [
        ("two workers", nothing),
        (
            "a duplicate",
            Scope {
                duplicate: true,
                ..nothing
            },
        ),
        (
            "a crash",
            Scope {
                crash: true,
                ..nothing
            },
        ),
        (
            "a lost webhook",
            Scope {
                lost_webhook: true,
                ..nothing
            },
        ),
        (
            "a correction",
            Scope {
                amends: true,
                ..nothing
            },
        ),
        (
            "a duplicate and a crash",
            Scope {
                duplicate: true,
                crash: true,
                ..nothing
            },
        ),
        (
            "all of these",
            Scope {
                duplicate: true,
                crash: true,
                lost_webhook: true,
                amends: true,
                ..nothing
            },
        ),
    ];
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut is_right = true;
    for (name, scope) in scopes {
        let begun = Instant::now();
        let seen = match search(scope, most_states, threads) {
            Ok(seen) => seen,
            Err(error) => {
                eprintln!("{name}: {error:#}");
                return ExitCode::FAILURE;
            }
        };
        let whole = match seen.is_cut_short {
            true => "not all of them",
            false => "all",
        };
        println!(
            "{name:<24} {:>9} states, {:>9} runs, {:>7} ends, {} violations, {whole}, {:.1} s",
            seen.states,
            seen.runs,
            seen.ends,
            seen.violations.len(),
            begun.elapsed().as_secs_f64()
        );
        for (way, what) in &seen.violations {
            is_right = false;
            println!("  VIOLATED  {what}");
            for deed in small::tell(scope, way).unwrap_or_default() {
                println!("    {deed}");
            }
        }
    }
    ExitCode::from(u8::from(!is_right))
}

/// Seeds that a planted mistake must be found in.
#[cfg(feature = "planted-bugs")]
const MOST: u64 = 1_000;

#[cfg(feature = "planted-bugs")]
fn planted(arguments: &Arguments) -> ExitCode {
    use platform::planted::{Bug, plant};
    let next = Mutex::new(Bug::ALL.into_iter());
    let missed = AtomicU64::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let bug = || next.lock().ok().and_then(|mut bugs| bugs.next());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(bug) = bug() {
                    let found = (arguments.from..arguments.from + MOST).find_map(|seed| {
                        plant(Some(bug));
                        let ended = run(&Plan::of(seed, arguments.registrations)).ok()?;
                        Some((seed, ended.violations.into_iter().next()?))
                    });
                    match found {
                        Some((seed, violation)) => {
                            let seeds = seed - arguments.from + 1;
                            println!("{bug:?}: found by {seeds} seeds: {}", violation.0);
                        }
                        None => {
                            missed.fetch_add(1, Ordering::SeqCst);
                            println!("MISSED  {bug:?}: not found by {MOST} seeds");
                        }
                    }
                }
            });
        }
    });
    ExitCode::from(u8::from(missed.into_inner() > 0))
}

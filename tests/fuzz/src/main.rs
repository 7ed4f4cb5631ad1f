//! `cargo fuzzing`: altered inputs for every function that reads what comes from outside.
//!
//!     cargo fuzzing                              20,000 inputs of each target
//!     cargo fuzzing --seconds 3600               an hour, the same for each target
//!     cargo fuzzing --target orders --seed 17    one target, with other inputs
//!     cargo fuzzing --target orders --replay FILE    one input

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks by printing"
)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Parser;
use fuzz::alter::Alter;
use fuzz::corpus::{self, Kept};
use fuzz::shrink::shrink;
use fuzz::targets::{self, Target};
use fuzz::trial::{Failure, Trial, keep_panics};

/// Inputs of each target if nothing is said.
const INPUTS: u64 = 20_000;

#[derive(Debug, Parser)]
#[command(about)]
struct Arguments {
    /// How many inputs of each target; 20,000 if nothing is said
    #[arg(long, conflicts_with = "seconds")]
    inputs: Option<u64>,
    /// For how long, all targets together
    #[arg(long)]
    seconds: Option<u64>,
    /// Targets whose names begin so
    #[arg(long)]
    target: Option<String>,
    /// By what inputs are altered
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// This input only, such as one that failed
    #[arg(long, requires = "target")]
    replay: Option<PathBuf>,
}

/// When a target has been given enough.
#[derive(Debug, Clone, Copy)]
enum Until {
    Inputs(u64),
    Spent(Duration),
}

fn main() -> ExitCode {
    keep_panics();
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("fuzzing: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let targets = targets::named(arguments.target.as_deref())?;
    if let Some(file) = &arguments.replay {
        return replay(&targets, file);
    }
    let folder = folder()?;
    let until = match arguments.seconds {
        Some(seconds) => {
            let of_each = u32::try_from(targets.len()).unwrap_or(1);
            Until::Spent(Duration::from_secs(seconds) / of_each)
        }
        None => Until::Inputs(arguments.inputs.unwrap_or(INPUTS)),
    };
    println!("seed {}", arguments.seed);
    let mut failed = 0;
    for target in &targets {
        failed += u32::from(!one(target, arguments.seed, until, &folder)?);
    }
    println!("{} targets, {failed} failed", targets.len());
    Ok(failed == 0)
}

/// Where inputs that failed are kept: beside the build, in `fuzzing`.
fn folder() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe().context("where this program is")?;
    let target = program
        .ancestors()
        .nth(2)
        .context("no folder of the build")?;
    Ok(target.join("fuzzing"))
}

fn replay(targets: &[Target], file: &Path) -> anyhow::Result<bool> {
    let [target] = targets else {
        anyhow::bail!("name one target: an input is of one");
    };
    let input =
        std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let mut trial = Trial::of(*target);
    let failure = trial.alone(&input)?;
    println!(
        "{}, {} bytes, {} KB allocated at once",
        target.name,
        input.len(),
        trial.peak / 1_000
    );
    match &failure {
        Some(failure) => println!("FAILED: {failure}"),
        None => println!("nothing is wrong with it"),
    }
    Ok(failure.is_none())
}

/// Whether every input of the corpus and every altered one is read as it should.
fn one(target: &Target, seed: u64, until: Until, folder: &Path) -> anyhow::Result<bool> {
    let corpus = corpus::of(target)?;
    let kept = Kept::in_folder(folder, target)?;
    let mut trial = Trial::of(*target);
    for (file, input) in &corpus {
        if let Some(failure) = trial.input(input)? {
            println!("{}: FAILED: {}: {failure}", target.name, file.display());
            return Ok(false);
        }
    }
    let corpus = corpus.into_iter().map(|(_, input)| input).collect();
    let mut alter = Alter::new(target.form, corpus, seed);
    let begun = Instant::now();
    let mut inputs = 0;
    let mut largest = 0;
    let failure = loop {
        let is_over = match until {
            Until::Inputs(most) => inputs >= most,
            Until::Spent(most) => begun.elapsed() >= most,
        };
        if is_over {
            break None;
        }
        let input = alter.input();
        kept.read_now(&input)?;
        inputs += 1;
        largest = largest.max(input.len());
        if let Some(failure) = trial.input(&input)? {
            break Some((input, failure));
        }
    };
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{}: {inputs} inputs up to {largest} bytes in {seconds:.1} s, {:.0} per second; panics {}; \
         {} KB allocated at once at most",
        target.name,
        inputs as f64 / seconds,
        u8::from(matches!(failure, Some((_, Failure::Panicked(_))))),
        trial.peak / 1_000,
    );
    match failure {
        Some((input, failure)) => {
            told(target, seed, &kept, &input, &failure)?;
            Ok(false)
        }
        None => Ok(true),
    }
}

/// Makes a failing input small, keeps it, and says how it is run again.
fn told(
    target: &Target,
    seed: u64,
    kept: &Kept,
    input: &[u8],
    failure: &Failure,
) -> anyhow::Result<()> {
    println!("  FAILED: {failure}");
    let mut trial = Trial::of(*target);
    let alike = |again: Option<Failure>| again.is_some_and(|again| again.is_like(failure));
    let least = match alike(trial.alone(input)?) {
        true => shrink(input, seed, |smaller| Ok(alike(trial.input(smaller)?)))?,
        false => {
            println!("  only after the inputs before it: run this seed again");
            input.to_vec()
        }
    };
    let file = kept.failed(seed, &least)?;
    println!(
        "  shrunk from {} to {} bytes: cargo fuzzing --target {} --replay {}",
        input.len(),
        least.len(),
        target.name,
        file.display()
    );
    Ok(())
}

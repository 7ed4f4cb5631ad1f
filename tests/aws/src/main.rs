//! The real functions, made by the real Terraform, on an AWS emulator, carrying
//! real orders from API Gateway to `registered`.
//!
//!     cargo run -p aws-tests                      the first emulator that starts here
//!     cargo run -p aws-tests -- --on all          LocalStack, then ministack
//!     AWS_ENDPOINT_URL=http://… cargo run -p aws-tests    one that runs already
//!     cargo run -p aws-tests -- --packages        only builds the packages
//!
//! # Layout, in the order to read it
//!
//! * [`world`]: emulator, simulator, proxy and stage, brought up and taken down;
//! * [`lane`]: what is shown on it, one file per subject;
//! * [`emulator`], [`packages`], [`stage`]: each of these by itself;
//! * [`proxy`] stands between the functions and AWS: it counts, and fails when
//!   told to; [`meter`] and [`price`] make figures of what it has seen;
//! * [`aws`]: signed calls of the tests' own; [`caller`]: a product team.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test program speaks by printing"
)]

use std::process::ExitCode;

use clap::{Parser, ValueEnum};

mod aws;
mod caller;
mod emulator;
mod lane;
mod meter;
mod packages;
mod price;
mod process;
mod proxy;
mod report;
mod stage;
mod wait;
mod world;

use emulator::{Emulator, Kind};
use report::Report;
use terraform::Terraform;

#[derive(Debug, Parser)]
#[command(about)]
struct Arguments {
    /// Which emulators; without it the first that starts here, under CI=true all
    #[arg(long)]
    on: Option<On>,
    /// An emulator that runs already; what runs there is told apart by itself
    #[arg(long, env = "AWS_ENDPOINT_URL")]
    endpoint: Option<String>,
    /// Only build the packages, into target/packages
    #[arg(long)]
    packages: bool,
    /// Take the packages as they are
    #[arg(long, conflicts_with = "packages")]
    built: bool,
    /// Of cargo, for the packages; `dev` builds faster
    #[arg(long, default_value = "lambda")]
    profile: String,
    /// Only lanes whose name holds this
    #[arg(long)]
    only: Option<String>,
    /// Seconds until the functions look at a submission for the first time: short,
    /// so that lanes end soon. What a stage costs as it is deployed is told by 420
    #[arg(long, default_value_t = 5)]
    first_look: u32,
    /// A lane that cannot run is a failure
    #[arg(long, env = "CI", value_parser = clap::builder::BoolishValueParser::new(), default_value = "false", num_args = 0..=1)]
    ci: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum On {
    Localstack,
    Ministack,
    All,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut report = Report::new(arguments.only.clone());
    if arguments.packages {
        build(&arguments.profile, &mut report).await;
    } else {
        run(&arguments, &mut report).await;
    }
    report.finish(arguments.ci)
}

async fn build(profile: &str, report: &mut Report) -> bool {
    let built = packages::build(profile).await;
    let is_built = built.is_ok();
    report.outcome("packages", built.map(|sizes| sizes.to_string()));
    is_built
}

/// Finds out what can run here before it builds anything.
async fn run(arguments: &Arguments, report: &mut Report) {
    let terraform = match Terraform::ready(&process::project(), &process::target()) {
        Ok(terraform) => terraform,
        Err(why) if why.is_absence() => return report.not_run("all lanes", &why.to_string()),
        Err(error) => return report.failed("all lanes", &error.into()),
    };
    let emulators = emulators(arguments, report).await;
    if emulators.is_empty() || !(arguments.built || build(&arguments.profile, report).await) {
        return;
    }
    for emulator in emulators {
        lane::all(emulator, &terraform, arguments.first_look, report).await;
    }
}

/// Those that were asked for and can start here.
async fn emulators(arguments: &Arguments, report: &mut Report) -> Vec<Emulator> {
    if let Some(endpoint) = &arguments.endpoint {
        let found = emulator::running(endpoint).await;
        return found
            .inspect_err(|why| report.not_run(endpoint, &format!("{why:#}")))
            .into_iter()
            .collect();
    }
    let (kinds, first_only) = match (arguments.on, arguments.ci) {
        (Some(On::Localstack), _) => (vec![Kind::LocalStack], true),
        (Some(On::Ministack), _) => (vec![Kind::Ministack], true),
        (Some(On::All), _) | (None, true) => (vec![Kind::Ministack, Kind::LocalStack], false),
        (None, false) => (vec![Kind::Ministack, Kind::LocalStack], true),
    };
    let mut emulators = Vec::new();
    for kind in kinds {
        match emulator::prepare(kind).await {
            Ok(emulator) => emulators.push(emulator),
            Err(why) => report.not_run(kind.name(), &format!("{why:#}")),
        }
        if first_only && !emulators.is_empty() {
            break;
        }
    }
    emulators
}

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

use emulator::Kind;
use report::Report;

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
    let built = arguments.built || build(&arguments.profile, &mut report).await;
    if !arguments.packages {
        run(&arguments, built, &mut report).await;
    }
    report.finish(arguments.ci)
}

async fn build(profile: &str, report: &mut Report) -> bool {
    let built = packages::build(profile).await;
    let is_built = built.is_ok();
    report.outcome("packages", built.map(|sizes| sizes.to_string()));
    is_built
}

async fn run(arguments: &Arguments, built: bool, report: &mut Report) {
    if !built {
        report.not_run("everything else", "there are no packages");
        return;
    }
    if let Some(endpoint) = &arguments.endpoint {
        match emulator::running(endpoint).await {
            Ok(emulator) => lane::all(emulator, report).await,
            Err(why) => report.not_run(endpoint, &why.to_string()),
        }
        return;
    }
    let (kinds, first_only) = match (arguments.on, arguments.ci) {
        (Some(On::Localstack), _) => (vec![Kind::LocalStack], true),
        (Some(On::Ministack), _) => (vec![Kind::Ministack], true),
        (Some(On::All), _) | (None, true) => (vec![Kind::LocalStack, Kind::Ministack], false),
        (None, false) => (vec![Kind::LocalStack, Kind::Ministack], true),
    };
    for kind in kinds {
        match emulator::prepare(kind).await {
            Ok(emulator) => {
                lane::all(emulator, report).await;
                if first_only {
                    break;
                }
            }
            Err(why) => report.not_run(kind.name(), &format!("{why:#}")),
        }
    }
    // Only ministack enforces IAM.
    match emulator::prepare(Kind::Ministack).await {
        Ok(emulator) => lane::roles(emulator, report).await,
        Err(why) => report.not_run("roles", &format!("{why:#}")),
    }
}

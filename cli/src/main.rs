//! The `registrar` command.
//!
//! * `demo` and `serve` run every function in one process on SQLite
//!   ([`service`]);
//! * the others are the operators' tools, on a data file or on AWS ([`place`]).

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks by printing"
)]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use registration::AccountId;

mod ask;
mod backup;
mod batch;
mod check;
mod decide;
mod demo;
mod findings;
mod limits;
mod place;
mod redrive;
mod registry;
mod serve;
mod steps;
mod submit;
mod table;
mod tokens;
mod trail;

/// Carries businesses through US A2P 10DLC registration: brand, campaign,
/// phone numbers.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    #[command(flatten)]
    place: place::Place,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Carry one example order from start to end against a registry simulator
    Demo(demo::Demo),
    /// Run the platform as a service on one data file
    Serve(serve::Serve),
    /// Ask the registry itself
    Registry(registry::Registry),
    /// Store orders; a service on the same data file, or the functions on AWS,
    /// carry them on
    Submit(batch::submit::Submit),
    /// Say what is wrong with orders, and what reviewers would reject
    Lint {
        /// The orders: JSON with one, NDJSON or CSV with one a line, a directory of such
        /// files, FILE:LINE for one of many, or - for NDJSON on standard input
        #[arg(required_unless_present = "rules", value_name = "FILE")]
        orders: Vec<PathBuf>,
        /// As JSON: one order as one document; of many one a line, and a summary
        #[arg(long)]
        json: bool,
        /// Of many: everything that was found, below each order
        #[arg(long)]
        details: bool,
        /// Call the web site, the privacy policy and the terms too
        #[arg(long)]
        online: bool,
        /// List the rules by which reviewers' rejections are foreseen
        #[arg(long, conflicts_with_all = ["orders", "online", "details"])]
        rules: bool,
        /// The rules as the page docs/preflight.md
        #[arg(long, requires = "rules", conflicts_with = "json")]
        markdown: bool,
    },
    /// Say where a registration stands, and what it waits for
    Show {
        /// The registration
        id: String,
        /// As one JSON document, the registration as the API shows it
        #[arg(long)]
        json: bool,
    },
    /// Print the audit trail of a registration
    History {
        /// The registration
        id: String,
        /// As one JSON document per event
        #[arg(long, conflicts_with = "csv")]
        json: bool,
        /// As comma-separated values
        #[arg(long)]
        csv: bool,
    },
    /// List registrations, newest first
    Find(ask::Find),
    /// Let a parked or refused registration run again
    Retry(decide::Retry),
    /// Correct an order, or one number, by a JSON merge patch
    Amend(decide::Amend),
    /// Withdraw an order from the registry
    Cancel(decide::Cancel),
    /// Let another account register under a brand
    Share(decide::Share),
    /// Hand in the PIN of a sole proprietor, or ask for another SMS
    Otp(decide::Otp),
    /// Have a public company's confirmation e-mail sent again
    Confirmation(decide::Confirmation),
    /// Put dead letters of a function back into its queue
    Redrive(redrive::Redrive),
    /// Give out no slot of a registry's limits until it is resumed
    Pause(limits::Which),
    /// Give out slots of a registry's limits again
    Resume(limits::Which),
    /// Show how fast each registry is called, or set it
    Limits(limits::Limits),
    /// Claim what the orders of an earlier version have: once after an upgrade on AWS;
    /// `serve` does it by itself
    Reclaim,
    /// Prove that no event of a registration was changed or cut out
    Verify {
        /// The registration
        id: String,
        /// As one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Copy the data file while a service runs on it, and look through the copy
    Backup(backup::Backup),
    /// Look through the data file: histories, rows, counters
    Check(check::Check),
    /// Print the list of steps
    Steps {
        /// As JSON: what `infra/steps.json` holds
        #[arg(long)]
        json: bool,
    },
    /// Make, list and take away API tokens
    Tokens(tokens::Tokens),
}

impl Command {
    /// Whether it ends once it has printed. A service goes on when nobody reads what it
    /// prints.
    fn prints(&self) -> bool {
        !matches!(self, Self::Serve(_))
    }
}

/// An account's name as an argument.
#[derive(Debug, Clone)]
struct AccountName(AccountId);

impl std::str::FromStr for AccountName {
    type Err = registration::id::BadId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        AccountId::parse(text).map(Self)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.command.prints() {
        // Whoever reads has seen enough: that is a quiet end, as of any other command.
        // Sockets never raise the signal.
        sigpipe::reset();
    }
    match run(arguments.command, &arguments.place).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("registrar: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command, place: &place::Place) -> anyhow::Result<()> {
    match command {
        Command::Demo(demo) => demo::demo(demo, place).await,
        Command::Serve(serve) => serve::serve(serve, place).await,
        Command::Registry(asked) => registry::registry(asked, place).await,
        Command::Submit(submit) => batch::submit::submit(submit, place).await,
        Command::Lint { markdown: true, .. } => {
            findings::page();
            Ok(())
        }
        Command::Lint {
            rules: true, json, ..
        } => findings::list(json),
        Command::Lint {
            orders,
            json,
            details,
            online,
            ..
        } => {
            let form = batch::lint::Form {
                json,
                details,
                online,
            };
            batch::lint::lint(&orders, form).await
        }
        Command::Show { id, json } => ask::show(&id, json, place).await,
        Command::History { id, json, csv } => {
            let form = match (json, csv) {
                (true, _) => trail::Form::Json,
                (_, true) => trail::Form::Csv,
                _ => trail::Form::Table,
            };
            ask::history(&id, form, place).await
        }
        Command::Find(find) => ask::find(find, place).await,
        Command::Retry(retry) => decide::retry(&retry, place).await,
        Command::Amend(amend) => decide::amend(&amend, place).await,
        Command::Cancel(cancel) => decide::cancel(&cancel, place).await,
        Command::Share(share) => decide::share(&share, place).await,
        Command::Otp(otp) => decide::otp(&otp, place).await,
        Command::Confirmation(again) => decide::confirmation(&again, place).await,
        Command::Redrive(redrive) => redrive::redrive(redrive, place).await,
        Command::Pause(which) => limits::pause(which, place).await,
        Command::Resume(which) => limits::resume(which, place).await,
        Command::Limits(limits) => limits::limits(limits, place).await,
        Command::Reclaim => decide::reclaim(place).await,
        Command::Verify { id, json } => ask::verify(&id, json, place).await,
        Command::Backup(to) => backup::backup(to, place).await,
        Command::Check(looks) => check::check(looks, place).await,
        Command::Steps { json } => steps::steps(json),
        Command::Tokens(tokens) => tokens::tokens(tokens, place).await,
    }
}

//! The `registrar` command.
//!
//! * `demo` and `serve` run every function in one process on SQLite
//!   ([`service`]);
//! * the others are the operators' tools on a data file.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks by printing"
)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use platform::clock::SystemClock;
use platform::sqlite::Sqlite;
use registration::AccountId;

mod ask;
mod demo;
mod serve;
mod steps;
mod submit;
mod tokens;
mod trail;

/// Carries businesses through US A2P 10DLC registration: brand, campaign,
/// phone numbers.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Carry one example order from start to end against a registry simulator
    Demo(demo::Demo),
    /// Run the platform as a service on one data file
    Serve(serve::Serve),
    /// Put an order into a data file; a service on the same file carries it on
    Submit {
        /// The order, JSON
        order: PathBuf,
        /// Whose order it is
        #[arg(long)]
        account: AccountName,
        #[command(flatten)]
        data: Data,
    },
    /// Say what is wrong with an order, and what reviewers would reject
    Lint {
        /// The order, JSON
        order: PathBuf,
    },
    /// Say where a registration stands, and what it waits for
    Show {
        /// The registration
        id: String,
        #[command(flatten)]
        data: Data,
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
        #[command(flatten)]
        data: Data,
    },
    /// List registrations, newest first
    Find(ask::Find),
    /// Let a parked or refused registration run again
    Retry {
        /// The registration
        id: String,
        /// Who decides so, for the audit trail
        #[arg(long)]
        operator: String,
        #[command(flatten)]
        data: Data,
    },
    /// Prove that no event of a registration was changed or cut out
    Verify {
        /// The registration
        id: String,
        #[command(flatten)]
        data: Data,
    },
    /// Print the list of steps
    Steps {
        /// As JSON: what `infra/steps.json` holds
        #[arg(long)]
        json: bool,
    },
    /// Make, list and take away API tokens
    Tokens(tokens::Tokens),
}

/// The data file that a command works on.
#[derive(Debug, Clone, clap::Args)]
struct Data {
    /// The data file
    #[arg(long = "data", default_value = "registrar.db", env = "REGISTRAR_DATA")]
    file: PathBuf,
}

impl Data {
    /// Opens the file; it must be there already.
    fn open(&self) -> anyhow::Result<Sqlite> {
        anyhow::ensure!(
            self.file.exists(),
            "there is no data file {}: name it with --data, or start `registrar serve` first",
            self.file.display()
        );
        Ok(Sqlite::open(&self.file, Arc::new(SystemClock))?)
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
    match run(arguments.command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("registrar: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Demo(demo) => demo::demo(demo).await,
        Command::Serve(serve) => serve::serve(serve).await,
        Command::Submit {
            order,
            account,
            data,
        } => submit::submit(&order, account.0, &data).await,
        Command::Lint { order } => submit::lint(&order),
        Command::Show { id, data } => ask::show(&id, &data).await,
        Command::History {
            id,
            json,
            csv,
            data,
        } => {
            let form = match (json, csv) {
                (true, _) => trail::Form::Json,
                (_, true) => trail::Form::Csv,
                _ => trail::Form::Table,
            };
            ask::history(&id, form, &data).await
        }
        Command::Find(find) => ask::find(find).await,
        Command::Retry { id, operator, data } => submit::retry(&id, &operator, &data).await,
        Command::Verify { id, data } => ask::verify(&id, &data).await,
        Command::Steps { json } => steps::steps(json),
        Command::Tokens(tokens) => tokens::tokens(tokens).await,
    }
}

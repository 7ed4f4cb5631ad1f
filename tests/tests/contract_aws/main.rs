//! The contract of stores and queues, on DynamoDB and SQS: the same scenarios
//! as on SQLite, what only AWS can get wrong, and the operators' commands there,
//! where `REGISTRAR_PROGRAM` names a `registrar` that was built with `aws`.
//!
//! Runs where `AWS_ENDPOINT_URL` names an emulator (or `REGISTRAR_TEST_AWS=real`
//! allows to make tables and queues in the account of the environment). It is
//! no lane of its own where there is none: it says `not run`, and fails with
//! `CI=true`, unless `REGISTRAR_TEST_AWS=elsewhere` says that another job runs
//! it. Arguments: parts of the names of the scenarios to run.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a test program of its own: it reads its environment and prints"
)]

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use end_to_end::contract;

mod ground;
mod only_aws;
mod operators;

use ground::{Aws, Tables};
use operators::Registrar;

/// Scenarios that run at once: most of their time is waiting.
const AT_ONCE: usize = 8;

fn main() -> ExitCode {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let lane = variable("REGISTRAR_TEST_AWS");
    if variable("AWS_ENDPOINT_URL").is_empty() && lane != "real" {
        println!("not run: the contract on DynamoDB and SQS: AWS_ENDPOINT_URL names no emulator");
        let missed = variable("CI") == "true" && lane != "elsewhere";
        return if missed {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        };
    }
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .collect();
    let is_wanted = |name: &&str| wanted.is_empty() || wanted.iter().any(|w| name.contains(w));
    let registrar = Registrar::named(&variable("REGISTRAR_PROGRAM"));
    let commands = match registrar.is_some() {
        true => operators::NAMES,
        false => &[],
    };
    let scenarios = contract::NAMES.iter().chain(only_aws::NAMES);
    let names = scenarios.chain(commands).copied();
    let names: Vec<&str> = names.filter(is_wanted).collect();
    let tables = match runtime().and_then(|runtime| runtime.block_on(Tables::make())) {
        Ok(tables) => Arc::new(tables),
        Err(error) => {
            println!("FAILED: no tables could be made: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    let failed = run_all(&names, &tables, &registrar);
    let swept = runtime().and_then(|runtime| runtime.block_on(tables.remove()));
    if let Err(error) = swept {
        println!("the tables could not be removed: {error:#}");
    }
    println!(
        "{} passed, {} failed {failed:?}",
        names.len() - failed.len(),
        failed.len()
    );
    if registrar.is_none() {
        println!("not run: the operators' commands: REGISTRAR_PROGRAM names no `registrar`");
    }
    let missed = registrar.is_none() && wanted.is_empty() && variable("CI") == "true";
    if failed.is_empty() && !missed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Runs them on threads of their own, so that one that panics fails alone. The
/// names of those that failed.
fn run_all(
    names: &[&'static str],
    tables: &Arc<Tables>,
    registrar: &Option<Registrar>,
) -> Vec<&'static str> {
    let (left, failed) = (Mutex::new(names.to_vec()), Mutex::new(Vec::new()));
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).pop();
    std::thread::scope(|threads| {
        for _ in 0..AT_ONCE {
            threads.spawn(|| {
                while let Some(name) = next() {
                    let (begun, tables) = (Instant::now(), Arc::clone(tables));
                    let registrar = registrar.clone();
                    let ended = std::thread::spawn(move || run(name, tables, registrar)).join();
                    let seconds = begun.elapsed().as_secs_f32();
                    match ended {
                        Ok(Ok(())) => println!("ok      {name} ({seconds:.1} s)"),
                        other => {
                            let why = match other {
                                Ok(ended) => {
                                    ended.err().map_or_else(String::new, |e| format!("{e:#}"))
                                }
                                Err(_) => "it panicked: see above".to_owned(),
                            };
                            println!("FAILED  {name} ({seconds:.1} s): {why}");
                            failed
                                .lock()
                                .unwrap_or_else(PoisonError::into_inner)
                                .push(name);
                        }
                    }
                }
            });
        }
    });
    failed.into_inner().unwrap_or_default()
}

fn run(
    name: &'static str,
    tables: Arc<Tables>,
    registrar: Option<Registrar>,
) -> anyhow::Result<()> {
    runtime()?.block_on(async {
        let ground = Aws::make(tables).await?;
        let ended = if let Some(registrar) = registrar.filter(|_| operators::NAMES.contains(&name))
        {
            operators::run(name, &ground, &registrar).await
        } else if only_aws::NAMES.contains(&name) {
            only_aws::run(name, &ground).await
        } else {
            contract::run(name, &ground).await
        };
        ground.remove().await?;
        ended
    })
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?)
}

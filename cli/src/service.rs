//! The whole platform in one process: every function, the API, and the sweep,
//! on one SQLite file.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use platform::Platform;
use platform::at_registry::Downstream;
use platform::callback::Callbacks;
use platform::check::{self, Wrong};
use platform::clock::SystemClock;
use platform::configuration::Configuration;
use platform::limiter::{Paced, Rate};
use platform::memory::Memory;
use platform::reclaim::{Reclaimed, reclaim};
use platform::sqlite::{Sqlite, quick_check};
use platform::store::{PAGE, RowQuery, StoreError};
use platform::telemetry::chain;
use platform::workers::{self, AtOnce, Functions};
use registry::telnyx::NAME;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{error, info, warn};

use crate::listen;

/// Registrations that the process remembers: at most about 40 MB.
const REMEMBERED: usize = 4_096;

/// Messages of one function that are run at once where no limit asks for less.
const EACH: usize = 64;

/// So many of all functions.
const ALL: usize = 512;

/// A call to a registry takes at most this long, waiting for its slot left aside. A
/// slower one does not use the whole rate.
const LATENCY: Duration = Duration::from_secs(2);

/// How many messages are run at once.
fn at_once(writes: Option<Rate>) -> AtOnce {
    let registry = writes.map_or(ALL, |rate| rate.concurrency(LATENCY).min(ALL));
    AtOnce {
        each: EACH,
        registry,
    }
}

/// A running platform.
pub struct Service {
    /// Where the API listens.
    pub address: SocketAddr,
    /// What its functions work on.
    pub platform: Platform,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// Every step function there is.
pub fn functions(downstream: &Downstream) -> Functions {
    let make = [
        register_brand::functions,
        vet_brand::functions,
        register_campaign::functions,
        assign_numbers::functions,
        offboard::functions,
    ];
    Functions::new(
        make.into_iter()
            .flat_map(|make| make(downstream.clone()))
            .collect(),
    )
}

/// 128 bits from the operating system.
pub fn random() -> u128 {
    let mut bytes = [0; 16];
    // Without the system's random numbers no id is safe to give out: ids made
    // of zeros collide, and the store refuses a second one.
    let _ = getrandom::fill(&mut bytes);
    u128::from_le_bytes(bytes)
}

/// Makes the platform that a configuration describes.
pub fn platform(data: &Path, configuration: &Configuration) -> anyhow::Result<Platform> {
    let sqlite = Sqlite::open(data, Arc::new(SystemClock))?;
    Ok(platform_on(&sqlite, configuration))
}

/// The same on a data file that is open.
pub fn platform_on(sqlite: &Sqlite, configuration: &Configuration) -> Platform {
    Platform {
        store: Arc::new(sqlite.clone()),
        queue: Arc::new(sqlite.clone()),
        clock: Arc::new(SystemClock),
        random,
        patience: configuration.patience.clone(),
        visibility: configuration.visibility,
        preflight: configuration.preflight.clone(),
        accounts_share_brands: configuration.accounts_share_brands,
        callbacks: Callbacks::new(configuration.callbacks),
        memory: Memory::of(REMEMBERED),
    }
}

/// How long a start looks through the file, and then through the newest orders.
const LOOKS: Duration = Duration::from_secs(2);

/// Refuses a data file that is damaged, as far as that shows in a few seconds: SQLite's
/// quick check, and the histories and rows of the newest orders. `registrar check` looks
/// through all of it.
pub async fn look_through(data: &Path, platform: &Platform) -> anyhow::Result<()> {
    const ADVICE: &str = "put a copy in its place (docs/backup.md); `registrar check` says more";
    if let Some(found) = quick_check(data, LOOKS).await? {
        anyhow::bail!(
            "the data file {} is damaged: {found}: {ADVICE}",
            data.display()
        );
    }
    let newest = RowQuery {
        most: PAGE,
        ..RowQuery::default()
    };
    let look = async {
        for row in platform.store.rows(&newest).await?.rows {
            for wrong in check::registration(platform, Some(&row), &row.id).await? {
                if let Wrong::Chain { .. } | Wrong::Unreadable { .. } = wrong {
                    return Ok::<_, StoreError>(Some(chain(&wrong).to_string()));
                }
                let wrong = chain(&wrong);
                warn!(%wrong, "not in order: `registrar check --mend` makes it again");
            }
        }
        Ok(None)
    };
    // What is not looked at in time is left to `registrar check`.
    match tokio::time::timeout(LOOKS, look).await {
        Ok(Ok(Some(wrong))) => anyhow::bail!(
            "the data file {} is not in order: {wrong}: {ADVICE}",
            data.display()
        ),
        Ok(Err(error)) => anyhow::bail!(
            "the data file {} cannot be read: {}: {ADVICE}",
            data.display(),
            chain(&error)
        ),
        Ok(Ok(None)) | Err(_) => Ok(()),
    }
}

/// Makes the claims of a data file from before there were any.
pub async fn reclaim_once(data: &Path, platform: &Platform) -> anyhow::Result<()> {
    let sqlite = Sqlite::open(data, Arc::new(SystemClock))?;
    if sqlite.predates_claims().await? {
        let Reclaimed {
            orders, claimed, ..
        } = reclaim(platform).await?;
        sqlite.has_claims().await?;
        info!(
            orders,
            claimed, "claimed what the orders of an earlier version have"
        );
    }
    Ok(())
}

impl Service {
    /// Starts everything. `sweep_every`: how often what is due is looked for.
    pub async fn start(
        platform: Platform,
        downstream: Downstream,
        listener: TcpListener,
        configuration: &Configuration,
        sweep_every: Duration,
    ) -> anyhow::Result<Self> {
        let address = listener.local_addr().context("the API's address")?;
        let (stop, stopped) = watch::channel(false);
        let pace = platform.pace(NAME, configuration.limits.clone());
        let at_once = at_once(configuration.limits.writes);
        let callbacks = callbacks::Callbacks::new(configuration.callbacks)?;
        let functions = functions(&downstream).with_callbacks(Arc::new(callbacks));
        let router = api::router(platform.clone()).merge(webhooks::router(
            platform.clone(),
            Arc::clone(&downstream.registry),
        ));
        let tasks = vec![
            tokio::spawn(listen::serve(listener, router, stopped.clone())),
            tokio::spawn(workers::work(
                platform.clone(),
                functions,
                at_once,
                stopped.clone(),
            )),
            tokio::spawn(sweep_on(platform.clone(), pace, sweep_every, stopped)),
        ];
        Ok(Self {
            address,
            platform,
            stop,
            tasks,
        })
    }

    /// Takes nothing new, finishes what is in flight, and returns.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

async fn sweep_on(
    platform: Platform,
    pace: Paced,
    every: Duration,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        match sweep::sweep(&platform, &pace).await {
            Ok(swept) if swept.rescues > 0 => info!(rescues = swept.rescues, "swept"),
            Ok(_) => {}
            Err(error) => error!(error = %chain(&error), "the sweep did not finish"),
        }
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            _ = stop.changed() => return,
        }
    }
}

//! Where registrations are: in a data file, or in tables and queues on AWS.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use platform::callback::Callbacks;
use platform::clock::SystemClock;
use platform::memory::Memory;
use platform::sqlite::Sqlite;
use platform::{Platform, Queue, Store};
use registrar::service::random;

use crate::serve::{configuration, variable};

/// The data file, unless another is named.
const FILE: &str = "registrar.db";

/// Where a command finds registrations.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Where registrations are")]
pub(crate) struct Place {
    /// In a data file [default: REGISTRAR_DATA, or registrar.db]
    #[arg(long = "data", value_name = "FILE", global = true)]
    file: Option<PathBuf>,
    /// In DynamoDB and SQS, named by the variables that the functions read:
    /// REGISTRAR_EVENTS_TABLE, REGISTRAR_REGISTRATIONS_TABLE,
    /// REGISTRAR_CONTROLS_TABLE, REGISTRAR_QUEUE_URL_PREFIX
    #[arg(long, global = true)]
    aws: bool,
    /// In DynamoDB and SQS, named as Terraform names them for this stage
    #[arg(long, value_name = "NAME", global = true)]
    stage: Option<String>,
}

/// What a command works on.
pub(crate) struct Opened {
    /// Histories, rows, limits, tokens.
    pub(crate) store: Arc<dyn Store>,
    /// Messages and dead letters.
    pub(crate) queue: Arc<dyn Queue>,
}

impl Place {
    /// Opens what is there already.
    pub(crate) async fn open(&self) -> anyhow::Result<Opened> {
        if self.is_aws() {
            return self.open_aws().await;
        }
        let file = self.file()?;
        ensure!(
            file.exists(),
            "there is no data file {}: name it with --data, start `registrar serve` first, or \
             name a deployment on AWS with --stage",
            file.display()
        );
        self.open_or_make().await
    }

    /// Opens it; a data file is made if there is none.
    pub(crate) async fn open_or_make(&self) -> anyhow::Result<Opened> {
        if self.is_aws() {
            return self.open_aws().await;
        }
        let sqlite = Arc::new(Sqlite::open(&self.file()?, Arc::new(SystemClock))?);
        Ok(Opened {
            store: sqlite.clone(),
            queue: sqlite,
        })
    }

    /// The data file, for a command that works on nothing else.
    pub(crate) fn file(&self) -> anyhow::Result<PathBuf> {
        let named = self.named_file()?;
        let file = named.or_else(|| variable("REGISTRAR_DATA").map(PathBuf::from));
        Ok(file.unwrap_or_else(|| FILE.into()))
    }

    /// The data file, which must be there.
    pub(crate) fn existing_file(&self) -> anyhow::Result<PathBuf> {
        let file = self.file()?;
        ensure!(
            file.exists(),
            "there is no data file {}: name it with --data",
            file.display()
        );
        Ok(file)
    }

    /// The data file, if the command line names one.
    pub(crate) fn named_file(&self) -> anyhow::Result<Option<PathBuf>> {
        ensure!(
            !self.is_aws(),
            "this command runs everything in one process on a data file: name one with --data, \
             without --aws and --stage"
        );
        Ok(self.file.clone())
    }

    /// What tells one place from another, in files that outlive a command.
    pub(crate) fn name(&self) -> anyhow::Result<String> {
        if let Some(stage) = &self.stage {
            return Ok(format!("stage {stage}"));
        }
        if self.aws {
            let table = variable("REGISTRAR_EVENTS_TABLE").unwrap_or_default();
            return Ok(format!("table {table}"));
        }
        let file = self.file()?;
        let file = std::path::absolute(&file)
            .with_context(|| format!("the data file {} cannot be found", file.display()))?;
        Ok(format!("data {}", file.display()))
    }

    fn is_aws(&self) -> bool {
        self.aws || self.stage.is_some()
    }

    #[cfg(feature = "aws")]
    async fn open_aws(&self) -> anyhow::Result<Opened> {
        use platform::aws::access;

        self.only_aws()?;
        let tables = match &self.stage {
            Some(stage) => access::by_stage(stage, random).await?,
            None => access::by_environment(&variable, random).await?,
        };
        Ok(Opened {
            store: Arc::new(tables.store),
            queue: Arc::new(tables.queue),
        })
    }

    #[cfg(not(feature = "aws"))]
    async fn open_aws(&self) -> anyhow::Result<Opened> {
        self.only_aws()?;
        anyhow::bail!(
            "this `registrar` was built without AWS: build it with \
             `cargo build --release --features aws`"
        )
    }

    fn only_aws(&self) -> anyhow::Result<()> {
        ensure!(
            self.file.is_none(),
            "--data names a file, --aws and --stage name tables and queues: give one of them"
        );
        Ok(())
    }
}

impl Opened {
    /// A platform for commands that only store and send: calling the registry is
    /// for the service and the functions.
    pub(crate) fn platform(&self) -> anyhow::Result<Platform> {
        let configuration = configuration()?;
        Ok(Platform {
            store: Arc::clone(&self.store),
            queue: Arc::clone(&self.queue),
            clock: Arc::new(SystemClock),
            random,
            patience: configuration.patience,
            visibility: configuration.visibility,
            preflight: configuration.preflight,
            accounts_share_brands: configuration.accounts_share_brands,
            callbacks: Callbacks::new(configuration.callbacks),
            memory: Memory::of(0),
        })
    }
}

//! Emulators: started by the scripts beside this crate, or running already.

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;

use crate::process::{project, run, scratch};

/// Installing takes most of it.
const LONGEST_START: Duration = Duration::from_secs(10 * 60);

/// The emulators that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    LocalStack,
    Ministack,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::LocalStack => "localstack",
            Self::Ministack => "ministack",
        }
    }

    /// Of the variables that its scripts read.
    fn prefix(self) -> &'static str {
        match self {
            Self::LocalStack => "LS",
            Self::Ministack => "MS",
        }
    }

    fn script(self, name: &str) -> PathBuf {
        project().join("tests/aws").join(self.name()).join(name)
    }

    /// Where API Gateway answers for one API; `{api}` stands for its id.
    pub(crate) fn api_url(self, emulator: &str, stage: &str) -> String {
        // Both have LocalStack's address form.
        format!("{emulator}/_aws/execute-api/{{api}}/{stage}")
    }
}

/// An emulator that can be started, or runs.
#[derive(Debug, Clone)]
pub(crate) struct Emulator {
    pub(crate) kind: Kind,
    /// Where it listens, or will listen.
    pub(crate) url: String,
    /// None: it was there before, and stays.
    home: Option<PathBuf>,
    port: u16,
}

/// Looks whether an emulator answers at `endpoint`, and which.
pub(crate) async fn running(endpoint: &str) -> Result<Emulator> {
    let url = endpoint.trim_end_matches('/').to_owned();
    let http = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(5))
        .build()?;
    for (kind, path) in [
        (Kind::LocalStack, "/_localstack/info"),
        (Kind::Ministack, "/_ministack/health"),
    ] {
        let answer = http.get(format!("{url}{path}")).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(Emulator {
                kind,
                url,
                home: None,
                port: 0,
            });
        }
    }
    bail!("neither LocalStack nor ministack answers there")
}

/// An emulator of this kind that listens nowhere yet: on a free port of its own.
pub(crate) async fn prepare(kind: Kind) -> Result<Emulator> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let emulator = Emulator {
        kind,
        url: format!("http://127.0.0.1:{port}"),
        home: Some(scratch().join(kind.name())),
        port,
    };
    // Installs it, and shows that it starts.
    emulator.start("").await?;
    emulator.stop().await;
    Ok(emulator)
}

impl Emulator {
    /// Whether it was started by these tests.
    pub(crate) fn is_ours(&self) -> bool {
        self.home.is_some()
    }

    /// Whether it enforces IAM. LocalStack's is a paid feature; one that runs
    /// already was started as somebody else wanted it.
    pub(crate) fn enforces_iam(&self) -> bool {
        self.is_ours() && self.kind == Kind::Ministack
    }

    /// Starts it, empty. `functions_endpoint`: what functions are told to call
    /// AWS at; ministack decides that for them.
    pub(crate) async fn start(&self, functions_endpoint: &str) -> Result<()> {
        let Some(home) = &self.home else {
            return Ok(());
        };
        let prefix = self.kind.prefix();
        let mut command = Command::new(self.kind.script("start.sh"));
        command
            .env(format!("{prefix}_HOME"), home)
            .env(format!("{prefix}_PORT"), self.port.to_string())
            .env("MS_AUTH", self.enforces_iam().to_string());
        if !functions_endpoint.is_empty() {
            command.env("MS_FUNCTIONS_ENDPOINT", functions_endpoint);
        }
        let said = run(&mut command, LONGEST_START).await?;
        if said.code != Some(0) {
            let why = said.err.lines().rfind(|line| !line.trim().is_empty());
            bail!("{}", why.unwrap_or("it did not start, and did not say why"));
        }
        Ok(())
    }

    /// Stops it, if these tests have started it.
    pub(crate) async fn stop(&self) {
        let Some(home) = &self.home else { return };
        let mut command = Command::new(self.kind.script("stop.sh"));
        command.env(format!("{}_HOME", self.kind.prefix()), home);
        let stopped = run(&mut command, Duration::from_secs(30)).await;
        if let Err(error) = stopped.context("the emulator was not stopped") {
            eprintln!("{error:#}");
        }
    }
}

//! A `registrar serve` in a process of its own, and one client that behaves.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, ensure};
use registry_simulator::{Settings, Simulator};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::LONGEST;

/// The service. Ended when dropped.
pub(crate) struct Served {
    child: Child,
    /// Such as `127.0.0.1:40001`.
    pub(crate) address: String,
    /// Of an account.
    pub(crate) token: String,
}

impl Served {
    pub(crate) async fn start(data: &Path, simulator: &Simulator) -> anyhow::Result<Self> {
        let beside = std::env::current_exe()?;
        let registrar = beside.parent().context("no folder")?.join("registrar");
        // With as many files as a process gets on most systems.
        let mut child = Command::new("sh")
            .args(["-c", "ulimit -n 1024 && exec \"$0\" \"$@\""])
            .arg(&registrar)
            .args([
                "serve",
                "--log",
                "error",
                "--listen",
                "127.0.0.1:0",
                "--data",
            ])
            .arg(data)
            .env("REGISTRAR_REGISTRY_URL", simulator.base_url())
            .env("REGISTRAR_REGISTRY_KEY", Settings::default().api_key)
            .env("REGISTRAR_REGISTRY_PUBLIC_KEY", simulator.public_key())
            .env("REGISTRAR_WRITES_PER_SECOND", "none")
            .env("REGISTRAR_READS_PER_SECOND", "none")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let said = child.stdout.take().context("no output")?;
        let mut line = String::new();
        timeout(LONGEST, BufReader::new(said).read_line(&mut line)).await??;
        let address = line.trim().rsplit_once("http://").context(line.clone())?.1;
        let made = Command::new(&registrar)
            .args(["tokens", "add", "abuse", "--account", "acme", "--data"])
            .arg(data)
            .output()
            .await?;
        ensure!(made.status.success(), "no token");
        Ok(Self {
            child,
            address: address.to_owned(),
            token: String::from_utf8(made.stdout)?.trim().to_owned(),
        })
    }

    pub(crate) async fn connect(&self) -> anyhow::Result<TcpStream> {
        Ok(timeout(LONGEST, TcpStream::connect(&self.address)).await??)
    }

    /// The head of a call, with the token.
    pub(crate) fn head(&self, call: &str, headers: &str) -> String {
        format!(
            "{call} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n{headers}\r\n",
            self.address, self.token
        )
    }

    /// Whether a client that behaves is answered: health, and a list from the data file.
    pub(crate) async fn answers(&self) -> anyhow::Result<()> {
        for path in ["/v1/health", "/v1/registrations"] {
            let mut stream = self.connect().await?;
            let head = self.head(&format!("GET {path}"), "Connection: close\r\n");
            stream.write_all(head.as_bytes()).await?;
            let status = status(&mut stream).await?;
            ensure!(status == Some(200), "{path} was answered with {status:?}");
        }
        Ok(())
    }

    /// In megabytes (10^6 bytes), now.
    pub(crate) fn resident(&self) -> anyhow::Result<f64> {
        self.memory("VmRSS")
    }

    /// In megabytes, the most there ever was.
    pub(crate) fn peak(&self) -> anyhow::Result<f64> {
        self.memory("VmHWM")
    }

    fn memory(&self, what: &str) -> anyhow::Result<f64> {
        let id = self.child.id().context("the service has ended")?;
        end_to_end::process::memory(id, what)
    }

    /// The service must still be there to be ended.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        let ended = self.child.try_wait()?;
        ensure!(ended.is_none(), "the service ended by itself: {ended:?}");
        Ok(self.child.kill().await?)
    }
}

/// The status that is answered; none if the connection ends without one.
pub(crate) async fn status(stream: &mut TcpStream) -> anyhow::Result<Option<u16>> {
    let mut said = Vec::new();
    let mut piece = [0; 1024];
    let line = b"HTTP/1.1 200";
    let reading = async {
        while said.len() < line.len() {
            match stream.read(&mut piece).await {
                Ok(0) | Err(_) => break,
                Ok(read) => said.extend(piece.iter().take(read)),
            }
        }
    };
    timeout(LONGEST, reading).await.context("no answer came")?;
    let status = said
        .get(9..12)
        .and_then(|status| std::str::from_utf8(status).ok());
    Ok(status.and_then(|status| status.parse().ok()))
}

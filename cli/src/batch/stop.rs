//! Ctrl-C while orders are submitted: the one in hand is finished, none is begun after it.

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// What a process that is interrupted ends with.
const INTERRUPTED: i32 = 130;

/// Whether somebody asked to stop.
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Listens for Ctrl-C and SIGTERM. Whoever asks a second time does not wait: the key of the
    /// order in hand sees to it that it is not taken twice.
    pub(crate) fn on_signals() -> anyhow::Result<Self> {
        let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT")?;
        let mut terminate = signal(SignalKind::terminate()).context("SIGTERM")?;
        let (ask, asked) = watch::channel(false);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                if ask.send_replace(true) {
                    std::process::exit(INTERRUPTED);
                }
            }
        });
        Ok(Self(asked))
    }

    pub(crate) fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for something, unless somebody asks to stop first. Whether it came.
    pub(crate) async fn unless_asked<T>(&mut self, something: impl Future<Output = T>) -> bool {
        tokio::select! {
            biased;
            _ = self.0.wait_for(|asked| *asked) => false,
            _ = something => true,
        }
    }
}

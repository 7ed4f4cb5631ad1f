//! `registrar serve`: the platform as a service on one data file.

use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use platform::configuration::Configuration;
use platform::telemetry::{self, Format};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;

use crate::place::Place;
use registrar::downstream::downstream;
use registrar::service::{self, Service};

/// What `registrar serve` can be told on the command line. Everything else is
/// in the environment: see `platform::configuration`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Environment:
  REGISTRAR_REGISTRY_KEY, REGISTRAR_REGISTRY_PUBLIC_KEY   the registry account (required)
  REGISTRAR_REGISTRY_URL          the registry's address, if not Telnyx's
  REGISTRAR_PUBLIC_URL            where the registry reaches this service for webhooks
  REGISTRAR_WRITES_PER_SECOND     2, REGISTRAR_READS_PER_SECOND 20; `none`: no limit
  REGISTRAR_VETTING               AEGIS/STANDARD: what is ordered where a use case needs one; none
  REGISTRAR_CAMPAIGNS_EDITABLE    true; false: a refused campaign can only be appealed
  REGISTRAR_CALL_TIMEOUT          seconds, 20; REGISTRAR_LEASE 60, REGISTRAR_VISIBILITY 90
  REGISTRAR_FIRST_LOOK            seconds, as REGISTRAR_RESCUE_AFTER; REGISTRAR_LONGEST_LOOK 86400
  REGISTRAR_FIRST_REVIEW_LOOK     of vettings and campaigns: seconds, 86400;
                                  REGISTRAR_LONGEST_REVIEW_LOOK 259200
  REGISTRAR_FIRST_RETRY           seconds, 5; REGISTRAR_LONGEST_RETRY 900; REGISTRAR_ATTEMPTS 6
  REGISTRAR_RESCUE_AFTER          seconds, 300
  REGISTRAR_CALLBACKS_ALLOW       where callbacks may go beside https on the public internet,
                                  for trying out: loopback, ports")]
pub(crate) struct Serve {
    /// Where the API listens
    #[arg(long, default_value = "127.0.0.1:8010", env = "REGISTRAR_LISTEN")]
    listen: SocketAddr,
    /// Seconds between two looks for what is due
    #[arg(long, default_value_t = 1.0, value_parser = seconds)]
    sweep_every: f64,
    /// Log JSON lines
    #[arg(long)]
    json_logs: bool,
    /// What is logged
    #[arg(long, default_value = "info", env = "REGISTRAR_LOG")]
    log: String,
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "not a number of seconds".to_owned())?;
    if (0.01..=3600.0).contains(&seconds) {
        Ok(seconds)
    } else {
        Err("between 0.01 and 3600 seconds".to_owned())
    }
}

/// A variable of the environment; an empty one is none.
#[allow(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Reads the environment, once.
pub(crate) fn configuration() -> anyhow::Result<Configuration> {
    Configuration::read(&variable).map_err(|wrong| {
        let lines: Vec<_> = wrong.iter().map(|wrong| format!("  {wrong}")).collect();
        anyhow::anyhow!("the environment cannot be used:\n{}", lines.join("\n"))
    })
}

/// Runs until it is told to stop.
pub(crate) async fn serve(serve: Serve, place: &Place) -> anyhow::Result<()> {
    let format = if serve.json_logs {
        Format::Json
    } else {
        Format::Text
    };
    telemetry::start(format, &serve.log);
    let (file, configuration) = (place.file()?, configuration()?);
    let platform = service::platform(&file, &configuration)?;
    service::look_through(&file, &platform).await?;
    service::reclaim_once(&file, &platform).await?;
    let downstream = downstream(&platform, &configuration)?;
    let listener = TcpListener::bind(serve.listen)
        .await
        .with_context(|| format!("nothing can listen at {}", serve.listen))?;
    let every = Duration::from_secs_f64(serve.sweep_every);
    let service = Service::start(platform, downstream, listener, &configuration, every).await?;
    // Whoever has read that it listens may tell it to stop.
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM")?;
    // Nobody need read it.
    let _ = writeln!(
        std::io::stdout(),
        "registrar listens at http://{}\ndata file {}; a token: registrar tokens add NAME \
         --account ACCOUNT --data {1}",
        service.address,
        file.display()
    );
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    info!("stopping: finishing what is in flight");
    service.stop().await;
    Ok(())
}

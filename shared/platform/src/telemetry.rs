//! Structured logs: ids and classes, never personal data.

use tracing_subscriber::EnvFilter;

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal.
    Text,
    /// One JSON object per line.
    Json,
}

/// Starts logging to standard error. `filter`: such as `info` or
/// `registrar=debug`; anything that is not a filter means `info`.
pub fn start(format: Format, filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // A second start in one process changes nothing.
    let _ = match format {
        Format::Text => builder.try_init().ok(),
        Format::Json => builder.json().flatten_event(true).try_init().ok(),
    };
}

//! Structured logs: ids and classes, never personal data.

use std::error::Error;
use std::fmt;
use std::io::IsTerminal as _;

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
    // At a terminal NO_COLOR decides; elsewhere nobody sees colours.
    let builder = match std::io::stderr().is_terminal() {
        true => builder,
        false => builder.with_ansi(false),
    };
    // A second start in one process changes nothing.
    let _ = match format {
        Format::Text => builder.try_init().ok(),
        Format::Json => builder.json().flatten_event(true).try_init().ok(),
    };
}

/// An error with everything that led to it, in one line: `what: why: why`. What could not
/// be read as JSON is told by its place: its own words hold values.
pub fn chain<'a>(error: &'a (dyn Error + 'static)) -> Chain<'a> {
    Chain(error)
}

/// See [`chain`].
#[derive(Debug, Clone, Copy)]
pub struct Chain<'a>(&'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = words(self.0);
        f.write_str(&told)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let why = words(error);
            // Some errors tell their source's words as their own.
            if !told.ends_with(&why) {
                write!(f, ": {why}")?;
            }
            (told, cause) = (why, error.source());
        }
        Ok(())
    }
}

fn words(error: &(dyn Error + 'static)) -> String {
    match error.downcast_ref::<serde_json::Error>() {
        Some(json) => format!(
            "JSON that does not fit ({:?}, line {}, column {})",
            json.classify(),
            json.line(),
            json.column()
        ),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::QueueError;

    #[test]
    fn a_logged_error_tells_everything_that_led_to_it() {
        let disk = std::io::Error::other("database or disk is full");
        let queue = QueueError {
            verb: "receive",
            source: Box::new(disk),
        };
        assert_eq!(
            chain(&queue).to_string(),
            "the queue could not receive: database or disk is full"
        );
    }

    #[test]
    fn what_was_stored_is_not_told_with_an_error() {
        let json = serde_json::from_str::<u8>("\"914820367\"").unwrap_err();
        assert!(json.to_string().contains("914820367"));
        let told = chain(&json).to_string();
        assert_eq!(told, "JSON that does not fit (Data, line 1, column 11)");
    }
}

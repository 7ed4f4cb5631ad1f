//! Waiting for a condition, never for a time.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::Instant;

/// Asks until there is an answer; gives up after `longest`, with what was waited
/// for. An error of a question only counts when the time is over.
pub(crate) async fn until<T, F>(what: &str, longest: Duration, mut ask: F) -> Result<T>
where
    F: AsyncFnMut() -> Result<Option<T>>,
{
    let begun = Instant::now();
    loop {
        let answer = ask().await;
        match answer {
            Ok(Some(answer)) => return Ok(answer),
            Ok(None) if begun.elapsed() > longest => {
                bail!("{what}: not within {} s", longest.as_secs())
            }
            Err(error) if begun.elapsed() > longest => return Err(error.context(what.to_owned())),
            _ => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

//! sweep in AWS Lambda: one run for each tick of its schedule.

use std::process::ExitCode;
use std::sync::Arc;

use platform::lambda::{self, metrics};
use registry::telnyx::NAME;
use serde_json::Value;
use sweep::{Swept, sweep};

fn main() -> ExitCode {
    lambda::run(async {
        let started = Arc::new(lambda::start().await?);
        lambda::events(move |_| {
            let started = Arc::clone(&started);
            async move {
                let platform = &started.platform;
                let pace = platform.pace(NAME, started.configuration.limits.clone());
                let swept = sweep(platform, &pace).await?;
                let now = platform.clock.now();
                metrics::count(&started.settings.stage, "sweep", now, &counts(swept));
                Ok(Value::Null)
            }
        })
        .await
    })
}

/// Written by every run, also where all are zero: a sweep that does not run is
/// seen by its absence.
fn counts(swept: Swept) -> [metrics::Count; 5] {
    [
        ("Looks", swept.looks),
        ("Rescues", swept.rescues),
        ("Queued", swept.queued),
        ("Stalled", swept.stalled),
        ("Callbacks", swept.callbacks),
    ]
}

//! register-campaign in AWS Lambda: runs the messages of its queue.

use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    platform::lambda::steps(|registry| vec![Arc::new(register_campaign::function(registry))])
}

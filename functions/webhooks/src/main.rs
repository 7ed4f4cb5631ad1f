//! webhooks in AWS Lambda: the same Router, behind API Gateway.

use std::process::ExitCode;
use std::sync::Arc;

use platform::lambda;

fn main() -> ExitCode {
    lambda::run(async {
        let started = lambda::start().await?;
        // It proves what the registry says, and has no key to call it.
        let registry = Arc::clone(&started.webhooks_only().await?.registry);
        lambda_http::run(webhooks::router(started.platform, registry)).await
    })
}

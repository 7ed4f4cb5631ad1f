//! The same on AWS: store in DynamoDB, queue in SQS, secrets in SSM.
//!
//! # Layout
//!
//! * `tables`: the three tables, described once for the store and for `infra/`;
//! * `store`: the store, verb by verb; behind it `events` (histories), `rows`
//!   (the projection), `lists` (its indexes), `limits`, `controls`
//!   (tokens, idempotency keys), `transaction`, `item` and `attribute`;
//! * `queue`: the queue;
//! * `settings`: what the environment says; `access`: how an operator's command
//!   comes to a deployment;
//! * `secret`: what must not be in a plain environment.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};

pub mod access;
mod allowances;
mod attribute;
mod callbacks;
mod claims;
mod controls;
mod events;
mod failure;
mod item;
mod limits;
mod lists;
mod queue;
mod rows;
mod secret;
mod settings;
mod store;
pub mod tables;
mod transaction;

pub use failure::Failure;
pub use queue::{DEAD, Sqs};
pub use secret::{SecretError, secret};
pub use settings::Settings;
pub use store::Dynamo;
pub use tables::Tables;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_millis(1_500);

/// How long one try of a call may take; the SDK tries up to three times.
const ATTEMPT: Duration = Duration::from_secs(3);

/// How long a call may take with all its tries.
const CALL: Duration = Duration::from_secs(8);

/// Reads region, credentials and endpoint from the environment, once. Every
/// client made of it shares one pool of connections.
pub async fn connect() -> SdkConfig {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(CALL)
        .build();
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard())
        .load()
        .await
}

//! A function that does nothing: what a start costs at the least.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    run(service_fn(async |event: LambdaEvent<Value>| {
        Ok::<Value, Error>(event.payload)
    }))
    .await
}

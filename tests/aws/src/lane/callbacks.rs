//! An account is called back by the real function, and can prove every call.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use end_to_end::orders;
use end_to_end::receiver::{Answer, Receiver};
use standardwebhooks::Webhook;

use crate::caller::Caller;
use crate::wait;
use crate::world::World;

/// Of its own: nobody's process knows yet that it has no callback.
const ACCOUNT: &str = "called-back";

const LONGEST: Duration = Duration::from_secs(150);

pub(crate) async fn run(world: &World) -> Result<String> {
    let stage = &world.stage;
    let (url, controls) = (stage.output("/api_url")?, stage.output("/tables/controls")?);
    let caller = Caller::of(ACCOUNT, "ca", url, &controls, &world.aws).await?;
    // The first call fails: the sweep brings it again.
    let receiver = Receiver::start(vec![Answer::Status(500)], Answer::Status(200)).await?;
    let secret = caller.register_callback(&receiver.url).await?;
    let id = caller.post(&orders::document(900, 2), "callbacks").await?;
    caller.registered(&id).await?;
    let calls = wait::until("the account is told the end", LONGEST, async || {
        let calls = receiver.calls();
        let is_end = |status: serde_json::Value| status == "registered";
        let told = calls.iter().any(|call| is_end(call.says("/data/status")));
        Ok(told.then_some(calls))
    })
    .await?;
    let webhook = Webhook::new(&secret)?;
    let mut last = 0;
    for call in &calls {
        webhook.verify(call.body.as_bytes(), &call.headers)?;
        let seq = call
            .says("/data/seq")
            .as_u64()
            .context("a call without a seq")?;
        ensure!(last <= seq, "change {seq} was told after {last}");
        last = seq;
    }
    let history = caller.history(&id).await?;
    let count = |name: &str| history.iter().filter(|fact| *fact == name).count();
    ensure!(count("callback_failed") == 1, "{history:?}");
    Ok(format!(
        "{} changes told in {} calls, in order, each signed; the one that failed came again",
        count("callback_due"),
        calls.len()
    ))
}

//! A product team: posts orders to the API's own URL and reads what became of
//! them.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::aws::Aws;
use crate::wait;

/// The account of all tests.
const ACCOUNT: &str = "acme";

/// Enough for everything that a test does to an order, a redelivery included.
const LONGEST: Duration = Duration::from_secs(150);

#[derive(Clone)]
pub(crate) struct Caller {
    url: String,
    token: String,
    http: reqwest::Client,
}

impl Caller {
    /// Makes a token, in the form in which `registrar tokens add` keeps it.
    pub(crate) async fn new(url: String, controls: &str, aws: &Aws) -> Result<Self> {
        Self::of(ACCOUNT, "5e", url, controls, aws).await
    }

    /// The same for another account. `byte`: what its token is made of.
    pub(crate) async fn of(
        account: &str,
        byte: &str,
        url: String,
        controls: &str,
        aws: &Aws,
    ) -> Result<Self> {
        let token = format!("rgt_{}", byte.repeat(32));
        let hash: String = Sha256::digest(&token)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let item = json!({
            "kind": {"S": "token"},
            "name": {"S": hash},
            "token": {"M": {
                "name": {"S": "tests"},
                "role": {"M": {"role": {"S": "account"}, "account": {"S": account}}},
                "created_at": {"S": "2026-01-01T00:00:00Z"},
            }},
        });
        aws.dynamodb("PutItem", json!({"TableName": controls, "Item": item}))
            .await?;
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()?;
        Ok(Self { url, token, http })
    }

    /// Registers a callback; its secret.
    pub(crate) async fn register_callback(&self, to: &str) -> Result<String> {
        let call = self.http.put(format!("{}/v1/callback", self.url));
        let call = call.bearer_auth(&self.token).json(&json!({ "url": to }));
        let answer: Value = call.send().await?.error_for_status()?.json().await?;
        let secret = answer.get("secret").and_then(Value::as_str);
        Ok(secret.context("an answer without a secret")?.to_owned())
    }

    /// Posts an order; its id.
    pub(crate) async fn post(&self, order: &Value, key: &str) -> Result<String> {
        let answer = self
            .http
            .post(format!("{}/v1/registrations", self.url))
            .bearer_auth(&self.token)
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(order.to_string())
            .send()
            .await?;
        let status = answer.status();
        let body = answer.text().await?;
        ensure!(
            status.as_u16() == 202,
            "the order was not taken: {status} {body}"
        );
        let body: Value = serde_json::from_str(&body)?;
        let id = body.get("id").and_then(Value::as_str);
        Ok(id.context("an answer without an id")?.to_owned())
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        let url = format!("{}/v1/registrations/{path}", self.url);
        let answer = self
            .http
            .get(url)
            .bearer_auth(&self.token)
            .header("accept", "application/json")
            .send()
            .await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// The status of a call without a token.
    pub(crate) async fn stranger(&self) -> Result<u16> {
        let url = format!("{}/v1/registrations", self.url);
        Ok(self.http.get(url).send().await?.status().as_u16())
    }

    /// Waits until a registration is at its end, which must be `registered`.
    pub(crate) async fn registered(&self, id: &str) -> Result<()> {
        let mut last = String::new();
        let end = wait::until(&format!("{id} comes to its end"), LONGEST, async || {
            let now = self.get(id).await?;
            let status = now
                .get("status")
                .and_then(Value::as_str)
                .unwrap_or_default();
            last = now.to_string();
            Ok((!["in_progress", "in_review"].contains(&status)).then(|| status.to_owned()))
        })
        .await
        .with_context(|| format!("it stands so: {last}"))?;
        ensure!(end == "registered", "{id} ended as `{end}`");
        Ok(())
    }

    /// The names of all facts of a history, in order; of a step with its name.
    pub(crate) async fn history(&self, id: &str) -> Result<Vec<String>> {
        let answer = self.get(&format!("{id}/events")).await?;
        let events = answer
            .get("events")
            .unwrap_or(&answer)
            .as_array()
            .context("no list of events")?;
        let facts = events
            .iter()
            .flat_map(|event| event.get("facts").and_then(Value::as_array))
            .flatten();
        Ok(facts
            .map(|fact| {
                let text = |name: &str| fact.get(name).and_then(Value::as_str).unwrap_or_default();
                format!("{} {}", text("step"), text("fact"))
                    .trim()
                    .to_owned()
            })
            .collect())
    }
}

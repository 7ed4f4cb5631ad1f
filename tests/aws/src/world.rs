//! Everything that a lane needs: simulator, proxy, emulator, stage, caller.

use std::time::Duration;

use anyhow::{Context as _, Result};
use registry_simulator::{Delivery, Reviews, Settings as Simulated, Simulator, Span, Webhooks};
use serde_json::{Value, json};

use crate::aws::Aws;
use crate::caller::Caller;
use crate::emulator::Emulator;
use crate::lane::roles::allow_batches;
use crate::proxy::Proxy;
use crate::stage::{Settings, Stage};
use terraform::Terraform;

/// A stage with all that is around it.
pub(crate) struct World {
    pub(crate) emulator: Emulator,
    pub(crate) simulator: Simulator,
    pub(crate) proxy: Proxy,
    pub(crate) stage: Stage,
    pub(crate) aws: Aws,
    pub(crate) caller: Caller,
}

impl World {
    /// Brings everything up.
    pub(crate) async fn new(
        emulator: Emulator,
        terraform: &Terraform,
        first_look: u32,
    ) -> Result<Self> {
        let simulated = Simulated {
            reviews: Reviews {
                brand: Span::between(Duration::from_millis(200), Duration::from_millis(600)),
                campaign: Span::between(Duration::from_millis(500), Duration::from_secs(1)),
                number: Span::between(Duration::from_millis(200), Duration::from_millis(900)),
                ..Reviews::default()
            },
            webhooks: Webhooks::On(Delivery {
                timeout: Duration::from_secs(10),
                ..Delivery::default()
            }),
            ..Simulated::default()
        };
        let key = simulated.api_key.clone();
        let simulator = Simulator::start(simulated, ([127, 0, 0, 1], 0).into()).await?;
        let proxy = Proxy::start(&emulator.url).await?;
        emulator.start(&proxy.url()).await.context("the emulator")?;
        let brought_up = stage(&emulator, terraform, &simulator, &proxy, (&key, first_look)).await;
        if brought_up.is_err() {
            emulator.stop().await;
        }
        let (stage, aws, caller) = brought_up?;
        Ok(Self {
            emulator,
            simulator,
            proxy,
            stage,
            aws,
            caller,
        })
    }

    /// Takes everything down: what was destroyed, in Terraform's words.
    pub(crate) async fn end(self) -> Result<String> {
        let destroyed = self.stage.destroy().await;
        self.emulator.stop().await;
        self.simulator.stop().await;
        destroyed
    }

    /// How often each brand, campaign and number was submitted, if not once.
    pub(crate) fn submitted_again(&self) -> Value {
        let submissions = self.simulator.submissions();
        let again = |counts: std::collections::BTreeMap<String, u64>| -> Vec<_> {
            counts
                .into_iter()
                .filter(|(_, count)| *count != 1)
                .collect()
        };
        json!([
            again(submissions.brands),
            again(submissions.campaigns),
            again(submissions.numbers)
        ])
    }

    /// What the functions have to say to a lane that failed: the last refused
    /// calls to AWS, and the last lines of trouble in their logs.
    pub(crate) async fn tell(&self) {
        let calls = self.proxy.take();
        let refused: Vec<_> = calls.iter().filter(|call| call.status >= 400).collect();
        for call in refused.iter().rev().take(8).rev() {
            eprintln!(
                "  {} {} {}: {}",
                call.function, call.operation, call.status, call.answer
            );
        }
        let functions = self
            .stage
            .outputs
            .pointer("/functions")
            .and_then(Value::as_object);
        for (function, made) in functions.into_iter().flatten() {
            let group = made.pointer("/log_group/name").and_then(Value::as_str);
            match self.aws.trouble(group.unwrap_or_default()).await {
                Ok(lines) => lines
                    .iter()
                    .for_each(|line| eprintln!("  {function}: {line}")),
                Err(error) => eprintln!("  {function}: its log cannot be read: {error:#}"),
            }
        }
    }

    /// URL of a step function's queue.
    pub(crate) fn queue(&self, function: &str) -> Result<String> {
        self.stage.output(&format!("/steps/{function}/queue/url"))
    }

    /// URL of its dead-letter queue.
    pub(crate) fn dead(&self, function: &str) -> Result<String> {
        self.stage.output(&format!("/steps/{function}/dead/url"))
    }
}

async fn stage(
    emulator: &Emulator,
    terraform: &Terraform,
    simulator: &Simulator,
    proxy: &Proxy,
    (key, first_look): (&str, u32),
) -> Result<(Stage, Aws, Caller)> {
    let aws = Aws::root(&emulator.url)?;
    aws.put_secret("/registrar/local/registry-key", key).await?;
    aws.put_secret(
        "/registrar/local/registry-public-key",
        &simulator.public_key(),
    )
    .await?;
    let settings = Settings {
        emulator: emulator.url.clone(),
        name: emulator.kind.name().to_owned(),
        registry_url: simulator.base_url(),
        public_url: emulator.kind.api_url(&emulator.url, "local"),
        functions: json!({
            "AWS_ENDPOINT_URL": proxy.url(),
            "REGISTRAR_FIRST_LOOK": first_look.to_string(),
            "REGISTRAR_FIRST_REVIEW_LOOK": first_look.to_string(),
            "REGISTRAR_FIRST_RETRY": "1",
            "REGISTRAR_CALLBACKS_ALLOW": "loopback",
        }),
    };
    let stage = Stage::apply(terraform, settings).await?;
    if emulator.enforces_iam() {
        allow_batches(&stage, &aws).await?;
    }
    let caller = Caller::new(
        stage.output("/api_url")?,
        &stage.output("/tables/controls")?,
        &aws,
    )
    .await?;
    Ok((stage, aws, caller))
}

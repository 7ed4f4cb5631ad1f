//! Tables and queues as `infra/` makes them, from the same descriptions.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TableStatus,
};
use aws_sdk_sqs::types::QueueAttributeName;
use end_to_end::contract::Ground;
use platform::aws::tables::{self, Attribute, CONTROLS, EVENTS, REGISTRATIONS, Schema};
use platform::aws::{DEAD, Dynamo, Sqs};
use platform::callback::FUNCTION;
use platform::clock::SystemClock;
use platform::queue::MAX_RECEIVES;
use platform::{Clock, Queue, Store};
use registrar::service::random;
use registration::Step;

/// Three tables, shared by all scenarios.
pub(crate) struct Tables {
    pub(crate) names: tables::Tables,
}

impl Tables {
    /// Makes them.
    pub(crate) async fn make() -> anyhow::Result<Self> {
        Self::of(&format!("contract-{:012x}", random() >> 80)).await
    }

    /// Makes them with names that begin so.
    pub(crate) async fn of(prefix: &str) -> anyhow::Result<Self> {
        let names = tables::Tables {
            events: format!("{prefix}-events"),
            registrations: format!("{prefix}-registrations"),
            controls: format!("{prefix}-controls"),
        };
        let client = aws_sdk_dynamodb::Client::new(&platform::aws::connect().await);
        for (name, schema) in [
            (&names.events, &EVENTS),
            (&names.registrations, &REGISTRATIONS),
            (&names.controls, &CONTROLS),
        ] {
            make(&client, name, schema).await?;
        }
        Ok(Self { names })
    }

    /// Removes them.
    pub(crate) async fn remove(&self) -> anyhow::Result<()> {
        let client = aws_sdk_dynamodb::Client::new(&platform::aws::connect().await);
        for name in [
            &self.names.events,
            &self.names.registrations,
            &self.names.controls,
        ] {
            client.delete_table().table_name(name).send().await?;
        }
        Ok(())
    }
}

fn keys(partition: Attribute, sort: Option<Attribute>) -> anyhow::Result<Vec<KeySchemaElement>> {
    let key = |name: &str, kind| {
        KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind)
            .build()
    };
    let mut keys = vec![key(partition.0, KeyType::Hash)?];
    if let Some((name, _)) = sort {
        keys.push(key(name, KeyType::Range)?);
    }
    Ok(keys)
}

async fn make(
    client: &aws_sdk_dynamodb::Client,
    name: &str,
    schema: &Schema,
) -> anyhow::Result<()> {
    let mut attributes = vec![schema.partition];
    attributes.extend(schema.sort);
    for index in schema.indexes {
        attributes.extend([index.partition, index.sort]);
    }
    attributes.sort_unstable();
    attributes.dedup();
    let mut table = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_key_schema(Some(keys(schema.partition, schema.sort)?));
    for (attribute, kind) in attributes {
        let definition = AttributeDefinition::builder()
            .attribute_name(attribute)
            .attribute_type(ScalarAttributeType::from(kind));
        table = table.attribute_definitions(definition.build()?);
    }
    for index in schema.indexes {
        let keys_only = Projection::builder()
            .projection_type(ProjectionType::KeysOnly)
            .build();
        let index = GlobalSecondaryIndex::builder()
            .index_name(index.name)
            .set_key_schema(Some(keys(index.partition, Some(index.sort))?))
            .projection(keys_only);
        table = table.global_secondary_indexes(index.build()?);
    }
    table
        .send()
        .await
        .with_context(|| format!("table {name}"))?;
    for _ in 0..120 {
        let described = client.describe_table().table_name(name).send().await?;
        let status = described.table.and_then(|table| table.table_status);
        if status == Some(TableStatus::Active) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    anyhow::bail!("table {name} does not become active")
}

/// The shared tables, and queues of its own.
pub(crate) struct Aws {
    pub(crate) tables: Arc<Tables>,
    pub(crate) config: SdkConfig,
    pub(crate) dynamo: Dynamo,
    pub(crate) sqs: Sqs,
    pub(crate) url_prefix: String,
}

impl Aws {
    /// Makes the queues.
    pub(crate) async fn make(tables: Arc<Tables>) -> anyhow::Result<Self> {
        Self::of(tables, &format!("contract-{:012x}-", random() >> 80)).await
    }

    /// Makes the queues with names that begin so.
    pub(crate) async fn of(tables: Arc<Tables>, prefix: &str) -> anyhow::Result<Self> {
        let config = platform::aws::connect().await;
        let client = aws_sdk_sqs::Client::new(&config);
        let mut url_prefix = String::new();
        for function in functions() {
            let name = format!("{prefix}{function}");
            let dead = client
                .create_queue()
                .queue_name(format!("{name}{DEAD}"))
                .send()
                .await?;
            let dead = dead.queue_url.context("a queue without a URL")?;
            let arn = client
                .get_queue_attributes()
                .queue_url(&dead)
                .attribute_names(QueueAttributeName::QueueArn)
                .send()
                .await?
                .attributes
                .and_then(|mut all| all.remove(&QueueAttributeName::QueueArn))
                .context("a queue without an ARN")?;
            let redrive = serde_json::json!({
                "deadLetterTargetArn": arn,
                "maxReceiveCount": MAX_RECEIVES
            });
            let queue = client
                .create_queue()
                .queue_name(&name)
                .attributes(QueueAttributeName::RedrivePolicy, redrive.to_string())
                .send()
                .await?;
            let url = queue.queue_url.context("a queue without a URL")?;
            let prefix = url
                .strip_suffix(function)
                .context("a queue's URL ends in its name")?;
            url_prefix = prefix.to_owned();
        }
        Ok(Self {
            dynamo: dynamo(&config, &tables),
            sqs: Sqs::new(client, &url_prefix),
            tables,
            config,
            url_prefix,
        })
    }

    /// Removes the queues.
    pub(crate) async fn remove(&self) -> anyhow::Result<()> {
        let client = aws_sdk_sqs::Client::new(&self.config);
        for function in functions() {
            for name in [function.to_owned(), format!("{function}{DEAD}")] {
                let url = format!("{}{name}", self.url_prefix);
                client.delete_queue().queue_url(url).send().await?;
            }
        }
        Ok(())
    }
}

fn dynamo(config: &SdkConfig, tables: &Tables) -> Dynamo {
    let client = aws_sdk_dynamodb::Client::new(config);
    Dynamo::new(client, tables.names.clone(), random)
}

fn functions() -> Vec<&'static str> {
    let mut functions = Step::functions();
    functions.push(FUNCTION);
    functions
}

#[async_trait]
impl Ground for Aws {
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.dynamo.clone())
    }

    fn queue(&self) -> Arc<dyn Queue> {
        Arc::new(self.sqs.clone())
    }

    async fn elsewhere(&self) -> anyhow::Result<(Arc<dyn Store>, Arc<dyn Queue>)> {
        let config = platform::aws::connect().await;
        let sqs = Sqs::new(aws_sdk_sqs::Client::new(&config), &self.url_prefix);
        Ok((Arc::new(dynamo(&config, &self.tables)), Arc::new(sqs)))
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(SystemClock)
    }

    async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    fn look(&self) -> Duration {
        // A long poll asks every server of a queue, a short one only some.
        Duration::from_secs(1)
    }
}

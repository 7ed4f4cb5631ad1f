//! With IAM enforced: every function works as its own role, and no role may do
//! more than its work.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use end_to_end::orders;
use serde_json::{Value, json};

use crate::aws::{Aws, is_denied};
use crate::stage::Stage;
use crate::wait;
use crate::world::World;

/// It runs every minute.
const SWEPT: Duration = Duration::from_secs(120);

pub(crate) async fn run(world: &World) -> Result<String> {
    world.proxy.take();
    let id = world
        .caller
        .post(&orders::document(700, 5), "roles")
        .await?;
    world.caller.registered(&id).await?;
    let identities = identities(world)?;
    let seen = wait::until("the sweep has run", SWEPT, async || {
        let seen = world.proxy.seen();
        let has_swept = seen.functions.iter().any(|name| name.ends_with("sweep"));
        Ok(has_swept.then_some(seen))
    })
    .await?;
    ensure!(
        seen.denied.is_empty(),
        "a function's role does not allow its own work: {:?}",
        seen.denied
    );
    let functions = world
        .stage
        .outputs
        .pointer("/functions")
        .and_then(Value::as_object);
    let functions = functions.context("no functions")?;
    for (function, made) in functions {
        let role = made
            .get("role_arn")
            .and_then(Value::as_str)
            .context("no role")?;
        let aws = world
            .aws
            .assume(role)
            .await
            .with_context(|| format!("the role of {function}"))?;
        probe(world, &aws, function, &id)
            .await
            .with_context(|| format!("the role of {function}"))?;
    }
    Ok(format!(
        "an order registered by {identities} functions, each as its own role; none of {} roles may change or delete an event, or read another's queue",
        functions.len()
    ))
}

/// ministack asks for `sqs:SendMessageBatch`, an action that AWS's IAM does not
/// have: there a batch needs `sqs:SendMessage` (SQS Developer Guide, "Amazon SQS
/// API permissions"). So whoever has the one is given the other, here only.
pub(crate) async fn allow_batches(stage: &Stage, aws: &Aws) -> Result<()> {
    let functions = stage
        .outputs
        .pointer("/functions")
        .and_then(Value::as_object);
    for made in functions.context("no functions")?.values() {
        let text = |name: &str| made.get(name).and_then(Value::as_str).unwrap_or_default();
        let policy: Value = serde_json::from_str(text("policy"))?;
        let statements = policy.get("Statement").and_then(Value::as_array);
        let sends = statements
            .into_iter()
            .flatten()
            .find(|statement| statement.get("Action") == Some(&json!(["sqs:SendMessage"])));
        if let Some(sends) = sends {
            let batches = json!({
                "Effect": "Allow",
                "Action": "sqs:SendMessageBatch",
                "Resource": sends.get("Resource"),
            });
            let policy = json!({"Version": "2012-10-17", "Statement": [batches]});
            aws.grant(text("name"), "batches", &policy).await?;
        }
    }
    Ok(())
}

/// How many functions called AWS, each with temporary keys of its own.
fn identities(world: &World) -> Result<usize> {
    let mut keys: BTreeMap<String, String> = BTreeMap::new();
    for call in world.proxy.take() {
        ensure!(
            call.key.starts_with("ASIA"),
            "{} called AWS with a key that is no role's",
            call.function
        );
        if let Some(other) = keys.insert(call.key.clone(), call.function.clone()) {
            ensure!(
                other == call.function,
                "{other} and {} share a key",
                call.function
            );
        }
    }
    ensure!(
        keys.len() >= 4,
        "fewer functions called AWS than an order needs: {keys:?}"
    );
    Ok(keys.len())
}

/// What one role may and may not do.
async fn probe(world: &World, aws: &Aws, function: &str, id: &str) -> Result<()> {
    let events = world.stage.output("/tables/events")?;
    let key = json!({"registration_id": {"S": id}, "seq": {"N": "1"}});
    // That something is allowed shows that what is refused is not refused for
    // another reason.
    aws.dynamodb("GetItem", json!({"TableName": events, "Key": key}))
        .await
        .context("may not read an event")?;
    let update = json!({
        "TableName": events, "Key": key,
        "UpdateExpression": "SET actor = :a", "ExpressionAttributeValues": {":a": {"S": "nobody"}},
    });
    ensure!(
        is_denied(&aws.dynamodb("UpdateItem", update).await),
        "may change an event"
    );
    let delete = json!({"TableName": events, "Key": key});
    ensure!(
        is_denied(&aws.dynamodb("DeleteItem", delete).await),
        "may delete an event"
    );
    let write = json!({"RequestItems": {&events: [{"DeleteRequest": {"Key": key}}]}});
    ensure!(
        is_denied(&aws.dynamodb("BatchWriteItem", write).await),
        "may delete events in batches"
    );
    let steps = world
        .stage
        .outputs
        .pointer("/steps")
        .and_then(Value::as_object)
        .context("no steps")?;
    for (other, step) in steps {
        for (kind, own) in [
            ("queue", other == function),
            ("dead", function == "dead-letters"),
        ] {
            let url = step.pointer(&format!("/{kind}/url")).context("no queue")?;
            let receive = aws
                .sqs(
                    "ReceiveMessage",
                    json!({"QueueUrl": url, "WaitTimeSeconds": 0}),
                )
                .await;
            if own {
                receive.with_context(|| format!("may not read its own {kind}"))?;
            } else {
                ensure!(is_denied(&receive), "may read the {kind} of {other}");
            }
        }
    }
    Ok(())
}

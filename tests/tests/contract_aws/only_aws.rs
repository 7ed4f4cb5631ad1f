//! What only AWS can get wrong.

use anyhow::Context as _;
use assign_numbers::Start;
use aws_sdk_dynamodb::types::AttributeValue;
use end_to_end::contract::Ground as _;
use jiff::{SignedDuration, Timestamp};
use platform::case::{Author, Case};
use platform::message::Cause;
use platform::own_step::OwnStep;
use platform::store::{Begun, Key, StoreError};
use platform::{Message, Platform, Store as _, run};
use registrar::service::random;
use registration::patience::Patience;
use registration::{AccountId, Actor, Fact, RegistrationId, Round, Status, Step, TraceId};
use serde_json::json;

use crate::ground::Aws;

pub(crate) const NAMES: &[&str] = &[
    "aws::an_event_is_kept_in_native_attributes",
    "aws::an_event_larger_than_dynamodb_takes_is_refused_before_the_call",
    "aws::a_row_left_behind_by_a_crash_is_brought_up_by_whoever_runs_the_message_again",
    "aws::an_idempotency_key_that_has_expired_is_not_known_though_it_is_still_there",
];

pub(crate) async fn run(name: &str, ground: &Aws) -> anyhow::Result<()> {
    match name.trim_start_matches("aws::") {
        "an_event_is_kept_in_native_attributes" => native(ground).await,
        "an_event_larger_than_dynamodb_takes_is_refused_before_the_call" => too_large(ground).await,
        "a_row_left_behind_by_a_crash_is_brought_up_by_whoever_runs_the_message_again" => {
            left_behind(ground).await
        }
        "an_idempotency_key_that_has_expired_is_not_known_though_it_is_still_there" => {
            expired(ground).await
        }
        _ => anyhow::bail!("there is no scenario `{name}`"),
    }
}

pub(crate) fn platform(ground: &Aws) -> Platform {
    Platform {
        store: ground.store(),
        queue: ground.queue(),
        clock: ground.clock(),
        random,
        patience: Patience::default(),
        visibility: std::time::Duration::from_secs(90),
        accounts_share_brands: false,
        preflight: platform::preflight::Preflight::before_a_simulator(),
        callbacks: platform::callback::Callbacks::default(),
        memory: platform::memory::Memory::of(0),
    }
}

fn author() -> Author {
    Author {
        actor: Actor::operator("kim"),
        trace: TraceId::new(random()),
    }
}

/// A registration of one order, begun.
async fn begun(ground: &Aws) -> anyhow::Result<Case> {
    let (platform, now) = (platform(ground), ground.clock().now());
    let id = RegistrationId::new(u64::try_from(now.as_millisecond())?, random());
    let fact = Fact::Received {
        account: AccountId::parse("acme")?,
        order: Box::new(end_to_end::orders::order(7, 2)),
    };
    let (case, append) = Case::begin(&platform, &id, &author(), fact, now)?;
    ground.dynamo.begin(append, None).await?;
    Ok(case)
}

fn unknown(body: serde_json::Value) -> Fact {
    Fact::UnknownWebhook {
        event_type: "made.up".to_owned(),
        body,
    }
}

async fn native(ground: &Aws) -> anyhow::Result<()> {
    let mut case = begun(ground).await?;
    let body = json!({"fee": 4.5, "open": [1, 2], "is": true, "none": null, "empty": ""});
    case.record(&platform(ground), &author(), vec![unknown(body)])
        .await?;
    let item = aws_sdk_dynamodb::Client::new(&ground.config)
        .get_item()
        .table_name(&ground.tables.names.events)
        .key("registration_id", AttributeValue::S(case.id.to_string()))
        .key("seq", AttributeValue::N("2".to_owned()))
        .send()
        .await?
        .item
        .context("no such item")?;
    let time: Timestamp = item["time"].as_s().map_err(wrong)?.parse()?;
    assert!(time <= ground.clock().now());
    let facts = item["facts"].as_l().map_err(wrong)?;
    let fact = facts[0].as_m().map_err(wrong)?;
    assert_eq!(
        fact["fact"],
        AttributeValue::S("unknown_webhook".to_owned())
    );
    let body = fact["body"].as_m().map_err(wrong)?;
    assert_eq!(body["fee"], AttributeValue::N("4.5".to_owned()));
    assert_eq!(body["is"], AttributeValue::Bool(true));
    assert_eq!(body["none"], AttributeValue::Null(true));
    assert_eq!(body["empty"], AttributeValue::S(String::new()));
    let open = vec![
        AttributeValue::N("1".to_owned()),
        AttributeValue::N("2".to_owned()),
    ];
    assert_eq!(body["open"], AttributeValue::L(open));
    Ok(())
}

fn wrong(other: &AttributeValue) -> anyhow::Error {
    anyhow::anyhow!("another type: {other:?}")
}

async fn too_large(ground: &Aws) -> anyhow::Result<()> {
    let mut case = begun(ground).await?;
    let platform = platform(ground);
    let body = json!({ "text": "x".repeat(395 * 1024) });
    case.record(&platform, &author(), vec![unknown(body)])
        .await?;
    let body = json!({ "text": "x".repeat(400 * 1024) });
    let refused = case.record(&platform, &author(), vec![unknown(body)]).await;
    let Err(platform::case::CaseError::Store(StoreError::TooLarge { seq: 3, bytes, .. })) = refused
    else {
        anyhow::bail!("it was not refused as too large: {refused:?}");
    };
    assert!(bytes > 400 * 1024);
    assert_eq!(ground.dynamo.history(&case.id).await?.len(), 2);
    // Nothing is stuck: the next one takes its place.
    case.record(&platform, &author(), vec![unknown(json!(1))])
        .await?;
    Ok(())
}

/// An event whose row was not moved, as a process leaves it that is killed
/// between the two.
async fn left_behind(ground: &Aws) -> anyhow::Result<()> {
    let (mut case, platform) = (begun(ground).await?, platform(ground));
    let before = ground.dynamo.row(&case.id).await?.context("no row")?;
    let parked = Fact::Parked {
        step: Step::Brand,
        round: Round::FIRST,
        reason: "a person must look".to_owned(),
    };
    case.record(&platform, &author(), vec![parked]).await?;
    put_row_back(ground, &before).await?;
    let message = Message {
        registration: case.id.clone(),
        account: before.account.clone(),
        step: Step::Numbers,
        round: Round::FIRST,
        cause: Cause::Next,
        seen: None,
        trace: TraceId::new(random()),
    };
    run::run(&platform, &OwnStep(Start::default()), &message, 1).await?;
    let behind = ground.dynamo.row(&case.id).await?.context("no row")?;
    assert_eq!((behind.seq, behind.status), (1, Status::InProgress));
    run::run(&platform, &OwnStep(Start::default()), &message, 2).await?;
    let row = ground.dynamo.row(&case.id).await?.context("no row")?;
    assert_eq!((row.seq, row.status), (2, Status::Parked));
    // And never back again.
    ground.dynamo.project(&before).await?;
    assert_eq!(ground.dynamo.row(&case.id).await?, Some(row));
    Ok(())
}

async fn put_row_back(ground: &Aws, row: &platform::store::Row) -> anyhow::Result<()> {
    aws_sdk_dynamodb::Client::new(&ground.config)
        .update_item()
        .table_name(&ground.tables.names.registrations)
        .key("registration_id", AttributeValue::S(row.id.to_string()))
        .update_expression("SET seq = :seq, #status = :status, due_at = :due REMOVE last_error")
        .expression_attribute_names("#status", "status")
        .expression_attribute_values(":seq", AttributeValue::N(row.seq.to_string()))
        .expression_attribute_values(":status", AttributeValue::S(row.status.name().to_owned()))
        .expression_attribute_values(
            ":due",
            AttributeValue::N(row.due_at.context("not due")?.as_millisecond().to_string()),
        )
        .send()
        .await?;
    Ok(())
}

/// DynamoDB takes days to delete what has expired: until then the key is there, and
/// an order with it is a new one.
async fn expired(ground: &Aws) -> anyhow::Result<()> {
    let account = AccountId::parse("acme")?;
    let key = Key {
        account: account.clone(),
        key: format!("order-{:032x}", random()),
        body: "a".repeat(64),
    };
    let now = ground.clock().now();
    let long_ago = now - SignedDuration::from_hours(31 * 24);
    let begin = async |at: Timestamp| {
        let id = RegistrationId::new(u64::try_from(at.as_millisecond())?, random());
        let fact = Fact::Received {
            account: account.clone(),
            order: Box::new(end_to_end::orders::order(7, 2)),
        };
        let (_, append) = Case::begin(&platform(ground), &id, &author(), fact, at)?;
        let begun = ground.dynamo.begin(append, Some(key.clone())).await?;
        anyhow::Ok((id, begun))
    };
    let (first, begun) = begin(long_ago).await?;
    assert_eq!(begun, Begun::New);
    let used = async |at| ground.dynamo.used_key(&key, at).await;
    assert_eq!(used(long_ago).await?, Some(Begun::Repeated(first)));
    assert_eq!(used(now).await?, None);
    let (second, begun) = begin(now).await?;
    assert_eq!(begun, Begun::New);
    assert_eq!(used(now).await?, Some(Begun::Repeated(second)));
    Ok(())
}

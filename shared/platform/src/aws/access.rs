//! How an operator's command comes to the tables and queues of a deployment.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::ProvideCredentials as _;
use registration::Step;

use super::failure::Failure;
use super::settings::Settings;
use super::store::Dynamo;
use super::tables::Tables;
use super::{Sqs, connect};
use crate::configuration::{Lookup, Wrong, list};

/// What the names of everything begin with, as `infra/` makes them.
const NAME: &str = "registrar";

/// A deployment's store and queues.
pub struct Deployment {
    /// The tables.
    pub store: Dynamo,
    /// The queues.
    pub queue: Sqs,
}

/// A deployment that a command cannot come to.
#[derive(Debug, thiserror::Error)]
pub enum NoAccess {
    /// The environment does not name it.
    #[error(
        "the environment does not name tables and queues ({}): set these variables as the \
         functions have them, or name the stage with --stage",
        list(.0)
    )]
    Unnamed(Vec<Wrong>),
    /// Nobody said where.
    #[error("no AWS region is set: set AWS_REGION, or AWS_PROFILE to a profile that has one")]
    NoRegion,
    /// Nobody said who.
    #[error(
        "no AWS credentials were found: set AWS_PROFILE to a profile with keys, or take those \
         that the AWS command line is logged in with: \
         eval \"$(aws configure export-credentials --format env)\""
    )]
    NoCredentials,
    /// There is no such stage, or it may not be seen.
    #[error(
        "the stage `{stage}` was not found by its queue `{queue}`: look at its name, the \
         region and the account; a deployment whose names do not begin with `{NAME}` is named \
         by the environment, with --aws"
    )]
    NoStage {
        /// Which.
        stage: String,
        /// What was looked for.
        queue: String,
        /// What happened.
        #[source]
        source: Failure,
    },
}

/// The deployment that the environment names, as it does for the functions.
pub async fn by_environment(
    lookup: Lookup<'_>,
    random: fn() -> u128,
) -> Result<Deployment, NoAccess> {
    let settings = Settings::read(lookup).map_err(NoAccess::Unnamed)?;
    let aws = reachable().await?;
    Ok(Deployment {
        store: Dynamo::new(aws_sdk_dynamodb::Client::new(&aws), settings.tables, random),
        queue: Sqs::new(aws_sdk_sqs::Client::new(&aws), settings.queue_url_prefix),
    })
}

/// The deployment of a stage, by the names that `infra/` gives.
pub async fn by_stage(stage: &str, random: fn() -> u128) -> Result<Deployment, NoAccess> {
    let aws = reachable().await?;
    let sqs = aws_sdk_sqs::Client::new(&aws);
    let function = Step::Brand.function();
    let queue = format!("{NAME}-{stage}-{function}");
    // The account's number is in a queue's URL, and nowhere else.
    let found = sqs.get_queue_url().queue_name(&queue).send().await;
    let found = found.map_err(|error| NoAccess::NoStage {
        stage: stage.to_owned(),
        queue,
        source: Failure::of(&error),
    })?;
    let url = found.queue_url.unwrap_or_default();
    let prefix = url.strip_suffix(function).unwrap_or(&url);
    let table = |name: &str| format!("{NAME}-{stage}-{name}");
    let tables = Tables {
        events: table("events"),
        registrations: table("registrations"),
        controls: table("controls"),
    };
    Ok(Deployment {
        store: Dynamo::new(aws_sdk_dynamodb::Client::new(&aws), tables, random),
        queue: Sqs::new(sqs, prefix),
    })
}

/// Says what is missing before the first call fails for it, less clearly.
async fn reachable() -> Result<SdkConfig, NoAccess> {
    let aws = connect().await;
    // A variable that is set to nothing counts as set to the SDK.
    if aws.region().is_none_or(|region| region.as_ref().is_empty()) {
        return Err(NoAccess::NoRegion);
    }
    let credentials = aws.credentials_provider().ok_or(NoAccess::NoCredentials)?;
    let found = credentials.provide_credentials().await;
    found.map_err(|_| NoAccess::NoCredentials)?;
    Ok(aws)
}

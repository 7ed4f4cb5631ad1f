//! The operators' commands on DynamoDB and SQS: the program itself, with no
//! more than an environment as operators have it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use end_to_end::contract::Ground as _;
use platform::queue::MAX_RECEIVES;
use platform::{Queue as _, Store as _};
use registrar::service::random;
use registration::{RegistrationId, Step};
use tokio::process::Command;

use end_to_end::orders;

use crate::ground::{Aws, Tables};

pub(crate) const NAMES: &[&str] = &[
    "operators::an_order_is_submitted_shown_found_and_proven",
    "operators::a_parked_registration_is_retried",
    "operators::a_dead_letter_goes_back_to_its_queue_and_into_the_history",
    "operators::limits_are_set_paused_and_resumed",
    "operators::tokens_are_made_listed_and_taken_away",
    "operators::a_deployment_is_found_by_its_stage",
    "operators::what_is_missing_is_said_in_a_sentence",
];

/// No command takes longer.
const LONGEST: Duration = Duration::from_secs(60);

/// The program, built with AWS.
#[derive(Debug, Clone)]
pub(crate) struct Registrar(PathBuf);

impl Registrar {
    /// The program at this path; an empty one names none.
    pub(crate) fn named(path: &str) -> Option<Self> {
        (!path.is_empty()).then(|| Self(path.into()))
    }

    /// A command in the environment of this process, with these variables beside.
    async fn run(
        &self,
        variables: &[(&str, &str)],
        arguments: &[&str],
    ) -> anyhow::Result<(bool, String)> {
        let mut command = Command::new(&self.0);
        command.args(arguments).kill_on_drop(true);
        command.envs(variables.iter().copied());
        // No cell is wrapped.
        command.env("COLUMNS", "200");
        let output = tokio::time::timeout(LONGEST, command.output()).await??;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        Ok((output.status.success(), said))
    }

    /// What a command says on this ground's tables and queues; it must succeed.
    async fn says(&self, ground: &Aws, arguments: &[&str]) -> anyhow::Result<String> {
        let names = &ground.tables.names;
        let variables = [
            ("REGISTRAR_EVENTS_TABLE", names.events.as_str()),
            ("REGISTRAR_REGISTRATIONS_TABLE", &names.registrations),
            ("REGISTRAR_CONTROLS_TABLE", &names.controls),
            ("REGISTRAR_QUEUE_URL_PREFIX", &ground.url_prefix),
        ];
        let all = [&["--aws"], arguments].concat();
        let (succeeded, said) = self.run(&variables, &all).await?;
        ensure!(succeeded, "{arguments:?}: {said}");
        Ok(said)
    }

    /// A new order, submitted by the command.
    async fn submit(&self, ground: &Aws) -> anyhow::Result<RegistrationId> {
        // A number that no other order of this store has.
        let business = usize::try_from(random() % 5_000)? + 5_000;
        let folder = tempfile::tempdir()?;
        let order = folder.path().join("order.json");
        std::fs::write(&order, orders::document(business, 1).to_string())?;
        let order = order.to_str().context("a path in UTF-8")?;
        let account = format!("cli-{:012x}", random() >> 80);
        let submit = ["submit", order, "--account", &account];
        let said = self.says(ground, &submit).await?;
        Ok(RegistrationId::parse(said.trim())?)
    }
}

pub(crate) async fn run(name: &str, ground: &Aws, registrar: &Registrar) -> anyhow::Result<()> {
    match name.trim_start_matches("operators::") {
        "an_order_is_submitted_shown_found_and_proven" => read(ground, registrar).await,
        "a_parked_registration_is_retried" => retried(ground, registrar).await,
        "a_dead_letter_goes_back_to_its_queue_and_into_the_history" => {
            redriven(ground, registrar).await
        }
        "limits_are_set_paused_and_resumed" => limits(ground, registrar).await,
        "tokens_are_made_listed_and_taken_away" => tokens(ground, registrar).await,
        "a_deployment_is_found_by_its_stage" => stage(registrar).await,
        "what_is_missing_is_said_in_a_sentence" => missing(registrar).await,
        _ => anyhow::bail!("there is no scenario `{name}`"),
    }
}

fn holds(said: &str, expected: &str) -> anyhow::Result<()> {
    ensure!(said.contains(expected), "no `{expected}` in: {said}");
    Ok(())
}

async fn read(ground: &Aws, registrar: &Registrar) -> anyhow::Result<()> {
    let id = registrar.submit(ground).await?;
    let row = ground.dynamo.row(&id).await?.context("no row")?;
    let shown = registrar.says(ground, &["show", id.as_str()]).await?;
    holds(&shown, "waits for its turn: submitting the brand")?;
    let history = ["history", id.as_str(), "--csv"];
    let history = registrar.says(ground, &history).await?;
    ensure!(
        history.lines().count() == 2,
        "a header and a fact: {history}"
    );
    holds(&history, "received")?;
    let account = ["find", "--account", row.account.as_str()];
    let found = registrar.says(ground, &account).await?;
    holds(&found, "1 found")?;
    holds(&found, id.as_str())?;
    let proven = registrar.says(ground, &["verify", id.as_str()]).await?;
    holds(&proven, "1 events, each chained")?;
    let depth = ground.sqs.depth(Step::Brand.function()).await?;
    ensure!(depth.waiting == 1, "{depth:?}");
    Ok(())
}

async fn retried(ground: &Aws, registrar: &Registrar) -> anyhow::Result<()> {
    let id = registrar.submit(ground).await?;
    park(ground, &id).await?;
    let parked = registrar.says(ground, &["show", id.as_str()]).await?;
    holds(&parked, "stands at brand, round 1: it was poison")?;
    holds(&parked, "must act: operator")?;
    let retry = ["retry", id.as_str(), "--operator", "kim"];
    holds(&registrar.says(ground, &retry).await?, "will run again")?;
    let history = registrar.says(ground, &["history", id.as_str()]).await?;
    holds(&history, "operator kim")?;
    holds(&history, "to run again")
}

async fn park(ground: &Aws, id: &RegistrationId) -> anyhow::Result<()> {
    use platform::case::{Author, Case};
    use registration::{Actor, Fact, Round, TraceId};

    let mut case = Case::load(&ground.dynamo, id).await?;
    let author = Author {
        actor: Actor::function("dead-letters"),
        trace: TraceId::new(random()),
    };
    let parked = Fact::Parked {
        step: Step::Brand,
        round: Round::FIRST,
        reason: "it was poison".to_owned(),
    };
    let platform = crate::only_aws::platform(ground);
    Ok(case.record(&platform, &author, vec![parked]).await?)
}

async fn redriven(ground: &Aws, registrar: &Registrar) -> anyhow::Result<()> {
    let id = registrar.submit(ground).await?;
    let function = Step::Brand.function();
    let (mut dead, second) = (0, Duration::from_secs(1));
    for _ in 0..MAX_RECEIVES * 4 {
        ground.sqs.receive(function, 1, second, second).await?;
        ground.pass(second).await;
        dead = ground.sqs.depth(function).await?.dead;
        if dead > 0 {
            break;
        }
    }
    ensure!(dead == 1, "it does not become a dead letter");
    let redrive = ["redrive", function, "--operator", "kim", "--most", "5"];
    let said = registrar.says(ground, &redrive).await?;
    holds(&said, &format!("{id}  brand: back in the queue"))?;
    holds(&said, "1 put back, 0 left")?;
    holds(&said, "has 0 dead letters now")?;
    let history = registrar.says(ground, &["history", id.as_str()]).await?;
    holds(&history, "brand: its message was put back into its queue")?;
    let again = ground.sqs.receive(function, 1, second, ground.look() * 5);
    let again = again.await?;
    let message = again.first().context("nothing was sent")?;
    ensure!(message.receives == 1, "it is a new message");
    Ok(())
}

async fn limits(ground: &Aws, registrar: &Registrar) -> anyhow::Result<()> {
    // The limits are those of the registry, for all scenarios together: only
    // this one may use them.
    let kim = ["--operator", "kim"];
    let (write, now) = ("telnyx/writes", ground.clock().now());
    let take = async || {
        let (interval, hour) = (Duration::from_millis(515), Duration::from_secs(3_600));
        ground.dynamo.reserve(write, interval, hour, now).await
    };
    take().await?.map_err(|full| anyhow::anyhow!("{full:?}"))?;
    let set = [&["limits", "set", "telnyx", "--writes", "0.5"][..], &kim].concat();
    holds(
        &registrar.says(ground, &set).await?,
        "0.5 per second from the next slot on",
    )?;
    let shown = registrar.says(ground, &["limits"]).await?;
    holds(&shown, "0.5, set: wins over the configured")?;
    holds(&shown, "┆ 2 ")?;
    registrar
        .says(ground, &[&["pause", "telnyx"][..], &kim].concat())
        .await?;
    ensure!(take().await?.is_err(), "a slot in a pause");
    holds(&registrar.says(ground, &["limits"]).await?, "paused")?;
    registrar
        .says(ground, &[&["resume", "telnyx"][..], &kim].concat())
        .await?;
    ensure!(take().await?.is_ok(), "no slot after a pause");
    Ok(())
}

async fn tokens(ground: &Aws, registrar: &Registrar) -> anyhow::Result<()> {
    let name = format!("ci-{:012x}", random() >> 80);
    let add = ["tokens", "add", &name, "--account", "acme"];
    holds(&registrar.says(ground, &add).await?, "rgt_")?;
    let listed = registrar.says(ground, &["tokens", "list"]).await?;
    holds(&listed, &format!("{name}\taccount acme"))?;
    let revoked = registrar.says(ground, &["tokens", "revoke", &name]).await?;
    holds(&revoked, "1 taken away")
}

async fn stage(registrar: &Registrar) -> anyhow::Result<()> {
    let stage = format!("c{:012x}", random() >> 80);
    let tables = Arc::new(Tables::of(&format!("registrar-{stage}")).await?);
    let ground = Aws::of(tables.clone(), &format!("registrar-{stage}-")).await?;
    let id = registrar.submit(&ground).await?;
    let named = ["show", id.as_str(), "--stage", &stage];
    let (succeeded, said) = registrar.run(&[], &named).await?;
    ground.remove().await?;
    tables.remove().await?;
    ensure!(succeeded, "{said}");
    holds(&said, "waits for its turn: submitting the brand")
}

async fn missing(registrar: &Registrar) -> anyhow::Result<()> {
    let refuses = async |variables: &[(&str, &str)], arguments: &[&str], why: &str| {
        let (succeeded, said) = registrar.run(variables, arguments).await?;
        ensure!(!succeeded && said.lines().count() == 1, "{said}");
        holds(&said, why)
    };
    let find = ["--stage", "nowhere", "find"];
    refuses(&[], &["--aws", "find"], "REGISTRAR_EVENTS_TABLE: must be").await?;
    refuses(&[], &find, "the stage `nowhere` was not found").await?;
    let no_keys = [
        ("AWS_ACCESS_KEY_ID", ""),
        ("AWS_SECRET_ACCESS_KEY", ""),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("HOME", "/nonexistent"),
    ];
    refuses(&no_keys, &find, "no AWS credentials were found").await?;
    let no_region = [
        ("AWS_REGION", ""),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("HOME", "/nonexistent"),
    ];
    refuses(&no_region, &find, "no AWS region is set").await?;
    // Where nothing listens.
    let nowhere = [("AWS_ENDPOINT_URL", "http://127.0.0.1:1")];
    refuses(&nowhere, &find, "no connection: look at the network").await?;
    Ok(())
}

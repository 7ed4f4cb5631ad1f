//! What one further step takes of AWS after ten events, and after a thousand.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use end_to_end::orders;
use platform::aws::{Dynamo, Sqs, Tables};
use platform::case::Author;
use platform::clock::SystemClock;
use platform::{Case, Platform};
use registrar::service::random;
use registration::patience::Patience;
use registration::{Actor, Fact, Reference, RegistrationId, Round, Step, TraceId};
use registry_simulator::Verdict;
use serde_json::json;

use crate::meter::{Used, meter};
use crate::proxy::Call;
use crate::wait;
use crate::world::World;

/// Events in the histories that are compared.
const SHORT: u64 = 10;
const LONG: u64 = 1_000;

const FIRST: usize = 800;

/// Registrations that are measured until one is worked on by an emulator that
/// answers in time: where it does not, the SDK repeats calls, and those say
/// nothing of ours.
const MOST: usize = 5;

const FUNCTION: &str = "register-campaign";

/// Enough for a look, even one that a redelivery brings.
const LONGEST: Duration = Duration::from_secs(120);

/// No sweep looks at what is compared: its look would be counted too.
const HOUR: Duration = Duration::from_secs(60 * 60);

pub(crate) async fn run(world: &World) -> Result<String> {
    let platform = platform(world)?;
    let short = further_step(world, &platform, FIRST, SHORT).await?;
    let long = further_step(world, &platform, FIRST + MOST, LONG).await?;
    println!("one further step (the campaign's verdict is read and recorded):");
    println!("  {:<38} {SHORT:>6} {LONG:>6} events", "");
    for (what, of) in [
        ("requests", requests as fn(&Used) -> f64),
        ("write units", written),
        ("read units", |used| used.read_units),
    ] {
        println!("  {what:<38} {:>6.1} {:>6.1}", of(&short), of(&long));
    }
    for (what, made) in &long.requests {
        println!("    {:>6.1} read units, {what}", made.read_units);
    }
    ensure!(
        requests(&short) == requests(&long) && written(&short) == written(&long),
        "a step after {LONG} events takes other requests or writes than after {SHORT}: {:?} {:?}",
        short.requests,
        long.requests
    );
    Ok(format!(
        "{} requests and {} write units at {SHORT} and at {LONG} events; the history is read whole, one read unit per 4 KB: {} and {} read units",
        requests(&long),
        written(&long),
        short.read_units,
        long.read_units
    ))
}

fn requests(used: &Used) -> f64 {
    used.requests.values().map(|made| made.count as f64).sum()
}

fn written(used: &Used) -> f64 {
    used.write_units + used.index_write_units
}

/// What a step takes after so many events.
async fn further_step(
    world: &World,
    platform: &Platform,
    first: usize,
    events: u64,
) -> Result<Used> {
    for business in first..first + MOST {
        let step = verdict(world, platform, business, events).await?;
        if !step.iter().any(|call| call.repeated) {
            return Ok(meter(&step, |_| false));
        }
    }
    bail!("the emulator was too slow {MOST} times: the SDK repeated its calls")
}

/// Brings a registration to where its campaign is in review, its history to so
/// many events, and returns the calls that the campaign's verdict then takes.
async fn verdict(
    world: &World,
    platform: &Platform,
    business: usize,
    events: u64,
) -> Result<Vec<Call>> {
    let id = in_review(world, business).await?;
    lengthen(platform, &id, events).await?;
    world.proxy.take();
    let verdict = Verdict::Campaign {
        subject: Reference::of(&id, Step::Campaign, Round::FIRST).to_string(),
        campaign_status: "MNO_PROVISIONED".to_owned(),
        failure_reasons: None,
    };
    ensure!(
        world.simulator.review(&verdict),
        "the simulator knows no campaign of {id}"
    );
    world.caller.registered(id.as_str()).await?;
    calls_of_the_step(&world.proxy.take(), &id)
}

/// An order whose campaign waits for its verdict, with nothing under way.
async fn in_review(world: &World, business: usize) -> Result<RegistrationId> {
    let mut order = orders::document(business, 1);
    let description = order
        .pointer_mut("/campaign/description")
        .context("an order without a description")?;
    let text = description.as_str().unwrap_or_default();
    // The simulator gives this campaign no verdict by itself.
    *description = json!(format!("{text} NEVER-REVIEWED"));
    let id = world
        .caller
        .post(&order, &format!("history-{business}"))
        .await?;
    wait::until("the campaign is in review", LONGEST, async || {
        let history = world.caller.history(&id).await?;
        let submitted = history.iter().any(|fact| fact == "campaign submitted");
        let left = world.aws.messages(&world.queue(FUNCTION)?).await?;
        Ok((submitted && left == 0).then_some(()))
    })
    .await?;
    Ok(RegistrationId::parse(&id)?)
}

/// Adds events that change nothing, as a registry does that sends what this
/// version does not know.
async fn lengthen(platform: &Platform, id: &RegistrationId, events: u64) -> Result<()> {
    let mut case = Case::load(&*platform.store, id).await?;
    let author = Author {
        actor: Actor::function("webhooks"),
        trace: TraceId::new(random()),
    };
    while case.facts.seq() < events {
        let fact = Fact::UnknownWebhook {
            event_type: "10dlc.campaign.update".to_owned(),
            body: json!({"type": "NOTE", "description": "seen by the carrier", "place": case.facts.seq()}),
        };
        case.record(platform, &author, vec![fact]).await?;
    }
    Ok(())
}

/// The one run that recorded the verdict, from its reading the history on. The
/// slot that it takes of the registry's limit belongs to no history.
fn calls_of_the_step(calls: &[Call], id: &RegistrationId) -> Result<Vec<Call>> {
    let own: Vec<_> = calls
        .iter()
        .filter(|call| call.function.ends_with(FUNCTION))
        .filter(|call| call.request.to_string().contains(id.as_str()))
        .collect();
    let runs = own.chunk_by(|_, next| next.operation != "DynamoDB.Query");
    let mut recorded =
        runs.filter(|run| run.iter().any(|call| call.operation == "DynamoDB.PutItem"));
    let (Some(step), None) = (recorded.next(), recorded.next()) else {
        bail!("the verdict of {id} was not recorded by one run: {own:?}");
    };
    Ok(step.iter().map(|call| (*call).clone()).collect())
}

/// The stage's own tables and queues, called past the proxy.
fn platform(world: &World) -> Result<Platform> {
    let credentials = Credentials::new("test", "test", None, None, "tests");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .endpoint_url(&world.emulator.url)
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let table = |name: &str| world.stage.output(&format!("/tables/{name}"));
    let tables = Tables {
        events: table("events")?,
        registrations: table("registrations")?,
        controls: table("controls")?,
    };
    let prefix = world.queue(FUNCTION)?;
    let prefix = prefix.strip_suffix(FUNCTION).unwrap_or_default();
    Ok(Platform {
        store: Arc::new(Dynamo::new(
            aws_sdk_dynamodb::Client::new(&config),
            tables,
            random,
        )),
        queue: Arc::new(Sqs::new(aws_sdk_sqs::Client::new(&config), prefix)),
        clock: Arc::new(SystemClock),
        random,
        patience: Patience {
            first_look: HOUR,
            first_review_look: HOUR,
            ..Patience::default()
        },
        visibility: HOUR,
        accounts_share_brands: false,
        preflight: platform::preflight::Preflight::before_a_simulator(),
        callbacks: platform::callback::Callbacks::default(),
        memory: platform::memory::Memory::of(0),
    })
}

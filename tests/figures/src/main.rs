//! `cargo figures`: every figure that the README quotes, measured on this machine;
//! `cargo figures --help` says which there are.

#![allow(clippy::print_stdout, reason = "a command speaks by printing")]

mod calls;
mod waiting;

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use end_to_end::crash::Plan;
use end_to_end::orders;
use end_to_end::process::memory;
use end_to_end::world::World;
use platform::configuration::Configuration;
use platform::receive;
use platform::store::{PAGE, RowQuery};
use platform::{Platform, Store};
use registrar::downstream::downstream;
use registrar::service::{self, Service};
use registration::{AccountId, Actor, Status, TraceId};
use registry_simulator::{Limit, Settings, Simulator};
use tokio::net::TcpListener;

/// Orders that wait at once while the rate is measured.
const WAITING: usize = 200;

/// Calls per second while the rate is measured.
const RATE: u32 = 2;

/// The rate is measured over so many calls.
const CALLS: usize = 200;

/// Registrations whose throughput is measured, each with five numbers.
const THROUGHPUT: usize = 2_000;

/// Measurements of it; the median is reported.
const REPETITIONS: usize = 3;

/// Registrations after which memory is measured a second time.
const MANY: usize = 10_000;

const NUMBERS: usize = 5;

/// Numbers on one campaign, whose cost each is compared.
const FEW: usize = 10;
const PLENTY: usize = 2_000;

/// Whatever takes longer has failed.
const LONGEST: Duration = Duration::from_secs(600);

/// Measures on this machine what the README quotes. Every figure uses simulators on
/// loopback and files that are gone afterwards.
#[derive(Debug, Parser)]
struct Arguments {
    /// Which; without one all of them
    #[arg(value_enum)]
    figures: Vec<Figure>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Figure {
    /// What the rules say of the orders in the corpus: caught, missed, false alarms
    Preflight,
    /// What one registration takes of calls to the registry, with and without webhooks
    Calls,
    /// What thousands of orders cost while they wait for their slots: messages, CPU, memory
    Backlog,
    /// How long one order waits behind those of another account
    Fairness,
    /// What each number takes where a campaign has few of them, and many
    Numbers,
    /// Registrations per second with everything in one process
    Throughput,
    /// Memory of `registrar serve` before and after many registrations
    Memory,
    /// How much of a limit is used, and how often it is exceeded
    Rate,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut figures = Arguments::parse().figures;
    if figures.is_empty() {
        figures = Figure::value_variants().to_vec();
    }
    for figure in figures {
        match figure {
            Figure::Preflight => println!("{}", end_to_end::corpus::figures()?),
            Figure::Calls => calls::calls()?,
            Figure::Backlog => waiting::backlog().await?,
            Figure::Fairness => waiting::fairness().await?,
            Figure::Numbers => numbers().await?,
            Figure::Throughput => throughput().await?,
            Figure::Memory => memory_of_serve().await?,
            Figure::Rate => rate().await?,
        }
    }
    Ok(())
}

/// What a number takes when there are few on a campaign and when there are many.
async fn numbers() -> anyhow::Result<()> {
    println!("## One campaign with {FEW} and with {PLENTY} numbers: per number, from order to");
    println!("registered, brand and campaign included");
    let few = per_number(FEW).await?;
    let many = per_number(PLENTY).await?;
    println!("{:24}{FEW:>8}{PLENTY:>8}   ratio", "");
    for ((what, few), (_, many)) in few.iter().zip(&many) {
        let ratio = match *few > 0.0 {
            true => format!("{:.2}", many / few),
            false => "-".to_owned(),
        };
        println!("{what:24}{few:>8.2}{many:>8.2}{ratio:>8}");
    }
    println!();
    Ok(())
}

async fn per_number(numbers: usize) -> anyhow::Result<Vec<(&'static str, f64)>> {
    let plan = Plan::never();
    let world = World::new(Settings::default(), Arc::clone(&plan)).await?;
    let id = world.receive(orders::order(1, numbers)).await?;
    let row = world.drive(&id).await?;
    anyhow::ensure!(row.status == Status::Registered, "it is {}", row.status);
    let counts = plan.counts();
    let counted = [
        ("calls to the registry", counts.registry),
        ("appends to histories", counts.appends),
        ("rows written", counts.rows),
        ("other store writes", counts.writes),
        ("store reads", counts.reads),
        ("messages sent", counts.sent),
        ("messages received", counts.received),
        ("messages acknowledged", counts.acknowledged),
    ];
    let each = counted.map(|(what, count)| (what, count as f64 / numbers as f64));
    Ok(each.into())
}

const FILE: &str = "bench.db";

/// A service against a simulator, on a file that is gone afterwards.
struct Bench {
    simulator: Simulator,
    service: Service,
    folder: tempfile::TempDir,
}

impl Bench {
    async fn start(settings: Settings, rate: &'static str) -> anyhow::Result<Self> {
        let simulator = Simulator::start(settings, ([127, 0, 0, 1], 0).into()).await?;
        let folder = tempfile::tempdir()?;
        let configuration = configuration(&simulator, rate)?;
        let platform = service::platform(&folder.path().join(FILE), &configuration)?;
        let downstream = downstream(&platform, &configuration)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let every = Duration::from_millis(500);
        let service = Service::start(platform, downstream, listener, &configuration, every).await?;
        Ok(Self {
            simulator,
            service,
            folder,
        })
    }

    /// Messages that were ever sent: each has an id of its own.
    fn messages_sent(&self) -> anyhow::Result<i64> {
        let file = rusqlite::Connection::open(self.folder.path().join(FILE))?;
        let last = "SELECT seq FROM sqlite_sequence WHERE name = 'messages'";
        Ok(file.query_row(last, [], |row| row.get(0))?)
    }

    async fn stop(self) {
        self.service.stop().await;
        self.simulator.stop().await;
    }
}

fn configuration(simulator: &Simulator, rate: &str) -> anyhow::Result<Configuration> {
    let lookup = |name: &str| match name {
        "REGISTRAR_REGISTRY_URL" => Some(simulator.base_url()),
        "REGISTRAR_REGISTRY_KEY" => Some(Settings::default().api_key),
        "REGISTRAR_REGISTRY_PUBLIC_KEY" => Some(simulator.public_key()),
        "REGISTRAR_WRITES_PER_SECOND" => Some(rate.to_owned()),
        "REGISTRAR_READS_PER_SECOND" => Some("none".to_owned()),
        _ => None,
    };
    Configuration::read(&lookup).map_err(|wrong| anyhow::anyhow!("{wrong:?}"))
}

/// Takes orders number `from` up to `to`, many at once, as the API would.
async fn take(platform: &Platform, from: usize, to: usize) -> anyhow::Result<()> {
    let account = AccountId::parse("bench")?;
    let mut taking = tokio::task::JoinSet::new();
    for business in from..to {
        let (platform, account) = (platform.clone(), account.clone());
        taking.spawn(async move {
            let order = orders::order(business, NUMBERS);
            let actor = Actor::account(&account);
            let trace = TraceId::new(service::random());
            receive::receive(&platform, &account, actor, order, None, trace).await
        });
    }
    while let Some(taken) = taking.join_next().await {
        taken??;
    }
    Ok(())
}

async fn registered(store: &dyn Store) -> anyhow::Result<usize> {
    let mut query = RowQuery {
        status: Some(Status::Registered),
        most: PAGE,
        ..RowQuery::default()
    };
    let mut count = 0;
    loop {
        let page = store.rows(&query).await?;
        count += page.rows.len();
        query.after = page.next;
        if query.after.is_none() {
            return Ok(count);
        }
    }
}

async fn until_registered(store: &dyn Store, count: usize) -> anyhow::Result<()> {
    let begun = Instant::now();
    while registered(store).await? < count {
        anyhow::ensure!(
            begun.elapsed() < LONGEST,
            "not registered within {LONGEST:?}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// No window of one second with more than the limit, and most of it used.
async fn rate() -> anyhow::Result<()> {
    println!("## Rate: {WAITING} registrations waiting, {RATE} writes per second allowed");
    let settings = Settings {
        calls_per_second: Some(Limit::Apart {
            writes: RATE,
            reads: 1_000,
        }),
        ..Settings::default()
    };
    let bench = Bench::start(settings, "2").await?;
    take(&bench.service.platform, 0, WAITING).await?;
    let begun = Instant::now();
    let writes = loop {
        let calls = bench.simulator.calls();
        let writes: Vec<_> = calls
            .into_iter()
            .filter(|call| call.method != "GET")
            .collect();
        if writes.len() >= CALLS {
            break writes;
        }
        anyhow::ensure!(
            begun.elapsed() < LONGEST,
            "{} calls within {LONGEST:?}",
            writes.len()
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let mut window = VecDeque::new();
    let mut most = 0;
    for call in &writes {
        window.push_back(call.at);
        while window
            .front()
            .is_some_and(|first| call.at - *first >= Duration::from_secs(1))
        {
            window.pop_front();
        }
        most = most.max(window.len());
    }
    let (first, last) = writes.first().zip(writes.last()).context("no calls")?;
    let used = (writes.len() - 1) as f64 / (last.at - first.at).as_secs_f64() / f64::from(RATE);
    let throttled = writes
        .iter()
        .filter(|call| call.status == Some(429))
        .count();
    println!("calls: {}, answered 429: {throttled}", writes.len());
    println!("most calls in any one second: {most} (allowed {RATE})");
    println!("allowed rate used: {:.1} %\n", used * 100.0);
    bench.stop().await;
    anyhow::ensure!(most <= RATE as usize, "the limit was not kept");
    anyhow::ensure!(used >= 0.95, "less than 95 % of the rate was used");
    Ok(())
}

/// Registrations per second where nothing has to be waited for.
async fn throughput() -> anyhow::Result<()> {
    println!("## Throughput: {THROUGHPUT} registrations, {NUMBERS} numbers each, no limit,");
    println!("a simulator that answers at once in the same process; SQLite WAL, synchronous=FULL");
    let mut rates = Vec::new();
    for _ in 0..REPETITIONS {
        let bench = Bench::start(Settings::default(), "none").await?;
        let (begun, before) = (Instant::now(), cpu_by_thread()?);
        take(&bench.service.platform, 0, THROUGHPUT).await?;
        let taken = begun.elapsed();
        until_registered(&*bench.service.platform.store, THROUGHPUT).await?;
        let took = begun.elapsed();
        let rate = THROUGHPUT as f64 / took.as_secs_f64();
        let calls = bench.simulator.calls().len();
        println!(
            "{rate:.0} per second ({:.2} s, of it {:.2} s taking orders; {calls} registry calls)",
            took.as_secs_f64(),
            taken.as_secs_f64(),
        );
        for (thread, seconds) in cpu_by_thread()? {
            let used = seconds - before.get(&thread).unwrap_or(&0.0);
            if used >= 0.1 {
                let each = used * 1_000.0 / THROUGHPUT as f64;
                println!("  {thread}: {used:.2} s of CPU, {each:.2} ms per registration");
            }
        }
        rates.push(rate);
        bench.stop().await;
    }
    rates.sort_by(f64::total_cmp);
    let median = rates.get(REPETITIONS / 2).context("no measurement")?;
    println!("median: {median:.0} registrations per second\n");
    Ok(())
}

/// Resident memory of `registrar serve`.
async fn memory_of_serve() -> anyhow::Result<()> {
    println!("## Memory of `registrar serve` (resident)");
    let simulator = Simulator::start(Settings::default(), ([127, 0, 0, 1], 0).into()).await?;
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("memory.db");
    let served = Served::start(&data, &simulator)?;
    let configuration = configuration(&simulator, "none")?;
    // The orders come from another process, so that only the service's own work
    // is measured.
    let platform = wait_for(&data, &configuration).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    println!("idle: {:.1} MB", served.resident()?);
    for from in (0..MANY).step_by(500) {
        take(&platform, from, (from + 500).min(MANY)).await?;
    }
    until_registered(&*platform.store, MANY).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    println!("after {MANY} registrations: {:.1} MB\n", served.resident()?);
    drop(served);
    simulator.stop().await;
    Ok(())
}

async fn wait_for(data: &Path, configuration: &Configuration) -> anyhow::Result<Platform> {
    let begun = Instant::now();
    while !data.exists() {
        anyhow::ensure!(
            begun.elapsed() < Duration::from_secs(10),
            "the service did not start"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    service::platform(data, configuration)
}

/// The release build of the service. Ended when dropped.
struct Served(Child);

impl Served {
    fn start(data: &Path, simulator: &Simulator) -> anyhow::Result<Self> {
        let built = Command::new("cargo")
            .args(["build", "--quiet", "--release", "--package", "registrar"])
            .status()?;
        anyhow::ensure!(built.success(), "registrar does not build");
        let beside = std::env::current_exe()?;
        let registrar = beside.parent().context("no folder")?.join("registrar");
        let child = Command::new(registrar)
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--log",
                "error",
                "--data",
            ])
            .arg(data)
            .env("REGISTRAR_REGISTRY_URL", simulator.base_url())
            .env("REGISTRAR_REGISTRY_KEY", Settings::default().api_key)
            .env("REGISTRAR_REGISTRY_PUBLIC_KEY", simulator.public_key())
            .env("REGISTRAR_WRITES_PER_SECOND", "none")
            .env("REGISTRAR_READS_PER_SECOND", "none")
            .stdout(Stdio::null())
            .spawn()?;
        Ok(Self(child))
    }

    /// In megabytes.
    fn resident(&self) -> anyhow::Result<f64> {
        memory(self.0.id(), "VmRSS")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Processor time of this process so far by the names of its threads, in
/// seconds of user and system time.
fn cpu_by_thread() -> anyhow::Result<BTreeMap<String, f64>> {
    let mut seconds = BTreeMap::new();
    for thread in std::fs::read_dir("/proc/self/task")? {
        let stat = std::fs::read_to_string(thread?.path().join("stat"))?;
        let (before, after) = stat.rsplit_once(')').context("no stat")?;
        let (_, name) = before.split_once('(').context("no name")?;
        let fields: Vec<&str> = after.split_whitespace().collect();
        // utime and stime, in the 100 ticks per second that Linux counts for users.
        for place in [11, 12] {
            let ticks: f64 = fields.get(place).context("a short stat")?.parse()?;
            *seconds.entry(name.to_owned()).or_default() += ticks / 100.0;
        }
    }
    Ok(seconds)
}

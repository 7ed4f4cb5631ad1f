//! What thousands of orders cost while they wait for their slots, and how long one order
//! of a small account waits behind them.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use end_to_end::orders;
use end_to_end::process::memory;
use platform::receive::{self, Received};
use registrar::service;
use registration::{AccountId, Actor, RegistrationId, TraceId};
use registry_simulator::{Call, Limit, Settings};

use crate::{Bench, cpu_by_thread, take};

/// Orders that wait.
const WAITING: [usize; 2] = [3_000, 30_000];

/// Is measured for so long.
const WINDOW: Duration = Duration::from_secs(60);

/// Orders of the large account, and the calls per second that change something.
const BEHIND: [(usize, &str); 4] = [(400, "20"), (4_000, "20"), (400, "2"), (4_000, "2")];

/// The small account's order must be through after this.
const LONGEST: Duration = Duration::from_secs(300);

/// The business of the small account: none of the large one's.
const SMALL: usize = 9_999;

fn apart(writes: u32) -> Settings {
    Settings {
        calls_per_second: Some(Limit::Apart {
            writes,
            reads: 1_000,
        }),
        ..Settings::default()
    }
}

fn is_write(call: &Call) -> bool {
    call.method != "GET"
}

/// What a minute costs while so many orders wait at one call per second.
pub(crate) async fn backlog() -> anyhow::Result<()> {
    println!("## Backlog: orders that wait at 1 call per second, over {WINDOW:?}");
    println!("orders   submissions   messages per submission   CPU of one core   resident");
    for waiting in WAITING {
        let bench = Bench::start(apart(1), "1").await?;
        for from in (0..waiting).step_by(500) {
            take(&bench.service.platform, from, from + 500).await?;
        }
        let count = || -> anyhow::Result<(usize, i64, f64)> {
            let calls = bench.simulator.calls();
            let writes = calls.iter().filter(|call| is_write(call)).count();
            let cpu = cpu_by_thread()?.values().sum();
            Ok((writes, bench.messages_sent()?, cpu))
        };
        // The first slots are filled.
        tokio::time::sleep(Duration::from_secs(5)).await;
        let (begun, before) = (Instant::now(), count()?);
        tokio::time::sleep(WINDOW).await;
        let (took, after) = (begun.elapsed(), count()?);
        let writes = after.0 - before.0;
        let messages = (after.1 - before.1) as f64 / writes.max(1) as f64;
        let cpu = (after.2 - before.2) / took.as_secs_f64() * 100.0;
        let resident = memory(std::process::id(), "VmRSS")?;
        println!("{waiting:>6}{writes:>14}{messages:>26.2}{cpu:>16.1} %{resident:>8.0} MB");
        bench.stop().await;
    }
    println!();
    Ok(())
}

/// How many calls are made before a small account's order has its brand, its campaign, and
/// all of its calls.
pub(crate) async fn fairness() -> anyhow::Result<()> {
    println!("## Fairness: one order of an account behind those of another, in calls that change");
    println!("something, the order's own 7 included (it has five numbers)");
    println!(
        "orders ahead   calls per second   to its brand   to its campaign   to its last number"
    );
    for (ahead, rate) in BEHIND {
        let bench = Bench::start(apart(rate.parse()?), rate).await?;
        for from in (0..ahead).step_by(500) {
            take(&bench.service.platform, from, ahead.min(from + 500)).await?;
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
        let before = writes(&bench).len();
        let id = small(&bench).await?;
        let begun = Instant::now();
        let own = loop {
            let own = own_calls(&writes(&bench), &id);
            if own.len() == 7 {
                break own;
            }
            anyhow::ensure!(begun.elapsed() < LONGEST, "{own:?} after {LONGEST:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        let after = |place: usize| own.get(place).map(|call| call + 1 - before);
        let [brand, campaign, last] = [0, 1, 6].map(after);
        let (brand, campaign) = (brand.context("brand")?, campaign.context("campaign")?);
        let last = last.context("last number")?;
        println!("{ahead:>12}{rate:>19}{brand:>15}{campaign:>18}{last:>21}");
        bench.stop().await;
    }
    println!();
    Ok(())
}

fn writes(bench: &Bench) -> Vec<Call> {
    let calls = bench.simulator.calls().into_iter();
    calls.filter(is_write).collect()
}

/// The places of an order's own calls among all.
fn own_calls(writes: &[Call], id: &RegistrationId) -> Vec<usize> {
    let document = orders::document(SMALL, 5);
    let numbers = document.get("numbers").and_then(|all| all.as_array());
    let numbers = numbers.into_iter().flatten().filter_map(|one| one.as_str());
    let mut subjects: BTreeSet<String> = numbers.map(str::to_owned).collect();
    subjects.insert(orders::ein(SMALL));
    let is_own = |call: &Call| {
        call.subject.as_ref().is_some_and(|subject| {
            subjects.contains(&subject.replace('-', "")) || subject.starts_with(id.as_str())
        })
    };
    let places = writes.iter().enumerate();
    places
        .filter(|(_, call)| is_own(call))
        .map(|(place, _)| place)
        .collect()
}

async fn small(bench: &Bench) -> anyhow::Result<RegistrationId> {
    let account = AccountId::parse("small")?;
    let (actor, trace) = (Actor::account(&account), TraceId::new(service::random()));
    let (platform, order) = (&bench.service.platform, orders::order(SMALL, 5));
    match receive::receive(platform, &account, actor, order, None, trace).await? {
        Received::New(id, _) | Received::Repeated(id) => Ok(id),
    }
}

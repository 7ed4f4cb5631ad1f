//! The calls that one registration takes, by what they are: on a virtual clock, with
//! reviews as long as they are (domain: a brand seconds to a week, a campaign ten days to
//! six weeks, a number minutes to three days).

use std::collections::BTreeMap;
use std::time::Duration;

use registry_simulator::{Call, Reviews, Span};
use simulation::orders::Ordered;
use simulation::plan::{On, Plan};
use simulation::run::run;

const NUMBERS: usize = 5;

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

/// Seconds that brand, campaign and numbers are reviewed.
const REVIEWS: [(&str, [u64; 3]); 2] = [
    (
        "a brand takes a minute, a campaign 10 days, a number 10 minutes",
        [MINUTE, 10 * DAY, 10 * MINUTE],
    ),
    (
        "a brand takes a week, a campaign 6 weeks, a number 3 days",
        [7 * DAY, 42 * DAY, 3 * DAY],
    ),
];

/// Prints how many calls an order with five numbers takes until it is registered.
pub(crate) fn calls() -> anyhow::Result<()> {
    println!(
        "## Calls to the registry for one order with {NUMBERS} numbers, until it is registered"
    );
    println!("(the least: one for each submission, one read for each verdict of a brand and a");
    println!("campaign, one list of its numbers: {})", 4 + NUMBERS + 1);
    for (reviews, seconds) in REVIEWS {
        let (with, without) = (counted(seconds, true)?, counted(seconds, false)?);
        println!("\n{reviews}:\n{:44}{:>9}{:>9}", "", "webhooks", "none");
        let all: std::collections::BTreeSet<_> = with.keys().chain(without.keys()).collect();
        let count = |of: &BTreeMap<String, u32>, call: &str| of.get(call).copied().unwrap_or(0);
        for call in all {
            println!(
                "{call:44}{:>9}{:>9}",
                count(&with, call),
                count(&without, call)
            );
        }
        let sums = [&with, &without].map(|of| of.values().sum::<u32>());
        println!("{:44}{:>9}{:>9}", "all", sums[0], sums[1]);
        let hourly = sums.map(|sum| 3_600 / sum.max(1));
        println!(
            "{:44}{:>9}{:>9}",
            "registrations per hour at 1 call per second", hourly[0], hourly[1]
        );
    }
    println!();
    Ok(())
}

fn counted(seconds: [u64; 3], webhooks: bool) -> anyhow::Result<BTreeMap<String, u32>> {
    let [brand, campaign, number] =
        seconds.map(|seconds| Span::exactly(Duration::from_secs(seconds)));
    let plan = Plan {
        ordered: Some((Ordered::Plain, NUMBERS)),
        reviews: Some(Reviews {
            brand,
            campaign,
            number,
            ..Reviews::default()
        }),
        webhooks,
        kinds: Vec::new(),
        on: On::Sqlite,
        sweep: true,
        ..Plan::of(0, 1)
    };
    // A run has a runtime of its own.
    let ended = std::thread::scope(|scope| scope.spawn(|| run(&plan)).join());
    let ended = ended.map_err(|_| anyhow::anyhow!("the run has panicked"))??;
    anyhow::ensure!(ended.violations.is_empty(), "{:?}", ended.violations);
    let mut counts = BTreeMap::new();
    for call in &ended.calls {
        *counts.entry(kind(call)).or_default() += 1;
    }
    Ok(counts)
}

/// Method and path, without what names one thing.
fn kind(call: &Call) -> String {
    let segments = call.path.trim_start_matches("/v2").split('/');
    let names =
        |segment: &str| segment.len() > 10 && segment.contains(|c: char| c.is_ascii_digit());
    let segments: Vec<_> = segments
        .map(|segment| if names(segment) { "{id}" } else { segment })
        .collect();
    format!("{} {}", call.method, segments.join("/"))
}

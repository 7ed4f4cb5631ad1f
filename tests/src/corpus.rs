//! The orders under `tests/preflight`, and what the pre-flight finds in them.
//!
//! `good/NAME.json` is an order that reviewers take. `found/RULE.NAME.json` has one fault, that of
//! its rule.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use registration::Order;
use registration::preflight::{Finding, Weight, preflight, rules};

/// What the pre-flight says of the corpus.
#[derive(Debug, Default)]
pub struct Judged {
    /// Of each rule: orders with its fault, and how many of them it found.
    pub rules: BTreeMap<String, Counts>,
    /// Orders in all.
    pub orders: usize,
    /// Good orders among them.
    pub good: usize,
    /// Files whose fault was not found.
    pub missed: Vec<String>,
    /// Errors and warnings in good orders. In a faulty one a second finding may be its fault's.
    pub alarms: Vec<(String, Finding)>,
    /// Microseconds that one order took, by the middle one.
    pub median_micros: u128,
}

/// Of one rule.
#[derive(Debug, Default, Clone, Copy)]
pub struct Counts {
    /// Orders that have its fault.
    pub faults: usize,
    /// Those of them in which it was found.
    pub found: usize,
    /// Findings of it in good orders.
    pub alarms: usize,
}

impl Judged {
    /// Findings of this weight that no order deserves.
    pub fn alarms_of(&self, weight: Weight) -> usize {
        self.alarms
            .iter()
            .filter(|(_, finding)| finding.weight == weight)
            .count()
    }

    /// Orders with a fault.
    pub fn faulty(&self) -> usize {
        self.orders - self.good
    }
}

/// Looks at every order of the corpus.
pub fn judge() -> anyhow::Result<Judged> {
    let mut judged = Judged::default();
    let mut times = Vec::new();
    for rule in rules() {
        judged.rules.insert(rule.id.to_owned(), Counts::default());
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("preflight");
    for (kind, is_good) in [("good", true), ("found", false)] {
        for path in files(&folder.join(kind))? {
            let name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let fault = (!is_good).then(|| name.split('.').next().unwrap_or_default().to_owned());
            let text = std::fs::read(&path).with_context(|| path.display().to_string())?;
            let document = serde_json::from_slice(&text).with_context(|| name.clone())?;
            let order =
                Order::read(&document).map_err(|problems| anyhow::anyhow!("{name}: {problems}"))?;
            let start = Instant::now();
            let findings = preflight(&order);
            times.push(start.elapsed().as_micros());
            judged.orders += 1;
            judged.good += usize::from(is_good);
            if let Some(fault) = &fault {
                let counts = judged
                    .rules
                    .get_mut(fault)
                    .with_context(|| format!("{name}: there is no rule {fault}"))?;
                counts.faults += 1;
                match findings.iter().any(|finding| finding.rule == fault) {
                    true => counts.found += 1,
                    false => judged.missed.push(name.clone()),
                }
            }
            let alarms = findings
                .into_iter()
                .filter(|finding| fault.is_none() && finding.weight != Weight::Note);
            for alarm in alarms {
                judged
                    .rules
                    .entry(alarm.rule.to_owned())
                    .or_default()
                    .alarms += 1;
                judged.alarms.push((name.clone(), alarm));
            }
        }
    }
    times.sort_unstable();
    judged.median_micros = times.get(times.len() / 2).copied().unwrap_or_default();
    Ok(judged)
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut files: Vec<PathBuf> = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    files.sort();
    Ok(files)
}

/// The table of `cargo figures preflight`.
pub fn figures() -> anyhow::Result<String> {
    let judged = judge()?;
    let mut text = String::new();
    let faults = judged.faulty();
    let found = faults - judged.missed.len();
    #[allow(clippy::cast_precision_loss, reason = "a share of hundreds of orders")]
    let share = 100.0 * found as f64 / faults.max(1) as f64;
    writeln!(
        text,
        "## Pre-flight over the {} orders of tests/preflight, {} of them good",
        judged.orders, judged.good
    )?;
    writeln!(
        text,
        "found {found} of {faults} faults ({share:.1} %), false alarms: {} errors, {} warnings;",
        judged.alarms_of(Weight::Error),
        judged.alarms_of(Weight::Warning)
    )?;
    writeln!(text, "{} µs for one order (median)", judged.median_micros)?;
    writeln!(
        text,
        "{:34}{:>8}{:>8}{:>8}{:>8}",
        "rule", "faults", "found", "missed", "alarms"
    )?;
    for (rule, counts) in &judged.rules {
        writeln!(
            text,
            "{rule:34}{:>8}{:>8}{:>8}{:>8}",
            counts.faults,
            counts.found,
            counts.faults - counts.found,
            counts.alarms
        )?;
    }
    for name in &judged.missed {
        writeln!(text, "missed: {name}")?;
    }
    for (name, alarm) in &judged.alarms {
        writeln!(
            text,
            "alarm: {name}: {} {} at {}",
            alarm.weight.name(),
            alarm.rule,
            alarm.pointer
        )?;
    }
    Ok(text)
}

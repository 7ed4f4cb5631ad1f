//! `registrar lint` of many orders: a line for each, and a summary.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use registration::order::{Order, Problems};
use registration::preflight::{Finding, Weight};
use serde_json::{Value, json};

use crate::findings;
use crate::submit::Lint;

use registrar::orders::source::{Entry, Sources, Unreadable, single};

/// What is said of files without an order.
pub(super) const NO_ORDERS: &str = "there is no order in what was named";

/// How it is said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    /// One JSON document for each order.
    pub(crate) json: bool,
    /// Everything that was found, below each order.
    pub(crate) details: bool,
    /// The pages that an order links to are called.
    pub(crate) online: bool,
}

/// What is to be said of an order.
enum Looked {
    At(Vec<Finding>),
    NotTaken(Problems),
    NotRead(String),
}

/// How many orders there were of which kind.
#[derive(Debug, Default)]
struct Counts {
    orders: u64,
    ok: u64,
    warned: u64,
    wrong: u64,
    not_taken: u64,
}

/// Says what reviewers would reject in each order; fails if they surely would in one.
pub(crate) async fn lint(arguments: &[PathBuf], form: Form) -> anyhow::Result<()> {
    let lint = Lint::new(form.online)?;
    if let Some(file) = single(arguments) {
        return crate::submit::lint(file, form.json, &lint).await;
    }
    let sources = Sources::find(arguments)?;
    let details = form.details || sources.is_one();
    let mut out = BufWriter::new(std::io::stdout());
    let mut counts = Counts::default();
    for entry in sources.entries()? {
        // What was found before a file went wrong is said all the same.
        let entry = entry.inspect_err(|_| drop(out.flush()))?;
        let looked = look(&entry, &lint).await;
        counts.add(&looked);
        match form.json {
            true => writeln!(out, "{}", looked.in_json(&entry))?,
            false => looked.print(&entry, details, &mut out)?,
        }
    }
    match form.json {
        true => writeln!(out, "{}", counts.in_json())?,
        false => writeln!(out, "{}", counts.line())?,
    }
    out.flush()?;
    // A check of nothing must not pass for one that found nothing.
    anyhow::ensure!(counts.orders > 0, NO_ORDERS);
    let bad = counts.wrong + counts.not_taken;
    anyhow::ensure!(
        bad == 0,
        "{bad} of {} would not get through: lint one as FILE:LINE, or all with --details, to see \
         why",
        counted(counts.orders, "order")
    );
    Ok(())
}

async fn look(entry: &Entry, lint: &Lint) -> Looked {
    match &entry.document {
        Err(Unreadable { why, .. }) => Looked::NotRead(why.clone()),
        Ok(document) => match Order::read(document) {
            Err(problems) => Looked::NotTaken(problems),
            Ok(order) => Looked::At(lint.look(&order).await),
        },
    }
}

fn of(findings: &[Finding], weight: Weight) -> Vec<&Finding> {
    let found = findings.iter();
    found.filter(|finding| finding.weight == weight).collect()
}

/// Notes are to be known, and nothing is to be done for them.
fn is_ok(findings: &[Finding]) -> bool {
    findings
        .iter()
        .all(|finding| finding.weight == Weight::Note)
}

/// `2 errors`.
pub(crate) fn counted(count: impl TryInto<u64>, noun: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    let end = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{end}")
}

impl Looked {
    fn print(&self, entry: &Entry, details: bool, out: &mut impl Write) -> anyhow::Result<()> {
        let name = &entry.name;
        match self {
            Self::NotRead(why) => writeln!(out, "{name}: cannot be read: {why}")?,
            Self::NotTaken(problems) => {
                let count = counted(problems.total(), "problem");
                writeln!(out, "{name}: cannot be taken: {count}")?;
                for problem in problems.iter().filter(|_| details) {
                    writeln!(out, "  {}: {}", problem.pointer, problem.message)?;
                }
                let more = problems.total() - problems.iter().count();
                if details && more > 0 {
                    writeln!(out, "  and {more} more")?;
                }
            }
            Self::At(findings) => {
                let errors = counted(of(findings, Weight::Error).len(), "error");
                let warnings = counted(of(findings, Weight::Warning).len(), "warning");
                match is_ok(findings) {
                    true => writeln!(out, "{name}: ok")?,
                    false => writeln!(out, "{name}: {errors}, {warnings}")?,
                }
                for finding in findings.iter().filter(|_| details) {
                    writeln!(out, "  {}", findings::line(finding))?;
                }
            }
        }
        Ok(())
    }

    fn in_json(&self, entry: &Entry) -> Value {
        let order = entry.name.to_string();
        match self {
            Self::NotRead(why) => json!({ "order": order, "unreadable": why }),
            Self::NotTaken(problems) => {
                let more = problems.total() - problems.iter().count();
                let problems: Vec<_> = problems.iter().collect();
                json!({ "order": order, "problems": problems, "more": more })
            }
            Self::At(findings) => {
                let mut found = findings::in_json(findings);
                if let Some(fields) = found.as_object_mut() {
                    fields.insert("order".to_owned(), order.into());
                }
                found
            }
        }
    }
}

impl Counts {
    fn add(&mut self, looked: &Looked) {
        self.orders += 1;
        let count = match looked {
            Looked::NotTaken(_) | Looked::NotRead(_) => &mut self.not_taken,
            Looked::At(findings) if is_ok(findings) => &mut self.ok,
            Looked::At(findings) if of(findings, Weight::Error).is_empty() => &mut self.warned,
            Looked::At(_) => &mut self.wrong,
        };
        *count += 1;
    }

    fn in_json(&self) -> Value {
        json!({ "summary": { "orders": self.orders, "ok": self.ok, "warnings_only": self.warned,
                             "errors": self.wrong, "not_taken": self.not_taken } })
    }

    fn line(&self) -> String {
        format!(
            "{}: {} ok, {} with warnings only, {} with errors, {} that cannot be taken",
            counted(self.orders, "order"),
            self.ok,
            self.warned,
            self.wrong,
            self.not_taken
        )
    }
}

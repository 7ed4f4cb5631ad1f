//! `registrar registry check`: what the registry's account takes and charges, against what we
//! know.

use std::collections::BTreeSet;

use anyhow::Context as _;
use registration::Step;
use registration::order::{
    AltBusinessIdType, BrandRelationship, EntityType, StockExchange, Usecase, Vertical,
};
use registry::{Cost, List, telnyx};
use serde_json::{Value, json};

use crate::place::Place;
use crate::serve::configuration;
use crate::table::table;
use registrar::downstream::downstream;

/// What is asked of the registry itself.
#[derive(Debug, clap::Args)]
pub(crate) struct Registry {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Compare the lists that orders are read by (use cases, verticals …) and the fee of a
    /// campaign with the registry's account
    Check {
        /// As one JSON document
        #[arg(long)]
        json: bool,
    },
}

/// Every list that orders are read by, with our values.
const LISTS: [(List, &[&str]); 6] = [
    (List::Usecase, Usecase::ALL),
    (List::Vertical, Vertical::ALL),
    (List::EntityType, EntityType::ALL),
    (List::StockExchange, StockExchange::ALL),
    (List::BrandRelationship, BrandRelationship::ALL),
    (List::AltBusinessIdType, AltBusinessIdType::ALL),
];

/// Asks, says what differs, and fails if something does.
pub(crate) async fn registry(registry: Registry, place: &Place) -> anyhow::Result<()> {
    let Verb::Check { json } = registry.verb;
    let platform = place.open_or_make().await?.platform()?;
    let downstream = downstream(&platform, &configuration()?)?;
    let mut lists = Vec::new();
    for (list, ours) in LISTS {
        let theirs = downstream.registry.values(list).await;
        let theirs = theirs.with_context(|| format!("the list {} was not given", list.name()))?;
        lists.push(Compared::new(list, ours, theirs));
    }
    let mut costs = Vec::new();
    for usecase in Usecase::ALL {
        let usecase = Usecase::parse(usecase).map_err(|refused| anyhow::anyhow!("{refused:?}"))?;
        // A use case that this account cannot have has no cost.
        if let Ok(Some(cost)) = downstream.registry.cost(&usecase).await {
            costs.push((usecase, cost));
        }
    }
    match json {
        true => println!("{}", in_json(&lists, &costs)),
        false => print(&lists, &costs),
    }
    let differ = lists.iter().filter(|list| !list.agrees()).count();
    anyhow::ensure!(
        differ == 0,
        "{differ} of {} lists differ from the account's at {}",
        lists.len(),
        telnyx::NAME
    );
    Ok(())
}

/// One list, ours and the registry's.
struct Compared {
    list: List,
    /// In ours alone: orders with it would be refused there.
    ours: Vec<String>,
    /// In the registry's alone: orders with it are refused here.
    theirs: Vec<String>,
    /// Whether the registry says nothing of it.
    unsaid: bool,
}

impl Compared {
    fn new(list: List, ours: &[&str], theirs: Option<Vec<String>>) -> Self {
        let unsaid = theirs.is_none();
        let theirs: BTreeSet<String> = theirs.unwrap_or_default().into_iter().collect();
        let known: BTreeSet<String> = ours.iter().map(|value| (*value).to_owned()).collect();
        let missing = |of: &BTreeSet<String>, from: &BTreeSet<String>| {
            of.difference(from).cloned().collect::<Vec<_>>()
        };
        match unsaid {
            true => Self {
                list,
                ours: Vec::new(),
                theirs: Vec::new(),
                unsaid,
            },
            false => Self {
                list,
                ours: missing(&known, &theirs),
                theirs: missing(&theirs, &known),
                unsaid,
            },
        }
    }

    fn agrees(&self) -> bool {
        self.ours.is_empty() && self.theirs.is_empty()
    }

    fn words(&self) -> String {
        match (self.unsaid, self.agrees()) {
            (true, _) => "the registry does not say".to_owned(),
            (_, true) => "agrees".to_owned(),
            _ => {
                let ours = self.ours.join(" ");
                let theirs = self.theirs.join(" ");
                format!("only here: {ours}; only there: {theirs}")
            }
        }
    }
}

fn print(lists: &[Compared], costs: &[(Usecase, Cost)]) {
    let mut said = table(&["list!", "the account's against ours"]);
    for list in lists {
        said.add_row([list.list.name().to_owned(), list.words()]);
    }
    println!("{said}");
    let mut said = table(&["use case!", "once", "a month", "shown here"]);
    for (usecase, cost) in costs {
        let known = Step::Campaign.fee().map(dollars).unwrap_or_default();
        let row = [
            usecase.as_str().to_owned(),
            dollars(cost.once),
            dollars(cost.monthly),
            known,
        ];
        said.add_row(row);
    }
    println!("{said}");
}

fn dollars(cents: u32) -> String {
    format!("${}.{:02}", cents / 100, cents % 100)
}

fn in_json(lists: &[Compared], costs: &[(Usecase, Cost)]) -> Value {
    let lists = lists.iter().map(|list| {
        json!({ "list": list.list.name(), "only_here": list.ours, "only_there": list.theirs,
                "said": !list.unsaid })
    });
    let costs = costs.iter().map(|(usecase, cost)| {
        json!({ "usecase": usecase.as_str(), "once_cents": cost.once, "monthly_cents": cost.monthly })
    });
    json!({ "lists": lists.collect::<Vec<_>>(), "costs": costs.collect::<Vec<_>>() })
}

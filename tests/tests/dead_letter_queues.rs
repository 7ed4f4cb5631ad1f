//! What a queue gives up is kept, and somebody is told: read from the
//! infrastructure as it is written.
//!
//! `infra/tests` proves part of it on planned values, where Terraform is installed:
//! that each function of `steps.json` has its queue
//! (`every_step_function_of_the_code_has_its_queue`), how many receives it allows
//! (`a_queue_gives_up_to_its_own_dead_letter_queue_only`), and that alarms of the
//! right names are there (`every_step_has_its_alarms`). What is read here it does not
//! see: queues outside of the step's module, what an alarm goes by, whom it tells.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use hcl::{Block, Body, Expression};

/// The modules that the platform on AWS is made of, below `infra`.
const MODULES: [&str; 3] = [".", "modules/step", "modules/function"];

fn infra() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra")
}

/// One module: all of its files together, as Terraform reads them.
struct Module {
    name: &'static str,
    blocks: Vec<Block>,
}

impl Module {
    fn read(name: &'static str) -> Self {
        let mut blocks = Vec::new();
        for file in std::fs::read_dir(infra().join(name)).unwrap() {
            let file = file.unwrap().path();
            if file.extension().is_some_and(|ending| ending == "tf") {
                let body: Body = hcl::parse(&std::fs::read_to_string(&file).unwrap()).unwrap();
                blocks.extend(body.into_blocks());
            }
        }
        assert!(!blocks.is_empty(), "{name} has no files");
        Self { name, blocks }
    }

    /// Its resources of this kind, by name.
    fn resources(&self, kind: &str) -> BTreeMap<&str, &Body> {
        let labels = |block: &&Block| {
            block.identifier() == "resource"
                && block.labels().first().is_some_and(|l| l.as_str() == kind)
        };
        let found = self.blocks.iter().filter(labels);
        found.map(|b| (b.labels()[1].as_str(), b.body())).collect()
    }

    /// The modules that it calls.
    fn calls(&self) -> impl Iterator<Item = &Block> {
        let blocks = self.blocks.iter();
        blocks.filter(|block| block.identifier() == "module")
    }

    /// A local value, as it is written.
    fn local(&self, name: &str) -> String {
        let locals = self.blocks.iter().filter(|b| b.identifier() == "locals");
        let mut found = locals.filter_map(|block| value(block.body(), name));
        written(found.next().unwrap())
    }
}

fn value<'a>(body: &'a Body, name: &str) -> Option<&'a Expression> {
    let mut attributes = body.attributes();
    let found = attributes.find(|attribute| attribute.key() == name)?;
    Some(found.expr())
}

fn written(expression: &Expression) -> String {
    hcl::format::to_string(expression).unwrap()
}

/// The object that `jsonencode({…})` is given: the values by their keys, as written.
fn encoded(expression: &Expression) -> BTreeMap<String, String> {
    let Expression::FuncCall(call) = expression else {
        return BTreeMap::new();
    };
    let Some(Expression::Object(object)) = call.args.first() else {
        return BTreeMap::new();
    };
    let entries = object.iter();
    entries
        .map(|(key, value)| (key.to_string(), written(value)))
        .collect()
}

/// The queue that another one of this module gives up to.
fn dead_letter_queue(queue: &Body) -> Option<String> {
    let policy = encoded(value(queue, "redrive_policy")?);
    policy.get("maxReceiveCount")?;
    let target = policy.get("deadLetterTargetArn")?;
    let name = target
        .strip_prefix("aws_sqs_queue.")?
        .strip_suffix(".arn")?;
    Some(name.to_owned())
}

/// Every metric that an alarm goes by: of one of its own, or of several.
fn metrics(alarm: &Body) -> Vec<&Body> {
    let mut found = vec![alarm];
    for block in alarm.blocks() {
        found.extend(metrics(block.body()));
    }
    found
}

/// A metric's name is its own, or that of a `dynamic` block's every turn.
fn counts_what_is_visible(alarm: &Body) -> bool {
    metrics(alarm).into_iter().any(|metric| {
        let names = ["metric_name", "for_each"];
        let mut names = names.iter().filter_map(|name| value(metric, name));
        names.any(|name| written(name).contains("\"ApproximateNumberOfMessagesVisible\""))
    })
}

fn is_on(alarm: &Body, queue: &str) -> bool {
    let name = format!("aws_sqs_queue.{queue}.name");
    metrics(alarm).into_iter().any(|metric| {
        value(metric, "dimensions").is_some_and(|of| written(of).contains(&name))
            && value(metric, "metric_name").is_some()
    })
}

#[test]
fn every_queue_has_a_dead_letter_queue_and_an_alarm_that_tells_of_it() {
    let mut seen = 0;
    for module in MODULES.map(Module::read) {
        let queues = module.resources("aws_sqs_queue");
        let dead: BTreeSet<String> = queues
            .values()
            .filter_map(|q| dead_letter_queue(q))
            .collect();
        let alarms = module.resources("aws_cloudwatch_metric_alarm");
        for (name, queue) in &queues {
            seen += 1;
            let at = format!("queue `{name}` of {}", module.name);
            if !dead.contains(*name) {
                let target = dead_letter_queue(queue);
                let target = target.unwrap_or_else(|| panic!("{at} has no dead-letter queue"));
                assert!(queues.contains_key(target.as_str()), "{at}: no `{target}`");
                continue;
            }
            let alarm = alarms.values().find(|alarm| is_on(alarm, name));
            let alarm = alarm.unwrap_or_else(|| panic!("{at} has no alarm"));
            assert!(counts_what_is_visible(alarm), "{at}");
            for (said, expected) in [
                ("alarm_actions", "var.alarm_actions"),
                // It sounds at the first.
                ("comparison_operator", "\"GreaterThanThreshold\""),
                ("threshold", "0"),
            ] {
                let said_is = value(alarm, said).map(written);
                assert_eq!(said_is.as_deref(), Some(expected), "{at}: {said}");
            }
        }
    }
    assert!(seen >= 2, "{seen} queues");
}

#[test]
fn every_stage_on_a_real_account_names_somebody_for_its_alarms_to_tell() {
    for stage in ["examples/staging", "examples/production"] {
        let module = Module::read(stage);
        let topics = module.resources("aws_sns_topic");
        for call in module.calls() {
            let actions = value(call.body(), "alarm_actions").map(written);
            let actions = actions.unwrap_or_default();
            let tells = |topic: &&str| actions.contains(&format!("aws_sns_topic.{topic}.arn"));
            assert!(topics.keys().any(tells), "{stage} tells `{actions}`");
        }
        assert_eq!(module.calls().count(), 1, "{stage}");
    }
}

#[test]
fn every_function_that_a_step_names_gets_a_queue_whose_alarms_reach_the_operators() {
    let root = Module::read(".");
    let steps = std::fs::read_to_string(infra().join("steps.json")).unwrap();
    let steps: Vec<serde_json::Value> = serde_json::from_str(&steps).unwrap();
    assert!(steps.iter().all(|step| step["function"].is_string()));
    assert!(root.local("steps").contains("/steps.json"));
    assert_eq!(
        root.local("step_functions"),
        "distinct(local.steps[*].function)"
    );
    let mut callers = BTreeSet::new();
    for call in root.calls() {
        let source = value(call.body(), "source").map(written).unwrap();
        if source.trim_matches('"') != "./modules/step" {
            continue;
        }
        let name = call.labels()[0].as_str();
        let actions = value(call.body(), "alarm_actions").map(written);
        assert_eq!(actions.as_deref(), Some("var.alarm_actions"), "{name}");
        callers.insert(name);
        if name == "step" {
            let each = value(call.body(), "for_each").map(written);
            assert_eq!(each.as_deref(), Some("toset(local.step_functions)"));
        }
    }
    assert_eq!(callers, BTreeSet::from(["callbacks", "step"]));
}

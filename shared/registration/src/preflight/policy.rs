//! What an operator makes of the rules: raised, lowered or left out.

use std::collections::BTreeMap;

use super::every_rule;
use super::rule::{Finding, Rule, Weight};

/// Weights other than the rules' own. The setting is a list such as
/// `website-missing=off,links-same-page=error`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// No weight: left out.
    weights: BTreeMap<&'static str, Option<Weight>>,
}

/// An entry of the setting that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// It is not `rule=weight`.
    #[error(
        "`{0}` is not a rule and its weight: write it as rule=error, rule=warning, rule=note or rule=off"
    )]
    NotAnEntry(String),
    /// There is no such rule.
    #[error("there is no pre-flight rule `{0}`: `registrar lint --rules` lists them")]
    NoSuchRule(String),
}

impl Policy {
    /// Reads the setting.
    ///
    /// # Errors
    /// The first entry that is none, or that names no rule.
    pub fn parse(setting: &str) -> Result<Self, PolicyError> {
        let mut policy = Self::default();
        let entries = setting
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty());
        for entry in entries {
            let not_an_entry = || PolicyError::NotAnEntry(entry.to_owned());
            let (id, weight) = entry.split_once('=').ok_or_else(not_an_entry)?;
            let weight = match weight.trim() {
                "error" => Some(Weight::Error),
                "warning" => Some(Weight::Warning),
                "note" => Some(Weight::Note),
                "off" => None,
                _ => return Err(not_an_entry()),
            };
            let rule = every_rule().find(|rule| rule.id == id.trim());
            let rule = rule.ok_or_else(|| PolicyError::NoSuchRule(id.trim().to_owned()))?;
            policy.weights.insert(rule.id, weight);
        }
        Ok(policy)
    }

    /// The registry is the simulator: its steering EINs begin with 00, and some repeat a digit.
    #[must_use]
    pub fn for_simulator(mut self) -> Self {
        for id in ["ein-prefix-never-issued", "ein-made-up"] {
            self.weights.entry(id).or_insert(Some(Weight::Note));
        }
        self
    }

    /// The weight of a rule by this policy; none: left out.
    pub fn weight_of(&self, rule: &Rule) -> Option<Weight> {
        self.weights
            .get(rule.id)
            .copied()
            .unwrap_or(Some(rule.weight))
    }

    /// A finding with the weight that it has by this policy; none if its rule is left out.
    pub fn weigh(&self, finding: Finding) -> Option<Finding> {
        match self.weights.get(finding.rule) {
            None => Some(finding),
            Some(None) => None,
            Some(Some(weight)) => Some(Finding {
                weight: *weight,
                ..finding
            }),
        }
    }
}

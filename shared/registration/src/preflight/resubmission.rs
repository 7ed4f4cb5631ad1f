//! A correction against what was refused.

use super::rule::{Category, Finding, Place, Rule, Weight};
use crate::event::{Fact, StepRound, Verdict};
use crate::facts::Facts;

/// A correction that leaves what was refused as it was. It has no example: it looks at a history,
/// and not at an order.
pub static UNCHANGED: Rule = Rule {
    id: "resubmission-unchanged",
    weight: Weight::Warning,
    category: Category::Other,
    codes: &[],
    looks_at: &["the correction, and the fields that the reasons of the refusal name"],
    message: "The correction changes nothing in the fields that the reasons of the refusal name: \
              elsewhere such a resubmission was refused within seconds, for another fee.",
    source: "Twilio's error pages 30880 to 30934: a resubmission without changes comes back refused",
    finds: "",
    leaves: "",
    find: |_| Vec::new(),
};

/// The places that a correction should have changed and did not; none where it changed one of
/// them, where no reason names a field, or where the reviewers are told why (an appeal).
pub fn resubmission(facts: &Facts, amended: &Fact) -> Vec<Finding> {
    let Fact::Amended {
        changed,
        rounds,
        appeal: None,
        ..
    } = amended
    else {
        return Vec::new();
    };
    let steps = rounds.iter();
    steps
        .flat_map(|StepRound { step, .. }| {
            let named = match facts.verdict(*step) {
                Some(Verdict::Rejected { reasons }) => {
                    reasons.iter().flat_map(|reason| &reason.fields).collect()
                }
                _ => Vec::new(),
            };
            let named: Vec<&String> = named
                .into_iter()
                .filter(|field| field.starts_with('/'))
                .collect();
            let touched = named
                .iter()
                .any(|field| changed.iter().any(|pointer| overlap(pointer, field)));
            let left = named.into_iter().filter(move |_| !touched);
            left.map(|field| UNCHANGED.found(Place::at(field)))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Whether one place lies within the other.
fn overlap(one: &str, other: &str) -> bool {
    let within =
        |inner: &str, outer: &str| inner == outer || inner.starts_with(&format!("{outer}/"));
    within(one, other) || within(other, one)
}

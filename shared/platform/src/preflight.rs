//! What reviewers would refuse, told before any fee is paid, and what is done about it.

use registration::event::Fact;
use registration::order::Order;
use registration::preflight::{Finding, Policy, Told, Weight, preflight_by};

/// How orders are looked at before they are taken.
#[derive(Debug, Clone, Default)]
pub struct Preflight {
    /// The weights of the rules.
    pub policy: Policy,
    /// Whether an order with an error is refused, or taken with what was found.
    pub refuses: bool,
}

impl Preflight {
    /// Orders go to a simulator, whose steering numbers no registry would take.
    pub fn before_a_simulator() -> Self {
        Self {
            policy: Policy::default().for_simulator(),
            refuses: false,
        }
    }

    /// Everything that a reviewer would find, errors first.
    pub fn look(&self, order: &Order) -> Vec<Finding> {
        preflight_by(order, &self.policy)
    }

    /// Whether an order with these findings is refused.
    pub fn is_refused(&self, findings: &[Finding]) -> bool {
        self.refuses
            && findings
                .iter()
                .any(|finding| finding.weight == Weight::Error)
    }
}

/// What the history keeps of findings: rules and places of errors and warnings; none if there
/// are none.
pub fn told(findings: &[Finding]) -> Option<Fact> {
    let kept = findings
        .iter()
        .filter(|finding| finding.weight != Weight::Note);
    let findings: Vec<Told> = kept.map(Told::of).take(Told::MOST).collect();
    (!findings.is_empty()).then_some(Fact::PreflightTold { findings })
}

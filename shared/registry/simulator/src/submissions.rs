//! Counts of accepted creations, by what the caller knows its subject by.

use std::collections::BTreeMap;

use serde::Serialize;

/// Accepted creations per subject. More than one for the same subject is a
/// double submission.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Submissions {
    /// By EIN, digits only; by display name where there is none.
    pub brands: BTreeMap<String, u64>,
    /// By `referenceId`; by `brandId/usecase` where there is none.
    pub campaigns: BTreeMap<String, u64>,
    /// By phone number, E.164.
    pub numbers: BTreeMap<String, u64>,
}

impl Submissions {
    /// How many subjects were ever submitted.
    pub(crate) fn subjects(&self) -> usize {
        self.brands.len() + self.campaigns.len() + self.numbers.len()
    }
}

/// Counts one more, and gives how many there were before.
pub(crate) fn count(counts: &mut BTreeMap<String, u64>, subject: &str) -> u64 {
    let count = counts.entry(subject.to_owned()).or_insert(0);
    *count += 1;
    *count - 1
}

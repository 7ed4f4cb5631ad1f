//! Counts of what costs a fee, by what the caller knows its subject by.

use std::collections::BTreeMap;

use serde::Serialize;

/// Accepted creations, vettings and new reviews per subject. More than one for
/// the same subject and round is a double submission.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Submissions {
    /// By EIN, digits only; by display name where there is none.
    pub brands: BTreeMap<String, u64>,
    /// By `referenceId`; by `brandId/usecase` where there is none.
    pub campaigns: BTreeMap<String, u64>,
    /// By phone number, E.164.
    pub numbers: BTreeMap<String, u64>,
    /// New scorings, by what the brand is counted by.
    pub revets: BTreeMap<String, u64>,
    /// Vettings ordered, by what the brand is counted by, `/evpId/vettingClass`.
    pub vettings: BTreeMap<String, u64>,
    /// Reviews that an edit started, by what the campaign is counted by.
    pub edits: BTreeMap<String, u64>,
    /// Appeals, by what the campaign is counted by.
    pub appeals: BTreeMap<String, u64>,
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

//! What must be true of every run.

use std::collections::BTreeMap;
use std::time::Duration;

use platform::Platform;
use platform::check::{self, Wrong};
use platform::store::StoreError;
use platform::telemetry::chain;
use registration::chain::StoredEvent;
use registration::{RegistrationId, Status};
use registry_simulator::Submissions;
use serde_json::Value;

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation(pub String);

/// The requests that cost a fee or must be made once, and how the registry counts them.
const ONCE: [(&str, &str); 3] = [
    ("/10dlc/brand", "brand"),
    ("/10dlc/campaignBuilder", "campaign"),
    ("/10dlc/phone_number_campaigns", "number"),
];

/// Every submission that was written down, by its kind: how many of them each subject has.
/// A registry that has more was sent one twice.
#[derive(Debug, Default)]
pub struct Intended(BTreeMap<(&'static str, String), BTreeMap<String, ()>>);

impl Intended {
    /// Takes in what a history says was to be sent.
    pub fn take(&mut self, history: &[StoredEvent]) {
        let facts = history.iter().filter_map(|event| event.facts.as_array());
        for fact in facts.flatten() {
            if fact.get("fact").and_then(Value::as_str) == Some("intended") {
                self.take_one(fact);
            }
        }
    }

    fn take_one(&mut self, fact: &Value) {
        let text = |place: &str| fact.pointer(place).and_then(Value::as_str);
        let (Some("POST"), Some(path)) = (text("/request/method"), text("/request/path")) else {
            return;
        };
        let Some((_, kind)) = ONCE.iter().find(|(known, _)| *known == path) else {
            return;
        };
        let subject = match *kind {
            "brand" => text("/request/body/ein").or_else(|| text("/request/body/displayName")),
            "campaign" => text("/request/body/referenceId"),
            _ => text("/request/body/phoneNumber"),
        };
        let reference = text("/reference").unwrap_or_default().to_owned();
        let subject = subject.unwrap_or_default().replace('-', "");
        self.0
            .entry((kind, subject))
            .or_default()
            .insert(reference, ());
    }

    fn of(&self, kind: &'static str, subject: &str) -> u64 {
        let intended = self.0.get(&(kind, subject.to_owned()));
        intended.map_or(0, |references| references.len() as u64)
    }

    /// What the registry has more often than it was written down.
    pub fn doubled(&self, made: &Submissions) -> Vec<Violation> {
        let counts = [
            ("brand", &made.brands),
            ("campaign", &made.campaigns),
            ("number", &made.numbers),
        ];
        let mut found = Vec::new();
        for (kind, counts) in counts {
            for (subject, count) in counts {
                let intended = self.of(kind, &subject.replace('-', ""));
                if *count > intended {
                    found.push(Violation(format!(
                        "the {kind} {subject} was submitted {count} times, and intended {intended} times"
                    )));
                }
            }
        }
        found
    }
}

/// Whether a registration is in order: its history whole, its row and its counters as its
/// histories say.
pub async fn in_order(
    platform: &Platform,
    id: &RegistrationId,
) -> Result<Vec<Violation>, StoreError> {
    let row = platform.store.row(id).await?;
    let wrong = check::registration(platform, row.as_ref(), id).await?;
    let violation = |wrong: Wrong| Violation(chain(&wrong).to_string());
    Ok(wrong.into_iter().map(violation).collect())
}

/// Whether more calls were made than a limit of so many per second allows: in any second
/// where clocks are true, in any ten seconds where they are not; with one call more, whose
/// intention took longer to write than there is time before its slot.
pub fn paced(writes: &[Duration], per_second: usize, true_clocks: bool) -> Option<Violation> {
    let (window, most) = match true_clocks {
        true => (Duration::from_secs(1), per_second + 1),
        false => (Duration::from_secs(10), per_second * 10 + 1),
    };
    let broken = writes.iter().zip(writes.iter().skip(most));
    let broken = broken
        .into_iter()
        .find(|(first, last)| **last < **first + window);
    broken.map(|(first, last)| {
        Violation(format!(
            "{} calls from {first:?} to {last:?}, at {per_second} per second",
            most + 1
        ))
    })
}

/// Whether an order is where it is to end.
pub fn ended(id: &RegistrationId, status: Status, expected: Status) -> Option<Violation> {
    (status != expected).then(|| Violation(format!("{id} is {status}, and was to end {expected}")))
}

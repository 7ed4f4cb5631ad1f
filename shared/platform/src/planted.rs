//! Mistakes that somebody could make here, planted so that the simulation can show that
//! it finds them (`cargo planted`). None is there without the feature `planted-bugs`,
//! which no program turns on.

/// A mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// No intention is written down before the call.
    NoIntention,
    /// A call in doubt is sent again without being looked up.
    BlindRepetition,
    /// A call that another worker makes is made by this one too.
    LeaseIgnored,
    /// A webhook that comes before the record of its question is forgotten.
    EarlyWebhookDropped,
    /// The next message is sent before the outcome is recorded, and not after it.
    SentBeforeRecorded,
    /// A number that ends is counted twice.
    CountedTwice,
    /// The slot of a call is not waited for.
    SlotIgnored,
    /// A correction that loses a race is taken for recorded.
    AmendmentLost,
    /// A cancelled order waits for a number less than it has.
    NumberForgotten,
    /// The last number that ends does not wake its order.
    OrderNotWoken,
    /// An idempotency key is not kept.
    KeyForgotten,
    /// An event is chained to no event before it.
    ChainCut,
    /// A row that was left behind is not brought up by a redelivery or the sweep.
    RowLeftBehind,
    /// A message is acknowledged before its work is done.
    AcknowledgedFirst,
    /// How often a message was received is taken for how often its call was attempted.
    ReceivesForAttempts,
    /// What a process remembers of a registration is taken for what it is now.
    CachedTooOld,
    /// The newest callback is made before an older one.
    CallbackOutOfOrder,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::NoIntention,
        Self::BlindRepetition,
        Self::LeaseIgnored,
        Self::EarlyWebhookDropped,
        Self::SentBeforeRecorded,
        Self::CountedTwice,
        Self::SlotIgnored,
        Self::AmendmentLost,
        Self::NumberForgotten,
        Self::OrderNotWoken,
        Self::KeyForgotten,
        Self::ChainCut,
        Self::RowLeftBehind,
        Self::AcknowledgedFirst,
        Self::ReceivesForAttempts,
        Self::CachedTooOld,
        Self::CallbackOutOfOrder,
    ];
}

#[cfg(feature = "planted-bugs")]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// From now on this thread makes this mistake, or none.
#[cfg(feature = "planted-bugs")]
pub fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}

/// Whether this mistake is made here.
#[cfg(feature = "planted-bugs")]
pub fn is(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

/// No mistake is made.
#[cfg(not(feature = "planted-bugs"))]
pub const fn is(_bug: Bug) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All sources of this crate, but this file, and of the function that calls accounts.
    fn sources() -> String {
        let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut folders = vec![here.join("src"), here.join("../../functions/callbacks/src")];
        let mut all = String::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if !path.ends_with("planted.rs") {
                    all.push_str(&std::fs::read_to_string(path).unwrap());
                }
            }
        }
        all
    }

    #[test]
    fn every_mistake_is_planted_somewhere() {
        let sources = sources();
        let is_planted = |bug: &Bug| sources.contains(&format!("Bug::{bug:?}"));
        let missing: Vec<_> = Bug::ALL
            .into_iter()
            .filter(|bug| !is_planted(bug))
            .collect();
        assert_eq!(missing, []);
    }
}

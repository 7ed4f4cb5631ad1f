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
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 13] = [
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
pub(crate) fn is(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

/// No mistake is made.
#[cfg(not(feature = "planted-bugs"))]
pub(crate) const fn is(_bug: Bug) -> bool {
    false
}

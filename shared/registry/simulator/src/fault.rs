//! Faults on demand: the next calls go wrong in a chosen way.

use std::collections::VecDeque;

use serde::Deserialize;

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What the caller sees.
    pub answer: Answer,
    /// Whether the call is carried out all the same: "timed out but succeeded".
    #[serde(default)]
    pub carried_out: bool,
    /// Which calls it concerns.
    #[serde(default)]
    pub calls: Calls,
}

/// What the caller of a faulty call sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Status 500 with the error envelope.
    Error,
    /// Status 200 with a page of HTML.
    Nonsense,
    /// The connection is closed without an answer.
    Close,
    /// No answer, until the caller gives up or [`crate::Settings::hang`] is over.
    Hang,
}

/// The calls a fault concerns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calls {
    /// Every call.
    #[default]
    All,
    /// POST, PUT and DELETE.
    Writes,
    /// GET.
    Reads,
}

/// Faults that were asked for and are not used up.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    waiting: VecDeque<(Fault, u64)>,
}

/// Different faults waiting at a time; more are refused.
const MOST_WAITING: usize = 1000;

impl Faults {
    /// The next `count` calls it concerns go wrong; after those asked for before.
    /// False: too many are waiting.
    pub(crate) fn add(&mut self, fault: Fault, count: u64) -> bool {
        let room = self.waiting.len() < MOST_WAITING;
        if room && count > 0 {
            self.waiting.push_back((fault, count));
        }
        room
    }

    /// Everything goes well again.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// What goes wrong with this call.
    pub(crate) fn take(&mut self, write: bool) -> Option<Fault> {
        let concerns = |fault: &Fault| match fault.calls {
            Calls::All => true,
            Calls::Writes => write,
            Calls::Reads => !write,
        };
        let place = self.waiting.iter().position(|(fault, _)| concerns(fault))?;
        let (fault, count) = self.waiting.get_mut(place)?;
        let fault = *fault;
        *count -= 1;
        if *count == 0 {
            self.waiting.remove(place);
        }
        Some(fault)
    }
}

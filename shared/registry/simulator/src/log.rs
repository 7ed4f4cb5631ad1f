//! Every call received, in order, up to a bound.

use std::collections::VecDeque;
use std::time::Duration;

use serde::Serialize;

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// When it came, since the simulator's start.
    #[serde(rename = "at_microseconds", serialize_with = "microseconds")]
    pub at: Duration,
    /// `GET`, `POST`, `PUT`, `DELETE`.
    pub method: String,
    /// With `/v2`, without the query.
    pub path: String,
    /// What it was answered; `None` while it is under way, and for ever when its
    /// connection was closed without an answer.
    pub status: Option<u16>,
    /// What it was about: an EIN, a `referenceId`, a phone number; `None` where
    /// neither body nor path says.
    pub subject: Option<String>,
}

fn microseconds<S: serde::Serializer>(at: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(at.as_micros()).unwrap_or(u64::MAX))
}

/// The log.
#[derive(Debug)]
pub(crate) struct Log {
    calls: VecDeque<Call>,
    dropped: u64,
    most: usize,
}

impl Log {
    /// Keeps the last `most`.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            calls: VecDeque::new(),
            dropped: 0,
            most,
        }
    }

    /// Writes down a call that came, and gives its number.
    pub(crate) fn received(&mut self, call: Call) -> u64 {
        self.calls.push_back(call);
        let number = self.next() - 1;
        while self.calls.len() > self.most {
            self.calls.pop_front();
            self.dropped += 1;
        }
        number
    }

    /// Completes a call, unless it was dropped by now.
    pub(crate) fn answered(&mut self, number: u64, status: Option<u16>, subject: Option<String>) {
        let Some(place) = number.checked_sub(self.dropped) else {
            return;
        };
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        if let Some(call) = self.calls.get_mut(place) {
            call.status = status;
            call.subject = subject;
        }
    }

    /// How many calls are no longer there.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The number the next call will have.
    pub(crate) fn next(&self) -> u64 {
        self.dropped + u64::try_from(self.calls.len()).unwrap_or(u64::MAX)
    }

    /// Up to `most` calls, from number `from` on.
    pub(crate) fn calls(&self, from: u64, most: usize) -> Vec<Call> {
        let skip = usize::try_from(from.saturating_sub(self.dropped)).unwrap_or(usize::MAX);
        self.calls.iter().skip(skip).take(most).cloned().collect()
    }
}

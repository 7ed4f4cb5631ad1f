//! How a call to a registry fails, and so what may be done next.

use std::time::Duration;

use registration::{Failure, Reason};

/// A call that did not succeed. The message names the call and what happened;
/// it holds no personal data.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The registry surely did not take it (no connection was made, or it said
    /// so without deciding): it may be sent again as it is.
    #[error("{call}: not taken: {what}")]
    Refused {
        /// Method and path.
        call: String,
        /// What happened.
        what: String,
    },
    /// It may have been taken: a timeout, a broken connection, a server error,
    /// an answer that makes no sense. It must be looked up before it is sent
    /// again.
    #[error("{call}: outcome unknown: {what}")]
    InDoubt {
        /// Method and path.
        call: String,
        /// What happened.
        what: String,
    },
    /// Too many calls for this account.
    #[error("{call}: too many calls")]
    Throttled {
        /// Method and path.
        call: String,
        /// When the registry allows the next one, if it says so.
        after: Option<Duration>,
    },
    /// The registry is not ready for this yet, such as a brand that is still
    /// being scored (TCR 527, Twilio 30994).
    #[error("{call}: not yet: {what}")]
    NotYet {
        /// Method and path.
        call: String,
        /// What it waits for.
        what: String,
    },
    /// The registry decided against it. The same data will be refused again.
    #[error("{call}: refused for good: {}", codes(.reasons))]
    Terminal {
        /// Method and path.
        call: String,
        /// Why, in the registry's codes and words.
        reasons: Vec<Reason>,
    },
    /// The registry has it already: a brand of this EIN, or this number on a
    /// campaign. It may be ours (a brand is found by [`crate::Registry::find`],
    /// a number's campaign by [`crate::Registry::placed`]); else a person must
    /// look.
    #[error("{call}: exists already: {}", codes(.reasons))]
    Elsewhere {
        /// Method and path.
        call: String,
        /// Why, in the registry's codes and words.
        reasons: Vec<Reason>,
    },
}

impl RegistryError {
    /// The failure to record; none when the registry has decided.
    pub fn failure(&self) -> Option<Failure> {
        match self {
            Self::Refused { .. } => Some(Failure::Refused),
            Self::InDoubt { .. } => Some(Failure::InDoubt),
            Self::Throttled { .. } => Some(Failure::Throttled),
            Self::NotYet { .. } => Some(Failure::NotYet),
            Self::Terminal { .. } | Self::Elsewhere { .. } => None,
        }
    }

    /// Why the registry decided against it; empty when it has not decided.
    pub fn reasons(&self) -> &[Reason] {
        match self {
            Self::Terminal { reasons, .. } | Self::Elsewhere { reasons, .. } => reasons,
            _ => &[],
        }
    }

    /// The same without what was handed in: a refusal may repeat it.
    pub(crate) fn without(self, said: &str) -> Self {
        match said.is_empty() {
            true => self,
            false => self.told(|words| words.replace(said, "***")),
        }
    }

    /// The same without mail addresses.
    pub(crate) fn without_addresses(self) -> Self {
        self.told(|words| {
            let shown = |word| match str::contains(word, '@') {
                true => "***",
                false => word,
            };
            words.split(' ').map(shown).collect::<Vec<_>>().join(" ")
        })
    }

    fn told(mut self, otherwise: impl Fn(&str) -> String) -> Self {
        if let Self::Terminal { reasons, .. } = &mut self {
            for reason in reasons {
                reason.description = otherwise(&reason.description);
            }
        }
        self
    }
}

fn codes(reasons: &[Reason]) -> String {
    let codes: Vec<&str> = reasons.iter().map(|reason| reason.code.as_str()).collect();
    codes.join(", ")
}

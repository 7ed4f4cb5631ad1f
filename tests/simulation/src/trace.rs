//! What happened in one run, in order: a hash that two runs of a seed must share, and, on
//! request, lines that a person can follow.

use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// The trace of one run.
#[derive(Clone, Default)]
pub struct Trace(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    hash: Sha256,
    tells: bool,
}

impl Trace {
    /// `tells`: each thing that happens is printed.
    pub fn new(tells: bool) -> Self {
        let state = State {
            tells,
            ..State::default()
        };
        Self(Arc::new(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something happened.
    pub fn happened(&self, at: Timestamp, what: impl Display) {
        let mut state = self.state();
        let what = format!("{at} {what}\n");
        state.hash.update(what.as_bytes());
        if state.tells {
            #[allow(clippy::print_stdout, reason = "a replay is to be read")]
            {
                print!("{what}");
            }
        }
    }

    /// Equal for two runs in which the same happened.
    pub fn hash(&self) -> String {
        let hash = self.state().hash.clone().finalize();
        hash.iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

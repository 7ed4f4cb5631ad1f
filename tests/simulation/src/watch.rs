//! What is looked at after each event, and after each call to the registry: not only at the
//! end of a run.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use platform::Platform;
use platform::store::{Append, NumbersCount};
use registration::RegistrationId;
use registration::chain::{self, StoredEvent};
use registry_simulator::Submissions;
use serde_json::Value;

use crate::check::{self, Intended, Violation};

/// What is known of one run so far.
#[derive(Default)]
pub struct Watch {
    state: Mutex<State>,
    plain: OnceLock<Platform>,
}

#[derive(Default)]
struct State {
    last: BTreeMap<RegistrationId, StoredEvent>,
    attempts: BTreeMap<(RegistrationId, String), Attempts>,
    intended: Intended,
    broken: Vec<Violation>,
}

/// The attempts of one round of a step that have failed.
#[derive(Default)]
struct Attempts {
    failed: u64,
    /// A person has acted since: where the round had stopped, it begins anew.
    may_begin_anew: bool,
}

impl Watch {
    /// The same platform, whose calls do not fail.
    pub fn looks_through(&self, plain: Platform) {
        let _ = self.plain.set(plain);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A promise is broken.
    pub fn breaks(&self, what: String) {
        self.state().broken.push(Violation(what));
    }

    /// Whether one was.
    pub fn is_broken(&self) -> bool {
        !self.state().broken.is_empty()
    }

    /// All that were, each told once.
    pub fn broken(&self) -> Vec<Violation> {
        let mut broken = std::mem::take(&mut self.state().broken);
        let mut told = std::collections::BTreeSet::new();
        broken.retain(|Violation(what)| told.insert(what.clone()));
        broken
    }

    /// Events were written: each follows the one before, its attempts are counted on, and
    /// the order that counts its numbers counts them rightly.
    pub async fn appended(&self, appends: &[Append]) {
        for append in appends {
            self.take(&append.row.id, &append.event).await;
        }
        for append in appends {
            let counts = append.parked != 0 || append.numbers != NumbersCount::Unchanged;
            let order = append.row.parent.as_ref().unwrap_or(&append.row.id);
            let plain = self.plain.get().filter(|_| counts);
            let Some(plain) = plain else { continue };
            match check::in_order(plain, order).await {
                Ok(wrong) => self.state().broken.extend(wrong),
                Err(error) => self.breaks(format!("{order}: {error}")),
            }
        }
    }

    /// An event, and those before it whose worker died before its call came back.
    async fn take(&self, id: &RegistrationId, event: &StoredEvent) {
        let last = self.state().last.get(id).map_or(0, |last| last.seq);
        if let (true, Some(plain)) = (last + 1 < event.seq, self.plain.get()) {
            let history = plain.store.history(id).await.unwrap_or_default();
            let missed = history
                .iter()
                .filter(|known| last < known.seq && known.seq < event.seq);
            missed.for_each(|missed| self.state().take(id, missed));
        }
        // Whoever came in between has shown it already.
        if last < event.seq {
            self.state().take(id, event);
        }
    }

    /// The registry was called: it has nothing more often than it was written down.
    pub fn called(&self, made: &Submissions) {
        let mut state = self.state();
        let doubled = state.intended.doubled(made);
        state.broken.extend(doubled);
    }
}

impl State {
    fn take(&mut self, id: &RegistrationId, event: &StoredEvent) {
        if let Err(broken) = chain::follows(id, self.last.get(id), event) {
            self.broken.push(Violation(broken.to_string()));
        }
        self.last.insert(id.clone(), event.clone());
        self.intended.take(std::slice::from_ref(event));
        for fact in event.facts.as_array().into_iter().flatten() {
            self.count_attempt(id, fact);
        }
    }

    /// An attempt has the number after the one that failed before it.
    fn count_attempt(&mut self, id: &RegistrationId, fact: &Value) {
        let text = |field: &str| fact.get(field).and_then(Value::as_str).unwrap_or_default();
        let step = format!("{} {:?}", text("step"), fact.get("round"));
        let attempt = fact
            .get("attempt")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        let place = (id.clone(), step);
        match text("fact") {
            "intended" => {
                let before = self.attempts.entry(place.clone()).or_default();
                let begins_anew = before.may_begin_anew && attempt == 1;
                if attempt != before.failed + 1 && !begins_anew {
                    self.broken.push(Violation(format!(
                        "{id}: attempt {attempt} of {} comes after {}",
                        place.1, before.failed
                    )));
                }
            }
            "attempt_failed" => {
                let failed = Attempts {
                    failed: attempt,
                    may_begin_anew: false,
                };
                let before = self.attempts.insert(place, failed).unwrap_or_default();
                let begins_anew = before.may_begin_anew && attempt <= 1;
                if (attempt > before.failed + 1 || attempt < before.failed) && !begins_anew {
                    let text = format!("{id}: attempt {attempt} failed after {}", before.failed);
                    self.broken.push(Violation(text));
                }
            }
            "retried" | "amended" => {
                let own = self
                    .attempts
                    .iter_mut()
                    .filter(|((whose, _), _)| whose == id);
                own.for_each(|(_, attempts)| attempts.may_begin_anew = true);
            }
            _ => {}
        }
    }
}

//! Small scope, exhaustively: one order with one number, and every order in which its
//! workers, its webhooks, a duplicate, a crash, a lost webhook and a correction can happen.
//!
//! A run is told at each point what happens next. A state that was met before is not gone
//! on from a second time, so that all there are can be seen: what was written, what is
//! queued, which worker stands where, what is left to go wrong. Times are no part of it.
//!
//! A worker's reads are one with the call before them, and time passes only where nothing
//! else can happen.
//!
//! * `turnstile`: where workers stand until they are let go;
//! * `place`: one run's platform, and what can happen in it;
//! * `state`: what makes two states one;
//! * here: which way to go next.

mod place;
mod state;
mod turnstile;

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use place::{Ending, Place};

use crate::life::runtime;

/// What may go wrong, each once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scope {
    /// Workers at once.
    pub workers: usize,
    /// A message that comes twice.
    pub duplicate: bool,
    /// A worker that dies.
    pub crash: bool,
    /// A webhook that never comes.
    pub lost_webhook: bool,
    /// A person who corrects the order.
    pub amends: bool,
}

/// What was seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// Different states.
    pub states: usize,
    /// Runs that it took.
    pub runs: usize,
    /// Runs that came to their end, and to no state that was known.
    pub ends: usize,
    /// What was broken, and the way there.
    pub violations: Vec<(Vec<usize>, String)>,
    /// Whether the bound on states was met first.
    pub is_cut_short: bool,
}

/// Ways that are not gone yet, the last one first.
struct Ways {
    open: Vec<Vec<usize>>,
    going: usize,
}

struct Search {
    scope: Scope,
    most_states: usize,
    ways: Mutex<Ways>,
    changed: Condvar,
    states: Mutex<HashSet<u64>>,
    seen: Mutex<Seen>,
    runs: AtomicUsize,
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Violations that end a search.
const ENOUGH: usize = 5;

/// Goes every way there is, on so many threads.
pub fn search(scope: Scope, most_states: usize, threads: usize) -> anyhow::Result<Seen> {
    let search = Search {
        scope,
        most_states,
        ways: Mutex::new(Ways {
            open: vec![Vec::new()],
            going: 0,
        }),
        changed: Condvar::new(),
        states: Mutex::default(),
        seen: Mutex::default(),
        runs: AtomicUsize::default(),
    };
    let failed = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                if let Err(error) = search.work() {
                    held(&failed).get_or_insert(error);
                    held(&search.ways).open.clear();
                    search.changed.notify_all();
                }
            });
        }
    });
    if let Some(error) = held(&failed).take() {
        return Err(error);
    }
    let mut seen = std::mem::take(&mut *held(&search.seen));
    seen.states = held(&search.states).len();
    seen.runs = search.runs.load(Ordering::Relaxed);
    Ok(seen)
}

impl Search {
    fn work(&self) -> anyhow::Result<()> {
        while let Some(way) = self.next() {
            let gone = go(self.scope, &way, |state| held(&self.states).insert(state));
            self.runs.fetch_add(1, Ordering::Relaxed);
            self.done(way.len(), gone?);
        }
        Ok(())
    }

    fn next(&self) -> Option<Vec<usize>> {
        let mut ways = held(&self.ways);
        loop {
            if let Some(way) = ways.open.pop() {
                ways.going += 1;
                return Some(way);
            }
            if ways.going == 0 {
                return None;
            }
            ways = self
                .changed
                .wait(ways)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn done(&self, told: usize, gone: Gone) {
        let is_full = held(&self.states).len() >= self.most_states;
        let mut seen = held(&self.seen);
        match gone.ending {
            Some(Ending::Right) => seen.ends += 1,
            Some(Ending::Wrong(what)) => seen.violations.push((gone.way.clone(), what)),
            None => {}
        }
        let is_over = is_full || seen.violations.len() >= ENOUGH;
        seen.is_cut_short |= is_over;
        drop(seen);
        let mut ways = held(&self.ways);
        ways.going -= 1;
        match is_over {
            true => ways.open.clear(),
            false => {
                for (at, options) in gone.options.iter().enumerate().skip(told) {
                    for other in 1..*options {
                        let mut way: Vec<usize> = gone.way.iter().take(at).copied().collect();
                        way.push(other);
                        ways.open.push(way);
                    }
                }
            }
        }
        self.changed.notify_all();
    }
}

/// One run.
#[derive(Debug, Default)]
struct Gone {
    /// What was chosen at each point.
    way: Vec<usize>,
    /// Out of how many.
    options: Vec<usize>,
    /// None: it came to a state that was known.
    ending: Option<Ending>,
}

/// Goes a way, and from its end on always the first. `is_new` is told each state.
fn go(scope: Scope, told: &[usize], is_new: impl Fn(u64) -> bool) -> anyhow::Result<Gone> {
    runtime()?.block_on(async {
        let mut place = Place::begin(scope).await?;
        let mut gone = Gone::default();
        loop {
            let options = place.options().await?;
            let at = gone.way.len();
            if at >= told.len() && !is_new(place.state()) {
                return Ok(gone);
            }
            if options.is_empty() {
                gone.ending = Some(place.ending().await?);
                return Ok(gone);
            }
            let chosen = told.get(at).copied().unwrap_or_default();
            gone.way.push(chosen);
            gone.options.push(options.len());
            let Some(option) = options.into_iter().nth(chosen) else {
                anyhow::bail!("there is no way {:?}", gone.way);
            };
            place.take(option).await?;
            if let Some(what) = place.broken() {
                gone.ending = Some(Ending::Wrong(what));
                return Ok(gone);
            }
        }
    })
}

/// One way, told so that a person can follow it.
pub fn tell(scope: Scope, way: &[usize]) -> anyhow::Result<Vec<String>> {
    runtime()?.block_on(async {
        let mut place = Place::begin(scope).await?;
        let mut told = Vec::new();
        for chosen in way {
            let options = place.options().await?;
            let Some(option) = options.into_iter().nth(*chosen) else {
                break;
            };
            told.push(option.to_string());
            place.take(option).await?;
        }
        Ok(told)
    })
}

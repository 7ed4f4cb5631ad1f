//! What goes wrong, how often, and how often it has.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::chance::Chance;

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A worker dies before a call to store, queue or registry.
    CrashBefore,
    /// A worker dies after a call was carried out, before it sees the answer.
    CrashAfter,
    /// A worker dies between two writes of one call: its event is there, its row is not.
    CrashBetween,
    /// A call to store or queue fails, and was not carried out.
    Failed,
    /// A call to store or queue was carried out, and its answer is lost.
    AnswerLost,
    /// Lists of the store show what was a moment ago.
    ListsBehind,
    /// A message is delivered twice.
    Duplicate,
    /// Messages are taken in another order.
    Reordered,
    /// A message, or a webhook, comes late.
    Late,
    /// A copy of a message comes days later.
    DaysLate,
    /// A webhook never comes.
    WebhookLost,
    /// A webhook comes twice.
    WebhookTwice,
    /// A webhook comes before what it tells of.
    WebhookEarly,
    /// Somebody else sends a webhook.
    WebhookForged,
    /// The registry answers 429.
    Throttled,
    /// The registry answers 5xx.
    Broken,
    /// For a while the registry answers nothing but 429 and 5xx.
    Storm,
    /// The registry carries a call out and gives no answer.
    RegistrySilent,
    /// The registry answers late, or too late.
    RegistrySlow,
    /// The account's server answers 503.
    AccountBroken,
    /// The account's server takes a callback and gives no answer.
    AccountSilent,
    /// A worker's clock is off.
    ClockSkew,
    /// A worker's clock is set while it works.
    ClockStep,
    /// A person corrects an order.
    Amends,
    /// A person cancels an order.
    Cancels,
    /// A person retries a stopped order.
    Retries,
    /// A person hands in a PIN, or has the e-mail sent again.
    Confirms,
    /// An operator pauses the limit for a while, or changes it.
    LimitChanged,
    /// An operator takes dead letters up again.
    Redrives,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 29] = [
        Self::CrashBefore,
        Self::CrashAfter,
        Self::CrashBetween,
        Self::Failed,
        Self::AnswerLost,
        Self::ListsBehind,
        Self::Duplicate,
        Self::Reordered,
        Self::Late,
        Self::DaysLate,
        Self::WebhookLost,
        Self::WebhookTwice,
        Self::WebhookEarly,
        Self::WebhookForged,
        Self::Throttled,
        Self::Broken,
        Self::Storm,
        Self::RegistrySilent,
        Self::RegistrySlow,
        Self::AccountBroken,
        Self::AccountSilent,
        Self::ClockSkew,
        Self::ClockStep,
        Self::Amends,
        Self::Cancels,
        Self::Retries,
        Self::Confirms,
        Self::LimitChanged,
        Self::Redrives,
    ];

    /// How often it happens where it can, in ten thousand, in a run that has it.
    fn often(self) -> u32 {
        match self {
            Self::CrashBefore | Self::CrashAfter | Self::CrashBetween => 60,
            Self::Failed | Self::AnswerLost => 60,
            Self::Duplicate | Self::Reordered => 1_000,
            Self::ListsBehind => 5_000,
            Self::Late => 500,
            Self::DaysLate => 100,
            Self::WebhookLost | Self::WebhookTwice | Self::WebhookEarly => 2_000,
            Self::WebhookForged => 1_000,
            Self::Throttled | Self::Broken => 300,
            Self::Storm => 20,
            Self::AccountBroken | Self::AccountSilent => 500,
            Self::RegistrySilent | Self::RegistrySlow => 200,
            Self::ClockSkew => 5_000,
            Self::ClockStep => 50,
            Self::Amends | Self::Cancels | Self::Retries => 1_500,
            // People do what they are asked for.
            Self::Confirms | Self::Redrives => 10_000,
            Self::LimitChanged => 3_000,
        }
    }

    /// Whether a clock is wrong by it.
    pub fn is_of_clocks(self) -> bool {
        matches!(self, Self::ClockSkew | Self::ClockStep)
    }

    /// Whether registrar is to go on by itself without it: nothing is lost, and nobody
    /// dies.
    pub fn loses_nothing(self) -> bool {
        matches!(
            self,
            Self::ListsBehind
                | Self::Duplicate
                | Self::Reordered
                | Self::DaysLate
                | Self::WebhookTwice
                | Self::WebhookEarly
                | Self::WebhookForged
                | Self::Amends
                | Self::Cancels
                | Self::Confirms
        )
    }

    /// Its name on the command line.
    pub fn option(self) -> String {
        self.name().replace(' ', "-")
    }

    /// Its name in a table.
    pub fn name(self) -> String {
        let name = format!("{self:?}");
        let mut words = String::with_capacity(name.len() + 4);
        for letter in name.chars() {
            if letter.is_uppercase() && !words.is_empty() {
                words.push(' ');
            }
            words.extend(letter.to_lowercase());
        }
        words
    }
}

/// A name that is no kind of fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKind(String);

impl fmt::Display for UnknownKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = Kind::ALL.into_iter().map(Kind::option).collect();
        write!(
            f,
            "no fault is called `{}`: there are {}",
            self.0,
            names.join(", ")
        )
    }
}

impl std::error::Error for UnknownKind {}

impl std::str::FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        let found = Self::ALL.into_iter().find(|kind| kind.option() == text);
        found.ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

/// How often each kind was injected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally([u64; Kind::ALL.len()]);

impl Tally {
    /// Counts one more.
    pub fn add(&mut self, kind: Kind) {
        if let Some(count) = self.0.get_mut(kind as usize) {
            *count += 1;
        }
    }

    /// Adds another run's.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }

    /// How often.
    pub fn of(&self, kind: Kind) -> u64 {
        self.0.get(kind as usize).copied().unwrap_or_default()
    }

    /// All together.
    pub fn sum(&self) -> u64 {
        self.0.iter().sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for kind in Kind::ALL {
            writeln!(f, "  {:<20} {:>9}", kind.name(), self.of(kind))?;
        }
        Ok(())
    }
}

/// The faults of one run.
#[derive(Clone)]
pub struct Faults {
    chance: Chance,
    state: Arc<Mutex<State>>,
}

struct State {
    kinds: Vec<Kind>,
    most: u64,
    over: bool,
    tally: Tally,
}

impl Faults {
    /// Faults of these kinds, so many at most.
    pub fn of(chance: Chance, kinds: Vec<Kind>, most: u64) -> Self {
        let state = State {
            kinds,
            most,
            over: false,
            tally: Tally::default(),
        };
        Self {
            chance,
            state: Arc::new(Mutex::new(state)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this goes wrong here and now; counted if so.
    pub fn strikes(&self, kind: Kind) -> bool {
        let drawn = self.chance.happens(kind.often());
        let mut state = self.state();
        let strikes =
            drawn && !state.over && state.kinds.contains(&kind) && state.tally.sum() < state.most;
        if strikes {
            state.tally.add(kind);
        }
        strikes
    }

    /// From now on nothing goes wrong.
    pub fn end(&self) {
        self.state().over = true;
    }

    /// What was injected so far.
    pub fn tally(&self) -> Tally {
        self.state().tally.clone()
    }
}

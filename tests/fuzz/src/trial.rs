//! One input: whether it panics, breaks a promise, or takes too much memory.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use peak_alloc::PeakAlloc;

use crate::targets::{Reader, Target};

/// Counts what is allocated, in the whole process.
#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// Where the last panic was, and what it said.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

/// What is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Something panicked.
    Panicked(String),
    /// A promise of the target was broken.
    Broken(String),
    /// More was allocated than the bound.
    Memory {
        /// So many bytes.
        bytes: usize,
        /// Of so many.
        most: usize,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked(said) => write!(f, "panicked {said}"),
            Self::Broken(promise) => f.write_str(promise),
            Self::Memory { bytes, most } => {
                write!(
                    f,
                    "{bytes} bytes were allocated at once, {most} are allowed"
                )
            }
        }
    }
}

impl Failure {
    /// Whether it is one of the same kind: a smaller input must fail as the first did.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Panicked(one), Self::Panicked(other)) => place(one) == place(other),
            (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
        }
    }
}

/// Where it panicked, without what it said.
fn place(panic: &str) -> &str {
    panic.split_once(": ").map_or(panic, |(place, _)| place)
}

/// Reads inputs of one target.
pub struct Trial {
    target: Target,
    reader: Option<(Box<dyn Reader>, u32)>,
    /// The most that was allocated at once for one input.
    pub peak: usize,
    /// How often an input was read.
    pub read: u64,
}

/// What panics say is kept, and not printed.
pub fn keep_panics() {
    std::panic::set_hook(Box::new(|info| {
        let at = info
            .location()
            .map(|at| format!("at {}:{}", at.file(), at.line()));
        let said = info.payload_as_str().unwrap_or_default();
        let told = format!("{}: {said}", at.unwrap_or_default());
        if let Ok(mut panic) = PANIC.lock() {
            *panic = Some(told);
        }
    }));
}

impl Trial {
    /// Of this target.
    pub fn of(target: Target) -> Self {
        Self {
            target,
            reader: None,
            peak: 0,
            read: 0,
        }
    }

    /// The same input, before which no other was read.
    pub fn alone(&mut self, input: &[u8]) -> anyhow::Result<Option<Failure>> {
        self.reader = None;
        self.input(input)
    }

    /// Reads an input; what is wrong with it, if anything is.
    pub fn input(&mut self, input: &[u8]) -> anyhow::Result<Option<Failure>> {
        let (mut reader, read) = match self.reader.take() {
            Some((reader, read)) if read < self.target.inputs_of_one => (reader, read),
            _ => ((self.target.begin)()?, 0),
        };
        let before = ALLOCATED.current_usage();
        ALLOCATED.reset_peak_usage();
        let ended = catch_unwind(AssertUnwindSafe(|| reader.read(input)));
        let bytes = ALLOCATED.peak_usage().saturating_sub(before);
        self.read += 1;
        self.peak = self.peak.max(bytes);
        let said = PANIC.lock().ok().and_then(|mut panic| panic.take());
        let failure = match (ended, said) {
            (Err(_), said) => Some(Failure::Panicked(said.unwrap_or_default())),
            // On another thread, which has told its caller something else.
            (Ok(_), Some(said)) => Some(Failure::Panicked(said)),
            (Ok(Err(broken)), None) => Some(Failure::Broken(format!("{broken:#}"))),
            (Ok(Ok(())), None) => {
                let most = self.target.memory.most(input.len());
                (bytes > most).then_some(Failure::Memory { bytes, most })
            }
        };
        if failure.is_none() {
            self.reader = Some((reader, read + 1));
        }
        Ok(failure)
    }
}

//! A process that dies at the n-th call it makes to store, queue or registry:
//! just before the call, or just after it, before the answer is seen. And what
//! calls it makes, by kind.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::Notify;

pub use crate::gate::Mortal;
use crate::gate::{Call, Failing, Gate};

/// When the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before the call is made.
    Before,
    /// After it was carried out, before its answer is seen.
    After,
}

/// What was asked of registry, store and queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls to the registry.
    pub registry: usize,
    /// Events added to histories.
    pub appends: usize,
    /// Rows written: with an event, or alone.
    pub rows: usize,
    /// Any other write to the store, such as a slot of a limit.
    pub writes: usize,
    /// Reads of the store.
    pub reads: usize,
    /// Messages sent.
    pub sent: usize,
    /// Messages received.
    pub received: usize,
    /// Messages acknowledged.
    pub acknowledged: usize,
    /// Anything else that the queue was asked.
    pub asked: usize,
}

impl Counts {
    fn of(&mut self, call: Call) -> &mut usize {
        match call {
            Call::Registry => &mut self.registry,
            Call::Append => &mut self.appends,
            Call::Row => &mut self.rows,
            Call::Write => &mut self.writes,
            Call::Read => &mut self.reads,
            Call::Send => &mut self.sent,
            Call::Receive => &mut self.received,
            Call::Acknowledge => &mut self.acknowledged,
            Call::Ask => &mut self.asked,
        }
    }
}

/// Counts calls, and stops the process at one of them.
#[derive(Debug, Default)]
pub struct Plan {
    calls: AtomicUsize,
    counts: Mutex<Counts>,
    at: AtomicUsize,
    after: AtomicBool,
    /// Told when the process has died. It never goes on: drop it.
    pub died: Notify,
    has_died: AtomicBool,
    holds_back: AtomicBool,
    /// Told when a submission was carried out and its answer is held back.
    pub held: Notify,
    /// To be told when that answer may be seen.
    pub release: Notify,
}

impl Plan {
    /// Dies at call number `at`, from 1.
    pub fn at(at: usize, moment: Moment) -> Arc<Self> {
        let plan = Self::default();
        plan.at.store(at, Ordering::SeqCst);
        plan.after.store(moment == Moment::After, Ordering::SeqCst);
        Arc::new(plan)
    }

    /// Dies at call number `at` from now on, from 1.
    pub fn from_now(&self, at: usize, moment: Moment) {
        self.after.store(moment == Moment::After, Ordering::SeqCst);
        self.at.store(self.calls() + at, Ordering::SeqCst);
    }

    /// Never dies.
    pub fn never() -> Arc<Self> {
        Self::at(0, Moment::Before)
    }

    /// How many calls there were.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Whether it has died.
    pub fn has_died(&self) -> bool {
        self.has_died.load(Ordering::SeqCst)
    }

    /// What the calls were for.
    pub fn counts(&self) -> Counts {
        self.counting().clone()
    }

    /// Counts messages that were received, whoever asked for them.
    pub fn received(&self, messages: usize) {
        self.counted(Call::Receive, messages);
    }

    /// Holds back the answer to the next submission until [`Plan::release`].
    pub fn hold_back(&self) {
        self.holds_back.store(true, Ordering::SeqCst);
    }

    fn counting(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn die(&self) {
        self.has_died.store(true, Ordering::SeqCst);
        self.died.notify_one();
        std::future::pending::<()>().await;
    }
}

#[async_trait]
impl Gate for Plan {
    async fn pass<T: Send, E: Failing>(
        &self,
        call: Call,
        times: usize,
        made: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E> {
        self.counted(call, times);
        let here = self.calls.fetch_add(1, Ordering::SeqCst) + 1 == self.at.load(Ordering::SeqCst);
        let after = self.after.load(Ordering::SeqCst);
        if here && !after {
            self.die().await;
        }
        let answer = made.await;
        if here && after {
            self.die().await;
        }
        answer
    }

    fn counted(&self, call: Call, times: usize) {
        *self.counting().of(call) += times;
    }

    async fn answered(&self) {
        if self.holds_back.swap(false, Ordering::SeqCst) {
            self.held.notify_one();
            self.release.notified().await;
        }
    }
}

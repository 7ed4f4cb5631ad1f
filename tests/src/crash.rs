//! A process that dies at the n-th call it makes to store, queue or registry:
//! just before the call, or just after it, before the answer is seen. And what
//! calls it makes, by kind.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use platform::allowance::Allowance;
use platform::callback::Callback;
use platform::limit::{Change, Changer, Limit};
use platform::limiter::{Refusal, Slot};
use platform::queue::{Dead, DeadLetter, Delivery, Depth, Outgoing, Queue, QueueError, Receipt};
use platform::store::{Append, Begun, Key, Page, Row, RowQuery, Store, StoreError};
use platform::token::{Token, TokenHash};
use registration::chain::StoredEvent;
use registration::claim::{Claim, Holder, Thing};
use registration::order::{PhoneNumber, Usecase};
use registration::qualification::Qualification;
use registration::{AccountId, RegistrationId, RegistryId};
use registry::{
    Capability, CarrierStatus, Kind, Placed, Reading, Registry, RegistryError, Request, Submission,
    Webhook, WebhookError,
};
use tokio::sync::Notify;

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

/// Which count a call adds to.
type Count = fn(&mut Counts) -> &mut usize;

const REGISTRY: Count = |counts| &mut counts.registry;
const APPEND: Count = |counts| &mut counts.appends;
const ROW: Count = |counts| &mut counts.rows;
const WRITE: Count = |counts| &mut counts.writes;
const READ: Count = |counts| &mut counts.reads;
const SEND: Count = |counts| &mut counts.sent;
const RECEIVE: Count = |counts| &mut counts.received;
const ACKNOWLEDGE: Count = |counts| &mut counts.acknowledged;
const ASK: Count = |counts| &mut counts.asked;

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
        self.counted(RECEIVE, messages);
    }

    /// Holds back the answer to the next submission until [`Plan::release`].
    pub fn hold_back(&self) {
        self.holds_back.store(true, Ordering::SeqCst);
    }

    fn counting(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counted(&self, count: Count, times: usize) {
        *count(&mut self.counting()) += times;
    }

    async fn pass<T>(&self, count: Count, call: impl Future<Output = T>) -> T {
        self.counted(count, 1);
        self.pass_uncounted(call).await
    }

    async fn pass_uncounted<T>(&self, call: impl Future<Output = T>) -> T {
        let here = self.calls.fetch_add(1, Ordering::SeqCst) + 1 == self.at.load(Ordering::SeqCst);
        let after = self.after.load(Ordering::SeqCst);
        if here && !after {
            self.die().await;
        }
        let answer = call.await;
        if here && after {
            self.die().await;
        }
        answer
    }

    async fn die(&self) {
        self.has_died.store(true, Ordering::SeqCst);
        self.died.notify_one();
        std::future::pending::<()>().await;
    }
}

/// Something whose calls are counted by a plan.
pub struct Mortal<T: ?Sized> {
    inner: Arc<T>,
    plan: Arc<Plan>,
}

impl<T: ?Sized> Mortal<T> {
    /// The same, but mortal.
    pub fn new(inner: Arc<T>, plan: Arc<Plan>) -> Self {
        Self { inner, plan }
    }
}

#[async_trait]
impl Store for Mortal<dyn Store> {
    async fn history(&self, id: &RegistrationId) -> Result<Vec<StoredEvent>, StoreError> {
        self.plan.pass(READ, self.inner.history(id)).await
    }
    async fn begin(&self, append: Append, key: Option<Key>) -> Result<Begun, StoreError> {
        self.plan.counted(ROW, 1);
        self.plan.pass(APPEND, self.inner.begin(append, key)).await
    }
    async fn used_key(&self, key: &Key, now: Timestamp) -> Result<Option<Begun>, StoreError> {
        self.plan.pass(READ, self.inner.used_key(key, now)).await
    }
    async fn append(&self, append: Append) -> Result<(), StoreError> {
        self.plan.counted(ROW, usize::from(!append.leaves_row));
        self.plan.pass(APPEND, self.inner.append(append)).await
    }
    async fn append_together(&self, appends: Vec<Append>) -> Result<(), StoreError> {
        let rows = appends.iter().filter(|append| !append.leaves_row).count();
        self.plan.counted(ROW, rows);
        self.plan
            .pass(APPEND, self.inner.append_together(appends))
            .await
    }
    async fn holders(&self, things: &[Thing]) -> Result<Vec<Option<Holder>>, StoreError> {
        self.plan.pass(READ, self.inner.holders(things)).await
    }
    async fn listed(&self, under: &str) -> Result<Vec<Holder>, StoreError> {
        self.plan.pass(READ, self.inner.listed(under)).await
    }
    async fn claim(&self, claim: &Claim) -> Result<Option<Holder>, StoreError> {
        self.plan.pass(WRITE, self.inner.claim(claim)).await
    }
    async fn project(&self, row: &Row) -> Result<(), StoreError> {
        self.plan.pass(ROW, self.inner.project(row)).await
    }
    async fn row(&self, id: &RegistrationId) -> Result<Option<Row>, StoreError> {
        self.plan.pass(READ, self.inner.row(id)).await
    }
    async fn rows(&self, query: &RowQuery) -> Result<Page, StoreError> {
        self.plan.pass(READ, self.inner.rows(query)).await
    }
    async fn numbers(
        &self,
        parent: &RegistrationId,
        after: Option<&RegistrationId>,
    ) -> Result<Page, StoreError> {
        self.plan
            .pass(READ, self.inner.numbers(parent, after))
            .await
    }
    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<Row>, StoreError> {
        self.plan.pass(READ, self.inner.due(now, most)).await
    }
    async fn postpone(
        &self,
        id: &RegistrationId,
        seq: u64,
        due_at: Timestamp,
        last_error: Option<&str>,
    ) -> Result<bool, StoreError> {
        self.plan
            .pass(ROW, self.inner.postpone(id, seq, due_at, last_error))
            .await
    }
    async fn reserve(
        &self,
        limit: &str,
        interval: Duration,
        longest_wait: Duration,
        now: Timestamp,
    ) -> Result<Result<Slot, Refusal>, StoreError> {
        self.plan
            .pass(
                WRITE,
                self.inner.reserve(limit, interval, longest_wait, now),
            )
            .await
    }
    async fn hold(&self, limit: &str, until: Timestamp) -> Result<(), StoreError> {
        self.plan.pass(WRITE, self.inner.hold(limit, until)).await
    }
    async fn limit(&self, limit: &str) -> Result<Option<Limit>, StoreError> {
        self.plan.pass(READ, self.inner.limit(limit)).await
    }
    async fn change_limit(
        &self,
        limit: &str,
        change: Change,
        changer: &Changer,
    ) -> Result<(), StoreError> {
        self.plan
            .pass(WRITE, self.inner.change_limit(limit, change, changer))
            .await
    }
    async fn spend(
        &self,
        allowance: &Allowance,
        now: Timestamp,
    ) -> Result<Result<(), Timestamp>, StoreError> {
        self.plan
            .pass(WRITE, self.inner.spend(allowance, now))
            .await
    }
    async fn token(&self, hash: &TokenHash) -> Result<Option<Token>, StoreError> {
        self.plan.pass(READ, self.inner.token(hash)).await
    }
    async fn add_token(&self, hash: &TokenHash, token: &Token) -> Result<(), StoreError> {
        self.plan
            .pass(WRITE, self.inner.add_token(hash, token))
            .await
    }
    async fn revoke_tokens(&self, name: &str) -> Result<u64, StoreError> {
        self.plan.pass(WRITE, self.inner.revoke_tokens(name)).await
    }
    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.plan.pass(READ, self.inner.tokens()).await
    }
    async fn callback(&self, account: &AccountId) -> Result<Option<Callback>, StoreError> {
        self.plan.pass(READ, self.inner.callback(account)).await
    }
    async fn set_callback(
        &self,
        account: &AccountId,
        callback: &Callback,
    ) -> Result<(), StoreError> {
        self.plan
            .pass(WRITE, self.inner.set_callback(account, callback))
            .await
    }
    async fn remove_callback(&self, account: &AccountId) -> Result<(), StoreError> {
        self.plan
            .pass(WRITE, self.inner.remove_callback(account))
            .await
    }
}

#[async_trait]
impl Queue for Mortal<dyn Queue> {
    async fn send(&self, messages: &[Outgoing]) -> Result<(), QueueError> {
        self.plan.counted(SEND, messages.len());
        self.plan.pass_uncounted(self.inner.send(messages)).await
    }
    async fn receive(
        &self,
        function: &str,
        most: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Delivery>, QueueError> {
        let received = self.inner.receive(function, most, visibility, wait);
        let received = self.plan.pass_uncounted(received).await?;
        self.plan.received(received.len());
        Ok(received)
    }
    async fn acknowledge(&self, receipt: &Receipt) -> Result<(), QueueError> {
        self.plan
            .pass(ACKNOWLEDGE, self.inner.acknowledge(receipt))
            .await
    }
    async fn depth(&self, function: &str) -> Result<Depth, QueueError> {
        self.plan.pass(ASK, self.inner.depth(function)).await
    }
    async fn dead_letters(
        &self,
        function: &str,
        most: usize,
    ) -> Result<Vec<DeadLetter>, QueueError> {
        self.plan
            .pass(ASK, self.inner.dead_letters(function, most))
            .await
    }
    async fn take_dead(
        &self,
        function: &str,
        most: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Dead>, QueueError> {
        self.plan
            .pass(ASK, self.inner.take_dead(function, most, visibility, wait))
            .await
    }
}

#[async_trait]
impl Registry for Mortal<dyn Registry> {
    fn name(&self) -> &'static str {
        self.inner.name()
    }
    fn capability(&self, kind: Kind) -> Capability {
        self.inner.capability(kind)
    }
    fn request(&self, submission: &Submission) -> Request {
        self.inner.request(submission)
    }
    async fn submit(&self, request: &Request) -> Result<Reading, RegistryError> {
        let plan = &self.plan;
        let answer = plan.pass(REGISTRY, self.inner.submit(request)).await;
        if plan.holds_back.swap(false, Ordering::SeqCst) {
            plan.held.notify_one();
            plan.release.notified().await;
        }
        answer
    }
    async fn find(&self, submission: &Submission) -> Result<Option<Reading>, RegistryError> {
        self.plan.pass(REGISTRY, self.inner.find(submission)).await
    }
    async fn status(&self, kind: Kind, id: &RegistryId) -> Result<Reading, RegistryError> {
        self.plan.pass(REGISTRY, self.inner.status(kind, id)).await
    }
    async fn carriers(&self, campaign: &RegistryId) -> Result<Vec<CarrierStatus>, RegistryError> {
        self.plan
            .pass(REGISTRY, self.inner.carriers(campaign))
            .await
    }
    async fn qualifications(
        &self,
        brand: &RegistryId,
        usecase: &Usecase,
    ) -> Result<Vec<Qualification>, RegistryError> {
        let asked = self.inner.qualifications(brand, usecase);
        self.plan.pass(REGISTRY, asked).await
    }
    async fn placed(&self, number: &PhoneNumber) -> Result<Option<Placed>, RegistryError> {
        self.plan.pass(REGISTRY, self.inner.placed(number)).await
    }
    fn webhook(
        &self,
        header: &dyn Fn(&str) -> Option<String>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Webhook, WebhookError> {
        self.inner.webhook(header, body, now)
    }
}

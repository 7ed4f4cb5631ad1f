//! A process that dies at the n-th call it makes to store, queue or registry:
//! just before the call, or just after it, before the answer is seen.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use platform::callback::Callback;
use platform::limit::{Change, Changer, Limit};
use platform::limiter::{Refusal, Slot};
use platform::queue::{Dead, DeadLetter, Delivery, Depth, Outgoing, Queue, QueueError, Receipt};
use platform::store::{Append, Begun, Key, Page, Row, RowQuery, Store, StoreError};
use platform::token::{Token, TokenHash};
use registration::chain::StoredEvent;
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

/// Counts calls, and stops the process at one of them.
#[derive(Debug, Default)]
pub struct Plan {
    calls: AtomicUsize,
    at: AtomicUsize,
    after: AtomicBool,
    /// Told when the process has died. It never goes on: drop it.
    pub died: Notify,
    has_died: AtomicBool,
}

impl Plan {
    /// Dies at call number `at`, from 1.
    pub fn at(at: usize, moment: Moment) -> Arc<Self> {
        let plan = Self::default();
        plan.at.store(at, Ordering::SeqCst);
        plan.after.store(moment == Moment::After, Ordering::SeqCst);
        Arc::new(plan)
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

    async fn pass<T>(&self, call: impl Future<Output = T>) -> T {
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
        self.plan.pass(self.inner.history(id)).await
    }
    async fn begin(&self, append: Append, key: Option<Key>) -> Result<Begun, StoreError> {
        self.plan.pass(self.inner.begin(append, key)).await
    }
    async fn used_key(&self, key: &Key) -> Result<Option<Begun>, StoreError> {
        self.plan.pass(self.inner.used_key(key)).await
    }
    async fn append(&self, append: Append) -> Result<(), StoreError> {
        self.plan.pass(self.inner.append(append)).await
    }
    async fn project(&self, row: &Row) -> Result<(), StoreError> {
        self.plan.pass(self.inner.project(row)).await
    }
    async fn row(&self, id: &RegistrationId) -> Result<Option<Row>, StoreError> {
        self.plan.pass(self.inner.row(id)).await
    }
    async fn rows(&self, query: &RowQuery) -> Result<Page, StoreError> {
        self.plan.pass(self.inner.rows(query)).await
    }
    async fn numbers(
        &self,
        parent: &RegistrationId,
        after: Option<&RegistrationId>,
    ) -> Result<Page, StoreError> {
        self.plan.pass(self.inner.numbers(parent, after)).await
    }
    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<Row>, StoreError> {
        self.plan.pass(self.inner.due(now, most)).await
    }
    async fn postpone(
        &self,
        id: &RegistrationId,
        seq: u64,
        due_at: Timestamp,
        last_error: Option<&str>,
    ) -> Result<bool, StoreError> {
        self.plan
            .pass(self.inner.postpone(id, seq, due_at, last_error))
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
            .pass(self.inner.reserve(limit, interval, longest_wait, now))
            .await
    }
    async fn hold(&self, limit: &str, until: Timestamp) -> Result<(), StoreError> {
        self.plan.pass(self.inner.hold(limit, until)).await
    }
    async fn limit(&self, limit: &str) -> Result<Option<Limit>, StoreError> {
        self.plan.pass(self.inner.limit(limit)).await
    }
    async fn change_limit(
        &self,
        limit: &str,
        change: Change,
        changer: &Changer,
    ) -> Result<(), StoreError> {
        self.plan
            .pass(self.inner.change_limit(limit, change, changer))
            .await
    }
    async fn token(&self, hash: &TokenHash) -> Result<Option<Token>, StoreError> {
        self.plan.pass(self.inner.token(hash)).await
    }
    async fn add_token(&self, hash: &TokenHash, token: &Token) -> Result<(), StoreError> {
        self.plan.pass(self.inner.add_token(hash, token)).await
    }
    async fn revoke_tokens(&self, name: &str) -> Result<u64, StoreError> {
        self.plan.pass(self.inner.revoke_tokens(name)).await
    }
    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.plan.pass(self.inner.tokens()).await
    }
    async fn callback(&self, account: &AccountId) -> Result<Option<Callback>, StoreError> {
        self.plan.pass(self.inner.callback(account)).await
    }
    async fn set_callback(
        &self,
        account: &AccountId,
        callback: &Callback,
    ) -> Result<(), StoreError> {
        self.plan
            .pass(self.inner.set_callback(account, callback))
            .await
    }
    async fn remove_callback(&self, account: &AccountId) -> Result<(), StoreError> {
        self.plan.pass(self.inner.remove_callback(account)).await
    }
}

#[async_trait]
impl Queue for Mortal<dyn Queue> {
    async fn send(&self, messages: &[Outgoing]) -> Result<(), QueueError> {
        self.plan.pass(self.inner.send(messages)).await
    }
    async fn receive(
        &self,
        function: &str,
        most: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Delivery>, QueueError> {
        self.plan
            .pass(self.inner.receive(function, most, visibility, wait))
            .await
    }
    async fn acknowledge(&self, receipt: &Receipt) -> Result<(), QueueError> {
        self.plan.pass(self.inner.acknowledge(receipt)).await
    }
    async fn depth(&self, function: &str) -> Result<Depth, QueueError> {
        self.plan.pass(self.inner.depth(function)).await
    }
    async fn dead_letters(
        &self,
        function: &str,
        most: usize,
    ) -> Result<Vec<DeadLetter>, QueueError> {
        self.plan
            .pass(self.inner.dead_letters(function, most))
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
            .pass(self.inner.take_dead(function, most, visibility, wait))
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
        self.plan.pass(self.inner.submit(request)).await
    }
    async fn find(&self, submission: &Submission) -> Result<Option<Reading>, RegistryError> {
        self.plan.pass(self.inner.find(submission)).await
    }
    async fn status(&self, kind: Kind, id: &RegistryId) -> Result<Reading, RegistryError> {
        self.plan.pass(self.inner.status(kind, id)).await
    }
    async fn carriers(&self, campaign: &RegistryId) -> Result<Vec<CarrierStatus>, RegistryError> {
        self.plan.pass(self.inner.carriers(campaign)).await
    }
    async fn qualifications(
        &self,
        brand: &RegistryId,
        usecase: &Usecase,
    ) -> Result<Vec<Qualification>, RegistryError> {
        let asked = self.inner.qualifications(brand, usecase);
        self.plan.pass(asked).await
    }
    async fn placed(&self, number: &PhoneNumber) -> Result<Option<Placed>, RegistryError> {
        self.plan.pass(self.inner.placed(number)).await
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

//! A gate before store, queue and registry: every call of a process passes it.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
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

/// What a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    /// To the registry.
    Registry,
    /// An event is added.
    Append,
    /// A row is written alone.
    Row,
    /// Any other write to the store.
    Write,
    /// A read of the store.
    Read,
    /// Messages are sent.
    Send,
    /// Messages are received.
    Receive,
    /// A message is acknowledged.
    Acknowledge,
    /// Anything else that the queue is asked.
    Ask,
}

/// What every call to store, queue and registry passes.
#[async_trait]
pub trait Gate: Send + Sync {
    /// Lets a call through, and counts it so many times: it may be held up, its caller
    /// may end before or after it, or a failure may stand for its answer.
    async fn pass<T: Send, E: Failing>(
        &self,
        call: Call,
        times: usize,
        made: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E>;

    /// Counts more of these.
    fn counted(&self, call: Call, times: usize);

    /// The answer to a submission is there.
    async fn answered(&self) {}

    /// Something is to be done then.
    fn wakes(&self, _at: Wake) {}

    /// These events have just been written, all at once.
    async fn appended(&self, _appends: &[Append]) {}
}

/// When something is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// At this time.
    At(Timestamp),
    /// So long from now.
    After(Duration),
}

/// An error that any call may end in, carried out or not.
pub trait Failing: Send {
    /// One of them.
    fn failing() -> Self;
}

const FAILING: &str = "it was made to fail";

impl Failing for StoreError {
    fn failing() -> Self {
        let source = FAILING.into();
        Self::Failed {
            verb: "answer",
            source,
        }
    }
}

impl Failing for QueueError {
    fn failing() -> Self {
        let source = FAILING.into();
        Self {
            verb: "answer",
            source,
        }
    }
}

impl Failing for RegistryError {
    fn failing() -> Self {
        Self::InDoubt {
            call: "a call".to_owned(),
            what: FAILING.to_owned(),
        }
    }
}

/// Something whose calls pass a gate.
pub struct Mortal<T: ?Sized, G> {
    inner: Arc<T>,
    gate: Arc<G>,
}

impl<T: ?Sized, G: Gate> Mortal<T, G> {
    /// The same, behind a gate.
    pub fn new(inner: Arc<T>, gate: Arc<G>) -> Self {
        Self { inner, gate }
    }

    async fn written(&self, appends: &[Append]) {
        appends.iter().for_each(|append| self.due(&append.row));
        self.gate.appended(appends).await;
    }

    fn due(&self, row: &Row) {
        if let Some(at) = row.due_at {
            self.gate.wakes(Wake::At(at));
        }
    }
}

#[async_trait]
impl<G: Gate> Store for Mortal<dyn Store, G> {
    async fn history(&self, id: &RegistrationId) -> Result<Vec<StoredEvent>, StoreError> {
        self.gate.pass(Call::Read, 1, self.inner.history(id)).await
    }
    async fn begin(&self, append: Append, key: Option<Key>) -> Result<Begun, StoreError> {
        self.gate.counted(Call::Row, 1);
        let made = async {
            let begun = self.inner.begin(append.clone(), key).await?;
            if begun == Begun::New {
                self.written(&[append]).await;
            }
            Ok(begun)
        };
        self.gate.pass(Call::Append, 1, made).await
    }
    async fn used_key(&self, key: &Key, now: Timestamp) -> Result<Option<Begun>, StoreError> {
        self.gate
            .pass(Call::Read, 1, self.inner.used_key(key, now))
            .await
    }
    async fn append(&self, append: Append) -> Result<(), StoreError> {
        self.gate
            .counted(Call::Row, usize::from(!append.leaves_row));
        let made = async {
            self.inner.append(append.clone()).await?;
            self.written(&[append]).await;
            Ok(())
        };
        self.gate.pass(Call::Append, 1, made).await
    }
    async fn append_together(&self, appends: Vec<Append>) -> Result<(), StoreError> {
        let rows = appends.iter().filter(|append| !append.leaves_row).count();
        self.gate.counted(Call::Row, rows);
        let made = async {
            self.inner.append_together(appends.clone()).await?;
            self.written(&appends).await;
            Ok(())
        };
        self.gate.pass(Call::Append, 1, made).await
    }
    async fn holders(&self, things: &[Thing]) -> Result<Vec<Option<Holder>>, StoreError> {
        self.gate
            .pass(Call::Read, 1, self.inner.holders(things))
            .await
    }
    async fn listed(&self, under: &str) -> Result<Vec<Holder>, StoreError> {
        self.gate
            .pass(Call::Read, 1, self.inner.listed(under))
            .await
    }
    async fn claim(&self, claim: &Claim) -> Result<Option<Holder>, StoreError> {
        self.gate
            .pass(Call::Write, 1, self.inner.claim(claim))
            .await
    }
    async fn project(&self, row: &Row) -> Result<(), StoreError> {
        let made = async {
            self.inner.project(row).await?;
            self.due(row);
            Ok(())
        };
        self.gate.pass(Call::Row, 1, made).await
    }
    async fn row(&self, id: &RegistrationId) -> Result<Option<Row>, StoreError> {
        self.gate.pass(Call::Read, 1, self.inner.row(id)).await
    }
    async fn rows(&self, query: &RowQuery) -> Result<Page, StoreError> {
        self.gate.pass(Call::Read, 1, self.inner.rows(query)).await
    }
    async fn numbers(
        &self,
        parent: &RegistrationId,
        after: Option<&RegistrationId>,
    ) -> Result<Page, StoreError> {
        self.gate
            .pass(Call::Read, 1, self.inner.numbers(parent, after))
            .await
    }
    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<Row>, StoreError> {
        self.gate
            .pass(Call::Read, 1, self.inner.due(now, most))
            .await
    }
    async fn postpone(
        &self,
        id: &RegistrationId,
        seq: u64,
        due_at: Timestamp,
        last_error: Option<&str>,
    ) -> Result<bool, StoreError> {
        let made = async {
            let postponed = self.inner.postpone(id, seq, due_at, last_error).await?;
            self.gate.wakes(Wake::At(due_at));
            Ok(postponed)
        };
        self.gate.pass(Call::Row, 1, made).await
    }
    async fn reserve(
        &self,
        limit: &str,
        interval: Duration,
        longest_wait: Duration,
        now: Timestamp,
    ) -> Result<Result<Slot, Refusal>, StoreError> {
        self.gate
            .pass(
                Call::Write,
                1,
                self.inner.reserve(limit, interval, longest_wait, now),
            )
            .await
    }
    async fn hold(&self, limit: &str, until: Timestamp) -> Result<(), StoreError> {
        self.gate
            .pass(Call::Write, 1, self.inner.hold(limit, until))
            .await
    }
    async fn limit(&self, limit: &str) -> Result<Option<Limit>, StoreError> {
        self.gate.pass(Call::Read, 1, self.inner.limit(limit)).await
    }
    async fn change_limit(
        &self,
        limit: &str,
        change: Change,
        changer: &Changer,
    ) -> Result<(), StoreError> {
        self.gate
            .pass(
                Call::Write,
                1,
                self.inner.change_limit(limit, change, changer),
            )
            .await
    }
    async fn spend(
        &self,
        allowance: &Allowance,
        now: Timestamp,
    ) -> Result<Result<(), Timestamp>, StoreError> {
        self.gate
            .pass(Call::Write, 1, self.inner.spend(allowance, now))
            .await
    }
    async fn token(&self, hash: &TokenHash) -> Result<Option<Token>, StoreError> {
        self.gate.pass(Call::Read, 1, self.inner.token(hash)).await
    }
    async fn add_token(&self, hash: &TokenHash, token: &Token) -> Result<(), StoreError> {
        self.gate
            .pass(Call::Write, 1, self.inner.add_token(hash, token))
            .await
    }
    async fn revoke_tokens(&self, name: &str) -> Result<u64, StoreError> {
        self.gate
            .pass(Call::Write, 1, self.inner.revoke_tokens(name))
            .await
    }
    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.gate.pass(Call::Read, 1, self.inner.tokens()).await
    }
    async fn callback(&self, account: &AccountId) -> Result<Option<Callback>, StoreError> {
        self.gate
            .pass(Call::Read, 1, self.inner.callback(account))
            .await
    }
    async fn set_callback(
        &self,
        account: &AccountId,
        callback: &Callback,
    ) -> Result<(), StoreError> {
        self.gate
            .pass(Call::Write, 1, self.inner.set_callback(account, callback))
            .await
    }
    async fn remove_callback(&self, account: &AccountId) -> Result<(), StoreError> {
        self.gate
            .pass(Call::Write, 1, self.inner.remove_callback(account))
            .await
    }
}

#[async_trait]
impl<G: Gate> Queue for Mortal<dyn Queue, G> {
    async fn send(&self, messages: &[Outgoing]) -> Result<(), QueueError> {
        let made = async {
            let sent = self.inner.send(messages).await;
            // Also where it failed: some of them may be on their way.
            for message in messages {
                self.gate.wakes(Wake::After(message.delay));
            }
            sent
        };
        self.gate.pass(Call::Send, messages.len(), made).await
    }
    async fn receive(
        &self,
        function: &str,
        most: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Delivery>, QueueError> {
        let received = self.inner.receive(function, most, visibility, wait);
        let received = self.gate.pass(Call::Receive, 0, received).await?;
        if !received.is_empty() {
            self.gate.wakes(Wake::After(visibility));
        }
        self.gate.counted(Call::Receive, received.len());
        Ok(received)
    }
    async fn acknowledge(&self, receipt: &Receipt) -> Result<(), QueueError> {
        self.gate
            .pass(Call::Acknowledge, 1, self.inner.acknowledge(receipt))
            .await
    }
    async fn depth(&self, function: &str) -> Result<Depth, QueueError> {
        self.gate
            .pass(Call::Ask, 1, self.inner.depth(function))
            .await
    }
    async fn dead_letters(
        &self,
        function: &str,
        most: usize,
    ) -> Result<Vec<DeadLetter>, QueueError> {
        self.gate
            .pass(Call::Ask, 1, self.inner.dead_letters(function, most))
            .await
    }
    async fn take_dead(
        &self,
        function: &str,
        most: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Dead>, QueueError> {
        self.gate
            .pass(
                Call::Ask,
                1,
                self.inner.take_dead(function, most, visibility, wait),
            )
            .await
    }
}

#[async_trait]
impl<G: Gate> Registry for Mortal<dyn Registry, G> {
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
        let submitted = self.inner.submit(request);
        let answer = self.gate.pass(Call::Registry, 1, submitted).await;
        self.gate.answered().await;
        answer
    }
    async fn find(&self, submission: &Submission) -> Result<Option<Reading>, RegistryError> {
        self.gate
            .pass(Call::Registry, 1, self.inner.find(submission))
            .await
    }
    async fn status(&self, kind: Kind, id: &RegistryId) -> Result<Reading, RegistryError> {
        self.gate
            .pass(Call::Registry, 1, self.inner.status(kind, id))
            .await
    }
    async fn carriers(&self, campaign: &RegistryId) -> Result<Vec<CarrierStatus>, RegistryError> {
        self.gate
            .pass(Call::Registry, 1, self.inner.carriers(campaign))
            .await
    }
    async fn qualifications(
        &self,
        brand: &RegistryId,
        usecase: &Usecase,
    ) -> Result<Vec<Qualification>, RegistryError> {
        let asked = self.inner.qualifications(brand, usecase);
        self.gate.pass(Call::Registry, 1, asked).await
    }
    async fn placed(&self, number: &PhoneNumber) -> Result<Option<Placed>, RegistryError> {
        self.gate
            .pass(Call::Registry, 1, self.inner.placed(number))
            .await
    }
    async fn numbers_under_review(
        &self,
        campaign: &RegistryId,
    ) -> Result<Option<BTreeSet<String>>, RegistryError> {
        let asked = self.inner.numbers_under_review(campaign);
        self.gate.pass(Call::Registry, 1, asked).await
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

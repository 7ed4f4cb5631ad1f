//! When our own side fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::Timestamp;
use platform::Queue;
use platform::allowance::Allowance;
use platform::callback::Callback;
use platform::limit::{Change, Changer, Limit};
use platform::limiter::{Refusal, Slot};
use platform::queue::{Dead, DeadLetter, Delivery, Depth, Outgoing, QueueError, Receipt};
use platform::sqlite::Sqlite;
use platform::store::{Append, Begun, Key, Page, Row, RowQuery, Store, StoreError};
use platform::token::{Token, TokenHash};
use registration::chain::StoredEvent;
use registration::claim::{Claim, Holder, Thing};
use registration::{AccountId, Fact, RegistrationId, Round, Step};

use crate::service::{ACME, CEDAR, Service, request};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Every call fails.
    Fails,
    /// Every call takes for ever.
    Hangs,
    /// What is stored cannot be read.
    Corrupt,
    /// This many appends come too late.
    LosesRaces(usize),
}

struct FaultyStore {
    store: Sqlite,
    fault: Fault,
    appends: AtomicUsize,
}

impl FaultyStore {
    async fn fault(&self) -> Result<(), StoreError> {
        match self.fault {
            Fault::Fails => Err(StoreError::Failed {
                verb: "read",
                source: "disk 7 at 10.0.0.7".into(),
            }),
            Fault::Corrupt => Err(StoreError::Corrupt("a row of disk 7".to_owned())),
            Fault::Hangs => std::future::pending().await,
            Fault::LosesRaces(_) => Ok(()),
        }
    }
}

#[async_trait]
impl Store for FaultyStore {
    async fn history(&self, id: &RegistrationId) -> Result<Vec<StoredEvent>, StoreError> {
        self.fault().await?;
        self.store.history(id).await
    }
    async fn begin(&self, append: Append, key: Option<Key>) -> Result<Begun, StoreError> {
        self.fault().await?;
        self.store.begin(append, key).await
    }
    async fn used_key(&self, key: &Key, now: Timestamp) -> Result<Option<Begun>, StoreError> {
        self.fault().await?;
        self.store.used_key(key, now).await
    }
    async fn append(&self, append: Append) -> Result<(), StoreError> {
        self.append_together(vec![append]).await
    }
    async fn append_together(&self, appends: Vec<Append>) -> Result<(), StoreError> {
        self.fault().await?;
        let is_retry = |append: &&Append| append.event.facts.to_string().contains("retried");
        if let (Some(append), Fault::LosesRaces(races)) =
            (appends.iter().find(is_retry), self.fault)
            && self.appends.fetch_add(1, Ordering::SeqCst) < races
        {
            return Err(StoreError::Taken {
                registration: append.row.id.clone(),
                seq: append.event.seq,
            });
        }
        self.store.append_together(appends).await
    }
    async fn holders(&self, things: &[Thing]) -> Result<Vec<Option<Holder>>, StoreError> {
        self.fault().await?;
        self.store.holders(things).await
    }
    async fn listed(&self, under: &str) -> Result<Vec<Holder>, StoreError> {
        self.fault().await?;
        self.store.listed(under).await
    }
    async fn claim(&self, claim: &Claim) -> Result<Option<Holder>, StoreError> {
        self.fault().await?;
        self.store.claim(claim).await
    }
    async fn project(&self, row: &Row) -> Result<(), StoreError> {
        self.fault().await?;
        self.store.project(row).await
    }
    async fn row(&self, id: &RegistrationId) -> Result<Option<Row>, StoreError> {
        self.fault().await?;
        self.store.row(id).await
    }
    async fn rows(&self, query: &RowQuery) -> Result<Page, StoreError> {
        self.fault().await?;
        self.store.rows(query).await
    }
    async fn numbers(
        &self,
        parent: &RegistrationId,
        after: Option<&RegistrationId>,
    ) -> Result<Page, StoreError> {
        self.fault().await?;
        self.store.numbers(parent, after).await
    }
    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<Row>, StoreError> {
        self.store.due(now, most).await
    }
    async fn postpone(
        &self,
        id: &RegistrationId,
        seq: u64,
        due_at: Timestamp,
        last_error: Option<&str>,
    ) -> Result<bool, StoreError> {
        self.store.postpone(id, seq, due_at, last_error).await
    }
    async fn reserve(
        &self,
        limit: &str,
        interval: Duration,
        longest_wait: Duration,
        now: Timestamp,
    ) -> Result<Result<Slot, Refusal>, StoreError> {
        self.store.reserve(limit, interval, longest_wait, now).await
    }
    async fn hold(&self, limit: &str, until: Timestamp) -> Result<(), StoreError> {
        self.store.hold(limit, until).await
    }
    async fn limit(&self, limit: &str) -> Result<Option<Limit>, StoreError> {
        self.store.limit(limit).await
    }
    async fn change_limit(
        &self,
        limit: &str,
        change: Change,
        changer: &Changer,
    ) -> Result<(), StoreError> {
        self.store.change_limit(limit, change, changer).await
    }
    async fn spend(
        &self,
        allowance: &Allowance,
        now: Timestamp,
    ) -> Result<Result<(), Timestamp>, StoreError> {
        self.fault().await?;
        self.store.spend(allowance, now).await
    }
    async fn token(&self, hash: &TokenHash) -> Result<Option<Token>, StoreError> {
        self.store.token(hash).await
    }
    async fn add_token(&self, hash: &TokenHash, token: &Token) -> Result<(), StoreError> {
        self.store.add_token(hash, token).await
    }
    async fn revoke_tokens(&self, name: &str) -> Result<u64, StoreError> {
        self.store.revoke_tokens(name).await
    }
    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.store.tokens().await
    }
    async fn callback(&self, account: &AccountId) -> Result<Option<Callback>, StoreError> {
        self.fault().await?;
        self.store.callback(account).await
    }
    async fn set_callback(
        &self,
        account: &AccountId,
        callback: &Callback,
    ) -> Result<(), StoreError> {
        self.fault().await?;
        self.store.set_callback(account, callback).await
    }
    async fn remove_callback(&self, account: &AccountId) -> Result<(), StoreError> {
        self.fault().await?;
        self.store.remove_callback(account).await
    }
}

async fn service_with(fault: Fault) -> Service {
    Service::start_with(|store| {
        Arc::new(FaultyStore {
            store,
            fault,
            appends: AtomicUsize::new(0),
        })
    })
    .await
}

async fn every_call(service: &Service) -> Vec<crate::service::Answer> {
    let id = RegistrationId::new(1, 1);
    let mut answers = vec![
        service
            .call(Request::get("/v1/health").body(Body::empty()).unwrap())
            .await,
        service.order(CEDAR, Some("k")).await,
        service
            .post(ACME, &format!("/v1/registrations/{id}/retry"))
            .await,
        service.get(ACME, "/v1/registrations").await,
        service.get(ACME, "/v1/callback").await,
        service.delete(ACME, "/v1/callback").await,
        service
            .put(ACME, "/v1/callback", "{\"url\":\"https://example.com\"}")
            .await,
    ];
    for path in ["cancel", "otp"] {
        let path = format!("/v1/registrations/{id}/{path}");
        answers.push(service.post(ACME, &path).await);
    }
    let call = request("PATCH", ACME, &format!("/v1/registrations/{id}"))
        .header("content-type", "application/json")
        .body(Body::from("{}"));
    answers.push(service.call(call.unwrap()).await);
    for path in ["", "/numbers", "/events"] {
        answers.push(
            service
                .get(ACME, &format!("/v1/registrations/{id}{path}"))
                .await,
        );
    }
    answers
}

#[tokio::test]
async fn a_store_that_fails_is_a_503_that_tells_nothing_of_our_inside() {
    let service = service_with(Fault::Fails).await;
    for answer in every_call(&service).await {
        answer.assert_problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
        assert_eq!(answer.header("retry-after"), "5");
        assert!(
            !answer.text.contains("disk") && !answer.text.contains("10.0"),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_store_that_holds_nonsense_is_a_500_because_a_repetition_would_not_help() {
    let service = service_with(Fault::Corrupt).await;
    for answer in every_call(&service).await {
        answer.assert_problem(StatusCode::INTERNAL_SERVER_ERROR, "internal");
        assert!(!answer.text.contains("disk"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_call_that_takes_too_long_is_ended() {
    let service = service_with(Fault::Hangs).await;
    // Time goes by itself from here on: as soon as every call only waits.
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    let health = Request::get("/v1/health").body(Body::empty()).unwrap();
    let answer = service.call(health).await;
    answer.assert_problem(StatusCode::SERVICE_UNAVAILABLE, "timeout");
    assert_eq!(answer.header("retry-after"), "5");
    let waited = begun.elapsed();
    let longest = api::LONGEST_CALL;
    assert!(waited >= longest && waited < longest * 2, "{waited:?}");
}

#[tokio::test]
async fn a_retry_that_loses_a_race_is_decided_again() {
    let service = service_with(Fault::LosesRaces(2)).await;
    let id = service.ordered().await;
    let fact = Fact::Parked {
        step: Step::Brand,
        round: Round::FIRST,
        reason: "look".to_owned(),
    };
    service.happens(&id, vec![fact]).await;
    let answer = service
        .post(ACME, &format!("/v1/registrations/{id}/retry"))
        .await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    assert_eq!(service.platform.store.history(&id).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_retry_that_loses_every_race_gives_up() {
    let service = service_with(Fault::LosesRaces(usize::MAX)).await;
    let id = service.ordered().await;
    let fact = Fact::Parked {
        step: Step::Brand,
        round: Round::FIRST,
        reason: "look".to_owned(),
    };
    service.happens(&id, vec![fact]).await;
    let answer = service
        .post(ACME, &format!("/v1/registrations/{id}/retry"))
        .await;
    answer.assert_problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    assert_eq!(service.platform.store.history(&id).await.unwrap().len(), 2);
    assert_eq!(service.depth(Step::Brand).await.waiting, 1);
}

/// A queue that takes nothing.
struct BrokenQueue;

fn broken<T>() -> Result<T, QueueError> {
    Err(QueueError {
        verb: "send",
        source: "queue 7 at 10.0.0.7".into(),
    })
}

#[async_trait]
impl Queue for BrokenQueue {
    async fn send(&self, _: &[Outgoing]) -> Result<(), QueueError> {
        broken()
    }
    async fn receive(
        &self,
        _: &str,
        _: usize,
        _: Duration,
        _: Duration,
    ) -> Result<Vec<Delivery>, QueueError> {
        broken()
    }
    async fn acknowledge(&self, _: &Receipt) -> Result<(), QueueError> {
        broken()
    }
    async fn depth(&self, _: &str) -> Result<Depth, QueueError> {
        broken()
    }
    async fn dead_letters(&self, _: &str, _: usize) -> Result<Vec<DeadLetter>, QueueError> {
        broken()
    }
    async fn take_dead(
        &self,
        _: &str,
        _: usize,
        _: Duration,
        _: Duration,
    ) -> Result<Vec<Dead>, QueueError> {
        broken()
    }
}

#[tokio::test]
async fn an_order_whose_message_was_not_sent_is_taken_and_due_for_the_sweep() {
    let service = Service::start().await.with_queue(Arc::new(BrokenQueue));
    let answer = service.order(CEDAR, Some("k")).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let due = service
        .platform
        .store
        .due(Timestamp::MAX, 10)
        .await
        .unwrap();
    assert_eq!(due.len(), 1);
    let again = service.order(CEDAR, Some("k")).await;
    assert_eq!(again.json()["repeated"], true);
    assert_eq!(service.stored().await, 1);
}

#[tokio::test]
async fn a_retry_whose_message_was_not_sent_is_due_for_the_sweep() {
    let service = Service::start().await;
    let id = service.ordered().await;
    let fact = Fact::Parked {
        step: Step::Brand,
        round: Round::FIRST,
        reason: "look".to_owned(),
    };
    service.happens(&id, vec![fact]).await;
    let due = |service: &Service| {
        let store = service.platform.store.clone();
        async move { store.due(Timestamp::MAX, 10).await.unwrap().len() }
    };
    assert_eq!(due(&service).await, 0);
    let service = service.with_queue(Arc::new(BrokenQueue));
    let answer = service
        .post(ACME, &format!("/v1/registrations/{id}/retry"))
        .await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    assert_eq!(due(&service).await, 1);
}

//! On DynamoDB a row is written after its event. What a person decides is written with
//! its row: no message comes again that would bring the row up.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use end_to_end::model::{Model, Weather};
use end_to_end::orders;
use jiff::Timestamp;
use platform::callback::Callbacks;
use platform::cancel::{self, cancel};
use platform::case::Author;
use platform::clock::StandingClock;
use platform::memory::Memory;
use platform::preflight::Preflight;
use platform::receive::{self, Received};
use platform::{Case, Platform, Store as _};
use registrar::service::random;
use registration::patience::Patience;
use registration::{AccountId, Actor, TraceId};

/// Every process dies between two writes of one call.
struct Deadly;

#[async_trait]
impl Weather for Deadly {
    fn lag(&self) -> Duration {
        Duration::ZERO
    }

    fn picks(&self, _of: usize) -> usize {
        0
    }

    async fn between(&self) {
        std::future::pending().await
    }
}

#[tokio::test]
async fn what_a_person_decides_is_in_the_row_as_soon_as_it_is_in_the_history() {
    let clock = Arc::new(StandingClock::at(
        Timestamp::from_second(1_800_000_000).unwrap(),
    ));
    let model = Arc::new(Model::new(clock.clone(), Arc::new(Deadly)));
    let platform = Platform {
        store: model.clone(),
        queue: model.clone(),
        clock,
        random,
        patience: Patience::default(),
        visibility: Duration::from_secs(90),
        accounts_share_brands: false,
        preflight: Preflight::before_a_simulator(),
        callbacks: Callbacks::default(),
        memory: Memory::of(0),
    };
    let account = AccountId::parse("acme").unwrap();
    let trace = TraceId::new(random());
    let order = orders::order(1, 1);
    let actor = Actor::account(&account);
    let received = receive::receive(&platform, &account, actor, order, None, trace.clone());
    let Received::New(id, _) = received.await.unwrap() else {
        panic!("not a new order");
    };
    let operator = Author {
        actor: Actor::operator("pat"),
        trace,
    };
    let decided = cancel(&platform, &id, &operator, cancel::How::default());
    // It does not come to a second write; if it did, it would end there.
    let decided = tokio::time::timeout(Duration::from_secs(10), decided).await;
    decided.unwrap().unwrap();
    let history = Case::load(&*model, &id).await.unwrap();
    assert!(history.facts.cancelled());
    let row = model.row(&id).await.unwrap().unwrap();
    assert_eq!(row.seq, history.facts.seq());
}

//! Accounts are told of every change of status, in order, at least once.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod failing;
mod told;

use std::sync::Arc;
use std::time::Duration;

use callbacks::Callbacks;
use end_to_end::crash::Plan;
use end_to_end::receiver::Call;
use end_to_end::world::World;
use platform::callback::{Callback, Callbacks as Known};
use platform::{Case, Clock as _};
use registrar::service::random;
use registration::callback::Allowed;
use registration::{AccountId, Event, Fact, RegistrationId, Status, chain, upcast};
use registry_simulator::Settings;

/// A call that takes longer than this is not answered any more.
const LONGEST_CALL: Duration = Duration::from_millis(300);

/// What is not told after so many wakes of the sweep never is.
const WAKES: usize = 200;

fn acme() -> AccountId {
    AccountId::parse("acme").unwrap()
}

fn loopback() -> Allowed {
    Allowed::parse("loopback").unwrap()
}

/// A world whose account `acme` is called back at `url`.
async fn world(settings: Settings, plan: Arc<Plan>, url: &str) -> World {
    let mut world = World::new(settings, plan).await.unwrap();
    let callbacks = Callbacks::with_timeout(loopback(), LONGEST_CALL).unwrap();
    world.platform.callbacks = Known::new(loopback());
    world.functions = world.functions.with_callbacks(Arc::new(callbacks));
    register(&world, url).await;
    world
}

async fn immortal(url: &str) -> World {
    world(Settings::default(), Plan::never(), url).await
}

async fn register(world: &World, url: &str) -> Callback {
    let before = world.store.callback(&acme()).await.unwrap();
    let callback = Callback::new(url.to_owned(), before, random, world.clock.now());
    world.store.set_callback(&acme(), &callback).await.unwrap();
    callback
}

async fn events(world: &World, id: &RegistrationId) -> Vec<Event> {
    let stored = world.store.history(id).await.unwrap();
    chain::verify(id, &stored, None).unwrap();
    stored
        .into_iter()
        .map(|event| upcast::open(event).unwrap())
        .collect()
}

async fn facts(world: &World, id: &RegistrationId) -> Vec<Fact> {
    let events = events(world, id).await;
    events.into_iter().flat_map(|event| event.facts).collect()
}

/// Runs everything, each time until there is nothing to do before the row is due,
/// until the account is told of everything.
async fn tell_everything(world: &World, id: &RegistrationId) {
    for _ in 0..WAKES {
        while world.turn().await.unwrap() {}
        let case = Case::load(&*world.store, id).await.unwrap();
        let row = world.store.row(id).await.unwrap().unwrap();
        if case.facts.callback().is_none() && Status::of(&case.facts).is_at_rest() {
            return;
        }
        let due = row.due_at.unwrap();
        let wait = Duration::try_from(due.duration_since(world.clock.now())).unwrap_or_default();
        world.clock.advance(wait + Duration::from_secs(1));
        world.sweep().await.unwrap();
    }
    panic!("not told: {:?}", facts(world, id).await);
}

/// Every change that the history says was due: its seq and the new status.
async fn due(world: &World, id: &RegistrationId) -> Vec<(u64, Status)> {
    let mut due = Vec::new();
    for event in events(world, id).await {
        for fact in event.facts {
            if let Fact::CallbackDue { status, .. } = fact {
                due.push((event.seq, status));
            }
        }
    }
    due
}

/// What calls say: the seq and the status.
fn said(calls: &[Call]) -> Vec<(u64, Status)> {
    let said = calls.iter().map(|call| {
        let status = call.says("/data/status");
        let status = Status::parse(status.as_str().unwrap()).unwrap();
        (call.says("/data/seq").as_u64().unwrap(), status)
    });
    said.collect()
}

/// The same without what was said before.
fn first_said(calls: &[Call]) -> Vec<(u64, Status)> {
    let mut first: Vec<(u64, Status)> = Vec::new();
    for told in said(calls) {
        if !first.contains(&told) {
            first.push(told);
        }
    }
    first
}

/// Told once each, in order, as the history says; and nothing is owed any more.
async fn assert_told_in_order(world: &World, id: &RegistrationId, calls: &[Call]) {
    let due = due(world, id).await;
    assert!(!due.is_empty(), "nothing happened");
    assert_eq!(first_said(calls), due);
    let case = Case::load(&*world.store, id).await.unwrap();
    assert_eq!(case.facts.callback(), None);
}

//! Accounts are told of every change of status, in order, at least once.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use callbacks::Callbacks;
use end_to_end::crash::{Moment, Plan};
use end_to_end::orders;
use end_to_end::receiver::{Answer, Call, Receiver};
use end_to_end::told;
use end_to_end::world::World;
use platform::callback::{Callback, Callbacks as Known, FUNCTION, RETIRES};
use platform::{Case, Clock as _};
use registrar::service::random;
use registration::callback::Allowed;
use registration::{AccountId, Event, Fact, RegistrationId, Status, chain, upcast};
use registry_simulator::{Reviews, Settings, Span};
use standardwebhooks::Webhook;

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
        if case.facts.callback().is_none() && row.due_at.is_none() {
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

#[tokio::test]
async fn every_change_of_status_is_told_once_in_order_and_without_a_rescue() {
    let receiver = Receiver::willing().await.unwrap();
    let world = immortal(&receiver.url).await;
    let id = world.receive(orders::order(1, 2)).await.unwrap();
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
    tell_everything(&world, &id).await;
    let calls = receiver.calls();
    assert_eq!(said(&calls), due(&world, &id).await);
    assert_told_in_order(&world, &id, &calls).await;
    assert_eq!(said(&calls).last().unwrap().1, Status::Registered);
    assert_eq!(world.rescues.load(Ordering::SeqCst), 0);
    let mut previous = "in_progress".to_owned();
    for call in &calls {
        assert_eq!(call.says("/type"), "registration.status_changed");
        assert_eq!(call.says("/data/registration_id"), id.as_str());
        assert_eq!(call.says("/data/account"), "acme");
        assert_eq!(call.says("/data/previous_status"), previous.as_str());
        assert_eq!(call.header("content-type"), "application/json");
        previous = call.says("/data/status").as_str().unwrap().to_owned();
    }
}

#[tokio::test]
async fn nothing_that_was_ordered_is_in_what_is_told() {
    let receiver = Receiver::willing().await.unwrap();
    let world = immortal(&receiver.url).await;
    let id = world.receive(orders::order(1, 2)).await.unwrap();
    world.drive(&id).await.unwrap();
    tell_everything(&world, &id).await;
    let document = orders::document(1, 2);
    let mut ordered = Vec::new();
    texts(&document, &mut ordered);
    assert!(ordered.len() > 20);
    for call in receiver.calls() {
        for text in ordered.iter().filter(|text| text.len() > 5) {
            assert!(!call.body.contains(text.as_str()), "{text}: {}", call.body);
        }
    }
}

fn texts(value: &serde_json::Value, all: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => all.push(text.clone()),
        serde_json::Value::Array(values) => values.iter().for_each(|value| texts(value, all)),
        serde_json::Value::Object(map) => map.values().for_each(|value| texts(value, all)),
        _ => {}
    }
}

#[tokio::test]
async fn a_receiver_that_fails_for_a_while_is_told_in_order_under_the_same_ids_and_bodies() {
    let failing = vec![
        Answer::Status(500),
        Answer::Status(503),
        Answer::Status(404),
    ];
    let receiver = Receiver::start(failing, Answer::Status(204)).await.unwrap();
    let world = immortal(&receiver.url).await;
    let id = world.receive(orders::order(1, 1)).await.unwrap();
    world.drive(&id).await.unwrap();
    tell_everything(&world, &id).await;
    let calls = receiver.calls();
    assert_told_in_order(&world, &id, &calls).await;
    let first: Vec<_> = calls.iter().take(4).collect();
    let attempt = |call: &Call| (call.header("webhook-id").to_owned(), call.body.clone());
    assert!(first.iter().all(|call| attempt(call) == attempt(first[0])));
    let mut ids: Vec<_> = calls[3..].iter().map(|call| attempt(call).0).collect();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count, "one id for two changes: {ids:?}");
    let errors: Vec<_> = facts(&world, &id)
        .await
        .into_iter()
        .filter_map(|fact| match fact {
            Fact::CallbackFailed { error, attempt, .. } => Some((attempt, error)),
            _ => None,
        })
        .collect();
    let answered = |attempt, status| (attempt, format!("answered with HTTP {status}"));
    assert_eq!(
        errors,
        [answered(1, 500), answered(2, 503), answered(3, 404)]
    );
    // What the sweep sends again on time is no rescue.
    assert_eq!(world.rescues.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_receiver_that_never_answers_is_called_again() {
    let receiver = Receiver::start(vec![Answer::Never], Answer::Status(200))
        .await
        .unwrap();
    let world = immortal(&receiver.url).await;
    let id = world.receive(orders::order(1, 1)).await.unwrap();
    world.drive(&id).await.unwrap();
    tell_everything(&world, &id).await;
    assert_told_in_order(&world, &id, &receiver.calls()).await;
    let failed = facts(&world, &id)
        .await
        .into_iter()
        .find_map(|fact| match fact {
            Fact::CallbackFailed { error, .. } => Some(error),
            _ => None,
        });
    assert_eq!(failed.as_deref(), Some("no answer in time"));
}

#[tokio::test]
async fn after_three_days_a_change_is_given_up_and_the_next_goes_on_after_it() {
    let receiver = Receiver::start(Vec::new(), Answer::Status(500))
        .await
        .unwrap();
    let world = immortal(&receiver.url).await;
    let begun = world.clock.now();
    let id = world.receive(orders::order(1, 1)).await.unwrap();
    world.drive(&id).await.unwrap();
    tell_everything(&world, &id).await;
    let abandoned: Vec<_> = facts(&world, &id)
        .await
        .into_iter()
        .filter_map(|fact| match fact {
            Fact::CallbackAbandoned { seq, attempts, .. } => Some((seq, attempts)),
            _ => None,
        })
        .collect();
    let seqs: Vec<_> = due(&world, &id)
        .await
        .into_iter()
        .map(|(seq, _)| seq)
        .collect();
    assert_eq!(
        abandoned.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(),
        seqs
    );
    assert_eq!(abandoned[0].1, 10);
    assert!(
        abandoned
            .iter()
            .all(|(_, attempts)| (1..=10).contains(attempts))
    );
    assert_told_in_order(&world, &id, &receiver.calls()).await;
    let hours = world.clock.now().duration_since(begun).as_hours();
    assert!((72..96).contains(&hours), "{hours} hours");
}

#[tokio::test]
async fn an_account_that_takes_nothing_holds_up_no_registration() {
    let receiver = Receiver::start(Vec::new(), Answer::Status(500))
        .await
        .unwrap();
    let review = Span::between(Duration::from_millis(20), Duration::from_millis(60));
    let settings = Settings {
        reviews: Reviews {
            brand: review,
            campaign: review,
            number: review,
        },
        ..Settings::default()
    };
    let world = world(settings, Plan::never(), &receiver.url).await;
    let id = world.receive(orders::order(1, 1)).await.unwrap();
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
    receiver.answer(Answer::Status(200));
    tell_everything(&world, &id).await;
    assert_told_in_order(&world, &id, &receiver.calls()).await;
}

async fn every_crash_point(moment: Moment) -> usize {
    const MOST: usize = 400;
    for at in 1..MOST {
        let receiver = Receiver::start(vec![Answer::Status(500)], Answer::Status(200))
            .await
            .unwrap();
        let plan = Plan::at(at, moment);
        let world = world(Settings::default(), Arc::clone(&plan), &receiver.url).await;
        let id = world.receive(orders::order(1, 1)).await.unwrap();
        let row = world
            .drive(&id)
            .await
            .unwrap_or_else(|error| panic!("{moment:?} {at}: {error}"));
        assert_eq!(row.status, Status::Registered, "{moment:?} call {at}");
        tell_everything(&world, &id).await;
        let calls = receiver.calls();
        assert_told_in_order(&world, &id, &calls).await;
        for call in &calls {
            let same: Vec<_> = calls
                .iter()
                .filter(|other| other.header("webhook-id") == call.header("webhook-id"))
                .collect();
            assert!(
                same.iter().all(|other| other.body == call.body),
                "{moment:?} call {at}"
            );
        }
        let row = world.store.row(&id).await.unwrap().unwrap();
        assert_eq!(
            row.seq,
            events(&world, &id).await.len() as u64,
            "{moment:?} call {at}"
        );
        let dead = world.queue.depth(FUNCTION).await.unwrap().dead;
        assert_eq!(dead, 0, "{moment:?} call {at}");
        if !plan.has_died() {
            return at - 1;
        }
    }
    panic!("more than {MOST} calls: raise MOST")
}

#[tokio::test]
async fn a_crash_before_any_call_loses_no_callback_and_keeps_their_order() {
    let points = every_crash_point(Moment::Before).await;
    assert!(points > 40, "only {points} calls were met");
}

#[tokio::test]
async fn a_crash_after_any_call_loses_no_callback_and_keeps_their_order() {
    let points = every_crash_point(Moment::After).await;
    assert!(points > 40, "only {points} calls were met");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_on_the_same_message_at_once_keep_the_order_and_record_each_change_once() {
    let receiver = Receiver::start(Vec::new(), Answer::Status(500))
        .await
        .unwrap();
    let world = immortal(&receiver.url).await;
    let id = world.receive(orders::order(1, 1)).await.unwrap();
    world.drive(&id).await.unwrap();
    receiver.answer(Answer::Status(200));
    world.clock.advance(Duration::from_secs(60 * 60));
    let case = Case::load(&*world.store, &id).await.unwrap();
    let message = platform::callback::message(&case);
    let callbacks = Arc::new(Callbacks::new(loopback()).unwrap());
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let (platform, message) = (world.platform.clone(), message.clone());
            let callbacks = Arc::clone(&callbacks);
            tokio::spawn(async move { callbacks.tell(&platform, &message).await })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap().unwrap();
    }
    assert_told_in_order(&world, &id, &receiver.calls()).await;
    let mut delivered = Vec::new();
    for fact in facts(&world, &id).await {
        if let Fact::CallbackDelivered { seq, status, .. } = fact {
            delivered.push((seq, status));
        }
    }
    assert_eq!(delivered, due(&world, &id).await);
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let inside = Receiver::willing().await.unwrap();
    let redirect = vec![Answer::Redirect(inside.url.clone())];
    let receiver = Receiver::start(redirect, Answer::Status(200))
        .await
        .unwrap();
    let world = immortal(&receiver.url).await;
    let id = world.receive(orders::order(1, 1)).await.unwrap();
    world.drive(&id).await.unwrap();
    tell_everything(&world, &id).await;
    assert_eq!(inside.calls().len(), 0);
    assert_eq!(receiver.calls()[0].body, receiver.calls()[1].body);
    let told = told::history(&*world.store, &id).await.unwrap();
    assert!(told.contains(&"callback_failed".to_owned()), "{told:?}");
}

#[tokio::test]
async fn an_address_that_is_not_allowed_is_not_called_even_if_it_is_registered() {
    let receiver = Receiver::willing().await.unwrap();
    let mut world = immortal(&receiver.url).await;
    // As after the setting was taken back.
    let strict = Callbacks::new(Allowed::default()).unwrap();
    world.functions = world.functions.with_callbacks(Arc::new(strict));
    let port = receiver.url.split(':').nth(2).unwrap().to_owned();
    let id = world.receive(orders::order(1, 1)).await.unwrap();
    world.drive(&id).await.unwrap();
    for url in [
        format!("https://127.0.0.1:{port}"),
        format!("https://localhost:{port}"),
        format!("https://[::ffff:127.0.0.1]:{port}"),
    ] {
        register(&world, &url).await;
        world.clock.advance(Duration::from_secs(24 * 60 * 60));
        world.sweep().await.unwrap();
        while world.turn().await.unwrap() {}
        let last = facts(&world, &id).await.pop().unwrap();
        let Fact::CallbackFailed { error, .. } = last else {
            panic!("{url}: {last:?}");
        };
        assert!(error.contains("loopback"), "{url}: {error}");
    }
    assert_eq!(receiver.calls().len(), 0);
}

/// Whether a call bears the signature of this secret.
fn is_signed(call: &Call, secret: &str) -> bool {
    let webhook = Webhook::new(secret).unwrap();
    let seconds = call.header("webhook-timestamp").parse().unwrap();
    let id = call.header("webhook-id");
    let expected = webhook.sign(id, seconds, call.body.as_bytes()).unwrap();
    call.header("webhook-signature")
        .split(' ')
        .any(|signature| signature == expected)
}

#[tokio::test]
async fn for_a_day_both_the_old_and_the_new_secret_sign_and_then_only_the_new_one() {
    let receiver = Receiver::willing().await.unwrap();
    let world = immortal(&receiver.url).await;
    let old = world.store.callback(&acme()).await.unwrap().unwrap();
    let new = register(&world, &receiver.url).await;
    let id = world.receive(orders::order(1, 1)).await.unwrap();
    world.drive(&id).await.unwrap();
    tell_everything(&world, &id).await;
    let before = receiver.calls();
    world.clock.advance(RETIRES);
    let id = world.receive(orders::order(2, 1)).await.unwrap();
    world.drive(&id).await.unwrap();
    tell_everything(&world, &id).await;
    let after = receiver.calls().split_off(before.len());
    assert!(!before.is_empty() && !after.is_empty());
    for call in before {
        assert!(is_signed(&call, old.secret.show()) && is_signed(&call, new.secret.show()));
        assert_eq!(call.header("webhook-signature").split(' ').count(), 2);
    }
    for call in after {
        assert!(!is_signed(&call, old.secret.show()) && is_signed(&call, new.secret.show()));
    }
}

#[tokio::test]
async fn an_account_without_a_callback_is_told_nothing_and_costs_nothing() {
    let receiver = Receiver::willing().await.unwrap();
    let world = immortal(&receiver.url).await;
    world.store.remove_callback(&acme()).await.unwrap();
    let id = world.receive(orders::order(1, 1)).await.unwrap();
    world.drive(&id).await.unwrap();
    for id in [id.clone(), id.number(1)] {
        let told = told::history(&*world.store, &id).await.unwrap();
        assert!(
            told.iter().all(|fact| !fact.contains("callback")),
            "{told:?}"
        );
    }
    assert_eq!(receiver.calls().len(), 0);
}

#[tokio::test]
async fn what_is_undelivered_when_the_callback_is_removed_is_given_up_in_the_history() {
    let receiver = Receiver::start(Vec::new(), Answer::Status(500))
        .await
        .unwrap();
    let world = immortal(&receiver.url).await;
    let id = world.receive(orders::order(1, 1)).await.unwrap();
    world.drive(&id).await.unwrap();
    world.store.remove_callback(&acme()).await.unwrap();
    tell_everything(&world, &id).await;
    let reasons: Vec<_> = facts(&world, &id)
        .await
        .into_iter()
        .filter_map(|fact| match fact {
            Fact::CallbackAbandoned { reason, .. } => Some(reason),
            _ => None,
        })
        .collect();
    assert_eq!(reasons.len(), due(&world, &id).await.len());
    assert!(
        reasons
            .iter()
            .all(|reason| reason.contains("no callback any more")),
        "{reasons:?}"
    );
}

#[tokio::test]
async fn numbers_own_registrations_are_not_told_of() {
    let receiver = Receiver::willing().await.unwrap();
    let world = immortal(&receiver.url).await;
    let id = world.receive(orders::order(1, 2)).await.unwrap();
    world.drive(&id).await.unwrap();
    tell_everything(&world, &id).await;
    for place in [1, 2] {
        let told = told::history(&*world.store, &id.number(place))
            .await
            .unwrap();
        assert!(
            told.iter().all(|fact| !fact.contains("callback")),
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn a_callback_whose_message_is_dead_is_given_up_and_parks_nothing() {
    let receiver = Receiver::start(vec![Answer::Status(500)], Answer::Status(200))
        .await
        .unwrap();
    let world = immortal(&receiver.url).await;
    let id = world.receive(orders::order(1, 1)).await.unwrap();
    world.drive(&id).await.unwrap();
    let case = Case::load(&*world.store, &id).await.unwrap();
    let oldest = case.facts.callback().unwrap().seq;
    let letter = serde_json::to_string(&platform::callback::message(&case)).unwrap();
    dead_letters::put(&world.platform, &letter, 5)
        .await
        .unwrap();
    let case = Case::load(&*world.store, &id).await.unwrap();
    assert_eq!(Status::of(&case.facts), Status::Registered);
    assert!(case.facts.callback().is_none_or(|next| next.seq > oldest));
    let told = told::history(&*world.store, &id).await.unwrap();
    assert!(told.ends_with(&["dead_lettered".to_owned(), "callback_abandoned".to_owned()]));
    tell_everything(&world, &id).await;
}

#[tokio::test]
async fn a_callback_registered_now_counts_in_every_process_from_a_minute_on() {
    let receiver = Receiver::willing().await.unwrap();
    let world = immortal(&receiver.url).await;
    world.store.remove_callback(&acme()).await.unwrap();
    let first = world.receive(orders::order(1, 1)).await.unwrap();
    world.drive(&first).await.unwrap();
    // Another process registers it: this one still knows that there was none.
    register(&world, &receiver.url).await;
    world.clock.advance(platform::callback::REMEMBERED);
    let second = world.receive(orders::order(2, 1)).await.unwrap();
    world.drive(&second).await.unwrap();
    tell_everything(&world, &second).await;
    assert_told_in_order(&world, &second, &receiver.calls()).await;
}

//! What is told, to whom, in which order, whatever crashes.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use callbacks::Callbacks;
use end_to_end::crash::{Moment, Plan};
use end_to_end::orders;
use end_to_end::receiver::{Answer, Call, Receiver};
use end_to_end::told;
use platform::Case;
use platform::callback::{FUNCTION, RETIRES};
use registration::{Fact, Order, Status, Step};
use registry_simulator::Settings;
use serde_json::json;
use standardwebhooks::Webhook;

use super::{
    acme, assert_told_in_order, due, events, facts, immortal, loopback, register, said,
    tell_everything, world,
};

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

#[tokio::test]
async fn why_it_was_refused_is_told_by_code_and_field_and_not_in_the_registrys_words() {
    let receiver = Receiver::willing().await.unwrap();
    let world = immortal(&receiver.url).await;
    let mut document = orders::document(1, 1);
    document["brand"]["ein"] = json!("000009002");
    let order = Order::read(&document).unwrap();
    let id = world.receive(order).await.unwrap();
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Rejected);
    tell_everything(&world, &id).await;
    let case = Case::load(&*world.store, &id).await.unwrap();
    let reasons = case.facts.verdict(Step::Brand).unwrap().reasons();
    assert!(!reasons[0].description.is_empty(), "there are no words");
    let said = receiver.calls().last().unwrap().says("/data/reasons");
    let told: Vec<_> = reasons
        .iter()
        .map(|reason| json!({"code": reason.code, "fields": reason.fields}))
        .collect();
    assert_eq!(said, json!(told));
}

fn texts(value: &serde_json::Value, all: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => all.push(text.clone()),
        serde_json::Value::Array(values) => values.iter().for_each(|value| texts(value, all)),
        serde_json::Value::Object(map) => map.values().for_each(|value| texts(value, all)),
        _ => {}
    }
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

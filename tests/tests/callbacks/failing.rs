//! Accounts that do not take what they are told, or must not be called.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use callbacks::Callbacks;
use end_to_end::crash::Plan;
use end_to_end::orders;
use end_to_end::receiver::{Answer, Call, Receiver};
use end_to_end::told;
use platform::queue::Outgoing;
use platform::{Case, Clock as _};
use registration::callback::Allowed;
use registration::{Fact, Status};
use registry_simulator::{Reviews, Settings, Span};

use super::{acme, assert_told_in_order, due, facts, immortal, register, tell_everything, world};

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
async fn a_message_that_comes_before_the_next_attempt_is_due_calls_nobody() {
    let receiver = Receiver::start(Vec::new(), Answer::Status(500))
        .await
        .unwrap();
    let world = immortal(&receiver.url).await;
    let id = world.receive(orders::order(1, 1)).await.unwrap();
    world.drive(&id).await.unwrap();
    while world.turn().await.unwrap() {}
    let case = Case::load(&*world.store, &id).await.unwrap();
    assert!(case.facts.callback().unwrap().not_before > world.clock.now());
    let early = Outgoing {
        message: platform::callback::message(&case),
        delay: Duration::ZERO,
    };
    let before = receiver.calls().len();
    world.queue.send(&[early]).await.unwrap();
    assert!(world.turn().await.unwrap());
    assert_eq!(receiver.calls().len(), before);
    let after = Case::load(&*world.store, &id).await.unwrap();
    assert_eq!(after.facts.seq(), case.facts.seq(), "it left an event");
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
            ..Reviews::default()
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

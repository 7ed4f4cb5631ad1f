//! Callbacks: kept, replaced, taken away; and their queue.

use platform::callback::{Callback, FUNCTION};
use platform::message::Cause;
use platform::token::Secret;
use registrar::service::random;
use registration::Step;

use super::Ground;
use super::made::{account, at_once, message};
use super::queues::{LONG, drain, drain_function, read};

fn made(ground: &dyn Ground, before: Option<Callback>) -> Callback {
    // Every address is another one, and holds what JSON and SQL have to escape.
    let path = Secret::new(random).hash();
    let url = format!("https://example.com/{}?a=%22&b='\"\\", path.as_str());
    Callback::new(url, before, random, ground.clock().now())
}

pub(super) async fn a_callback_comes_back_as_it_was_and_to_its_account_alone(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (store, one, other) = (ground.store(), account()?, account()?);
    assert_eq!(store.callback(&one).await?, None);
    let first = made(ground, None);
    store.set_callback(&one, &first).await?;
    assert_eq!(store.callback(&one).await?, Some(first.clone()));
    assert_eq!(store.callback(&other).await?, None);
    let second = made(ground, Some(first));
    store.set_callback(&other, &second).await?;
    assert_eq!(store.callback(&other).await?, Some(second));
    Ok(())
}

pub(super) async fn the_last_callback_kept_stands_in_every_process(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let ((elsewhere, _), account) = (ground.elsewhere().await?, account()?);
    let mut last = None;
    for _ in 0..3 {
        let next = made(ground, last);
        ground.store().set_callback(&account, &next).await?;
        assert_eq!(elsewhere.callback(&account).await?, Some(next.clone()));
        last = Some(next);
    }
    Ok(())
}

pub(super) async fn a_removed_callback_is_gone_and_the_others_stay(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (store, one, other) = (ground.store(), account()?, account()?);
    let kept = made(ground, None);
    store.set_callback(&one, &made(ground, None)).await?;
    store.set_callback(&other, &kept).await?;
    for _ in 0..2 {
        store.remove_callback(&one).await?;
        assert_eq!(store.callback(&one).await?, None);
    }
    assert_eq!(store.callback(&other).await?, Some(kept));
    Ok(())
}

pub(super) async fn a_callbacks_message_goes_to_a_queue_of_its_own_whatever_its_step(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let mut sent = Vec::new();
    for &step in Step::ALL {
        let mut message = message(step)?;
        message.cause = Cause::Callback;
        sent.push(message);
    }
    let outgoing: Vec<_> = sent.iter().cloned().map(at_once).collect();
    ground.queue().send(&outgoing).await?;
    let (queue, look) = (ground.queue(), ground.look());
    let received = read(&drain_function(&queue, FUNCTION, LONG, look).await?)?;
    sent.sort_by(|a, b| a.registration.cmp(&b.registration));
    assert_eq!(received, sent);
    for &step in Step::ALL {
        assert_eq!(read(&drain(&queue, step, LONG, look).await?)?, []);
    }
    Ok(())
}

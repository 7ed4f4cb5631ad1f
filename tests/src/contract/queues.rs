//! What is sent is received: by the right function, whole, and not too early.

use std::sync::Arc;
use std::time::Duration;

use platform::message::Cause;
use platform::queue::{Delivery, Depth, LONGEST_DELAY, Outgoing};
use platform::{Message, Queue};
use registration::{AccountId, RegistrationId, Round, Step};

use super::Ground;
use super::made::{at_once, becomes, message, messages, only, together};

/// Longer than any scenario takes: what is received stays in flight.
pub(super) const LONG: Duration = Duration::from_secs(600);

/// Empty receives in a row after which there is surely nothing more.
const EMPTY: usize = 3;

/// Receives until there is nothing more, everything for `visibility`.
pub(super) async fn drain(
    queue: &Arc<dyn Queue>,
    step: Step,
    visibility: Duration,
    look: Duration,
) -> anyhow::Result<Vec<Delivery>> {
    drain_function(queue, step.function(), visibility, look).await
}

/// The same, of a function that may be no step's.
pub(super) async fn drain_function(
    queue: &Arc<dyn Queue>,
    function: &str,
    visibility: Duration,
    look: Duration,
) -> anyhow::Result<Vec<Delivery>> {
    let (mut received, mut empty) = (Vec::new(), 0);
    while empty < EMPTY {
        let some = queue.receive(function, 10, visibility, look).await?;
        empty = if some.is_empty() { empty + 1 } else { 0 };
        received.extend(some);
    }
    Ok(received)
}

/// The messages of some deliveries, in the order of their registrations.
pub(super) fn read(deliveries: &[Delivery]) -> anyhow::Result<Vec<Message>> {
    let mut messages = Vec::new();
    for delivery in deliveries {
        messages.push(delivery.message.clone().map_err(anyhow::Error::msg)?);
    }
    messages.sort_by(|a, b| a.registration.cmp(&b.registration));
    Ok(messages)
}

fn sent(outgoing: &[Outgoing]) -> Vec<Message> {
    let mut messages: Vec<Message> = outgoing.iter().map(|sent| sent.message.clone()).collect();
    messages.sort_by(|a, b| a.registration.cmp(&b.registration));
    messages
}

/// Everything in a step's queue, which then stays in flight.
async fn all(ground: &dyn Ground, step: Step) -> anyhow::Result<Vec<Message>> {
    read(&drain(&ground.queue(), step, LONG, ground.look()).await?)
}

pub(super) async fn what_is_sent_is_received_as_it_was(ground: &dyn Ground) -> anyhow::Result<()> {
    let causes = [
        Cause::Next,
        Cause::Retry,
        Cause::Look,
        Cause::Webhook,
        Cause::Rescue,
    ];
    for step in [Step::Brand, Step::Campaign, Step::Number] {
        let mut outgoing = Vec::new();
        for (at, cause) in causes.into_iter().enumerate() {
            let round = (0..at).fold(Round::FIRST, |round, _| round.next());
            outgoing.push(at_once(Message {
                cause,
                round,
                ..message(step)?
            }));
        }
        ground.queue().send(&outgoing).await?;
        let received = drain(&ground.queue(), step, LONG, ground.look()).await?;
        assert_eq!(read(&received)?, sent(&outgoing));
        assert!(received.iter().all(|delivery| delivery.receives == 1));
    }
    Ok(())
}

pub(super) async fn sending_nothing_sends_nothing(ground: &dyn Ground) -> anyhow::Result<()> {
    ground.queue().send(&[]).await?;
    for &step in Step::ALL {
        assert_eq!(all(ground, step).await?, []);
    }
    Ok(())
}

pub(super) async fn a_batch_of_more_than_ten_is_sent_whole(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    for count in [11, 64] {
        let mut outgoing = messages(Step::Brand, count)?;
        outgoing.extend(messages(Step::Number, count)?);
        ground.queue().send(&outgoing).await?;
        let (brands, numbers) = outgoing.split_at(count);
        assert_eq!(all(ground, Step::Brand).await?, sent(brands));
        assert_eq!(all(ground, Step::Number).await?, sent(numbers));
    }
    Ok(())
}

pub(super) async fn a_message_of_the_longest_ids_comes_through(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let mut outgoing = messages(Step::Number, 12)?;
    for Outgoing { message, .. } in &mut outgoing {
        message.account = AccountId::parse(&"a".repeat(64))?;
        message.registration =
            RegistrationId::parse(&format!("{}-999999999", message.registration))?;
        message.round = serde_json::from_str(&u32::MAX.to_string())?;
    }
    ground.queue().send(&outgoing).await?;
    assert_eq!(all(ground, Step::Number).await?, sent(&outgoing));
    Ok(())
}

pub(super) async fn every_function_has_a_queue_of_its_own(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let mut outgoing = Vec::new();
    for &step in Step::ALL {
        outgoing.extend(messages(step, 2)?);
    }
    ground.queue().send(&outgoing).await?;
    for function in Step::functions() {
        let mine = |sent: &&Outgoing| sent.message.step.function() == function;
        let expected: Vec<Outgoing> = outgoing.iter().filter(mine).cloned().collect();
        let step = expected
            .first()
            .map_or(Step::Brand, |sent| sent.message.step);
        assert_eq!(all(ground, step).await?, sent(&expected), "{function}");
    }
    Ok(())
}

pub(super) async fn a_receive_gives_no_more_than_it_was_asked_for(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let outgoing = messages(Step::Brand, 30)?;
    ground.queue().send(&outgoing).await?;
    let mut received = Vec::new();
    let (mut empty, mut sizes) = (0, [1, 3, 10, 64].into_iter().cycle());
    while empty < EMPTY {
        let most = sizes.next().unwrap_or(1);
        let function = Step::Brand.function();
        let some = ground
            .queue()
            .receive(function, most, LONG, ground.look())
            .await?;
        assert!(some.len() <= most, "{} of {most}", some.len());
        empty = if some.is_empty() { empty + 1 } else { 0 };
        received.extend(some);
    }
    assert_eq!(read(&received)?, sent(&outgoing));
    Ok(())
}

pub(super) async fn many_receivers_at_once_get_different_messages(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let outgoing = messages(Step::Campaign, 120)?;
    ground.queue().send(&outgoing).await?;
    let (_, elsewhere) = ground.elsewhere().await?;
    let look = ground.look();
    let receiver = |at| {
        let queue = if at % 2 == 0 {
            ground.queue()
        } else {
            elsewhere.clone()
        };
        async move { drain(&queue, Step::Campaign, LONG, look).await }
    };
    let received = together((0..8).map(receiver)).await?.concat();
    assert_eq!(read(&received)?, sent(&outgoing));
    Ok(())
}

pub(super) async fn many_senders_at_once_lose_nothing(ground: &dyn Ground) -> anyhow::Result<()> {
    let (_, elsewhere) = ground.elsewhere().await?;
    let mut outgoing = Vec::new();
    let mut tasks = Vec::new();
    for at in 0..30 {
        let some = messages(Step::Brand, at % 4)?;
        outgoing.extend(some.clone());
        let queue = if at % 2 == 0 {
            ground.queue()
        } else {
            elsewhere.clone()
        };
        tasks.push(async move { queue.send(&some).await });
    }
    together(tasks).await?;
    assert_eq!(all(ground, Step::Brand).await?, sent(&outgoing));
    Ok(())
}

pub(super) async fn a_receiver_that_waits_gets_what_is_sent_meanwhile(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let queue = ground.queue();
    let (wait, early) = (Duration::from_secs(16), Duration::from_secs(8));
    let waits =
        tokio::spawn(async move { queue.receive(Step::Brand.function(), 1, LONG, wait).await });
    // Long enough that it waits by now; if it does not, the test shows less.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let outgoing = messages(Step::Brand, 1)?;
    ground.queue().send(&outgoing).await?;
    let received = tokio::time::timeout(early, waits).await???;
    assert_eq!(read(&received)?, sent(&outgoing), "it waited for nothing");
    Ok(())
}

pub(super) async fn what_one_process_sends_another_receives(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (_, elsewhere) = ground.elsewhere().await?;
    let outgoing = messages(Step::Brand, 3)?;
    elsewhere.send(&outgoing).await?;
    let received = drain(&ground.queue(), Step::Brand, LONG, ground.look()).await?;
    assert_eq!(read(&received)?, sent(&outgoing));
    // In whose hands a message is, is known to both.
    assert!(
        drain(&elsewhere, Step::Brand, LONG, ground.look())
            .await?
            .is_empty()
    );
    for delivery in &received {
        elsewhere.acknowledge(&delivery.receipt).await?;
    }
    becomes(Depth::default(), async || {
        Ok(ground.queue().depth(Step::Brand.function()).await?)
    })
    .await
}

pub(super) async fn a_delayed_message_is_not_received_before_its_time(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let delay = Duration::from_secs(3);
    let delayed = Outgoing {
        message: message(Step::Brand)?,
        delay,
    };
    let now = at_once(message(Step::Brand)?);
    ground.queue().send(&[delayed.clone(), now.clone()]).await?;
    let begun = ground.clock().now();
    let early = ground
        .queue()
        .receive(Step::Brand.function(), 10, LONG, ground.look())
        .await?;
    assert_eq!(read(&early)?, sent(&[now]));
    let mut late = Vec::new();
    for _ in 0..10 {
        late = ground
            .queue()
            .receive(Step::Brand.function(), 10, LONG, ground.look())
            .await?;
        if !late.is_empty() {
            break;
        }
        ground.pass(Duration::from_millis(500)).await;
    }
    // SQS counts in whole seconds.
    let waited = Duration::try_from(ground.clock().now().duration_since(begun))?;
    assert!(
        waited + Duration::from_secs(1) >= delay,
        "it came after {waited:?}"
    );
    assert_eq!(read(&late)?, sent(&[delayed]));
    Ok(())
}

pub(super) async fn the_longest_delay_is_taken(ground: &dyn Ground) -> anyhow::Result<()> {
    let delayed = Outgoing {
        message: message(Step::Brand)?,
        delay: LONGEST_DELAY,
    };
    ground.queue().send(&[delayed]).await?;
    ground.pass(Duration::from_secs(1)).await;
    assert_eq!(all(ground, Step::Brand).await?, []);
    let depth = Depth {
        delayed: 1,
        ..Depth::default()
    };
    becomes(depth, async || {
        Ok(ground.queue().depth(Step::Brand.function()).await?)
    })
    .await
}

pub(super) async fn the_depth_tells_what_waits_what_is_in_flight_and_what_is_delayed(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let queue = ground.queue();
    let depth = async || anyhow::Ok(queue.depth(Step::Brand.function()).await?);
    assert_eq!(depth().await?, Depth::default());
    let mut outgoing = messages(Step::Brand, 7)?;
    for delayed in outgoing.iter_mut().take(2) {
        delayed.delay = LONGEST_DELAY;
    }
    queue.send(&outgoing).await?;
    queue.send(&messages(Step::Campaign, 3)?).await?;
    becomes(
        Depth {
            waiting: 5,
            delayed: 2,
            ..Depth::default()
        },
        depth,
    )
    .await?;
    let mut received = Vec::new();
    for _ in 0..2 {
        let one = queue
            .receive(Step::Brand.function(), 1, LONG, ground.look())
            .await?;
        received.push(only(one)?);
    }
    becomes(
        Depth {
            waiting: 3,
            in_flight: 2,
            delayed: 2,
            dead: 0,
        },
        depth,
    )
    .await?;
    for delivery in &received {
        queue.acknowledge(&delivery.receipt).await?;
    }
    becomes(
        Depth {
            waiting: 3,
            delayed: 2,
            ..Depth::default()
        },
        depth,
    )
    .await?;
    let other = queue.depth(Step::Campaign.function()).await?;
    assert_eq!(
        other,
        Depth {
            waiting: 3,
            ..Depth::default()
        }
    );
    Ok(())
}

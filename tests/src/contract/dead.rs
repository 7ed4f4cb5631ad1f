//! A message that nobody can finish, put aside.

use std::time::Duration;

use platform::Message;
use platform::queue::{Depth, MAX_RECEIVES};
use registration::Step;

use super::Ground;
use super::made::{at_once, becomes, message, messages, only};
use super::queues::{LONG, drain, read};

/// How long a message is hidden that is to come again.
const SHORT: Duration = Duration::from_secs(1);

/// Surely longer.
const LONGER: Duration = Duration::from_secs(2);

/// More receives than any of these messages is owed.
const MANY: u32 = 4 * MAX_RECEIVES;

async fn dead(ground: &dyn Ground, step: Step) -> anyhow::Result<Vec<Message>> {
    let letters = ground.queue().dead_letters(step.function(), 10).await?;
    assert!(
        letters.iter().all(|letter| letter.receives >= MAX_RECEIVES),
        "{letters:?}"
    );
    let mut messages = Vec::new();
    for letter in letters {
        messages.push(serde_json::from_str::<Message>(&letter.body)?);
    }
    messages.sort_by(|a, b| a.registration.cmp(&b.registration));
    Ok(messages)
}

/// Receives and drops what is in a step's queue until nothing comes any more;
/// how often something came.
async fn wear_out(ground: &dyn Ground, step: Step) -> anyhow::Result<u32> {
    let (mut received, mut empty) = (0, 0);
    while empty < 2 {
        let some = ground
            .queue()
            .receive(step.function(), 1, SHORT, ground.look())
            .await?;
        empty = if some.is_empty() { empty + 1 } else { 0 };
        for delivery in some {
            received += 1;
            assert_eq!(delivery.receives, received);
            anyhow::ensure!(received < MANY, "it comes for ever");
        }
        ground.pass(LONGER).await;
    }
    Ok(received)
}

pub(super) async fn a_message_received_too_often_becomes_a_dead_letter(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let poison = message(Step::Brand)?;
    ground.queue().send(&[at_once(poison.clone())]).await?;
    assert_eq!(dead(ground, Step::Brand).await?, []);
    assert_eq!(wear_out(ground, Step::Brand).await?, MAX_RECEIVES);
    becomes(vec![poison], async || dead(ground, Step::Brand).await).await?;
    assert_eq!(
        dead(ground, Step::Campaign).await?,
        [],
        "another function's"
    );
    let depth = Depth {
        dead: 1,
        ..Depth::default()
    };
    becomes(depth, async || {
        Ok(ground.queue().depth(Step::Brand.function()).await?)
    })
    .await
}

pub(super) async fn looking_at_dead_letters_takes_none_away(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let poison = message(Step::Campaign)?;
    ground.queue().send(&[at_once(poison.clone())]).await?;
    wear_out(ground, Step::Campaign).await?;
    for _ in 0..3 {
        becomes(vec![poison.clone()], async || {
            dead(ground, Step::Campaign).await
        })
        .await?;
    }
    let none = ground
        .queue()
        .dead_letters(Step::Campaign.function(), 0)
        .await?;
    assert!(none.is_empty(), "no more than asked for");
    Ok(())
}

pub(super) async fn a_dead_letter_holds_up_no_other_message(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let poison = message(Step::Number)?;
    ground.queue().send(&[at_once(poison.clone())]).await?;
    wear_out(ground, Step::Number).await?;
    let outgoing = messages(Step::Number, 3)?;
    ground.queue().send(&outgoing).await?;
    let received = drain(&ground.queue(), Step::Number, LONG, ground.look()).await?;
    assert_eq!(read(&received)?.len(), outgoing.len());
    for delivery in received {
        only(vec![delivery.message.map_err(anyhow::Error::msg)?])
            .map(|message| assert_ne!(message, poison))?;
        ground.queue().acknowledge(&delivery.receipt).await?;
    }
    becomes(vec![poison], async || dead(ground, Step::Number).await).await
}

pub(super) async fn a_dead_letter_that_is_taken_is_hidden_and_comes_again_until_it_is_acknowledged(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (poison, queue) = (message(Step::Brand)?, ground.queue());
    queue.send(&[at_once(poison.clone())]).await?;
    wear_out(ground, Step::Brand).await?;
    becomes(vec![poison.clone()], async || {
        dead(ground, Step::Brand).await
    })
    .await?;
    let take = async |visibility| {
        let function = Step::Brand.function();
        anyhow::Ok(
            queue
                .take_dead(function, 10, visibility, ground.look())
                .await?,
        )
    };
    // Longer than a look takes.
    let hidden = SHORT * 4;
    let abandoned = only(take(hidden).await?)?;
    assert!(take(hidden).await?.is_empty(), "it was in two hands");
    ground.pass(hidden + SHORT).await;
    let taken = only(take(LONG).await?)?;
    assert_eq!(taken.message.map_err(anyhow::Error::msg)?, poison);
    assert_ne!(taken.receipt, abandoned.receipt);
    // Taking is no receive of the queue itself.
    let waiting = drain(&queue, Step::Brand, LONG, ground.look()).await?;
    assert!(waiting.is_empty(), "{waiting:?}");
    queue.acknowledge(&taken.receipt).await?;
    becomes(Depth::default(), async || {
        Ok(queue.depth(Step::Brand.function()).await?)
    })
    .await
}

pub(super) async fn a_dead_letter_that_is_sent_again_is_a_message_like_any_other(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (poison, queue) = (message(Step::Number)?, ground.queue());
    queue.send(&[at_once(poison.clone())]).await?;
    wear_out(ground, Step::Number).await?;
    becomes(vec![poison.clone()], async || {
        dead(ground, Step::Number).await
    })
    .await?;
    let function = Step::Number.function();
    let none = queue.take_dead(Step::Brand.function(), 10, LONG, ground.look());
    assert!(none.await?.is_empty(), "another function's");
    let taken = only(queue.take_dead(function, 10, LONG, ground.look()).await?)?;
    let again = taken.message.map_err(anyhow::Error::msg)?;
    queue.send(&[at_once(again)]).await?;
    queue.acknowledge(&taken.receipt).await?;
    assert_eq!(wear_out(ground, Step::Number).await?, MAX_RECEIVES);
    becomes(vec![poison], async || dead(ground, Step::Number).await).await
}

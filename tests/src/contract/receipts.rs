//! A message in somebody's hands: hidden, acknowledged, or given to another.

use std::time::Duration;

use platform::queue::{Delivery, MAX_RECEIVES};
use registration::Step;

use super::Ground;
use super::made::{messages, only};
use super::queues::{LONG, drain, read};

/// How long a message is hidden that is to come again.
const SHORT: Duration = Duration::from_secs(2);

/// Surely longer.
const LONGER: Duration = Duration::from_secs(3);

async fn receive(ground: &dyn Ground, visibility: Duration) -> anyhow::Result<Vec<Delivery>> {
    drain(&ground.queue(), Step::Brand, visibility, ground.look()).await
}

/// What is there once it is not hidden any more: held for long from then on.
async fn receive_again(ground: &dyn Ground) -> anyhow::Result<Vec<Delivery>> {
    ground.pass(LONGER).await;
    receive(ground, LONG).await
}

/// So many messages, sent and in our hands for `visibility`, taken in one go.
async fn in_hand(
    ground: &dyn Ground,
    count: usize,
    visibility: Duration,
) -> anyhow::Result<Vec<Delivery>> {
    ground.queue().send(&messages(Step::Brand, count)?).await?;
    let (mut received, mut empty) = (Vec::new(), 0);
    while received.len() < count {
        let most = count - received.len();
        let function = Step::Brand.function();
        let some = ground
            .queue()
            .receive(function, most, visibility, ground.look())
            .await?;
        empty += usize::from(some.is_empty());
        anyhow::ensure!(empty < 20, "{most} of {count} messages do not come");
        received.extend(some);
    }
    Ok(received)
}

pub(super) async fn a_message_in_flight_is_hidden_from_everyone(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    in_hand(ground, 3, LONG).await?;
    let (_, elsewhere) = ground.elsewhere().await?;
    for _ in 0..2 {
        assert!(receive(ground, LONG).await?.is_empty());
        assert!(
            drain(&elsewhere, Step::Brand, LONG, ground.look())
                .await?
                .is_empty()
        );
        ground.pass(Duration::from_secs(1)).await;
    }
    Ok(())
}

pub(super) async fn a_message_that_is_not_acknowledged_comes_again_and_its_receives_are_counted(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let first = only(in_hand(ground, 1, SHORT).await?)?;
    let mut last = first.clone();
    for receives in 2..MAX_RECEIVES {
        ground.pass(LONGER).await;
        let function = Step::Brand.function();
        let again = only(
            ground
                .queue()
                .receive(function, 1, SHORT, ground.look())
                .await?,
        )?;
        assert_eq!(again.message, first.message);
        assert_eq!(again.receives, receives);
        last = again;
    }
    assert_eq!((first.receives, last.receives), (1, MAX_RECEIVES - 1));
    ground.queue().acknowledge(&last.receipt).await?;
    assert!(receive_again(ground).await?.is_empty());
    Ok(())
}

pub(super) async fn an_acknowledged_message_never_comes_again(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    for delivery in in_hand(ground, 12, SHORT).await? {
        ground.queue().acknowledge(&delivery.receipt).await?;
    }
    for _ in 0..2 {
        assert!(receive_again(ground).await?.is_empty());
    }
    Ok(())
}

pub(super) async fn acknowledging_a_message_leaves_its_neighbours(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let mut received = in_hand(ground, 10, SHORT).await?;
    let neighbours = received.split_off(4);
    for delivery in &received {
        ground.queue().acknowledge(&delivery.receipt).await?;
    }
    let again = receive_again(ground).await?;
    assert_eq!(read(&again)?, read(&neighbours)?);
    Ok(())
}

pub(super) async fn a_message_acknowledged_twice_takes_no_other_with_it(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let mut received = in_hand(ground, 3, SHORT).await?;
    let neighbours = received.split_off(1);
    let acknowledged = only(received)?;
    for _ in 0..2 {
        ground.queue().acknowledge(&acknowledged.receipt).await?;
    }
    assert_eq!(read(&receive_again(ground).await?)?, read(&neighbours)?);
    Ok(())
}

pub(super) async fn an_old_receipt_acknowledges_nothing_that_is_in_anothers_hands(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let old = only(in_hand(ground, 1, SHORT).await?)?;
    ground.pass(LONGER).await;
    let function = Step::Brand.function();
    let new = only(
        ground
            .queue()
            .receive(function, 1, SHORT, ground.look())
            .await?,
    )?;
    assert_ne!(old.receipt, new.receipt);
    ground.queue().acknowledge(&old.receipt).await?;
    // The other crashes: the message must come again.
    let again = only(receive_again(ground).await?)?;
    assert_eq!(again.message, old.message);
    ground.queue().acknowledge(&again.receipt).await?;
    Ok(())
}

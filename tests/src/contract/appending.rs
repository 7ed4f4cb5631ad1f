//! How a history grows: one event after the other, one writer for each.

use std::sync::Arc;

use platform::Store;
use platform::store::{Append, StoreError};
use serde_json::json;

use super::Ground;
use super::made::{Story, only, together};

const WRITERS: usize = 32;
const SEQS: usize = 20;
const REGISTRATIONS: usize = 16;
const EVENTS: usize = 12;

async fn begun(ground: &dyn Ground) -> anyhow::Result<(Story, Append)> {
    let mut story = Story::new(ground.clock().now())?;
    let first = story.on()?;
    ground.store().begin(first.clone(), None).await?;
    Ok((story, first))
}

pub(super) async fn events_are_added_one_after_the_other_and_the_row_follows(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (mut story, first) = begun(ground).await?;
    let mut history = vec![first.event];
    for at in 0..EVENTS {
        story.row.last_error = Some(format!("error {at}"));
        let append = story.next(json!(at))?;
        ground.store().append(append.clone()).await?;
        history.push(append.event);
        assert_eq!(ground.store().row(story.id()).await?, Some(append.row));
        assert_eq!(ground.store().history(story.id()).await?, history);
    }
    Ok(())
}

pub(super) async fn a_seq_that_is_taken_is_refused_and_nothing_is_changed(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (mut story, first) = begun(ground).await?;
    let mut at_two = story.clone();
    let second = story.on()?;
    ground.store().append(second.clone()).await?;
    let third = story.on()?;
    ground.store().append(third.clone()).await?;
    at_two.row.last_error = Some("too late".to_owned());
    let mut at_one = at_two.clone();
    at_one.row.seq = 0;
    for late in [
        third.clone(),
        at_one.next(json!("too late"))?,
        at_two.next(json!("too late"))?,
    ] {
        let seq = late.event.seq;
        match ground.store().append(late).await {
            Err(StoreError::Taken {
                registration,
                seq: taken,
            }) => {
                assert_eq!((&registration, taken), (story.id(), seq));
            }
            other => anyhow::bail!("seq {seq} is taken, and the answer was {other:?}"),
        }
    }
    let history = ground.store().history(story.id()).await?;
    assert_eq!(history, [first.event, second.event, third.event]);
    assert_eq!(
        ground.store().row(story.id()).await?,
        Some(third.row),
        "the row was touched"
    );
    Ok(())
}

pub(super) async fn an_event_that_would_leave_a_gap_is_refused_and_nothing_is_changed(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (mut story, first) = begun(ground).await?;
    let mut other = Story::new(ground.clock().now())?;
    let second = story.on()?;
    let third = story.on()?;
    let refused = ground.store().append(third.clone()).await;
    assert!(
        refused.is_err(),
        "event 3 was taken though there is no event 2"
    );
    let history = ground.store().history(story.id()).await?;
    assert_eq!(history, std::slice::from_ref(&first.event));
    assert_eq!(ground.store().row(story.id()).await?, Some(first.row));
    other.on()?;
    let refused = ground.store().append(other.on()?).await;
    assert!(
        refused.is_err(),
        "event 2 was taken though nothing was begun"
    );
    assert!(ground.store().history(other.id()).await?.is_empty());
    assert_eq!(ground.store().row(other.id()).await?, None);
    // In their order both fit.
    ground.store().append(second.clone()).await?;
    ground.store().append(third.clone()).await?;
    let history = ground.store().history(story.id()).await?;
    assert_eq!(history, [first.event, second.event, third.event]);
    Ok(())
}

async fn append(store: Arc<dyn Store>, append: Append) -> anyhow::Result<Option<Append>> {
    match store.append(append.clone()).await {
        Ok(()) => Ok(Some(append)),
        Err(StoreError::Taken { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn of_32_writers_on_one_seq_exactly_one_wins_20_times_in_a_row(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (story, first) = begun(ground).await?;
    let (elsewhere, _) = ground.elsewhere().await?;
    let mut stories = vec![story.clone(); WRITERS];
    let mut history = vec![first.event];
    for _ in 0..SEQS {
        let mut tasks = Vec::new();
        for (at, story) in stories.iter_mut().enumerate() {
            story.row.last_error = Some(format!("writer {at}"));
            let store = if at % 2 == 0 {
                ground.store()
            } else {
                elsewhere.clone()
            };
            tasks.push(append(store, story.next(json!({ "writer": at }))?));
        }
        let winner = only(together(tasks).await?.into_iter().flatten().collect())?;
        assert_eq!(
            ground.store().row(story.id()).await?,
            Some(winner.row.clone())
        );
        history.push(winner.event);
        assert_eq!(ground.store().history(story.id()).await?, history);
        // All others take the winner's event as the one before theirs.
        let won = stories
            .iter()
            .find(|story| story.row == winner.row)
            .cloned();
        stories = vec![won.unwrap_or(story.clone()); WRITERS];
    }
    Ok(())
}

/// A registration with a row that is one event behind, and the row it should
/// have.
async fn behind(ground: &dyn Ground) -> anyhow::Result<(Story, Append, Append)> {
    let (mut story, first) = begun(ground).await?;
    story.row.last_error = Some("not to be seen yet".to_owned());
    let mut second = story.on()?;
    second.leaves_row = true;
    ground.store().append(second.clone()).await?;
    assert_eq!(
        ground.store().row(story.id()).await?,
        Some(first.row.clone())
    );
    Ok((story, first, second))
}

pub(super) async fn an_event_that_leaves_the_row_leaves_it_behind_until_the_next(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (mut story, first, second) = behind(ground).await?;
    let third = story.on()?;
    ground.store().append(third.clone()).await?;
    let history = ground.store().history(story.id()).await?;
    assert_eq!(history, [first.event, second.event, third.event]);
    assert_eq!(ground.store().row(story.id()).await?, Some(third.row));
    Ok(())
}

pub(super) async fn a_row_that_is_behind_is_brought_up_and_never_taken_back(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (mut story, first, second) = behind(ground).await?;
    let store = ground.store();
    // Twice, and then by somebody who has not seen the second event.
    for row in [&second.row, &second.row, &first.row] {
        store.project(row).await?;
        assert_eq!(store.row(story.id()).await?, Some(second.row.clone()));
    }
    let third = story.on()?;
    store.append(third.clone()).await?;
    store.project(&second.row).await?;
    assert_eq!(store.row(story.id()).await?, Some(third.row));
    assert_eq!(store.history(story.id()).await?.len(), 3);
    Ok(())
}

pub(super) async fn many_registrations_written_at_once_keep_to_themselves(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let mut tasks = Vec::new();
    for _ in 0..REGISTRATIONS {
        let (store, mut story) = (ground.store(), Story::new(ground.clock().now())?);
        tasks.push(async move {
            let mut written = Vec::new();
            let first = story.on()?;
            store.begin(first.clone(), None).await?;
            written.push(first.event);
            for at in 0..EVENTS {
                let append = story.next(json!({ "of": story.id(), "at": at }))?;
                store.append(append.clone()).await?;
                written.push(append.event);
            }
            anyhow::Ok((story, written))
        });
    }
    for (story, written) in together(tasks).await? {
        assert_eq!(ground.store().history(story.id()).await?, written);
        assert_eq!(ground.store().row(story.id()).await?, Some(story.row));
    }
    Ok(())
}

pub(super) async fn what_one_process_has_written_another_reads_at_once(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (elsewhere, _) = ground.elsewhere().await?;
    let (mut story, first) = begun(ground).await?;
    let mut history = vec![first.event];
    for at in 0..EVENTS {
        let (writes, reads) = match at % 2 {
            0 => (ground.store(), elsewhere.clone()),
            _ => (elsewhere.clone(), ground.store()),
        };
        assert_eq!(reads.history(story.id()).await?, history);
        let append = story.next(json!(at))?;
        writes.append(append.clone()).await?;
        history.push(append.event);
        assert_eq!(reads.row(story.id()).await?, Some(append.row));
        assert_eq!(reads.history(story.id()).await?, history);
    }
    Ok(())
}

//! Rows by account, by status and by when they are due.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use platform::Store;
use platform::store::{Append, PAGE, Row, RowQuery};
use registrar::service::random;
use registration::patience::later;
use registration::{AccountId, RegistrationId, Status};

use super::Ground;
use super::made::{Story, account, becomes, ids, together};

/// More than any list here is long.
const ALL: usize = 1_000;

/// So many new registrations of this account, oldest first, written in no order.
async fn begun(ground: &dyn Ground, account: &AccountId, count: u64) -> anyhow::Result<Vec<Story>> {
    let now = ground.clock().now();
    let mut stories = Vec::new();
    for at in 0..count {
        let mut story = Story::of(account.clone(), later(now, Duration::from_millis(at)))?;
        let append = story.on()?;
        stories.push((story, append));
    }
    let begin = |(_, append): &(Story, Append)| {
        let (store, append) = (ground.store(), append.clone());
        async move { store.begin(append, None).await }
    };
    together(stories.iter().rev().map(begin)).await?;
    Ok(stories.into_iter().map(|(story, _)| story).collect())
}

fn newest_first(stories: &[Story]) -> Vec<RegistrationId> {
    stories
        .iter()
        .rev()
        .map(|story| story.id().clone())
        .collect()
}

/// Every page of a list, at the end of which there is nothing more.
async fn pages(
    store: &Arc<dyn Store>,
    mut query: RowQuery,
) -> anyhow::Result<Vec<Vec<RegistrationId>>> {
    let mut pages = Vec::new();
    loop {
        let page = store.rows(&query).await?;
        pages.push(ids(&page));
        anyhow::ensure!(pages.len() < ALL, "the list has no end");
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(pages),
        }
    }
}

pub(super) async fn rows_of_an_account_are_listed_newest_first(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (ours, others) = (account()?, account()?);
    let stories = begun(ground, &ours, 7).await?;
    begun(ground, &others, 7).await?;
    let query = RowQuery {
        account: Some(ours),
        most: PAGE,
        ..RowQuery::default()
    };
    let rows: Vec<Row> = stories
        .iter()
        .rev()
        .map(|story| story.row.clone())
        .collect();
    becomes((rows, None), async || {
        let page = ground.store().rows(&query).await?;
        Ok((page.rows, page.next))
    })
    .await
}

pub(super) async fn rows_are_listed_by_status_and_move_with_it(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (store, account) = (ground.store(), account()?);
    let mut stories = begun(ground, &account, 9).await?;
    for story in stories.iter_mut().step_by(3) {
        story.row.status = Status::Suspended;
        store.append(story.on()?).await?;
    }
    let (moved, stayed): (Vec<Story>, Vec<Story>) = stories
        .into_iter()
        .partition(|story| story.row.status == Status::Suspended);
    for (stories, status) in [(&moved, Status::Suspended), (&stayed, Status::InProgress)] {
        let expected = newest_first(stories);
        let query = RowQuery {
            status: Some(status),
            most: PAGE,
            ..RowQuery::default()
        };
        let of_account = RowQuery {
            account: Some(account.clone()),
            ..query.clone()
        };
        becomes(vec![expected.clone()], async || {
            pages(&store, of_account.clone()).await
        })
        .await?;
        // Of everyone's rows, look at our own.
        becomes(expected.clone(), async || {
            let listed = pages(&store, query.clone()).await?.concat();
            Ok(listed
                .into_iter()
                .filter(|id| expected.contains(id))
                .collect())
        })
        .await?;
    }
    let nobody = RowQuery {
        account: Some(account),
        status: Some(Status::Parked),
        most: PAGE,
        ..RowQuery::default()
    };
    assert!(store.rows(&nobody).await?.rows.is_empty());
    Ok(())
}

pub(super) async fn pages_hold_every_row_once_whatever_their_size(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let account = account()?;
    let stories = begun(ground, &account, 24).await?;
    for most in [1, 5, 8, 23, 24, 25] {
        let query = RowQuery {
            account: Some(account.clone()),
            most,
            ..RowQuery::default()
        };
        becomes(newest_first(&stories), async || {
            let pages = pages(&ground.store(), query.clone()).await?;
            assert!(
                pages.iter().all(|page| page.len() <= most),
                "{most} at most: {pages:?}"
            );
            Ok(pages.concat())
        })
        .await?;
    }
    Ok(())
}

pub(super) async fn a_page_holds_no_more_than_the_most_there_is(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let account = account()?;
    let stories = begun(ground, &account, u64::try_from(PAGE)? + 5).await?;
    let query = RowQuery {
        account: Some(account),
        most: ALL,
        ..RowQuery::default()
    };
    becomes(newest_first(&stories), async || {
        let pages = pages(&ground.store(), query.clone()).await?;
        assert!(pages.iter().all(|page| page.len() <= PAGE));
        Ok(pages.concat())
    })
    .await
}

pub(super) async fn a_list_of_nothing_is_an_empty_page(ground: &dyn Ground) -> anyhow::Result<()> {
    let (store, unknown) = (ground.store(), Story::new(ground.clock().now())?);
    let query = RowQuery {
        account: Some(account()?),
        most: PAGE,
        ..RowQuery::default()
    };
    let rows = store.rows(&query).await?;
    let numbers = store.numbers(unknown.id(), None).await?;
    for page in [rows, numbers] {
        assert_eq!((page.rows, page.next), (Vec::new(), None));
    }
    Ok(())
}

/// Of everyone's rows that are due, our own.
async fn due(
    ground: &dyn Ground,
    stories: &[Story],
    now: Timestamp,
) -> anyhow::Result<Vec<RegistrationId>> {
    let ours = |id: &RegistrationId| stories.iter().any(|story| story.id() == id);
    let due = ground.store().due(now, ALL).await?;
    Ok(due.into_iter().map(|row| row.id).filter(ours).collect())
}

/// Registrations and a number, due 0, 10, 20 … milliseconds after a time long
/// ago at which nothing else is due, written in no order.
async fn due_long_ago(ground: &dyn Ground) -> anyhow::Result<(Vec<Story>, Timestamp)> {
    let day = i64::try_from(random() % 86_400_000)?;
    let start = Timestamp::from_millisecond(day)?;
    let order = Story::new(ground.clock().now())?;
    let mut stories = Vec::new();
    for at in 0..6 {
        let mut story = match at {
            3 => order.number(1),
            _ => Story::new(ground.clock().now())?,
        };
        story.row.due_at = Some(later(start, Duration::from_millis(at * 10)));
        stories.push(story);
    }
    for place in [4, 1, 5, 0, 3, 2] {
        if let Some(story) = stories.get_mut(place) {
            ground.store().begin(story.on()?, None).await?;
        }
    }
    Ok((stories, start))
}

/// So that nobody after us finds it due.
async fn finish(ground: &dyn Ground, stories: Vec<Story>) -> anyhow::Result<()> {
    for mut story in stories {
        story.row.due_at = None;
        ground.store().append(story.on()?).await?;
    }
    Ok(())
}

pub(super) async fn rows_that_are_due_come_longest_due_first_and_no_others(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let mut undue = Story::new(ground.clock().now())?;
    ground.store().begin(undue.on()?, None).await?;
    let (mut stories, start) = due_long_ago(ground).await?;
    let expected: Vec<_> = stories.iter().map(|story| story.id().clone()).collect();
    let at = |milliseconds| later(start, Duration::from_millis(milliseconds));
    stories.push(undue);
    becomes(expected.clone(), async || {
        due(ground, &stories, at(50)).await
    })
    .await?;
    for (milliseconds, many) in [(49, 5), (25, 3), (20, 3), (19, 2), (0, 1)] {
        let some = due(ground, &stories, at(milliseconds)).await?;
        assert_eq!(
            Some(some.as_slice()),
            expected.get(..many),
            "due after {milliseconds} ms"
        );
    }
    let before = later(
        Timestamp::from_millisecond(start.as_millisecond() - 1)?,
        Duration::ZERO,
    );
    assert!(due(ground, &stories, before).await?.is_empty());
    assert_eq!(
        ground.store().due(at(50), 2).await?.len(),
        2,
        "no more than asked for"
    );
    finish(ground, stories.clone()).await?;
    becomes(Vec::new(), async || due(ground, &stories, at(50)).await).await
}

pub(super) async fn a_row_is_postponed_only_while_its_history_stands_at_that_seq(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (store, now) = (ground.store(), ground.clock().now());
    let (soon, late) = (
        later(now, Duration::from_secs(1)),
        later(now, Duration::from_secs(3_600)),
    );
    let mut story = Story::new(now)?;
    story.row.due_at = Some(soon);
    store.begin(story.on()?, None).await?;
    store.append(story.on()?).await?;
    for other in [0, 1, 3, u64::from(u32::MAX)] {
        store
            .postpone(story.id(), other, late, Some("too late"))
            .await?;
        let row = store.row(story.id()).await?;
        assert_eq!(row, Some(story.row.clone()), "postponed at seq {other}");
    }
    let ours = [story.clone()];
    becomes(vec![story.id().clone()], async || {
        due(ground, &ours, soon).await
    })
    .await?;
    store
        .postpone(story.id(), 2, late, Some("the registry is down"))
        .await?;
    let last_error = Some("the registry is down".to_owned());
    story.row = Row {
        due_at: Some(late),
        last_error,
        ..story.row
    };
    assert_eq!(store.row(story.id()).await?, Some(story.row.clone()));
    becomes(Vec::new(), async || due(ground, &ours, soon).await).await?;
    becomes(vec![story.id().clone()], async || {
        due(ground, &ours, late).await
    })
    .await?;
    let nobody = Story::new(now)?;
    store
        .postpone(nobody.id(), 0, late, Some("nobody's"))
        .await?;
    assert_eq!(store.row(nobody.id()).await?, None, "postponing made a row");
    finish(ground, vec![story]).await
}

pub(super) async fn postponing_is_no_event_and_forgets_no_error(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (store, now) = (ground.store(), ground.clock().now());
    let mut story = Story::new(now)?;
    story.row.last_error = Some("the registry is down".to_owned());
    let first = story.on()?;
    store.begin(first.clone(), None).await?;
    let late = later(now, Duration::from_secs(3_600));
    store.postpone(story.id(), 1, late, None).await?;
    story.row.due_at = Some(late);
    // All but the time is as it was, `updated_at` too: no event was written.
    assert_eq!(store.row(story.id()).await?, Some(story.row.clone()));
    assert_eq!(store.history(story.id()).await?, [first.event]);
    finish(ground, vec![story]).await
}

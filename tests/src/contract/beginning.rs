//! How a history begins, once, whoever begins it and how often.

use std::time::Duration;

use anyhow::Context as _;
use platform::store::{Begun, Key, StoreError};
use registration::{AccountId, RegistrationId};
use serde_json::json;

use super::Ground;
use super::made::{Story, account, name, only, together};

const TOGETHER: usize = 16;

fn key(account: &AccountId, key: &str, body: &str) -> Option<Key> {
    Some(Key {
        account: account.clone(),
        key: key.to_owned(),
        body: body.repeat(64),
    })
}

async fn is_absent(ground: &dyn Ground, id: &RegistrationId) -> Result<bool, StoreError> {
    let store = ground.store();
    Ok(store.history(id).await?.is_empty() && store.row(id).await?.is_none())
}

pub(super) async fn a_history_that_was_begun_is_there_with_its_row(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let mut story = Story::new(ground.clock().now())?;
    let first = story.on()?;
    assert_eq!(ground.store().begin(first.clone(), None).await?, Begun::New);
    assert_eq!(ground.store().history(story.id()).await?, [first.event]);
    assert_eq!(ground.store().row(story.id()).await?, Some(first.row));
    Ok(())
}

pub(super) async fn a_registration_that_never_was_has_no_history_and_no_row(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let story = Story::new(ground.clock().now())?;
    assert!(is_absent(ground, story.id()).await?);
    Ok(())
}

pub(super) async fn beginning_a_registration_again_changes_nothing(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let mut story = Story::new(ground.clock().now())?;
    let mut other = story.clone();
    let first = story.on()?;
    ground.store().begin(first.clone(), None).await?;
    let second = story.on()?;
    ground.store().append(second.clone()).await?;
    let again = other.next(json!("something else"))?;
    assert_eq!(ground.store().begin(again, None).await?, Begun::Exists);
    assert_eq!(
        ground.store().history(story.id()).await?,
        [first.event, second.event]
    );
    assert_eq!(ground.store().row(story.id()).await?, Some(second.row));
    Ok(())
}

pub(super) async fn the_same_key_and_body_is_the_same_registration(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (now, account) = (ground.clock().now(), account()?);
    let (mut first, mut second) = (
        Story::of(account.clone(), now)?,
        Story::of(account.clone(), now)?,
    );
    let key = key(&account, "order-1", "a");
    assert_eq!(
        ground.store().begin(first.on()?, key.clone()).await?,
        Begun::New
    );
    for _ in 0..2 {
        let again = ground
            .store()
            .begin(second.clone().on()?, key.clone())
            .await?;
        assert_eq!(again, Begun::Repeated(first.id().clone()));
    }
    assert!(
        is_absent(ground, second.id()).await?,
        "a repetition began a history"
    );
    // Without the key it is an order of its own.
    assert_eq!(ground.store().begin(second.on()?, None).await?, Begun::New);
    Ok(())
}

pub(super) async fn the_same_key_with_another_body_is_taken_and_begins_nothing(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (now, account) = (ground.clock().now(), account()?);
    let (mut first, mut second) = (
        Story::of(account.clone(), now)?,
        Story::of(account.clone(), now)?,
    );
    ground
        .store()
        .begin(first.on()?, key(&account, "order-1", "a"))
        .await?;
    let other = ground
        .store()
        .begin(second.on()?, key(&account, "order-1", "b"))
        .await?;
    assert_eq!(other, Begun::KeyTaken);
    assert!(
        is_absent(ground, second.id()).await?,
        "a taken key began a history"
    );
    let mut third = Story::of(account.clone(), now)?;
    let again = ground
        .store()
        .begin(third.on()?, key(&account, "order-1", "a"))
        .await?;
    assert_eq!(
        again,
        Begun::Repeated(first.id().clone()),
        "the first body still has the key"
    );
    Ok(())
}

pub(super) async fn what_a_key_was_used_for_can_be_asked_and_asking_uses_none(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let account = account()?;
    let used = async |body: &str| {
        let key = key(&account, "order-1", body).context("no key")?;
        anyhow::Ok(ground.store().used_key(&key, ground.clock().now()).await?)
    };
    for _ in 0..2 {
        assert_eq!(used("a").await?, None);
    }
    let mut story = Story::of(account.clone(), ground.clock().now())?;
    let begun = ground
        .store()
        .begin(story.on()?, key(&account, "order-1", "a"))
        .await?;
    assert_eq!(begun, Begun::New);
    assert_eq!(used("a").await?, Some(Begun::Repeated(story.id().clone())));
    assert_eq!(used("b").await?, Some(Begun::KeyTaken));
    Ok(())
}

pub(super) async fn a_key_is_forgotten_after_thirty_days(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (now, account) = (ground.clock().now(), account()?);
    let day = Duration::from_secs(24 * 60 * 60);
    let before = |days: u32| now.checked_sub(day * days);
    let mut first = Story::of(account.clone(), before(31)?)?;
    let mut second = Story::of(account.clone(), now)?;
    let key = key(&account, "order-1", "a").context("no key")?;
    let store = ground.store();
    store.begin(first.on()?, Some(key.clone())).await?;
    let then = store.used_key(&key, before(2)?).await?;
    assert_eq!(then, Some(Begun::Repeated(first.id().clone())));
    assert_eq!(store.used_key(&key, now).await?, None);
    let begun = store.begin(second.on()?, Some(key.clone())).await?;
    assert_eq!(begun, Begun::New, "an old key was still taken");
    let used = store.used_key(&key, now).await?;
    assert_eq!(used, Some(Begun::Repeated(second.id().clone())));
    Ok(())
}

pub(super) async fn the_same_key_of_another_account_is_another_key(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    for account in [account()?, account()?] {
        let mut story = Story::of(account.clone(), ground.clock().now())?;
        let begun = ground
            .store()
            .begin(story.on()?, key(&account, "order-1", "a"))
            .await?;
        assert_eq!(begun, Begun::New);
    }
    Ok(())
}

pub(super) async fn keys_are_told_apart_by_every_character(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let account = account()?;
    let long = "k".repeat(255);
    let keys = [
        "a", "A", "a ", " a", "a/b", "a/", "%", "a%", "*", "a\nb", "é", "e\u{301}", "ключ", &long,
    ];
    let mut begun = Vec::new();
    for text in keys {
        let mut story = Story::of(account.clone(), ground.clock().now())?;
        let new = ground
            .store()
            .begin(story.on()?, key(&account, text, "a"))
            .await?;
        assert_eq!(new, Begun::New, "{text:?}");
        begun.push((text, story.id().clone()));
    }
    for (text, id) in begun {
        let mut story = Story::of(account.clone(), ground.clock().now())?;
        let again = ground
            .store()
            .begin(story.on()?, key(&account, text, "a"))
            .await?;
        assert_eq!(again, Begun::Repeated(id), "{text:?}");
    }
    Ok(())
}

pub(super) async fn a_key_that_came_with_a_registration_that_exists_is_not_kept(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (now, account) = (ground.clock().now(), account()?);
    let (mut first, mut second) = (
        Story::of(account.clone(), now)?,
        Story::of(account.clone(), now)?,
    );
    let (text, first) = (name("key"), first.on()?);
    ground.store().begin(first.clone(), None).await?;
    let exists = ground
        .store()
        .begin(first, key(&account, &text, "a"))
        .await?;
    assert_eq!(exists, Begun::Exists);
    let new = ground
        .store()
        .begin(second.on()?, key(&account, &text, "b"))
        .await?;
    assert_eq!(new, Begun::New, "a beginning that failed has kept its key");
    Ok(())
}

pub(super) async fn of_many_beginnings_with_one_key_at_once_one_is_new_and_all_mean_it(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let account = account()?;
    let (elsewhere, _) = ground.elsewhere().await?;
    let mut tasks = Vec::new();
    for at in 0..TOGETHER {
        let mut story = Story::of(account.clone(), ground.clock().now())?;
        let (append, key) = (story.on()?, key(&account, "order-1", "a"));
        let store = if at % 2 == 0 {
            ground.store()
        } else {
            elsewhere.clone()
        };
        tasks.push(async move {
            let begun = store.begin(append, key).await?;
            anyhow::Ok((story.id().clone(), begun))
        });
    }
    let begun = together(tasks).await?;
    let new = begun.iter().filter(|(_, begun)| *begun == Begun::New);
    let new = only(new.map(|(id, _)| id.clone()).collect())?;
    for (id, begun) in begun.into_iter().filter(|(id, _)| *id != new) {
        assert_eq!(begun, Begun::Repeated(new.clone()));
        assert!(
            is_absent(ground, &id).await?,
            "a repetition began a history"
        );
    }
    assert_eq!(ground.store().history(&new).await?.len(), 1);
    Ok(())
}

pub(super) async fn of_many_beginnings_of_one_registration_at_once_one_is_new(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let story = Story::new(ground.clock().now())?;
    let (elsewhere, _) = ground.elsewhere().await?;
    let mut tasks = Vec::new();
    for at in 0..TOGETHER {
        let append = story.clone().next(json!(at))?;
        let store = if at % 2 == 0 {
            ground.store()
        } else {
            elsewhere.clone()
        };
        tasks.push(async move {
            let event = append.event.clone();
            anyhow::Ok((event, store.begin(append, None).await?))
        });
    }
    let (new, others): (Vec<_>, Vec<_>) = together(tasks)
        .await?
        .into_iter()
        .partition(|(_, begun)| *begun == Begun::New);
    let (event, _) = only(new)?;
    assert!(
        others.iter().all(|(_, begun)| *begun == Begun::Exists),
        "{others:?}"
    );
    assert_eq!(ground.store().history(story.id()).await?, [event]);
    Ok(())
}

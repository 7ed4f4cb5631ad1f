//! Slots of a limit: one at a time, for all processes together.

use std::time::Duration;

use jiff::Timestamp;
use platform::limit::{Change, Changer};
use platform::limiter::Refusal::{self, Full};
use platform::limiter::{Rate, Slot};
use registration::patience::later;

use super::Ground;
use super::made::{name, together};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

/// Takes a slot of one a second.
async fn take(
    ground: &dyn Ground,
    limit: &str,
    longest_wait: Duration,
    now: Timestamp,
) -> anyhow::Result<Result<Slot, Refusal>> {
    Ok(ground
        .store()
        .reserve(limit, SECOND, longest_wait, now)
        .await?)
}

fn slot(at: Timestamp) -> Result<Slot, Refusal> {
    Ok(Slot { at })
}

pub(super) async fn slots_taken_at_once_are_all_different_and_one_interval_apart(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (limit, now) = (name("limit"), ground.clock().now());
    let (elsewhere, _) = ground.elsewhere().await?;
    let interval = Duration::from_millis(25);
    let task = |at| {
        let store = if at % 2 == 0 {
            ground.store()
        } else {
            elsewhere.clone()
        };
        let limit = limit.clone();
        async move { store.reserve(&limit, interval, HOUR, now).await }
    };
    let taken = together((0..40).map(task)).await?;
    let mut slots: Vec<Timestamp> = taken.into_iter().flatten().map(|slot| slot.at).collect();
    slots.sort();
    let expected: Vec<Timestamp> = (0..40).map(|at| later(now, interval * at)).collect();
    assert_eq!(slots, expected);
    Ok(())
}

pub(super) async fn a_slot_after_a_pause_is_now_and_the_pause_is_not_saved_up(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (limit, start) = (name("limit"), ground.clock().now());
    assert_eq!(take(ground, &limit, HOUR, start).await?, slot(start));
    let after = later(start, HOUR);
    assert_eq!(take(ground, &limit, HOUR, after).await?, slot(after));
    assert_eq!(
        take(ground, &limit, HOUR, after).await?,
        slot(later(after, SECOND))
    );
    // A process whose clock is behind gets no slot that is given away.
    assert_eq!(
        take(ground, &limit, HOUR * 2, start).await?,
        slot(later(after, SECOND * 2))
    );
    Ok(())
}

pub(super) async fn a_slot_too_far_away_is_named_and_not_taken(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (limit, now) = (name("limit"), ground.clock().now());
    for at in 0..3 {
        assert_eq!(
            take(ground, &limit, SECOND * 2, now).await?,
            slot(later(now, SECOND * at))
        );
    }
    let next = later(now, SECOND * 3);
    for _ in 0..3 {
        assert_eq!(
            take(ground, &limit, SECOND * 2, now).await?,
            Err(Full { next })
        );
    }
    assert_eq!(
        take(ground, &limit, Duration::ZERO, now).await?,
        Err(Full { next })
    );
    assert_eq!(take(ground, &limit, SECOND * 3, now).await?, slot(next));
    Ok(())
}

pub(super) async fn limits_of_different_names_know_nothing_of_each_other(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (writes, now) = (name("telnyx/writes"), ground.clock().now());
    let names = [
        writes.clone(),
        name("telnyx/reads"),
        format!("{writes}/"),
        writes.to_uppercase(),
    ];
    for limit in &names {
        assert_eq!(take(ground, limit, HOUR, now).await?, slot(now), "{limit}");
    }
    ground.store().hold(&writes, later(now, HOUR)).await?;
    for limit in names.iter().skip(1) {
        assert_eq!(
            take(ground, limit, HOUR, now).await?,
            slot(later(now, SECOND)),
            "{limit}"
        );
    }
    Ok(())
}

pub(super) async fn a_hold_moves_the_next_slot_on(ground: &dyn Ground) -> anyhow::Result<()> {
    let (used, unused, now) = (name("limit"), name("limit"), ground.clock().now());
    let until = later(now, Duration::from_secs(60));
    assert_eq!(take(ground, &used, HOUR, now).await?, slot(now));
    for limit in [used, unused] {
        ground.store().hold(&limit, until).await?;
        let full = take(ground, &limit, SECOND * 59, now).await?;
        assert_eq!(full, Err(Full { next: until }));
        assert_eq!(take(ground, &limit, HOUR, now).await?, slot(until));
        assert_eq!(
            take(ground, &limit, HOUR, now).await?,
            slot(later(until, SECOND))
        );
    }
    Ok(())
}

pub(super) async fn a_hold_never_moves_the_next_slot_back(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (limit, now) = (name("limit"), ground.clock().now());
    let until = later(now, Duration::from_secs(60));
    ground.store().hold(&limit, until).await?;
    for shorter in [now, later(now, SECOND), later(now, SECOND * 59)] {
        ground.store().hold(&limit, shorter).await?;
    }
    assert_eq!(take(ground, &limit, HOUR, now).await?, slot(until));
    ground.store().hold(&limit, now).await?;
    assert_eq!(
        take(ground, &limit, HOUR, now).await?,
        slot(later(until, SECOND))
    );
    // Of holds at once, the longest counts.
    let store = ground.store();
    let hold = |at: u32| {
        let (store, limit) = (store.clone(), limit.clone());
        async move { store.hold(&limit, later(until, SECOND * at)).await }
    };
    together((0..20).map(hold)).await?;
    assert_eq!(
        take(ground, &limit, HOUR, now).await?,
        slot(later(until, SECOND * 19))
    );
    Ok(())
}

/// An operator's word.
async fn change(ground: &dyn Ground, limit: &str, change: Change) -> anyhow::Result<()> {
    let (operator, at) = ("kim".to_owned(), ground.clock().now());
    let changer = Changer { operator, at };
    Ok(ground.store().change_limit(limit, change, &changer).await?)
}

fn rate(per_second: f64) -> anyhow::Result<Rate> {
    Ok(Rate::per_second(per_second)?)
}

pub(super) async fn a_paused_limit_gives_no_slot_anywhere_until_it_is_resumed(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (used, unused, now) = (name("limit"), name("limit"), ground.clock().now());
    let (elsewhere, _) = ground.elsewhere().await?;
    assert_eq!(take(ground, &used, HOUR, now).await?, slot(now));
    for limit in [&used, &unused] {
        change(ground, limit, Change::Pause).await?;
        for at in [now, later(now, HOUR)] {
            assert_eq!(take(ground, limit, HOUR, at).await?, Err(Refusal::Paused));
            let there = elsewhere.reserve(limit, SECOND, HOUR, at).await?;
            assert_eq!(there, Err(Refusal::Paused));
        }
        // Neither another rate nor the registry's own word resumes it.
        change(ground, limit, Change::Set(rate(5.0)?)).await?;
        change(ground, limit, Change::Unset).await?;
        ground.store().hold(limit, now).await?;
        assert_eq!(take(ground, limit, HOUR, now).await?, Err(Refusal::Paused));
    }
    let other = name("limit");
    assert_eq!(take(ground, &other, HOUR, now).await?, slot(now));
    change(ground, &used, Change::Resume).await?;
    change(ground, &unused, Change::Resume).await?;
    // What was given out before the pause is not given out again.
    assert_eq!(
        take(ground, &used, HOUR, now).await?,
        slot(later(now, SECOND))
    );
    assert_eq!(take(ground, &unused, HOUR, now).await?, slot(now));
    Ok(())
}

pub(super) async fn a_rate_that_is_set_counts_from_the_next_slot_on_and_wins(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (limit, now) = (name("limit"), ground.clock().now());
    assert_eq!(take(ground, &limit, HOUR, now).await?, slot(now));
    // Slower: the next slot keeps the new distance already.
    let slow = rate(0.25)?;
    change(ground, &limit, Change::Set(slow)).await?;
    for at in 1..3 {
        let expected = slot(later(now, slow.interval() * at));
        assert_eq!(take(ground, &limit, HOUR, now).await?, expected);
    }
    // Faster: the next slot does not wait for an old interval to end.
    let (last, fast) = (later(now, slow.interval() * 2), rate(50.0)?);
    change(ground, &limit, Change::Set(fast)).await?;
    for at in 1..4 {
        let expected = slot(later(last, fast.interval() * at));
        assert_eq!(take(ground, &limit, HOUR, now).await?, expected);
    }
    // Idle or busy, it is the set rate that counts.
    let after = later(now, HOUR);
    assert_eq!(take(ground, &limit, HOUR, after).await?, slot(after));
    let next = later(after, fast.interval());
    assert_eq!(take(ground, &limit, HOUR, after).await?, slot(next));
    // And the configured one again.
    change(ground, &limit, Change::Unset).await?;
    for at in 1..3 {
        let expected = slot(later(next, SECOND * at));
        assert_eq!(take(ground, &limit, HOUR, after).await?, expected);
    }
    Ok(())
}

pub(super) async fn a_rate_of_one_a_second_set_while_many_take_slots_is_exact(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (limit, now) = (name("limit"), ground.clock().now());
    let (elsewhere, _) = ground.elsewhere().await?;
    let (configured, set) = (Duration::from_millis(20), rate(1.0)?.interval());
    let some = |count: u32| {
        let stores = [ground.store(), elsewhere.clone()];
        let limit = limit.clone();
        let task = move |at: u32| {
            let [one, other] = &stores;
            let store = if at.is_multiple_of(2) { one } else { other }.clone();
            let limit = limit.clone();
            async move { store.reserve(&limit, configured, HOUR, now).await }
        };
        together((0..count).map(task))
    };
    let setting = async {
        change(ground, &limit, Change::Set(rate(1.0)?)).await?;
        some(10).await
    };
    let (before, after) = tokio::join!(some(20), setting);
    let mut slots: Vec<Timestamp> = before?
        .into_iter()
        .chain(after?)
        .flatten()
        .map(|s| s.at)
        .collect();
    slots.sort();
    assert_eq!(slots.len(), 30);
    let gaps: Vec<Duration> = slots
        .iter()
        .zip(slots.iter().skip(1))
        .map(|(one, next)| Duration::try_from(next.duration_since(*one)))
        .collect::<Result<_, _>>()?;
    // First some at the old distance, then all at the new one.
    let old = gaps.iter().take_while(|gap| **gap == configured).count();
    assert!(old < 20, "{gaps:?}");
    assert!(gaps.iter().skip(old).all(|gap| *gap == set), "{gaps:?}");
    Ok(())
}

pub(super) async fn a_rate_that_is_set_while_the_registry_wants_to_wait_waits_as_long(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (limit, now) = (name("limit"), ground.clock().now());
    let until = later(now, Duration::from_secs(60));
    assert_eq!(take(ground, &limit, HOUR, now).await?, slot(now));
    ground.store().hold(&limit, until).await?;
    change(ground, &limit, Change::Set(rate(100.0)?)).await?;
    assert_eq!(take(ground, &limit, HOUR, now).await?, slot(until));
    Ok(())
}

pub(super) async fn what_an_operator_has_said_of_a_limit_can_be_read_with_his_name(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (limit, now) = (name("limit"), ground.clock().now());
    assert_eq!(ground.store().limit(&limit).await?, None);
    let configured = rate(2.0)?;
    let (store, interval) = (ground.store(), configured.interval());
    let taken = store.reserve(&limit, interval, HOUR, now).await?;
    assert_eq!(taken, slot(now));
    let known = async || anyhow::Ok(ground.store().limit(&limit).await?.unwrap_or_default());
    let first = known().await?;
    assert_eq!((first.configured(), first.set()), (Some(configured), None));
    assert_eq!((first.paused, first.changed_by), (false, None));
    change(ground, &limit, Change::Set(rate(0.5)?)).await?;
    change(ground, &limit, Change::Pause).await?;
    let changed = known().await?;
    let rates = (Some(configured), Some(rate(0.5)?));
    assert_eq!((changed.configured(), changed.set()), rates);
    assert_eq!(changed.changed_by.as_deref(), Some("kim"));
    assert!(changed.paused && changed.changed_at().is_some_and(|at| at >= now));
    change(ground, &limit, Change::Resume).await?;
    change(ground, &limit, Change::Unset).await?;
    let last = known().await?;
    assert_eq!((last.paused, last.set()), (false, None));
    Ok(())
}

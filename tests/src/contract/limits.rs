//! Slots of a limit: one at a time, for all processes together.

use std::time::Duration;

use jiff::Timestamp;
use platform::limiter::{Full, Slot};
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
) -> anyhow::Result<Result<Slot, Full>> {
    Ok(ground
        .store()
        .reserve(limit, SECOND, longest_wait, now)
        .await?)
}

fn slot(at: Timestamp) -> Result<Slot, Full> {
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

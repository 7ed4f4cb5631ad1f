//! Claims: of all who want a thing, the first one has it.

use platform::store::{Begun, Key, StoreError};
use registrar::service::random;
use registration::claim::{Claim, Holder, Thing};
use registration::order::PhoneNumber;
use registration::{RegistrationId, RegistryId, Step};

use super::Ground;
use super::made::{Story, account, name, together};

/// A thing that nobody else uses.
fn thing() -> Thing {
    Thing::Registered {
        step: Step::Brand,
        id: RegistryId::new(format!("{:032x}", random())),
    }
}

/// The claim of a registration that nobody else uses.
fn claim(ground: &dyn Ground, thing: &Thing) -> anyhow::Result<Claim> {
    Ok(Claim {
        thing: thing.clone(),
        holder: Holder {
            registration: RegistrationId::new(1, random()),
            account: account()?,
            since: ground.clock().now(),
        },
        instead_of: None,
    })
}

pub(super) async fn a_thing_is_whoevers_claims_it_first(ground: &dyn Ground) -> anyhow::Result<()> {
    let ((elsewhere, _), thing) = (ground.elsewhere().await?, thing());
    let store = ground.store();
    let (first, second) = (claim(ground, &thing)?, claim(ground, &thing)?);
    assert_eq!(store.holders(std::slice::from_ref(&thing)).await?, [None]);
    assert_eq!(store.claim(&first).await?, None);
    assert_eq!(store.claim(&first).await?, None, "it is its own already");
    assert_eq!(elsewhere.claim(&second).await?, Some(first.holder.clone()));
    let nobodys = self::thing();
    assert_eq!(
        elsewhere.holders(&[nobodys, thing]).await?,
        [None, Some(first.holder)]
    );
    Ok(())
}

pub(super) async fn a_claim_takes_a_thing_from_whom_it_names_and_from_nobody_else(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (store, thing) = (ground.store(), thing());
    let (first, mut second) = (claim(ground, &thing)?, claim(ground, &thing)?);
    let mut third = claim(ground, &thing)?;
    store.claim(&first).await?;
    second.instead_of = Some(first.holder.registration.clone());
    assert_eq!(store.claim(&second).await?, None);
    third.instead_of = Some(first.holder.registration.clone());
    assert_eq!(store.claim(&third).await?, Some(second.holder.clone()));
    assert_eq!(store.claim(&first).await?, Some(second.holder));
    Ok(())
}

pub(super) async fn of_many_claims_of_one_thing_at_once_one_wins(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let thing = thing();
    let claims = (0..32).map(|_| claim(ground, &thing));
    let claims = claims.collect::<anyhow::Result<Vec<_>>>()?;
    let tasks = claims.into_iter().map(|claim| {
        let store = ground.store();
        async move { store.claim(&claim).await }
    });
    let kept = together(tasks).await?;
    assert_eq!(kept.iter().filter(|kept| kept.is_none()).count(), 1);
    let holder = ground.store().holders(&[thing]).await?;
    assert!(
        kept.iter()
            .flatten()
            .all(|kept| holder.contains(&Some(kept.clone())))
    );
    Ok(())
}

pub(super) async fn what_is_used_is_listed_with_all_who_use_it_and_nothing_else(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (store, id) = (
        ground.store(),
        RegistryId::new(format!("{:032x}", random())),
    );
    let mut users = Vec::new();
    for used in [&id, &id, &RegistryId::new(format!("{id}0"))] {
        let mut claim = claim(ground, &thing())?;
        claim.thing = Thing::Use {
            step: Step::Brand,
            id: used.clone(),
            by: claim.holder.registration.clone(),
        };
        assert_eq!(store.claim(&claim).await?, None);
        users.push(claim.holder);
    }
    users.truncate(2);
    users.sort_by(|one, other| one.registration.cmp(&other.registration));
    assert_eq!(store.listed(&Thing::uses(Step::Brand, &id)).await?, users);
    assert_eq!(store.listed(&Thing::uses(Step::Campaign, &id)).await?, []);
    Ok(())
}

pub(super) async fn an_order_that_claims_what_another_has_is_not_begun_and_keeps_no_key(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (store, now) = (ground.store(), ground.clock().now());
    let (taken, free) = (claim(ground, &thing())?, claim(ground, &thing())?);
    store.claim(&taken).await?;
    let mut story = Story::new(now)?;
    let key = Key {
        account: story.row.account.clone(),
        key: name("key"),
        body: "b".repeat(64),
    };
    let mut begin = story.on()?;
    begin.claims = vec![free.clone(), claim(ground, &taken.thing)?];
    let begun = store.begin(begin, Some(key.clone())).await?;
    assert_eq!(begun, Begun::Claimed);
    assert_eq!(store.history(story.id()).await?, []);
    assert_eq!(store.row(story.id()).await?, None);
    assert_eq!(store.used_key(&key, now).await?, None);
    assert_eq!(
        store.holders(&[free.thing, taken.thing]).await?,
        [None, Some(taken.holder)]
    );
    Ok(())
}

pub(super) async fn more_claims_than_a_transaction_holds_are_made_with_the_order(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (store, mut story) = (ground.store(), Story::new(ground.clock().now())?);
    let line = u32::try_from(random() % 7_000)?;
    let numbers = (0..250).map(|place| {
        let number = PhoneNumber::parse(&format!("+1206{:07}", 6_000_000 + line * 250 + place));
        number.map(Thing::Number).map_err(anyhow::Error::from)
    });
    let things = numbers.collect::<anyhow::Result<Vec<_>>>()?;
    let mut begin = story.on()?;
    let holder = claim(ground, &thing())?.holder;
    begin.claims = things
        .iter()
        .map(|thing| Claim {
            thing: thing.clone(),
            holder: holder.clone(),
            instead_of: None,
        })
        .collect();
    assert_eq!(store.begin(begin, None).await?, Begun::New);
    let holders = store.holders(&things).await?;
    assert_eq!(holders.len(), things.len());
    assert!(holders.iter().all(|kept| kept.as_ref() == Some(&holder)));
    Ok(())
}

pub(super) async fn events_that_are_added_together_are_all_added_or_none(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (store, now) = (ground.store(), ground.clock().now());
    let (mut one, mut other) = (Story::new(now)?, Story::new(now)?);
    for story in [&mut one, &mut other] {
        store.begin(story.on()?, None).await?;
    }
    let lengths = async || -> anyhow::Result<(usize, usize)> {
        let one = store.history(one.id()).await?.len();
        Ok((one, store.history(other.id()).await?.len()))
    };
    let (thing, theirs) = (thing(), claim(ground, &self::thing())?);
    store.claim(&theirs).await?;
    let (mut first, second) = (one.clone().on()?, other.clone().on()?);
    // Somebody keeps what is claimed.
    first.claims = vec![claim(ground, &theirs.thing)?];
    let refused = store
        .append_together(vec![first.clone(), second.clone()])
        .await;
    assert!(
        matches!(refused, Err(StoreError::Claimed(_))),
        "{refused:?}"
    );
    assert_eq!(lengths().await?, (1, 1));
    // The second one's seq is taken.
    first.claims = vec![claim(ground, &thing)?];
    let mut faster = other.clone();
    store.append(faster.on()?).await?;
    let refused = store.append_together(vec![first.clone(), second]).await;
    assert!(
        matches!(&refused, Err(StoreError::Taken { registration, seq: 2 }) if registration == other.id()),
        "{refused:?}"
    );
    assert_eq!(lengths().await?, (1, 2));
    assert_eq!(store.holders(std::slice::from_ref(&thing)).await?, [None]);
    // Nothing is in the way.
    let holder = first.claims.first().map(|claim| claim.holder.clone());
    store.append_together(vec![first, faster.on()?]).await?;
    assert_eq!(lengths().await?, (2, 3));
    assert_eq!(store.holders(&[thing]).await?, [holder]);
    Ok(())
}

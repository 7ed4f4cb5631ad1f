//! Claims for registrations from before there were any: what each one has is written
//! down as its own, the oldest first. May be done again at any time.

use registration::claim::{self, Claim, Fingerprint, Holder, Thing};
use registration::facts::Subject;
use registration::{Order, RegistrationId, Step};

use crate::Platform;
use crate::case::{Case, CaseError};
use crate::claims;
use crate::dependents;
use crate::store::{PAGE, RowQuery, StoreError};

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reclaimed {
    /// Orders that were looked at.
    pub orders: usize,
    /// Things that are their registration's, now or before.
    pub claimed: usize,
    /// Things that another registration has.
    pub kept: usize,
}

/// Claims what every registration has.
pub async fn reclaim(platform: &Platform) -> Result<Reclaimed, CaseError> {
    let mut done = Reclaimed::default();
    let mut ids = all(platform).await?;
    // A brand is the first one's that had it.
    ids.reverse();
    for id in &ids {
        let case = Case::load(&*platform.store, id).await?;
        if let Subject::Business { order } = case.facts.subject() {
            done.orders += 1;
            registered(platform, &case, &mut done).await?;
            ordered(platform, &case, order, &mut done).await?;
        }
    }
    // A number is the last one's: until claims were kept, that took it off the others.
    for id in ids.iter().rev() {
        let case = Case::load(&*platform.store, id).await?;
        if let Subject::Business { order } = case.facts.subject() {
            numbers(platform, &case, order, &mut done).await?;
        }
    }
    Ok(done)
}

/// The orders, newest first.
async fn all(platform: &Platform) -> Result<Vec<RegistrationId>, StoreError> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let query = RowQuery {
            after: after.take(),
            most: PAGE,
            ..RowQuery::default()
        };
        let page = platform.store.rows(&query).await?;
        ids.extend(page.rows.into_iter().map(|row| row.id));
        after = page.next;
        if after.is_none() {
            return Ok(ids);
        }
    }
}

async fn registered(
    platform: &Platform,
    case: &Case,
    done: &mut Reclaimed,
) -> Result<(), CaseError> {
    if case.facts.withdrawn() {
        return Ok(());
    }
    for step in [Step::Brand, Step::Vetting, Step::Campaign] {
        let Some(id) = case.facts.registry_id(step).cloned() else {
            continue;
        };
        let Some(thing) = Thing::registered(step, &id) else {
            continue;
        };
        let is_first = dependents::is_own(case, step) || step == Step::Vetting;
        if is_first && claim(platform, case, thing, &case.id, done).await? {
            continue;
        }
        let by = case.id.clone();
        if step != Step::Vetting {
            claim(platform, case, Thing::Use { step, id, by }, &case.id, done).await?;
        }
    }
    Ok(())
}

async fn ordered(
    platform: &Platform,
    case: &Case,
    order: &Order,
    done: &mut Reclaimed,
) -> Result<(), CaseError> {
    let Some(campaign) = order.campaign.new_part() else {
        return Ok(());
    };
    if !claim::wants_numbers(&case.facts) {
        return Ok(());
    }
    let business = claims::business(platform, &order.brand).await?;
    let fingerprint = Fingerprint::of(case.facts.account(), &business, campaign);
    claim(platform, case, Thing::Ordered(fingerprint), &case.id, done).await?;
    Ok(())
}

async fn numbers(
    platform: &Platform,
    case: &Case,
    order: &Order,
    done: &mut Reclaimed,
) -> Result<(), CaseError> {
    if !claim::wants_numbers(&case.facts) {
        return Ok(());
    }
    for (ordered, place) in order.numbers.as_slice().iter().zip(1..) {
        let id = case.id.number(place);
        let number = match claims::load(platform, &id).await? {
            None => ordered.clone(),
            Some(number) if !claim::keeps_number(&number.facts) => continue,
            Some(case) => match case.facts.subject() {
                Subject::Number { number, .. } => number.clone(),
                Subject::Business { .. } => continue,
            },
        };
        claim(platform, case, Thing::Number(number), &id, done).await?;
    }
    Ok(())
}

/// Whether it is this registration's now.
async fn claim(
    platform: &Platform,
    order: &Case,
    thing: Thing,
    registration: &RegistrationId,
    done: &mut Reclaimed,
) -> Result<bool, CaseError> {
    let claim = Claim {
        thing,
        holder: Holder {
            registration: registration.clone(),
            account: order.facts.account().clone(),
            since: order.received_at(),
        },
        instead_of: None,
    };
    let is_its_own = platform.store.claim(&claim).await?.is_none();
    match is_its_own {
        true => done.claimed += 1,
        false => done.kept += 1,
    }
    Ok(is_its_own)
}

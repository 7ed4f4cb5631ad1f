//! Whose it is, what the registry has: a brand, its vettings and its campaigns belong
//! to the account whose registration they came to first. Another account takes them
//! only where they are shared.

use registration::claim::{Holder, Thing};
use registration::facts::Subject;
use registration::{AccountId, RegistryId, Step};

use crate::Platform;
use crate::case::{Case, CaseError};
use crate::claims;

/// Whether the subject of this step is another account's, and not shared with this one.
/// What was never ours is nobody's.
pub async fn is_anothers(
    platform: &Platform,
    account: &AccountId,
    step: Step,
    id: &RegistryId,
) -> Result<bool, CaseError> {
    let Some(thing) = Thing::registered(step, id) else {
        return Ok(false);
    };
    let Some(holder) = claims::holder(platform, &thing).await? else {
        return Ok(false);
    };
    let brand = match step {
        Step::Brand => Some(id.clone()),
        _ => brand_of(platform, &holder).await?,
    };
    let is_shared = match brand {
        Some(brand) => is_shared(platform, account, &brand).await?,
        None => false,
    };
    Ok(holder.account != *account && !is_shared)
}

/// Whether an account may register under this brand of another one: an operator has
/// said so, or all accounts share their brands.
pub async fn is_shared(
    platform: &Platform,
    account: &AccountId,
    brand: &RegistryId,
) -> Result<bool, CaseError> {
    if platform.accounts_share_brands {
        return Ok(true);
    }
    let thing = Thing::Registered {
        step: Step::Brand,
        id: brand.clone(),
    };
    let Some(holder) = claims::holder(platform, &thing).await? else {
        return Ok(false);
    };
    let owner = claims::load(platform, &holder.registration).await?;
    Ok(owner.is_some_and(|owner| owner.facts.is_shared_with(account)))
}

async fn brand_of(platform: &Platform, holder: &Holder) -> Result<Option<RegistryId>, CaseError> {
    let case = claims::load(platform, &holder.registration).await?;
    Ok(case.and_then(|case| brand(&case).cloned()))
}

/// The brand that an order has or stands on.
pub fn brand(case: &Case) -> Option<&RegistryId> {
    let named = match case.facts.subject() {
        Subject::Business { order } => order.brand.existing(),
        Subject::Number { .. } => None,
    };
    let named = named.and_then(|existing| existing.registry_id.as_ref());
    case.facts.registry_id(Step::Brand).or(named)
}

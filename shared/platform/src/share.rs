//! How an operator lets another account register under a brand ([`crate::belong`]).
//!
//! It is written into the history of the order that has the brand; an order of the
//! other account that is parked for it goes on, and has it written too.

use async_trait::async_trait;
use registration::claim::Thing;
use registration::{AccountId, Fact, Pending, RegistrationId, RegistryId, Step, Waits};
use tracing::error;

use crate::Platform;
use crate::case::{Author, Case, CaseError};
use crate::claims;
use crate::decide::{self, Decision, Undecided};
use crate::telemetry::chain;

/// A brand, by either of its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrandName {
    /// The registration of the order that has it.
    Registration(RegistrationId),
    /// The registry's id.
    Registry(RegistryId),
}

/// A brand that was not shared. Nothing is stored.
#[derive(Debug, thiserror::Error)]
pub enum ShareError {
    /// Nobody has it.
    #[error("no registration has the brand `{0}`: name the registration of its order")]
    Nobodys(RegistryId),
    /// The registry does not have it yet.
    #[error("{0} has no brand at the registry: share it once that has it")]
    NoBrand(RegistrationId),
    /// Another order has it.
    #[error("the brand of {0} is {1}'s: share it there")]
    AnotherOrders(RegistrationId, RegistrationId),
    /// It is that account's already.
    #[error("the brand is the account {0}'s own")]
    OwnBrand(AccountId),
    /// It was not recorded.
    #[error(transparent)]
    Undecided(#[from] Undecided),
}

impl From<CaseError> for ShareError {
    fn from(error: CaseError) -> Self {
        Self::Undecided(error.into())
    }
}

/// A brand that is shared.
#[derive(Debug)]
pub struct Shared {
    /// The order that has it.
    pub owner: Case,
    /// Orders of the other account that were parked for it and go on.
    pub released: Vec<RegistrationId>,
}

/// Lets the account `with` register under a brand. Once is enough: again changes
/// nothing, and takes up what the first time left undone.
pub async fn share(
    platform: &Platform,
    brand: &BrandName,
    with: &AccountId,
    author: &Author,
) -> Result<Shared, ShareError> {
    let (owner, id) = match brand {
        BrandName::Registration(registration) => {
            let case = Case::load(&*platform.store, registration).await?;
            let id = case.facts.registry_id(Step::Brand).cloned();
            let id = id.ok_or_else(|| ShareError::NoBrand(registration.clone()))?;
            (registration.clone(), id)
        }
        BrandName::Registry(id) => {
            let holder = holder(platform, id).await?;
            let holder = holder.ok_or_else(|| ShareError::Nobodys(id.clone()))?;
            (holder, id.clone())
        }
    };
    if let Some(holder) = holder(platform, &id)
        .await?
        .filter(|holder| *holder != owner)
    {
        return Err(ShareError::AnotherOrders(owner, holder));
    }
    let owner = decide::decide(platform, &owner, author, &Share { with }).await?;
    let mut released = Vec::new();
    for asking in platform
        .store
        .listed(&Thing::asks(&id))
        .await
        .map_err(CaseError::from)?
    {
        if asking.account != *with {
            continue;
        }
        let goes_on = GoesOn { brand: &id };
        match decide::decide(platform, &asking.registration, author, &goes_on).await {
            Ok(_) => released.push(asking.registration),
            Err(error) => {
                error!(registration = %asking.registration, error = %chain(&error), "shared, and left to a retry");
            }
        }
    }
    Ok(Shared { owner, released })
}

async fn holder(
    platform: &Platform,
    brand: &RegistryId,
) -> Result<Option<RegistrationId>, CaseError> {
    let thing = Thing::Registered {
        step: Step::Brand,
        id: brand.clone(),
    };
    let holder = claims::holder(platform, &thing).await?;
    Ok(holder.map(|holder| holder.registration))
}

struct Share<'a> {
    with: &'a AccountId,
}

#[async_trait]
impl Decision for Share<'_> {
    type Refusal = ShareError;

    async fn facts(&self, _platform: &Platform, case: &Case) -> Result<Vec<Fact>, ShareError> {
        let with = self.with.clone();
        if *case.facts.account() == with {
            return Err(ShareError::OwnBrand(with));
        }
        Ok(match case.facts.is_shared_with(&with) {
            true => Vec::new(),
            false => vec![Fact::Shared { with }],
        })
    }
}

/// An order that was parked because the brand was another account's.
struct GoesOn<'a> {
    brand: &'a RegistryId,
}

#[async_trait]
impl Decision for GoesOn<'_> {
    type Refusal = Undecided;

    async fn facts(&self, _platform: &Platform, case: &Case) -> Result<Vec<Fact>, Undecided> {
        let brand = self.brand.clone();
        Ok(match case.pending() {
            Some(Pending {
                step,
                round,
                waits: Waits::Person { .. },
            }) if !case.facts.has_shared(&brand) => {
                vec![Fact::SharedHere { brand }, Fact::Retried { step, round }]
            }
            _ => Vec::new(),
        })
    }
}

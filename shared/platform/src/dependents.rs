//! Who stands on the brand or the campaign of an order: other orders that named it, or
//! that found the same brand at the registry.

use std::collections::{BTreeSet, VecDeque};

use async_trait::async_trait;
use registration::claim::Thing;
use registration::facts::Subject;
use registration::{AccountId, Fact, Pending, RegistrationId, Step, Waits};
use tracing::error;

use crate::Platform;
use crate::case::{Author, Case, CaseError};
use crate::claims;
use crate::decide::{self, Decision, Undecided};
use crate::telemetry::chain;

/// The other orders that stand on what this order's step `of` has at the registry,
/// withdrawn or not, oldest first.
pub async fn others(platform: &Platform, case: &Case, of: Step) -> Result<Vec<Case>, CaseError> {
    let Some(id) = case.facts.registry_id(of).cloned() else {
        return Ok(Vec::new());
    };
    let listed = platform.store.listed(&Thing::uses(of, &id)).await?;
    let holder = claims::holder(platform, &Thing::Registered { step: of, id }).await?;
    let users = listed.into_iter().chain(holder);
    let users: BTreeSet<RegistrationId> = users
        .map(|holder| holder.registration)
        .filter(|user| *user != case.id)
        .collect();
    let mut others = Vec::with_capacity(users.len());
    for user in users {
        others.extend(claims::load(platform, &user).await?);
    }
    Ok(others)
}

/// Whether an order has the subject of this step as its own, and so withdraws it with
/// itself; if not, it has named what was there already.
pub fn is_own(case: &Case, of: Step) -> bool {
    let Subject::Business { order } = case.facts.subject() else {
        return false;
    };
    match of {
        Step::Brand => order.brand.existing().is_none(),
        Step::Campaign => order.campaign.existing().is_none(),
        _ => false,
    }
}

/// An order that would be taken down with another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependent {
    /// The order.
    pub registration: RegistrationId,
    /// Whose it is.
    pub account: AccountId,
    /// What of the other order it stands on: brand or campaign.
    pub on: Step,
}

/// The most orders that are looked at for one that is cancelled.
const MOST: usize = 1_000;

/// The orders that are not cancelled and stand on what this order would withdraw, and
/// those that stand on these, each once. `keep_brand`: the brand stays in any case.
pub async fn of(
    platform: &Platform,
    case: &Case,
    keep_brand: bool,
) -> Result<Vec<Dependent>, CaseError> {
    let mut found: Vec<Dependent> = Vec::new();
    let mut asked = VecDeque::from([case.clone()]);
    while let Some(case) = asked.pop_front() {
        for on in [Step::Campaign, Step::Brand] {
            let stays = on == Step::Brand && keep_brand;
            if stays || !is_own(&case, on) {
                continue;
            }
            let others = others(platform, &case, on).await?;
            let others = others.into_iter().filter(|other| !other.facts.cancelled());
            let others: Vec<_> = others.collect();
            // One that has it as its own keeps it for all of them.
            if others.iter().any(|other| is_own(other, on)) {
                continue;
            }
            for other in others {
                let is_new = found.iter().all(|known| known.registration != other.id);
                if is_new && found.len() < MOST {
                    found.push(Dependent {
                        registration: other.id.clone(),
                        account: other.facts.account().clone(),
                        on,
                    });
                    asked.push_back(other);
                }
            }
        }
    }
    Ok(found)
}

/// Lets those go on that wait for this order, now that it is withdrawn. A failure is
/// only logged: they look again by themselves.
pub(crate) async fn release(platform: &Platform, author: &Author, case: &Case) {
    if !case.facts.withdrawn() || case.id.parent().is_some() {
        return;
    }
    for (of, by) in [
        (Step::Campaign, Step::EndCampaign),
        (Step::Brand, Step::EndBrand),
    ] {
        let others = match others(platform, case, of).await {
            Ok(others) => others,
            Err(error) => {
                error!(registration = %case.id, error = %chain(&error), "those that wait for it were not read");
                continue;
            }
        };
        for other in others {
            let released = decide::decide(platform, &other.id, author, &Release(by)).await;
            if let Err(error) = released {
                error!(registration = %other.id, error = %chain(&error), "left to its own look");
            }
        }
    }
}

struct Release(Step);

#[async_trait]
impl Decision for Release {
    type Refusal = Undecided;

    async fn facts(&self, _platform: &Platform, case: &Case) -> Result<Vec<Fact>, Undecided> {
        Ok(match case.pending() {
            Some(Pending {
                step,
                round,
                waits: Waits::Others { .. },
            }) if step == self.0 => vec![Fact::Released { step, round }],
            _ => Vec::new(),
        })
    }
}

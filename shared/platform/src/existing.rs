//! What an order names as registered already: ours, or the registry's.

use registration::facts::Subject;
use registration::order::{Existing, Order, Part};
use registration::{AccountId, RegistrationId, RegistryId, Step, Verdict};

use crate::Platform;
use crate::belong;
use crate::case::{Case, CaseError};

/// Something named as registered already that an order cannot build on.
#[derive(Debug, thiserror::Error)]
pub enum NotThere {
    /// The account has no such registration.
    #[error("this account has no registration {0}: take the id from the answer to its order")]
    Unknown(RegistrationId),
    /// It is not approved.
    #[error("the {step} of {registration} is not approved: wait until it is, then order again")]
    NotApproved {
        /// The step.
        step: Step,
        /// The registration.
        registration: RegistrationId,
    },
    /// Domain: "one campaign, one number".
    #[error(
        "{0} is a sole proprietor's, who has one campaign with one number: correct or cancel \
         what is there"
    )]
    OnlyOne(RegistrationId),
    /// Only an operator can say whose the registry's things are.
    #[error("a registry's own id can only be adopted by an operator: name a registrationId")]
    NeedsOperator,
    /// What the registry has under that id came to another account's registration.
    #[error(
        "what the registry has under this id belongs to another account's registration: share \
         its brand with this account first"
    )]
    AnotherAccounts,
    /// The history could not be read.
    #[error(transparent)]
    Case(#[from] CaseError),
}

/// Fills in what the registry calls the things of ours that an order names. Gives
/// the part that cannot be built on, and why.
pub async fn resolve(
    platform: &Platform,
    account: &AccountId,
    is_operator: bool,
    order: &mut Order,
) -> Result<(), (&'static str, NotThere)> {
    let adds_campaign = order.campaign.existing().is_none();
    let mut found = Vec::with_capacity(2);
    for (pointer, step, part) in [
        ("/brand", Step::Brand, order.brand.existing()),
        ("/campaign", Step::Campaign, order.campaign.existing()),
    ] {
        found.push(match part {
            Some(part) => Some(
                one(platform, account, is_operator, step, adds_campaign, part)
                    .await
                    .map_err(|why| (pointer, why))?,
            ),
            None => None,
        });
    }
    let (campaign, brand) = (found.pop().flatten(), found.pop().flatten());
    set(&mut order.brand, brand);
    set(&mut order.campaign, campaign);
    Ok(())
}

fn set<T>(part: &mut Part<T>, found: Option<RegistryId>) {
    if let (Part::Existing(existing), Some(found)) = (part, found) {
        existing.registry_id = Some(found);
    }
}

async fn one(
    platform: &Platform,
    account: &AccountId,
    is_operator: bool,
    step: Step,
    adds_campaign: bool,
    part: &Existing,
) -> Result<RegistryId, NotThere> {
    let Some(registration) = &part.registration_id else {
        let adopted = part.registry_id.clone().filter(|_| is_operator);
        let id = adopted.ok_or(NotThere::NeedsOperator)?;
        let is_theirs = belong::is_anothers(platform, account, step, &id).await?;
        return match is_theirs {
            true => Err(NotThere::AnotherAccounts),
            false => Ok(id),
        };
    };
    let unknown = || NotThere::Unknown(registration.clone());
    let case = match Case::load(&*platform.store, registration).await {
        Err(CaseError::Unknown(_)) => return Err(unknown()),
        case => case?,
    };
    if case.facts.account() != account {
        return Err(unknown());
    }
    if is_one_too_many(&case, step, adds_campaign) {
        return Err(NotThere::OnlyOne(registration.clone()));
    }
    let is_approved = case.facts.verdict(step) == Some(&Verdict::Approved);
    let id = case.facts.registry_id(step).cloned();
    id.filter(|_| is_approved && !case.facts.cancelled())
        .ok_or_else(|| NotThere::NotApproved {
            step,
            registration: registration.clone(),
        })
}

/// Whether a sole proprietor would get a second campaign, or a second number. One
/// whose campaign is over may have another.
fn is_one_too_many(case: &Case, step: Step, adds_campaign: bool) -> bool {
    let Subject::Business { order } = case.facts.subject() else {
        return false;
    };
    let is_over = case.facts.verdict(Step::Campaign) == Some(&Verdict::Expired);
    order.needs_pin() && (step == Step::Campaign || adds_campaign && !is_over)
}

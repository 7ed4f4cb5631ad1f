//! What an order claims, and who keeps it from that order.
//!
//! Whoever is first by our own records keeps what it has ([`registration::claim`]).
//! Nothing is given back: a claim whose holder has no use of it any more is taken
//! over by whoever finds it so.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use registration::claim::{self, Business, Claim, Fingerprint, Holder, Thing};
use registration::facts::Subject;
use registration::order::{Brand, Campaign, Part, PhoneNumber, Problems};
use registration::patience::later;
use registration::{AccountId, Order, RegistrationId, Status, Step};

use crate::Platform;
use crate::case::{Case, CaseError};

/// A claim may be older than its holder's history: an order is taken in less time
/// than this. Older ones without a history were left by a beginning that died.
const BEGINNING: Duration = Duration::from_secs(60);

/// What keeps an order from being taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Kept {
    /// Another order of the account has the number.
    #[error(
        "this number is in {0}, where it sends or is about to: leave it out, or say \
         \"move_numbers\": true to take it off there"
    )]
    InYours(RegistrationId),
    /// An order of another account has it.
    #[error(
        "this number is in an order of another account and stays there: leave it out, or order \
         it once it is cancelled there"
    )]
    InAnothers,
    /// The account has ordered the same.
    #[error(
        "{registration} is this campaign for this brand already, and is {status}: go on with \
         that one, or say \"again\": true to order it once more, with its fees"
    )]
    Ordered {
        /// Which registration.
        registration: RegistrationId,
        /// Where it stands.
        status: Status,
    },
}

impl Kept {
    /// The rule's name, stable for programs.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::InYours(_) => "number_in_use",
            Self::InAnothers => "number_of_another_account",
            Self::Ordered { .. } => "ordered_already",
        }
    }

    /// The registration that has it, where it is the account's own.
    pub fn registration(&self) -> Option<&RegistrationId> {
        match self {
            Self::InYours(registration) | Self::Ordered { registration, .. } => Some(registration),
            Self::InAnothers => None,
        }
    }
}

/// One place of an order that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// A JSON pointer into the order.
    pub pointer: String,
    /// What keeps it.
    pub kept: Kept,
}

/// What an order that is to become `id` claims; or everything that is kept from it, up
/// to [`Problems::KEPT`] places.
pub(crate) async fn of_order(
    platform: &Platform,
    account: &AccountId,
    id: &RegistrationId,
    order: &Order,
) -> Result<Result<Vec<Claim>, Vec<Conflict>>, CaseError> {
    let mut asking = Asking {
        platform,
        account,
        id,
        now: platform.clock.now(),
        orders: HashMap::new(),
        claims: Vec::new(),
        conflicts: Vec::new(),
    };
    asking.uses(order);
    if let Some(campaign) = order.campaign.new_part().filter(|_| !order.again) {
        asking.campaign(&order.brand, campaign).await?;
    }
    asking.numbers(order).await?;
    Ok(match asking.conflicts.is_empty() {
        true => Ok(asking.claims),
        false => Err(asking.conflicts),
    })
}

/// Claims a number for a number's registration that is corrected; what keeps it.
pub(crate) async fn of_number(
    platform: &Platform,
    case: &Case,
    number: &PhoneNumber,
) -> Result<Option<Kept>, CaseError> {
    let now = platform.clock.now();
    let mut claim = Claim {
        thing: Thing::Number(number.clone()),
        holder: Holder {
            registration: case.id.clone(),
            account: case.facts.account().clone(),
            since: now,
        },
        instead_of: None,
    };
    // A second time where the first one finds a holder that does not keep it.
    for _ in 0..2 {
        let Some(holder) = platform.store.claim(&claim).await? else {
            return Ok(None);
        };
        let is_own = holder.account == *case.facts.account();
        let registration = holder.registration.clone();
        if claim.instead_of.is_some() || keeper(platform, &holder, number).await?.is_some() {
            return Ok(Some(match is_own {
                true => Kept::InYours(registration),
                false => Kept::InAnothers,
            }));
        }
        claim.instead_of = Some(registration);
    }
    Ok(None)
}

/// Claims what an order asks for once it is corrected, so that the same order is known
/// by its texts as they are then. What another order has stays its own: a correction
/// orders nothing.
pub(crate) async fn of_correction(
    platform: &Platform,
    case: &Case,
    amended: &Order,
) -> Result<(), CaseError> {
    let Some(campaign) = amended.campaign.new_part() else {
        return Ok(());
    };
    let business = business(platform, &amended.brand).await?;
    let account = case.facts.account();
    let claim = Claim {
        thing: Thing::Ordered(Fingerprint::of(account, &business, campaign)),
        holder: Holder {
            registration: case.id.clone(),
            account: account.clone(),
            since: platform.clock.now(),
        },
        instead_of: None,
    };
    platform.store.claim(&claim).await?;
    Ok(())
}

/// One order that is to be taken.
struct Asking<'a> {
    platform: &'a Platform,
    account: &'a AccountId,
    id: &'a RegistrationId,
    now: Timestamp,
    orders: HashMap<RegistrationId, Option<Case>>,
    claims: Vec<Claim>,
    conflicts: Vec<Conflict>,
}

impl Asking<'_> {
    fn claim(&mut self, thing: Thing, by: RegistrationId, instead_of: Option<RegistrationId>) {
        let holder = Holder {
            registration: by,
            account: self.account.clone(),
            since: self.now,
        };
        self.claims.push(Claim {
            thing,
            holder,
            instead_of,
        });
    }

    /// What the order stands on.
    fn uses(&mut self, order: &Order) {
        let parts = [
            (Step::Brand, order.brand.existing()),
            (Step::Campaign, order.campaign.existing()),
        ];
        for (step, part) in parts {
            if let Some(id) = part.and_then(|part| part.registry_id.clone()) {
                let by = self.id.clone();
                self.claim(Thing::Use { step, id, by }, self.id.clone(), None);
            }
        }
    }

    async fn campaign(
        &mut self,
        brand: &Part<Brand>,
        campaign: &Campaign,
    ) -> Result<(), CaseError> {
        let business = business(self.platform, brand).await?;
        let thing = Thing::Ordered(Fingerprint::of(self.account, &business, campaign));
        let Some(holder) = holder(self.platform, &thing).await? else {
            self.claim(thing, self.id.clone(), None);
            return Ok(());
        };
        let now = self.now;
        let status = match self.order(&holder.registration).await? {
            Some(case) => claim::is_ordered(&case.facts, campaign).then(|| Status::of(&case.facts)),
            None => is_beginning(&holder, now).then_some(Status::InProgress),
        };
        let registration = holder.registration;
        match status {
            Some(status) => self.conflicts.push(Conflict {
                pointer: "/campaign".to_owned(),
                kept: Kept::Ordered {
                    registration,
                    status,
                },
            }),
            None => self.claim(thing, self.id.clone(), Some(registration)),
        }
        Ok(())
    }

    async fn numbers(&mut self, order: &Order) -> Result<(), CaseError> {
        let numbers = order.numbers.as_slice();
        let things: Vec<_> = numbers.iter().cloned().map(Thing::Number).collect();
        let holders = self.platform.store.holders(&things).await?;
        for ((number, holder), place) in numbers.iter().zip(holders).zip(0_u32..) {
            if self.conflicts.len() >= Problems::KEPT {
                break;
            }
            let kept = match &holder {
                Some(holder) => self.keeps(holder, number).await?,
                None => false,
            };
            let holder =
                holder.map(|holder| (holder.account == *self.account, holder.registration));
            let kept = match holder {
                Some((true, _)) if kept && order.move_numbers => continue,
                Some((true, registration)) if kept => Kept::InYours(registration),
                Some((false, _)) if kept => Kept::InAnothers,
                free => {
                    let stale = free.map(|(_, registration)| registration);
                    let by = self.id.number(place.saturating_add(1));
                    self.claim(Thing::Number(number.clone()), by, stale);
                    continue;
                }
            };
            let pointer = format!("/numbers/{place}");
            self.conflicts.push(Conflict { pointer, kept });
        }
        Ok(())
    }

    async fn keeps(&mut self, holder: &Holder, number: &PhoneNumber) -> Result<bool, CaseError> {
        let Some(parent) = holder.registration.parent() else {
            return Ok(false);
        };
        let (now, platform) = (self.now, self.platform);
        let order = self.order(&parent).await?;
        keeps(platform, holder, order.as_ref(), number, now).await
    }

    async fn order(&mut self, id: &RegistrationId) -> Result<&Option<Case>, CaseError> {
        if !self.orders.contains_key(id) {
            let case = load(self.platform, id).await?;
            self.orders.insert(id.clone(), case);
        }
        Ok(self.orders.get(id).unwrap_or(&None))
    }
}

/// Whether a holder still has this number, by its order's history and its own.
async fn keeps(
    platform: &Platform,
    holder: &Holder,
    order: Option<&Case>,
    number: &PhoneNumber,
    now: Timestamp,
) -> Result<bool, CaseError> {
    let Some(order) = order else {
        return Ok(is_beginning(holder, now));
    };
    if !claim::wants_numbers(&order.facts) || order.facts.moved().contains(&holder.registration) {
        return Ok(false);
    }
    Ok(match load(platform, &holder.registration).await? {
        Some(case) => is_of(&case, number) && claim::keeps_number(&case.facts),
        None => true,
    })
}

/// Whether a number's registration is of this number: it may have been amended.
fn is_of(case: &Case, wanted: &PhoneNumber) -> bool {
    matches!(case.facts.subject(), Subject::Number { number, .. } if number == wanted)
}

fn is_beginning(holder: &Holder, now: Timestamp) -> bool {
    now < later(holder.since, BEGINNING)
}

/// The history of this id, if there is one.
pub(crate) async fn load(
    platform: &Platform,
    id: &RegistrationId,
) -> Result<Option<Case>, CaseError> {
    match Case::load(&*platform.store, id).await {
        Ok(case) => Ok(Some(case)),
        Err(CaseError::Unknown(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Who has this thing.
pub(crate) async fn holder(
    platform: &Platform,
    thing: &Thing,
) -> Result<Option<Holder>, CaseError> {
    let mut holders = platform.store.holders(std::slice::from_ref(thing)).await?;
    Ok(holders.pop().flatten())
}

/// Who has this number and still keeps it, with what is known of its order and itself.
pub(crate) async fn keeper(
    platform: &Platform,
    holder: &Holder,
    number: &PhoneNumber,
) -> Result<Option<Keeper>, CaseError> {
    let Some(parent) = holder.registration.parent() else {
        return Ok(None);
    };
    let order = load(platform, &parent).await?;
    let now = platform.clock.now();
    if !keeps(platform, holder, order.as_ref(), number, now).await? {
        return Ok(None);
    }
    let case = load(platform, &holder.registration).await?;
    Ok(order.map(|order| Keeper {
        registration: holder.registration.clone(),
        order,
        number: case,
    }))
}

/// An order that has a number.
pub(crate) struct Keeper {
    /// The number's registration there.
    pub(crate) registration: RegistrationId,
    /// The order.
    pub(crate) order: Case,
    /// The number's own history, once it was begun.
    pub(crate) number: Option<Case>,
}

/// The business behind the brand of an order.
pub(crate) async fn business(
    platform: &Platform,
    brand: &Part<Brand>,
) -> Result<Business, CaseError> {
    let existing = match brand {
        Part::New(brand) => return Ok(Business::of(brand)),
        Part::Existing(existing) => existing,
    };
    let registration = match (&existing.registration_id, &existing.registry_id) {
        (Some(registration), _) => Some(registration.clone()),
        (None, Some(id)) => {
            let thing = Thing::Registered {
                step: Step::Brand,
                id: id.clone(),
            };
            holder(platform, &thing)
                .await?
                .map(|holder| holder.registration)
        }
        (None, None) => None,
    };
    let case = match registration {
        Some(registration) => load(platform, &registration).await?,
        None => None,
    };
    let ordered = case.as_ref().and_then(|case| match case.facts.subject() {
        Subject::Business { order } => order.brand.new_part().map(Business::of),
        Subject::Number { .. } => None,
    });
    let by_id = || existing.registry_id.as_ref().map(Business::registered);
    Ok(ordered.or_else(by_id).unwrap_or_else(Business::unknown))
}

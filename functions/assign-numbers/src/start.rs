//! The numbers of an order.
//!
//! 1. Request: how many. The intention sets the order's counter of open numbers
//!    before any of them can end.
//! 2. Submit: begin one registration per number and send its first message.
//!    Ids follow from the order, so a repetition begins nothing twice.
//! 3. Verdict: when the counter is zero. Each number takes one off in the same
//!    transaction that records its end, or that it is cancelled by itself. Until then
//!    the order looks for all of its open numbers: by the registry's list of those on
//!    its campaign, and then at each that the list does not show under review.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use platform::case::{Author, CaseError};
use platform::message::Cause;
use platform::numbers;
use platform::own_step::Does;
use platform::queue::Outgoing;
use platform::step::{CallError, Misplaced, order};
use platform::store::{Begun, Row, StoreError};
use platform::telemetry::chain;
use platform::{Case, Platform};
use registration::facts::Subject;
use registration::order::PhoneNumber;
use registration::{Actor, Fact, Reason, RegistryId, Status, Step, Verdict};
use registry::{Reading, Registry, RegistryError};
use serde_json::{Value, json};
use tracing::info;

/// How often a lost race is run again.
const RACES: usize = 5;

/// So many numbers are on one page of a registry's list, about: where fewer are open than
/// the list has pages, each is looked at.
const LISTED: u32 = 20;

/// Starts the numbers of an order.
#[derive(Clone, Default)]
pub struct Start {
    /// Whose list of numbers is read; none: each number is looked at.
    pub registry: Option<Arc<dyn Registry>>,
}

#[async_trait]
impl Does for Start {
    const STEP: Step = Step::Numbers;

    fn request(&self, case: &Case) -> Result<Value, Misplaced> {
        Ok(json!({ "numbers": order(case, Step::Numbers)?.numbers.count() }))
    }

    async fn run(&self, platform: &Platform, case: &Case) -> Result<Reading, CallError> {
        let campaign = case
            .facts
            .registry_id(Step::Campaign)
            .ok_or(Misplaced(Step::Numbers))?;
        let placed: Vec<_> = order(case, Step::Numbers)?
            .numbers
            .as_slice()
            .iter()
            .zip(1..)
            .collect();
        // All of them before any message: none may end while others are not counted yet.
        if case.facts.replaced_campaign().is_some() {
            for (_, place) in &placed {
                reassign(platform, case, campaign, *place).await?;
            }
        }
        for some in placed.chunks(numbers::TOGETHER) {
            start(platform, case, campaign, some).await?;
        }
        Ok(read(
            case,
            &numbers::row(platform, case).await?,
            ordered(case)?,
        ))
    }

    async fn look(&self, platform: &Platform, case: &Case) -> Result<Reading, CallError> {
        let (row, ordered) = (numbers::row(platform, case).await?, ordered(case)?);
        if row.open_numbers > 0 {
            self.look_at_open(platform, case, row.open_numbers).await?;
        } else if row.parked_numbers > 0 || case.facts.has_parked_numbers() {
            numbers::tell_itself(platform, case, Self::STEP).await?;
        }
        if row.open_numbers == 0 && case.facts.verdict(Step::Numbers).is_some() {
            return recount(platform, case, &row, ordered).await;
        }
        Ok(read(case, &row, ordered))
    }
}

fn ordered(case: &Case) -> Result<u32, Misplaced> {
    Ok(order(case, Step::Numbers)?.numbers.count())
}

fn read(case: &Case, row: &Row, ordered: u32) -> Reading {
    let (open, refused) = (row.open_numbers, row.refused_numbers);
    let assigned = wanted(row, ordered).saturating_sub(refused);
    Reading {
        id: RegistryId::new(case.id.as_str()),
        verdict: (open == 0).then(|| verdict(ordered, assigned, refused)),
        status: format!("{open} of {ordered} open"),
        response: json!({ "open": open, "refused": refused }),
    }
}

/// How many numbers were not cancelled by themselves.
fn wanted(row: &Row, ordered: u32) -> u32 {
    ordered.saturating_sub(row.cancelled_numbers)
}

impl Start {
    /// Asks after every number that has not ended, unless their messages are still
    /// waiting their turn, or the registry's list shows it under review.
    async fn look_at_open(
        &self,
        platform: &Platform,
        case: &Case,
        open: u32,
    ) -> Result<(), CallError> {
        let depth = platform.queue.depth(Step::Number.function()).await;
        if depth.map_err(CallError::ours)?.waiting >= u64::from(open) {
            return Ok(());
        }
        let ordered = order(case, Step::Numbers)?.numbers.as_slice();
        let under_review = self.under_review(case, open).await?;
        let is_under_review = |row: &Row| {
            let place = row.id.place().and_then(|place| place.checked_sub(1));
            let number = place.and_then(|place| ordered.get(usize::try_from(place).ok()?));
            number.is_some_and(|number| under_review.contains(number.as_str()))
        };
        let wanted = |row: &Row| row.status.is_under_way() && !is_under_review(row);
        numbers::look(platform, case, Step::Numbers, wanted).await
    }

    /// By the registry's list; nothing where it has none, or did not give it.
    async fn under_review(&self, case: &Case, open: u32) -> Result<BTreeSet<String>, CallError> {
        let pages = ordered(case)?.div_ceil(LISTED);
        let (Some(registry), Some(campaign)) =
            (&self.registry, case.facts.registry_id(Step::Campaign))
        else {
            return Ok(BTreeSet::new());
        };
        if open <= pages {
            return Ok(BTreeSet::new());
        }
        match registry.numbers_under_review(campaign).await {
            Ok(listed) => Ok(listed.unwrap_or_default()),
            Err(error @ RegistryError::Throttled { .. }) => Err(error.into()),
            Err(error) => {
                info!(registration = %case.id, error = %chain(&error), "no list of numbers: each is looked at");
                Ok(BTreeSet::new())
            }
        }
    }
}

/// A number that was refused may have been retried since, and one that was
/// assigned taken off: what counts then is where each stands now.
async fn recount(
    platform: &Platform,
    case: &Case,
    row: &Row,
    ordered: u32,
) -> Result<Reading, CallError> {
    let (mut after, mut assigned) = (None, 0);
    loop {
        let page = platform.store.numbers(&case.id, after.as_ref()).await;
        let page = page.map_err(CallError::ours)?;
        for row in &page.rows {
            assigned += u32::from(is_registered(platform, row).await?);
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    // A list may be a moment behind, and still show a cancelled number as assigned.
    let wanted = wanted(row, ordered);
    let assigned = assigned.min(wanted);
    let refused = wanted.saturating_sub(assigned);
    Ok(Reading {
        id: RegistryId::new(case.id.as_str()),
        verdict: Some(verdict(ordered, assigned, refused)),
        status: format!("{assigned} of {ordered} assigned"),
        response: json!({ "assigned": assigned, "refused": refused }),
    })
}

/// A row may be behind its history: then whoever wrote last has died before the row.
async fn is_registered(platform: &Platform, row: &Row) -> Result<bool, CallError> {
    if row.status == Status::Registered {
        return Ok(true);
    }
    let number = Case::load(&*platform.store, &row.id).await;
    let number = number.map_err(CallError::ours)?;
    Ok(Status::of(&number.facts) == Status::Registered)
}

/// What the numbers' ends mean for the order. A number that was cancelled by itself
/// is neither assigned nor refused: what is left of the order is what counts.
fn verdict(ordered: u32, assigned: u32, refused: u32) -> Verdict {
    match (assigned, refused) {
        (all, _) if all == ordered => Verdict::Approved,
        (0, 1..) => Verdict::Rejected {
            reasons: vec![Reason {
                code: "all_numbers_refused".to_owned(),
                description: format!("all {refused} numbers were refused: see each number"),
                fields: vec!["/numbers".to_owned()],
            }],
        },
        (approved, refused) => Verdict::PartlyApproved { approved, refused },
    }
}

/// Puts a number that was begun for another campaign of this order on this one.
async fn reassign(
    platform: &Platform,
    order: &Case,
    campaign: &RegistryId,
    place: u32,
) -> Result<(), CallError> {
    let id = order.id.number(place);
    let author = Author {
        actor: Actor::function(Step::Numbers.function()),
        trace: order.trace().clone(),
    };
    for _ in 0..RACES {
        let mut case = match Case::load(&*platform.store, &id).await {
            Err(CaseError::Unknown(_)) => return Ok(()),
            case => case.map_err(CallError::ours)?,
        };
        let is_on_it = matches!(
            case.facts.subject(),
            Subject::Number { campaign: on, .. } if on == campaign
        );
        if is_on_it || case.facts.cancelled() {
            return Ok(());
        }
        let campaign = campaign.clone();
        let reassigned = vec![Fact::Reassigned { campaign }];
        match case.record(platform, &author, reassigned).await {
            Err(CaseError::Store(StoreError::Taken { .. })) => {}
            done => return done.map_err(CallError::ours),
        }
    }
    Err(CallError::ours(CaseError::Store(StoreError::Busy {
        verb: "reassign a number",
        source: format!("others wrote to {id} every time").into(),
    })))
}

/// Begins the registrations of some numbers and sends their first messages.
async fn start(
    platform: &Platform,
    case: &Case,
    campaign: &RegistryId,
    numbers: &[(&PhoneNumber, u32)],
) -> Result<(), CallError> {
    let now = platform.clock.now();
    let author = Author {
        actor: Actor::function(Step::Numbers.function()),
        trace: case.trace().clone(),
    };
    let mut messages = Vec::with_capacity(numbers.len());
    for (number, place) in numbers {
        let id = case.id.number(*place);
        let fact = Fact::NumberReceived {
            account: case.facts.account().clone(),
            parent: case.id.clone(),
            campaign: campaign.clone(),
            number: (*number).clone(),
        };
        let (number, append) =
            Case::begin(platform, &id, &author, fact, now).map_err(CallError::ours)?;
        let stored = number.store(platform, append, None).await;
        match stored.map_err(CallError::ours)? {
            // Begun before a crash: its message may be lost, and a second one
            // does no harm.
            Begun::New | Begun::Exists => {
                // One that was begun before stands elsewhere than a new one.
                let number = match case.facts.replaced_campaign() {
                    Some(_) => Case::load(&*platform.store, &id).await,
                    None => Ok(number),
                };
                let number = number.map_err(CallError::ours)?;
                let message = number.next_message(Cause::Next);
                let delay = Duration::ZERO;
                messages.extend(message.map(|message| Outgoing { message, delay }));
            }
            Begun::Repeated(_) | Begun::KeyTaken | Begun::Claimed => {}
        }
    }
    platform
        .queue
        .send(&messages)
        .await
        .map_err(CallError::ours)
}

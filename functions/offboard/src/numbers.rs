//! The numbers of a cancelled order.
//!
//! 1. Request: how many. The intention sets the order's counter of numbers to
//!    withdraw before any of them can be.
//! 2. Submit: cancel every number's own registration and send its message. One
//!    that was not begun is begun as cancelled, so that a worker that is still
//!    starting numbers cannot begin it after us.
//! 3. Verdict: when the counter is zero. Until then a look at the order is a look
//!    at each number that is still to be withdrawn.

use std::time::Duration;

use async_trait::async_trait;
use platform::case::{Author, CaseError};
use platform::message::Cause;
use platform::numbers;
use platform::own_step::Does;
use platform::queue::Outgoing;
use platform::step::{CallError, Misplaced, order};
use platform::store::StoreError;
use platform::{Case, Platform};
use registration::order::PhoneNumber;
use registration::{Actor, Fact, RegistryId, Status, Step, Verdict};
use registry::Reading;
use serde_json::{Value, json};

/// How often a lost race is run again.
const RACES: usize = 5;

/// Withdraws the numbers of an order.
#[derive(Debug, Clone, Copy)]
pub struct EndNumbers;

#[async_trait]
impl Does for EndNumbers {
    const STEP: Step = Step::EndNumbers;

    fn request(&self, case: &Case) -> Result<Value, Misplaced> {
        Ok(json!({ "numbers": order(case, Step::EndNumbers)?.numbers.count() }))
    }

    async fn run(&self, platform: &Platform, case: &Case) -> Result<Reading, CallError> {
        let placed: Vec<_> = order(case, Step::EndNumbers)?
            .numbers
            .as_slice()
            .iter()
            .zip(1..)
            .collect();
        for some in placed.chunks(numbers::TOGETHER) {
            let mut messages = Vec::with_capacity(some.len());
            for (number, place) in some {
                messages.extend(cancel(platform, case, number, *place).await?);
            }
            platform
                .queue
                .send(&messages)
                .await
                .map_err(CallError::ours)?;
        }
        read(platform, case).await
    }

    async fn look(&self, platform: &Platform, case: &Case) -> Result<Reading, CallError> {
        let reading = read(platform, case).await?;
        if reading.verdict.is_some() && case.facts.has_parked_numbers() {
            numbers::tell_itself(platform, case, Self::STEP).await?;
        } else if reading.verdict.is_none() {
            let is_ending = |status| status == Status::Cancelling;
            numbers::look(platform, case, Self::STEP, |row| is_ending(row.status)).await?;
        }
        Ok(reading)
    }
}

/// Cancels one number's registration; the message for what it waits for then.
async fn cancel(
    platform: &Platform,
    order: &Case,
    number: &PhoneNumber,
    place: u32,
) -> Result<Option<Outgoing>, CallError> {
    let author = Author {
        actor: Actor::function(Step::EndNumbers.function()),
        trace: order.trace().clone(),
    };
    let id = order.id.number(place);
    for _ in 0..RACES {
        let mut case = match Case::load(&*platform.store, &id).await {
            Err(CaseError::Unknown(_)) => {
                begin(platform, order, number, place, &author).await?;
                continue;
            }
            case => case.map_err(CallError::ours)?,
        };
        // One that was cancelled by itself before is taken off our count so, even
        // if it is withdrawn already.
        if !case.facts.cancelled_with_order() {
            let cancelled = Fact::Cancelled {
                keep_brand: true,
                alone: false,
            };
            match case.record(platform, &author, vec![cancelled]).await {
                Ok(()) => {}
                Err(CaseError::Store(StoreError::Taken { .. })) => continue,
                Err(error) => return Err(CallError::ours(error)),
            }
        }
        let message = case.next_message(Cause::Next);
        let delay = Duration::ZERO;
        return Ok(message.map(|message| Outgoing { message, delay }));
    }
    Err(CallError::ours(CaseError::Store(StoreError::Busy {
        verb: "cancel a number",
        source: format!("others wrote to {id} every time").into(),
    })))
}

async fn begin(
    platform: &Platform,
    order: &Case,
    number: &PhoneNumber,
    place: u32,
    author: &Author,
) -> Result<(), CallError> {
    let campaign = order.facts.registry_id(Step::Campaign).cloned();
    let fact = Fact::NumberReceived {
        account: order.facts.account().clone(),
        parent: order.id.clone(),
        campaign: campaign.ok_or(Misplaced(Step::EndNumbers))?,
        number: number.clone(),
    };
    let id = order.id.number(place);
    let now = platform.clock.now();
    let (_, append) = Case::begin(platform, &id, author, fact, now).map_err(CallError::ours)?;
    platform
        .store
        .begin(append, None)
        .await
        .map_err(CallError::ours)?;
    Ok(())
}

async fn read(platform: &Platform, case: &Case) -> Result<Reading, CallError> {
    let row = numbers::row(platform, case).await?;
    let open = row.open_ends;
    Ok(Reading {
        id: RegistryId::new(case.id.as_str()),
        verdict: (open == 0).then_some(Verdict::Approved),
        status: format!("{open} to withdraw"),
        response: json!({ "open": open }),
    })
}

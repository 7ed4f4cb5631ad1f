//! An order and its numbers, each of which has a registration of its own: what
//! the steps that start and withdraw them share.

use std::time::Duration;

use registration::facts::{Facts, Stands};
use registration::parked::ParkedNumbers;
use registration::waiting::Counts;
use registration::{Actor, Fact, MustAct, RegistrationId, Round, Status, Step, TraceId, Verdict};
use tracing::error;

use crate::Platform;
use crate::case::{Author, Case, CaseError};
use crate::message::{Cause, Message};
use crate::queue::Outgoing;
use crate::step::CallError;
use crate::store::{Row, Store, StoreError};
use crate::telemetry::chain;

/// Numbers whose messages are sent together.
pub const TOGETHER: usize = 10;

/// How often a lost race is recorded again.
const RACES: usize = 5;

/// The row of an order, which counts its numbers.
pub async fn row(platform: &Platform, order: &Case) -> Result<Row, CallError> {
    let row = platform.store.row(&order.id).await;
    row.map_err(CallError::ours)?
        .ok_or_else(|| CallError::ours(CaseError::Unknown(order.id.clone())))
}

/// Asks after every number with such a row: one whose message was lost is taken up,
/// one that is under review is read. Finds what the order was not told of those that
/// wait for an operator.
pub async fn look(
    platform: &Platform,
    order: &Case,
    step: Step,
    wanted: impl Fn(&Row) -> bool,
) -> Result<(), CallError> {
    let (mut after, mut parked) = (None, ParkedNumbers::default());
    loop {
        let page = platform.store.numbers(&order.id, after.as_ref()).await;
        let page = page.map_err(CallError::ours)?;
        add_parked(&mut parked, &page.rows);
        let open = page.rows.iter().filter(|row| wanted(row));
        let looks: Vec<_> = open
            .filter_map(|row| row.message(Cause::Look, order.trace()))
            .map(|message| Outgoing {
                message,
                delay: Duration::ZERO,
            })
            .collect();
        platform.queue.send(&looks).await.map_err(CallError::ours)?;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    match parked.reasons() == order.facts.parked_numbers() {
        true => Ok(()),
        false => tell_itself(platform, order, step).await,
    }
}

/// The same as [`tell`], from the order's own `step`.
pub async fn tell_itself(platform: &Platform, order: &Case, step: Step) -> Result<(), CallError> {
    let author = Author {
        actor: Actor::function(step.function()),
        trace: order.trace().clone(),
    };
    let told = tell(platform, &order.id, &author).await;
    told.map_err(CallError::ours)
}

/// The numbers of an order that wait for an operator.
pub async fn parked(
    store: &dyn Store,
    order: &RegistrationId,
) -> Result<ParkedNumbers, StoreError> {
    let (mut after, mut parked) = (None, ParkedNumbers::default());
    loop {
        let page = store.numbers(order, after.as_ref()).await?;
        add_parked(&mut parked, &page.rows);
        after = page.next;
        if after.is_none() {
            return Ok(parked);
        }
    }
}

fn add_parked(parked: &mut ParkedNumbers, rows: &[Row]) {
    for row in rows
        .iter()
        .filter(|row| row.must_act() == MustAct::Operator)
    {
        parked.add(row.last_error.as_deref().unwrap_or("see its history"));
    }
}

/// Tells an order that one of its numbers waits for an operator, or does no more. A
/// failure is only logged, as the order looks after its numbers.
pub(crate) async fn tell_order(platform: &Platform, number: &Case, author: &Author) {
    let Some(order) = number.id.parent() else {
        return;
    };
    // The order's own fact is recorded as the number's was.
    if let Err(error) = Box::pin(tell(platform, &order, author)).await {
        error!(registration = %order, error = %chain(&error), "a parked number is left to the order's next look");
    }
}

/// Brings an order's history up to why its numbers wait for an operator: one fact when
/// the first does, when there is another reason, and when none does any more. Whoever
/// comes last has read what all others wrote, so that their order does not matter.
pub async fn tell(
    platform: &Platform,
    order: &RegistrationId,
    author: &Author,
) -> Result<(), CaseError> {
    let mut raced = None;
    for _ in 0..RACES {
        let mut case = Case::load(&*platform.store, order).await?;
        let reasons = parked(&*platform.store, order).await?.reasons();
        if reasons == case.facts.parked_numbers() {
            return Ok(());
        }
        let fact = match reasons.is_empty() {
            true => Fact::NumbersResumed,
            false => Fact::NumbersParked { reasons },
        };
        match case.record(platform, author, vec![fact]).await {
            Err(error @ CaseError::Store(StoreError::Taken { .. })) => raced = Some(error),
            done => return done,
        }
    }
    raced.map_or(Ok(()), Err)
}

/// How the numbers of an order stand, by its history and the row that counts them;
/// none for a number's own.
pub fn counts(row: &Row, facts: &Facts) -> Option<Counts> {
    row.parent.is_none().then(|| {
        let ordered = facts.ordered_numbers();
        let counts = match facts.cancelled() {
            true => counts_of_cancelled(row, facts, ordered),
            false => counts_of_wanted(row, facts, ordered),
        };
        Counts {
            ordered,
            moved: facts.moved_numbers(),
            parked: row.parked_numbers,
            ..counts
        }
    })
}

fn counts_of_wanted(row: &Row, facts: &Facts, ordered: u32) -> Counts {
    let numbers = facts.step(Step::Numbers);
    // The store counts from the numbers' first intention on.
    let begun = numbers.stands != Stands::Untried || numbers.round > Round::FIRST;
    // The store counts each number's first end; the verdict those that were
    // corrected or taken off since.
    let refused = match facts.verdict(Step::Numbers) {
        Some(Verdict::Approved) => 0,
        Some(Verdict::PartlyApproved { refused, .. }) => *refused,
        _ => row.refused_numbers,
    };
    Counts {
        open: if begun { row.open_numbers } else { ordered },
        refused,
        cancelled: row.cancelled_numbers,
        ..Counts::default()
    }
}

/// What is at the registry still is open, all else is gone: withdrawn, refused before,
/// or never sent.
fn counts_of_cancelled(row: &Row, facts: &Facts, ordered: u32) -> Counts {
    let is_counted = facts.step(Step::EndNumbers).intended;
    let open = match is_counted {
        true => row.open_ends,
        false if facts.numbers_opened() && !facts.withdrawn() => ordered,
        false => 0,
    };
    Counts {
        open,
        cancelled: ordered.saturating_sub(open),
        ..Counts::default()
    }
}

/// The message that wakes the order of a number, if this was the last one that it
/// waited for (to end, to be cancelled, or to be withdrawn). One that changes after
/// that makes it count again.
pub async fn waking(
    platform: &Platform,
    number: &Case,
    trace: &TraceId,
) -> Result<Option<Message>, StoreError> {
    let facts = &number.facts;
    let is_gone = facts.is_gone_with_order();
    let is_closed = facts.cancelled_alone() || facts.number_end().is_some();
    let parent = number.id.parent().filter(|_| is_gone || is_closed);
    let Some(parent) = parent else {
        return Ok(None);
    };
    let Some(row) = platform.store.row(&parent).await? else {
        return Ok(None);
    };
    let (open, waiting) = match is_gone {
        true => (row.open_ends, Step::EndNumbers),
        false => (row.open_numbers, Step::Numbers),
    };
    let is_decided = match row.step {
        None => !facts.cancelled_with_order(),
        // Its numbers were begun before: it stands there again once it is reinstated.
        Some(Step::Campaign) => row.status == Status::Suspended,
        Some(step) => step == waiting && row.status.is_at_rest(),
    };
    Ok(match open {
        0 if is_decided && row.step == Some(waiting) => {
            Some(row.about(waiting, Cause::Look, trace))
        }
        0 if is_decided => Some(row.about(Step::Numbers, Cause::Look, trace)),
        0 if row.step == Some(waiting) => row.message(Cause::Next, trace),
        _ => None,
    })
}

//! An order and its numbers, each of which has a registration of its own: what
//! the steps that start and withdraw them share.

use std::time::Duration;

use registration::{Status, Step, TraceId};

use crate::Platform;
use crate::case::{Case, CaseError};
use crate::message::{Cause, Message};
use crate::queue::Outgoing;
use crate::step::CallError;
use crate::store::{Row, StoreError};

/// Numbers whose messages are sent together.
pub const TOGETHER: usize = 10;

/// The row of an order, which counts its numbers.
pub async fn row(platform: &Platform, order: &Case) -> Result<Row, CallError> {
    let row = platform.store.row(&order.id).await;
    row.map_err(CallError::ours)?
        .ok_or_else(|| CallError::ours(CaseError::Unknown(order.id.clone())))
}

/// Asks after every number with such a status: one whose message was lost is
/// taken up, one that is under review is read.
pub async fn look(
    platform: &Platform,
    order: &Case,
    wanted: fn(Status) -> bool,
) -> Result<(), CallError> {
    let mut after = None;
    loop {
        let page = platform.store.numbers(&order.id, after.as_ref()).await;
        let page = page.map_err(CallError::ours)?;
        let open = page.rows.iter().filter(|row| wanted(row.status));
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
            return Ok(());
        }
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
    let is_gone = facts.withdrawn() && facts.cancelled_with_order();
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
        0 if is_decided => Some(row.about(Step::Numbers, Cause::Look, trace)),
        0 if row.step == Some(waiting) => row.message(Cause::Next, trace),
        _ => None,
    })
}

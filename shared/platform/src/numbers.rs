//! An order and its numbers, each of which has a registration of its own: what
//! the steps that start and withdraw them share.

use std::time::Duration;

use registration::Status;

use crate::Platform;
use crate::case::{Case, CaseError};
use crate::message::Cause;
use crate::queue::Outgoing;
use crate::step::CallError;
use crate::store::Row;

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

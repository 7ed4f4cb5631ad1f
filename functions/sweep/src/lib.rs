//! sweep: brings on what is due.
//!
//! No message waits in a queue for weeks. A registration that waits has a time
//! at which it is due; this function, run on a schedule, sends a message for
//! each that is. Two kinds:
//!
//! * a look: the registry's answer is awaited, and it is time to ask;
//! * a rescue: a message of ours should have moved it and has not. A crash
//!   between recording and sending explains it; one that nothing explains is a
//!   bug, so rescues are counted.

use std::time::Duration;

use platform::case::CaseError;
use platform::limiter::Limits;
use platform::message::Cause;
use platform::queue::{Outgoing, QueueError};
use platform::store::{Row, StoreError};
use platform::{Case, Platform};
use registration::patience::later;
use registration::{Step, TraceId};
use tracing::warn;

/// Registrations that one run takes up; the next run takes the rest.
const MOST: usize = 1_000;

/// Messages that are sent together.
const TOGETHER: usize = 10;

/// What one run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Verdicts that were due to be asked for.
    pub looks: usize,
    /// Registrations whose own message had got lost.
    pub rescues: usize,
    /// Of those, the ones that earlier rescues have not moved either: a person
    /// must look at the function of their step.
    pub stalled: usize,
    /// Registrations that are late because their queue is long, not because
    /// anything was lost.
    pub queued: usize,
    /// Registrations that had moved, and only their row had not.
    pub behind: usize,
    /// Whether there was more than one run takes up.
    pub more: bool,
}

/// A run that did not finish. What it has sent, it has sent; the next run takes
/// up the rest.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// What is due could not be read or moved on.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A history could not be read.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The messages could not be sent.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// Brings on what is due now. `limits`: how fast a queue can be worked off.
pub async fn sweep(platform: &Platform, limits: &Limits) -> Result<Swept, SweepError> {
    let now = platform.clock.now();
    let due = platform.store.due(now, MOST).await?;
    let mut swept = Swept {
        more: due.len() == MOST,
        ..Swept::default()
    };
    let trace = TraceId::new((platform.random)());
    for rows in due.chunks(TOGETHER) {
        let mut messages = Vec::with_capacity(rows.len());
        let mut taken = Vec::with_capacity(rows.len());
        for row in rows {
            let row = brought_up(platform, row.clone()).await?;
            let step = row.step.unwrap_or_else(|| row.watched());
            if row.due_at.is_none_or(|due| now < due) {
                swept.behind += 1;
                continue;
            }
            let cause = if row.awaits_answer {
                swept.looks += 1;
                Cause::Look
            } else if is_still_queued(platform, limits, &row, step).await? {
                swept.queued += 1;
                put_off(platform, &row).await?;
                continue;
            } else {
                swept.rescues += 1;
                swept.stalled += usize::from(is_stalled(platform, &row));
                warn!(registration = %row.id, %step, "rescue: its message was lost");
                Cause::Rescue
            };
            messages.push(Outgoing {
                message: row.about(step, cause, &trace),
                delay: Duration::ZERO,
            });
            taken.push(row);
        }
        platform.queue.send(&messages).await?;
        // After the messages: a second message does no harm, a lost one does.
        for row in &taken {
            put_off(platform, row).await?;
        }
    }
    Ok(swept)
}

/// The row as the history has it: a registration that runs smoothly leaves its
/// row behind, and so does a crash. One that already waits for an answer is
/// looked at whatever it says.
async fn brought_up(platform: &Platform, row: Row) -> Result<Row, SweepError> {
    if row.awaits_answer {
        return Ok(row);
    }
    let case = Case::load(&*platform.store, &row.id).await?;
    let fresh = case.last_row(platform);
    if fresh.seq <= row.seq {
        return Ok(row);
    }
    platform.store.project(&fresh).await?;
    Ok(fresh)
}

/// Whether a late registration may simply be waiting its turn: so many messages
/// before it take so long at the rate that the registry allows. Twice that, to
/// be fair.
async fn is_still_queued(
    platform: &Platform,
    limits: &Limits,
    row: &Row,
    step: Step,
) -> Result<bool, QueueError> {
    let Some(rate) = limits.writes else {
        return Ok(false);
    };
    let depth = platform.queue.depth(step.function()).await?;
    let ahead = u32::try_from(depth.waiting).unwrap_or(u32::MAX);
    let patience = rate.interval().saturating_mul(ahead).saturating_mul(2);
    let since = later(row.updated_at, platform.patience.rescue_after);
    Ok(depth.waiting > 0 && platform.clock.now() < later(since, patience))
}

/// Whether it has not moved for so long that it must have been rescued before.
fn is_stalled(platform: &Platform, row: &Row) -> bool {
    let rescued_before = platform.patience.rescue_after.saturating_mul(3);
    later(row.updated_at, rescued_before) < platform.clock.now()
}

/// Not due again until it is time for the next look, or the message has had its
/// time.
async fn put_off(platform: &Platform, row: &Row) -> Result<(), StoreError> {
    let (now, patience) = (platform.clock.now(), &platform.patience);
    let due = match row.awaits_answer {
        true => patience.next_look(row.updated_at, now),
        false => later(now, patience.rescue_after),
    };
    platform
        .store
        .postpone(&row.id, row.seq, due, None)
        .await
        .map(drop)
}

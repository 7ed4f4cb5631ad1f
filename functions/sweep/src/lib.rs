//! sweep: brings on what is due.
//!
//! No message waits in a queue for weeks. A registration that waits has a time
//! at which it is due; this function, run on a schedule, sends a message for
//! each that is. Three kinds:
//!
//! * a look: the registry's answer is awaited, and it is time to ask;
//! * a rescue: a message of ours should have moved it and has not. A crash
//!   between recording and sending explains it; one that nothing explains is a
//!   bug, so rescues are counted;
//! * a callback: the account is to be told of something, again (`callbacks`).

mod callbacks;

use std::time::Duration;

use jiff::Timestamp;
use platform::case::CaseError;
use platform::limiter::{Flow, Paced};
use platform::message::{Cause, Message};
use platform::queue::{Outgoing, QueueError};
use platform::store::{Row, StoreError};
use platform::{Case, Platform};
use registration::patience::later;
use registration::{Step, TraceId};
use registry::Traffic;
use tracing::{info, warn};

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
    /// Accounts that were due to be called again.
    pub callbacks: usize,
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

/// Brings on what is due now. `pace`: how fast a queue is worked off.
pub async fn sweep(platform: &Platform, pace: &Paced) -> Result<Swept, SweepError> {
    let now = platform.clock.now();
    let flow = pace.flow(Traffic::Write).await?;
    let due = platform.store.due(now, MOST).await?;
    let mut swept = Swept {
        more: due.len() == MOST,
        ..Swept::default()
    };
    let trace = TraceId::new((platform.random)());
    for rows in due.chunks(TOGETHER) {
        let mut taken = Vec::with_capacity(rows.len());
        for row in rows {
            taken.extend(take_up(platform, flow, row.clone(), &trace, &mut swept).await?);
        }
        let messages = taken.iter().flat_map(|taken| &taken.messages);
        let messages: Vec<_> = messages
            .map(|message| Outgoing {
                message: message.clone(),
                delay: Duration::ZERO,
            })
            .collect();
        platform.queue.send(&messages).await?;
        // After the messages: a second message does no harm, a lost one does.
        for Taken { row, until, .. } in taken {
            platform
                .store
                .postpone(&row.id, row.seq, until, None)
                .await?;
        }
    }
    Ok(swept)
}

/// A registration that is taken up.
struct Taken {
    row: Row,
    messages: Vec<Message>,
    /// When it is due next, should nothing happen.
    until: Timestamp,
}

/// Decides what a row is due for. None: for nothing, its row was only behind.
async fn take_up(
    platform: &Platform,
    flow: Flow,
    row: Row,
    trace: &TraceId,
    swept: &mut Swept,
) -> Result<Option<Taken>, SweepError> {
    let (now, patience) = (platform.clock.now(), &platform.patience);
    let (row, case) = match row.awaits_answer {
        true => (row, None),
        false => {
            let (row, case) = brought_up(platform, row).await?;
            (row, Some(case))
        }
    };
    if row.due_at.is_none_or(|due| now < due) {
        swept.behind += 1;
        return Ok(None);
    }
    if let Some(case) = case
        && let Some(owed) = callbacks::owed(platform, &row, &case, trace, swept)
    {
        return Ok(Some(owed));
    }
    let step = row.step.unwrap_or_else(|| row.watched());
    let (cause, until) = if row.awaits_answer {
        swept.looks += 1;
        let until = patience.look_after_sweep(row.step, row.parent.is_some(), row.updated_at, now);
        (Some(Cause::Look), until)
    } else if let Some(turn) = its_turn(platform, flow, &row, step).await? {
        swept.queued += 1;
        info!(registration = %row.id, %step, "late: it waits its turn in its queue");
        (None, turn.max(later(now, patience.rescue_after)))
    } else {
        swept.rescues += 1;
        swept.stalled += usize::from(is_stalled(platform, &row));
        warn!(registration = %row.id, %step, "rescue: its message was lost");
        (Some(Cause::Rescue), later(now, patience.rescue_after))
    };
    let messages = cause.map(|cause| row.about(step, cause, trace));
    Ok(Some(Taken {
        messages: messages.into_iter().collect(),
        until,
        row,
    }))
}

/// The row as the history has it: a registration that runs smoothly leaves its
/// row behind, and so does a crash. One that already waits for an answer is
/// looked at whatever it says, and needs no reading.
async fn brought_up(platform: &Platform, row: Row) -> Result<(Row, Case), SweepError> {
    let case = Case::load(&*platform.store, &row.id).await?;
    let fresh = case.last_row(platform);
    if fresh.seq <= row.seq {
        return Ok((row, case));
    }
    platform.store.project(&fresh).await?;
    Ok((fresh, case))
}

/// When the turn of a late registration has surely come, if it may simply be waiting for
/// it: so many messages before it take so long at the rate that is in force. Twice that,
/// to be fair. A message that waits for its slot is hidden most of that time, so hidden
/// ones count.
async fn its_turn(
    platform: &Platform,
    flow: Flow,
    row: &Row,
    step: Step,
) -> Result<Option<Timestamp>, QueueError> {
    if flow == Flow::Free {
        return Ok(None);
    }
    let depth = platform.queue.depth(step.function()).await?;
    let ahead = depth.waiting + depth.in_flight + depth.delayed;
    let ahead = u32::try_from(ahead).unwrap_or(u32::MAX);
    let now = platform.clock.now();
    let Flow::At(rate) = flow else {
        return Ok((ahead > 0).then_some(now));
    };
    let patience = rate.interval().saturating_mul(ahead).saturating_mul(2);
    let since = later(row.updated_at, platform.patience.rescue_after);
    let turn = later(since, patience);
    Ok((ahead > 0 && now < turn).then_some(turn))
}

/// Whether it has not moved for so long that it must have been rescued before.
fn is_stalled(platform: &Platform, row: &Row) -> bool {
    let rescued_before = platform.patience.rescue_after.saturating_mul(3);
    later(row.updated_at, rescued_before) < platform.clock.now()
}

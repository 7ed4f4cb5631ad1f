//! Registrations whose account is to be told of something.
//!
//! Such a row says only that it is due, and not whether for its callback, for its
//! step, or for both: its history tells.

use jiff::Timestamp;
use platform::callback;
use platform::message::{Cause, Message};
use platform::store::Row;
use platform::{Case, Platform};
use registration::TraceId;
use registration::patience::later;
use registration::sequence::Waits;
use tracing::warn;

use crate::{Swept, Taken};

/// What is owed to the account of this registration, and to its step on the way.
/// None: the account is told of everything.
pub(crate) fn owed(
    platform: &Platform,
    row: &Row,
    case: &Case,
    trace: &TraceId,
    swept: &mut Swept,
) -> Option<Taken> {
    let (now, patience) = (platform.clock.now(), &platform.patience);
    let oldest = case.facts.callback()?;
    let mut messages = Vec::new();
    let mut until = patience.callback_due_at(oldest, case.updated_at());
    if until <= now {
        until = later(now, patience.rescue_after);
        if oldest.attempts == 0 {
            warn!(registration = %row.id, seq = oldest.seq, "rescue: its callback was not called");
            swept.rescues += 1;
        } else {
            swept.callbacks += 1;
        }
        messages.push(Message {
            trace: trace.clone(),
            ..callback::message(case)
        });
    }
    if let Some((cause, step_until)) = step(platform, case, now) {
        match cause {
            Some(Cause::Look) => swept.looks += 1,
            Some(_) => swept.rescues += 1,
            None => {}
        }
        let about = case
            .pending()
            .map_or_else(|| row.watched(), |pending| pending.step);
        messages.extend(cause.map(|cause| case.about(about, cause)));
        until = until.min(step_until);
    }
    Some(Taken {
        row: row.clone(),
        messages,
        until,
    })
}

/// What the step is due for, if for anything, and when it is due next. Every
/// failed call moves on when its registration is due, so that a look comes along
/// with every one: else an account that does not answer could put them off.
fn step(platform: &Platform, case: &Case, now: Timestamp) -> Option<(Option<Cause>, Timestamp)> {
    let patience = &platform.patience;
    let due = patience.due(&case.facts, case.updated_at())?;
    if let Some(pending) = case.pending()
        && let Waits::Verdict { since, .. } | Waits::Confirmation { since, .. } = pending.waits
    {
        return Some((
            Some(Cause::Look),
            patience.next_look(pending.step, since, now),
        ));
    }
    if now < due.at {
        return Some((None, due.at));
    }
    let cause = match due.by_plan {
        true => Cause::Look,
        false => Cause::Rescue,
    };
    Some((Some(cause), later(now, patience.rescue_after)))
}

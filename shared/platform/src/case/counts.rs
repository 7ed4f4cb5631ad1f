//! What an event changes in the counts of an order's numbers.

use registration::facts::{NumberEnd, Subject};
use registration::{Fact, Facts, Step};

use crate::planted::{self, Bug};
use crate::store::NumbersCount;

/// The first intention to start (or withdraw) the numbers sets how many are open,
/// before any of them can end. One repeated after a crash must not set it again.
pub(super) fn opened(before: &Facts, facts: &[Fact]) -> Option<NumbersCount> {
    facts.iter().find_map(|fact| {
        let Fact::Intended { step, request, .. } = fact else {
            return None;
        };
        let count = || request.get("numbers")?.as_u64()?.try_into().ok();
        match step {
            Step::Numbers if !before.numbers_opened() => Some(NumbersCount::Opens(count()?)),
            Step::EndNumbers if !before.step(*step).intended => {
                let forgotten = u32::from(planted::is(Bug::NumberForgotten));
                Some(NumbersCount::OpensEnds(count()?.saturating_sub(forgotten)))
            }
            _ => None,
        }
    })
}

/// What an event of a number's own changes in the counts of its order.
pub(super) fn closed(before: &Facts, after: &Facts) -> NumbersCount {
    let Subject::Number { parent, .. } = after.subject() else {
        return NumbersCount::Unchanged;
    };
    let parent = parent.clone();
    if after.is_gone_with_order() && !before.is_gone_with_order() {
        // Also where it ended by the same event: nobody waits for that any more.
        return NumbersCount::ClosesEnd { parent };
    }
    if after.cancelled_alone() {
        let counted = before.number_end();
        return match before.cancelled_alone() {
            true => NumbersCount::Unchanged,
            false => NumbersCount::Cancels { parent, counted },
        };
    }
    if let (Some(end), None) = (before.number_end(), after.number_end()) {
        return NumbersCount::Reopens {
            parent,
            refused: end == NumberEnd::Refused,
        };
    }
    match after.number_end().filter(|_| before.number_end().is_none()) {
        Some(end) => NumbersCount::Closes {
            parent,
            refused: end == NumberEnd::Refused,
        },
        None => NumbersCount::Unchanged,
    }
}

//! Rows, and what lists still show of how they were.

use std::collections::BTreeMap;
use std::hash::{Hash as _, Hasher};
use std::time::Duration;

use jiff::Timestamp;
use platform::store::{Append, NumbersCount, PAGE, Page, Row, RowQuery};
use registration::RegistrationId;
use registration::facts::NumberEnd;
use registration::patience::later;

use super::LONGEST_LAG;

#[derive(Default)]
pub(super) struct Rows(BTreeMap<RegistrationId, Kept>);

/// A row and its counts. Counts may fall below zero, and are read as zero then.
#[derive(Clone)]
struct Item {
    row: Row,
    counts: [i64; COUNTS],
}

const COUNTS: usize = 5;
const OPEN: usize = 0;
const REFUSED: usize = 1;
const CANCELLED: usize = 2;
const PARKED: usize = 3;
const ENDS: usize = 4;

struct Kept {
    now: Item,
    /// How it was until then, oldest first; none: it was not there.
    before: Vec<(Timestamp, Option<Item>)>,
}

impl Item {
    fn read(&self) -> Row {
        let count = |place: usize| {
            let count = self.counts.get(place).copied().unwrap_or_default();
            u32::try_from(count.max(0)).unwrap_or(u32::MAX)
        };
        Row {
            open_numbers: count(OPEN),
            refused_numbers: count(REFUSED),
            cancelled_numbers: count(CANCELLED),
            parked_numbers: count(PARKED),
            open_ends: count(ENDS),
            ..self.row.clone()
        }
    }
}

impl Kept {
    fn at(&self, seen: Timestamp) -> Option<&Item> {
        let before = self.before.iter().find(|(until, _)| *until > seen);
        before.map_or(Some(&self.now), |(_, item)| item.as_ref())
    }
}

impl Rows {
    fn change(&mut self, id: &RegistrationId, now: Timestamp, change: impl FnOnce(&mut Item)) {
        if let Some(kept) = self.0.get_mut(id) {
            kept.before
                .retain(|(until, _)| later(*until, LONGEST_LAG) > now);
            kept.before.push((now, Some(kept.now.clone())));
            change(&mut kept.now);
        }
    }

    pub(super) fn hash_into(&self, hasher: &mut impl Hasher) {
        for Item { row, counts } in self.0.values().map(|kept| &kept.now) {
            (row.seq, row.due_at, row.awaits_answer, counts).hash(hasher);
            (row.status.name(), &row.last_error).hash(hasher);
        }
    }

    pub(super) fn has(&self, id: &RegistrationId) -> bool {
        self.0.contains_key(id)
    }

    /// Brings a row up if it is behind, and makes it if it is not there.
    pub(super) fn bring_up(&mut self, row: &Row, now: Timestamp) {
        match self.0.get(&row.id) {
            Some(kept) if kept.now.row.seq >= row.seq => {}
            Some(_) => self.change(&row.id, now, |item| item.row = row.clone()),
            None => {
                let item = Item {
                    row: row.clone(),
                    counts: [0; COUNTS],
                };
                let kept = Kept {
                    now: item,
                    before: vec![(now, None)],
                };
                self.0.insert(row.id.clone(), kept);
            }
        }
    }

    /// What an append does to counts. False: the row that counts is not there.
    pub(super) fn count(&mut self, append: &Append, now: Timestamp) -> bool {
        let (id, parent) = (&append.row.id, append.row.parent.as_ref());
        let mut all = true;
        let mut add = |id: &RegistrationId, adds: &[(usize, i64)]| {
            all &= self.has(id);
            self.change(id, now, |item| {
                for (place, more) in adds {
                    if let Some(count) = item.counts.get_mut(*place) {
                        *count += more;
                    }
                }
            });
        };
        match &append.numbers {
            NumbersCount::Unchanged => {}
            NumbersCount::Opens(count) => {
                self.change(id, now, |item| item.counts[OPEN] = i64::from(*count));
            }
            NumbersCount::OpensEnds(count) => {
                self.change(id, now, |item| item.counts[ENDS] = i64::from(*count));
            }
            NumbersCount::Closes { parent, refused } => {
                add(parent, &[(OPEN, -1), (REFUSED, i64::from(*refused))]);
            }
            NumbersCount::Cancels { parent, counted } => {
                let from = match counted {
                    None => (OPEN, -1),
                    Some(NumberEnd::Refused) => (REFUSED, -1),
                    Some(NumberEnd::Assigned) => (OPEN, 0),
                };
                add(parent, &[(CANCELLED, 1), from]);
            }
            NumbersCount::Reopens { parent, refused } => {
                add(parent, &[(OPEN, 1), (REFUSED, -i64::from(*refused))]);
            }
            NumbersCount::ClosesEnd { parent } => add(parent, &[(ENDS, -1)]),
        }
        if let Some(parent) = parent.filter(|_| append.parked != 0) {
            self.change(parent, now, |item| {
                item.counts[PARKED] += i64::from(append.parked);
            });
        }
        all
    }

    /// Moves on when it is due, if it stands at this seq.
    pub(super) fn postpone(
        &mut self,
        id: &RegistrationId,
        seq: u64,
        due_at: Timestamp,
        last_error: Option<&str>,
        now: Timestamp,
    ) -> bool {
        if self.0.get(id).is_none_or(|kept| kept.now.row.seq != seq) {
            return false;
        }
        self.change(id, now, |item| {
            item.row.due_at = Some(due_at);
            if let Some(error) = last_error {
                item.row.last_error = Some(error.to_owned());
            }
        });
        true
    }

    /// As it is.
    pub(super) fn current(&self, id: &RegistrationId) -> Option<Row> {
        self.0.get(id).map(|kept| kept.now.read())
    }

    /// All rows as they were then.
    fn seen(&self, now: Timestamp, lag: Duration) -> impl DoubleEndedIterator<Item = &Item> {
        let seen = now.checked_sub(lag).unwrap_or(now);
        self.0.values().filter_map(move |kept| kept.at(seen))
    }

    pub(super) fn list(&self, query: &RowQuery, now: Timestamp, lag: Duration) -> Page {
        let matches = |item: &&Item| {
            let row = &item.row;
            row.parent.is_none()
                && query
                    .account
                    .as_ref()
                    .is_none_or(|account| *account == row.account)
                && query.status.is_none_or(|status| status == row.status)
                && query.after.as_ref().is_none_or(|after| row.id < *after)
        };
        let found = self.seen(now, lag).rev().filter(matches).map(Item::read);
        page(found, query.most.clamp(1, PAGE))
    }

    /// An order's numbers, as they are.
    pub(super) fn numbers(&self, parent: &RegistrationId, after: Option<&RegistrationId>) -> Page {
        let place = after.and_then(RegistrationId::place).unwrap_or(0);
        let ids = (place + 1..).map(|place| parent.number(place));
        page(ids.map_while(|id| self.current(&id)), PAGE)
    }

    pub(super) fn due(
        &self,
        at: Timestamp,
        most: usize,
        now: Timestamp,
        lag: Duration,
    ) -> Vec<Row> {
        let due = |item: &&Item| item.row.due_at.is_some_and(|due_at| due_at <= at);
        let mut rows: Vec<Row> = self.seen(now, lag).filter(due).map(Item::read).collect();
        rows.sort_by_key(|row| row.due_at);
        rows.truncate(most);
        rows
    }
}

fn page(found: impl Iterator<Item = Row>, most: usize) -> Page {
    let mut rows: Vec<Row> = found.take(most + 1).collect();
    let more = rows.len() > most;
    rows.truncate(most);
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    Page { rows, next }
}

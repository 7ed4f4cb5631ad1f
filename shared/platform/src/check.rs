//! Whether what is stored is in order: every history whole, every row what its history
//! says, every order's counters what its numbers' histories say. Histories are the truth;
//! all else is made from them, and can be made again.

use registration::chain::{self, Broken};
use registration::facts::NumberEnd;
use registration::{MustAct, RegistrationId, Step};

use crate::Platform;
use crate::case::{Case, CaseError};
use crate::store::{Row, StoreError};

/// Something that is not in order.
#[derive(Debug, thiserror::Error)]
pub enum Wrong {
    /// An event was changed, cut out or put in, or the end of the history was cut.
    #[error("{id}: the history is not whole: restore a copy of it")]
    Chain {
        /// Whose.
        id: RegistrationId,
        /// What is broken.
        #[source]
        source: Broken,
    },
    /// The events are whole and cannot be read: a later version wrote them.
    #[error("{id}: the history cannot be read by this version")]
    Unreadable {
        /// Whose.
        id: RegistrationId,
        /// Why.
        #[source]
        source: Box<CaseError>,
    },
    /// The row stands at its history's end and says something else.
    #[error("{id}: the row does not say what the history says: {fields}")]
    Row {
        /// Whose.
        id: RegistrationId,
        /// Which fields.
        fields: String,
    },
    /// There is a history, and no row.
    #[error("{id}: there is no row of this history")]
    Rowless {
        /// Whose.
        id: RegistrationId,
    },
    /// An order counts other numbers than it has.
    #[error("{id}: the row counts {told} of its numbers, and their histories {truly}")]
    Counts {
        /// Whose.
        id: RegistrationId,
        /// As the row has them.
        told: Counted,
        /// As they are.
        truly: Counted,
    },
}

/// An order's numbers by how they stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// Not ended.
    pub open: u32,
    /// Refused.
    pub refused: u32,
    /// Cancelled by themselves.
    pub cancelled: u32,
    /// Waiting for an operator, whatever else they count as.
    pub parked: u32,
    /// Of a cancelled order: not withdrawn yet. All others are not counted then.
    pub ends: u32,
}

impl std::fmt::Display for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            open,
            refused,
            cancelled,
            parked,
            ends,
        } = self;
        write!(
            f,
            "{open} open, {refused} refused, {cancelled} cancelled, {parked} parked, \
             {ends} to be withdrawn"
        )
    }
}

/// What is wrong with one registration. Its row was read before: what is added to a
/// history meanwhile is not wrong.
pub async fn registration(
    platform: &Platform,
    row: Option<&Row>,
    id: &RegistrationId,
) -> Result<Vec<Wrong>, StoreError> {
    let history = platform.store.history(id).await?;
    if let Err(source) = chain::verify(id, &history, row.map(|row| row.seq)) {
        return Ok(vec![Wrong::Chain {
            id: id.clone(),
            source,
        }]);
    }
    let case = match Case::open(id, history) {
        Ok(case) => case,
        Err(source) => {
            return Ok(vec![Wrong::Unreadable {
                id: id.clone(),
                source: Box::new(source),
            }]);
        }
    };
    let Some(row) = row else {
        return Ok(vec![Wrong::Rowless { id: id.clone() }]);
    };
    let mut wrong = Vec::new();
    wrong.extend(differs(row, &case.last_row(platform)));
    wrong.extend(miscounted(platform, row, &case).await?);
    Ok(wrong)
}

/// A row may be behind its history; one that stands at its end must say the same.
fn differs(row: &Row, history: &Row) -> Option<Wrong> {
    if row.seq != history.seq {
        return None;
    }
    let fields = [
        ("account", row.account != history.account),
        ("order", row.parent != history.parent),
        ("status", row.status != history.status),
        ("step", row.step != history.step),
        ("round", row.round != history.round),
        ("received", row.received_at != history.received_at),
    ];
    let fields: Vec<_> = fields
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect();
    (!fields.is_empty()).then(|| Wrong::Row {
        id: row.id.clone(),
        fields: fields.join(", "),
    })
}

async fn miscounted(
    platform: &Platform,
    row: &Row,
    order: &Case,
) -> Result<Option<Wrong>, StoreError> {
    let told = Counted {
        open: row.open_numbers,
        refused: row.refused_numbers,
        cancelled: row.cancelled_numbers,
        parked: row.parked_numbers,
        ends: row.open_ends,
    };
    let truly = match order.facts.cancelled() {
        true if order.facts.step(Step::EndNumbers).intended => Counted {
            ends: open_ends(platform, order).await?,
            ..told
        },
        false if order.facts.numbers_opened() => Counted {
            ends: told.ends,
            ..counted(platform, order).await?
        },
        _ => return Ok(None),
    };
    if told == truly {
        return Ok(None);
    }
    // A number that ended since the row was read has changed it: then nothing is wrong.
    let again = platform.store.row(&row.id).await?;
    Ok(again.filter(|again| again == row).map(|_| Wrong::Counts {
        id: row.id.clone(),
        told,
        truly,
    }))
}

/// The numbers of a cancelled order that are still to be withdrawn, by their histories.
async fn open_ends(platform: &Platform, order: &Case) -> Result<u32, StoreError> {
    let mut open = 0;
    for place in 1..=order.facts.ordered_numbers() {
        let number = number(platform, order, place).await?;
        open += u32::from(number.is_none_or(|number| !number.facts.is_gone_with_order()));
    }
    Ok(open)
}

/// A number of an order; none: it is not begun yet, or is told by itself.
async fn number(platform: &Platform, order: &Case, place: u32) -> Result<Option<Case>, StoreError> {
    match Case::load(&*platform.store, &order.id.number(place)).await {
        Ok(number) => Ok(Some(number)),
        Err(CaseError::Store(error)) => Err(error),
        Err(_) => Ok(None),
    }
}

/// The numbers of an order that is not cancelled, by their histories.
async fn counted(platform: &Platform, order: &Case) -> Result<Counted, StoreError> {
    let mut truly = Counted::default();
    for place in 1..=order.facts.ordered_numbers() {
        let Some(number) = number(platform, order, place).await? else {
            truly.open += 1;
            continue;
        };
        truly.parked += u32::from(number.must_act() == MustAct::Operator);
        match number.facts.number_end() {
            _ if number.facts.cancelled_alone() => truly.cancelled += 1,
            None => truly.open += 1,
            Some(NumberEnd::Refused) => truly.refused += 1,
            Some(NumberEnd::Assigned) => {}
        }
    }
    Ok(truly)
}

//! How a person lets a step run again.
//!
//! A parked step goes on in the same round: the same submission, with its
//! attempts counted anew. What the registry has decided against is over in its
//! round: the next one is a new submission, and costs a new fee. An order that only
//! waits for parked numbers goes on with all of them.

use async_trait::async_trait;
use registration::event::StepRound;
use registration::facts::Stands;
use registration::sequence::{Pending, Waits};
use registration::{Fact, MustAct, RegistrationId, Status, Step};
use tracing::info;

use crate::Platform;
use crate::case::{Author, Case, CaseError};
use crate::decide::{self, Decision, Undecided};
use crate::store::Row;

/// A step that was not let run again. Nothing is stored, nothing is sent.
#[derive(Debug, thiserror::Error)]
pub enum RetryError {
    /// Nothing waits for a person.
    #[error("the registration is {0}: only one that is parked, rejected or expired can be retried")]
    NotStopped(Status),
    /// Every number of the order was refused, and each has ended by itself.
    #[error("all numbers were refused: retry the numbers, each under its own id")]
    NumbersRefused,
    /// So many rounds are paid for that only an operator may add one.
    #[error("{rounds} rounds of the {step} are paid for: an operator must release another")]
    NeedsOperator {
        /// The step.
        step: Step,
        /// Its paid rounds.
        rounds: u32,
    },
    /// It was not recorded.
    #[error(transparent)]
    Undecided(#[from] Undecided),
}

impl From<CaseError> for RetryError {
    fn from(error: CaseError) -> Self {
        Self::Undecided(error.into())
    }
}

/// Lets the stopped step of a registration run again, in the name of `author`, and
/// gives the registration as it is then.
pub async fn retry(
    platform: &Platform,
    id: &RegistrationId,
    author: &Author,
) -> Result<Case, RetryError> {
    let order = Case::load(&*platform.store, id).await?;
    if order.waits_for_parked_numbers() {
        return parked_numbers(platform, id, author).await;
    }
    one(platform, id, author).await
}

/// Lets every number of an order that waits for an operator run again.
async fn parked_numbers(
    platform: &Platform,
    id: &RegistrationId,
    author: &Author,
) -> Result<Case, RetryError> {
    let mut after = None;
    loop {
        let page = platform.store.numbers(id, after.as_ref()).await;
        let page = page.map_err(CaseError::from)?;
        let parked = |row: &&Row| row.must_act() == MustAct::Operator;
        for row in page.rows.iter().filter(parked) {
            match one(platform, &row.id, author).await {
                // Somebody else was faster.
                Ok(_) | Err(RetryError::NotStopped(_)) => {}
                Err(error) => return Err(error),
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(Case::load(&*platform.store, id).await?);
        }
    }
}

async fn one(
    platform: &Platform,
    id: &RegistrationId,
    author: &Author,
) -> Result<Case, RetryError> {
    let case = decide::decide(platform, id, author, &Retry { author }).await?;
    if let Some(Pending { step, round, .. }) = case.pending() {
        info!(registration = %id, %step, %round, "retried");
    }
    Ok(case)
}

struct Retry<'a> {
    author: &'a Author,
}

#[async_trait]
impl Decision for Retry<'_> {
    type Refusal = RetryError;

    async fn facts(&self, platform: &Platform, case: &Case) -> Result<Vec<Fact>, RetryError> {
        match stopped(platform, case, self.author) {
            Ok(StepRound { step, round }) => Ok(vec![Fact::Retried { step, round }]),
            Err(error) => {
                decide::bring_up(platform, case).await?;
                Err(error)
            }
        }
    }
}

/// The step that waits for a person, and the round it may go on in.
fn stopped(platform: &Platform, case: &Case, author: &Author) -> Result<StepRound, RetryError> {
    let Some(Pending {
        step,
        round,
        waits: Waits::Correction { .. } | Waits::Person { .. },
    }) = case.pending()
    else {
        return Err(RetryError::NotStopped(Status::of(&case.facts)));
    };
    let known = case.facts.step(step);
    let rounds = known.paid_rounds;
    let is_dear = step.fee().is_some() && rounds >= platform.patience.paid_rounds;
    if is_dear && !author.actor.is_operator() {
        return Err(RetryError::NeedsOperator { step, rounds });
    }
    match known.stands {
        // Another round would count the same numbers as open again, and none
        // of them would end a second time.
        Stands::Decided { .. } if step == Step::Numbers => Err(RetryError::NumbersRefused),
        Stands::Decided { .. } => Ok(StepRound {
            step,
            round: round.next(),
        }),
        _ => Ok(StepRound { step, round }),
    }
}

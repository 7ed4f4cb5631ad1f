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
use registration::{Fact, MustAct, Reason, RegistrationId, Status, Step, Verdict, advice};
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
    /// The registry has refused these very data. A correction goes on by itself.
    #[error(
        "the {step} was refused and nothing was corrected since: amend what the reasons name, \
         which submits it again by itself; or say that it is to be paid for once more as it is \
         (unchanged), ${}.{:02}",
        .cents / 100, .cents % 100
    )]
    Unchanged {
        /// The step.
        step: Step,
        /// What it would cost, in US cents.
        cents: u32,
    },
    /// There is no number to move.
    #[error("only a number's own registration can move: retry the number under its own id")]
    NoNumber,
    /// It was not recorded.
    #[error(transparent)]
    Undecided(#[from] Undecided),
}

impl From<CaseError> for RetryError {
    fn from(error: CaseError) -> Self {
        Self::Undecided(error.into())
    }
}

/// What a person knows of when they let a step run again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct How {
    /// Nothing was corrected, and the fee is paid again all the same.
    pub unchanged: bool,
    /// A number may be taken off the order that it is in: of its own account, or of any
    /// where an operator says so.
    pub move_numbers: bool,
}

/// Lets the stopped step of a registration run again, in the name of `author`, and
/// gives the registration as it is then.
pub async fn retry(
    platform: &Platform,
    id: &RegistrationId,
    author: &Author,
    how: How,
) -> Result<Case, RetryError> {
    let order = Case::load(&*platform.store, id).await?;
    if order.waits_for_parked_numbers() {
        return parked_numbers(platform, id, author, how).await;
    }
    one(platform, id, author, how).await
}

/// Lets every number of an order that waits for an operator run again.
async fn parked_numbers(
    platform: &Platform,
    id: &RegistrationId,
    author: &Author,
    how: How,
) -> Result<Case, RetryError> {
    let mut after = None;
    loop {
        let page = platform.store.numbers(id, after.as_ref()).await;
        let page = page.map_err(CaseError::from)?;
        let parked = |row: &&Row| row.must_act() == MustAct::Operator;
        for row in page.rows.iter().filter(parked) {
            match one(platform, &row.id, author, how).await {
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
    how: How,
) -> Result<Case, RetryError> {
    let case = decide::decide(platform, id, author, &Retry { author, how }).await?;
    if let Some(Pending { step, round, .. }) = case.pending() {
        info!(registration = %id, %step, %round, "retried");
    }
    Ok(case)
}

struct Retry<'a> {
    author: &'a Author,
    how: How,
}

#[async_trait]
impl Decision for Retry<'_> {
    type Refusal = RetryError;

    async fn facts(&self, platform: &Platform, case: &Case) -> Result<Vec<Fact>, RetryError> {
        match stopped(platform, case, self.author, self.how) {
            Ok(StepRound { step, round }) => {
                let any_account = self.author.actor.is_operator();
                let moves = self
                    .how
                    .move_numbers
                    .then_some(Fact::MoveAllowed { any_account });
                let facts = moves.into_iter().chain([Fact::Retried { step, round }]);
                Ok(facts.collect())
            }
            Err(error) => {
                decide::bring_up(platform, case).await?;
                Err(error)
            }
        }
    }
}

/// The step that waits for a person, and the round it may go on in.
fn stopped(
    platform: &Platform,
    case: &Case,
    author: &Author,
    how: How,
) -> Result<StepRound, RetryError> {
    let Some(Pending {
        step,
        round,
        waits: Waits::Correction { .. } | Waits::Person { .. },
    }) = case.pending()
    else {
        return Err(RetryError::NotStopped(Status::of(&case.facts)));
    };
    if how.move_numbers && !matches!(step, Step::Number | Step::Detach) {
        return Err(RetryError::NoNumber);
    }
    let known = case.facts.step(step);
    let rounds = known.paid_rounds();
    let is_dear = step.fee().is_some() && rounds >= platform.patience.paid_rounds;
    if is_dear && !author.actor.is_operator() {
        return Err(RetryError::NeedsOperator { step, rounds });
    }
    match known.stands {
        // Another round would count the same numbers as open again, and none
        // of them would end a second time.
        Stands::Decided { .. } if step == Step::Numbers => Err(RetryError::NumbersRefused),
        Stands::Decided { ref verdict, .. }
            if !how.unchanged && is_paid_for_nothing(step, verdict) =>
        {
            Err(RetryError::Unchanged {
                step,
                cents: step.fee().unwrap_or_default(),
            })
        }
        Stands::Decided { .. } => Ok(StepRound {
            step,
            round: round.next(),
        }),
        _ => Ok(StepRound { step, round }),
    }
}

/// Whether the same submission again would cost a fee and get the same answer: the
/// registry has refused the data, and not failed itself.
fn is_paid_for_nothing(step: Step, verdict: &Verdict) -> bool {
    let is_refusal = |reason: &Reason| !advice::is_registrys_failure(&reason.code);
    step.fee().is_some()
        && matches!(verdict, Verdict::Rejected { .. })
        && (verdict.reasons().is_empty() || verdict.reasons().iter().any(is_refusal))
}

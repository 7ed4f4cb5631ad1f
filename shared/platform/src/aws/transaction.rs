//! What must move together: all of it, or none.

use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{CancellationReason, TransactWriteItem};

use super::failure;
use super::store::Dynamo;
use crate::store::StoreError;

/// How often a transaction that met another one on the same item is sent
/// again. Numbers of one order that end together meet at its count.
const TURNS: u32 = 10;

/// The wait after the first meeting; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

/// What a transaction came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Moved {
    /// All of it is done.
    All,
    /// Nothing is: the conditions of these items did not hold, by their place.
    Refused(Vec<usize>),
}

/// Why a transaction was cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cancelled {
    /// Conditions did not hold; sending it again is of no use.
    Refused(Vec<usize>),
    /// Others are at the same items, or there are too many calls: again later.
    Busy,
    /// Something else, by its code.
    Otherwise(String),
}

impl Dynamo {
    /// Sends a transaction until it is done or refused.
    pub(super) async fn together(
        &self,
        verb: &'static str,
        items: Vec<TransactWriteItem>,
    ) -> Result<Moved, StoreError> {
        for turn in 0..TURNS {
            let sent = self.client.transact_write_items();
            let Err(error) = sent.set_transact_items(Some(items.clone())).send().await else {
                return Ok(Moved::All);
            };
            match cancelled(&error) {
                Some(Cancelled::Refused(places)) => return Ok(Moved::Refused(places)),
                Some(Cancelled::Busy) => tokio::time::sleep(self.pause(turn)).await,
                Some(Cancelled::Otherwise(code)) => {
                    return Err(StoreError::Failed {
                        verb,
                        source: format!("the transaction was cancelled: {code}").into(),
                    });
                }
                None => return Err(failure::store(verb)(error)),
            }
        }
        Err(StoreError::Busy {
            verb,
            source: format!("others were at the same items {TURNS} times").into(),
        })
    }

    /// Half of it is random, so that those who met do not meet again.
    fn pause(&self, turn: u32) -> Duration {
        let longest = FIRST_PAUSE
            .saturating_mul(1 << turn.min(16))
            .min(LONGEST_PAUSE);
        let thousandths = u32::try_from((self.random)() % 1_000).unwrap_or_default();
        longest / 2 + (longest / 2).saturating_mul(thousandths) / 1_000
    }
}

fn cancelled(error: &SdkError<TransactWriteItemsError>) -> Option<Cancelled> {
    match error.as_service_error()? {
        TransactWriteItemsError::TransactionCanceledException(exception) => {
            Some(sort(exception.cancellation_reasons()))
        }
        TransactWriteItemsError::TransactionInProgressException(_) => Some(Cancelled::Busy),
        _ => None,
    }
}

/// One reason per item (API Reference, TransactionCanceledException). A
/// condition that did not hold outweighs a conflict: it would not hold later
/// either.
fn sort(reasons: &[CancellationReason]) -> Cancelled {
    let coded = |code: &str| {
        let places = reasons.iter().enumerate();
        let found = places.filter(|(_, reason)| reason.code() == Some(code));
        found.map(|(place, _)| place).collect::<Vec<_>>()
    };
    let refused = coded("ConditionalCheckFailed");
    if !refused.is_empty() {
        return Cancelled::Refused(refused);
    }
    let mut codes = reasons.iter().filter_map(CancellationReason::code);
    let other = codes.find(|code| {
        !matches!(
            *code,
            "None" | "TransactionConflict" | "ProvisionedThroughputExceeded" | "ThrottlingError"
        )
    });
    match other {
        Some(code) => Cancelled::Otherwise(code.to_owned()),
        None => Cancelled::Busy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(codes: &[&str]) -> Vec<CancellationReason> {
        codes
            .iter()
            .map(|code| CancellationReason::builder().code(*code).build())
            .collect()
    }

    #[test]
    fn a_condition_that_does_not_hold_is_told_by_its_place() {
        let sorted = sort(&reasons(&["None", "ConditionalCheckFailed", "None"]));
        assert_eq!(sorted, Cancelled::Refused(vec![1]));
    }

    #[test]
    fn a_condition_that_does_not_hold_outweighs_a_conflict() {
        let sorted = sort(&reasons(&["TransactionConflict", "ConditionalCheckFailed"]));
        assert_eq!(sorted, Cancelled::Refused(vec![1]));
    }

    #[test]
    fn a_conflict_and_a_throttle_are_tried_again() {
        for codes in [
            ["None", "TransactionConflict"],
            ["ThrottlingError", "None"],
            ["ProvisionedThroughputExceeded", "TransactionConflict"],
        ] {
            assert_eq!(sort(&reasons(&codes)), Cancelled::Busy, "{codes:?}");
        }
    }

    #[test]
    fn any_other_reason_is_told_and_not_tried_again() {
        let sorted = sort(&reasons(&["None", "ValidationError"]));
        assert_eq!(sorted, Cancelled::Otherwise("ValidationError".to_owned()));
    }
}

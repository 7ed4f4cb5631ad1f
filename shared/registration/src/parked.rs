//! The numbers of an order that wait for an operator, by their reasons: five numbers
//! that stopped for one reason are one thing to look at.

use serde::Serialize;

/// Reasons that are told apart; numbers with others are counted together.
pub const MOST: usize = 5;

/// What stands for all further reasons.
const OTHERS: &str = "for other reasons: see each number";

/// Digits from which on a text with a `+` before them names a phone.
const PHONE: usize = 8;

/// Numbers that stopped for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parked {
    /// How many.
    pub numbers: u32,
    /// Why, and what to do.
    pub reason: String,
}

/// All of them, at most [`MOST`] reasons and one for the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParkedNumbers(Vec<Parked>);

impl ParkedNumbers {
    /// Takes in one more number that stopped for this reason.
    pub fn add(&mut self, reason: &str) {
        let reason = without_phones(reason);
        let is_known = self.0.iter().any(|parked| parked.reason == reason);
        let reason = match is_known || self.0.len() < MOST {
            true => reason,
            false => OTHERS.to_owned(),
        };
        match self.0.iter_mut().find(|parked| parked.reason == reason) {
            Some(parked) => parked.numbers = parked.numbers.saturating_add(1),
            None => self.0.push(Parked { numbers: 1, reason }),
        }
    }

    /// By reason, in the order of the numbers.
    pub fn groups(&self) -> &[Parked] {
        &self.0
    }

    /// The reasons alone, sorted: what is to be known of them in a history, where each
    /// number's own tells the rest.
    pub fn reasons(&self) -> Vec<String> {
        let mut reasons: Vec<_> = self.0.iter().map(|parked| parked.reason.clone()).collect();
        reasons.sort_unstable();
        reasons
    }
}

/// A reason as it is for any number: the phone numbers in it are left out, so that two
/// of the same kind are the same, and nobody's number goes into the order's history.
fn without_phones(reason: &str) -> String {
    let mut said = String::with_capacity(reason.len());
    let mut rest = reason;
    while let Some((before, after)) = rest.split_once('+') {
        said.push_str(before);
        let digits = after.chars().take_while(char::is_ascii_digit).count();
        let (digits, left) = after.split_at(digits);
        match digits.len() >= PHONE {
            true => said.push('…'),
            false => {
                said.push('+');
                said.push_str(digits);
            }
        }
        rest = left;
    }
    said.push_str(rest);
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_stopped_for_one_reason_are_one_group() {
        let mut parked = ParkedNumbers::default();
        for number in 1..=5 {
            parked.add(&format!(
                "the number `+1206555010{number}` is not given out"
            ));
        }
        parked.add("1+1 attempts failed");
        let groups: Vec<_> = parked
            .groups()
            .iter()
            .map(|parked| (parked.numbers, parked.reason.as_str()))
            .collect();
        let expected = [
            (5, "the number `…` is not given out"),
            (1, "1+1 attempts failed"),
        ];
        assert_eq!(groups, expected);
    }

    #[test]
    fn reasons_without_bound_are_counted_in_one_group_more() {
        let mut parked = ParkedNumbers::default();
        for reason in 0..1_000 {
            parked.add(&format!("reason {reason}"));
        }
        assert_eq!(parked.reasons().len(), MOST + 1);
        let rest = parked.groups().last().map(|parked| parked.numbers);
        assert_eq!(rest, Some(995));
    }
}

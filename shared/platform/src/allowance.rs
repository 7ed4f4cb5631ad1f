//! How often something may be asked for within a time, whoever asks: a message that a
//! person gets on their own phone, or by mail.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use registration::claim::digest;
use registration::order::{Email, PhoneNumber};
use registration::patience::later;
use serde::{Deserialize, Serialize};

use crate::Platform;
use crate::clock::until;
use crate::store::StoreError;

/// An allowance: so many in any such window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// What it is kept by: no personal data.
    pub name: String,
    /// How many.
    pub most: usize,
    /// In what time.
    pub window: Duration,
}

impl Allowance {
    /// Further SMS with a PIN to one mobile phone, whatever order it is on: 5 a day, a
    /// bound of ours, for the sake of whoever reads them.
    pub fn sms(phone: &PhoneNumber) -> Self {
        Self {
            name: digest(&["sms", phone.as_str()]),
            most: 5,
            window: Duration::from_secs(24 * 60 * 60),
        }
    }

    /// Further e-mails with a link to one address, in the same way.
    pub fn mail(address: &Email) -> Self {
        Self {
            name: digest(&["mail", &address.as_str().to_ascii_lowercase()]),
            most: 5,
            window: Duration::from_secs(24 * 60 * 60),
        }
    }
}

/// It is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsedUp {
    /// When it may be used again.
    pub from: Timestamp,
    /// How long that is from now.
    pub wait: Duration,
}

/// The use of an allowance by one decision: one that is made anew after a lost race uses
/// no other.
#[derive(Debug, Default)]
pub(crate) struct Use(AtomicBool);

impl Use {
    pub(crate) async fn of(
        &self,
        allowance: &Allowance,
        platform: &Platform,
    ) -> Result<Result<(), UsedUp>, StoreError> {
        if self.0.load(Ordering::SeqCst) {
            return Ok(Ok(()));
        }
        let now = platform.clock.now();
        let used = platform.store.spend(allowance, now).await?;
        self.0.store(used.is_ok(), Ordering::SeqCst);
        Ok(used.map_err(|from| UsedUp {
            from,
            wait: until(from, now),
        }))
    }
}

/// When an allowance was used, oldest first; what is older than its window is
/// forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Spent(Vec<Timestamp>);

impl Spent {
    /// Uses it once; if it is used up, says when it may be used again.
    pub fn spend(&mut self, allowance: &Allowance, now: Timestamp) -> Result<(), Timestamp> {
        self.0.retain(|at| later(*at, allowance.window) > now);
        let over = self.0.len().checked_sub(allowance.most);
        match over.and_then(|over| self.0.get(over)) {
            Some(oldest) => Err(later(*oldest, allowance.window)),
            None => {
                self.0.push(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_in_a_day_is_refused_and_named_the_time_at_which_the_first_is_a_day_old() {
        let hour = |hours: i64| Timestamp::from_second(1_800_000_000 + hours * 3_600).unwrap();
        let phone = PhoneNumber::parse("+12065550100").unwrap();
        let (mut spent, allowance) = (Spent::default(), Allowance::sms(&phone));
        for hours in 0..5 {
            assert_eq!(spent.spend(&allowance, hour(hours)), Ok(()));
        }
        assert_eq!(spent.spend(&allowance, hour(5)), Err(hour(24)));
        assert_eq!(spent.spend(&allowance, hour(24)), Ok(()));
        assert_eq!(spent.spend(&allowance, hour(24)), Err(hour(25)));
        assert!(!allowance.name.contains("206"));
    }
}

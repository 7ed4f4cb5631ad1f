//! The numbers: which phone numbers will send for the campaign.

use super::contact::PhoneNumber;
use super::reader::Reader;
use serde::{Deserialize, Serialize};

/// The numbers to assign to the campaign: 1 to [`Numbers::MAX`], each an ordinary ten-digit
/// number, none twice, in the order in which they were sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Numbers(Vec<PhoneNumber>);

impl Numbers {
    /// The most numbers of one order: a bound of ours. Order the rest as another campaign.
    pub const MAX: usize = 5_000;

    /// The numbers, in the order in which they were sent.
    pub fn as_slice(&self) -> &[PhoneNumber] {
        &self.0
    }

    /// How many numbers there are.
    pub fn count(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn read(fields: &mut Reader) -> Option<Self> {
        fields
            .list("numbers", 1..=Self::MAX, PhoneNumber::sender)
            .map(Self)
    }
}

//! Who may call the API. A token is 256 random bits, shown once; only its
//! SHA-256 is stored.

use std::fmt;

use jiff::Timestamp;
use registration::AccountId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A token's secret, as its holder sends it.
pub struct Secret(String);

/// What is stored of a secret: 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenHash(String);

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its name, for the audit trail and for taking it away.
    pub name: String,
    /// What its holder may see.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What the holder of a token may see and do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum Role {
    /// A product team: its own registrations.
    Account {
        /// Which.
        account: AccountId,
    },
    /// An operator: all of them.
    Operator,
}

impl Secret {
    /// A new secret out of two times 128 random bits.
    pub fn new(random: fn() -> u128) -> Self {
        Self(format!("rgt_{:032x}{:032x}", random(), random()))
    }

    /// A secret that came with a call.
    pub fn sent(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// What is stored of it.
    pub fn hash(&self) -> TokenHash {
        let digest = Sha256::digest(self.0.as_bytes());
        TokenHash(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The secret itself, to be shown once.
    pub fn show(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl TokenHash {
    /// The hash as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed_and_always_hashes_the_same() {
        let secret = Secret::new(|| 7);
        assert_eq!(format!("{secret:?}"), "Secret(***)");
        assert_eq!(secret.hash(), Secret::sent(secret.show()).hash());
        assert_ne!(secret.hash(), Secret::sent("rgt_").hash());
    }
}

//! What a webhook is to us: a reason to go and read again. It is never itself
//! the truth: it may come early, late, twice, out of order, or not at all.

use registration::RegistryId;
use registration::order::PhoneNumber;
use serde_json::Value;

/// A webhook that is proven to come from the registry.
#[derive(Debug, Clone, PartialEq)]
pub enum Webhook {
    /// Something about the brand.
    Brand {
        /// What the registry calls it, if it says so.
        id: Option<RegistryId>,
    },
    /// Something about the campaign.
    Campaign {
        /// What the registry calls it, if it says so.
        id: Option<RegistryId>,
    },
    /// Something about one number.
    Number {
        /// The number.
        number: PhoneNumber,
    },
    /// A review has come further and is not at its end: there is nothing to read
    /// yet.
    Underway,
    /// A type that we do not know: kept and acknowledged.
    Unknown {
        /// The registry's name for it.
        event_type: String,
        /// All it said.
        body: Value,
    },
}

/// A webhook that is not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// A header is missing.
    #[error("the header `{0}` is missing")]
    NoHeader(&'static str),
    /// The timestamp is not one.
    #[error("the header `{0}` is not a Unix time in seconds")]
    BadTimestamp(&'static str),
    /// Too old, or from the future: it may be a replay.
    #[error(
        "the webhook was signed {seconds} s away from our clock; at most {allowed} s are allowed"
    )]
    Stale {
        /// How far away.
        seconds: u64,
        /// The window.
        allowed: u64,
    },
    /// The signature does not fit the body.
    #[error("the signature does not fit the body and the registry's public key")]
    BadSignature,
    /// Signed, but not in a form that we can read.
    #[error("the webhook is signed, but its body is not a registry's event: {0}")]
    Malformed(String),
}

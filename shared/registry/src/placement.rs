//! What a registry says beside its verdicts: where a number is, and how a
//! campaign stands with each carrier.

use registration::{Reference, RegistryId};
use serde::{Deserialize, Serialize};

/// Which campaign a number is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The campaign.
    pub campaign: RegistryId,
    /// The reference that the campaign was submitted with, by which we know our
    /// own; none if it has none, or belongs to somebody else.
    pub reference: Option<Reference>,
}

/// How a campaign stands with one carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarrierStatus {
    /// The carrier's id at the registry, such as `10035`.
    pub network: String,
    /// Its name, where we know it, such as `T-Mobile`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub carrier: Option<String>,
    /// How the campaign stands there.
    pub status: Standing,
}

/// How a campaign stands with a carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It may send.
    Registered,
    /// The carrier is looking at it.
    Review,
    /// The carrier has refused it.
    Rejected,
    /// The carrier has taken it back for now.
    Suspended,
    /// A word that we do not know, as the carrier says it.
    Unknown(String),
}

//! What is submitted to a registry, and what it says of it.
//!
//! Every change at a registry is a submission: something new, corrected data
//! for what it has, or taking back what it has. So each is an exact request
//! that can be written down before it is sent, and can be looked up when its
//! outcome is lost.

use std::fmt;

use registration::order::{Brand, Campaign, PhoneNumber, Vetting};
use registration::{Pin, Reference, RegistryId, Verdict};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What kind of thing a registry keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A legal entity.
    Brand,
    /// A brand's score by an independent provider.
    Vetting,
    /// A text message with a PIN, to the person behind a brand.
    Otp,
    /// That PIN, handed in.
    Pin,
    /// An e-mail with a link, to a public company.
    Confirmation,
    /// A use case of a brand.
    Campaign,
    /// A number's assignment to a campaign.
    Number,
}

impl Kind {
    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Brand => "brand",
            Self::Vetting => "vetting",
            Self::Otp => "otp",
            Self::Pin => "pin",
            Self::Confirmation => "confirmation",
            Self::Campaign => "campaign",
            Self::Number => "number",
        }
    }
}

/// What is submitted to a registry.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// Ours, the same for every attempt of a round.
    pub reference: Reference,
    /// Where the registry may send webhooks about it.
    pub webhook_url: Option<String>,
    /// The thing itself.
    pub subject: Subject,
    /// What is to be done with it.
    pub form: Form,
}

/// What is to be done with the thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// The registry does not have it yet.
    New,
    /// The registry has refused it under this id: the subject as it is now, to
    /// be looked at again. Only brands and campaigns can be amended; a refused
    /// vetting, PIN or number is submitted as new.
    Amended {
        /// What the registry calls it.
        id: RegistryId,
        /// Of a campaign: no data is sent, but the same asked for once more,
        /// with this reason. A registry that cannot change a campaign needs it.
        appeal: Option<String>,
    },
    /// Brands, campaigns and numbers can be taken back.
    Withdrawn {
        /// What the registry calls it.
        id: RegistryId,
    },
}

/// The thing that is submitted.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// A brand.
    Brand(Box<Brand>),
    /// A vetting of a brand, to order or to import.
    Vetting {
        /// The brand's id at this registry.
        brand: RegistryId,
        /// The vetting.
        vetting: Box<Vetting>,
    },
    /// A PIN for a sole proprietor, to their mobile phone.
    Otp {
        /// The brand's id at this registry.
        brand: RegistryId,
    },
    /// The PIN that came back.
    Pin {
        /// The brand's id at this registry.
        brand: RegistryId,
        /// The PIN.
        pin: Pin,
    },
    /// Another e-mail with a link to a public company, by which it confirms its brand.
    Confirmation {
        /// The brand's id at this registry.
        brand: RegistryId,
        /// The brand as it is now, where the registry has an older address of it.
        corrected: Option<Box<Brand>>,
    },
    /// A campaign of a brand that is approved.
    Campaign {
        /// The brand's id at this registry.
        brand: RegistryId,
        /// The campaign.
        campaign: Box<Campaign>,
    },
    /// A number for a campaign that is approved.
    Number {
        /// The campaign's id at this registry.
        campaign: RegistryId,
        /// The number.
        number: PhoneNumber,
    },
}

impl Subject {
    /// What kind of thing it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Brand(_) => Kind::Brand,
            Self::Vetting { .. } => Kind::Vetting,
            Self::Otp { .. } => Kind::Otp,
            Self::Pin { .. } => Kind::Pin,
            Self::Confirmation { .. } => Kind::Confirmation,
            Self::Campaign { .. } => Kind::Campaign,
            Self::Number { .. } => Kind::Number,
        }
    }
}

/// What is sent to a registry for one submission: one HTTP request, and those
/// that must follow it, without the registry's address and our key.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// What kind of thing it is about.
    pub kind: Kind,
    /// `POST`, `PUT`, `DELETE`.
    pub method: String,
    /// Below the registry's base URL. Empty: the registry has no such call, and
    /// refuses it for good.
    pub path: String,
    /// JSON; null: none.
    pub body: Value,
    /// What the thing is called at the registry, where that is known before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<RegistryId>,
    /// What must stand at the registry already, because this request cannot
    /// change it. Compared before anything is sent.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub unchanged: Map<String, Value>,
    /// Requests of the same submission that follow, as far as the answers so
    /// far leave them anything to do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<Following>,
}

/// A request that follows another of the same submission.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Following {
    /// `POST`, `PUT`, `DELETE`.
    pub method: String,
    /// Below the registry's base URL.
    pub path: String,
    /// JSON; null: none.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
}

/// What a person could be found by, or a PIN, is never shown.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("kind", &self.kind)
            .field("method", &self.method)
            .field("then", &self.then)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Following {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Following")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// What a registry says of one thing that it keeps.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What the registry calls the thing.
    pub id: RegistryId,
    /// Its decision; none while it is still looking, and none for a status that
    /// we do not know: unknown is treated as still pending. For a withdrawal:
    /// approved as soon as the thing is gone, or going.
    pub verdict: Option<Verdict>,
    /// The registry's own words for where it stands.
    pub status: String,
    /// The whole answer, cut to 64 KiB.
    pub response: Value,
}

/// What the status of a sole proprietor's brand ends with while the registry
/// waits for its PIN.
pub const AWAITS_PIN: &str = "awaits its PIN";

impl Reading {
    /// Whether this is a sole proprietor's brand that waits for its PIN, and is
    /// not being scored.
    pub fn awaits_pin(&self) -> bool {
        self.status.ends_with(AWAITS_PIN)
    }
}

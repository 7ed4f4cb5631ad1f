//! A part of an order: ordered anew, or there already.

use super::problem::{Refused, Rule};
use super::reader::Reader;
use crate::id::{RegistrationId, RegistryId};
use serde::{Deserialize, Serialize};

/// A brand or a campaign: one to register, or one that is registered already, so that only the
/// rest of the order runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Part<T> {
    /// To be registered.
    New(Box<T>),
    /// Registered already: it is read, and never changed or withdrawn by this order.
    Existing(Existing),
}

/// What is registered already, named from outside by one of the two; stored with the registry's
/// id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Existing {
    /// What the registry calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry_id: Option<RegistryId>,
    /// Our registration of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_id: Option<RegistrationId>,
}

impl<T> Part<T> {
    /// What is to be registered; none if it is there already.
    pub fn new_part(&self) -> Option<&T> {
        match self {
            Self::New(part) => Some(part),
            Self::Existing(_) => None,
        }
    }

    /// What is registered already.
    pub fn existing(&self) -> Option<&Existing> {
        match self {
            Self::New(_) => None,
            Self::Existing(existing) => Some(existing),
        }
    }

    pub(super) fn read(
        fields: &mut Reader,
        read: impl FnOnce(&mut Reader) -> Option<T>,
    ) -> Option<Self> {
        let names = ["registryId", "registrationId"];
        if names.iter().any(|name| fields.gives(name)) {
            Existing::read(fields).map(Self::Existing)
        } else {
            read(fields).map(|part| Self::New(Box::new(part)))
        }
    }
}

impl Existing {
    fn read(fields: &mut Reader) -> Option<Self> {
        let both = fields.gives("registryId") && fields.gives("registrationId");
        let registry_id = fields.optional("registryId", registry_id);
        let registration_id = fields.optional("registrationId", registration_id);
        if both {
            let message = "Name what is there already once: remove one of the two.";
            fields.refuse("registryId", Refused::new(Rule::NotAllowed, message));
            return None;
        }
        (registry_id.is_some() || registration_id.is_some()).then_some(Self {
            registry_id,
            registration_id,
        })
    }
}

/// The registry's ids are short and printable; 64 is a bound of ours.
fn registry_id(text: &str) -> Result<RegistryId, Refused> {
    let fits = (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    match fits {
        true => Ok(RegistryId::new(text)),
        false => Err(Refused::new(
            Rule::NotOneOf,
            "This is no registry's id: letters, digits, - and _, up to 64.",
        )),
    }
}

fn registration_id(text: &str) -> Result<RegistrationId, Refused> {
    let id = RegistrationId::parse(text).ok();
    id.filter(|id| id.parent().is_none()).ok_or_else(|| {
        Refused::new(
            Rule::NotOneOf,
            "This is not the id of an order's registration: take it from the answer to the order.",
        )
    })
}

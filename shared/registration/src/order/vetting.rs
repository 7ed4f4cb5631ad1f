//! The vetting: a score of the brand by an independent provider, for use cases and volumes that
//! ask for one.

use super::reader::Reader;
use super::text::Text;
use serde::{Deserialize, Serialize};

/// A vetting to order, or one to import (Telnyx SDK: external vetting parameters).
///
/// With a `vettingClass` a new one is ordered, for a fee. With a `vettingId` one is imported that
/// a provider has made already. The registry publishes no length for these texts, and the values
/// of its own lists (`extVettingProvider`, `vettingClass`) only on request: the bounds are ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Vetting {
    /// Which provider.
    pub evp_id: Text<1, 50>,
    /// What kind of vetting is ordered; none: one is imported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vetting_class: Option<Text<1, 50>>,
    /// The provider's id of the vetting to import.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vetting_id: Option<Text<1, 255>>,
    /// What some providers ask for to confirm a vetting that is imported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vetting_token: Option<Text<1, 4096>>,
}

impl Vetting {
    /// A vetting to order, as settings name it: provider, a slash, class.
    pub fn parse(text: &str) -> Option<Self> {
        let (provider, class) = text.split_once('/')?;
        Some(Self {
            evp_id: Text::parse(provider).ok()?,
            vetting_class: Some(Text::parse(class).ok()?),
            vetting_id: None,
            vetting_token: None,
        })
    }

    pub(super) fn read(fields: &mut Reader) -> Option<Self> {
        let evp_id = fields.required("evpId", Text::parse);
        Some(Self {
            vetting_class: fields.optional("vettingClass", Text::parse),
            vetting_id: fields.optional("vettingId", Text::parse),
            vetting_token: fields.optional("vettingToken", Text::parse),
            evp_id: evp_id?,
        })
    }
}

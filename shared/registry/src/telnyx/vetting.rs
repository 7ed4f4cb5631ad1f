//! Vettings: they have no address of their own, but stand in a list under their
//! brand, and an order's answer need not name the vetting. So their id here is
//! the brand's id, a slash, and either the provider's id of the vetting or
//! provider and class.

use registration::order::Vetting;
use registration::{Reason, RegistryId, Verdict};
use reqwest::Method;
use serde_json::{Map, Value};

use super::call::{Call, Json, path};
use super::fields::VETTING;
use super::reading::{self, text};
use super::reasons::{cut, failures};
use super::submit::body;
use super::{BRANDS, Telnyx, request};
use crate::{Kind, Reading, RegistryError, Request};

/// The list, and where a vetting is ordered and imported.
const VETTINGS: &str = "/externalVetting";

/// The same vetting was ordered within 180 days, or is under way (Telnyx SDK:
/// external vetting order).
const ORDERED_ALREADY: &str = "10012";

/// Ordered by POST; imported by PUT.
pub(super) fn request(brand: &RegistryId, vetting: &Vetting) -> Request {
    let fields: Map<String, Value> = request::pick(vetting, &VETTING);
    let method = match vetting.vetting_id {
        Some(_) => "PUT",
        None => "POST",
    };
    let path = path(BRANDS, brand.as_str(), VETTINGS);
    Request {
        about: Some(id(brand.as_str(), &name(vetting))),
        ..request::request(Kind::Vetting, method, path, Value::Object(fields))
    }
}

/// What it is called before the registry has named it.
fn name(vetting: &Vetting) -> String {
    match (&vetting.vetting_id, &vetting.vetting_class) {
        (Some(id), _) => id.as_str().to_owned(),
        (None, class) => by_class(
            vetting.evp_id.as_str(),
            class
                .as_ref()
                .map(|class| class.as_str())
                .unwrap_or_default(),
        ),
    }
}

fn by_class(provider: &str, class: &str) -> String {
    format!("{provider}/{class}")
}

fn id(brand: &str, name: &str) -> RegistryId {
    RegistryId::new(format!("{brand}/{name}"))
}

impl Telnyx {
    /// Orders or imports it.
    pub(super) async fn vet(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<Reading, RegistryError> {
        let Some(about) = &request.about else {
            return Err(call.refused("the request does not say what it is about"));
        };
        match self.wire.json(call, body(&request.body)).await {
            Ok(json) => Ok(read(about, json)),
            Err(RegistryError::Terminal { reasons, .. }) if is_ordered_already(&reasons) => {
                self.vetting(about).await
            }
            Err(error) => Err(error),
        }
    }

    /// How the vetting of this id stands. One that is not in the list is not
    /// finished: the list is of valid ones (Telnyx SDK: external vetting list).
    pub(super) async fn vetting(&self, id: &RegistryId) -> Result<Reading, RegistryError> {
        Ok(self.listed(id).await?.unwrap_or_else(|| Reading {
            id: id.clone(),
            verdict: None,
            status: "not listed".to_owned(),
            response: Value::Null,
        }))
    }

    /// A failed one counts as found: a new one would cost its fee again.
    pub(super) async fn find_vetting(
        &self,
        brand: &RegistryId,
        vetting: &Vetting,
    ) -> Result<Option<Reading>, RegistryError> {
        self.listed(&id(brand.as_str(), &name(vetting))).await
    }

    async fn listed(&self, id: &RegistryId) -> Result<Option<Reading>, RegistryError> {
        let (brand, name) = id.as_str().split_once('/').unwrap_or((id.as_str(), ""));
        let call = Call::about(Kind::Vetting, Method::GET, BRANDS, brand, VETTINGS);
        let json = self.wire.json(&call, None).await?;
        let Value::Array(list) = json.value else {
            return Err(call.in_doubt("the answer is no list of vettings"));
        };
        let is_it = |one: &Value| {
            text(one, "vettingId") == name
                || by_class(text(one, "evpId"), text(one, "vettingClass")) == name
        };
        // ISO 8601 sorts by time. Of several, the newest is meant.
        let newest = list
            .into_iter()
            .filter(is_it)
            .max_by(|a, b| text(a, "createDate").cmp(text(b, "createDate")));
        Ok(newest.map(|value| {
            let size = value.to_string().len();
            read(id, Json { value, size })
        }))
    }
}

fn is_ordered_already(reasons: &[Reason]) -> bool {
    reasons.iter().any(|reason| reason.code == ORDERED_ALREADY)
}

/// The registry's own id of it is kept behind the brand's, once there is one.
fn read(about: &RegistryId, json: Json) -> Reading {
    let Json { value, size } = json;
    let (status, verdict) = stands(&value);
    let brand = about.as_str().split_once('/').map(|(brand, _)| brand);
    let named = reading::id(&value, "vettingId");
    Reading {
        id: match (brand, named) {
            (Some(brand), Some(named)) => id(brand, named.as_str()),
            _ => about.clone(),
        },
        verdict,
        status: cut(&status, 100),
        response: reading::kept(value, size),
    }
}

/// Telnyx SDK: "if `vettedDate` is missing, then the vetting was not complete or
/// not valid". The SDK's type has no status; the registry has a list of them
/// (`vettingStatus`), and where it shows one, a failure is read from it.
pub(super) fn stands(vetting: &Value) -> (String, Option<Verdict>) {
    let said = text(vetting, "vettingStatus");
    let or = |word: &str| if said.is_empty() { word } else { said }.to_owned();
    if said == "FAILED" {
        let reasons = failures(Kind::Vetting, said, vetting);
        return (or(""), Some(Verdict::Rejected { reasons }));
    }
    if text(vetting, "vettedDate").is_empty() {
        return (or("ordered"), None);
    }
    (or("vetted"), Some(Verdict::Approved))
}

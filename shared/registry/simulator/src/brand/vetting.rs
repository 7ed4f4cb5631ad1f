//! Vettings of a brand: ordered, imported, listed (Telnyx SDK: external
//! vetting).

use std::time::Duration;

use serde_json::{Value, json};

use super::Standing;
use crate::draw::{length, uuid};
use crate::fields::{Check, Fields, digits, text};
use crate::outcome::{VettingEnd, vetting_end};
use crate::refusal::{BRAND_NOT_REGISTERED, Refusal, VETTED_ALREADY, VETTING_UNKNOWN};
use crate::store::{Store, Wake};
use crate::submissions::count;

/// A vetting that was ordered or imported.
#[derive(Debug)]
pub(crate) struct Vetting {
    id: String,
    provider: String,
    /// None: imported.
    class: Option<String>,
    token: Option<String>,
    created: Duration,
    ends: VettingEnd,
    /// When it was done, well or not.
    done: Option<Duration>,
    score: u8,
}

impl Vetting {
    pub(super) fn is_valid(&self) -> bool {
        self.done.is_some() && self.ends == VettingEnd::Vetted
    }

    pub(super) fn is_a_valid_import(&self) -> bool {
        self.is_valid() && self.class.is_none()
    }
}

impl Store {
    /// POST /10dlc/brand/{brandId}/externalVetting.
    pub(crate) fn order_vetting(
        &mut self,
        id: &str,
        now: Duration,
        sent: &Fields,
    ) -> Result<Value, Refusal> {
        let mut check = Check::of(sent);
        check.required(&["evpId", "vettingClass"]);
        check.length("evpId", 1, 50);
        check.length("vettingClass", 1, 50);
        check.done()?;
        let said = |name| text(sent, name).unwrap_or_default().to_owned();
        let (provider, class) = (said("evpId"), said("vettingClass"));
        let lasts = self.settings.vetting_lasts;
        self.is_confirmed(id, now)?;
        let brand = self.registered(id)?;
        let stands = |one: &&Vetting| match one.done {
            None => true,
            Some(done) => one.is_valid() && now < done + lasts,
        };
        let same = |one: &&Vetting| {
            one.provider == provider && one.class.as_deref() == Some(class.as_str())
        };
        if brand.vettings.iter().filter(same).any(|one| stands(&one)) {
            let detail = "The same vetting was made within 180 days, or is under way.";
            return Err(Refusal::rule(VETTED_ALREADY, "vettingClass", detail));
        }
        let ein = digits(text(&brand.fields, "ein").unwrap_or_default());
        let subject = format!("{}/{provider}/{class}", brand.subject);
        self.room()?;
        let nth = count(&mut self.submissions.vettings, &subject);
        let mut rng = self.rng("vetting", &subject, nth);
        let vetting = Vetting {
            id: uuid(&mut rng),
            ends: vetting_end(&ein, &provider),
            provider,
            class: Some(class),
            token: None,
            created: now,
            done: None,
            score: rng.u8(1..=100),
        };
        let takes = length(&mut rng, self.settings.reviews.vetting);
        let never = vetting.ends == VettingEnd::Never;
        let place = self.add_vetting(id, vetting)?;
        if !never {
            self.wake_at(now + takes, Wake::Vetting(id.to_owned(), place));
            self.settle(now);
        }
        self.vetting_answer(id, place)
    }

    /// PUT /10dlc/brand/{brandId}/externalVetting. The same one again is the one
    /// that is there.
    pub(crate) fn import_vetting(
        &mut self,
        id: &str,
        now: Duration,
        sent: &Fields,
    ) -> Result<Value, Refusal> {
        let mut check = Check::of(sent);
        check.required(&["evpId", "vettingId"]);
        check.length("evpId", 1, 50);
        check.length("vettingId", 1, 255);
        check.length("vettingToken", 1, 4096);
        check.done()?;
        let said = |name| text(sent, name).unwrap_or_default().to_owned();
        let named = said("vettingId");
        self.is_confirmed(id, now)?;
        let brand = self.registered(id)?;
        if let Some(place) = brand.vettings.iter().position(|one| one.id == named) {
            return self.vetting_answer(id, place);
        }
        if named.starts_with("UNKNOWN") {
            let detail = "The provider does not confirm this vetting.";
            return Err(Refusal::rule(VETTING_UNKNOWN, "vettingId", detail));
        }
        self.room()?;
        let vetting = Vetting {
            score: self.rng("imported vetting", &named, 0).u8(1..=100),
            id: named,
            provider: said("evpId"),
            class: None,
            token: text(sent, "vettingToken").map(str::to_owned),
            created: now,
            ends: VettingEnd::Vetted,
            done: None,
        };
        let place = self.add_vetting(id, vetting)?;
        self.vetting_ends(id, place, now);
        self.vetting_answer(id, place)
    }

    /// GET /10dlc/brand/{brandId}/externalVetting.
    pub(crate) fn list_vettings(&self, id: &str) -> Result<Value, Refusal> {
        let brand = self.brand(id)?;
        Ok(brand
            .vettings
            .iter()
            .map(|one| self.vetting_record(one))
            .collect())
    }

    /// The agenda's turn for a vetting. A brand that passes is vetted.
    pub(crate) fn vetting_ends(&mut self, id: &str, place: usize, at: Duration) {
        let Some(brand) = self.brands.get_mut(id) else {
            return;
        };
        let Some(vetting) = brand.vettings.get_mut(place) else {
            return;
        };
        if vetting.done.is_some() {
            return;
        }
        vetting.done = Some(at);
        if vetting.is_valid() && brand.review.current().status == "OK" {
            let event = "BRAND_IDENTITY_STATUS_UPDATE";
            self.force_brand(id, at, Standing::new("OK", "VETTED_VERIFIED", event));
        }
    }

    /// Ends the provider's vetting that is under way, whatever it was to become.
    /// False: there is none.
    pub(crate) fn force_vetting(
        &mut self,
        id: &str,
        now: Duration,
        provider: &str,
        vetted: bool,
    ) -> bool {
        let Some(brand) = self.brands.get_mut(id) else {
            return false;
        };
        let mut known = brand.vettings.iter_mut().enumerate();
        let under_way = |one: &Vetting| one.done.is_none() && one.provider == provider;
        let Some((place, vetting)) = known.find(|(_, one)| under_way(one)) else {
            return false;
        };
        vetting.ends = if vetted {
            VettingEnd::Vetted
        } else {
            VettingEnd::Failed
        };
        self.vetting_ends(id, place, now);
        true
    }

    fn add_vetting(&mut self, id: &str, vetting: Vetting) -> Result<usize, Refusal> {
        let brand = self
            .brands
            .get_mut(id)
            .ok_or_else(|| Refusal::not_found("brand"))?;
        brand.vettings.push(vetting);
        self.vettings += 1;
        Ok(brand.vettings.len() - 1)
    }

    fn vetting_answer(&self, id: &str, place: usize) -> Result<Value, Refusal> {
        let vetting = self.brand(id)?.vettings.get(place);
        let vetting = vetting.ok_or_else(|| Refusal::not_found("vetting"))?;
        Ok(self.vetting_record(vetting))
    }

    /// How a failed one shows is not public: here with a `vettingStatus`, which
    /// the SDK does not declare.
    fn vetting_record(&self, vetting: &Vetting) -> Value {
        let mut record = json!({
            "vettingId": vetting.id,
            "evpId": vetting.provider,
            "createDate": self.written(vetting.created),
        });
        let mut set = |name: &str, value: Value| {
            if let Some(record) = record.as_object_mut() {
                record.insert(name.to_owned(), value);
            }
        };
        if let Some(class) = &vetting.class {
            set("vettingClass", json!(class));
        }
        if let Some(token) = &vetting.token {
            set("vettingToken", json!(token));
        }
        match vetting.done {
            Some(done) if vetting.is_valid() => {
                set("vettedDate", json!(self.written(done)));
                set("vettingScore", json!(vetting.score));
            }
            Some(_) => set("vettingStatus", json!("FAILED")),
            None => {}
        }
        record
    }

    /// The brand of this id, once it is registered.
    pub(super) fn registered(&self, id: &str) -> Result<&super::Brand, Refusal> {
        let brand = self.brand(id)?;
        if brand.review.current().status == "OK" {
            return Ok(brand);
        }
        let detail = "The brand is not registered yet, or its registration failed.";
        Err(Refusal::rule(BRAND_NOT_REGISTERED, "brandId", detail))
    }

    pub(super) fn brand(&self, id: &str) -> Result<&super::Brand, Refusal> {
        self.brands
            .get(id)
            .ok_or_else(|| Refusal::not_found("brand"))
    }
}

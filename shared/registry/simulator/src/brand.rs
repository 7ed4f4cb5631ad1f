//! Brands: what they are, how their scoring goes, and what is answered.

use std::time::Duration;

use serde_json::{Value, json};

use crate::draw::{length, registry_id, uuid};
use crate::event::reasons;
use crate::fields::{Fields, digits, text};
use crate::outcome::{BrandEnd, at_post, brand_end, ein_ending};
use crate::refusal::{EIN_TAKEN, IN_USE, REVET_TOO_SOON, Refusal};
use crate::review::Review;
use crate::store::{Store, Told};
use crate::submissions::count;

mod answers;
mod mail;
mod otp;
pub(crate) mod rules;
mod vetting;

pub(crate) use mail::Mail;
pub(crate) use otp::Otp;
pub(crate) use vetting::Vetting;

/// A registered brand.
#[derive(Debug)]
pub(crate) struct Brand {
    pub(crate) id: String,
    pub(crate) tcr_id: String,
    /// The EIN's digits, or the display name where there is none.
    pub(crate) subject: String,
    nth: u64,
    pub(crate) fields: Fields,
    created: Duration,
    updated: Duration,
    revetted: Option<Duration>,
    /// Ids of its campaigns, oldest first.
    pub(crate) campaigns: Vec<String>,
    pub(crate) review: Review<Standing>,
    /// Oldest first.
    vettings: Vec<Vetting>,
    /// The latest PIN, and how many there were.
    otp: Option<Otp>,
    otps: u64,
    /// Of a public company.
    mail: Option<Mail>,
    /// When the scoring is over.
    scored: Duration,
    events: u32,
    early: bool,
}

/// What a brand's status says.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// `REGISTRATION_PENDING`, `OK` or `REGISTRATION_FAILED`.
    pub(crate) status: String,
    /// `UNVERIFIED`, `VERIFIED` and so on.
    pub(crate) identity: String,
    /// Ids such as `TAX_ID`.
    pub(crate) feedback: Vec<String>,
    /// Why the registration failed.
    pub(crate) failure: Option<String>,
    /// The registry's name for reaching this.
    pub(crate) event: &'static str,
}

impl Standing {
    pub(crate) fn new(status: &str, identity: &str, event: &'static str) -> Self {
        Self {
            status: status.to_owned(),
            identity: identity.to_owned(),
            feedback: Vec::new(),
            failure: None,
            event,
        }
    }

    fn told(&self) -> Value {
        if self.status == "REGISTRATION_FAILED" {
            let why = self.failure.as_deref().unwrap_or_default();
            return json!({"type": "REGISTRATION", "status": "failed", "reasons": reasons("ein", why)});
        }
        json!({"type": "TCR_BRAND_UPDATE", "status": "success", "eventType": self.event})
    }
}

impl Brand {
    /// Whether campaigns may be submitted for it.
    pub(crate) fn is_verified(&self) -> bool {
        matches!(
            self.review.current().identity.as_str(),
            "VERIFIED" | "VETTED_VERIFIED"
        )
    }

    pub(crate) fn is_vetted(&self) -> bool {
        self.vettings.iter().any(Vetting::is_valid)
    }

    pub(crate) fn has_imported_vetting(&self) -> bool {
        self.vettings.iter().any(Vetting::is_a_valid_import)
    }
}

impl Store {
    /// POST /10dlc/brand.
    pub(crate) fn create_brand(&mut self, now: Duration, sent: &Fields) -> Result<Value, Refusal> {
        rules::brand(sent)?;
        let ein = digits(text(sent, "ein").unwrap_or_default());
        rules::accepted(at_post(ein_ending(&ein)))?;
        if !self.is_free(sent, now) {
            let detail = "A brand with this EIN is registered already.";
            return Err(Refusal::rule(EIN_TAKEN, "ein", detail));
        }
        self.room()?;
        let subject = if ein.is_empty() {
            text(sent, "displayName").unwrap_or_default()
        } else {
            &ein
        };
        let subject = subject.to_owned();
        let nth = count(&mut self.submissions.brands, &subject);
        let mut rng = self.rng("brand", &subject, nth);
        let brand = Brand {
            id: uuid(&mut rng),
            tcr_id: registry_id(&mut rng, 'B'),
            subject: subject.clone(),
            nth,
            fields: sent.clone(),
            created: now,
            updated: now,
            revetted: None,
            campaigns: Vec::new(),
            review: Review::new(
                Standing::new("REGISTRATION_PENDING", "UNVERIFIED", ""),
                Vec::new(),
            ),
            vettings: Vec::new(),
            otp: None,
            otps: 0,
            mail: None,
            scored: now,
            events: 0,
            early: self.is_early("brand", &subject, nth),
        };
        let id = brand.id.clone();
        self.index_brand(&brand);
        self.brands.insert(&id, brand);
        self.first_mail(&id, now);
        self.review_brand(&id, now, "BRAND_ADD");
        self.settle(now);
        self.brand_answer(&id, false)
    }

    fn index_brand(&mut self, brand: &Brand) {
        let name = text(&brand.fields, "displayName")
            .unwrap_or_default()
            .to_owned();
        self.by_name
            .entry(name)
            .or_default()
            .insert(brand.id.clone());
        self.by_tcr_id
            .insert(brand.tcr_id.clone(), brand.id.clone());
        let ein = digits(text(&brand.fields, "ein").unwrap_or_default());
        if !ein.is_empty() {
            self.by_ein.insert(ein, brand.id.clone());
        }
    }

    fn unindex_brand(&mut self, brand: &Brand) {
        let name = text(&brand.fields, "displayName").unwrap_or_default();
        if let Some(ids) = self.by_name.get_mut(name) {
            ids.remove(&brand.id);
            if ids.is_empty() {
                self.by_name.remove(name);
            }
        }
        self.by_tcr_id.remove(&brand.tcr_id);
        let ein = digits(text(&brand.fields, "ein").unwrap_or_default());
        // Another may have taken the place of one that was over.
        if self.by_ein.get(&ein) == Some(&brand.id) {
            self.by_ein.remove(&ein);
        }
    }

    /// Starts scoring what the brand says now.
    fn review_brand(&mut self, id: &str, now: Duration, event: &'static str) {
        let Some(brand) = self.brands.get(id) else {
            return;
        };
        let round = u64::from(brand.events);
        let purpose = format!("brand review {round}");
        let length = length(
            &mut self.rng(&purpose, &brand.subject, brand.nth),
            self.settings.reviews.brand,
        );
        let end = brand_end(&brand.fields);
        let Some(brand) = self.brands.get_mut(id) else {
            return;
        };
        brand.scored = now + length;
        let mut review = Review::new(
            Standing {
                feedback: Vec::new(),
                ..brand.review.current().clone()
            },
            mail::held(course(end, now, length, event), brand.confirmed()),
        );
        if brand.early && brand.events == 0 {
            review.hasten(now);
        }
        review.scheduled(brand.review.scheduled(None));
        brand.review = review;
        self.schedule_brand(id);
    }

    /// The agenda's turn for a brand.
    pub(crate) fn brand_moves(&mut self, id: &str, at: Duration) {
        let Some(brand) = self.brands.get_mut(id) else {
            return;
        };
        brand.review.scheduled(None);
        brand.review.advance();
        brand.updated = at;
        self.tell_of_brand(id, at);
        self.schedule_brand(id);
    }

    fn tell_of_brand(&mut self, id: &str, at: Duration) {
        let Some(brand) = self.brands.get_mut(id) else {
            return;
        };
        let mut payload = brand.review.current().told();
        if let Some(payload) = payload.as_object_mut() {
            payload.insert("brandId".to_owned(), json!(brand.id));
            payload.insert("tcrBrandId".to_owned(), json!(brand.tcr_id));
            payload.insert(
                "brandName".to_owned(),
                json!(text(&brand.fields, "displayName")),
            );
        }
        let told = Told {
            event_type: "10dlc.brand.update",
            payload: Some(payload),
            url: text(&brand.fields, "webhookURL").map(str::to_owned),
            failover_url: text(&brand.fields, "webhookFailoverURL").map(str::to_owned),
            subject: brand.subject.clone(),
            nth: brand.nth,
            event: brand.events,
            exempt: brand.early && brand.events == 0,
        };
        brand.events += 1;
        self.tell(at, told);
    }

    /// Sets a brand's status, whatever it was to become.
    pub(crate) fn force_brand(&mut self, id: &str, now: Duration, standing: Standing) {
        if let Some(brand) = self.brands.get(id) {
            let current = brand.review.current().clone();
            self.set_course(id, current, vec![(now, standing)]);
            self.settle(now);
        }
    }

    fn set_course(&mut self, id: &str, current: Standing, ahead: Vec<(Duration, Standing)>) {
        if let Some(brand) = self.brands.get_mut(id) {
            let mut review = Review::new(current, ahead);
            review.scheduled(brand.review.scheduled(None));
            brand.review = review;
        }
        self.schedule_brand(id);
    }

    /// PUT /10dlc/brand/{brandId}. Another EIN, legal name or entity type starts
    /// the scoring again; `identityStatus` of the body is not taken over.
    pub(crate) fn update_brand(
        &mut self,
        id: &str,
        now: Duration,
        sent: &Fields,
    ) -> Result<Value, Refusal> {
        let Some(mut fields) = self.brands.get(id).map(|brand| brand.fields.clone()) else {
            return Err(Refusal::not_found("brand"));
        };
        rules::brand_update(sent)?;
        fields.extend(
            sent.clone()
                .into_iter()
                .filter(|(name, _)| name != "identityStatus"),
        );
        rules::brand(&fields)?;
        let ein = digits(text(&fields, "ein").unwrap_or_default());
        if self.by_ein.get(&ein).is_some_and(|other| other != id) {
            let detail = "A brand with this EIN is registered already.";
            return Err(Refusal::rule(EIN_TAKEN, "ein", detail));
        }
        let Some((place, mut brand)) = self.brands.remove(id) else {
            return Err(Refusal::not_found("brand"));
        };
        let rescored = ["ein", "companyName", "entityType"]
            .into_iter()
            .any(|name| fields.get(name) != brand.fields.get(name));
        self.unindex_brand(&brand);
        brand.fields = fields;
        brand.updated = now;
        if !ein.is_empty() {
            brand.subject = ein;
        }
        self.index_brand(&brand);
        self.brands.put_back(place, id, brand);
        self.first_mail(id, now);
        if rescored {
            let standing = Standing::new("REGISTRATION_PENDING", "UNVERIFIED", "");
            self.restart_brand(id, now, standing, "BRAND_IDENTITY_STATUS_UPDATE");
        }
        self.brand_answer(id, false)
    }

    fn restart_brand(&mut self, id: &str, now: Duration, standing: Standing, event: &'static str) {
        if let Some(brand) = self.brands.get_mut(id) {
            let mut review = Review::new(standing, Vec::new());
            review.scheduled(brand.review.scheduled(None));
            brand.review = review;
        }
        self.review_brand(id, now, event);
        self.settle(now);
    }

    /// PUT /10dlc/brand/{brandId}/revet.
    pub(crate) fn revet_brand(&mut self, id: &str, now: Duration) -> Result<Value, Refusal> {
        let pause = self.settings.revet_pause;
        let brand = self
            .brands
            .get_mut(id)
            .ok_or_else(|| Refusal::not_found("brand"))?;
        let registered = brand.review.current().status == "OK";
        let too_soon = brand.revetted.is_some_and(|before| now < before + pause);
        if !registered || too_soon {
            let detail =
                "A brand can be revetted once after its registration, then once every 3 months.";
            return Err(Refusal::rule(REVET_TOO_SOON, "brandId", detail));
        }
        brand.revetted = Some(now);
        brand.updated = now;
        count(&mut self.submissions.revets, &brand.subject);
        let standing = Standing::new("OK", "UNVERIFIED", "");
        self.restart_brand(id, now, standing, "BRAND_REVET");
        self.brand_answer(id, false)
    }

    /// DELETE /10dlc/brand/{brandId}.
    pub(crate) fn delete_brand(&mut self, id: &str, now: Duration) -> Result<(), Refusal> {
        let brand = self
            .brands
            .get(id)
            .ok_or_else(|| Refusal::not_found("brand"))?;
        let kept_for = self.settings.brand_kept_for;
        let in_use = brand
            .campaigns
            .iter()
            .filter_map(|id| self.campaigns.get(id))
            .any(|campaign| {
                campaign
                    .deactivated
                    .is_none_or(|since| now < since + kept_for)
            });
        if in_use {
            let detail =
                "A brand can be deleted when its campaigns have been inactive for 3 months.";
            return Err(Refusal::rule(IN_USE, "brandId", detail));
        }
        if let Some((_, mut brand)) = self.brands.remove(id) {
            self.unschedule(&mut brand.review);
            self.vettings = self.vettings.saturating_sub(brand.vettings.len());
            if let Some(otp) = &brand.otp {
                self.by_otp.remove(&otp.reference);
            }
            self.unindex_brand(&brand);
        }
        Ok(())
    }
}

/// The statuses a scoring goes through.
fn course(
    end: BrandEnd,
    now: Duration,
    length: Duration,
    event: &'static str,
) -> Vec<(Duration, Standing)> {
    let ok = |identity| Standing::new("OK", identity, event);
    let scored = "BRAND_IDENTITY_STATUS_UPDATE";
    match end {
        BrandEnd::Verified => vec![(now + length, ok("VERIFIED"))],
        BrandEnd::Unverified(why) => {
            let standing = Standing {
                feedback: vec![why.to_owned()],
                ..ok("UNVERIFIED")
            };
            vec![(now + length, standing)]
        }
        BrandEnd::Failed => {
            let failure = Some("The brand could not be registered with these details.".to_owned());
            let standing = Standing::new("REGISTRATION_FAILED", "UNVERIFIED", event);
            vec![(
                now + length,
                Standing {
                    failure,
                    ..standing
                },
            )]
        }
        BrandEnd::Never => Vec::new(),
        BrandEnd::AwaitsPin => vec![(now + length, ok("UNVERIFIED"))],
        BrandEnd::VerifiedLate => vec![
            (now + length / 2, ok("UNVERIFIED")),
            (now + length, Standing::new("OK", "VERIFIED", scored)),
        ],
    }
}

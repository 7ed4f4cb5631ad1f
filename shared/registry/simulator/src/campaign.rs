//! Campaigns: what they are, how their review goes, and what is answered.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::brand::Brand;
use crate::draw::{length, registry_id, uuid};
use crate::event;
use crate::fields::{Fields, flag, text};
use crate::listing::{Listing, Query};
use crate::outcome::{CampaignEnd, campaign_at_post, campaign_end};
use crate::refusal::{
    BRAND_NOT_VERIFIED, NO_SUCH_ASSOCIATE, NOT_QUALIFIED, REFERENCE_TAKEN, Refusal,
};
use crate::review::Review;
use crate::store::{Store, Told};
use crate::submissions::count;

mod carriers;
mod change;
pub(crate) mod rules;

pub(crate) use carriers::is_carrier;

/// A submitted campaign.
#[derive(Debug)]
pub(crate) struct Campaign {
    pub(crate) id: String,
    pub(crate) tcr_id: String,
    pub(crate) brand_id: String,
    /// Its `referenceId`, or `brandId/usecase` where there is none.
    pub(crate) subject: String,
    nth: u64,
    pub(crate) fields: Fields,
    created: Duration,
    pub(crate) deactivated: Option<Duration>,
    /// Its numbers, by their place in the order of creation.
    pub(crate) numbers: BTreeMap<u64, String>,
    pub(crate) review: Review<Step>,
    /// Where a carrier stands apart from the others: its word, by network id.
    pub(crate) carriers: BTreeMap<String, String>,
    events: u32,
    early: bool,
}

/// What a campaign's status says.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// `campaignStatus`.
    pub(crate) status: String,
    /// What was wrong with which field.
    pub(crate) failure: Option<(String, String)>,
}

impl Step {
    /// Nothing wrong.
    pub(crate) fn new(status: &str) -> Self {
        Self {
            status: status.to_owned(),
            failure: None,
        }
    }
}

impl Campaign {
    /// Whether numbers can be assigned.
    pub(crate) fn is_ready(&self) -> bool {
        matches!(
            self.review.current().status.as_str(),
            "MNO_PROVISIONED" | "MNO_ACCEPTED"
        )
    }
}

impl Store {
    /// POST /10dlc/campaignBuilder.
    pub(crate) fn create_campaign(
        &mut self,
        now: Duration,
        sent: &Fields,
    ) -> Result<Value, Refusal> {
        rules::campaign(sent)?;
        let (at_post, field) = campaign_at_post(sent);
        rules::accepted(at_post, field)?;
        let brand_id = text(sent, "brandId").unwrap_or_default().to_owned();
        self.qualified_brand(&brand_id, text(sent, "usecase").unwrap_or_default())?;
        self.room()?;
        let subject = match text(sent, "referenceId") {
            Some(reference) => reference.to_owned(),
            None => format!("{brand_id}/{}", text(sent, "usecase").unwrap_or_default()),
        };
        if self.settings.unique_reference_ids && self.by_reference.contains_key(&subject) {
            let detail = "The value must be unique across all submitted campaigns.";
            return Err(Refusal::rule(REFERENCE_TAKEN, "referenceId", detail));
        }
        let nth = count(&mut self.submissions.campaigns, &subject);
        let mut rng = self.rng("campaign", &subject, nth);
        let (id, tcr_id) = (uuid(&mut rng), registry_id(&mut rng, 'C'));
        let early = self.is_early("campaign", &subject, nth);
        let campaign = Campaign {
            id: id.clone(),
            tcr_id: tcr_id.clone(),
            brand_id: brand_id.clone(),
            subject: subject.clone(),
            nth,
            fields: sent.clone(),
            created: now,
            deactivated: None,
            numbers: BTreeMap::new(),
            review: Review::new(Step::new("TCR_PENDING"), Vec::new()),
            carriers: BTreeMap::new(),
            events: 0,
            early,
        };
        self.campaigns.insert(&id, campaign);
        self.by_tcr_id.insert(tcr_id, id.clone());
        self.by_reference
            .entry(subject)
            .or_default()
            .push(id.clone());
        if let Some(brand) = self.brands.get_mut(&brand_id) {
            brand.campaigns.push(id.clone());
        }
        let (end, field) = campaign_end(sent);
        self.review_campaign(&id, now, end, field);
        self.campaign_answer(&id)
    }

    fn qualified_brand(&self, id: &str, usecase: &str) -> Result<(), Refusal> {
        let brand = self.verified_brand(id)?;
        if !carriers::all_refuse(brand, usecase) {
            return Ok(());
        }
        let detail = "No carrier takes this use case of this brand.";
        Err(Refusal::rule(NOT_QUALIFIED, "usecase", detail))
    }

    fn verified_brand(&self, id: &str) -> Result<&Brand, Refusal> {
        let Some(brand) = self.brands.get(id) else {
            return Err(Refusal::rule(
                NO_SUCH_ASSOCIATE,
                "brandId",
                "There is no such brand.",
            ));
        };
        if brand.is_verified() {
            return Ok(brand);
        }
        let detail =
            "A campaign needs a brand whose identityStatus is VERIFIED or VETTED_VERIFIED.";
        Err(Refusal::rule(BRAND_NOT_VERIFIED, "brandId", detail))
    }

    /// Starts the review, or what remains of it after the current status.
    fn review_campaign(&mut self, id: &str, now: Duration, end: CampaignEnd, field: &str) {
        let Some(campaign) = self.campaigns.get(id) else {
            return;
        };
        let purpose = format!("campaign review {}", campaign.events);
        let mut rng = self.rng(&purpose, &campaign.subject, campaign.nth);
        let length = length(&mut rng, self.settings.reviews.campaign);
        let Some(campaign) = self.campaigns.get_mut(id) else {
            return;
        };
        let current = campaign.review.current().clone();
        let mut review = Review::new(
            current.clone(),
            course(&current.status, end, field, now, length),
        );
        if campaign.early && campaign.events == 0 {
            review.hasten(now);
        }
        review.scheduled(campaign.review.scheduled(None));
        campaign.review = review;
        self.schedule_campaign(id);
        self.settle(now);
    }

    /// The agenda's turn for a campaign.
    pub(crate) fn campaign_moves(&mut self, id: &str, at: Duration) {
        let Some(campaign) = self.campaigns.get_mut(id) else {
            return;
        };
        campaign.review.scheduled(None);
        campaign.review.advance();
        if campaign.review.current().status == "TCR_EXPIRED" {
            campaign.deactivated = Some(at);
        }
        self.tell_of_campaign(id, at);
        self.schedule_campaign(id);
    }

    fn tell_of_campaign(&mut self, id: &str, at: Duration) {
        let Some(campaign) = self.campaigns.get_mut(id) else {
            return;
        };
        let step = campaign.review.current();
        let why = step
            .failure
            .as_ref()
            .map(|(field, reason)| (field.as_str(), reason.as_str()));
        let mut payload = event::campaign(&step.status, &campaign.tcr_id, why);
        if let Some(payload) = payload.as_mut().and_then(Value::as_object_mut) {
            payload.insert("campaignId".to_owned(), json!(campaign.id));
            payload.insert("brandId".to_owned(), json!(campaign.brand_id));
            payload.insert("cspId".to_owned(), json!(CSP));
        }
        let told = Told {
            event_type: "10dlc.campaign.update",
            payload,
            url: text(&campaign.fields, "webhookURL").map(str::to_owned),
            failover_url: text(&campaign.fields, "webhookFailoverURL").map(str::to_owned),
            subject: campaign.subject.clone(),
            nth: campaign.nth,
            event: campaign.events,
            exempt: campaign.early && campaign.events == 0,
        };
        campaign.events += 1;
        self.tell(at, told);
    }

    /// Sets what one carrier says, whatever the campaign's status. Its webhook
    /// is that of the status.
    pub(crate) fn force_carrier(&mut self, id: &str, now: Duration, network: &str, word: &str) {
        let Some(campaign) = self.campaigns.get_mut(id) else {
            return;
        };
        campaign
            .carriers
            .insert(network.to_owned(), word.to_owned());
        self.tell_of_campaign(id, now);
    }

    /// Sets a campaign's status, whatever it was to become.
    pub(crate) fn force_campaign(&mut self, id: &str, now: Duration, step: Step) {
        let Some(campaign) = self.campaigns.get_mut(id) else {
            return;
        };
        let mut review = Review::new(campaign.review.current().clone(), vec![(now, step)]);
        review.scheduled(campaign.review.scheduled(None));
        campaign.review = review;
        campaign.carriers.clear();
        self.schedule_campaign(id);
        self.settle(now);
    }

    fn campaign(&self, id: &str) -> Result<&Campaign, Refusal> {
        self.campaigns
            .get(id)
            .ok_or_else(|| Refusal::not_found("campaign"))
    }

    /// The campaign as GET answers it.
    pub(crate) fn campaign_answer(&self, id: &str) -> Result<Value, Refusal> {
        Ok(Value::Object(self.rendered(self.campaign(id)?)))
    }

    fn rendered(&self, campaign: &Campaign) -> Fields {
        let step = campaign.review.current();
        let brand = self.brands.get(&campaign.brand_id);
        let mut answer = campaign.fields.clone();
        answer.remove("tag");
        answer.remove("mnoIds");
        for (name, default) in rules::DEFAULTS {
            answer.entry(name).or_insert(Value::Bool(default));
        }
        answer.entry("subUsecases").or_insert_with(|| json!([]));
        let mut set = |name: &str, value: Value| answer.insert(name.to_owned(), value);
        set("campaignId", json!(campaign.id));
        set("tcrCampaignId", json!(campaign.tcr_id));
        set("tcrBrandId", json!(brand.map(|brand| &brand.tcr_id)));
        set(
            "brandDisplayName",
            json!(brand.and_then(|brand| text(&brand.fields, "displayName"))),
        );
        set(
            "mock",
            json!(brand.is_some_and(|brand| flag(&brand.fields, "mock"))),
        );
        set("cspId", json!(CSP));
        set("createDate", json!(self.unix(campaign.created)));
        set("campaignStatus", json!(step.status));
        let ended = campaign.deactivated.is_some();
        set("status", json!(if ended { "EXPIRED" } else { "ACTIVE" }));
        set("submissionStatus", json!(submission_status(&step.status)));
        let at_t_mobile = carriers::word(campaign, carriers::T_MOBILE);
        set("isTMobileRegistered", json!(at_t_mobile == "REGISTERED"));
        set("isTMobileSuspended", json!(at_t_mobile == "SUSPENDED"));
        set(
            "isTMobileNumberPoolingEnabled",
            json!(flag(&campaign.fields, "numberPool")),
        );
        if let Some((_, reason)) = &step.failure {
            set("failureReasons", json!(reason));
        }
        answer
    }

    /// GET /10dlc/campaign?brandId=.
    pub(crate) fn list_campaigns(&self, query: &Query) -> Result<Value, Refusal> {
        rules::listed_by_brand(query)?;
        let listing = Listing::of(query, 10, &CAMPAIGN_SORTS)?;
        let brand = query.get("brandId").and_then(|id| self.brands.get(id));
        let ids: &[String] = brand.map_or(&[], |brand| &brand.campaigns);
        let render = |campaign: &Campaign| {
            let mut record = self.rendered(campaign);
            let count = json!(campaign.numbers.len());
            record.insert("assignedPhoneNumbersCount".to_owned(), count);
            Value::Object(record)
        };
        Ok(listing.page(self.campaigns.these(ids.iter()), ids.len(), render))
    }

    /// GET /10dlc/campaign/{campaignId}/operationStatus.
    pub(crate) fn operation_status(&self, id: &str) -> Result<Value, Refusal> {
        Ok(carriers::operation_status(self.campaign(id)?))
    }

    /// GET /10dlc/campaign/{campaignId}/mnoMetadata.
    pub(crate) fn mno_metadata(&self, id: &str) -> Result<Value, Refusal> {
        self.campaign(id)?;
        Ok(carriers::metadata(|_| true))
    }

    /// GET /10dlc/campaignBuilder/brand/{brandId}/usecase/{usecase}. Fees are left
    /// out: they are optional in the SDK and the simulator knows none.
    pub(crate) fn qualify(&self, brand_id: &str, usecase: &str) -> Result<Value, Refusal> {
        if !self.brands.contains(brand_id) {
            return Err(Refusal::not_found("brand"));
        }
        let brand = self.verified_brand(brand_id)?;
        let (min, max) = rules::sub_usecases(usecase)?;
        Ok(json!({
            "usecase": usecase,
            "minSubUsecases": min,
            "maxSubUsecases": max,
            "mnoMetadata": carriers::metadata(|id| carriers::qualifies(brand, usecase, id)),
        }))
    }
}

/// The simulator's account at the registry.
const CSP: &str = "SIMULATOR";

const CAMPAIGN_SORTS: [&str; 5] = [
    "assignedPhoneNumbersCount",
    "campaignId",
    "createdAt",
    "status",
    "tcrCampaignId",
];

fn submission_status(status: &str) -> &'static str {
    match status {
        "TCR_PENDING" => "PENDING",
        "TCR_FAILED" => "FAILED",
        _ => "CREATED",
    }
}

/// The statuses on the way from `current`, spread evenly over the review's length.
fn course(
    current: &str,
    end: CampaignEnd,
    field: &str,
    now: Duration,
    length: Duration,
) -> Vec<(Duration, Step)> {
    const WAY: [&str; 5] = [
        "TCR_PENDING",
        "TCR_ACCEPTED",
        "TELNYX_ACCEPTED",
        "MNO_PENDING",
        "MNO_PROVISIONED",
    ];
    let reached = WAY
        .iter()
        .position(|status| *status == current)
        .unwrap_or(0);
    let ahead = WAY.iter().enumerate().skip(reached + 1);
    let at = |step: usize| now + length * u32::try_from(step - reached).unwrap_or(1) / 4;
    let mut course: Vec<(Duration, Step)> = ahead
        .map(|(step, status)| (at(step), Step::new(status)))
        .collect();
    match end {
        CampaignEnd::Provisioned => {}
        CampaignEnd::Never => {
            course.pop();
        }
        CampaignEnd::ProvisionedThen(later) => course.push((now + length * 2, Step::new(later))),
        CampaignEnd::Rejected(status) => {
            let instead_of = match status {
                "TCR_FAILED" => "TCR_ACCEPTED",
                "TELNYX_FAILED" => "TELNYX_ACCEPTED",
                _ => "MNO_PROVISIONED",
            };
            if let Some(place) = course
                .iter()
                .position(|(_, step)| step.status == instead_of)
            {
                course.truncate(place + 1);
            }
            if let Some((_, step)) = course.last_mut() {
                let reason = format!("{field} does not meet the requirements.");
                *step = Step {
                    status: status.to_owned(),
                    failure: Some((field.to_owned(), reason)),
                };
            }
        }
    }
    course
}

//! Phone numbers on campaigns: assignment, removal, and what is answered.

use std::time::Duration;

use serde_json::{Value, json};

use crate::draw::length;
use crate::event::{self, REMOVED};
use crate::fields::{Check, Fields, flag, text};
use crate::listing::{Listing, Query};
use crate::outcome::{AtPost, NumberEnd, at_post, number_end, phone_ending};
use crate::refusal::{
    BAD_REQUEST, CAMPAIGN_NOT_READY, NO_SUCH_ASSOCIATE, NUMBER_HELD, NUMBER_TAKEN, POOL_NEEDED,
    Refusal, field_error,
};
use crate::review::Review;
use crate::store::{Store, Told};
use crate::submissions::count;

/// A number on a campaign.
#[derive(Debug)]
pub(crate) struct Number {
    phone: String,
    campaign_id: String,
    place: u64,
    nth: u64,
    created: Duration,
    updated: Duration,
    pub(crate) review: Review<Assignment>,
    events: u32,
    early: bool,
}

/// What a number's status says.
#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    /// `assignmentStatus`, or [`REMOVED`].
    pub(crate) status: String,
    pub(crate) failure: Option<String>,
}

impl Assignment {
    /// Nothing wrong.
    pub(crate) fn new(status: &str) -> Self {
        Self {
            status: status.to_owned(),
            failure: None,
        }
    }
}

/// From this many on a campaign needs `numberPool`.
const POOL: usize = 50;

impl Store {
    /// POST /10dlc/phone_number_campaigns.
    pub(crate) fn create_number(&mut self, now: Duration, sent: &Fields) -> Result<Value, Refusal> {
        let (phone, campaign_id) = assignment(sent)?;
        accepted(at_post(phone_ending(&phone)))?;
        let before = self.numbers.get(&phone);
        if before.is_some_and(|number| number.review.current().status != "FAILED_ASSIGNMENT") {
            let detail = "The number is on a campaign; remove it from that one first.";
            return Err(Refusal::rule(NUMBER_TAKEN, "phoneNumber", detail));
        }
        self.takes_numbers(&campaign_id)?;
        self.not_held(&phone, &campaign_id, now)?;
        self.room()?;
        self.drop_number(&phone);
        let nth = count(&mut self.submissions.numbers, &phone);
        let early = self.is_early("number", &phone, nth);
        let number = Number {
            phone: phone.clone(),
            campaign_id: campaign_id.clone(),
            place: 0,
            nth,
            created: now,
            updated: now,
            review: Review::new(Assignment::new("PENDING_ASSIGNMENT"), Vec::new()),
            events: 0,
            early,
        };
        let place = self.numbers.insert(&phone, number);
        self.attach(&phone, place, &campaign_id);
        self.review_number(&phone, now);
        self.number_answer(&phone)
    }

    /// Refuses a number that was on another campaign a moment ago.
    fn not_held(&mut self, phone: &str, campaign: &str, now: Duration) -> Result<(), Refusal> {
        match self.held_numbers.get(phone) {
            Some((former, until)) if former != campaign && now < *until => {
                let detail = "The number is held by the carrier for its former campaign.";
                Err(Refusal::rule(NUMBER_HELD, "phoneNumber", detail))
            }
            _ => {
                self.held_numbers.remove(phone);
                Ok(())
            }
        }
    }

    /// Whether one more number may be put on this campaign.
    fn takes_numbers(&self, campaign_id: &str) -> Result<(), Refusal> {
        let Some(campaign) = self.campaigns.get(campaign_id) else {
            return Err(Refusal::rule(
                NO_SUCH_ASSOCIATE,
                "campaignId",
                "There is no such campaign.",
            ));
        };
        if !campaign.is_ready() {
            let detail = "The carriers have not provisioned this campaign.";
            return Err(Refusal::rule(CAMPAIGN_NOT_READY, "campaignId", detail));
        }
        if campaign.numbers.len() + 1 >= POOL && !flag(&campaign.fields, "numberPool") {
            let detail = "50 or more numbers need a campaign with numberPool.";
            return Err(Refusal::rule(POOL_NEEDED, "campaignId", detail));
        }
        Ok(())
    }

    fn attach(&mut self, phone: &str, place: u64, campaign_id: &str) {
        if let Some(number) = self.numbers.get_mut(phone) {
            number.place = place;
            number.campaign_id = campaign_id.to_owned();
        }
        if let Some(campaign) = self.campaigns.get_mut(campaign_id) {
            campaign.numbers.insert(place, phone.to_owned());
        }
    }

    fn detach(&mut self, phone: &str) {
        let Some(number) = self.numbers.get(phone) else {
            return;
        };
        if let Some(campaign) = self.campaigns.get_mut(&number.campaign_id) {
            campaign.numbers.remove(&number.place);
        }
    }

    fn hold_number(&mut self, phone: &str, at: Duration) {
        let hold = self.settings.number_hold;
        if let (false, Some(number)) = (hold.is_zero(), self.numbers.get(phone)) {
            let former = number.campaign_id.clone();
            self.held_numbers
                .insert(phone.to_owned(), (former, at + hold));
        }
    }

    fn drop_number(&mut self, phone: &str) {
        self.detach(phone);
        if let Some((_, mut number)) = self.numbers.remove(phone) {
            self.unschedule(&mut number.review);
        }
    }

    fn review_number(&mut self, phone: &str, now: Duration) {
        let ahead = match number_end(phone) {
            NumberEnd::Assigned => Some(Assignment::new("ASSIGNED")),
            NumberEnd::Failed => Some(Assignment {
                status: "FAILED_ASSIGNMENT".to_owned(),
                failure: Some("The number is not provisioned for messaging.".to_owned()),
            }),
            NumberEnd::Never => None,
        };
        self.moving(phone, now, Assignment::new("PENDING_ASSIGNMENT"), ahead);
    }

    /// Goes to `from` now, and to `ahead` after the review time.
    fn moving(&mut self, phone: &str, now: Duration, from: Assignment, ahead: Option<Assignment>) {
        let Some(number) = self.numbers.get(phone) else {
            return;
        };
        let purpose = format!("number review {}", number.events);
        let length = length(
            &mut self.rng(&purpose, phone, number.nth),
            self.settings.reviews.number,
        );
        let Some(number) = self.numbers.get_mut(phone) else {
            return;
        };
        let ahead = ahead
            .into_iter()
            .map(|assignment| (now + length, assignment))
            .collect();
        let mut review = Review::new(from, ahead);
        if number.early && number.events == 0 {
            review.hasten(now);
        }
        review.scheduled(number.review.scheduled(None));
        number.review = review;
        number.updated = now;
        self.schedule_number(phone);
        self.settle(now);
    }

    /// The agenda's turn for a number.
    pub(crate) fn number_moves(&mut self, phone: &str, at: Duration) {
        let Some(number) = self.numbers.get_mut(phone) else {
            return;
        };
        number.review.scheduled(None);
        number.review.advance();
        number.updated = at;
        let (event, exempt) = (number.events, number.early && number.events == 0);
        number.events += 1;
        let assignment = number.review.current().clone();
        let campaign = self.campaigns.get(&number.campaign_id);
        let mut payload = event::number(&assignment.status, assignment.failure.as_deref());
        if let Some(payload) = payload.as_mut().and_then(Value::as_object_mut) {
            payload.insert("phoneNumber".to_owned(), json!(phone));
            payload.insert("campaignId".to_owned(), json!(number.campaign_id));
            payload.insert(
                "tcrCampaignId".to_owned(),
                json!(campaign.map(|campaign| &campaign.tcr_id)),
            );
        }
        let url = |name| {
            campaign
                .and_then(|campaign| text(&campaign.fields, name))
                .map(str::to_owned)
        };
        let told = Told {
            event_type: "10dlc.phone_number.update",
            payload,
            url: url("webhookURL"),
            failover_url: url("webhookFailoverURL"),
            subject: phone.to_owned(),
            nth: number.nth,
            event,
            exempt,
        };
        self.tell(at, told);
        if assignment.status == REMOVED {
            self.hold_number(phone, at);
            self.drop_number(phone);
        } else {
            self.schedule_number(phone);
        }
    }

    /// Sets a number's status, whatever it was to become.
    pub(crate) fn force_number(&mut self, phone: &str, now: Duration, assignment: Assignment) {
        let Some(number) = self.numbers.get_mut(phone) else {
            return;
        };
        let mut review = Review::new(number.review.current().clone(), vec![(now, assignment)]);
        review.scheduled(number.review.scheduled(None));
        number.review = review;
        self.schedule_number(phone);
        self.settle(now);
    }

    /// The assignment as GET answers it.
    pub(crate) fn number_answer(&self, phone: &str) -> Result<Value, Refusal> {
        let number = self
            .numbers
            .get(phone)
            .ok_or_else(|| Refusal::not_found("phone number"))?;
        Ok(self.number_record(number))
    }

    fn number_record(&self, number: &Number) -> Value {
        let assignment = number.review.current();
        let campaign = self.campaigns.get(&number.campaign_id);
        let brand_id = campaign.map(|campaign| campaign.brand_id.as_str());
        let brand = brand_id.and_then(|id| self.brands.get(id));
        let mut record = json!({
            "phoneNumber": number.phone,
            "campaignId": number.campaign_id,
            "telnyxCampaignId": number.campaign_id,
            "tcrCampaignId": campaign.map(|campaign| &campaign.tcr_id),
            "brandId": brand_id,
            "tcrBrandId": brand.map(|brand| &brand.tcr_id),
            "assignmentStatus": assignment.status,
            "createdAt": self.written(number.created),
            "updatedAt": self.written(number.updated),
        });
        if let (Some(failure), Some(record)) = (&assignment.failure, record.as_object_mut()) {
            record.insert("failureReasons".to_owned(), json!(failure));
        }
        record
    }

    /// PUT /10dlc/phone_number_campaigns/{phoneNumber}: another campaign instead.
    pub(crate) fn update_number(
        &mut self,
        phone: &str,
        now: Duration,
        sent: &Fields,
    ) -> Result<Value, Refusal> {
        let (named, campaign_id) = assignment(sent)?;
        let number = self
            .numbers
            .get(phone)
            .ok_or_else(|| Refusal::not_found("phone number"))?;
        if named != phone {
            let detail = "phoneNumber must be the number of the path.";
            return Err(Refusal::fields(vec![field_error(
                BAD_REQUEST,
                "phoneNumber",
                detail,
            )]));
        }
        if number.campaign_id != campaign_id {
            self.takes_numbers(&campaign_id)?;
            let place = number.place;
            self.detach(phone);
            self.attach(phone, place, &campaign_id);
            self.review_number(phone, now);
        }
        self.number_answer(phone)
    }

    /// DELETE /10dlc/phone_number_campaigns/{phoneNumber}. The number is gone
    /// after the review time, and is `PENDING_UNASSIGNMENT` until then.
    pub(crate) fn delete_number(&mut self, phone: &str, now: Duration) -> Result<Value, Refusal> {
        let number = self
            .numbers
            .get(phone)
            .ok_or_else(|| Refusal::not_found("phone number"))?;
        let mut answer = self.number_record(number);
        if let Some(answer) = answer.as_object_mut() {
            answer.insert("assignmentStatus".to_owned(), json!("PENDING_UNASSIGNMENT"));
            answer.insert("updatedAt".to_owned(), json!(self.written(now)));
        }
        let leaving = Assignment::new("PENDING_UNASSIGNMENT");
        self.moving(phone, now, leaving, Some(Assignment::new(REMOVED)));
        Ok(answer)
    }

    /// GET /10dlc/phone_number_campaigns.
    pub(crate) fn list_numbers(&self, query: &Query) -> Result<Value, Refusal> {
        let listing = Listing::of(query, 20, &["assignmentStatus", "createdAt", "phoneNumber"])?;
        let render = |number: &Number| self.number_record(number);
        let filter = |name: &str| query.get(&format!("filter[{name}]"));
        let by_tcr_id = |name| filter(name).map(|id| self.by_tcr_id.get(id).unwrap_or(id));
        let campaign = filter("telnyx_campaign_id").or_else(|| by_tcr_id("tcr_campaign_id"));
        let brand = filter("telnyx_brand_id").or_else(|| by_tcr_id("tcr_brand_id"));
        if campaign.is_none() && brand.is_none() {
            return Ok(listing.page(self.numbers.oldest_first(), self.numbers.len(), render));
        }
        let of_brand = brand
            .and_then(|id| self.brands.get(id))
            .map_or(&[][..], |brand| &brand.campaigns);
        let campaigns: Vec<&String> = match (campaign, brand) {
            (Some(id), Some(_)) => of_brand.iter().filter(|other| *other == id).collect(),
            (Some(id), None) => vec![id],
            (None, _) => of_brand.iter().collect(),
        };
        let campaigns = campaigns
            .into_iter()
            .filter_map(|id| self.campaigns.get(id));
        let phones = campaigns.flat_map(|campaign| campaign.numbers.values());
        let mut found: Vec<&Number> = phones.filter_map(|phone| self.numbers.get(phone)).collect();
        found.sort_by_key(|number| number.place);
        let total = found.len();
        Ok(listing.page(found.into_iter(), total, render))
    }
}

/// The number and the campaign of a body.
fn assignment(sent: &Fields) -> Result<(String, String), Refusal> {
    let mut check = Check::of(sent);
    check.required(&["phoneNumber", "campaignId"]);
    check.e164("phoneNumber");
    check.length("campaignId", 1, 255);
    check.done()?;
    let said = |name| text(sent, name).unwrap_or_default().to_owned();
    Ok((said("phoneNumber"), said("campaignId")))
}

/// What the outcome table says about this POST.
fn accepted(at_post: AtPost) -> Result<(), Refusal> {
    match at_post {
        AtPost::Invalid => {
            let detail = "The number is not a US number of this account.";
            Err(Refusal::fields(vec![field_error(
                BAD_REQUEST,
                "phoneNumber",
                detail,
            )]))
        }
        AtPost::Taken => {
            let detail = "The number is on another account's campaign.";
            Err(Refusal::rule(NUMBER_TAKEN, "phoneNumber", detail))
        }
        AtPost::Broken => Err(Refusal::unexpected()),
        AtPost::Accept | AtPost::AnswerLost | AtPost::Slow => Ok(()),
    }
}

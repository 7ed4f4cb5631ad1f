//! What comes after a campaign's submission: edits, appeals, its end.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Step, rules};
use crate::fields::{Fields, text};
use crate::outcome::{CampaignEnd, campaign_end, holds_marker};
use crate::refusal::{INACTIVE, NOT_APPEALABLE, Refusal};
use crate::review::Review;
use crate::store::Store;
use crate::submissions::count;

impl Store {
    /// PUT /10dlc/campaign/{campaignId}. Fields that cannot be edited are ignored.
    pub(crate) fn update_campaign(
        &mut self,
        id: &str,
        now: Duration,
        sent: &Fields,
    ) -> Result<Value, Refusal> {
        rules::campaign_update(sent)?;
        self.active(id)?;
        let restarts = self.settings.edit_restarts_review;
        let Some(campaign) = self.campaigns.get_mut(id) else {
            return Err(Refusal::not_found("campaign"));
        };
        let editable = sent
            .iter()
            .filter(|(name, _)| rules::EDITABLE.contains(&name.as_str()));
        campaign
            .fields
            .extend(editable.map(|(name, value)| (name.clone(), value.clone())));
        let (end, field) = campaign_end(&campaign.fields);
        if restarts && is_rejected(&campaign.review.current().status) {
            let subject = self.campaign(id)?.subject.clone();
            count(&mut self.submissions.edits, &subject);
            self.review_again(id, now, end, field);
        }
        self.campaign_answer(id)
    }

    fn review_again(&mut self, id: &str, now: Duration, end: CampaignEnd, field: &str) {
        if let Some(campaign) = self.campaigns.get_mut(id) {
            let mut review = Review::new(Step::new("TCR_ACCEPTED"), Vec::new());
            review.scheduled(campaign.review.scheduled(None));
            campaign.review = review;
            campaign.carriers.clear();
        }
        self.review_campaign(id, now, end, field);
    }

    fn active(&self, id: &str) -> Result<(), Refusal> {
        if self.campaign(id)?.deactivated.is_none() {
            return Ok(());
        }
        Err(Refusal::rule(
            INACTIVE,
            "campaignId",
            "A deactivated campaign cannot be restored.",
        ))
    }

    /// POST /10dlc/campaign/{campaignId}/appeal. Granted, unless the reason
    /// itself holds a marker of the outcome table.
    pub(crate) fn appeal(
        &mut self,
        id: &str,
        now: Duration,
        sent: &Fields,
    ) -> Result<Value, Refusal> {
        rules::appeal(sent)?;
        self.active(id)?;
        if !is_rejected(&self.campaign(id)?.review.current().status) {
            let detail = "Only a campaign that is TELNYX_FAILED or MNO_REJECTED can be appealed.";
            return Err(Refusal::rule(NOT_APPEALABLE, "campaignId", detail));
        }
        let subject = self.campaign(id)?.subject.clone();
        count(&mut self.submissions.appeals, &subject);
        let granted = !text(sent, "appeal_reason").is_some_and(holds_marker);
        let (end, field) = match granted {
            true => (CampaignEnd::Provisioned, "description"),
            false => campaign_end(&self.campaign(id)?.fields),
        };
        self.review_again(id, now, end, field);
        Ok(json!({"appealed_at": self.written(now)}))
    }

    /// DELETE /10dlc/campaign/{campaignId}.
    pub(crate) fn deactivate(&mut self, id: &str, now: Duration) -> Result<Value, Refusal> {
        self.active(id)?;
        self.force_campaign(id, now, Step::new("TCR_EXPIRED"));
        let time = self.unix(now).parse::<i64>().unwrap_or_default();
        Ok(json!({"time": time, "message": "Campaign was deactivated."}))
    }
}

fn is_rejected(status: &str) -> bool {
    matches!(status, "TELNYX_FAILED" | "MNO_REJECTED")
}

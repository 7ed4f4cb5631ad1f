//! Whether the registry has a submission whose answer was lost.
//!
//! `None` leads to a second submission and a second fee, so it is said only
//! when everything was looked through. Whatever goes wrong on the way leaves
//! the submission in doubt.

use std::collections::BTreeSet;

use registration::order::{Brand, PhoneNumber};
use registration::{Reference, RegistryId, Verdict};
use reqwest::Method;
use serde_json::Value;

use super::call::{Call, Json, Wire};
use super::reading::{id, text};
use super::{BRANDS, CAMPAIGNS, NUMBERS, Telnyx, read, refusal, request};
use crate::{Kind, Placed, Reading, RegistryError};

/// 20 campaigns with all their texts stay well below the longest answer.
const PER_PAGE: usize = 20;

/// More than this is not looked through.
const MOST_PAGES: usize = 50;

impl Telnyx {
    /// A brand takes no reference, so it is known by its names and its EIN. The
    /// list does not show the EIN: each brand of these names is read.
    pub(super) async fn find_brand(&self, brand: &Brand) -> Result<Option<Reading>, RegistryError> {
        let ours = request::brand(brand, None);
        let name = brand.display_name.as_str();
        let mut pages = Pages::of(&self.wire, Kind::Brand, BRANDS, "displayName", name);
        while let Some(records) = pages.next().await? {
            let named = |record: &&Value| {
                record
                    .get("displayName")
                    .is_none_or(|theirs| theirs == name)
            };
            for record in records.iter().filter(named) {
                let id = text(record, "brandId");
                if id.is_empty() {
                    return Err(pages.call().in_doubt("a brand of this name has no brandId"));
                }
                let (call, json) = self.get(Kind::Brand, &RegistryId::new(id)).await?;
                match is_same_brand(&ours, &json.value) {
                    Some(true) => return read(&call, Kind::Brand, json).map(Some),
                    Some(false) => {}
                    None => return Err(call.in_doubt("a brand of this name does not show its EIN")),
                }
            }
        }
        Ok(None)
    }

    /// A campaign is known by our reference.
    pub(super) async fn find_campaign(
        &self,
        brand: &RegistryId,
        reference: &Reference,
    ) -> Result<Option<Reading>, RegistryError> {
        let mut pages = Pages::of(
            &self.wire,
            Kind::Campaign,
            CAMPAIGNS,
            "brandId",
            brand.as_str(),
        );
        while let Some(records) = pages.next().await? {
            let ours = |record: &Value| text(record, "referenceId") == reference.as_str();
            if let Some(value) = records.into_iter().find(ours) {
                let json = Json {
                    size: value.to_string().len(),
                    value,
                };
                return read(&pages.call(), Kind::Campaign, json).map(Some);
            }
        }
        Ok(None)
    }

    /// A number is on one campaign at a time. On another than ours, or on its
    /// way out, it is not ours: then the registry itself refuses the assignment.
    pub(super) async fn find_number(
        &self,
        campaign: &RegistryId,
        number: &PhoneNumber,
    ) -> Result<Option<Reading>, RegistryError> {
        let Some((call, json)) = self.assignment(number).await? else {
            return Ok(None);
        };
        let ours = is_on(&json.value, campaign);
        let reading = read(&call, Kind::Number, json)?;
        Ok((ours && reading.verdict != Some(Verdict::Expired)).then_some(reading))
    }

    /// The numbers on a campaign that are neither assigned nor refused, by its list.
    pub(super) async fn under_review(
        &self,
        campaign: &RegistryId,
    ) -> Result<BTreeSet<String>, RegistryError> {
        let by = "filter[telnyx_campaign_id]";
        let mut pages = Pages::of(&self.wire, Kind::Number, NUMBERS, by, campaign.as_str());
        let mut under_review = BTreeSet::new();
        while let Some(records) = pages.next().await? {
            for value in records {
                let json = Json {
                    size: value.to_string().len(),
                    value,
                };
                let reading = read(&pages.call(), Kind::Number, json)?;
                if reading.verdict.is_none() {
                    under_review.insert(reading.id.to_string());
                }
            }
        }
        Ok(under_review)
    }

    /// The campaign a number is on, with the reference it was submitted with,
    /// where the campaign is shown to us.
    pub(super) async fn campaign_of(
        &self,
        number: &PhoneNumber,
    ) -> Result<Option<Placed>, RegistryError> {
        let Some((call, json)) = self.assignment(number).await? else {
            return Ok(None);
        };
        let id = CAMPAIGN_IDS.iter().find_map(|name| id(&json.value, name));
        let campaign = id.ok_or_else(|| call.in_doubt("the answer has no campaignId"))?;
        let reference = match self.get(Kind::Campaign, &campaign).await {
            Ok((_, json)) => Reference::read(text(&json.value, "referenceId")),
            Err(RegistryError::Terminal { .. }) => None,
            Err(error) => return Err(error),
        };
        Ok(Some(Placed {
            campaign,
            reference,
        }))
    }

    async fn assignment(
        &self,
        number: &PhoneNumber,
    ) -> Result<Option<(Call, Json)>, RegistryError> {
        let call = Call::about(Kind::Number, Method::GET, NUMBERS, number.as_str(), "");
        let answer = self.wire.send(&call, None).await?;
        if answer.is_nothing() {
            return Ok(None);
        }
        let json = answer.json(&call)?;
        Ok(Some((call, json)))
    }
}

/// Where an assignment names its campaign: the second is another id where the
/// campaign is shared, and the first is empty then (Telnyx SDK).
const CAMPAIGN_IDS: [&str; 2] = ["telnyxCampaignId", "campaignId"];

/// Whether an assignment is to this campaign.
pub(super) fn is_on(assignment: &Value, campaign: &RegistryId) -> bool {
    let mut ids = CAMPAIGN_IDS.into_iter().map(|name| text(assignment, name));
    ids.any(|id| id == campaign.as_str())
}

/// Whether two brands are one, by legal identity. `None` if that cannot be told.
fn is_same_brand(ours: &Value, theirs: &Value) -> Option<bool> {
    let same = |name: &str| text(ours, name) == text(theirs, name).trim();
    let plain = |brand: &Value| -> String {
        text(brand, "ein")
            .chars()
            .filter(|c| c.is_ascii_alphanumeric())
            .collect()
    };
    if !same("displayName") {
        return Some(false);
    }
    if plain(ours).is_empty() {
        // A sole proprietor has no EIN.
        return Some(
            ["entityType", "firstName", "lastName"]
                .into_iter()
                .all(same),
        );
    }
    if !same("companyName") {
        return Some(false);
    }
    (!plain(theirs).is_empty()).then(|| plain(ours) == plain(theirs))
}

/// The pages of a list (Telnyx SDK: per page pagination v2), newest first.
struct Pages<'a> {
    wire: &'a Wire,
    kind: Kind,
    path: &'static str,
    filter: (&'static str, &'a str),
    page: usize,
    seen: u64,
    total: Option<u64>,
}

impl<'a> Pages<'a> {
    fn of(
        wire: &'a Wire,
        kind: Kind,
        path: &'static str,
        by: &'static str,
        value: &'a str,
    ) -> Self {
        Self {
            wire,
            kind,
            path,
            filter: (by, value),
            page: 0,
            seen: 0,
            total: None,
        }
    }

    fn call(&self) -> Call {
        Call::to(self.kind, Method::GET, self.path)
            .with(self.filter.0, self.filter.1)
            .with("page", self.page.to_string())
            .with("recordsPerPage", PER_PAGE.to_string())
    }

    /// The next page that holds anything; none at the end of the list.
    async fn next(&mut self) -> Result<Option<Vec<Value>>, RegistryError> {
        if self.total.is_some_and(|total| self.seen >= total) {
            return Ok(None);
        }
        if self.page >= MOST_PAGES {
            return Err(self
                .call()
                .in_doubt(format!("the list has more than {MOST_PAGES} pages")));
        }
        self.page += 1;
        let call = self.call();
        let mut json = self.wire.json(&call, None).await?;
        self.total = json.value.get("totalRecords").and_then(Value::as_u64);
        match json.value.get_mut("records").map(Value::take) {
            Some(Value::Array(records)) => {
                self.seen += records.len() as u64;
                Ok((!records.is_empty()).then_some(records))
            }
            _ => Err(call.in_doubt("the answer has no list of records")),
        }
    }
}

/// A question that got no answer leaves the doubt that it was asked in.
pub(super) fn doubt_stays(error: RegistryError) -> RegistryError {
    match refusal::nothing_decided(error) {
        RegistryError::Refused { call, what } => RegistryError::InDoubt { call, what },
        throttled => throttled,
    }
}

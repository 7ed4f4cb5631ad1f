//! A brand as it is read.

use serde_json::{Value, json};

use super::{Brand, rules};
use crate::fields::text;
use crate::listing::{Listing, Query};
use crate::refusal::Refusal;
use crate::store::Store;

impl Store {
    /// The brand as GET answers it; `counted` adds the number of its campaigns.
    pub(crate) fn brand_answer(&self, id: &str, counted: bool) -> Result<Value, Refusal> {
        let brand = self
            .brands
            .get(id)
            .ok_or_else(|| Refusal::not_found("brand"))?;
        let standing = brand.review.current();
        let mut answer = brand.fields.clone();
        answer
            .entry("brandRelationship")
            .or_insert_with(|| json!("BASIC_ACCOUNT"));
        let mut set = |name: &str, value: Value| answer.insert(name.to_owned(), value);
        set("brandId", json!(brand.id));
        set("referenceId", json!(brand.id));
        set("tcrBrandId", json!(brand.tcr_id));
        set("status", json!(standing.status));
        set("identityStatus", json!(standing.identity));
        set("createdAt", json!(self.written(brand.created)));
        set("updatedAt", json!(self.written(brand.updated)));
        if let Some(failure) = &standing.failure {
            set("failureReasons", json!(failure));
        }
        if counted {
            set("assignedCampaignsCount", json!(brand.campaigns.len()));
        }
        Ok(Value::Object(answer))
    }

    fn brand_record(&self, brand: &Brand) -> Value {
        let standing = brand.review.current();
        let sent = |name: &str| text(&brand.fields, name);
        json!({
            "brandId": brand.id,
            "tcrBrandId": brand.tcr_id,
            "entityType": sent("entityType"),
            "companyName": sent("companyName"),
            "displayName": sent("displayName"),
            "email": sent("email"),
            "website": sent("website"),
            "status": standing.status,
            "identityStatus": standing.identity,
            "failureReasons": standing.failure,
            "createdAt": self.written(brand.created),
            "updatedAt": self.written(brand.updated),
            "assignedCampaingsCount": brand.campaigns.len(),
        })
    }

    /// GET /10dlc/brand. Filters match exactly (the real ones are not described).
    pub(crate) fn list_brands(&self, query: &Query) -> Result<Value, Refusal> {
        let listing = Listing::of(query, 10, &BRAND_SORTS)?;
        let render = |brand: &Brand| self.brand_record(brand);
        if !BRAND_FILTERS.iter().any(|name| query.contains_key(*name)) {
            let stand = self.brands.oldest_first().filter(|brand| !brand.is_over());
            let stand: Vec<&Brand> = stand.collect();
            let total = stand.len();
            return Ok(listing.page(stand.into_iter(), total, render));
        }
        let matches = |brand: &&Brand| {
            let id_is = |name: &str, id: &str| query.get(name).is_none_or(|wanted| wanted == id);
            let says = |name: &str| {
                query
                    .get(name)
                    .is_none_or(|wanted| text(&brand.fields, name) == Some(wanted))
            };
            let texts = ["displayName", "entityType", "country", "state"];
            !brand.is_over()
                && id_is("brandId", &brand.id)
                && id_is("tcrBrandId", &brand.tcr_id)
                && texts.into_iter().all(says)
        };
        let by_tcr_id = query
            .get("tcrBrandId")
            .and_then(|id| self.by_tcr_id.get(id));
        let found: Vec<&Brand> = if let Some(id) = query.get("brandId").or(by_tcr_id) {
            self.brands.get(id).into_iter().filter(matches).collect()
        } else if let Some(name) = query.get("displayName") {
            let ids = self.by_name.get(name).into_iter().flatten();
            let mut named: Vec<&Brand> = ids
                .filter_map(|id| self.brands.get(id))
                .filter(matches)
                .collect();
            named.sort_by_key(|brand| brand.created);
            named
        } else {
            self.brands.oldest_first().filter(matches).collect()
        };
        let total = found.len();
        Ok(listing.page(found.into_iter(), total, render))
    }

    /// GET /10dlc/brand/feedback/{brandId}. Empty while the brand is scored.
    pub(crate) fn brand_feedback(&self, id: &str) -> Result<Value, Refusal> {
        let brand = self
            .brands
            .get(id)
            .ok_or_else(|| Refusal::not_found("brand"))?;
        let feedback = &brand.review.current().feedback;
        let category: Vec<Value> = feedback.iter().map(|id| rules::feedback(id)).collect();
        Ok(json!({"brandId": id, "category": category}))
    }
}

const BRAND_FILTERS: [&str; 6] = [
    "brandId",
    "tcrBrandId",
    "displayName",
    "entityType",
    "country",
    "state",
];

const BRAND_SORTS: [&str; 7] = [
    "assignedCampaignsCount",
    "brandId",
    "createdAt",
    "displayName",
    "identityStatus",
    "status",
    "tcrBrandId",
];

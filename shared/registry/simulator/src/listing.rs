//! Pages of a list: `page`, `recordsPerPage` and `sort` in, and
//! `{"records":[…],"page":1,"totalRecords":n}` out (Telnyx SDK: per page
//! pagination v2).

use std::cmp::Ordering;
use std::collections::HashMap;

use serde_json::{Value, json};

use crate::refusal::{BAD_REQUEST, Refusal, field_error};

/// The parameters of a query string.
pub(crate) type Query = HashMap<String, String>;

/// "number of records per page. maximum of 500" (Telnyx SDK: brand list).
const MOST_PER_PAGE: usize = 500;

/// Which page, in which order.
#[derive(Debug)]
pub(crate) struct Listing {
    page: usize,
    per_page: usize,
    sort: String,
    descending: bool,
}

impl Listing {
    /// Reads the query; `sorts` are the keys this list can be sorted by.
    pub(crate) fn of(query: &Query, per_page: usize, sorts: &[&str]) -> Result<Self, Refusal> {
        let sort = query.get("sort").map_or("-createdAt", String::as_str);
        let key = sort.strip_prefix('-').unwrap_or(sort);
        if !sorts.contains(&key) {
            return Err(wrong("sort", "sort is not one of this list's orders."));
        }
        Ok(Self {
            page: number(query, "page", 1, usize::MAX)?,
            per_page: number(query, "recordsPerPage", per_page, MOST_PER_PAGE)?,
            sort: key.to_owned(),
            descending: sort.starts_with('-'),
        })
    }

    /// The page of these items, which come oldest first. Ordered by creation,
    /// only the page itself is rendered.
    pub(crate) fn page<T>(
        &self,
        items: impl DoubleEndedIterator<Item = T>,
        total: usize,
        render: impl Fn(T) -> Value,
    ) -> Value {
        let skip = (self.page - 1).saturating_mul(self.per_page);
        let records: Vec<Value> = match (self.sort.as_str(), self.descending) {
            ("createdAt", true) => items
                .rev()
                .skip(skip)
                .take(self.per_page)
                .map(render)
                .collect(),
            ("createdAt", false) => items.skip(skip).take(self.per_page).map(render).collect(),
            (key, descending) => {
                let mut all: Vec<Value> = items.map(render).collect();
                all.sort_by(|one, other| compare(one, other, key));
                if descending {
                    all.reverse();
                }
                all.into_iter().skip(skip).take(self.per_page).collect()
            }
        };
        json!({"records": records, "page": self.page, "totalRecords": total})
    }
}

fn compare(one: &Value, other: &Value, key: &str) -> Ordering {
    // The SDK spells the brand list's count this way.
    let key = if key == "assignedCampaignsCount" {
        "assignedCampaingsCount"
    } else {
        key
    };
    let (one, other) = (one.get(key), other.get(key));
    match (one.and_then(Value::as_u64), other.and_then(Value::as_u64)) {
        (Some(one), Some(other)) => one.cmp(&other),
        _ => one
            .and_then(Value::as_str)
            .cmp(&other.and_then(Value::as_str)),
    }
}

fn number(query: &Query, name: &str, default: usize, max: usize) -> Result<usize, Refusal> {
    let Some(text) = query.get(name) else {
        return Ok(default);
    };
    match text.parse() {
        Ok(number) if (1..=max).contains(&number) => Ok(number),
        _ => Err(wrong(
            name,
            &format!("{name} must be a number from 1 to {max}."),
        )),
    }
}

fn wrong(name: &str, detail: &str) -> Refusal {
    Refusal::fields(vec![field_error(BAD_REQUEST, name, detail)])
}

//! What the registry takes where it takes one of a list, and what a campaign costs.

use serde_json::{Value, json};

use crate::brand::rules::{ENTITY_TYPES, EXCHANGES, RELATIONSHIPS, VERTICALS};
use crate::campaign::rules::USECASES;
use crate::refusal::{BAD_REQUEST, Refusal};

/// Monthly fees that differ from the usual ten dollars: a choice of ours, so that the use cases
/// can be told apart. The upfront cost is the review.
const MONTHLY: [(&str, &str); 3] = [
    ("CHARITY", "3.00"),
    ("LOW_VOLUME", "1.50"),
    ("SOLE_PROPRIETOR", "2.00"),
];

/// GET /10dlc/enum/{endpoint}. The SDK types the answer in five forms; which endpoint has which is
/// not public, so two of them are spoken here: a list of texts, and an object by name.
pub(crate) fn values(endpoint: &str) -> Result<Value, Refusal> {
    let list = |values: &[&str]| json!(values);
    match endpoint {
        "usecase" => {
            let named = USECASES.iter().map(|usecase| {
                let shown = usecase.replace('_', " ");
                ((*usecase).to_owned(), json!({ "displayName": shown }))
            });
            Ok(Value::Object(named.collect()))
        }
        "vertical" => Ok(list(&VERTICALS)),
        "entityType" => Ok(list(&ENTITY_TYPES)),
        "stockExchange" => Ok(list(&EXCHANGES)),
        "brandRelationship" => Ok(list(&RELATIONSHIPS)),
        "altBusinessIdType" => Ok(list(&["NONE", "DUNS", "GIIN", "LEI"])),
        _ => Err(Refusal::not_found("list")),
    }
}

/// GET /10dlc/campaign/usecase/cost.
pub(crate) fn cost(usecase: &str) -> Result<Value, Refusal> {
    if !USECASES.contains(&usecase) {
        return Err(Refusal::rule(
            BAD_REQUEST,
            "usecase",
            "There is no such use case.",
        ));
    }
    let monthly = MONTHLY.iter().find(|(known, _)| *known == usecase);
    Ok(json!({
        "campaignUsecase": usecase,
        "description": usecase.replace('_', " "),
        "monthlyCost": monthly.map_or("10.00", |(_, cost)| cost),
        "upFrontCost": "15.00",
    }))
}

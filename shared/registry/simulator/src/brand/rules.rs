//! What a brand's body must hold, and the feedback on one that did not pass.

use serde_json::{Value, json};

use super::mail;
use crate::fields::{Check, Fields, digits, text};
use crate::outcome::AtPost;
use crate::refusal::{BAD_REQUEST, EIN_TAKEN, Refusal, field_error};

/// Telnyx SDK: `EntityType`.
pub(crate) const ENTITY_TYPES: [&str; 5] = [
    "PRIVATE_PROFIT",
    "PUBLIC_PROFIT",
    "NON_PROFIT",
    "GOVERNMENT",
    "SOLE_PROPRIETOR",
];

/// Telnyx SDK: `Vertical`.
pub(crate) const VERTICALS: [&str; 23] = [
    "AGRICULTURE",
    "COMMUNICATION",
    "CONSTRUCTION",
    "EDUCATION",
    "ENERGY",
    "ENTERTAINMENT",
    "FINANCIAL",
    "GAMBLING",
    "GOVERNMENT",
    "HEALTHCARE",
    "HOSPITALITY",
    "HUMAN_RESOURCES",
    "INSURANCE",
    "LEGAL",
    "MANUFACTURING",
    "NGO",
    "POLITICAL",
    "POSTAL",
    "PROFESSIONAL",
    "REAL_ESTATE",
    "RETAIL",
    "TECHNOLOGY",
    "TRANSPORTATION",
];

/// Telnyx SDK: `StockExchange`.
pub(crate) const EXCHANGES: [&str; 25] = [
    "NONE", "NASDAQ", "NYSE", "AMEX", "AMX", "ASX", "B3", "BME", "BSE", "FRA", "ICEX", "JPX",
    "JSE", "KRX", "LON", "NSE", "OMX", "SEHK", "SSE", "STO", "SWX", "SZSE", "TSX", "TWSE", "VSE",
];

/// Telnyx SDK: `brandRelationship`.
pub(crate) const RELATIONSHIPS: [&str; 5] = [
    "BASIC_ACCOUNT",
    "SMALL_ACCOUNT",
    "MEDIUM_ACCOUNT",
    "LARGE_ACCOUNT",
    "KEY_ACCOUNT",
];

/// Telnyx SDK: required in brand create and update parameters. So is `vertical`
/// there, which Telnyx's documents do not ask of a sole proprietor.
const ALWAYS: [&str; 4] = ["country", "displayName", "email", "entityType"];

fn vertical(fields: &Fields) -> &'static [&'static str] {
    match text(fields, "entityType") {
        Some("SOLE_PROPRIETOR") => &[],
        _ => &["vertical"],
    }
}

/// A complete brand.
pub(super) fn brand(fields: &Fields) -> Result<(), Refusal> {
    let mut check = Check::of(fields);
    check.required(&ALWAYS);
    check.required(vertical(fields));
    check.required(&["phone"]);
    match text(fields, "entityType") {
        Some("SOLE_PROPRIETOR") => check.required(&["firstName", "lastName", "mobilePhone"]),
        Some("PUBLIC_PROFIT") => {
            check.required(&["companyName", "ein", "stockSymbol", "stockExchange"]);
            check.required(&["businessContactEmail"]);
        }
        _ => check.required(&["companyName", "ein"]),
    }
    shape(&mut check, fields);
    check.done()
}

/// What every update must hold; the result must still be a complete brand.
pub(super) fn brand_update(fields: &Fields) -> Result<(), Refusal> {
    let mut check = Check::of(fields);
    check.required(&ALWAYS);
    check.required(vertical(fields));
    check.one_of("altBusinessIdType", &["NONE", "DUNS", "GIIN", "LEI"]);
    check.done()
}

fn shape(check: &mut Check<'_>, fields: &Fields) {
    check.one_of("entityType", &ENTITY_TYPES);
    check.one_of("vertical", &VERTICALS);
    check.one_of("stockExchange", &EXCHANGES);
    check.length("displayName", 1, 255);
    check.length("companyName", 1, 255);
    check.email("email");
    check.email("businessContactEmail");
    check.e164("phone");
    check.e164("mobilePhone");
    check.url("webhookURL");
    check.url("webhookFailoverURL");
    check.flags(&["isReseller", "mock"]);
    let code = |name: &str| text(fields, name).is_none_or(is_two_capitals);
    if !code("country") {
        check.wrong(
            BAD_REQUEST,
            "country",
            "country must be an ISO2 code of 2 letters.",
        );
    }
    if text(fields, "country") == Some("US") {
        if !code("state") {
            check.wrong(
                BAD_REQUEST,
                "state",
                "state must be a 2 letter code in the United States.",
            );
        }
        if text(fields, "ein").is_some_and(|ein| !is_us_ein(ein)) {
            check.wrong(
                BAD_REQUEST,
                "ein",
                "EIN is a nine-digit number. The format is XX-XXXXXXX.",
            );
        }
    }
}

fn is_two_capitals(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Nine digits, with or without the hyphen (Telnyx: 10DLC event notifications).
fn is_us_ein(ein: &str) -> bool {
    digits(ein).len() == 9
        && ein
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// What the outcome table says about this POST.
pub(super) fn accepted(at_post: AtPost) -> Result<(), Refusal> {
    match at_post {
        AtPost::Invalid => {
            let detail = "Invalid EIN: the tax office does not know it.";
            Err(Refusal::fields(vec![field_error(
                BAD_REQUEST,
                "ein",
                detail,
            )]))
        }
        AtPost::Taken => {
            let detail = "A brand with this EIN is registered by another account.";
            Err(Refusal::rule(EIN_TAKEN, "ein", detail))
        }
        AtPost::Broken => Err(Refusal::unexpected()),
        AtPost::Accept | AtPost::AnswerLost | AtPost::Slow => Ok(()),
    }
}

/// One category of feedback (Telnyx SDK: `BrandGetFeedbackResponse`).
pub(super) fn feedback(id: &str) -> Value {
    let (name, description, fields): (_, _, &[&str]) = match id {
        "TAX_ID" => (
            "Tax ID",
            "The legal company name does not match the one on file for this tax id.",
            &["ein", "companyName"],
        ),
        "STOCK_SYMBOL" => (
            "Stock symbol",
            "The stock symbol does not match a public company of this name.",
            &["stockSymbol", "stockExchange", "entityType"],
        ),
        "GOVERNMENT_ENTITY" => (
            "Government entity",
            "This is not a U.S. government entity.",
            &["entityType"],
        ),
        "NONPROFIT" => (
            "Nonprofit",
            "No tax-exempt status was found for this organization.",
            &["entityType", "ein"],
        ),
        mail::FAILED => (
            "Others",
            "The address is not the company's own, or could not be reached.",
            &["businessContactEmail"],
        ),
        _ => (
            "Others",
            "The details given could not be confirmed.",
            &["companyName"],
        ),
    };
    let id = if id == mail::FAILED { "OTHERS" } else { id };
    json!({"id": id, "displayName": name, "description": description, "fields": fields})
}

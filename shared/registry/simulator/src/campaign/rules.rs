//! What a campaign's body must hold.

use serde_json::Value;

use crate::fields::{Check, Fields, flag, text};
use crate::listing::Query;
use crate::outcome::AtPost;
use crate::refusal::{BAD_REQUEST, MISSING, Refusal, field_error};

pub(crate) const USECASES: [&str; 25] = [
    "2FA",
    "ACCOUNT_NOTIFICATION",
    "AGENTS_FRANCHISES",
    "CARRIER_EXEMPT",
    "CHARITY",
    "CUSTOMER_CARE",
    "DELIVERY_NOTIFICATION",
    "EMERGENCY",
    "FRAUD_ALERT",
    "HIGHER_EDUCATION",
    "K12_EDUCATION",
    "LOW_VOLUME",
    "MARKETING",
    "MIXED",
    "POLITICAL",
    "POLLING_VOTING",
    "PROXY",
    "PUBLIC_SERVICE_ANNOUNCEMENT",
    "SECURITY_ALERT",
    "SOCIAL",
    "SOLE_PROPRIETOR",
    "SWEEPSTAKE",
    "TRIAL",
    "UCAAS_HIGH",
    "UCAAS_LOW",
];

/// Booleans of a campaign and what they are when not sent. Which of them the
/// real API defaults to true is not public; only `autoRenewal` is here.
pub(super) const DEFAULTS: [(&str, bool); 10] = [
    ("ageGated", false),
    ("autoRenewal", true),
    ("directLending", false),
    ("embeddedLink", false),
    ("embeddedPhone", false),
    ("numberPool", false),
    ("subscriberHelp", false),
    ("subscriberOptin", false),
    ("subscriberOptout", false),
    ("termsAndConditions", false),
];

/// Telnyx SDK: campaign update parameters.
pub(super) const EDITABLE: [&str; 11] = [
    "autoRenewal",
    "helpMessage",
    "messageFlow",
    "resellerId",
    "sample1",
    "sample2",
    "sample3",
    "sample4",
    "sample5",
    "webhookFailoverURL",
    "webhookURL",
];

const SAMPLES: [&str; 5] = ["sample1", "sample2", "sample3", "sample4", "sample5"];

/// A complete campaign.
pub(super) fn campaign(fields: &Fields) -> Result<(), Refusal> {
    let mut check = Check::of(fields);
    check.required(&[
        "brandId",
        "usecase",
        "description",
        "messageFlow",
        "sample1",
    ]);
    check.one_of("usecase", &USECASES);
    check.length("referenceId", 1, 50);
    check.length("description", 40, 4096);
    for (flag_name, message, keywords) in [
        ("subscriberHelp", "helpMessage", "helpKeywords"),
        ("subscriberOptin", "optinMessage", "optinKeywords"),
        ("subscriberOptout", "optoutMessage", "optoutKeywords"),
    ] {
        if flag(fields, flag_name) {
            check.required(&[message]);
        }
        check.length(message, 20, 1024);
        check.length(keywords, 1, 255);
        if text(fields, keywords).is_some_and(|words| words.contains(' ')) {
            let detail = format!("{keywords} must be separated by commas without spaces.");
            check.wrong(BAD_REQUEST, keywords, &detail);
        }
    }
    sub_usecases_sent(&mut check, fields);
    editable(&mut check);
    check.flags(&DEFAULTS.map(|(name, _)| name));
    check.url("privacyPolicyLink");
    check.url("termsAndConditionsLink");
    check.done()
}

fn sub_usecases_sent(check: &mut Check<'_>, fields: &Fields) {
    let Ok((min, max)) = sub_usecases(text(fields, "usecase").unwrap_or_default()) else {
        return;
    };
    let sent = match fields.get("subUsecases") {
        None | Some(Value::Null) => 0,
        Some(Value::Array(sent)) if sent.iter().all(Value::is_string) => sent.len(),
        Some(_) => {
            check.wrong(
                BAD_REQUEST,
                "subUsecases",
                "subUsecases must be a list of strings.",
            );
            return;
        }
    };
    if max > 0 && !(min..=max).contains(&sent) {
        let detail = format!("This use case needs {min} to {max} sub-usecases.");
        check.wrong(BAD_REQUEST, "subUsecases", &detail);
    }
}

/// How many sub-usecases a use case declares, from and to.
pub(super) fn sub_usecases(usecase: &str) -> Result<(usize, usize), Refusal> {
    match usecase {
        "MIXED" => Ok((2, 5)),
        "LOW_VOLUME" => Ok((1, 5)),
        _ if USECASES.contains(&usecase) => Ok((0, 0)),
        _ => {
            let detail = "There is no such use case.";
            Err(Refusal::fields(vec![field_error(
                BAD_REQUEST,
                "usecase",
                detail,
            )]))
        }
    }
}

fn editable(check: &mut Check<'_>) {
    check.length("messageFlow", 40, 4096);
    for sample in SAMPLES {
        check.length(sample, 20, 1024);
    }
    check.url("webhookURL");
    check.url("webhookFailoverURL");
}

/// An update.
pub(super) fn campaign_update(fields: &Fields) -> Result<(), Refusal> {
    let mut check = Check::of(fields);
    editable(&mut check);
    check.length("helpMessage", 20, 1024);
    check.flags(&["autoRenewal"]);
    check.done()
}

/// An appeal.
pub(super) fn appeal(fields: &Fields) -> Result<(), Refusal> {
    let mut check = Check::of(fields);
    check.required(&["appeal_reason"]);
    check.length("appeal_reason", 1, 4096);
    check.done()
}

/// The list needs its brand (Telnyx SDK: campaign list parameters).
pub(super) fn listed_by_brand(query: &Query) -> Result<(), Refusal> {
    if query.get("brandId").is_some_and(|id| !id.is_empty()) {
        return Ok(());
    }
    Err(Refusal::fields(vec![field_error(
        MISSING,
        "brandId",
        "brandId is required.",
    )]))
}

/// What the outcome table says about this POST.
pub(super) fn accepted(at_post: AtPost, field: &str) -> Result<(), Refusal> {
    match at_post {
        AtPost::Invalid => {
            let detail = format!("{field} holds content that is not allowed.");
            Err(Refusal::fields(vec![field_error(
                BAD_REQUEST,
                field,
                &detail,
            )]))
        }
        AtPost::Broken => Err(Refusal::unexpected()),
        AtPost::Taken | AtPost::Accept | AtPost::AnswerLost | AtPost::Slow => Ok(()),
    }
}

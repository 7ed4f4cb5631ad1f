//! A registry's reasons as a person works with them: what each means, what to change, whether
//! sending again can help, and what that costs.
//!
//! The registry's own code and words are kept as they came. Where it names no category or no
//! field, we read them out of its code or its words, and say that the reading is ours.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::advice::{advice, is_registrys_failure};
use crate::event::{Reason, Verdict};
use crate::facts::{Facts, Subject};
use crate::preflight::Category;
use crate::preflight::words::Words;
use crate::sequence::Step;

/// One reason, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The registry's code.
    pub code: String,
    /// The registry's words.
    pub description: String,
    /// What kind of reason it is; none where neither code nor words tell.
    pub category: Option<Category>,
    /// What to change: JSON pointers into the order where known, else the registry's names.
    pub fields: Vec<String>,
    /// Whether category or fields are our reading of the registry's words.
    pub is_our_reading: bool,
    /// What to do, in our words; none where nothing is known.
    pub advice: Option<&'static str>,
    /// Whether sending again can help.
    pub resubmission: Resubmission,
    /// What sending again costs, in US cents at the registry's public price; none: nothing, or
    /// it cannot help.
    pub cents: Option<u32>,
}

/// Whether sending again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resubmission {
    /// Once something is corrected.
    Corrected,
    /// As it is: the registry or a carrier failed, and not the data.
    AsItIs,
    /// Never: this is final.
    Never,
}

impl Resubmission {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Corrected => "corrected",
            Self::AsItIs => "as_it_is",
            Self::Never => "never",
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Corrected => "can be sent again once corrected",
            Self::AsItIs => "can be sent again as it is: the registry failed, and not the data",
            Self::Never => "final: sending it again does not help",
        }
    }
}

/// Codes after which nothing helps (domain: 30885 is final; Twilio: 30884 spam, 30906 refused by
/// the provider itself).
const FINAL: [&str; 3] = ["30885", "30884", "30906"];

const FLOW: &str = "/campaign/messageFlow";
const DESCRIPTION: &str = "/campaign/description";
const SAMPLES: &str = "/campaign/samples";
const PRIVACY: &str = "/campaign/privacyPolicyLink";
const TERMS: &str = "/campaign/termsAndConditionsLink";
const HELP: &str = "/campaign/helpMessage";
const OPTIN: &str = "/campaign/optinMessage";
const OPTOUT: &str = "/campaign/optoutMessage";

/// What each public review code means (Twilio's numbers: error pages 30881 to 30934), with the
/// fields to change.
const CODES: [(&str, Category, &[&str]); 33] = [
    ("30881", Category::BrandInconsistencies, &["/brand/email"]),
    ("30882", Category::TermsAndConditions, &[TERMS]),
    (
        "30883",
        Category::DisallowedContent,
        &[DESCRIPTION, SAMPLES],
    ),
    (
        "30884",
        Category::DisallowedContent,
        &[DESCRIPTION, SAMPLES],
    ),
    (
        "30885",
        Category::DisallowedContent,
        &[DESCRIPTION, SAMPLES],
    ),
    (
        "30886",
        Category::CampaignDescriptionOrAttributes,
        &[DESCRIPTION],
    ),
    ("30887", Category::MandatoryMessageTerminology, &[OPTOUT]),
    (
        "30888",
        Category::CampaignDescriptionOrAttributes,
        &["/campaign/ageGated"],
    ),
    (
        "30889",
        Category::CampaignDescriptionOrAttributes,
        &["/campaign/embeddedPhone"],
    ),
    ("30890", Category::MandatoryMessageTerminology, &[HELP]),
    ("30891", Category::BrandInconsistencies, &["/brand/website"]),
    ("30892", Category::SampleMessage, &[SAMPLES]),
    ("30893", Category::SampleMessage, &[SAMPLES]),
    (
        "30894",
        Category::BrandInconsistencies,
        &["/brand/companyName"],
    ),
    (
        "30895",
        Category::CampaignDescriptionOrAttributes,
        &["/campaign/directLending"],
    ),
    ("30896", Category::CallToAction, &[FLOW]),
    (
        "30897",
        Category::DisallowedContent,
        &[DESCRIPTION, SAMPLES],
    ),
    (
        "30900",
        Category::CampaignDescriptionOrAttributes,
        &["/campaign/usecase"],
    ),
    ("30906", Category::Other, &[]),
    ("30907", Category::BrandInconsistencies, &["/brand/website"]),
    ("30908", Category::PrivacyPolicy, &[PRIVACY]),
    ("30909", Category::CallToAction, &[FLOW]),
    ("30913", Category::CallToAction, &[FLOW]),
    ("30917", Category::CallToAction, &[FLOW]),
    ("30923", Category::CallToAction, &[FLOW]),
    ("30924", Category::CallToAction, &[FLOW]),
    ("30925", Category::CallToAction, &[FLOW]),
    ("30931", Category::CallToAction, &[FLOW]),
    ("30932", Category::PrivacyPolicy, &[PRIVACY]),
    (
        "TAX_ID",
        Category::BrandInconsistencies,
        &["/brand/companyName", "/brand/ein"],
    ),
    (
        "STOCK_SYMBOL",
        Category::BrandInconsistencies,
        &["/brand/stockSymbol", "/brand/stockExchange"],
    ),
    (
        "GOVERNMENT_ENTITY",
        Category::BrandInconsistencies,
        &["/brand/entityType"],
    ),
    (
        "NONPROFIT",
        Category::BrandInconsistencies,
        &["/brand/entityType"],
    ),
];

/// Words by which prose says what it is about: a category, its fields, its phrases. The first
/// that fits gives the category; the fields of all are taken.
const PROSE: [(Category, &[&str], &[&str]); 10] = [
    (
        Category::DisallowedContent,
        &[DESCRIPTION, SAMPLES],
        &[
            "prohibited|disallowed|forbidden|restricted ~ content|use|category|industry",
            "not allowed|permitted|supported ~ content|use|industry",
            "content ~ prohibited|disallowed|forbidden|violat*|not",
            "gambling|cannabis|cbd|marijuana|firearm*|tobacco|vape*|payday|crypto*|spam|phishing",
            "high risk",
            "sex*|hate",
        ],
    ),
    (Category::PrivacyPolicy, &[PRIVACY], &["privacy"]),
    (
        Category::TermsAndConditions,
        &[TERMS],
        &["terms ~ conditions|service|use", "terms|tos link|url|page"],
    ),
    (
        Category::CallToAction,
        &[FLOW],
        &[
            "opt in",
            "optin",
            "call to action",
            "cta",
            "message flow",
            "consent*",
            "checkbox",
            "check box",
            "pre checked|selected",
            "sign up|in",
        ],
    ),
    (
        Category::SampleMessage,
        &[SAMPLES],
        &["sample*", "example message*"],
    ),
    (
        Category::MandatoryMessageTerminology,
        &[OPTOUT],
        &[
            "opt out",
            "optout",
            "stop ~ keyword*|message|language|instructions",
            "unsubscribe",
        ],
    ),
    (
        Category::MandatoryMessageTerminology,
        &[HELP],
        &["help message|keyword*|response|instructions"],
    ),
    (
        Category::MandatoryMessageTerminology,
        &[OPTIN],
        &["frequency", "rates may", "data rates"],
    ),
    (
        Category::CampaignDescriptionOrAttributes,
        &[DESCRIPTION],
        &[
            "description",
            "use case",
            "usecase",
            "campaign ~ unclear|vague|attributes",
        ],
    ),
    (
        Category::BrandInconsistencies,
        &["/brand/companyName", "/brand/website"],
        &[
            "brand",
            "legal name",
            "company name",
            "ein",
            "tax id",
            "business ~ name|verif*",
            "website",
            "web site",
        ],
    ),
];

impl Reading {
    fn of(reason: &Reason, step: Step) -> Self {
        let named = Category::ALL
            .iter()
            .find(|category| category.name() == reason.code);
        let known = CODES.iter().find(|(code, ..)| *code == reason.code);
        let mut category = named.copied().or(known.map(|(_, category, _)| *category));
        let mut fields = reason.fields.clone();
        if fields.is_empty() {
            let known = known.map(|(_, _, fields)| *fields).unwrap_or_default();
            fields = known.iter().map(|field| (*field).to_owned()).collect();
        }
        let (had_category, had_fields) = (category.is_some(), !fields.is_empty());
        if !had_category || !had_fields {
            let words = Words::of(&reason.description);
            let read = PROSE.iter().filter(|(_, _, phrases)| words.has(phrases));
            for (said, places, _) in read {
                category = category.or(Some(*said));
                if !had_fields {
                    let part = if step == Step::Brand { "/brand/" } else { "/" };
                    let places = places.iter().filter(|place| place.starts_with(part));
                    fields.extend(places.map(|place| (*place).to_owned()));
                }
            }
            let mut seen = BTreeSet::new();
            fields.retain(|field| seen.insert(field.clone()));
        }
        let resubmission = match reason.code.as_str() {
            code if FINAL.contains(&code) => Resubmission::Never,
            code if is_registrys_failure(code) => Resubmission::AsItIs,
            _ => Resubmission::Corrected,
        };
        let is_our_reading = (!had_category && category.is_some())
            || (!had_fields && !fields.is_empty() && known.is_none());
        Self {
            code: reason.code.clone(),
            description: reason.description.clone(),
            advice: advice(&reason.code)
                .or_else(|| category.and_then(|category| advice(category.name()))),
            category,
            fields,
            is_our_reading,
            resubmission,
            cents: step.fee().filter(|_| resubmission != Resubmission::Never),
        }
    }

    /// What is final comes first: nothing else is worth mending then. After it what the whole
    /// rests on, and the words of single messages last.
    fn order(&self) -> (bool, usize) {
        let place = match self.category {
            Some(Category::BrandInconsistencies) => 0,
            Some(Category::DisallowedContent) => 1,
            Some(Category::CampaignDescriptionOrAttributes) => 2,
            Some(Category::CallToAction) => 3,
            Some(Category::PrivacyPolicy) => 4,
            Some(Category::TermsAndConditions) => 5,
            Some(Category::SampleMessage) => 6,
            Some(Category::MandatoryMessageTerminology) => 7,
            Some(Category::Other) | None => 8,
        };
        (self.resubmission != Resubmission::Never, place)
    }
}

/// The reasons of a step's refusal, in the order in which a person mends them.
pub fn readings(reasons: &[Reason], step: Step) -> Vec<Reading> {
    let mut readings: Vec<Reading> = reasons
        .iter()
        .map(|reason| Reading::of(reason, step))
        .collect();
    readings.sort_by_key(Reading::order);
    readings
}

/// A merge patch to fill in: the fields that the reasons of the refusal at `step` mean, with what
/// stands there now (null where nothing does); none where nothing was refused, or no field of the
/// order is known.
pub fn template(facts: &Facts, step: Step) -> Option<Value> {
    let Some(Verdict::Rejected { reasons }) = facts.verdict(step) else {
        return None;
    };
    let order = match facts.subject() {
        Subject::Business { order } => serde_json::to_value(&**order).ok()?,
        Subject::Number { number, .. } => {
            return Some(serde_json::json!({ "number": number }));
        }
    };
    let mut patch = Map::new();
    for field in readings(reasons, step)
        .iter()
        .flat_map(|reading| &reading.fields)
    {
        let mut names = field.split('/').skip(1);
        let (Some(part), Some(name)) = (names.next(), names.next()) else {
            continue;
        };
        let now = order
            .get(part)
            .and_then(|part| part.get(name))
            .cloned()
            .unwrap_or_default();
        let fields = patch
            .entry(part)
            .or_insert_with(|| Value::Object(Map::new()));
        if let Some(fields) = fields.as_object_mut() {
            fields.insert(name.to_owned(), now);
        }
    }
    (!patch.is_empty()).then_some(Value::Object(patch))
}

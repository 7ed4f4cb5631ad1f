//! Flags against texts: a flag that says no to what a sample shows, and the other way round.

use super::look::{Field, Look};
use super::rule::{Category, Place, Rule, Weight};
use super::words::Denial;
use super::{FLAGS, marks};
use crate::order::Campaign;

const ATTRIBUTES: Category = Category::CampaignDescriptionOrAttributes;

/// Flags and texts.
pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "flag-link-unset",
        weight: Weight::Error,
        category: ATTRIBUTES,
        codes: &[],
        looks_at: &["/campaign/embeddedLink", "/campaign/samples/*"],
        message: "The sample holds a link and embeddedLink is not true: set it to true, or take \
                  the link out.",
        source: FLAGS,
        finds: r#"{"campaign":{"samples":["Maple Row Veterinary: book at https://maplerowvet.example/book. Reply STOP to opt out.","Maple Row Veterinary: thank you for your question. Reply STOP to opt out."]}}"#,
        leaves: r#"{"campaign":{"embeddedLink":true,"samples":["Maple Row Veterinary: book at https://maplerowvet.example/book. Reply STOP to opt out.","Maple Row Veterinary: thank you for your question. Reply STOP to opt out."]}}"#,
        find: |look| {
            unset(
                look,
                |campaign| campaign.embedded_link,
                |sample| marks::links(sample.text),
            )
        },
    },
    Rule {
        id: "flag-link-unneeded",
        weight: Weight::Note,
        category: ATTRIBUTES,
        codes: &[],
        looks_at: &["/campaign/embeddedLink", "/campaign/samples/*"],
        message: "embeddedLink is true and no sample holds a link: reviewers like to see one as it \
                  will be sent.",
        source: FLAGS,
        finds: r#"{"campaign":{"embeddedLink":true}}"#,
        leaves: r#"{"campaign":{"embeddedLink":true,"samples":["Maple Row Veterinary: book at {{link}}. Reply STOP to opt out.","Maple Row Veterinary: thank you for your question. Reply STOP to opt out."]}}"#,
        find: |look| {
            unneeded(
                look,
                "embeddedLink",
                |campaign| campaign.embedded_link,
                |sample| !marks::links(sample.text).is_empty(),
            )
        },
    },
    Rule {
        id: "flag-phone-unset",
        weight: Weight::Error,
        category: ATTRIBUTES,
        codes: &[],
        looks_at: &["/campaign/embeddedPhone", "/campaign/samples/*"],
        message: "The sample holds a phone number and embeddedPhone is not true: set it to true, \
                  or take the number out.",
        source: FLAGS,
        finds: r#"{"campaign":{"samples":["Maple Row Veterinary: call (503) 555-0110 to book. Reply STOP to opt out.","Maple Row Veterinary: thank you for your question. Reply STOP to opt out."]}}"#,
        leaves: r#"{"campaign":{"samples":["Maple Row Veterinary: your order 5035550110 is ready. Reply STOP to opt out.","Maple Row Veterinary: thank you for your question. Reply STOP to opt out."]}}"#,
        find: |look| {
            unset(
                look,
                |campaign| campaign.embedded_phone,
                |sample| marks::phones(sample.text),
            )
        },
    },
    Rule {
        id: "flag-phone-unneeded",
        weight: Weight::Note,
        category: ATTRIBUTES,
        codes: &[],
        looks_at: &["/campaign/embeddedPhone", "/campaign/samples/*"],
        message: "embeddedPhone is true and no sample holds a phone number: reviewers like to see \
                  one as it will be sent.",
        source: FLAGS,
        finds: r#"{"campaign":{"embeddedPhone":true}}"#,
        leaves: r#"{"campaign":{"embeddedPhone":true,"samples":["Maple Row Veterinary: call 503-555-0110 to book. Reply STOP to opt out.","Maple Row Veterinary: thank you for your question. Reply STOP to opt out."]}}"#,
        find: |look| {
            unneeded(
                look,
                "embeddedPhone",
                |campaign| campaign.embedded_phone,
                |sample| !marks::phones(sample.text).is_empty(),
            )
        },
    },
    Rule {
        id: "flag-age-unset",
        weight: Weight::Error,
        category: ATTRIBUTES,
        codes: &[],
        looks_at: &[
            "/campaign/ageGated",
            "/campaign/samples/*",
            "/campaign/description",
        ],
        message: "The content is about alcohol or other goods for adults and ageGated is not true: \
                  set it to true and ask for the age where people opt in, or leave it out.",
        source: FLAGS,
        finds: r#"{"campaign":{"samples":["Maple Row Veterinary: craft beer night for owners on Friday. Reply STOP to opt out.","Maple Row Veterinary: thank you for your question. Reply STOP to opt out."]}}"#,
        leaves: r#"{"campaign":{"samples":["Maple Row Veterinary: root beer floats for owners on Friday. Reply STOP to opt out.","Maple Row Veterinary: thank you for your question. Reply STOP to opt out."]}}"#,
        find: |look| flag_against_words(look, |campaign| campaign.age_gated, ADULT, NOT_ADULT),
    },
    Rule {
        id: "flag-lending-unset",
        weight: Weight::Error,
        category: ATTRIBUTES,
        codes: &[],
        looks_at: &[
            "/campaign/directLending",
            "/campaign/samples/*",
            "/campaign/description",
        ],
        message: "The content is about loans and directLending is not true: set it to true if \
                  the business lends itself; offers of other lenders are refused.",
        source: FLAGS,
        finds: r#"{"campaign":{"samples":["Maple Row Veterinary: your personal loan was approved, sign today. Reply STOP to opt out.","Maple Row Veterinary: thank you for your question. Reply STOP to opt out."]}}"#,
        leaves: r#"{"campaign":{"samples":["Maple Row Veterinary: the book on loan from our library is due. Reply STOP to opt out.","Maple Row Veterinary: thank you for your question. Reply STOP to opt out."]}}"#,
        find: |look| {
            flag_against_words(
                look,
                |campaign| campaign.direct_lending,
                LENDING,
                NOT_LENDING,
            )
        },
    },
    Rule {
        id: "flag-pool-unneeded",
        weight: Weight::Note,
        category: ATTRIBUTES,
        codes: &[],
        looks_at: &["/campaign/numberPool", "/numbers"],
        message: "numberPool is true for fewer than 50 numbers: carriers ask what the pool is for.",
        source: FLAGS,
        finds: r#"{"campaign":{"numberPool":true}}"#,
        leaves: r#"{"campaign":{"numberPool":false}}"#,
        find: |look| {
            let pooled = look
                .campaign
                .is_some_and(|campaign| campaign.number_pool == Some(true));
            let few = pooled && look.numbers < 50;
            few.then(|| Place::at("/campaign/numberPool"))
                .into_iter()
                .collect()
        },
    },
];

const ADULT: &[&str] = &[
    "beer|beers|wine|wines|vodka|whiskey|whisky|whiskeys|bourbon|bourbons|tequila|mezcal|liquor|liquors|cocktail|cocktails|alcohol|alcoholic|champagne|prosecco|margarita*|mimosa*|sangria|cider|ciders|ale|ales|ipa|ipas|lager|lagers|stout|stouts|pilsner|sake|seltzer|seltzers|martini*|spritz|chardonnay|cabernet|pinot|merlot",
    "brewery|breweries|brewpub|brewpubs|brewing company|co",
    "brewery|breweries|brewpub|brewpubs",
    "winery|wineries|vineyard|vineyards",
    "distillery|distilleries",
    "taproom|taprooms|tap room",
    "kegs|keg",
    "happy hour",
    "gin and|rum and|gin tonic|rum punch",
    "craft|draft brew|brews",
    "spirits tasting|sale|selection|store|shop|and",
    "wine|beer|spirits|bar tasting|tab",
    "must be 21",
    "over|age|aged 21",
    "21|twentyone and|or|plus over|older|up",
    "21 only",
    "adults only",
    "18 and|or|plus over|older|up",
];

const NOT_ADULT: &[&str] = &[
    "root|ginger beer",
    "alcohol free|prevention|awareness|abuse|recovery|education|wipe*|swab*|rub|treatment",
    "non alcoholic",
    "nonalcoholic",
    "rubbing alcohol",
    "zero proof",
    "apple cider vinegar|donut*",
    "without alcohol",
    "no alcohol",
    "alcoholics anonymous",
    "wine colored|red|country",
    "ginger ale",
    "drunk driving",
    "dont drink",
    "before surgery|procedure|anesthesia",
];

const LENDING: &[&str] = &[
    "personal|auto|car|home|business|mortgage|student|installment|secured|unsecured|equity|consumer|small|va|fha|bridge|vehicle|boat|rv loan|loans",
    "your|a loan|loans ~ approved|application|payment*|balance|offer*|officer|rate*|funded|due|request|status|closing|is|was|has|of|up",
    "loan|loans approv*|application*|offer*|payment*|officer*|rates|payoff|amount|balance*|funding",
    "borrow ~ $|up|as",
    "line|lines of credit",
    "mortgage rate*|loan*|payment*|application*|refinanc*|pre|offer*|approv*",
    "your mortgage",
    "refinanc*",
    "lending",
    "lender|lenders",
    "apply ~ loan",
    "cash loan*",
    "heloc",
];

const NOT_LENDING: &[&str] = &[
    "library|interlibrary|book|books|toy|tool|tools|equipment|laptop|car seat loan*|lending",
    "on loan",
    "library|librarian|book|books",
    "loan ~ session|counseling|exit|workshop",
    "loan|loans ~ overdue ~ return|renew",
    "lending library",
    "loan* ~ library|book|books|laptop|chromebook",
    "loaner|loaners",
    "loan counsel*|exhibit*",
    "loan of a|the|our ~ carrier|crate|crutches|device|book|laptop|tool",
];

fn unset(
    look: &Look<'_>,
    flag: fn(&Campaign) -> Option<bool>,
    shows: fn(&Field<'_>) -> Vec<std::ops::Range<usize>>,
) -> Vec<Place> {
    if look.campaign.and_then(flag) == Some(true) {
        return Vec::new();
    }
    let first = |sample| Some((sample, shows(sample).into_iter().next()?));
    let found = look.samples.iter().filter_map(first);
    found
        .map(|(sample, characters)| sample.characters(characters))
        .collect()
}

fn unneeded(
    look: &Look<'_>,
    name: &str,
    flag: fn(&Campaign) -> Option<bool>,
    shows: fn(&Field<'_>) -> bool,
) -> Vec<Place> {
    let set = look.campaign.and_then(flag) == Some(true);
    let unneeded = set && !look.samples.iter().any(shows);
    unneeded
        .then(|| Place::at(format!("/campaign/{name}")))
        .into_iter()
        .collect()
}

fn flag_against_words(
    look: &Look<'_>,
    flag: fn(&Campaign) -> Option<bool>,
    words: &[&str],
    excuses: &[&str],
) -> Vec<Place> {
    if look.campaign.and_then(flag) == Some(true) {
        return Vec::new();
    }
    let found = look
        .content()
        .filter(|field| !field.has(excuses))
        .filter_map(|field| {
            // Wine Country Dental sells no wine.
            let bare = field.words.without(&look.names);
            let found = bare.said(words, Denial::Near)?;
            Some(field.characters(bare.characters(&found)?))
        });
    found.collect()
}

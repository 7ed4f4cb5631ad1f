//! Whether the samples fit the use case.

use super::look::{Field, Look};
use super::rule::{Category, Place, Rule, Weight};
use super::{CATEGORIES, USE_CASES};

const SAMPLES: &[&str] = &[
    "/campaign/samples/*",
    "/campaign/usecase",
    "/campaign/subUsecases",
];

/// Samples against use cases.
pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "promotion-under-transactional",
        weight: Weight::Warning,
        category: Category::SampleMessage,
        codes: &[],
        looks_at: SAMPLES,
        message: "The sample promotes something and the use case does not: use MARKETING or MIXED, \
                  or another sample.",
        source: CATEGORIES,
        finds: r#"{"campaign":{"usecase":"ACCOUNT_NOTIFICATION","subUsecases":null,"samples":["Maple Row Veterinary: 20% off all dental cleanings this week only. Reply STOP to opt out."]}}"#,
        leaves: r#"{"campaign":{"usecase":"ACCOUNT_NOTIFICATION","subUsecases":null,"samples":["Maple Row Veterinary: your wholesale order of feed is ready. Reply STOP to opt out."]}}"#,
        find: promotion_under_transactional,
    },
    Rule {
        id: "passcode-outside-2fa",
        weight: Weight::Warning,
        category: Category::SampleMessage,
        codes: &[],
        looks_at: SAMPLES,
        message: "The sample is a passcode and the use case has nothing to sign in to: use 2FA, \
                  or another sample.",
        source: CATEGORIES,
        finds: r#"{"campaign":{"usecase":"MARKETING","subUsecases":null,"samples":["Maple Row Veterinary: your verification code is 402917. Reply STOP to opt out.","Maple Row Veterinary: 10% off cleanings in May. Reply STOP to opt out."]}}"#,
        leaves: r#"{"campaign":{"usecase":"MARKETING","subUsecases":null,"samples":["Maple Row Veterinary: your promo code is 402917. Reply STOP to opt out.","Maple Row Veterinary: 10% off cleanings in May. Reply STOP to opt out."]}}"#,
        find: passcode_outside,
    },
    Rule {
        id: "code-missing-under-2fa",
        weight: Weight::Warning,
        category: Category::SampleMessage,
        codes: &[],
        looks_at: SAMPLES,
        message: "The use case is 2FA and the sample holds no code: show a message as it will be \
                  sent.",
        source: CATEGORIES,
        finds: r#"{"campaign":{"usecase":"2FA","subUsecases":null,"samples":["Maple Row Veterinary: your visit is on Monday at 9 AM, see you there."]}}"#,
        leaves: r#"{"campaign":{"usecase":"2FA","subUsecases":null,"samples":["Maple Row Veterinary: 402917 is your code. It is good for ten minutes."]}}"#,
        find: |look| {
            if look.usecase() != "2FA" {
                return Vec::new();
            }
            let without = look.samples.iter().filter(|sample| !sample.has(CODE));
            without.map(Field::whole).collect()
        },
    },
    Rule {
        id: "sub-usecase-without-sample",
        weight: Weight::Warning,
        category: Category::SampleMessage,
        codes: &[],
        looks_at: SAMPLES,
        message: "No sample shows this part of the use case: add one, or leave the part out.",
        source: USE_CASES,
        finds: r#"{"campaign":{"subUsecases":["ACCOUNT_NOTIFICATION","MARKETING"]}}"#,
        leaves: r#"{"campaign":{"subUsecases":["ACCOUNT_NOTIFICATION","MARKETING"],"samples":["Maple Row Veterinary: your dog is due for a visit on Monday. Reply STOP to opt out.","Maple Row Veterinary: save 15% on cleanings in May. Reply STOP to opt out."]}}"#,
        find: part_without_sample,
    },
    Rule {
        id: "sample-outside-sub-usecases",
        weight: Weight::Warning,
        category: Category::SampleMessage,
        codes: &[],
        looks_at: SAMPLES,
        message: "The sample shows a use that subUsecases do not name: add MARKETING for \
                  promotions or 2FA for passcodes, or use another sample.",
        source: USE_CASES,
        finds: r#"{"campaign":{"samples":["Maple Row Veterinary: your dog is due for a visit on Monday. Reply STOP to opt out.","Maple Row Veterinary: shop now and save 15% on treats. Reply STOP to opt out."]}}"#,
        leaves: r#"{"campaign":{"samples":["Maple Row Veterinary: your dog is due for a visit on Monday. Reply STOP to opt out.","Maple Row Veterinary: we saved your place for Tuesday. Reply STOP to opt out."]}}"#,
        find: outside_parts,
    },
];

/// Words of promotions.
pub(super) const PROMOTION: &[&str] = &[
    "# % off|discount|savings|less",
    "$ # off|discount",
    "# off|percent off|your",
    "# percent off",
    "% off",
    "half off|price",
    "discount|discounts|discounted",
    "flash|summer|winter|spring|fall|autumn|holiday|clearance|weekend|annual|anniversary|semi|big|huge|our|mega|labor|memorial|day|storewide|friday sale|sales",
    "sale ends|starts|now|today|on|price*|event|this|alert|items",
    "on sale",
    "coupon*",
    "promo code|codes",
    "promo|promotion|promotions",
    "special|exclusive|limited|best|great|hot|new|amazing offer|offers|deal|deals|price*",
    "special|specials tonight|today|this",
    "tonight|today|daily|weekly special|specials",
    "limited time",
    "shop|buy|order now|today",
    "buy one|two|# ~ get",
    "bogo",
    "clearance",
    "free gift|trial|sample|dessert|appetizer|drink|shipping|coffee|delivery on|with",
    "save $ #",
    "save # %",
    "save # percent",
    "save up to",
    "save big",
    "now ~ save",
    "only $ #",
    "just $ #",
    "for $ #",
    "for only|just $",
    "#|two|three ~ for $",
    "early bird",
    "this week|weekend only",
    "today|tonight only",
    "new arrivals|collection",
    "refer a friend",
    "black friday",
    "cyber monday",
    "miss ~ sale|deal*|offer*",
    "deal|deals of|on|for|starting|inside",
    "use code # ~ off|save",
    "earn double|triple|bonus points",
    "early access",
    "happy hour",
    "upgrade now|today ~ save",
    "treat yourself",
    "get # % off",
    "sale",
];

/// What is called a sale and promotes nothing.
const NO_PROMOTION: &[&str] = &[
    "for sale by owner",
    "house|home|property|land|car|vehicle ~ for sale",
    "bake|garage|yard|estate sale",
    "point of sale",
    "bill|proof|notice of sale",
    "sale ~ closed|closing|recorded|complete|completed|pending|agreement",
];

/// A passcode: a code or PIN that one types in, with what it is.
pub(super) const PASSCODE: &[&str] = &[
    "verification|security|login|authentication|confirmation|access|one|signin|authorization|identity|registration|activation|2fa|otp code|codes|passcode*|pin|number",
    "one time code|passcode|password|pin|pass",
    "log|sign in|on code|passcode|pin",
    "otp",
    "# ~ is your ~ code|passcode|pin|password",
    "your code|passcode|pin|password is|for|to",
    "your code|passcode|pin #",
    "enter|use ~ code|passcode|pin ## ~ log|sign|verify|confirm",
    "code|passcode|pin ## ~ log|sign|verify",
    "## ~ log|sign in",
    "passcode*",
    "is your code|pin",
    "is ~ your ~ code|passcode|pin",
];

/// Codes that are no passcodes.
const OTHER_CODES: &[&str] = &[
    "promo|discount|coupon|zip|postal|qr|dress|tracking|gate|door|gift|voucher|offer|area|order|bar|color|referral|source|country|pickup|redemption|savings|entry|promotional|reward|rewards code|codes",
];

/// Words that a message with a code holds.
const CODE: &[&str] = &[
    "code|codes",
    "passcode*",
    "otp|otps",
    "pin|pins",
    "verif*",
    "one time",
    "password|passwords",
    "token|tokens",
    "##",
];

/// Use cases whose messages may promote something.
const PROMOTING: &[&str] = &[
    "MARKETING",
    "MIXED",
    "LOW_VOLUME",
    "SOLE_PROPRIETOR",
    "SWEEPSTAKE",
    "AGENTS_FRANCHISES",
    "TRIAL",
    "CHARITY",
    "SOCIAL",
    "CARRIER_EXEMPT",
];

/// Parts of a use case that may promote something.
const PROMOTING_PARTS: &[&str] = &[
    "MARKETING",
    "SWEEPSTAKE",
    "AGENTS_FRANCHISES",
    "CHARITY",
    "SOCIAL",
];

/// Use cases in which nobody signs in.
const WITHOUT_ACCOUNTS: &[&str] = &[
    "MARKETING",
    "DELIVERY_NOTIFICATION",
    "CHARITY",
    "POLITICAL",
    "POLLING_VOTING",
    "PUBLIC_SERVICE_ANNOUNCEMENT",
    "SWEEPSTAKE",
    "EMERGENCY",
];

/// Parts with which a passcode fits.
const WITH_ACCOUNTS: &[&str] = &[
    "2FA",
    "ACCOUNT_NOTIFICATION",
    "SECURITY_ALERT",
    "FRAUD_ALERT",
    "CUSTOMER_CARE",
    "AGENTS_FRANCHISES",
    "HIGHER_EDUCATION",
    "UCAAS_HIGH",
    "UCAAS_LOW",
];

/// Parts that can be known by their words, with those words.
const SHOWN_BY: &[(&str, &[&str])] = &[
    ("2FA", CODE),
    ("MARKETING", PROMOTION),
    (
        "DELIVERY_NOTIFICATION",
        &[
            "door|oven|eta|minutes|deliver*|ship*|package*|parcel*|track*|arriv*|pickup|pick|picked|courier|driver|order|orders|dispatch*|route|truck|dropped|drop|way",
        ],
    ),
    (
        "FRAUD_ALERT",
        &[
            "fraud*|suspicious|unusual|unrecognized|unauthori*|transaction*|charge|charged|purchase|card|declined|blocked|recognize|attempt*",
        ],
    ),
    (
        "SECURITY_ALERT",
        &[
            "security|secure|sign|login|logged|password|alarm|breach|door|device|unusual|suspicious|intrus*|system|motion|lock*|access|alert",
        ],
    ),
    (
        "POLLING_VOTING",
        &[
            "vote*|voting|poll*|survey*|ballot*|rate|opinion*|reply #",
            "feedback|question*|answer*|support",
        ],
    ),
    (
        "CHARITY",
        &[
            "donat*|donor*|fundrais*|gift*|give|giving|volunteer*|charit*|support|food|help|match*|raised|drive|shelter|pledge*|need|needs|mission",
        ],
    ),
    (
        "HIGHER_EDUCATION",
        &[
            "class*|campus|semester|student*|enrol*|course*|tuition|exam*|registration|universit*|college*|librar*|advis*|professor|faculty|dorm*|lecture*|graduat*|orientation|ged|room|housing|deadline|transcript*|term",
        ],
    ),
    (
        "K12_EDUCATION",
        &[
            "school*|student*|class*|bus|buses|parent*|teacher*|grade*|district|homework|attendance|absent|absence|pta|lunch|early|dismissal|conference*|trip|child*|kids|tardy|delayed|report",
        ],
    ),
    (
        "POLITICAL",
        &[
            "vote*|voting|election*|campaign*|candidate*|senat*|congress*|polls|ballot*|donat*|rally|mayor|governor|council|precinct|volunteer*|bill|district",
        ],
    ),
    (
        "SWEEPSTAKE",
        &["win|wins|winner*|won|enter*|entry|prize*|sweepstake*|contest|giveaway*|drawing|draw"],
    ),
    (
        "EMERGENCY",
        &[
            "emergenc*|evacuat*|shelter*|warning|danger|storm|tornado|flood*|fire|alert|urgent|closed|outage|safe|lockdown|incident",
        ],
    ),
];

pub(super) fn promotes(look: &Look<'_>, sample: &Field<'_>) -> Option<Place> {
    // A name such as Daily Deals Garage promotes nothing by itself.
    let bare = sample.words.without(&look.names);
    let found = bare.said(PROMOTION, super::words::Denial::Near)?;
    let excused = bare.has(NO_PROMOTION) && !bare.has(&["# % off", "coupon*", "discount*"]);
    let characters = bare.characters(&found).filter(|_| !excused)?;
    Some(sample.characters(characters))
}

fn is_passcode(sample: &Field<'_>) -> Option<Place> {
    sample.said(PASSCODE).filter(|_| !sample.has(OTHER_CODES))
}

fn promotion_under_transactional(look: &Look<'_>) -> Vec<Place> {
    if PROMOTING.contains(&look.usecase()) {
        return Vec::new();
    }
    look.samples
        .iter()
        .filter_map(|sample| promotes(look, sample))
        .collect()
}

fn passcode_outside(look: &Look<'_>) -> Vec<Place> {
    if !WITHOUT_ACCOUNTS.contains(&look.usecase()) {
        return Vec::new();
    }
    look.samples.iter().filter_map(is_passcode).collect()
}

fn part_without_sample(look: &Look<'_>) -> Vec<Place> {
    let Some(campaign) = look.campaign else {
        return Vec::new();
    };
    let parts = campaign.sub_usecases.iter().enumerate();
    let unseen = parts.filter(|(_, part)| {
        let words = SHOWN_BY
            .iter()
            .find(|(usecase, _)| *usecase == part.as_str());
        words.is_some_and(|(usecase, words)| {
            let mut bare = look
                .samples
                .iter()
                .map(|sample| sample.words.without(&look.names));
            match *usecase {
                "2FA" => !look
                    .samples
                    .iter()
                    .any(|sample| is_passcode(sample).is_some()),
                _ => !bare.any(|sample| sample.has(words)),
            }
        })
    });
    unseen
        .map(|(place, _)| Place::at(format!("/campaign/subUsecases/{place}")))
        .collect()
}

fn outside_parts(look: &Look<'_>) -> Vec<Place> {
    let has_parts = look
        .campaign
        .is_some_and(|campaign| !campaign.sub_usecases.is_empty());
    if !has_parts {
        return Vec::new();
    }
    let mut found = Vec::new();
    for sample in &look.samples {
        let promotes = promotes(look, sample).filter(|_| !look.is_for(PROMOTING_PARTS));
        let passcode = is_passcode(sample).filter(|_| !look.is_for(WITH_ACCOUNTS));
        found.extend(promotes.or(passcode));
    }
    found
}

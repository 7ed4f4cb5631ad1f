//! What carriers never take, and what they nearly always refuse.
//!
//! Sources: the CTIA's messaging principles, as providers quote them, and providers' lists of
//! forbidden and high-risk content. Federal law counts: what a state allows is refused all the
//! same.

use super::CONTENT;
use super::look::Look;
use super::rule::{Category, Place, Rule, Weight};

const TEXTS: &[&str] = &["/campaign/description", "/campaign/samples/*"];

macro_rules! content {
    ($id:literal $weight:ident $message:literal $words:ident $excuses:ident
     finds $finds:literal leaves $leaves:literal) => {
        Rule {
            id: $id,
            weight: Weight::$weight,
            category: Category::DisallowedContent,
            codes: &[],
            looks_at: TEXTS,
            message: $message,
            source: CONTENT,
            finds: concat!(
                r#"{"campaign":{"samples":["Maple Row Veterinary: "#,
                $finds,
                r#" Reply STOP to opt out.","Maple Row Veterinary: thank you for your question. Reply STOP to opt out."]}}"#
            ),
            leaves: concat!(
                r#"{"campaign":{"samples":["Maple Row Veterinary: "#,
                $leaves,
                r#" Reply STOP to opt out.","Maple Row Veterinary: thank you for your question. Reply STOP to opt out."]}}"#
            ),
            find: |look| shown(look, $words, $excuses),
        }
    };
}

/// Content by class.
pub(super) const RULES: &[Rule] = &[
    content!("content-sex" Error
        "The content is sexual: no carrier takes it."
        SEX HEALTH
        finds "meet sexy singles near you tonight."
        leaves "the talk on safe sex for teens is on Monday."),
    content!("content-hate" Error
        "The content is hateful: no carrier takes it."
        HATE NO_HATE
        finds "join the rally for white power on Sunday."
        leaves "join the rally against hate on Sunday."),
    content!("content-firearms" Error
        "The content offers firearms or ammunition: no carrier takes it."
        FIREARMS FIREARM_EXCUSES
        finds "9mm ammo and handguns are back in stock."
        leaves "the glue guns for the kids' class are back."),
    content!("content-tobacco" Error
        "The content offers tobacco, vapes or nicotine: no carrier takes it."
        TOBACCO TOBACCO_EXCUSES
        finds "new vape flavors and cigars are in."
        leaves "new dates for the quit smoking and vaping class are in."),
    content!("content-cannabis" Error
        "The content offers cannabis, CBD or hemp, which federal law and carriers refuse in any \
         form and every state: leave it out."
        CANNABIS CANNABIS_EXCUSES
        finds "CBD treats for dogs are here."
        leaves "we weed the garden beds before your visit."),
    content!("content-gambling" Error
        "The content is gambling: no carrier takes it."
        GAMBLING GAMBLING_EXCUSES
        finds "place your bets, the casino is open all night."
        leaves "your appointment slot is open, and you bet we will be there."),
    content!("content-short-term-loans" Warning
        "The content offers short-term loans, which carriers usually refuse: only a lender's own \
         loans pass, with directLending."
        SHORT_TERM_LOANS NONE
        finds "get a payday loan in minutes, no credit check."
        leaves "the loan of a carrier for your cat is free."),
    content!("content-debt-relief" Warning
        "The content offers relief from debts, which carriers usually refuse."
        DEBT_RELIEF NONE
        finds "our debt consolidation plan cuts what you owe."
        leaves "what you owe for the last visit is in your invoice."),
    content!("content-credit-repair" Warning
        "The content offers to repair credit, which carriers usually refuse."
        CREDIT_REPAIR NONE
        finds "we fix your credit score fast."
        leaves "your credit of 20 dollars is on your account."),
    content!("content-lead-generation" Warning
        "The content gathers or sells leads, which carriers usually refuse: people must have \
         agreed to this business."
        LEAD_GENERATION NONE
        finds "compare quotes from top insurers, we match you with agents."
        leaves "bring a lead for your dog to the visit."),
    content!("content-multi-level-marketing" Warning
        "The content is multi-level marketing, which carriers usually refuse."
        MULTI_LEVEL NONE
        finds "grow your downline and earn residual income."
        leaves "the puppy class has a second level now."),
    content!("content-work-from-home" Warning
        "The content promises income from home, which carriers usually refuse."
        WORK_FROM_HOME OFFICE
        finds "work from home and earn $900 a day."
        leaves "our office is closed for snow, staff work from home."),
    Rule {
        id: "content-crypto",
        weight: Weight::Warning,
        category: Category::DisallowedContent,
        codes: &[],
        looks_at: TEXTS,
        message: "The content promotes crypto currency, which carriers usually refuse.",
        source: CONTENT,
        finds: r#"{"campaign":{"samples":["Maple Row Veterinary: buy bitcoin now and double your money. Reply STOP to opt out.","Maple Row Veterinary: thank you for your question. Reply STOP to opt out."]}}"#,
        leaves: r#"{"campaign":{"samples":["Maple Row Veterinary: the test for cryptosporidium is done. Reply STOP to opt out.","Maple Row Veterinary: thank you for your question. Reply STOP to opt out."]}}"#,
        find: crypto,
    },
];

const NONE: &[&str] = &[];

const HEALTH: &[&str] = &[
    "prevent*",
    "safe sex",
    "education",
    "awareness",
    "against",
    "survivor*",
    "victim*",
    "stop hate",
    "assault",
    "end hate",
];

const NO_HATE: &[&str] = &[
    "stop|end|against|fight|prevent hate",
    "hate crime*|speech ~ prevent*|report*|victim*|awareness|hotline|training",
    "survivor*",
];

const SEX: &[&str] = &[
    "porn*",
    "xxx",
    "adult video*|content|film*|dating|toy|toys|entertainment|chat|cam|cams|model*|store|shop|novelt*",
    "sex",
    "sexy",
    "sex toy*|chat|cam*|shop|date|dating",
    "nude*",
    "naked",
    "nsfw",
    "hookup*",
    "hook up tonight|now|with|singles",
    "strip club*|show*",
    "stripper*",
    "onlyfans",
    "erotic*",
    "escort|escorts service*|agency|tonight|near|available",
    "webcam girl*|model*|show*",
    "hot|horny|local singles|girls|women|babes|milfs",
    "horny",
    "fetish*",
    "lingerie model*|show",
    "sugar daddy|baby|daddies|babies",
    "one night stand*",
    "sensual",
    "orgasm*",
    "viagra",
];

const HATE: &[&str] = &[
    "hate|hatred|violence ~ against ~ jews|muslims|christians|gays|immigrants|blacks|whites|foreigners|women|refugees|migrants",
    "white power|supremac*|pride",
    "racial purity|war",
    "master race",
    "ethnic cleansing",
    "heil hitler",
    "sieg heil",
    "death to ~ all|jews|muslims|christians|gays|immigrants|blacks|whites|infidels",
    "kill|hang|exterminate all|the ~ jews|muslims|christians|gays|immigrants|blacks|whites|foreigners",
    "subhuman*",
    "inferior race*|people|religion*",
    "deport them all",
    "vermin ~ country|nation",
    "hate ~ jews|muslims|christians|gays|immigrants|blacks|whites|foreigners|women",
    "jews|muslims|gays|immigrants|blacks|foreigners ~ must go",
    "jews|muslims|gays|immigrants|blacks|foreigners are ~ vermin|animals|scum|filth|unwelcome",
    "keep ~ country|town|city|neighborhood white|pure",
    "go back to ~ country",
    "ku klux klan",
    "neo nazi*",
];

const FIREARMS: &[&str] = &[
    "firearm*",
    "handgun*",
    "rifle|rifles",
    "shotgun*",
    "ammo",
    "ammunition",
    "ar 15|15s",
    "ar15*",
    "gun|guns sale|sales|shop|show|store|deal*|range|dealer*|auction|for|and|in|are|now",
    "guns",
    "pistol*",
    "revolver*",
    "glock*",
    "silencer*|suppressor*",
    "high capacity magazine*",
    "#mm",
    "ghost gun*",
    "9mm|45acp|12gauge|22lr",
    "smith wesson",
];

const FIREARM_EXCUSES: &[&str] = &[
    "gun|firearm|firearms safety|violence|lock*|buyback|buy back|storage",
    "glue|nail|massage|water|nerf|heat|paint|staple|squirt|caulk|spray gun|guns",
    "starter|water|toy|squirt|cap pistol|pistols",
    "water|toy|squirt guns|gun",
    "against ~ gun|guns|firearm*",
    "no firearms|guns|weapons",
    "rifle museum",
];

const TOBACCO: &[&str] = &[
    "tobacco*",
    "cigar*",
    "vape|vapes|vaping|vaped|vapor|vapors|vaporizer*",
    "e cig*",
    "ecig*",
    "e juice*|liquid*",
    "ejuice*|eliquid*",
    "nicotine",
    "hookah*",
    "juul*",
    "snus",
    "smoke|smokes shop*|accessor*",
    "chewing|dip|smokeless tobacco",
    "shisha",
    "puff bar*",
    "disposables ~ puffs",
    "zyn",
    "rolling papers",
    "humidor*",
];

const TOBACCO_EXCUSES: &[&str] = &[
    "quit*",
    "cessation",
    "prevent*",
    "tobacco|smoke|vape|nicotine free",
    "stop ~ smoking|vaping",
    "prohibit*",
    "no smoking|vaping|tobacco",
    "smokefree",
    "dangers|harm|harms|risks|risk of",
    "vapor barrier*|retarder*|intrusion|lock",
    "lung",
    "against",
];

const CANNABIS: &[&str] = &[
    "cannabi*",
    "marijuana",
    "marihuana",
    "cbd",
    "thc",
    "thca",
    "weed delivery|dispensary|strain*|deal*|gummies|shop|store|sale|specials|menu",
    "dispensary|dispensaries",
    "kush",
    "hemp oil|flower|gummies|extract*|derived|products|shop|tea|cream|balm|treats|tincture*",
    "delta 8|9|10",
    "delta8|delta9",
    "edibles",
    "pre roll|rolls",
    "preroll*",
    "420 deal*|sale|special*|friendly",
    "indica",
    "sativa",
    "medical card",
    "ganja",
    "bong|bongs",
    "top shelf flower|bud|buds",
    "cannabidiol",
    "ounce ~ flower|bud|shake",
    "medicated gummies",
];

const CANNABIS_EXCUSES: &[&str] = &[
    "cbd office*|parking|tram|traffic|district",
    "central business district",
    "prevent*",
    "drug test*|free",
];

const GAMBLING: &[&str] = &[
    "casino*",
    "gambling",
    "gamblers",
    "betting",
    "bets",
    "place|placed ~ bet|wager",
    "free bet*",
    "bet ~ win|get|now|today",
    "sports bet*|book|wager*",
    "sportsbook*",
    "bookmaker*",
    "bookie*",
    "slot|slots machine*|spins|games|tournament",
    "online slots",
    "play slots",
    "free|bonus spins",
    "poker",
    "blackjack",
    "roulette",
    "lotter*",
    "lotto",
    "jackpot*",
    "wager*",
    "odds boost*",
    "parlay*",
    "craps table",
    "baccarat",
    "scratch card*|offs",
    "daily fantasy ~ cash|win",
    "scratchers",
];

const GAMBLING_EXCUSES: &[&str] = &[
    "problem gambling",
    "addiction*",
    "recovery",
    "helpline|hotline",
    "prevent*",
    "enrollment|admission|admissions|housing|school|magnet|charter|permit|visa lotter*",
    "lottery ~ results|number ~ school",
    "lottery ~ seat|seats|enrollment|admission|kindergarten|school|housing",
    "poker face|run|walk",
    "casino night fundraiser",
    "gamblers anonymous",
];

const SHORT_TERM_LOANS: &[&str] = &[
    "payday loan*|lender*|advance*|cash|lending|funding",
    "until|till payday",
    "loan|loans|cash|advance ~ payday",
    "pay day loan*|advance*",
    "title loan*",
    "cash advance*|loan*",
    "short term loan*|lending|lender*|financing|credit",
    "fast|quick|instant|emergency|same day|easy cash|loan*|funding",
    "bad credit",
    "no credit check*|needed",
    "no hard credit",
    "loan*|cash ~ minutes|same day|today|instantly|deposited",
    "pawn loan*",
    "installment loan* ~ bad|no|fast|lenders",
];

const DEBT_RELIEF: &[&str] = &[
    "debt*|loan* relief|consolidat*|settle*|reduc*|forgiv*|eliminat*|negotiat*|cancellation|wiped",
    "get|be|become|live out of debt",
    "debt free",
    "reduce|erase|cut|eliminate|consolidate|lower|settle|slash|wipe|forgive ~ debt*|owe",
    "student loan forgiv*|relief",
    "tax debt*|relief",
    "credit card debt*",
    "consolidate ~ loans|cards|bills|debts",
];

const CREDIT_REPAIR: &[&str] = &[
    "credit repair*|restoration|fix*|rescue|cleanup|clean|sweep",
    "repair|fix|fixes|rebuild|restore|clean|improve|boost|raise|increase|repairing|fixing|improving|raising ~ credit",
    "remov*|delet*|dispute*|erase* ~ from your credit|report|reports|history|items|collections|negative",
    "negative items|marks|accounts",
    "credit ~ points higher|more|in",
    "tradeline*",
];

const LEAD_GENERATION: &[&str] = &[
    "generat* ~ leads",
    "leads ~ sell|sells|sold",
    "sell|sells|selling|sold ~ leads",
    "lead gen*",
    "leadgen*",
    "leads ~ sale|delivered|exclusive|fresh|available|price",
    "buy|sell|purchase|exclusive|fresh|hot|qualified|aged ~ leads",
    "connect*|match*|pair* ~ you|consumers|customers|homeowners|visitors|users|people ~ with ~ provider*|lender*|agent*|advisor*|contractor*|insurer*|attorney*|lawyer*|companies|carriers|partners|buyers|pros",
    "compare ~ quotes|rates|offers ~ from|multiple|top",
    "quotes from ~ insurers|lenders|carriers|companies|providers|contractors|agents",
    "our partners|network ~ will|may contact|call|text|reach",
    "affiliate marketing|offers|program",
    "we sell ~ leads|inquiries|requests",
];

const MULTI_LEVEL: &[&str] = &[
    "multi level|tier marketing",
    "multilevel",
    "mlm",
    "network marketing|marketer*",
    "downline*|upline*",
    "pyramid scheme|plan",
    "be your own boss",
    "residual|passive income",
    "recruit* ~ friends|team|members|people|others|distributors|reps",
    "join ~ team ~ earn*|income|commission*",
    "become ~ distributor|ambassador|rep ~ earn|income|commission*",
    "income opportunit*",
    "business opportunity",
    "build ~ team ~ commission*|bonus|earn*",
];

const WORK_FROM_HOME: &[&str] = &[
    "work|working|job|jobs|earn|earning|income|money from home",
    "work at home",
    "earn|make|making ~ home",
    "make|earn money fast|online|quick|now",
    "earn|make ~ $ # ~ day|daily|week|weekly|hour|month",
    "earn|make|making # ~ a|per day|daily|week|weekly from",
    "get rich",
    "quit your job|day",
    "financial freedom",
    "side hustle*",
    "secret shopper*|shoppers",
    "mystery shopper*",
    "envelope stuffing",
];

const OFFICE: &[&str] = &[
    "office ~ closed",
    "closed ~ office",
    "staff|employees|teachers ~ work from home",
    "work from home policy|day|days",
    "please work from home",
    "weather",
    "snow",
];

fn shown(look: &Look<'_>, words: &[&str], excuses: &[&str]) -> Vec<Place> {
    let found = look.content().filter(|field| !field.has(excuses));
    found.filter_map(|field| field.said(words)).collect()
}

const CRYPTO: &[&str] = &[
    "crypto",
    "cryptocurrenc*",
    "cryptos",
    "crypto coin*|token*",
    "bitcoin*",
    "btc",
    "ethereum",
    "eth",
    "dogecoin*",
    "nft|nfts",
    "altcoin*",
    "stablecoin*",
    "memecoin*",
    "token sale*|presale|launch",
    "airdrop*",
    "defi",
    "blockchain ~ invest*",
];

const OFFERING: &[&str] = &[
    "buy|buying",
    "invest*",
    "trade|trading",
    "earn*",
    "bonus*",
    "profit*",
    "double|triple",
    "airdrop*",
    "return|returns",
    "sale|presale",
    "free",
    "join",
    "signal*",
    "gain*",
    "now",
    "moon",
    "stak*",
    "claim",
    "offer*",
    "price*",
];

/// Passcodes of an exchange are none; what offers it is.
fn crypto(look: &Look<'_>) -> Vec<Place> {
    let passcode = |field: &super::look::Field<'_>| field.has(super::use_case::PASSCODE);
    let found = look
        .content()
        .filter(|field| !passcode(field) && field.has(OFFERING));
    found.filter_map(|field| field.said(CRYPTO)).collect()
}

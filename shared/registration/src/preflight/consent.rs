//! How people agree: what the message flow says of it.

use super::look::{Field, Look};
use super::rule::{Category, Place, Rule, Weight};
use super::words::Words;
use super::{CODES, SIGN_IN, marks};

const FLOW: &[&str] = &["/campaign/messageFlow"];

/// How people opt in.
pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "consent-not-described",
        weight: Weight::Error,
        category: Category::CallToAction,
        codes: &[30896, 30909],
        looks_at: FLOW,
        message: "The message flow does not say how people opt in: name the form, keyword or \
                  checkbox, and where it is found.",
        source: CODES,
        finds: r#"{"campaign":{"messageFlow":"Pet owners are told about visits by text whenever there is news. Message frequency varies, message and data rates may apply. HELP for help, STOP to end."}}"#,
        leaves: r#"{"campaign":{"messageFlow":"Pet owners fill out a paper form at the desk to hear about appointments by text. Message frequency varies, message and data rates may apply. HELP for help, STOP to end."}}"#,
        find: |look| flow(look, not_described),
    },
    Rule {
        id: "consent-behind-sign-in",
        weight: Weight::Error,
        category: Category::CallToAction,
        codes: &[30909],
        looks_at: FLOW,
        message: "People opt in behind a sign-in, where a reviewer cannot look: give a public \
                  address, or the public address of screenshots of that page.",
        source: SIGN_IN,
        finds: r#"{"campaign":{"messageFlow":"After signing in to the patient portal, pet owners tick a box to get appointment reminders. Message frequency varies, message and data rates may apply. HELP for help, STOP to end."}}"#,
        leaves: r#"{"campaign":{"messageFlow":"After signing in to the patient portal, pet owners tick a box to get appointment reminders; screenshots are at https://maplerowvet.example/consent. Message frequency varies, message and data rates may apply. HELP for help, STOP to end."}}"#,
        find: |look| flow(look, behind_sign_in),
    },
    Rule {
        id: "consent-box-ticked",
        weight: Weight::Error,
        category: Category::CallToAction,
        codes: &[30925],
        looks_at: FLOW,
        message: "The box is ticked beforehand: leave it empty, so that people tick it \
                  themselves, and say so.",
        source: CODES,
        finds: r#"{"campaign":{"messageFlow":"At https://maplerowvet.example/texts the box for appointment reminders is ticked by default. Message frequency varies, message and data rates may apply. HELP for help, STOP to end."}}"#,
        leaves: r#"{"campaign":{"messageFlow":"At https://maplerowvet.example/texts the box for appointment reminders is not ticked by default. Message frequency varies, message and data rates may apply. HELP for help, STOP to end."}}"#,
        find: |look| flow(look, |flow| flow.said(TICKED)),
    },
    Rule {
        id: "consent-bundled-with-terms",
        weight: Weight::Error,
        category: Category::CallToAction,
        codes: &[30923],
        looks_at: FLOW,
        message: "Agreeing to the terms is taken as consent to texts: ask for consent by a box \
                  of its own.",
        source: CODES,
        finds: r#"{"campaign":{"messageFlow":"At https://maplerowvet.example/join pet owners tick one box: 'I accept the terms of service and agree to receive appointment reminders by text.' Message frequency varies, message and data rates may apply. HELP for help, STOP to end."}}"#,
        leaves: r#"{"campaign":{"messageFlow":"At https://maplerowvet.example/join pet owners tick a box of its own, apart from the terms of service: 'I agree to receive appointment reminders by text.' Message frequency varies, message and data rates may apply. HELP for help, STOP to end."}}"#,
        find: |look| flow(look, |flow| unless(flow, APART, flow.said(BUNDLED))),
    },
    Rule {
        id: "consent-cannot-be-declined",
        weight: Weight::Error,
        category: Category::CallToAction,
        codes: &[30931],
        looks_at: FLOW,
        message: "People cannot decline the texts and go on: make the consent optional, and say \
                  so.",
        source: CODES,
        finds: r#"{"campaign":{"messageFlow":"At https://maplerowvet.example/book pet owners must tick the box for appointment reminders to complete the booking. Message frequency varies, message and data rates may apply. HELP for help, STOP to end."}}"#,
        leaves: r#"{"campaign":{"messageFlow":"At https://maplerowvet.example/book pet owners may tick the box for appointment reminders; it is optional and not required to complete the booking. Message frequency varies, message and data rates may apply. HELP for help, STOP to end."}}"#,
        find: |look| flow(look, |flow| unless(flow, OPTIONAL, flow.said(REQUIRED))),
    },
    Rule {
        id: "consent-marketing-not-apart",
        weight: Weight::Warning,
        category: Category::CallToAction,
        codes: &[30913],
        looks_at: FLOW,
        message: "One consent covers promotions and other messages: ask for each by a box of its \
                  own.",
        source: CODES,
        finds: r#"{"campaign":{"messageFlow":"At https://maplerowvet.example/texts pet owners tick an empty box: 'Text me special offers and appointment reminders.' Message frequency varies, message and data rates may apply. HELP for help, STOP to end."}}"#,
        leaves: r#"{"campaign":{"messageFlow":"At https://maplerowvet.example/texts pet owners tick one empty box for special offers and a separate one for appointment reminders. Message frequency varies, message and data rates may apply. HELP for help, STOP to end."}}"#,
        find: |look| {
            flow(look, |flow| {
                unless(flow, SEPARATE, flow.said_at_all(PROMOTIONS_AND_MORE))
            })
        },
    },
    Rule {
        id: "consent-not-each-described",
        weight: Weight::Warning,
        category: Category::CallToAction,
        codes: &[30917],
        looks_at: FLOW,
        message: "Several ways of opting in are named and not each is described: say of each what \
                  people see, say or send.",
        source: CODES,
        finds: r#"{"campaign":{"messageFlow":"Pet owners opt in to appointment reminders on our website, by phone, on paper forms or by keyword. Message frequency varies, message and data rates may apply. HELP for help, STOP to end."}}"#,
        leaves: r#"{"campaign":{"messageFlow":"Pet owners opt in to appointment reminders on paper: at the desk they get a form and tick an empty box. Or by keyword: they text PETS to the number on our door sign. Message frequency varies, message and data rates may apply. HELP for help, STOP to end."}}"#,
        find: |look| flow(look, not_each_described),
    },
    Rule {
        id: "consent-bought-or-shared",
        weight: Weight::Error,
        category: Category::CallToAction,
        codes: &[30932],
        looks_at: FLOW,
        message: "Numbers or consents come from others, or go to others: a carrier takes only \
                  consent that people gave to this business itself, and that stays with it.",
        source: CODES,
        finds: r#"{"campaign":{"messageFlow":"Pet owners tick a box on the websites of our lead partners, and we buy the leads for appointment reminders. Message frequency varies, message and data rates may apply. HELP for help, STOP to end."}}"#,
        leaves: r#"{"campaign":{"messageFlow":"Pet owners tick an empty box at https://maplerowvet.example/texts for appointment reminders. We never sell or share opt-in data with third parties. Message frequency varies, message and data rates may apply. HELP for help, STOP to end."}}"#,
        find: |look| flow(look, |flow| flow.said_at_all(BOUGHT_OR_SHARED)),
    },
    Rule {
        id: "consent-implied",
        weight: Weight::Error,
        category: Category::CallToAction,
        codes: &[30896],
        looks_at: FLOW,
        message: "People are taken to agree without having said so: ask them, by a box, a keyword \
                  or a question that they answer.",
        source: CODES,
        finds: r#"{"campaign":{"messageFlow":"All existing clients are automatically enrolled in appointment reminders when they give us a phone number on the form. Message frequency varies, message and data rates may apply. HELP for help, STOP to end."}}"#,
        leaves: r#"{"campaign":{"messageFlow":"Existing clients are not automatically enrolled in appointment reminders: they tick an empty box on the form. Message frequency varies, message and data rates may apply. HELP for help, STOP to end."}}"#,
        find: |look| flow(look, |flow| flow.said(IMPLIED)),
    },
    Rule {
        id: "disclosure-kind-missing",
        weight: Weight::Warning,
        category: Category::CallToAction,
        codes: &[30924],
        looks_at: FLOW,
        message: "The message flow does not say what kind of messages people agree to: name it \
                  where they agree, such as appointment reminders or offers.",
        source: CODES,
        finds: r#"{"campaign":{"messageFlow":"Pet owners tick an empty box at https://maplerowvet.example/texts to hear from us on their phones. Message frequency varies, message and data rates may apply. HELP for help, STOP to end."}}"#,
        leaves: r#"{"campaign":{"messageFlow":"Pet owners tick an empty box at https://maplerowvet.example/texts to hear about their visits. Message frequency varies, message and data rates may apply. HELP for help, STOP to end."}}"#,
        find: |look| lacking(look, KINDS),
    },
    Rule {
        id: "disclosure-frequency-missing",
        weight: Weight::Warning,
        category: Category::CallToAction,
        codes: &[30924],
        looks_at: FLOW,
        message: "The message flow does not say how often messages come: say it where people \
                  agree, such as Message frequency varies.",
        source: CODES,
        finds: r#"{"campaign":{"messageFlow":"Pet owners tick an empty box at https://maplerowvet.example/texts for appointment reminders. Message and data rates may apply. HELP for help, STOP to end."}}"#,
        leaves: r#"{"campaign":{"messageFlow":"Pet owners tick an empty box at https://maplerowvet.example/texts for appointment reminders, up to 4 a month. Message and data rates may apply. HELP for help, STOP to end."}}"#,
        find: |look| lacking(look, FREQUENCY),
    },
    Rule {
        id: "disclosure-rates-missing",
        weight: Weight::Warning,
        category: Category::CallToAction,
        codes: &[30924],
        looks_at: FLOW,
        message: "The message flow does not say that message and data rates may apply: say it \
                  where people agree.",
        source: CODES,
        finds: r#"{"campaign":{"messageFlow":"Pet owners tick an empty box at https://maplerowvet.example/texts for appointment reminders. Message frequency varies. HELP for help, STOP to end."}}"#,
        leaves: r#"{"campaign":{"messageFlow":"Pet owners tick an empty box at https://maplerowvet.example/texts for appointment reminders. Message frequency varies. Msg & data rates may apply. HELP for help, STOP to end."}}"#,
        find: |look| lacking(look, RATES),
    },
    Rule {
        id: "disclosure-stop-missing",
        weight: Weight::Warning,
        category: Category::CallToAction,
        codes: &[30924],
        looks_at: FLOW,
        message: "The message flow does not say how to stop: say it where people agree, such as \
                  Reply STOP to end.",
        source: CODES,
        finds: r#"{"campaign":{"messageFlow":"Pet owners tick an empty box at https://maplerowvet.example/texts for appointment reminders. Message frequency varies, message and data rates may apply."}}"#,
        leaves: r#"{"campaign":{"messageFlow":"Pet owners tick an empty box at https://maplerowvet.example/texts for appointment reminders. Message frequency varies, message and data rates may apply, text stop to quit."}}"#,
        find: |look| lacking(look, super::messages::STOPPING),
    },
];

/// Words by which a message flow says how people agree.
const AGREEING: &[&str] = &[
    "checkbox*",
    "check|checks|checking",
    "box|boxes",
    "tick|ticks|ticked|ticking",
    "mark|marks|marking",
    "keyword*",
    "text|texts|texting|send|sends|sending|write ~ ~ to ~ ##",
    "text|texts|send|sends ~ ~ to the|our|this|a ~ number|line|shortcode",
    "enroll|enrolls|enrol|enrols ~ at|on|in|by|through|via",
    "turn|turns|turned|switch|switches on",
    "enable|enables",
    "toggle*",
    "select|selects|selecting|selected",
    "choose|chooses|choosing",
    "fill|fills|filling|filled",
    "form|forms",
    "card|cards|sheet|paper|printed|leaflet|packet",
    "permission*",
    "authoriz*",
    "request|requests ~ at|on|by|through",
    "ask|asks|asked|asking",
    "would you like|want",
    "may|can|shall we",
    "do you want",
    "join|joins|joining|subscribe|subscribes|register|registers|signs|sign ~ at|on|by|through|via|up",
    "say|says|saying|answer|answers|answering yes|no",
    "yes or no",
    "reply|replies|replying yes|y|join|start",
    "script",
    "press|presses|pressing|tap|taps|click|clicks",
    "enter|enters|entering ~ number|phone|mobile",
    "verbal*|orally|spoken",
    "over|by the phone",
    "by phone",
    "qr",
    "kiosk*|terminal|tablet",
    "checkout|website|webpage|webform|online",
    "settings|preferences",
    "initial|initials|signs|signature",
    "opt|opts|opting in ~ at|on|during|when|by|through|via|in",
    "consent* ~ at|on|during|when|by|through|via|in",
];

/// Ends of addresses that say nothing of how people agree.
const POLICIES: &[&str] = &[
    "privacy",
    "terms",
    "policy",
    "policies",
    "legal",
    "conditions",
    "tos",
];

/// No way of agreeing is named, and no page that would show one.
fn not_described(flow: &Field<'_>) -> Option<Place> {
    let pages = marks::links(flow.text);
    let shows = |link: &std::ops::Range<usize>| {
        let address = flow.text.chars().skip(link.start).take(link.len());
        let address: String = address.collect();
        !Words::of(&address)
            .iter()
            .any(|word| POLICIES.contains(&word))
    };
    let described = flow.has(AGREEING) || pages.iter().any(shows);
    (!described).then(|| flow.whole())
}

const SIGNED_IN: &[&str] = &[
    "signed|logged in",
    "signing|logging in|into|on",
    "log|logs|sign|signs in|into|on ~ to|with|at|using",
    "after|once|when|upon|behind|requires|needs|first ~ log|sign|signs|logs in|into",
    "behind|after|requires|needs|via ~ login|signin",
    "user name|password",
    "username",
    "password protected",
    "intranet",
    "members only",
    "inside|within|in|from|on|of|to the|their|your|his|her ~ account|profile|dashboard|portal",
    "account|profile|app|notification|notifications settings|preferences|dashboard|area",
    "settings ~ notifications|alerts|texts",
    "profile notifications",
    "customer|client|patient|member|student|parent|tenant|resident|employee|worker|staff|team|user|owner|guest|donor portal|area|dashboard",
];

/// What makes a sign-in no hurdle: the page can be seen all the same, or it is not needed.
const IN_PUBLIC: &[&str] = &[
    "screenshot*",
    "screen shot|shots",
    "screen capture*",
    "public*",
    "anyone",
    "everyone can",
    "without ~ sign*|log*|account|login",
    "no ~ sign*|login|log|account|password ~ needed|required|necessary",
    "no sign in",
    "no login",
    "before ~ signing|logging|sign|log",
    "do|does not need|require",
    "sign in|login page|screen|form|sheet|desk|table|kiosk",
    "log in page|screen|form",
    "not behind",
    "sign up page|form|screen",
    "signup page|form|screen",
    "registration page|form",
    "create* ~ account",
    "text|texts|texting ~ to #",
    "paper|printed|counter|desk|verbal*|script|posted",
    "in person",
    "open to everyone|all|everybody|anyone",
    "not needed|required ~ sign|log|account",
];

fn behind_sign_in(flow: &Field<'_>) -> Option<Place> {
    unless(flow, IN_PUBLIC, flow.said(SIGNED_IN))
}

const TICKED: &[&str] = &[
    "pre checked|ticked|selected|filled|enabled|marked|populated",
    "prechecked|preticked|preselected|prefilled|preenabled|premarked",
    "checked|ticked|selected|marked|enabled|filled ~ default|beforehand|advance",
    "checked|ticked|selected|marked|enabled beforehand|already|automatically",
    "already|automatically checked|ticked|selected|marked",
    "default* ~ checked|ticked|selected|on|yes|enabled|opted",
    "on by default",
    "opted in by default",
    "box|boxes|checkbox ~ comes|come|is|are ~ checked|ticked|selected when",
    "uncheck|untick|deselect|unselect|unchecking|unticking ~ if|unless|opt|not|avoid|decline|stop",
    "unless ~ uncheck*|untick*|deselect*|unselect*|clear|clears",
    "can|may|must|to|and untick|uncheck|deselect|unselect",
    "mark|tick|check ~ if ~ not ~ want|wish|receive|get|agree",
    "leave|leaves ~ unmarked|unticked|unchecked|blank|empty are|is|will|get|receive ~ texted|enrolled|subscribed|texts|messages|signed",
    "already on",
    "switch|toggle|slider ~ is|are on",
    "slide|turn|switch|toggle ~ off if|unless",
    "selected|checked|ticked for",
];

const APART: &[&str] = &[
    "separate*",
    "apart from",
    "not bundled",
    "not part of",
    "box of its own",
    "own box|checkbox|check",
    "independent*",
    "distinct",
    "different box|checkbox",
];

const BUNDLED: &[&str] = &[
    "accept*|agree* ~ terms|tos|conditions|policy ~ and ~ agree|receive|consent|get|text*|sms",
    "accept*|agree* ~ terms|tos|conditions|policy ~ which|that ~ include*|contain*|cover*|allow* ~ text*|sms|messag*|consent",
    "accept*|agree* ~ terms|tos|conditions ~ opts|opted|opt|consent*|agree*|enrol*|subscrib*",
    "by accepting|agreeing|acknowledging ~ terms|tos|conditions|policy|agreement",
    "accept|accepts|accepted|agree|agrees ~ terms|tos|conditions ~ ~ ~ ~ and ~ text|texts|messages|sms|alerts",
    "clause|section|paragraph ~ lease|contract|agreement|terms|policy",
    "signing|signature ~ lease|contract|agreement|terms|policy is|are|counts|means|serves",
    "terms|tos|conditions|agreement|contract ~ includ*|contain*|cover*|state*|say* ~ consent*|text*|sms|messag*",
    "consent* ~ part|included|contained|covered|given|granted ~ terms|tos|conditions|agreement|contract",
    "accept*|agree*|sign* ~ terms|agreement|contract|conditions ~ is|are|counts|serves ~ consent*|opt",
];

const OPTIONAL: &[&str] = &[
    "optional*",
    "not ~ required|mandatory|condition|necessary",
    "never required",
    "no obligation",
    "voluntar*",
    "leave ~ blank|empty|unchecked|unticked",
    "without ticking|checking|opting|consenting|agreeing",
    "isnt required|mandatory",
    "goes|go through without",
    "up to you|them",
    "fine to say",
    "no purchase|obligation",
];

const REQUIRED: &[&str] = &[
    "consent*|box|checkbox|agreement|opting|opt|enrolment|enrollment|texts|messages|number ~ is|are|being ~ required|mandatory|compulsory|obligatory",
    "consent* ~ condition of",
    "required|mandatory|compulsory box|checkbox|consent*|opt",
    "must ~ be ~ tick*|check*|accepted|agreed ~ ~ ~ submit*|continue*|order*|completed|proceed*|booked|placed|sent",
    "to ~ ~ you|they|customers|clients have|must|need ~ accept|agree|consent ~ text|texts|messages|sms",
    "says|say|saying|answers no ~ cannot|cant|not",
    "is|are|a required|mandatory field|box|checkbox",
    "grey|greyed|disabled|inactive|locked until",
    "who refuse|refuses|decline|declines ~ cannot|cant|not",
    "must ~ tick|check|agree|consent|opt|accept|select|subscribe ~ ~ submit|continue|order|purchase|buy|complete|proceed|book|register|checkout|finish|place|create|use|reserve|enroll|join",
    "have|has|required|need|needs|obliged to ~ tick|check|agree|consent|opt|accept|select|subscribe ~ ~ submit|continue|order|purchase|buy|complete|proceed|book|register|checkout|finish|place|create|use|reserve|enroll|join",
    "cannot|cant|not ~ submit*|continue|order|purchase|complete*|proceed|book|register|finish|place|create|send|sent ~ without|unless|until",
    "submit*|continue|order|purchase|complete|proceed|booking|register|checkout|finish|form ~ only|not|impossible|disabled|blocked|greyed ~ unless|until|without|if",
    "no way|option to ~ decline|refuse|skip",
    "required ~ to submit|order|continue|book|complete|proceed|buy|purchase|place|finish",
];

const SEPARATE: &[&str] = &[
    "separate*",
    "apart from",
    "each ~ box|checkbox|own|by itself",
    "two ~ box*|checkbox*|consent*",
    "second ~ box|checkbox",
    "another ~ box|checkbox",
    "box of its own",
    "own ~ box|checkbox",
    "different ~ box|checkbox",
    "one|first for ~ one|second ~ for",
    "independent*",
    "distinct",
];

const PROMOTIONS_AND_MORE: &[&str] = &[
    "marketing|promotion*|promo|promos|offer|offers|deal|deals|sale|sales|discount|discounts|coupon|coupons|specials ~ and|or|plus ~ transactional|account|accounts|order|orders|appointment|appointments|deliver*|shipping|reminder|reminders|passcode*|code|codes|security|service|receipt|receipts|billing|payment*|booking*|reservation*",
    "transactional|account|order|orders|appointment|appointments|deliver*|shipping|reminder|reminders|passcode*|codes|security|service|receipt|receipts|billing|payment*|booking*|reservation* ~ and|or|plus|as ~ marketing|promotion*|promo|promos|offer|offers|deal|deals|sale|sales|discount|discounts|coupon|coupons|specials",
];

/// Ways of opting in.
const WAYS: &[&[&str]] = &[
    &["website|websites|online|webform|web|checkout|webpage"],
    &[
        "keyword*",
        "text|texting|texts|sending ~ to #",
        "by|via sms|text",
    ],
    &[
        "paper|printed|brochure*|clipboard",
        "intake form*",
        "written form*",
    ],
    &[
        "verbal*|phone call*|spoken|telephone|orally|voice",
        "by|over|on|via the phone",
        "by|over|via phone",
        "calling|calls us",
        "phone call*",
    ],
    &["qr code*"],
    &[
        "in person|store",
        "point of sale|pos",
        "kiosk*|tablet*|ipad*",
        "at events|event|fairs|shows",
    ],
    &["social media|facebook|instagram"],
    &["by|via|through|an email|e|mail"],
    &["mobile app|our app|the app"],
];

/// Words by which a way is described and not only named.
const DESCRIBING: &[&str] = &[
    "same form|words|wording|question|box",
    "tick*|check|checks|checking|checkbox*|box|boxes",
    "enter|enters|entering",
    "read|reads|script|asks|ask|asked|says|say",
    "text|texts|texting|send|sends ~ to",
    "answer*|reply|replies",
    "sign|signs|signed",
    "fill*|write|writes",
    "number that",
    "sees|shown|shows|printed below|states|reads",
];

/// Ways that are only named: three or more in one sentence, or two in one that describes none.
fn not_each_described(flow: &Field<'_>) -> Option<Place> {
    let sentences = flow.words.sentences();
    let found = sentences.into_iter().find(|sentence| {
        let text = flow.words.part(sentence);
        let ways = WAYS.iter().filter(|way| text.has(way)).count();
        let described = DESCRIBING.iter().filter(|words| text.has(&[words])).count();
        ways > described.max(1) && (ways >= 3 || described == 0)
    });
    let characters = flow.words.characters(&found?)?;
    Some(flow.characters(characters))
}

const BOUGHT_OR_SHARED: &[&str] = &[
    "purchas*|bought|buy|buys|buying|rent*|acquir* ~ list|lists|lead|leads|data|contacts|numbers|database*",
    "list|lists|lead|leads|contacts|numbers|data|database* ~ purchased|bought|rented|acquired|obtained ~ from",
    "lead|leads|list|data vendor*|provider*|generator*|generation|partner*|broker*|supplier*|seller*|aggregator*",
    "third part*|3rd part* ~ list|lists|lead|leads|opt|sources|partners|collect*|consent*|website*|site*|vendor*",
    "list|lists|leads|consent*|opt|numbers|contacts|data ~ from|by|through ~ third|3rd party|parties",
    "list|lists|leads|consent*|opt|numbers|contacts|data ~ from|by|through ~ partners|affiliates|brokers|vendors",
    "partner*|affiliate* ~ collect*|obtain*|gather*|capture* ~ consent*|opt*|number*|lead*|data",
    "partner*|affiliate*|sister ~ opt in|ins",
    "share*|sharing|sell|sells|selling|sold|transfer*|pass|passes|passed|provide*|give* ~ with|to ~ third|3rd|partners|affiliates|affiliated|marketers|advertisers|other ~ parties|party|companies|businesses|brands|partners|marketing",
    "share*|sharing|sell|sells|selling|sold|pass|passes|passed ~ with|to ~ partners|affiliates|marketers|advertisers|sponsors",
    "sell|sells|selling ~ numbers|data|information|list|lists",
    "scrap* ~ numbers|contacts|from|public|web",
    "public records|directories|directory",
    "cold list*|outreach|text*|contact*",
    "load|loads|import|imports|upload|uploads|use|uses|add|adds ~ list|lists|contacts|numbers ~ of|from ~ shops|companies|partners|sister|vendor|vendors|organizations|committees|others",
    "sister|affiliated|partner companies|company|brands|brand|businesses ~ list|lists|contacts|customers|numbers",
];

const IMPLIED: &[&str] = &[
    "automatic* ~ enrol*|opted|subscrib*|added|receive*|agree*|consent*|included|signed|get",
    "enrol*|opted|subscribed|added|signed ~ automatic*",
    "auto enrol*|opt*|subscrib*|added",
    "autoenrol*|auto enroll*",
    "implied|implicit|implicitly|assumed|presumed|deemed|inferred|tacit",
    "consent* ~ implied|assumed|presumed|deemed|inferred",
    "by giving|providing|sharing|leaving|supplying|entering ~ number ~ is|are|becomes|be ~ enrolled|opted|subscribed|added|considered",
    "no ~ opt in|consent ~ needed|required|necessary|asked",
    "no further|separate|explicit|additional consent|opt",
    "without asking|opting|consent|opt",
    "without being asked",
    "we|will|to text|message|contact|send all|every|everyone|everybody",
    "all|every|existing|current|past|previous|former customers|clients|patients|members|customer|client|patient|member|buyers|students|tenants|users ~ are|is|get|gets|receive|receives|will ~ enrolled|opted|subscribed|added|texts|messages|text|receive|get|considered|treated",
    "existing|prior|established ~ relationship*",
    "opt out model|basis|only",
    "giving|providing|sharing|leaving|supplying|entering ~ number ~ constitutes|means|counts|serves|is|implies ~ consent|opt|agreement|permission",
    "constitutes|counts ~ consent",
    "need|needs|have not|nothing ~ do anything|nothing",
    "import|imports|imported|importing|upload|uploads|uploaded ~ numbers|contacts|list|lists|customers ~ from|of",
];

/// Words by which a flow says what is sent.
const KINDS: &[&str] = &[
    "appointment*|visit|visits|booking*|reservation*|schedul*|reminder*",
    "offer|offers|deal|deals|sale|sales|discount*|promo*|coupon*|marketing|specials|advert*",
    "order|orders|deliver*|shipping|shipment*|package*|tracking|pickup|pickups|receipt*",
    "news|newsletter*|updates|update|alert|alerts|notif*|announce*|warning*|closure*|closing*|emergenc*|outage*|weather",
    "code|codes|passcode*|pin|pins|verification|password*|2fa|security|fraud",
    "sign|log in codes",
    "account|bill|bills|billing|payment*|statement*|balance*|invoice*|loan*",
    "event|events|class|classes|game|games|meeting*|support|question*|estimate*|repair*|quote*|notice*|incident*|maintenance|status|arrangement*|closing|tour|ride|stay|rental*|refill*|tips|results|answer*|table|blood|invite*|bonus*|match*|tasting*|release*|product*|program*",
    "help with",
    "survey*|poll*|vote*|election*|donat*|volunteer*|fundrais*|campaign*|rally|rallies|petition*",
    "job|jobs|shift|shifts|food|prescription*|refill*|results|grade*|attendance|bus|school|trip*|ride*|driver*|garden",
    "text|texts|texted|texting|message|messages|messaged ~ ~ about|when|regarding|concerning|before",
    "text me|you|us my|your|offers|news|codes",
];

/// Words by which a text says how often messages come.
pub(super) const FREQUENCY: &[&str] = &[
    "frequency",
    "frequent*",
    "per",
    "#|one|two|three|four|five|six|seven|eight|ten|several|few ~ msg|msgs|message|messages|text|texts|alert|alerts|offer|offers|sms|reminder|reminders|code|codes",
    "msg|msgs|message|messages|text|texts month|mo|week|wk|day|visit|order",
    "msg|msgs|message|messages|text|texts|alerts|offers|reminders|codes|notices ~ a|an|each|every ~ day|week|month|year|visit|order|request|appointment|event|login|time|game|purchase|delivery|booking|quarter|semester|season",
    "#|one|two|three|four|five|six|eight|ten|once|twice ~ a|an|each|every ~ day|week|month|year|visit|order|request|appointment|event|login|time|game|quarter|semester|season|day",
    "each|every day|week|month|year|visit|order|request|appointment|event|login|time|game|purchase|delivery|booking",
    "number of ~ messages|texts",
    "msg|msgs|messages|texts|volume ~ vary|varies",
    "recurring",
    "one time|single message|msg|text|passcode|code",
    "single|one message|text|msg",
    "up to #|one|two|three|four|five|six|eight|ten",
    "weekly|monthly|daily|yearly|quarterly|occasional*|hourly",
    "once|twice ~ request|ask|sign|order",
    "only|whenever when|you ~ request|ask|sign|order",
    "as needed",
    "a day|week|month|year",
];

/// Words by which a text says that messages cost money.
pub(super) const RATES: &[&str] = &[
    "data rates|charges|fees|rate",
    "msg|message|messaging|text|sms|messages|standard|carrier* rates|charges|fees|rate",
    "rates|charges|fees may|might|can apply",
    "data ~ rates",
];

fn flow(look: &Look<'_>, find: impl Fn(&Field<'_>) -> Option<Place>) -> Vec<Place> {
    look.flow.iter().filter_map(find).collect()
}

fn lacking(look: &Look<'_>, phrases: &[&str]) -> Vec<Place> {
    flow(look, |flow| (!flow.has(phrases)).then(|| flow.whole()))
}

fn unless(field: &Field<'_>, excuses: &[&str], found: Option<Place>) -> Option<Place> {
    found.filter(|_| !field.has(excuses))
}

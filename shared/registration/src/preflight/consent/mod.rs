//! How people agree: what the message flow says of it.

pub(super) mod phrases;

use super::look::{Field, Look};
use super::rule::{Category, Place, Rule, Weight};
use super::words::Words;
use super::{CODES, SIGN_IN, marks};
use phrases::*;

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
    // A way that is wrong is one all the same, and has a rule of its own.
    let wrong = [SIGNED_IN, TICKED, BUNDLED, IMPLIED, BOUGHT_OR_SHARED];
    let described = flow.has(AGREEING)
        || wrong.iter().any(|phrases| flow.has(phrases))
        || pages.iter().any(shows);
    (!described).then(|| flow.whole())
}

fn behind_sign_in(flow: &Field<'_>) -> Option<Place> {
    unless(flow, IN_PUBLIC, flow.said(SIGNED_IN))
}

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

fn flow(look: &Look<'_>, find: impl Fn(&Field<'_>) -> Option<Place>) -> Vec<Place> {
    look.flow.iter().filter_map(find).collect()
}

fn lacking(look: &Look<'_>, phrases: &[&str]) -> Vec<Place> {
    flow(look, |flow| (!flow.has(phrases)).then(|| flow.whole()))
}

fn unless(field: &Field<'_>, excuses: &[&str], found: Option<Place>) -> Option<Place> {
    found.filter(|_| !field.has(excuses))
}

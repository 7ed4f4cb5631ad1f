//! Samples, answers and keywords: the words that each must hold.

use super::consent::phrases::{FREQUENCY, RATES};
use super::look::{Field, Look};
use super::rule::{Category, Place, Rule, Weight};
use super::words::Words;
use super::{CATEGORIES, KEYWORDS, MESSAGES, PASSCODES, SHORTENERS, marks};
use crate::order::Keywords;

/// Keywords, answers and samples.
pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "sample-without-brand",
        weight: Weight::Warning,
        category: Category::SampleMessage,
        codes: &[],
        looks_at: &["/campaign/samples/*"],
        message: "The sample does not name the brand: begin it with the brand's name. An error \
                  where no sample does.",
        source: CATEGORIES,
        finds: r#"{"campaign":{"samples":["Your dog is due for a visit on Monday. Reply STOP to opt out.","Maple Row Veterinary: thank you for your question. Reply STOP to opt out."]}}"#,
        leaves: r#"{"campaign":{"samples":["Your dog is due at MAPLE ROW VETERINARY on Monday. Reply STOP to opt out.","Maple Row Veterinary: thank you for your question. Reply STOP to opt out."]}}"#,
        find: |look| {
            each(look, |sample| {
                look.names_the_brand(sample) || marks::names_placeholder(sample.text)
            })
        },
    },
    Rule {
        id: "sample-without-stop",
        weight: Weight::Warning,
        category: Category::MandatoryMessageTerminology,
        codes: &[],
        looks_at: &["/campaign/samples/*"],
        message: "The sample does not say how to stop: end it with words such as Reply STOP to opt \
                  out. An error where no sample does. Passcodes need none.",
        source: PASSCODES,
        finds: r#"{"campaign":{"samples":["Maple Row Veterinary: your dog is due for a visit on Monday.","Maple Row Veterinary: thank you for your question. Reply STOP to opt out."]}}"#,
        leaves: r#"{"campaign":{"usecase":"2FA","subUsecases":null,"samples":["Maple Row Veterinary: 402917 is your code."]}}"#,
        find: |look| {
            let is_passcode = |sample: &Field<'_>| {
                look.usecase() == "2FA" || sample.has(super::use_case::PASSCODE)
            };
            each(look, |sample| sample.has(STOPPING) || is_passcode(sample))
        },
    },
    Rule {
        id: "link-shortener",
        weight: Weight::Error,
        category: Category::SampleMessage,
        codes: &[],
        looks_at: &[
            "/campaign/samples/*",
            "/campaign/messageFlow",
            "/campaign/description",
            "/campaign/helpMessage",
            "/campaign/optinMessage",
            "/campaign/optoutMessage",
        ],
        message: "The text holds a link of a public shortener: show the full link, at the \
                  business's own domain.",
        source: SHORTENERS,
        finds: r#"{"campaign":{"embeddedLink":true,"samples":["Maple Row Veterinary: book at https://bit.ly/3abc. Reply STOP to opt out.","Maple Row Veterinary: thank you for your question. Reply STOP to opt out."]}}"#,
        leaves: r#"{"campaign":{"embeddedLink":true,"samples":["Maple Row Veterinary: book at https://rabbit.lynx.example/3abc. Reply STOP to opt out.","Maple Row Veterinary: thank you for your question. Reply STOP to opt out."]}}"#,
        find: |look| {
            let answers = look.help.iter().chain(&look.optin).chain(&look.optout);
            let fields = look
                .samples
                .iter()
                .chain(&look.flow)
                .chain(&look.description)
                .chain(answers);
            let first = |field| {
                Some((
                    field,
                    marks::shortened(Field::text(field)).into_iter().next()?,
                ))
            };
            fields
                .filter_map(first)
                .map(|(field, characters)| field.characters(characters))
                .collect()
        },
    },
    Rule {
        id: "keywords-stop-missing",
        weight: Weight::Error,
        category: Category::MandatoryMessageTerminology,
        codes: &[],
        looks_at: &["/campaign/optoutKeywords"],
        message: "The opt-out keywords do not hold STOP: add it.",
        source: KEYWORDS,
        finds: r#"{"campaign":{"optoutKeywords":"QUIT,END"}}"#,
        leaves: r#"{"campaign":{"optoutKeywords":"quit,Stop"}}"#,
        find: |look| {
            let keywords = look
                .campaign
                .and_then(|campaign| campaign.optout_keywords.as_ref());
            lacks(keywords, "stop", "/campaign/optoutKeywords")
        },
    },
    Rule {
        id: "keywords-help-missing",
        weight: Weight::Error,
        category: Category::MandatoryMessageTerminology,
        codes: &[],
        looks_at: &["/campaign/helpKeywords"],
        message: "The help keywords do not hold HELP: add it.",
        source: KEYWORDS,
        finds: r#"{"campaign":{"helpKeywords":"INFO,AID"}}"#,
        leaves: r#"{"campaign":{"helpKeywords":"info,help"}}"#,
        find: |look| {
            let keywords = look
                .campaign
                .and_then(|campaign| campaign.help_keywords.as_ref());
            lacks(keywords, "help", "/campaign/helpKeywords")
        },
    },
    Rule {
        id: "help-message-lacks-brand",
        weight: Weight::Warning,
        category: Category::MandatoryMessageTerminology,
        codes: &[],
        looks_at: &["/campaign/helpMessage"],
        message: "The help message does not name the brand: begin it with the brand's name.",
        source: MESSAGES,
        finds: r#"{"campaign":{"helpMessage":"For help write to desk@maplerowvet.example. Reply STOP to opt out."}}"#,
        leaves: r#"{"campaign":{"helpMessage":"For help from Maple Row Veterinary write to desk@maplerowvet.example. Reply STOP to opt out."}}"#,
        find: |look| unnamed(look, look.help.as_ref()),
    },
    Rule {
        id: "help-message-lacks-contact",
        weight: Weight::Warning,
        category: Category::MandatoryMessageTerminology,
        codes: &[],
        looks_at: &["/campaign/helpMessage"],
        message: "The help message gives no way to reach a person: add a phone number, a mail \
                  address or a page.",
        source: MESSAGES,
        finds: r#"{"campaign":{"helpMessage":"Maple Row Veterinary: we are here to help you. Reply STOP to opt out."}}"#,
        leaves: r#"{"campaign":{"helpMessage":"Maple Row Veterinary: help is at maplerowvet.example/help. Reply STOP to opt out."}}"#,
        find: |look| {
            let without = look.help.iter().filter(|help| {
                !marks::names_mail(help.text)
                    && marks::links(help.text).is_empty()
                    && marks::phones(help.text).is_empty()
            });
            without.map(Field::whole).collect()
        },
    },
    Rule {
        id: "optin-message-lacks-brand",
        weight: Weight::Warning,
        category: Category::MandatoryMessageTerminology,
        codes: &[],
        looks_at: &["/campaign/optinMessage"],
        message: "The opt-in message does not name the brand: begin it with the brand's name.",
        source: MESSAGES,
        finds: r#"{"campaign":{"optinMessage":"You will get appointment reminders. Message frequency varies. Message and data rates may apply. Reply HELP for help, STOP to opt out."}}"#,
        leaves: r#"{"campaign":{"optinMessage":"Welcome to the Maple Row Veterinary texts. Message frequency varies. Message and data rates may apply. Reply HELP for help, STOP to opt out."}}"#,
        find: |look| unnamed(look, look.optin.as_ref()),
    },
    Rule {
        id: "optin-message-lacks-frequency",
        weight: Weight::Warning,
        category: Category::MandatoryMessageTerminology,
        codes: &[],
        looks_at: &["/campaign/optinMessage"],
        message: "The opt-in message does not say how often messages come: add words such as \
                  Message frequency varies.",
        source: MESSAGES,
        finds: r#"{"campaign":{"optinMessage":"Maple Row Veterinary: you will get appointment reminders. Message and data rates may apply. Reply HELP for help, STOP to opt out."}}"#,
        leaves: r#"{"campaign":{"optinMessage":"Maple Row Veterinary: you will get 2 msgs/month. Message and data rates may apply. Reply HELP for help, STOP to opt out."}}"#,
        find: |look| without(look, FREQUENCY),
    },
    Rule {
        id: "optin-message-lacks-rates",
        weight: Weight::Warning,
        category: Category::MandatoryMessageTerminology,
        codes: &[],
        looks_at: &["/campaign/optinMessage"],
        message: "The opt-in message does not say that message and data rates may apply: add it.",
        source: MESSAGES,
        finds: r#"{"campaign":{"optinMessage":"Maple Row Veterinary: you will get appointment reminders. Message frequency varies. Reply HELP for help, STOP to opt out."}}"#,
        leaves: r#"{"campaign":{"optinMessage":"Maple Row Veterinary: you will get appointment reminders. Msg freq varies, msg&data rates may apply. Message frequency varies. Reply HELP for help, STOP to opt out."}}"#,
        find: |look| without(look, RATES),
    },
    Rule {
        id: "optin-message-lacks-help",
        weight: Weight::Warning,
        category: Category::MandatoryMessageTerminology,
        codes: &[],
        looks_at: &["/campaign/optinMessage"],
        message: "The opt-in message does not say how to get help: add words such as Reply HELP \
                  for help.",
        source: MESSAGES,
        finds: r#"{"campaign":{"optinMessage":"Maple Row Veterinary: you will get appointment reminders. Message frequency varies. Message and data rates may apply. Reply STOP to opt out."}}"#,
        leaves: r#"{"campaign":{"optinMessage":"Maple Row Veterinary: you will get appointment reminders. Message frequency varies. Message and data rates may apply. Help: reply help. Reply STOP to opt out."}}"#,
        find: |look| without(look, &["help", "info|support ~ reply|text"]),
    },
    Rule {
        id: "optin-message-lacks-stop",
        weight: Weight::Warning,
        category: Category::MandatoryMessageTerminology,
        codes: &[],
        looks_at: &["/campaign/optinMessage"],
        message: "The opt-in message does not say how to stop: add words such as Reply STOP to opt \
                  out.",
        source: MESSAGES,
        finds: r#"{"campaign":{"optinMessage":"Maple Row Veterinary: you will get appointment reminders. Message frequency varies. Message and data rates may apply. Reply HELP for help."}}"#,
        leaves: r#"{"campaign":{"optinMessage":"Maple Row Veterinary: you will get appointment reminders. Message frequency varies. Message and data rates may apply. Reply HELP for help, txt Stop to end."}}"#,
        find: |look| without(look, STOPPING),
    },
    Rule {
        id: "optout-message-lacks-brand",
        weight: Weight::Warning,
        category: Category::MandatoryMessageTerminology,
        codes: &[],
        looks_at: &["/campaign/optoutMessage"],
        message: "The opt-out message does not name the brand: begin it with the brand's name.",
        source: MESSAGES,
        finds: r#"{"campaign":{"optoutMessage":"You are unsubscribed and will get no more messages."}}"#,
        leaves: r#"{"campaign":{"optoutMessage":"You will get no more messages from Maple Row Veterinary."}}"#,
        find: |look| unnamed(look, look.optout.as_ref()),
    },
    Rule {
        id: "optout-message-lacks-end",
        weight: Weight::Warning,
        category: Category::MandatoryMessageTerminology,
        codes: &[],
        looks_at: &["/campaign/optoutMessage"],
        message: "The opt-out message does not say that no more messages come: say so.",
        source: MESSAGES,
        finds: r#"{"campaign":{"optoutMessage":"Maple Row Veterinary: thank you, we got your message."}}"#,
        leaves: r#"{"campaign":{"optoutMessage":"Maple Row Veterinary: thank you, you have been removed from our list."}}"#,
        find: |look| {
            let without = look.optout.iter().filter(|optout| !optout.has(ENDED));
            without.map(Field::whole).collect()
        },
    },
];

/// Words by which a message says how to stop it.
pub(super) const STOPPING: &[&str] = &[
    "reply|replies|replying|text|texting|txt|send|sending|type|respond|write|answer|responda|responde|envie|envia|mande|repondez|envoyez ~ stop|stopall|end|quit|cancel|unsub*|optout",
    "stop ~ opt|optout|end|quit|unsubscribe|cancel|unsub|leave",
    "stop to|2|for|any|anytime|ends|end|stops|stop|cancels|optout|unsubscribes|out|off|texts|messages",
    "stop or|and help",
    "help or|and stop",
    "to stop|end ~ reply|text|send|txt",
    "opt|opting out",
    "optout",
    "unsubscribe*",
    "help ~ stop",
];

/// Words by which a message says that it was the last.
const ENDED: &[&str] = &[
    "no more|further|longer|additional",
    "unsubscribed|unenrolled",
    "opted out",
    "not ~ receive|get|hear|text|message|be",
    "wont ~ receive|get|hear|text|message",
    "never ~ receive|get|text|message",
    "stopped|removed|ended|cancelled|canceled",
    "last message|text",
];

/// In all samples it is an error, in some a warning.
fn each(look: &Look<'_>, has: impl Fn(&Field<'_>) -> bool) -> Vec<Place> {
    let without: Vec<_> = look.samples.iter().filter(|sample| !has(sample)).collect();
    let weight = match without.len() == look.samples.len() {
        true => Weight::Error,
        false => Weight::Warning,
    };
    without
        .into_iter()
        .map(|sample| sample.whole().weighing(weight))
        .collect()
}

fn lacks(keywords: Option<&Keywords>, keyword: &str, pointer: &str) -> Vec<Place> {
    let lacks = keywords.is_some_and(|keywords| {
        let mut all = keywords.as_str().split(',');
        !all.any(|one| Words::of(one).iter().eq([keyword]))
    });
    lacks.then(|| Place::at(pointer)).into_iter().collect()
}

fn unnamed(look: &Look<'_>, message: Option<&Field<'_>>) -> Vec<Place> {
    let unnamed = message.filter(|message| {
        !look.names_the_brand(message) && !marks::names_placeholder(message.text)
    });
    unnamed.map(Field::whole).into_iter().collect()
}

fn without(look: &Look<'_>, phrases: &[&str]) -> Vec<Place> {
    let without = look.optin.iter().filter(|optin| !optin.has(phrases));
    without.map(Field::whole).collect()
}

//! What is asked again, and of whom: PINs, e-mails, vettings, corrections and new campaigns.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod histories;

use histories::{fold, followed_by, stored};
use jiff::{SignedDuration, Timestamp};
use registration::amendment::{Locked, Refusal, replace_campaign};
use registration::facts::{Facts, Subject};
use registration::patience::Patience;
use registration::qualification::{Qualification, before_campaign};
use registration::refusal::template;
use registration::sequence::{Completion, Pending, Step, Waits, evaluate};
use registration::{Fact, Order, RegistryId, Verdict};
use serde_json::{Value, json};

/// The order that this golden history begins with, and these facts after it.
fn after(golden: &str, facts: &[Value]) -> Facts {
    fold(&followed_by(stored(golden)[..1].to_vec(), facts))
}

fn sole_proprietor(facts: &[Value]) -> Facts {
    after("awaiting_pin", facts)
}

fn public(facts: &[Value]) -> Facts {
    after("awaiting_confirmation", facts)
}

fn private(facts: &[Value]) -> Facts {
    after("registered", facts)
}

fn submitted(step: &str, round: u32, id: &str) -> Value {
    json!({"fact": "submitted", "step": step, "round": round, "registry_id": id, "found": false,
           "response": {}})
}

fn decided(step: &str, round: u32, verdict: &str) -> Value {
    json!({"fact": "verdict_reached", "step": step, "round": round,
           "verdict": {"verdict": verdict, "reasons": []}})
}

fn retried(step: &str, round: u32) -> Value {
    json!({"fact": "retried", "step": step, "round": round})
}

fn pin(round: u32) -> Value {
    json!({"fact": "pin_received", "round": round, "pin": "123456"})
}

fn pending(facts: &Facts) -> Pending {
    evaluate(facts).unwrap_err()
}

/// The SMS went out.
fn sms() -> Vec<Value> {
    vec![
        submitted("brand", 1, "b-1"),
        submitted("otp", 1, "o-1"),
        decided("otp", 1, "approved"),
    ]
}

fn and(facts: &[Value], more: &[Value]) -> Vec<Value> {
    [facts, more].concat()
}

#[test]
fn a_pin_is_waited_for_a_day_and_again_once_it_was_refused() {
    let facts = sole_proprietor(&sms());
    let sent = facts.step(Step::Otp).stands;
    let registration::facts::Stands::Decided { since, .. } = sent else {
        panic!("{sent:?}");
    };
    let end = since + SignedDuration::from_hours(24);
    let until = Some(end);
    let waits = |facts: &[Value]| {
        let pending = pending(&sole_proprietor(facts));
        (pending.step, pending.waits)
    };
    assert_eq!(waits(&sms()), (Step::Pin, Waits::Pin { until }));
    assert_eq!(
        waits(&and(&sms(), &[pin(1)])),
        (Step::Pin, Waits::Submission)
    );
    let refused = [
        pin(1),
        submitted("pin", 1, "p"),
        decided("pin", 1, "rejected"),
    ];
    assert_eq!(
        waits(&and(&sms(), &refused)),
        (Step::Pin, Waits::Pin { until })
    );
    let passed = Patience::default().passed(&facts, end);
    let expired = passed.iter().any(|fact| {
        matches!(
            fact,
            Fact::VerdictReached {
                step: Step::Otp,
                verdict: Verdict::Expired,
                ..
            }
        )
    });
    assert!(expired, "{passed:?}");
    let until = None;
    assert_eq!(
        waits(&and(&sms(), &[decided("otp", 1, "expired")])),
        (Step::Pin, Waits::Pin { until })
    );
}

#[test]
fn a_pin_is_for_the_sms_before_it_and_for_no_later_one() {
    let known = |facts: &[Value]| {
        let facts = sole_proprietor(facts);
        let round = facts.step(Step::Pin).round.get();
        (round, facts.given_pin().map(|pin| pin.as_str().to_owned()))
    };
    let given = || Some("123456".to_owned());
    assert_eq!(known(&sms()), (1, None));
    assert_eq!(known(&and(&sms(), &[pin(1)])), (1, given()));
    // Another SMS: a PIN that was given is of no use, and where none was, none is.
    assert_eq!(known(&and(&sms(), &[pin(1), retried("otp", 2)])), (2, None));
    assert_eq!(known(&and(&sms(), &[retried("otp", 2)])), (1, None));
    let tried = [submitted("pin", 1, "p"), retried("otp", 2)];
    assert_eq!(known(&and(&sms(), &tried)), (2, None));
    // What runs again is not the SMS.
    assert_eq!(
        known(&and(&sms(), &[pin(1), retried("brand", 2)])),
        (1, given())
    );
}

#[test]
fn a_link_that_was_followed_lets_the_registration_go_on() {
    let mailed = [submitted("brand", 1, "b-1")];
    assert_eq!(pending(&public(&mailed)).step, Step::Confirmation);
    // The first e-mail was never asked for: it comes with the brand.
    let followed = decided("confirmation", 1, "approved");
    assert_eq!(
        pending(&public(&and(&mailed, std::slice::from_ref(&followed)))).step,
        Step::Brand
    );
    let asked = [submitted("confirmation", 1, "m"), followed];
    assert_eq!(pending(&public(&and(&mailed, &asked))).step, Step::Brand);
}

#[test]
fn a_brand_that_is_made_anew_comes_with_its_own_email_and_takes_no_word_for_another() {
    let round = |facts: &[Value]| public(facts).step(Step::Confirmation).round.get();
    let over = [submitted("brand", 1, "b-1"), decided("brand", 1, "expired")];
    let again = submitted("brand", 2, "b-2");
    assert_eq!(round(&and(&over, std::slice::from_ref(&again))), 1);
    // Another e-mail was asked for of the brand before: this one's is a round of its own.
    let asked = [submitted("brand", 1, "b-1"), retried("confirmation", 2)];
    assert_eq!(round(&asked), 2);
    let asked_and_over = and(&asked, &[decided("brand", 1, "expired"), again.clone()]);
    assert_eq!(round(&asked_and_over), 3);
    // A corrected address of a brand that is made anew is its first one.
    let corrected = json!({"fact": "amended", "changed": ["/brand/businessContactEmail"],
                           "rounds": [{"step": "brand", "round": 2}]});
    assert_eq!(round(&and(&over, &[corrected, again])), 1);
}

#[test]
fn an_address_is_corrected_only_where_the_registry_has_the_one_before() {
    let amended = |place: &str| json!({"fact": "amended", "changed": [place]});
    let corrected = |facts: &[Value]| public(facts).address_is_corrected();
    let (address, city) = ("/brand/businessContactEmail", "/brand/city");
    let there = submitted("brand", 1, "b-1");
    assert!(!corrected(&[amended(address)]));
    assert!(!corrected(&[there.clone(), amended(city)]));
    assert!(corrected(&[there, amended(address)]));
}

#[test]
fn only_a_public_companys_brand_is_over_for_want_of_a_confirmation() {
    let over = |facts: &Facts| match pending(facts).waits {
        Waits::Person { reason } => reason,
        other => panic!("{other:?}"),
    };
    let brand = [submitted("brand", 1, "b-1"), decided("brand", 1, "expired")];
    // It is the confirmation that is waited for until the brand is over.
    let followed = [
        submitted("confirmation", 1, "m"),
        decided("confirmation", 1, "approved"),
    ];
    assert!(over(&public(&and(&brand, &followed))).contains("nobody followed the link"));
    assert!(!over(&private(&brand)).contains("link"));
    let campaign = [
        submitted("brand", 1, "b-1"),
        decided("brand", 1, "approved"),
        submitted("campaign", 1, "c-1"),
        decided("campaign", 1, "expired"),
    ];
    assert!(!over(&public(&campaign)).contains("link"));
}

#[test]
fn a_cancelled_order_withdraws_its_brand_unless_it_is_to_stay() {
    let end = |keep_brand: bool| {
        let cancelled = json!({"fact": "cancelled", "keep_brand": keep_brand});
        evaluate(&private(&[submitted("brand", 1, "b-1"), cancelled]))
    };
    assert_eq!(end(true), Ok(Completion::Withdrawn));
    assert_eq!(end(false).unwrap_err().step, Step::EndBrand);
}

#[test]
fn only_an_answer_of_the_registry_or_of_an_email_is_the_next_move_of_others() {
    let awaits = |waits| {
        let (step, round) = (Step::Brand, registration::Round::FIRST);
        Pending { step, round, waits }.awaits_answer()
    };
    let since = Timestamp::UNIX_EPOCH;
    let registry_id = RegistryId::new("b-1");
    assert!(awaits(Waits::Verdict {
        registry_id: registry_id.clone(),
        since
    }));
    let (link_until, until) = (None, since);
    let brand = registry_id;
    assert!(awaits(Waits::Confirmation {
        brand,
        since,
        link_until,
        until
    }));
    assert!(!awaits(Waits::Submission));
    assert!(!awaits(Waits::Pin { until: None }));
}

/// The order of these facts after a change of its document.
fn changed(facts: &Facts, change: impl FnOnce(&mut Value)) -> Order {
    let Subject::Business { order } = facts.subject() else {
        panic!("an order");
    };
    let mut document = serde_json::to_value(order).unwrap();
    change(&mut document);
    serde_json::from_value(document).unwrap()
}

fn decided_campaign() -> Vec<Value> {
    vec![
        submitted("brand", 1, "b-1"),
        decided("brand", 1, "approved"),
        submitted("campaign", 1, "c-1"),
        decided("campaign", 1, "approved"),
    ]
}

fn replaced(facts: &Facts, change: impl FnOnce(&mut Value)) -> Result<Vec<Fact>, Vec<Refusal>> {
    replace_campaign(facts, changed(facts, change))
}

fn new_flow(order: &mut Value) {
    order["campaign"]["messageFlow"] =
        json!("Patients sign another form at the desk of the practice.");
}

#[test]
fn a_campaign_that_was_decided_is_replaced_in_its_next_round() {
    let facts = replaced(&private(&decided_campaign()), new_flow).unwrap();
    let [
        Fact::Amended {
            changed, rounds, ..
        },
        Fact::Replaced { campaign, round },
    ] = &facts[..]
    else {
        panic!("{facts:?}");
    };
    assert_eq!(changed[..], ["/campaign/messageFlow"]);
    assert_eq!((campaign.as_str(), round.get()), ("c-1", 2));
    assert_eq!((rounds[0].step, rounds[0].round), (Step::Campaign, *round));
}

#[test]
fn a_campaign_is_not_replaced_while_its_numbers_move_nor_without_a_change_nor_with_others() {
    let why = |facts: &[Value], change: fn(&mut Value)| {
        let refused = replaced(&private(facts), change).unwrap_err();
        (refused[0].pointer.clone(), refused[0].why)
    };
    let begun = decided_campaign();
    let under_review = &begun[..3];
    assert_eq!(why(under_review, new_flow).1, Locked::NothingToReplace);
    assert_eq!(why(&begun[..2], new_flow).1, Locked::NothingToReplace);
    let moving = and(&begun, &[submitted("numbers", 1, "n")]);
    assert_eq!(why(&moving, new_flow).1, Locked::UnderReview(Step::Numbers));
    let at_rest = and(&moving, &[decided("numbers", 1, "approved")]);
    assert!(replaced(&private(&at_rest), new_flow).is_ok());
    let ending = and(&begun, &[submitted("end_replaced", 1, "c-0")]);
    assert_eq!(why(&ending, new_flow).1, Locked::UnderReview(Step::Numbers));
    assert_eq!(why(&begun, |_| {}).1, Locked::Unchanged);
    let with_brand = |order: &mut Value| {
        new_flow(order);
        order["brand"]["city"] = json!("Tacoma");
    };
    assert_eq!(
        why(&begun, with_brand),
        ("/brand/city".to_owned(), Locked::Elsewhere)
    );
    let adopted = |order: &mut Value| order["campaign"] = json!({"registryId": "C-1"});
    assert_eq!(why(&begun, adopted).1, Locked::NothingToReplace);
    let cancelled = and(&begun, &[json!({"fact": "cancelled", "keep_brand": true})]);
    assert_eq!(why(&cancelled, new_flow).1, Locked::Cancelled);
}

#[test]
fn why_something_is_locked_has_one_word() {
    for (why, name) in [
        (Locked::Unchanged, "unchanged"),
        (Locked::Cancelled, "cancelled"),
        (Locked::UnderReview(Step::Brand), "under_review"),
        (Locked::Approved(Step::Brand), "approved"),
        (Locked::Identity, "identity"),
        (Locked::NotRetroactive, "not_retroactive"),
        (Locked::Swapped(Step::Brand), "swapped"),
        (Locked::NotAmendable(Step::Brand), "not_amendable"),
        (Locked::NothingToReplace, "nothing_to_replace"),
        (Locked::Elsewhere, "elsewhere"),
    ] {
        assert_eq!(why.name(), name);
    }
}

#[test]
fn a_correction_to_fill_in_has_what_the_reasons_name_as_it_is_now() {
    let refused = |fields: &[&str]| {
        json!({"fact": "verdict_reached", "step": "brand", "round": 1, "verdict": {"verdict":
            "rejected", "reasons": [{"code": "c", "description": "d", "fields": fields}]}})
    };
    let to_fill_in = |facts: &[Value]| template(&private(facts), Step::Brand);
    assert_eq!(to_fill_in(&[]), None);
    assert_eq!(to_fill_in(&[refused(&["a registry's own"])]), None);
    assert_eq!(
        to_fill_in(&[refused(&["/brand/city", "/brand/stockSymbol"])]),
        Some(json!({"brand": {"city": "Seattle", "stockSymbol": null}}))
    );
    let number = after("number_registered", &[decided("number", 1, "rejected")]);
    let template = template(&number, Step::Number).unwrap();
    assert!(
        template["number"].as_str().unwrap().starts_with('+'),
        "{template}"
    );
}

#[test]
fn an_amended_order_is_the_one_that_is_known_from_then_on() {
    let before = private(&[]);
    let new = changed(&before, |order| order["brand"]["city"] = json!("Tacoma"));
    let amended = json!({"fact": "amended", "order": new, "changed": ["/brand/city"]});
    let facts = private(&[amended]);
    assert!(matches!(facts.subject(), Subject::Business { order } if **order == new));
    assert_ne!(changed(&before, |_| {}), new);
    assert_eq!(facts.seq(), 2);
}

/// The order with a vetting of its own.
fn with_vetting() -> Facts {
    let order = changed(&private(&[]), |order| {
        order["vetting"] = json!({"evpId": "AEGIS", "vettingClass": "STANDARD"});
    });
    private(&[
        json!({"fact": "amended", "order": order, "changed": ["/vetting"]}),
        submitted("brand", 1, "b-1"),
        decided("brand", 1, "approved"),
    ])
}

#[test]
fn a_vetting_that_the_order_names_comes_before_the_campaign_and_is_not_asked_for_again() {
    let facts = with_vetting();
    assert_eq!(pending(&facts).step, Step::Vetting);
    let usecase = serde_json::from_value(json!("MIXED")).unwrap();
    let refusing = [Qualification {
        carrier: "T-Mobile".to_owned(),
        qualifies: false,
    }];
    let said = before_campaign(&facts, &usecase, &refusing, None);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(matches!(said[0], Fact::VettingNeeded { .. }));
}

#[test]
fn the_fees_of_an_order_are_those_of_its_new_parts() {
    let fees = |facts: &Facts, change: fn(&mut Value)| {
        let fees = changed(facts, change).expected_fees().into_iter();
        fees.map(|(step, cents)| (step, Some(cents)))
            .collect::<Vec<_>>()
    };
    let fee = |step: Step| (step, step.fee());
    let (brand, vetting, campaign) = (fee(Step::Brand), fee(Step::Vetting), fee(Step::Campaign));
    assert_eq!(fees(&private(&[]), |_| {}), [brand, campaign]);
    assert_eq!(fees(&with_vetting(), |_| {}), [brand, vetting, campaign]);
    let adopted = |order: &mut Value| order["brand"] = json!({"registryId": "B-1"});
    assert_eq!(fees(&private(&[]), adopted), [campaign]);
}

#[test]
fn every_step_is_run_by_a_function_and_each_function_is_named_once() {
    assert_eq!(
        Step::functions(),
        [
            "register-brand",
            "vet-brand",
            "register-campaign",
            "assign-numbers",
            "offboard"
        ]
    );
    for step in Step::ALL {
        assert!(Step::functions().contains(&step.function()), "{step}");
        let amended = matches!(step, Step::Brand | Step::Campaign);
        assert_eq!(step.is_amended(), amended, "{step}");
    }
}

#[test]
fn what_was_told_before_any_fee_is_listed_with_commas() {
    let found = |rule: &str| json!({"rule": rule, "pointer": "/brand/ein", "weight": "error"});
    let told = |findings: &[Value]| {
        let fact = json!({"fact": "preflight_told", "findings": findings});
        serde_json::from_value::<Fact>(fact).unwrap().to_string()
    };
    let one = told(&[found("a")]);
    assert_eq!(one, "told before any fee: a at /brand/ein");
    assert_eq!(
        told(&[found("a"), found("b")]),
        format!("{one}, b at /brand/ein")
    );
}

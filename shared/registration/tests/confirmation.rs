//! A public company confirms its brand by an e-mail: what the sequence waits for, what
//! time brings, and what may be changed meanwhile.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use jiff::Timestamp;
use registration::amendment::{Amendable, Locked, amend_order};
use registration::event::{StepRound, VERSION};
use registration::patience::{Patience, later};
use registration::sequence::{self, Pending, Waits};
use registration::waiting::{Counts, Waiting};
use registration::{
    AccountId, Actor, Event, Fact, Facts, Failure, MustAct, Order, Reason, Reference,
    RegistrationId, RegistryId, Round, Status, Step, TraceId, Verdict,
};
use serde_json::{Value, json};

const NORTHWIND: &str = include_str!("../../../tests/orders/northwind-outfitters.json");

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

const AMENDABLE: Amendable = Amendable {
    brand: &["businessContactEmail", "city"],
    campaign: &[],
};

fn day(days: u32) -> Timestamp {
    let start = Timestamp::from_second(1_800_000_000).unwrap();
    later(start, DAY * days)
}

fn round(number: u32) -> Round {
    (1..number).fold(Round::FIRST, |round, _| round.next())
}

fn document() -> Value {
    serde_json::from_str(NORTHWIND).unwrap()
}

fn read(document: &Value) -> Order {
    Order::read(document).unwrap()
}

/// The order of a public company, and these facts after it, each on its day.
fn facts(after: Vec<(u32, Fact)>) -> Facts {
    of(read(&document()), after)
}

fn of(order: Order, after: Vec<(u32, Fact)>) -> Facts {
    let received = Fact::Received {
        account: AccountId::parse("acme").unwrap(),
        order: Box::new(order),
    };
    let history = [vec![(0, received)], after].concat();
    let events: Vec<_> = (1..)
        .zip(history)
        .map(|(seq, (days, fact))| Event {
            seq,
            time: day(days),
            actor: Actor::operator("kim"),
            version: VERSION,
            trace: TraceId::new(1),
            facts: vec![fact],
        })
        .collect();
    Facts::fold(&events).unwrap()
}

fn submitted(step: Step, number: u32, id: &str) -> Fact {
    Fact::Submitted {
        step,
        round: round(number),
        registry_id: RegistryId::new(id),
        found: false,
        response: Value::Null,
    }
}

/// The registry has the brand.
fn brand() -> (u32, Fact) {
    (0, submitted(Step::Brand, 1, "b-1"))
}

fn reached(step: Step, number: u32, verdict: Verdict) -> Fact {
    Fact::VerdictReached {
        step,
        round: round(number),
        verdict,
    }
}

fn asked(number: u32) -> Fact {
    Fact::Retried {
        step: Step::Confirmation,
        round: round(number),
    }
}

fn intended(number: u32) -> Fact {
    let (step, round) = (Step::Confirmation, round(number));
    Fact::Intended {
        step,
        round,
        attempt: 1,
        reference: Reference::of(&RegistrationId::new(1, 1), step, round),
        request: Value::Null,
        lease_until: day(60),
    }
}

fn rejected(code: &str) -> Verdict {
    Verdict::Rejected {
        reasons: vec![Reason {
            code: code.to_owned(),
            description: String::new(),
            fields: Vec::new(),
        }],
    }
}

fn pending(facts: &Facts) -> Pending {
    sequence::evaluate(facts).unwrap_err()
}

/// Link and whole, in days from the order on.
fn waits(facts: &Facts) -> (Option<Timestamp>, Timestamp) {
    let Pending {
        step: Step::Confirmation,
        waits: Waits::Confirmation {
            link_until, until, ..
        },
        ..
    } = pending(facts)
    else {
        panic!("{:?}", pending(facts));
    };
    assert_eq!(Status::of(facts), Status::AwaitingConfirmation);
    (link_until, until)
}

#[test]
fn once_the_registry_has_the_brand_the_link_is_awaited_by_the_account() {
    let facts = facts(vec![brand()]);
    assert_eq!(waits(&facts), (Some(day(7)), day(30)));
    let status = Status::of(&facts);
    assert_eq!(
        MustAct::of(status, Some(Step::Confirmation), false),
        MustAct::Account
    );
    assert!(facts.fees().iter().all(|fee| fee.step == Step::Brand));
}

#[test]
fn of_the_address_its_domain_alone_is_told_with_both_times_and_what_to_do() {
    let facts = facts(vec![brand()]);
    let waiting = Waiting::of(&pending(&facts), &facts, Counts::default());
    let told = format!("{waiting:?}");
    assert!(
        !told.contains("legal@") && !told.contains("legal"),
        "{told}"
    );
    assert_eq!(waiting.what, "confirmation");
    assert_eq!(waiting.until, Some(day(30)));
    let mail = waiting.mail.unwrap();
    assert_eq!(mail.domain, "northwindoutfitters.example.com");
    assert_eq!(mail.link_until, Some(day(7)));
    assert!(mail.advice.contains("/brand/businessContactEmail"));
}

#[test]
fn no_other_company_and_no_brand_that_is_there_already_waits_for_a_link() {
    let mut private = document();
    private["brand"]["entityType"] = json!("PRIVATE_PROFIT");
    for field in ["stockSymbol", "stockExchange"] {
        private["brand"].as_object_mut().unwrap().remove(field);
    }
    let facts = of(read(&private), vec![brand()]);
    assert_eq!(Status::of(&facts), Status::InReview);
    let mut adopted = document();
    adopted["brand"] = json!({"registryId": "b-1"});
    let facts = of(read(&adopted), vec![brand()]);
    assert_eq!(Status::of(&facts), Status::InReview);
}

#[test]
fn a_brand_that_is_verified_counts_as_confirmed_though_nothing_else_says_so() {
    let approved = (1, reached(Step::Brand, 1, Verdict::Approved));
    let before = vec![brand(), approved];
    let facts = facts(before.clone());
    assert_eq!(pending(&facts).step, Step::Campaign);
    // Of a history from before this step nothing is sent anew, wherever it stands.
    let suspended = Verdict::Suspended { reasons: vec![] };
    let campaign = (2, submitted(Step::Campaign, 1, "c-1"));
    let later = [
        before,
        vec![campaign, (3, reached(Step::Brand, 1, suspended))],
    ]
    .concat();
    let facts = self::facts(later);
    assert_eq!(pending(&facts).step, Step::Brand);
}

#[test]
fn a_brand_that_is_refused_for_its_data_is_to_be_corrected_and_not_confirmed() {
    let facts = facts(vec![
        brand(),
        (1, reached(Step::Brand, 1, rejected("TAX_ID"))),
    ]);
    assert_eq!(pending(&facts).step, Step::Brand);
    assert_eq!(Status::of(&facts), Status::Rejected);
}

#[test]
fn a_link_expires_after_7_days_and_the_registry_is_read_on_to_the_last_of_30() {
    let patience = Patience::default();
    let facts = facts(vec![brand()]);
    assert_eq!(patience.passed(&facts, day(7) - Duration::from_secs(1)), []);
    let expired = reached(Step::Confirmation, 1, Verdict::Expired);
    let passed = patience.passed(&facts, day(7));
    assert_eq!(passed, std::slice::from_ref(&expired));
    let facts = self::facts(vec![brand(), (7, expired)]);
    assert_eq!(waits(&facts), (None, day(30)));
    assert_eq!(patience.passed(&facts, day(29)), []);
    for days in 7..30 {
        let due = patience.due(&facts, day(days)).unwrap();
        assert!(
            due.by_plan && due.at <= day(days + 1) && due.at <= day(30),
            "{due:?}"
        );
    }
    assert!(
        patience.due(&facts, day(30)).unwrap().at > day(30),
        "and then as before"
    );
}

#[test]
fn another_e_mail_is_a_submission_of_its_own_without_a_fee_and_its_link_lives_7_days_more() {
    let asked = vec![brand(), (3, asked(2))];
    let facts = facts(asked.clone());
    assert_eq!(
        pending(&facts),
        Pending {
            step: Step::Confirmation,
            round: round(2),
            waits: Waits::Submission
        }
    );
    let intended = [asked, vec![(3, intended(2))]].concat();
    let facts = self::facts(intended.clone());
    assert!(matches!(pending(&facts).waits, Waits::Outcome { .. }));
    assert_eq!(facts.next_confirmation(), None, "one is on its way");
    let sent = [intended, vec![(4, submitted(Step::Confirmation, 2, "b-1"))]].concat();
    let facts = self::facts(sent);
    assert_eq!(
        waits(&facts),
        (Some(day(11)), day(30)),
        "of the brand's own age"
    );
    assert_eq!(facts.next_confirmation(), Some(round(3)));
    assert!(facts.fees().iter().all(|fee| fee.step == Step::Brand));
}

#[test]
fn an_e_mail_that_is_refused_leaves_the_link_before_it_as_it_was() {
    let facts = facts(vec![
        brand(),
        (3, asked(2)),
        (3, intended(2)),
        (3, reached(Step::Confirmation, 2, rejected("90020"))),
    ]);
    assert_eq!(waits(&facts), (Some(day(7)), day(30)));
    assert_eq!(facts.last_error(), Some("90020"));
    assert_eq!(facts.next_confirmation(), Some(round(3)));
}

#[test]
fn what_a_person_lets_run_again_is_the_e_mail_that_was_asked_for_or_none() {
    let parked = |number| Fact::Parked {
        step: Step::Confirmation,
        round: round(number),
        reason: "look there".to_owned(),
    };
    let looked_in_vain = vec![brand(), (3, parked(1)), (4, asked(1))];
    assert_eq!(waits(&facts(looked_in_vain)).0, Some(day(7)));
    let failed = Fact::AttemptFailed {
        step: Step::Confirmation,
        round: round(2),
        attempt: 1,
        failure: Failure::Refused,
        error: String::new(),
        retry_at: day(3),
    };
    let in_vain = vec![
        brand(),
        (3, asked(2)),
        (3, failed),
        (3, parked(2)),
        (4, asked(2)),
    ];
    assert_eq!(pending(&facts(in_vain)).waits, Waits::Submission);
}

/// The order with another address, and what may be said against that.
fn corrected(facts: &Facts) -> Result<Fact, Vec<Locked>> {
    let mut document = document();
    document["brand"]["businessContactEmail"] = json!("ir@northwindoutfitters.example.com");
    let fact = amend_order(facts, read(&document), None, AMENDABLE);
    fact.map_err(|refusals| refusals.into_iter().map(|refusal| refusal.why).collect())
}

fn rounds(fact: &Fact) -> Vec<StepRound> {
    let Fact::Amended { rounds, .. } = fact else {
        panic!("{fact:?}");
    };
    rounds.clone()
}

#[test]
fn a_corrected_address_is_sent_an_e_mail_and_the_brand_costs_nothing_more() {
    let fact = corrected(&facts(vec![brand()])).unwrap();
    let (step, number) = (Step::Confirmation, round(2));
    assert_eq!(
        rounds(&fact),
        [StepRound {
            step,
            round: number
        }]
    );
    let facts = facts(vec![brand(), (3, fact.clone())]);
    assert_eq!(pending(&facts).waits, Waits::Submission);
    assert!(facts.address_is_corrected());
    let refused = reached(step, 2, rejected("10019"));
    let refused = self::facts(vec![brand(), (3, fact.clone()), (3, refused)]);
    assert_eq!(
        Status::of(&refused),
        Status::Rejected,
        "it has an older one"
    );
    let sent = submitted(step, 2, "b-1");
    let facts = self::facts(vec![brand(), (3, fact), (4, sent)]);
    assert!(!facts.address_is_corrected());
    assert_eq!(waits(&facts), (Some(day(11)), day(30)));
}

#[test]
fn nothing_but_the_address_is_changed_while_the_link_is_awaited() {
    let mut document = document();
    document["brand"]["businessContactEmail"] = json!("ir@northwindoutfitters.example.com");
    document["brand"]["city"] = json!("Boulder");
    let facts = facts(vec![brand()]);
    let refused = amend_order(&facts, read(&document), None, AMENDABLE).unwrap_err();
    let whys: Vec<_> = refused.into_iter().map(|refusal| refusal.why).collect();
    assert_eq!(whys, [Locked::UnderReview(Step::Brand); 2]);
    let on_its_way = self::facts(vec![brand(), (3, asked(2)), (3, intended(2))]);
    assert_eq!(
        corrected(&on_its_way),
        Err(vec![Locked::UnderReview(Step::Brand)])
    );
}

#[test]
fn an_address_that_is_corrected_with_a_refused_brand_is_sent_an_e_mail_after_it() {
    let refused = vec![brand(), (1, reached(Step::Brand, 1, rejected("OTHERS")))];
    let fact = corrected(&facts(refused.clone())).unwrap();
    assert_eq!(rounds(&fact)[0].step, Step::Brand);
    let again = [
        refused,
        vec![(2, fact), (3, submitted(Step::Brand, 2, "b-1"))],
    ]
    .concat();
    let facts = facts(again.clone());
    assert_eq!(pending(&facts).waits, Waits::Submission);
    assert_eq!(pending(&facts).step, Step::Confirmation);
    assert!(!facts.address_is_corrected(), "the registry has it");
    let sent = submitted(Step::Confirmation, 2, "b-1");
    let facts = self::facts([again.clone(), vec![(4, sent)]].concat());
    assert_eq!(waits(&facts), (Some(day(11)), day(30)));
    let approved = reached(Step::Brand, 2, Verdict::Approved);
    let facts = self::facts([again, vec![(3, approved)]].concat());
    assert_eq!(
        pending(&facts).step,
        Step::Campaign,
        "it was confirmed before"
    );
}

#[test]
fn a_brand_that_nobody_confirmed_is_over_and_its_next_round_begins_with_another_e_mail() {
    let over = vec![
        brand(),
        (3, asked(2)),
        (3, submitted(Step::Confirmation, 2, "b-1")),
        (10, reached(Step::Confirmation, 2, Verdict::Expired)),
        (30, reached(Step::Brand, 1, Verdict::Expired)),
    ];
    let facts = facts(over.clone());
    assert_eq!(Status::of(&facts), Status::Expired);
    let Waits::Person { reason } = pending(&facts).waits else {
        panic!("{:?}", pending(&facts));
    };
    assert!(reason.contains("within 30 days"), "{reason}");
    let fact = corrected(&facts).unwrap();
    let (step, number) = (Step::Brand, round(2));
    assert_eq!(
        rounds(&fact),
        [StepRound {
            step,
            round: number
        }]
    );
    let again = [over, vec![(31, fact), (31, submitted(step, 2, "b-2"))]].concat();
    let facts = self::facts(again.clone());
    assert_eq!(facts.registry_id(step), Some(&RegistryId::new("b-2")));
    assert_eq!(waits(&facts), (Some(day(38)), day(61)));
    assert_eq!(
        pending(&facts).round,
        round(3),
        "no e-mail is asked for by that"
    );
    // A worker that was thought dead reports late.
    let late = [again, vec![(32, submitted(Step::Confirmation, 2, "b-1"))]].concat();
    assert_eq!(waits(&self::facts(late)), (Some(day(38)), day(61)));
}

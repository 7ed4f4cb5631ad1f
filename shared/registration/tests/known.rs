//! What every fact changes of what is known: each once, and each only there.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod histories;

use std::slice::from_ref;

use histories::{fold, followed_by, stored};
use registration::event::Warning;
use registration::facts::{Facts, NumberEnd, Stands, Subject};
use registration::sequence::{Completion, Step, Waits, evaluate};
use registration::{AccountId, RegistryId};
use serde_json::{Value, json};

const THERE: &str = "reg_01mcc5rm004s5sqyrch56msnc9-0001";
const THERE_TOO: &str = "reg_01mcc5rm004s5sqyrch56msnc9-0002";

/// An order of two numbers of which nothing is sent yet, and then these facts.
fn order(facts: &[Value]) -> Facts {
    fold(&followed_by(stored("registered")[..1].to_vec(), facts))
}

/// A number of which nothing is sent yet, and then these facts.
fn number(facts: &[Value]) -> Facts {
    fold(&followed_by(
        stored("number_registered")[..1].to_vec(),
        facts,
    ))
}

fn intended(step: &str) -> Value {
    json!({"fact": "intended", "step": step, "round": 1, "attempt": 1, "reference": "r",
           "request": {}, "lease_until": "2027-01-15T08:01:00Z"})
}

fn submitted(step: &str, round: u32) -> Value {
    json!({"fact": "submitted", "step": step, "round": round, "registry_id": format!("{step}-{round}"),
           "found": false, "response": {}})
}

fn decided(step: &str, round: u32, verdict: &str) -> Value {
    json!({"fact": "verdict_reached", "step": step, "round": round,
           "verdict": {"verdict": verdict, "reasons": [], "approved": 1, "refused": 1}})
}

fn failed(step: &str, failure: &str) -> Value {
    json!({"fact": "attempt_failed", "step": step, "round": 1, "attempt": 1, "failure": failure,
           "error": "why", "retry_at": "2027-01-15T08:02:00Z"})
}

fn elsewhere(campaign: &str) -> Value {
    json!({"fact": "found_elsewhere", "round": 1, "campaign": campaign})
}

fn cancelled(keep_brand: bool) -> Value {
    json!({"fact": "cancelled", "keep_brand": keep_brand})
}

fn waits_at(facts: &Facts) -> Option<Step> {
    evaluate(facts).err().map(|pending| pending.step)
}

#[test]
fn a_number_may_be_moved_as_far_as_anybody_ever_allowed() {
    let allowed = |any: &[bool]| {
        let facts: Vec<_> = any
            .iter()
            .map(|any| json!({"fact": "move_allowed", "any_account": any}))
            .collect();
        number(&facts).move_allowed()
    };
    assert_eq!(allowed(&[]), None);
    assert_eq!(allowed(&[false]), Some(false));
    assert_eq!(allowed(&[true]), Some(true));
    assert_eq!(allowed(&[true, false]), Some(true));
    assert_eq!(allowed(&[false, true]), Some(true));
}

#[test]
fn a_number_that_moved_away_is_cancelled_by_itself_and_leaves_nothing_to_withdraw() {
    let begun = [submitted("number", 1), decided("number", 1, "approved")];
    let there = number(&begun);
    assert_eq!((there.moved_to(), there.cancelled()), (None, false));
    let moved = json!({"fact": "moved_away", "to": THERE});
    let facts = number(&[&begun[..], &[moved]].concat());
    assert_eq!(facts.moved_to().unwrap().to_string(), THERE);
    assert!(facts.cancelled() && facts.cancelled_alone() && !facts.cancelled_with_order());
    assert_eq!(evaluate(&facts), Ok(Completion::Withdrawn));
}

#[test]
fn a_number_is_counted_once_among_those_that_others_have_taken() {
    let moved = |number: &str| json!({"fact": "number_moved", "number": number, "to": THERE});
    assert_eq!(order(&[]).moved_numbers(), 0);
    let facts = order(&[moved(THERE), moved(THERE_TOO), moved(THERE)]);
    assert_eq!(facts.moved_numbers(), 2);
    let ids: Vec<_> = facts.moved().iter().map(ToString::to_string).collect();
    assert_eq!(ids, [THERE, THERE_TOO]);
}

#[test]
fn a_number_that_is_found_elsewhere_again_is_taken_off_again() {
    assert_eq!(number(&[]).elsewhere(), None);
    let once = number(&[elsewhere("c-1")]);
    assert_eq!(once.elsewhere().unwrap().times, 1);
    assert_eq!(once.step(Step::Detach).round.get(), 1);
    assert_eq!(waits_at(&once), Some(Step::Detach));
    // Nothing was done about the first time.
    let twice = number(&[elsewhere("c-1"), elsewhere("c-2")]);
    assert_eq!(twice.step(Step::Detach).round.get(), 1);
    let detached = [
        elsewhere("c-1"),
        submitted("detach", 1),
        decided("detach", 1, "approved"),
        elsewhere("c-2"),
        elsewhere("c-3"),
    ];
    let again = number(&detached);
    let found = again.elsewhere().unwrap();
    assert_eq!((found.campaign.as_str(), found.times), ("c-3", 3));
    assert_eq!(again.step(Step::Detach).round.get(), 2);
}

#[test]
fn a_number_that_was_taken_off_is_held_and_a_repetition_after_that_waits_for_its_own_time() {
    let detached = [
        elsewhere("c-1"),
        submitted("detach", 1),
        decided("detach", 1, "approved"),
    ];
    let with = |more: &[Value]| {
        evaluate(&number(&[&detached, more].concat()))
            .unwrap_err()
            .waits
    };
    let since = "2027-01-15T08:00:00Z".parse::<jiff::Timestamp>().unwrap();
    let held = since + jiff::SignedDuration::from_hours(24);
    assert_eq!(with(&[]), Waits::Rule { until: held });
    let failed_until = |retry_at: &str| {
        let mut failed = failed("number", "refused");
        failed["retry_at"] = json!(retry_at);
        with(&[failed])
    };
    assert_eq!(
        failed_until("2027-01-15T09:00:00Z"),
        Waits::Rule { until: held }
    );
    let late = "2027-01-16T09:00:00Z";
    for at in [held.to_string(), late.to_owned()] {
        assert_eq!(
            failed_until(&at),
            Waits::Retry {
                at: at.parse().unwrap()
            }
        );
    }
}

#[test]
fn a_number_of_a_replaced_campaign_goes_into_its_next_round_and_comes_off_the_old_one() {
    let reassigned = json!({"fact": "reassigned", "campaign": "new"});
    let begun = [submitted("number", 1), decided("number", 1, "approved")];
    let there = number(&begun);
    assert_eq!(there.number_end(), Some(NumberEnd::Assigned));
    let Subject::Number { campaign: old, .. } = there.subject().clone() else {
        panic!("a number");
    };
    let facts = number(&[&begun[..], from_ref(&reassigned)].concat());
    assert!(
        matches!(facts.subject(), Subject::Number { campaign, .. } if campaign.as_str() == "new")
    );
    assert_eq!(facts.elsewhere().map(|found| &found.campaign), Some(&old));
    let known = facts.step(Step::Number);
    assert_eq!((known.round.get(), known.registry_id), (2, None));
    assert_eq!(facts.number_end(), None);
    // One that was never on the old one need not come off it.
    let refused = [submitted("number", 1), decided("number", 1, "rejected")];
    assert_eq!(number(&refused).number_end(), Some(NumberEnd::Refused));
    let facts = number(&[&refused[..], &[elsewhere("c-1"), reassigned]].concat());
    assert_eq!((facts.elsewhere(), facts.number_end()), (None, None));
}

#[test]
fn only_the_end_of_a_numbers_own_step_is_how_it_ended_and_the_first_counts() {
    let end = |facts: &[Value]| number(facts).number_end();
    assert_eq!(end(&[decided("detach", 1, "approved")]), None);
    assert_eq!(end(&[decided("number", 1, "suspended")]), None);
    let refused = decided("number", 1, "rejected");
    let approved = decided("number", 2, "approved");
    assert_eq!(end(&[refused, approved]), Some(NumberEnd::Refused));
    assert_eq!(
        order(&[decided("number", 1, "approved")]).number_end(),
        None
    );
}

#[test]
fn another_number_in_the_place_of_a_refused_one_is_on_no_campaign_yet() {
    let amended = json!({"fact": "amended", "number": "+12065550199", "changed": ["/number"],
                         "rounds": [{"step": "number", "round": 2}]});
    let facts = number(&[elsewhere("c-1"), decided("number", 1, "rejected"), amended]);
    assert!(
        matches!(facts.subject(), Subject::Number { number, .. } if number.as_str() == "+12065550199")
    );
    assert_eq!(facts.elsewhere(), None);
    assert_eq!(facts.step(Step::Number).round.get(), 2);
}

#[test]
fn a_brand_is_shared_with_whom_it_was_said_and_nobody_else() {
    let facts = order(&[json!({"fact": "shared", "with": "other"})]);
    let account = |name: &str| AccountId::parse(name).unwrap();
    assert!(facts.is_shared_with(&account("other")) && !facts.is_shared_with(&account("third")));
    let facts = order(&[json!({"fact": "shared_here", "brand": "b-1"})]);
    let has = |id: &str| facts.has_shared(&RegistryId::new(id));
    assert!(has("b-1") && !has("b-2"));
}

#[test]
fn what_is_overdue_is_so_in_its_step_and_round() {
    let overdue = json!({"fact": "overdue", "step": "brand", "round": 1, "days": 30});
    let facts = order(&[submitted("brand", 1), overdue.clone()]);
    assert!(facts.is_overdue(Step::Brand) && !facts.is_overdue(Step::Campaign));
    let next = order(&[submitted("brand", 1), overdue, submitted("brand", 2)]);
    assert!(!next.is_overdue(Step::Brand));
}

#[test]
fn a_warning_stands_while_there_are_no_numbers_and_nothing_is_withdrawn() {
    let warned = json!({"fact": "warned", "warning": "campaign_without_numbers"});
    let warning = |more: &[Value]| order(&[from_ref(&warned), more].concat()).warning();
    let there = Some(Warning::CampaignWithoutNumbers);
    assert_eq!(order(&[]).warning(), None);
    assert_eq!(warning(&[]), there);
    assert_eq!(warning(&[decided("numbers", 1, "rejected")]), there);
    assert_eq!(warning(&[decided("numbers", 1, "approved")]), None);
    assert_eq!(warning(&[decided("numbers", 1, "partly_approved")]), None);
    assert_eq!(warning(&[json!({"fact": "withdrawn"})]), None);
    // The order has two numbers: one is left, then none.
    let moved = |id: &str| json!({"fact": "number_moved", "number": id, "to": THERE});
    let approved = decided("numbers", 1, "approved");
    assert_eq!(warning(&[approved.clone(), moved(THERE)]), None);
    assert_eq!(warning(&[approved, moved(THERE), moved(THERE_TOO)]), there);
    let warning = Warning::CampaignWithoutNumbers;
    assert_eq!(json!(warning), json!(warning.name()));
    assert!(warning.words().contains("$250"), "{}", warning.words());
}

#[test]
fn numbers_that_wait_for_an_operator_are_those_of_the_last_word() {
    let parked = |reason: &str| json!({"fact": "numbers_parked", "reasons": [reason]});
    let resumed = json!({"fact": "numbers_resumed"});
    let has = |facts: &[Value]| {
        (
            order(facts).parked_numbers().to_vec(),
            order(facts).has_parked_numbers(),
        )
    };
    assert_eq!(has(&[]), (vec![], false));
    assert_eq!(
        has(&[parked("a"), parked("b")]),
        (vec!["b".to_owned()], true)
    );
    assert_eq!(has(&[parked("a"), resumed]), (vec![], false));
}

#[test]
fn a_cancelled_order_keeps_its_brand_only_if_that_is_said() {
    let known = |facts: &[Value]| {
        let facts = order(facts);
        (facts.cancelled(), facts.keeps_brand(), facts.withdrawn())
    };
    assert_eq!(known(&[]), (false, false, false));
    assert_eq!(known(&[cancelled(false)]), (true, false, false));
    assert_eq!(known(&[cancelled(true)]), (true, true, false));
    assert_eq!(
        known(&[cancelled(true), json!({"fact": "withdrawn"})]),
        (true, true, true)
    );
}

#[test]
fn a_number_that_was_cancelled_alone_and_then_with_its_order_is_both() {
    let alone = json!({"fact": "cancelled", "keep_brand": true, "alone": true});
    let known = |facts: &[Value]| {
        let facts = number(facts);
        (facts.cancelled_alone(), facts.cancelled_with_order())
    };
    assert_eq!(known(&[]), (false, false));
    assert_eq!(known(from_ref(&alone)), (true, false));
    assert_eq!(known(&[cancelled(true)]), (false, true));
    assert_eq!(known(&[alone.clone(), cancelled(true)]), (true, true));
    assert_eq!(known(&[cancelled(true), alone]), (true, true));
}

/// Numbers, campaign and brand are withdrawn in this order, each once it is known whether the
/// registry has it.
#[test]
fn a_cancelled_order_withdraws_what_the_registry_has_and_first_finds_out_what_that_is() {
    let end = |facts: &[Value]| {
        let facts = order(&[facts, &[cancelled(false)]].concat());
        evaluate(&facts)
            .err()
            .map(|pending| (pending.step, pending.waits))
    };
    let lease_until = "2027-01-15T08:01:00Z".parse().unwrap();
    let at = "2027-01-15T08:02:00Z".parse().unwrap();
    assert_eq!(end(&[]), None);
    assert_eq!(
        end(&[intended("brand")]),
        Some((Step::Brand, Waits::Outcome { lease_until }))
    );
    let lost = [intended("brand"), failed("brand", "in_doubt")];
    assert_eq!(end(&lost), Some((Step::Brand, Waits::Retry { at })));
    // Surely not taken: there is nothing to withdraw.
    assert_eq!(end(&[intended("brand"), failed("brand", "refused")]), None);
    let lost_and_parked = [
        intended("brand"),
        json!({"fact": "parked", "step": "brand", "round": 1, "reason": "why"}),
    ];
    assert_eq!(
        end(&lost_and_parked),
        Some((Step::Brand, Waits::Submission))
    );
    let brand = submitted("brand", 1);
    assert_eq!(
        end(from_ref(&brand)),
        Some((Step::EndBrand, Waits::Submission))
    );
    let campaign = submitted("campaign", 1);
    let both = [brand.clone(), campaign.clone()];
    assert_eq!(end(&both), Some((Step::EndCampaign, Waits::Submission)));
    let numbers = [
        brand,
        campaign,
        intended("numbers"),
        submitted("numbers", 1),
    ];
    assert_eq!(end(&numbers), Some((Step::EndNumbers, Waits::Submission)));
    // Once begun, numbers are withdrawn though none of this round was submitted.
    let again = json!({"fact": "retried", "step": "numbers", "round": 2});
    let refused = decided("numbers", 1, "rejected");
    let begun = [intended("numbers"), refused, again];
    assert_eq!(end(&begun), Some((Step::EndNumbers, Waits::Submission)));
    // What others stand on is left to them.
    let left = json!({"fact": "left", "step": "end_brand"});
    assert_eq!(end(&[submitted("brand", 1), left]), None);
}

#[test]
fn what_a_new_campaign_replaced_is_over_before_its_order_is_registered() {
    let replaced = json!({"fact": "replaced", "campaign": "campaign-1", "round": 2});
    let begun = [
        submitted("brand", 1),
        decided("brand", 1, "approved"),
        submitted("campaign", 1),
        decided("campaign", 1, "approved"),
        submitted("numbers", 1),
        decided("numbers", 1, "approved"),
    ];
    assert_eq!(evaluate(&order(&begun)), Ok(Completion::Whole));
    assert_eq!(order(&begun).replaced_campaign(), None);
    let mut facts = [&begun[..], &[replaced]].concat();
    let now = order(&facts);
    assert_eq!(now.replaced_campaign().unwrap().as_str(), "campaign-1");
    let campaign = now.step(Step::Campaign);
    assert_eq!(
        (
            campaign.round.get(),
            campaign.registry_id,
            campaign.approved_at
        ),
        (2, None, None)
    );
    assert_eq!(now.step(Step::Numbers).round.get(), 2);
    assert_eq!(now.step(Step::EndReplaced).round.get(), 1);
    facts.extend([submitted("campaign", 2), decided("campaign", 2, "approved")]);
    assert_eq!(waits_at(&order(&facts)), Some(Step::Numbers));
    facts.extend([submitted("numbers", 2), decided("numbers", 2, "approved")]);
    assert_eq!(waits_at(&order(&facts)), Some(Step::EndReplaced));
    facts.extend([
        submitted("end_replaced", 1),
        decided("end_replaced", 1, "approved"),
    ]);
    assert_eq!(evaluate(&order(&facts)), Ok(Completion::Whole));
}

#[test]
fn a_step_that_is_held_for_others_is_told_from_one_that_a_rule_forbids_and_is_let_go() {
    let waits = |failure: &str, more: &[Value]| {
        let begun = [
            submitted("brand", 1),
            cancelled(false),
            failed("end_brand", failure),
        ];
        evaluate(&order(&[&begun[..], more].concat()))
            .unwrap_err()
            .waits
    };
    let until = "2027-01-15T08:02:00Z".parse().unwrap();
    assert_eq!(waits("held", &[]), Waits::Rule { until });
    assert_eq!(waits("stood_on", &[]), Waits::Others { until });
    assert_eq!(waits("refused", &[]), Waits::Retry { at: until });
    let released = json!({"fact": "released", "step": "end_brand", "round": 1});
    assert_eq!(waits("stood_on", from_ref(&released)), Waits::Submission);
    // What failed is not let go by it.
    assert_eq!(waits("refused", &[released]), Waits::Retry { at: until });
}

#[test]
fn the_last_error_is_what_went_wrong_and_nothing_that_was_planned() {
    let last = |facts: &[Value]| order(facts).last_error().map(str::to_owned);
    let why = || Some("why".to_owned());
    assert_eq!(last(&[failed("brand", "refused")]), why());
    for planned in ["held", "stood_on"] {
        assert_eq!(
            last(&[failed("brand", "refused"), failed("brand", planned)]),
            None
        );
    }
    for right in [submitted("brand", 1), json!({"fact": "withdrawn"})] {
        assert_eq!(last(&[failed("brand", "refused"), right]), None);
    }
}

#[test]
fn a_later_round_begins_without_what_is_over_at_the_registry_and_with_what_is_not() {
    let round_two = |verdict: &str| {
        let retried = json!({"fact": "retried", "step": "brand", "round": 2});
        order(&[
            submitted("brand", 1),
            decided("brand", 1, "approved"),
            decided("brand", 1, verdict),
            retried,
        ])
        .step(Step::Brand)
    };
    let known = round_two("rejected");
    assert_eq!(known.registry_id.unwrap().as_str(), "brand-1");
    assert!(known.approved_at.is_some());
    assert_eq!((known.stands, known.round.get()), (Stands::Untried, 2));
    assert_eq!(round_two("expired").registry_id, None);
}

#[test]
fn an_intention_over_an_intention_leaves_the_first_in_doubt_and_a_first_one_nothing() {
    let doubt = |facts: &[Value]| order(facts).step(Step::Brand).in_doubt;
    assert!(!doubt(&[intended("brand")]));
    assert!(doubt(&[intended("brand"), intended("brand")]));
    let lost = [
        intended("brand"),
        failed("brand", "in_doubt"),
        intended("brand"),
    ];
    assert!(doubt(&lost), "a doubt stays until it is settled");
    let refused = [
        intended("brand"),
        failed("brand", "refused"),
        intended("brand"),
    ];
    assert!(!doubt(&refused));
}

#[test]
fn rounds_are_paid_for_once_each() {
    let paid = |facts: &[Value]| order(facts).step(Step::Brand).paid_rounds();
    assert_eq!(paid(&[]), 0);
    let mut second = intended("brand");
    second["round"] = json!(2);
    let facts = [
        intended("brand"),
        submitted("brand", 1),
        decided("brand", 1, "rejected"),
        second,
        submitted("brand", 2),
    ];
    assert_eq!(paid(&facts[..2]), 1);
    assert_eq!(paid(&facts), 2);
}

#[test]
fn webhooks_of_unknown_types_are_counted() {
    let webhook = json!({"fact": "unknown_webhook", "event_type": "x", "body": {}});
    let counted = |count: usize| order(&vec![webhook.clone(); count]).unknown_webhooks();
    assert_eq!([0, 1, 2].map(counted), [0, 1, 2]);
}

#[test]
fn numbers_are_begun_by_the_first_intention_and_by_no_other_steps() {
    assert!(!order(&[intended("brand")]).numbers_opened());
    assert!(order(&[intended("numbers"), intended("campaign")]).numbers_opened());
}

#[test]
fn an_appeal_is_for_the_campaign_as_it_was() {
    let amended = |changed: &str| {
        let fact = json!({"fact": "amended", "changed": [changed], "appeal": "it is all there",
                          "rounds": [{"step": "campaign", "round": 2}]});
        order(&[decided("campaign", 1, "rejected"), fact])
            .appeal()
            .map(str::to_owned)
    };
    assert_eq!(
        amended("/brand/website").as_deref(),
        Some("it is all there")
    );
    assert_eq!(amended("/campaign/description"), None);
    assert_eq!(order(&[]).appeal(), None);
}

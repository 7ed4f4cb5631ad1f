//! What may be changed when, and what a refusal says: a row for each standing that
//! a part of an order can have.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod histories;

use histories::{fold, followed_by, stored};
use registration::amendment::{Amendable, Locked, Refusal, amend_number, amend_order};
use registration::event::StepRound;
use registration::facts::Subject;
use registration::order::PhoneNumber;
use registration::{Fact, Facts, Order, Round, Step};
use serde_json::{Value, json};

/// What a golden history begins with, and these facts after it.
fn facts(golden: &str, after: &[Value]) -> Facts {
    let mut history = stored(golden);
    history.truncate(1);
    fold(&followed_by(history, after))
}

fn ordered(after: &[Value]) -> Facts {
    facts("registered", after)
}

fn intended(step: &str) -> Value {
    json!({
        "fact": "intended", "step": step, "round": 1, "attempt": 1, "reference": "r",
        "request": null, "lease_until": "2027-01-15T08:01:00Z",
    })
}

fn submitted(step: &str) -> Value {
    json!({
        "fact": "submitted", "step": step, "round": 1, "registry_id": step, "found": false,
        "response": null,
    })
}

fn verdict(step: &str, verdict: &str) -> Value {
    let mut said = json!({ "verdict": verdict });
    if ["rejected", "suspended"].contains(&verdict) {
        said["reasons"] = json!([]);
    }
    json!({ "fact": "verdict_reached", "step": step, "round": 1, "verdict": said })
}

fn failed(step: &str, failure: &str) -> Value {
    json!({
        "fact": "attempt_failed", "step": step, "round": 1, "attempt": 1, "failure": failure,
        "error": "", "retry_at": "2027-01-15T08:01:00Z",
    })
}

fn parked(step: &str) -> Value {
    json!({ "fact": "parked", "step": step, "round": 1, "reason": "" })
}

/// A step that is approved.
fn approved(step: &str) -> Vec<Value> {
    vec![submitted(step), verdict(step, "approved")]
}

/// What such a registry changes of what it has.
const ALL: Amendable = Amendable {
    brand: &[
        "city",
        "ein",
        "companyName",
        "displayName",
        "entityType",
        "phone",
        "email",
        "website",
    ],
    campaign: &["messageFlow", "samples"],
};

/// The order of these facts with another value at one place.
fn with(facts: &Facts, pointer: &str, value: Value) -> Order {
    let Subject::Business { order } = facts.subject() else {
        panic!("no order");
    };
    let mut document = serde_json::to_value(order).unwrap();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    document.pointer_mut(parent).unwrap()[name] = value;
    serde_json::from_value(document).unwrap()
}

fn change(facts: &Facts, pointer: &str, value: Value) -> Result<Vec<StepRound>, Vec<Refusal>> {
    match amend_order(facts, with(facts, pointer, value), None, ALL)? {
        Fact::Amended { rounds, .. } => Ok(rounds),
        other => panic!("{other:?}"),
    }
}

fn free() -> Result<Vec<StepRound>, Vec<Refusal>> {
    Ok(Vec::new())
}

fn next_round(step: Step) -> Result<Vec<StepRound>, Vec<Refusal>> {
    let round = Round::FIRST.next();
    Ok(vec![StepRound { step, round }])
}

fn refused(pointer: &str, why: Locked) -> Result<Vec<StepRound>, Vec<Refusal>> {
    let pointer = pointer.to_owned();
    Err(vec![Refusal { pointer, why }])
}

fn city() -> (&'static str, Value) {
    ("/brand/city", json!("Tacoma"))
}

fn ein() -> (&'static str, Value) {
    ("/brand/ein", json!("840009999"))
}

fn flow() -> (&'static str, Value) {
    let flow = "People sign up on the web site and tick a box to agree to be texted.";
    ("/campaign/messageFlow", json!(flow))
}

fn vetter() -> (&'static str, Value) {
    (
        "/vetting",
        json!({"evpId": "AEGIS", "vettingClass": "STANDARD"}),
    )
}

#[test]
fn what_was_not_sent_yet_is_changed_freely() {
    for (pointer, value) in [city(), ein(), flow(), vetter()] {
        assert_eq!(change(&ordered(&[]), pointer, value), free(), "{pointer}");
    }
    let facts = ordered(&approved("brand"));
    let (pointer, value) = flow();
    assert_eq!(change(&facts, pointer, value), free());
}

#[test]
fn what_the_registry_has_or_may_have_is_locked_until_it_decides() {
    let why = Locked::UnderReview(Step::Brand);
    for after in [
        vec![intended("brand")],
        vec![intended("brand"), failed("brand", "in_doubt")],
        vec![intended("brand"), failed("brand", "throttled")],
        vec![intended("brand"), parked("brand")],
        vec![submitted("brand")],
        vec![submitted("brand"), verdict("brand", "suspended")],
    ] {
        let (pointer, value) = city();
        let facts = ordered(&after);
        assert_eq!(
            change(&facts, pointer, value),
            refused(pointer, why),
            "{after:?}"
        );
    }
}

#[test]
fn what_was_refused_is_corrected_in_the_next_round() {
    for after in [
        vec![intended("brand"), verdict("brand", "rejected")],
        vec![submitted("brand"), verdict("brand", "rejected")],
        // It was in doubt whether it had arrived, until it had.
        vec![
            intended("brand"),
            intended("brand"),
            submitted("brand"),
            verdict("brand", "rejected"),
        ],
        vec![parked("brand")],
    ] {
        for (pointer, value) in [city(), ein()] {
            let facts = ordered(&after);
            assert_eq!(
                change(&facts, pointer, value),
                next_round(Step::Brand),
                "{after:?}"
            );
        }
    }
    for decided in ["rejected", "expired"] {
        let mut after = approved("brand");
        after.extend([submitted("campaign"), verdict("campaign", decided)]);
        let (pointer, value) = flow();
        let facts = ordered(&after);
        assert_eq!(change(&facts, pointer, value), next_round(Step::Campaign));
    }
}

#[test]
fn what_is_approved_stays_but_for_a_brands_contacts() {
    let mut after = approved("brand");
    let (pointer, value) = city();
    assert_eq!(
        change(&ordered(&after), pointer, value),
        next_round(Step::Brand)
    );
    after.extend(approved("campaign"));
    let (pointer, value) = flow();
    let why = Locked::Approved(Step::Campaign);
    assert_eq!(
        change(&ordered(&after), pointer, value),
        refused(pointer, why)
    );
}

#[test]
fn who_a_brand_is_is_locked_while_a_campaign_of_it_is_active() {
    let (pointer, value) = ein();
    let mut after = approved("brand");
    let facts = ordered(&after);
    assert_eq!(
        change(&facts, pointer, value.clone()),
        next_round(Step::Brand)
    );
    after.push(submitted("campaign"));
    for decided in ["approved", "suspended", "rejected"] {
        after.push(verdict("campaign", decided));
        let facts = ordered(&after);
        assert_eq!(
            change(&facts, pointer, value.clone()),
            refused(pointer, Locked::Identity),
            "{decided}"
        );
        let (pointer, value) = city();
        assert_eq!(change(&facts, pointer, value), next_round(Step::Brand));
    }
    after.push(verdict("campaign", "expired"));
    assert_eq!(
        change(&ordered(&after), pointer, value),
        next_round(Step::Brand)
    );
}

#[test]
fn a_vetting_is_not_ordered_for_a_campaign_that_went_without_one() {
    let (pointer, value) = vetter();
    let mut after = approved("brand");
    assert_eq!(change(&ordered(&after), pointer, value.clone()), free());
    for fact in [
        intended("campaign"),
        submitted("campaign"),
        verdict("campaign", "approved"),
    ] {
        after.push(fact);
        let facts = ordered(&after);
        let why = Locked::NotRetroactive;
        assert_eq!(
            change(&facts, pointer, value.clone()),
            refused(pointer, why)
        );
    }
    // One that is to be submitted again can have a vetting before that.
    after.push(verdict("campaign", "rejected"));
    assert_eq!(change(&ordered(&after), pointer, value), free());
}

#[test]
fn what_the_registry_never_changes_of_a_part_is_locked_once_it_has_it() {
    const BRAND_ONLY: Amendable = Amendable {
        brand: &["city"],
        campaign: &[],
    };
    let rejected = ordered(&[submitted("brand"), verdict("brand", "rejected")]);
    let amended = |pointer: &str| {
        amend_order(
            &rejected,
            with(&rejected, pointer, json!("Tacoma")),
            None,
            BRAND_ONLY,
        )
    };
    assert!(amended("/brand/city").is_ok());
    let locked = amended("/brand/displayName").unwrap_err();
    assert_eq!(locked[0].why, Locked::NotAmendable(Step::Brand));
}

#[test]
fn something_registered_does_not_take_the_place_of_what_is_under_way() {
    let after = [submitted("brand"), verdict("brand", "rejected")];
    let existing = json!({ "registryId": "B-1" });
    let why = Locked::Swapped(Step::Brand);
    assert_eq!(
        change(&ordered(&after), "/brand", existing.clone()),
        refused("/brand", why)
    );
    assert_eq!(change(&ordered(&[]), "/brand", existing), free());
}

#[test]
fn nothing_of_a_cancelled_order_is_changed_and_no_change_is_told_as_such() {
    let facts = ordered(&[json!({ "fact": "cancelled", "keep_brand": false })]);
    let (pointer, value) = city();
    assert_eq!(
        change(&facts, pointer, value),
        refused("", Locked::Cancelled)
    );
    let facts = ordered(&[]);
    let same = with(&facts, "/brand/city", json!("Seattle"));
    let unchanged = amend_order(&facts, same, None, ALL).unwrap_err();
    assert_eq!(unchanged[0].why, Locked::Unchanged);
}

#[test]
fn an_appeal_alone_sends_a_refused_campaign_again_and_nothing_else() {
    let appeal = || Some("The flow is on the page that the reviewer did not open.".to_owned());
    let mut after = approved("brand");
    after.extend([submitted("campaign"), verdict("campaign", "rejected")]);
    let facts = ordered(&after);
    let same = with(&facts, "/brand/city", json!("Seattle"));
    let Ok(Fact::Amended { rounds, .. }) = amend_order(&facts, same.clone(), appeal(), ALL) else {
        panic!("refused");
    };
    assert_eq!(Ok(rounds), next_round(Step::Campaign));
    after.push(verdict("campaign", "approved"));
    let refusals = amend_order(&ordered(&after), same, appeal(), ALL).unwrap_err();
    assert_eq!(refusals[0].why, Locked::Approved(Step::Campaign));
}

#[test]
fn a_refused_number_gives_way_to_another_and_an_assigned_one_does_not() {
    let other = PhoneNumber::parse("+12065550199").unwrap();
    let rejected = facts(
        "number_registered",
        &[submitted("number"), verdict("number", "rejected")],
    );
    let Ok(Fact::Amended {
        rounds, changed, ..
    }) = amend_number(&rejected, other.clone())
    else {
        panic!("refused");
    };
    assert_eq!(Ok(rounds), next_round(Step::Number));
    assert_eq!(changed, ["/number"]);
    let assigned = facts("number_registered", &approved("number"));
    let refusals = amend_number(&assigned, other.clone()).unwrap_err();
    assert_eq!(refusals[0].why, Locked::Approved(Step::Number));
    let of_an_order = amend_number(&ordered(&[]), other).unwrap_err();
    assert_eq!(of_an_order[0].why, Locked::Elsewhere);
}

#[test]
fn what_the_registry_never_changes_of_what_it_has_is_refused_at_once_and_each_place_is_named() {
    let mut after = approved("brand");
    after.extend([submitted("campaign"), verdict("campaign", "rejected")]);
    let facts = ordered(&after);
    let mut amended = with(&facts, "/campaign/usecase", json!("CUSTOMER_CARE"));
    let campaign = match &mut amended.campaign {
        registration::order::Part::New(campaign) => campaign,
        registration::order::Part::Existing(_) => panic!("none is ordered"),
    };
    campaign.sub_usecases.clear();
    let refusals = amend_order(&facts, amended, None, ALL).unwrap_err();
    let never = Locked::NotAmendable(Step::Campaign);
    let places: Vec<_> = refusals
        .iter()
        .map(|refusal| refusal.pointer.as_str())
        .collect();
    assert_eq!(places, ["/campaign/subUsecases", "/campaign/usecase"]);
    assert!(refusals.iter().all(|refusal| refusal.why == never));
    // What can be changed still can, and what was not sent changes freely.
    let (pointer, value) = flow();
    assert_eq!(change(&facts, pointer, value), next_round(Step::Campaign));
    let facts = ordered(&approved("brand"));
    let value = json!("CUSTOMER_CARE");
    assert_eq!(change(&facts, "/campaign/usecase", value), free());
}

#[test]
fn a_campaign_that_is_over_is_made_anew_and_takes_every_change() {
    let mut after = approved("brand");
    after.extend(approved("campaign"));
    after.push(verdict("campaign", "expired"));
    let value = json!("CUSTOMER_CARE");
    let changed = change(&ordered(&after), "/campaign/usecase", value);
    assert_eq!(changed, next_round(Step::Campaign));
}

//! What belongs to one registration, and until when it does.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod histories;

use histories::{fold, followed_by, stored};
use registration::claim::{
    Business, Claim, Fingerprint, Holder, Thing, is_ordered, keeps_number, wants_numbers,
};
use registration::facts::{Facts, Subject};
use registration::order::{Campaign, Order};
use registration::{AccountId, RegistrationId, RegistryId, Step};
use serde_json::{Value, json};

fn order(facts: &[Value]) -> Facts {
    fold(&followed_by(stored("registered")[..1].to_vec(), facts))
}

fn number(facts: &[Value]) -> Facts {
    fold(&followed_by(
        stored("number_registered")[..1].to_vec(),
        facts,
    ))
}

fn decided(step: &str, verdict: &str) -> Value {
    json!({"fact": "verdict_reached", "step": step, "round": 1,
           "verdict": {"verdict": verdict, "reasons": []}})
}

fn cancelled() -> Value {
    json!({"fact": "cancelled", "keep_brand": true})
}

/// The campaign of the order in the histories, with another description where one is given.
fn campaign(description: Option<&str>) -> Campaign {
    let Subject::Business { order } = order(&[]).subject().clone() else {
        panic!("an order");
    };
    let mut document = serde_json::to_value(&*order).unwrap();
    if let Some(description) = description {
        document["campaign"]["description"] = json!(description);
    }
    let order = Order::read(&document).unwrap();
    order.campaign.new_part().unwrap().clone()
}

#[test]
fn a_number_is_kept_until_it_is_refused_or_cancelled() {
    assert!(keeps_number(&number(&[])));
    for kept in ["approved", "suspended"] {
        assert!(keeps_number(&number(&[decided("number", kept)])), "{kept}");
    }
    for lost in ["rejected", "expired"] {
        assert!(!keeps_number(&number(&[decided("number", lost)])), "{lost}");
    }
    assert!(!keeps_number(&number(&[cancelled()])));
    assert!(!keeps_number(&number(&[
        decided("number", "approved"),
        cancelled()
    ])));
}

#[test]
fn an_order_wants_its_numbers_until_it_is_cancelled_or_its_campaign_is_over() {
    assert!(wants_numbers(&order(&[])));
    assert!(wants_numbers(&order(&[decided("campaign", "rejected")])));
    assert!(!wants_numbers(&order(&[decided("campaign", "expired")])));
    assert!(!wants_numbers(&order(&[cancelled()])));
}

#[test]
fn an_order_is_there_for_its_own_campaign_alone_and_until_it_is_cancelled() {
    let (own, other) = (
        campaign(None),
        campaign(Some(
            "Something else is told to patients of this dental office.",
        )),
    );
    assert!(is_ordered(&order(&[]), &own));
    assert!(!is_ordered(&order(&[]), &other));
    assert!(!is_ordered(&order(&[cancelled()]), &own));
    assert!(!is_ordered(&order(&[cancelled()]), &other));
    assert!(!is_ordered(&number(&[]), &own));
}

#[test]
fn a_campaign_is_the_same_order_whatever_its_case_and_spacing_and_another_by_a_word() {
    let account = AccountId::parse("acme").unwrap();
    let thing = |description: Option<&str>| {
        let fingerprint = Fingerprint::of(&account, &Business::unknown(), &campaign(description));
        Thing::Ordered(fingerprint).name().of
    };
    let text = "Cedar Street Dental reminds its patients of visits and bills.";
    let shouted = "CEDAR STREET DENTAL  reminds its patients of visits and bills.";
    assert_eq!(thing(Some(text)), thing(Some(shouted)));
    assert_ne!(thing(Some(text)), thing(None));
    let business = Business::registered(&RegistryId::new("b-1"));
    let of_another = Fingerprint::of(&account, &business, &campaign(Some(text)));
    assert_ne!(Thing::Ordered(of_another).name().of, thing(Some(text)));
}

#[test]
fn only_brand_vetting_and_campaign_are_found_by_others_at_the_registry() {
    let id = RegistryId::new("r-1");
    for step in Step::ALL {
        let found = Thing::registered(*step, &id);
        let expected = matches!(step, Step::Brand | Step::Vetting | Step::Campaign);
        assert_eq!(found.is_some(), expected, "{step}");
        if let Some(thing) = found {
            assert_eq!(thing.name().of, format!("{step}/r-1"));
        }
    }
}

#[test]
fn who_asks_for_a_brand_is_listed_by_the_brand() {
    let (brand, by) = (RegistryId::new("b-1"), RegistrationId::new(1, 2));
    let asks = Thing::asks(&brand);
    assert!(asks.contains("b-1"), "{asks}");
    assert_ne!(asks, Thing::asks(&RegistryId::new("b-2")));
    let name = Thing::Ask {
        brand,
        by: by.clone(),
    }
    .name();
    assert_eq!((name.of, name.by), (asks, by.to_string()));
}

#[test]
fn a_thing_is_shown_by_its_name_unless_that_is_a_number() {
    let thing = Thing::registered(Step::Brand, &RegistryId::new("b-1")).unwrap();
    assert_eq!(format!("{thing:?}"), "brand/b-1");
}

#[test]
fn a_thing_is_kept_from_whoever_claims_it_unless_it_is_theirs_or_taken_from_its_holder() {
    let id = |place| RegistrationId::new(1, place);
    let holder = |place| Holder {
        registration: id(place),
        account: AccountId::parse("acme").unwrap(),
        since: "2027-01-15T08:00:00Z".parse().unwrap(),
    };
    let claim = |instead_of: Option<u128>| Claim {
        thing: Thing::registered(Step::Brand, &RegistryId::new("b-1")).unwrap(),
        holder: holder(1),
        instead_of: instead_of.map(id),
    };
    assert!(!claim(None).is_kept_by(&holder(1)));
    assert!(claim(None).is_kept_by(&holder(2)));
    assert!(!claim(Some(2)).is_kept_by(&holder(2)));
    assert!(claim(Some(3)).is_kept_by(&holder(2)));
}

//! Facts that bring a registration to where a test begins.

use platform::case::{Author, Case};
use registration::{
    Actor, Fact, Reason, RegistrationId, RegistryId, Round, Step, TraceId, Verdict,
};
use serde_json::json;

use crate::service::{ACME, Service, account, order};

const SOLE: &str = include_str!("../../../../tests/orders/rosa-garden-design.json");
/// A public company's order.
const NORTHWIND: &str = include_str!("../../../../tests/orders/northwind-outfitters.json");
const ROUND: Round = Round::FIRST;

pub(crate) fn submitted(step: Step) -> Fact {
    Fact::Submitted {
        step,
        round: ROUND,
        registry_id: RegistryId::new(format!("{step}-1")),
        found: false,
        response: json!({}),
    }
}

pub(crate) fn decided(step: Step, verdict: Verdict) -> Vec<Fact> {
    let round = ROUND;
    let reached = Fact::VerdictReached {
        step,
        round,
        verdict,
    };
    vec![submitted(step), reached]
}

pub(crate) fn approved(step: Step) -> Vec<Fact> {
    decided(step, Verdict::Approved)
}

pub(crate) fn rejected(step: Step) -> Vec<Fact> {
    let reason = Reason {
        code: "TAX_ID".to_owned(),
        description: "No match.".to_owned(),
        fields: vec![],
    };
    let reasons = vec![reason];
    decided(step, Verdict::Rejected { reasons })
}

/// The registration of an order's first number, as its parent begins it.
pub(crate) async fn number_of(service: &Service, parent: &RegistrationId) -> RegistrationId {
    let platform = &service.platform;
    let id = parent.number(1);
    let author = Author {
        actor: Actor::function("assign-numbers"),
        trace: TraceId::new(7),
    };
    let fact = Fact::NumberReceived {
        account: account("acme"),
        parent: parent.clone(),
        campaign: RegistryId::new("C-1"),
        number: registration::order::PhoneNumber::sender("+12065550101").unwrap(),
    };
    let now = platform.clock.now();
    let (_, append) = Case::begin(platform, &id, &author, fact, now).unwrap();
    platform.store.begin(append, None).await.unwrap();
    id
}

/// A sole proprietor's order that waits for the PIN.
pub(crate) async fn awaiting_pin(service: &Service) -> RegistrationId {
    let id = service.call(order(ACME, "/v1/registrations", SOLE, None));
    let id = id.await.id();
    let facts = [vec![submitted(Step::Brand)], approved(Step::Otp)].concat();
    service.happens(&id, facts).await;
    id
}

/// A public company's order that waits for the link in the registry's e-mail.
pub(crate) async fn awaiting_confirmation(service: &Service) -> RegistrationId {
    let id = service.call(order(ACME, "/v1/registrations", NORTHWIND, None));
    let id = id.await.id();
    service.happens(&id, vec![submitted(Step::Brand)]).await;
    id
}

//! How an order is corrected: a JSON merge patch (RFC 7386) of the order as it
//! stands, read by the same rules as a new one, and by the rules of what may be
//! changed when ([`registration::amendment`]).

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use registration::amendment::{Refusal, amend_number, amend_order, replace_campaign};
use registration::facts::Subject;
use registration::order::{Email, Order, PhoneNumber, Problems, Refused};
use registration::preflight::{Finding, resubmission};
use registration::{Fact, RegistrationId, Step};
use serde_json::Value;

use crate::Platform;
use crate::allowance::{Allowance, Use};
use crate::case::{Author, Case};
use crate::claims::{self, Conflict};
use crate::confirmation::{TooMany, allow};
use crate::decide::{self, Decision, Undecided};
use crate::dependents;
use crate::existing::{self, NotThere};
use crate::preflight::told;

/// The longest reason that reviewers are told: a bound of ours.
pub const LONGEST_APPEAL: usize = 2_000;

/// An order that was not corrected. Nothing is stored, nothing is sent.
#[derive(Debug, thiserror::Error)]
pub enum AmendError {
    /// The patch is not an object of fields.
    #[error("a correction is an object with the fields that change, as in RFC 7386")]
    NoPatch,
    /// The appeal is none.
    #[error("`appeal` is a text of 1 to {LONGEST_APPEAL} characters")]
    BadAppeal,
    /// The word for replacing the campaign is none.
    #[error("`replace` is true or false")]
    BadReplace,
    /// Other orders stand on the campaign that was to be replaced.
    #[error(
        "{0} other orders stand on this campaign and would lose it: cancel them first, or order \
         another campaign"
    )]
    StoodOn(usize),
    /// What came out is no order.
    #[error("the corrected order is not valid")]
    Invalid(Problems),
    /// The number is none.
    #[error("the corrected number is not valid")]
    BadNumber(Refused),
    /// Some of it may not be changed now.
    #[error("some of this cannot be changed now")]
    Locked(Vec<Refusal>),
    /// Reviewers would refuse what comes out, and so do we by policy.
    #[error("reviewers would refuse this correction: correct what is named")]
    Preflight(Vec<Finding>),
    /// Another order has the number.
    #[error("{}", .0.kept)]
    Kept(Conflict),
    /// It names something that is not there.
    #[error("{0}: {1}")]
    NotThere(&'static str, #[source] NotThere),
    /// The registry would send an e-mail to an address that has had too many.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// It was not recorded.
    #[error(transparent)]
    Undecided(#[from] Undecided),
}

/// Corrects an order, or a number's own registration (`{"number": "+1…"}`), by a
/// merge patch. `appeal` beside the order's fields is what the registry's reviewers
/// are told; `replace` orders a new campaign in the place of the one that the registry
/// has.
pub async fn amend(
    platform: &Platform,
    id: &RegistrationId,
    author: &Author,
    patch: &Value,
) -> Result<Amended, AmendError> {
    let amend = Amend {
        author,
        patch,
        mail: Use::default(),
        findings: Mutex::default(),
    };
    let case = decide::decide(platform, id, author, &amend).await?;
    let findings = amend.findings.into_inner();
    Ok(Amended {
        case,
        findings: findings.unwrap_or_else(PoisonError::into_inner),
    })
}

/// What came of a correction.
#[derive(Debug)]
pub struct Amended {
    /// The registration after it.
    pub case: Case,
    /// What reviewers would find in the parts that it changed.
    pub findings: Vec<Finding>,
}

struct Amend<'a> {
    author: &'a Author,
    patch: &'a Value,
    mail: Use,
    /// What the last attempt found: another follows where others were faster.
    findings: Mutex<Vec<Finding>>,
}

#[async_trait]
impl Decision for Amend<'_> {
    type Refusal = AmendError;

    async fn facts(&self, platform: &Platform, case: &Case) -> Result<Vec<Fact>, AmendError> {
        let Self {
            author,
            patch,
            mail,
            ..
        } = self;
        match case.facts.subject() {
            Subject::Business { order } => {
                let mut facts = business(platform, case, author, order, patch).await?;
                let findings = look(platform, case, &facts);
                if platform.preflight.is_refused(&findings) {
                    return Err(AmendError::Preflight(findings));
                }
                if let Some(address) = facts.iter().find_map(mails) {
                    allow(mail, platform, &Allowance::mail(address)).await??;
                }
                facts.extend(told(&findings));
                *self.findings.lock().unwrap_or_else(PoisonError::into_inner) = findings;
                Ok(facts)
            }
            Subject::Number { .. } => Ok(vec![number(platform, case, patch).await?]),
        }
    }
}

/// What reviewers would find in the parts that change, and what a resubmission left as it was.
fn look(platform: &Platform, case: &Case, facts: &[Fact]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for fact in facts {
        if let Fact::Amended {
            order: Some(order),
            changed,
            ..
        } = fact
        {
            let part = |pointer: &str| pointer.split('/').nth(1).map(str::to_owned);
            let parts: Vec<_> = changed.iter().map(|pointer| part(pointer)).collect();
            let found = platform.preflight.look(order).into_iter();
            findings.extend(found.filter(|finding| parts.contains(&part(&finding.pointer))));
            findings.extend(resubmission(&case.facts, fact));
        }
    }
    findings.sort_by_key(|finding| finding.weight);
    findings
}

/// The corrected address that an amendment has the registry send an e-mail to.
fn mails(fact: &Fact) -> Option<&Email> {
    let Fact::Amended {
        order: Some(order),
        rounds,
        ..
    } = fact
    else {
        return None;
    };
    let mut steps = rounds.iter().map(|round| round.step);
    steps.find(|step| *step == Step::Confirmation)?;
    order.brand.new_part()?.business_contact_email.as_ref()
}

async fn business(
    platform: &Platform,
    case: &Case,
    author: &Author,
    order: &Order,
    patch: &Value,
) -> Result<Vec<Fact>, AmendError> {
    let mut patch = patch.clone();
    let fields = patch.as_object_mut().ok_or(AmendError::NoPatch)?;
    let appeal = match fields.remove("appeal") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if is_appeal(&text) => Some(text),
        Some(_) => return Err(AmendError::BadAppeal),
    };
    let replaces = match fields.remove("replace") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(replaces)) => replaces,
        Some(_) => return Err(AmendError::BadReplace),
    };
    let mut document = document(order);
    json_patch::merge(&mut document, &patch);
    let mut amended = Order::read(&document).map_err(AmendError::Invalid)?;
    let is_operator = author.actor.is_operator() || names_the_same(order, &amended);
    let resolved = existing::resolve(platform, case.facts.account(), is_operator, &mut amended);
    resolved
        .await
        .map_err(|(part, why)| AmendError::NotThere(part, why))?;
    let claimed = claims::of_correction(platform, case, &amended).await;
    claimed.map_err(Undecided::from)?;
    if !replaces {
        let fact = amend_order(&case.facts, amended, appeal, registry::telnyx::AMENDABLE);
        return Ok(vec![fact.map_err(AmendError::Locked)?]);
    }
    let others = dependents::others(platform, case, Step::Campaign).await;
    let others = others.map_err(Undecided::from)?;
    match others
        .iter()
        .filter(|other| !other.facts.withdrawn())
        .count()
    {
        0 => replace_campaign(&case.facts, amended).map_err(AmendError::Locked),
        orders => Err(AmendError::StoodOn(orders)),
    }
}

fn is_appeal(text: &str) -> bool {
    (1..=LONGEST_APPEAL).contains(&text.chars().count())
}

/// The order as it was sent: what it names as registered is named once.
fn document(order: &Order) -> Value {
    let mut document = serde_json::to_value(order).unwrap_or_default();
    for part in ["/brand", "/campaign"] {
        if let Some(Value::Object(part)) = document.pointer_mut(part)
            && part.contains_key("registrationId")
        {
            part.remove("registryId");
        }
    }
    document
}

/// What an operator has adopted may stay in an order that its account corrects.
fn names_the_same(before: &Order, after: &Order) -> bool {
    before.brand.existing() == after.brand.existing()
        && before.campaign.existing() == after.campaign.existing()
}

async fn number(platform: &Platform, case: &Case, patch: &Value) -> Result<Fact, AmendError> {
    let number = patch.get("number").and_then(Value::as_str);
    let is_all = patch.as_object().is_some_and(|fields| fields.len() == 1);
    let number = number.filter(|_| is_all).ok_or(AmendError::NoPatch)?;
    let number = PhoneNumber::sender(number).map_err(AmendError::BadNumber)?;
    let fact = amend_number(&case.facts, number.clone()).map_err(AmendError::Locked)?;
    let kept = claims::of_number(platform, case, &number).await;
    match kept.map_err(Undecided::from)? {
        None => Ok(fact),
        Some(kept) => Err(AmendError::Kept(Conflict {
            pointer: "/number".to_owned(),
            kept,
        })),
    }
}

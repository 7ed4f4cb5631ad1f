//! What may be changed when.
//!
//! * What was not sent yet may be changed freely.
//! * What was refused, or waits for a person, may be corrected: its step goes into
//!   its next round, and the registry is paid again.
//! * What the registry never changes of what it has ([`Amendable`]) stays: a new one is
//!   ordered.
//! * What the registry is looking at may not: its answer would be about other data. But
//!   where a public company's e-mail is awaited, its address may be corrected.
//! * A vetting cannot be ordered for a campaign that went without: it is not
//!   retroactive.
//! * What is approved stays, but for a brand's contacts; its identity (who it is to
//!   the tax office) is locked while a campaign of it is active.

use serde_json::{Map, Value};

use crate::event::{Fact, StepRound, Verdict};
use crate::facts::{Facts, Stands, Subject, is_the_address};
use crate::order::{Order, PhoneNumber};
use crate::sequence::Step;

/// What says who a brand is (domain: brand fields; a mismatch with the tax office
/// is the most common refusal).
const IDENTITY: [&str; 6] = [
    "entityType",
    "companyName",
    "ein",
    "country",
    "altBusinessId",
    "altBusinessIdType",
];

/// Why something may not be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Locked {
    /// Nothing differs from what is known.
    #[error("nothing is changed by this")]
    Unchanged,
    /// The registration is cancelled.
    #[error("the registration is cancelled: order it anew")]
    Cancelled,
    /// The registry has it, or may have it, and has not decided.
    #[error("the {0} is at the registry: wait for its verdict, or cancel the registration")]
    UnderReview(Step),
    /// The registry has approved it.
    #[error(
        "the {0} is approved and stays as it is: order another one, or, of a campaign, amend it \
         with \"replace\": true, which orders a new one here for its fee"
    )]
    Approved(Step),
    /// The brand has an active campaign.
    #[error(
        "this says who the brand is, and a campaign of it is active: it is locked until the \
         campaign is over"
    )]
    Identity,
    /// The campaign went without a vetting (domain: "vetting after a campaign").
    #[error(
        "a vetting does not count for a campaign that was submitted before it: order another \
         campaign for this brand, with the vetting"
    )]
    NotRetroactive,
    /// Something registered already takes the place of something new, or the other
    /// way round.
    #[error("the {0} is under way: it cannot be swapped for another one now")]
    Swapped(Step),
    /// The registry never takes it.
    #[error(
        "the registry never changes this of a {0} that it has: cancel this registration and order \
         anew, or, of a campaign, amend it with \"replace\": true, which orders a new one here for \
         its fee"
    )]
    NotAmendable(Step),
    /// There is no campaign that could be replaced.
    #[error("there is no campaign of this order that was decided about and could be replaced")]
    NothingToReplace,
    /// It belongs to another registration.
    #[error("this registration has no such part: amend the order's own registration")]
    Elsewhere,
}

impl Locked {
    /// The reason in one word, stable for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Cancelled => "cancelled",
            Self::UnderReview(_) => "under_review",
            Self::Approved(_) => "approved",
            Self::Identity => "identity",
            Self::NotRetroactive => "not_retroactive",
            Self::Swapped(_) => "swapped",
            Self::NotAmendable(_) => "not_amendable",
            Self::NothingToReplace => "nothing_to_replace",
            Self::Elsewhere => "elsewhere",
        }
    }
}

/// The fields that a registry changes of what it has, as the order names them: data of
/// its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amendable {
    /// Of a brand.
    pub brand: &'static [&'static str],
    /// Of a campaign.
    pub campaign: &'static [&'static str],
}

impl Amendable {
    fn takes(self, step: Step, pointer: &str) -> bool {
        let field = pointer.rsplit('/').next().unwrap_or_default();
        match step {
            Step::Brand => self.brand.contains(&field),
            Step::Campaign => self.campaign.contains(&field),
            _ => true,
        }
    }
}

/// One place of an order that may not be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// A JSON pointer into the order; empty for all of it.
    pub pointer: String,
    /// Why.
    pub why: Locked,
}

/// The facts that make `amended` the order from now on and order its campaign anew, in
/// the place of the one that the registry has; or every reason why not. Nothing but the
/// campaign may differ.
pub fn replace_campaign(facts: &Facts, amended: Order) -> Result<Vec<Fact>, Vec<Refusal>> {
    let Subject::Business { order } = facts.subject() else {
        return Err(whole(Locked::Elsewhere));
    };
    if facts.cancelled() {
        return Err(whole(Locked::Cancelled));
    }
    let changed = differences("campaign", order, &amended);
    let known = facts.step(Step::Campaign);
    let is_decided = matches!(
        &known.stands,
        Stands::Decided {
            verdict: Verdict::Approved | Verdict::Rejected { .. } | Verdict::Suspended { .. },
            ..
        }
    );
    let is_new = order.campaign.new_part().is_some() && amended.campaign.new_part().is_some();
    let old = known.registry_id.clone().filter(|_| is_decided && is_new);
    let campaign = old.ok_or_else(|| whole(Locked::NothingToReplace))?;
    // The numbers are to be at rest on it, and the one before it is to be over.
    let is_moving = [Step::Numbers, Step::EndReplaced]
        .map(|step| facts.step(step).stands)
        .iter()
        .any(|stands| !matches!(stands, Stands::Untried | Stands::Decided { .. }));
    if is_moving {
        return Err(whole(Locked::UnderReview(Step::Numbers)));
    }
    let others = ["brand", "vetting", "numbers"];
    let others: Vec<_> = others
        .into_iter()
        .flat_map(|part| differences(part, order, &amended))
        .map(|pointer| Refusal {
            pointer,
            why: Locked::Elsewhere,
        })
        .collect();
    if !others.is_empty() {
        return Err(others);
    }
    if changed.is_empty() {
        return Err(whole(Locked::Unchanged));
    }
    let (step, round) = (Step::Campaign, known.round.next());
    let amended = Fact::Amended {
        order: Some(Box::new(amended)),
        number: None,
        changed,
        rounds: vec![StepRound { step, round }],
        appeal: None,
    };
    Ok(vec![amended, Fact::Replaced { campaign, round }])
}

/// The fact that makes `amended` the order from now on, or every reason why not.
/// `appeal`: what reviewers are to be told, which alone is reason for a new round of
/// a refused campaign.
pub fn amend_order(
    facts: &Facts,
    amended: Order,
    appeal: Option<String>,
    amendable: Amendable,
) -> Result<Fact, Vec<Refusal>> {
    let Subject::Business { order } = facts.subject() else {
        return Err(whole(Locked::Elsewhere));
    };
    if facts.cancelled() {
        return Err(whole(Locked::Cancelled));
    }
    let (mut changed, mut rounds, mut refusals) = (Vec::new(), Vec::new(), Vec::new());
    for (part, step) in [
        ("brand", Step::Brand),
        ("vetting", Step::Vetting),
        ("campaign", Step::Campaign),
        ("numbers", Step::Numbers),
    ] {
        let pointers = differences(part, order, &amended);
        let appeals = step == Step::Campaign && appeal.is_some();
        if pointers.is_empty() && !appeals {
            continue;
        }
        if step == Step::Brand
            && is_the_address(&pointers)
            && let Some(round) = facts.next_confirmation()
        {
            // The brand stays as it is, and costs nothing more.
            let step = Step::Confirmation;
            rounds.push(StepRound { step, round });
            changed.extend(pointers);
            continue;
        }
        match may(facts, step, &pointers).and_then(|again| {
            never(facts, step, &pointers, amendable)?;
            Ok(again)
        }) {
            Ok(true) => rounds.push(StepRound {
                step,
                round: facts.step(step).round.next(),
            }),
            Ok(false) => {}
            Err(refused) => refusals.extend(refused),
        }
        changed.extend(pointers);
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    if changed.is_empty() && rounds.is_empty() {
        return Err(whole(Locked::Unchanged));
    }
    Ok(Fact::Amended {
        order: Some(Box::new(amended)),
        number: None,
        changed,
        rounds,
        appeal,
    })
}

/// The fact that puts another number in the place of a refused one.
pub fn amend_number(facts: &Facts, amended: PhoneNumber) -> Result<Fact, Vec<Refusal>> {
    let Subject::Number { number, .. } = facts.subject() else {
        return Err(whole(Locked::Elsewhere));
    };
    if facts.cancelled() {
        return Err(whole(Locked::Cancelled));
    }
    if *number == amended {
        return Err(whole(Locked::Unchanged));
    }
    let pointer = "/number".to_owned();
    let again = may(facts, Step::Number, std::slice::from_ref(&pointer))?;
    let round = StepRound {
        step: Step::Number,
        round: facts.step(Step::Number).round.next(),
    };
    Ok(Fact::Amended {
        order: None,
        number: Some(amended),
        changed: vec![pointer],
        rounds: if again { vec![round] } else { Vec::new() },
        appeal: None,
    })
}

/// What the registry never changes of what it has. What is over there is made anew.
fn never(
    facts: &Facts,
    step: Step,
    pointers: &[String],
    amendable: Amendable,
) -> Result<(), Vec<Refusal>> {
    let is_there = facts.registry_id(step).is_some();
    let is_over = facts.verdict(step) == Some(&Verdict::Expired);
    let never = pointers
        .iter()
        .filter(|pointer| is_there && !is_over && !amendable.takes(step, pointer));
    let refusals: Vec<_> = never
        .map(|pointer| Refusal {
            pointer: pointer.clone(),
            why: Locked::NotAmendable(step),
        })
        .collect();
    match refusals.is_empty() {
        true => Ok(()),
        false => Err(refusals),
    }
}

/// Whether these places of a step's part may be changed: freely (false), or with a
/// new round (true).
fn may(facts: &Facts, step: Step, pointers: &[String]) -> Result<bool, Vec<Refusal>> {
    let known = facts.step(step);
    let all = |why: Locked| {
        let refusal = |pointer: &String| Refusal {
            pointer: pointer.clone(),
            why,
        };
        let refusals: Vec<_> = pointers.iter().map(refusal).collect();
        if refusals.is_empty() {
            whole(why)
        } else {
            refusals
        }
    };
    // A refused number's registration has nothing but the number.
    let swapped = step != Step::Number
        && pointers
            .iter()
            .any(|pointer| pointer.matches('/').count() == 1);
    match &known.stands {
        _ if known.in_doubt => Err(all(Locked::UnderReview(step))),
        _ if step == Step::Vetting && is_too_late_to_vet(facts) => Err(all(Locked::NotRetroactive)),
        Stands::Untried => Ok(false),
        _ if swapped && known.registry_id.is_some() => Err(all(Locked::Swapped(step))),
        Stands::Parked { .. } => Ok(true),
        Stands::Decided { verdict, .. } => match verdict {
            Verdict::Rejected { .. } | Verdict::Expired => Ok(true),
            Verdict::Approved if step == Step::Brand => brand_contacts(facts, pointers),
            Verdict::Suspended { .. } => Err(all(Locked::UnderReview(step))),
            Verdict::Approved | Verdict::PartlyApproved { .. } => Err(all(Locked::Approved(step))),
        },
        Stands::Intended { .. }
        | Stands::Failed { .. }
        | Stands::Held { .. }
        | Stands::Submitted { .. } => Err(all(Locked::UnderReview(step))),
    }
}

/// Whether the campaign went by without a vetting. A refused one is submitted
/// again, after the vetting.
fn is_too_late_to_vet(facts: &Facts) -> bool {
    let campaign = facts.verdict(Step::Campaign);
    let is_anew = matches!(campaign, Some(Verdict::Rejected { .. } | Verdict::Expired));
    facts.is_past(Step::Vetting) && !is_anew
}

fn brand_contacts(facts: &Facts, pointers: &[String]) -> Result<bool, Vec<Refusal>> {
    let campaign_is_active = facts.registry_id(Step::Campaign).is_some()
        && facts.verdict(Step::Campaign) != Some(&Verdict::Expired);
    let says_who = |pointer: &&String| {
        let field = pointer.strip_prefix("/brand/").unwrap_or_default();
        IDENTITY.contains(&field)
    };
    let locked: Vec<_> = pointers
        .iter()
        .filter(says_who)
        .map(|pointer| Refusal {
            pointer: pointer.clone(),
            why: Locked::Identity,
        })
        .collect();
    if campaign_is_active && !locked.is_empty() {
        return Err(locked);
    }
    Ok(true)
}

fn whole(why: Locked) -> Vec<Refusal> {
    vec![Refusal {
        pointer: String::new(),
        why,
    }]
}

/// The places in which a part differs: its fields, or the whole part where it is no
/// object of fields in both, or names something that is registered already.
fn differences(part: &str, before: &Order, after: &Order) -> Vec<String> {
    let of = |order: &Order| {
        let order = serde_json::to_value(order).unwrap_or_default();
        order.get(part).cloned().unwrap_or_default()
    };
    let (before, after) = (of(before), of(after));
    if before == after {
        return Vec::new();
    }
    match (&before, &after) {
        (Value::Object(before), Value::Object(after)) if exists(before) == exists(after) => {
            let names = before
                .keys()
                .chain(after.keys().filter(|name| !before.contains_key(*name)));
            let differ = names.filter(|name| before.get(*name) != after.get(*name));
            differ.map(|name| format!("/{part}/{name}")).collect()
        }
        _ => vec![format!("/{part}")],
    }
}

fn exists(part: &Map<String, Value>) -> bool {
    part.contains_key("registryId") || part.contains_key("registrationId")
}

//! Whether carriers take a campaign of this use case from this brand at all, and
//! what follows where they do not: a vetting first, or another use case. Nothing
//! is submitted, and no review paid for, before they do.

use crate::event::{Fact, Reason, Verdict};
use crate::facts::{Facts, Subject};
use crate::order::{Usecase, Vetting};
use crate::sequence::Step;

/// One carrier's answer. A carrier that takes the use case from nobody is not
/// asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qualification {
    /// The carrier's name, or its id at the registry.
    pub carrier: String,
    /// Whether it takes such a campaign from the brand as it is.
    pub qualifies: bool,
}

/// What stands before the campaign's submission, as facts; none: it may be
/// submitted, which it may also where no carrier says anything.
///
/// `orderable`: the vetting that is ordered where the order names none. A political
/// vetting cannot be ordered for a brand: the brand has it made, and it is imported
/// (Twilio's OpenAPI, `brand_vetting`: political vettings are those of Campaign
/// Verify, and are imported).
pub fn before_campaign(
    facts: &Facts,
    usecase: &Usecase,
    carriers: &[Qualification],
    orderable: Option<&Vetting>,
) -> Vec<Fact> {
    let refusing: Vec<_> = carriers
        .iter()
        .filter(|carrier| !carrier.qualifies)
        .map(|carrier| carrier.carrier.clone())
        .collect();
    if refusing.is_empty() {
        return Vec::new();
    }
    if facts.verdict(Step::Vetting) == Some(&Verdict::Approved) {
        let all_refuse = refusing.len() == carriers.len();
        let refused = all_refuse.then(|| not_qualified(facts, usecase));
        return refused.into_iter().collect();
    }
    let vetting = orderable
        .filter(|_| usecase.as_str() != Usecase::POLITICAL)
        .map(|vetting| Box::new(vetting.clone()));
    let asked = (ordered(facts).is_none() && vetting.is_none()).then(|| name_a_vetting(facts));
    let needed = Fact::VettingNeeded {
        usecase: usecase.clone(),
        carriers: refusing,
        vetting,
    };
    [needed].into_iter().chain(asked).collect()
}

fn ordered(facts: &Facts) -> Option<&Vetting> {
    match facts.subject() {
        Subject::Business { order } => order.vetting.as_ref(),
        Subject::Number { .. } => None,
    }
}

fn not_qualified(facts: &Facts, usecase: &Usecase) -> Fact {
    refused(
        facts,
        Step::Campaign,
        "NOT_QUALIFIED",
        format!(
            "No carrier takes {} campaigns of this brand, although it is vetted: choose another \
             use case. Nothing was submitted.",
            usecase.as_str()
        ),
        "/campaign/usecase",
    )
}

fn name_a_vetting(facts: &Facts) -> Fact {
    let description = "The use case needs a vetting of the brand, and the order names none: name \
                       the vetter and what it made or is to make, or choose another use case. \
                       Nothing was submitted.";
    refused(
        facts,
        Step::Vetting,
        "VETTING_NEEDED",
        description.to_owned(),
        "/vetting",
    )
}

/// A refusal by what the registry answered before anything was submitted.
fn refused(facts: &Facts, step: Step, code: &str, description: String, field: &str) -> Fact {
    Fact::VerdictReached {
        step,
        round: facts.step(step).round,
        verdict: Verdict::Rejected {
            reasons: vec![Reason {
                code: code.to_owned(),
                description,
                fields: vec![field.to_owned()],
            }],
        },
    }
}

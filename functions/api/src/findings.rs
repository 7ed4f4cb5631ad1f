//! What reviewers would find, as callers see it, and the rules by which it is found.

use axum::Json;
use axum::extract::State;
use platform::Platform;
use registration::preflight::{Finding, Rule, Weight, every_rule};
use registration::{Order, Step};
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::openapi::CallProblems;
use crate::parameters::Parameters;
use crate::problem::Problem;

/// One thing that a reviewer would find.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingView {
    /// The rule that found it: stable, for programs.
    #[schema(example = "sample-without-stop")]
    rule: &'static str,
    /// `error`: refused for sure; `warning`: often refused; `note`: know this.
    #[schema(value_type = String, example = "warning")]
    weight: Weight,
    /// Where, as a JSON pointer into the order.
    #[schema(example = "/campaign/samples/0")]
    pointer: String,
    /// Which characters of that text, where it is not all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    characters: Option<CharactersView>,
    /// The rejection category that it would fall under, as the registry spells it.
    #[schema(example = "MANDATORY_MESSAGE_TERMINOLOGY")]
    category: &'static str,
    /// The public review codes that it stands for (Twilio's numbers).
    codes: &'static [u16],
    /// What is wrong and what to do.
    message: &'static str,
    /// Which public document says so.
    source: &'static str,
}

/// Characters of a text, counted from 0: from the first to the one after the last.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CharactersView {
    from: usize,
    to: usize,
}

impl FindingView {
    pub(crate) fn of(finding: Finding) -> Self {
        Self {
            rule: finding.rule,
            weight: finding.weight,
            pointer: finding.pointer,
            characters: finding.characters.map(|characters| CharactersView {
                from: characters.from,
                to: characters.to,
            }),
            category: finding.category.name(),
            codes: finding.codes,
            message: finding.message,
            source: finding.source,
        }
    }

    pub(crate) fn all(findings: Vec<Finding>) -> Vec<Self> {
        findings.into_iter().map(Self::of).collect()
    }
}

/// An order that was only looked at.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LookedAt {
    /// What reviewers refuse for sure.
    errors: Vec<FindingView>,
    /// What reviewers often refuse.
    warnings: Vec<FindingView>,
    /// What to know.
    notes: Vec<FindingView>,
    /// What the registry will charge if everything is taken at the first submission.
    fees: Vec<ExpectedFee>,
}

/// A fee to expect.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExpectedFee {
    /// The step.
    #[schema(value_type = crate::view::StepName)]
    step: Step,
    /// In US cents, at the registry's public price.
    cents: u32,
}

impl LookedAt {
    pub(crate) fn of(order: &Order, findings: Vec<Finding>) -> Self {
        let (mut errors, mut warnings, mut notes) = (Vec::new(), Vec::new(), Vec::new());
        for finding in findings {
            let list = match finding.weight {
                Weight::Error => &mut errors,
                Weight::Warning => &mut warnings,
                Weight::Note => &mut notes,
            };
            list.push(FindingView::of(finding));
        }
        Self {
            errors,
            warnings,
            notes,
            fees: order
                .expected_fees()
                .into_iter()
                .map(|(step, cents)| ExpectedFee { step, cents })
                .collect(),
        }
    }
}

/// One rule of the pre-flight.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RuleView {
    /// Its stable name.
    #[schema(example = "consent-behind-sign-in")]
    id: &'static str,
    /// Its weight here: by the rule, or by this service's policy; null: left out.
    #[schema(value_type = Option<String>, example = "error")]
    weight: Option<Weight>,
    /// The rejection category that it stands for.
    #[schema(example = "CALL_TO_ACTION")]
    category: &'static str,
    /// The public review codes that it stands for (Twilio's numbers).
    codes: &'static [u16],
    /// What it looks at, as JSON pointers; `*` is any place of a list.
    looks_at: &'static [&'static str],
    /// What is wrong and what to do.
    message: &'static str,
    /// Which public document says so.
    source: &'static str,
}

/// Every rule of the pre-flight.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rules {
    rules: Vec<RuleView>,
}

/// Lists the rules by which orders are looked at before any fee is paid.
#[utoipa::path(
    get, path = "/v1/preflight-rules", operation_id = "preflight_rules", tag = "registrations",
    responses(
        (status = 200, description = "Every rule, with its weight here.", body = Rules),
        CallProblems
    )
)]
pub(crate) async fn preflight_rules(
    State(platform): State<Platform>,
    _caller: Caller,
    parameters: Parameters,
) -> Result<Json<Rules>, Problem> {
    parameters.only(&[])?;
    let view = |rule: &Rule| RuleView {
        id: rule.id,
        weight: platform.preflight.policy.weight_of(rule),
        category: rule.category.name(),
        codes: rule.codes,
        looks_at: rule.looks_at,
        message: rule.message,
        source: rule.source,
    };
    Ok(Json(Rules {
        rules: every_rule().map(view).collect(),
    }))
}

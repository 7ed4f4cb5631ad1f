//! GET /v1/registrations/{id}: where one registration stands, and why.

use axum::Json;
use axum::extract::State;
use platform::store::Row;
use platform::{Case, Platform};
use registration::advice::advice;
use registration::event::Warning;
use registration::facts::{Facts, Stands, Subject};
use registration::{
    AccountId, Pending, Reason, RegistrationId, RegistryId, Round, Status, Step, Verdict, Waits,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::{Caller, Id};
use crate::openapi::{CallProblems, UnknownRegistration};
use crate::problem::Problem;
use crate::view::{self, Links};

/// One registration.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Summary {
    /// Our id.
    #[schema(value_type = String, example = "reg_01h455vb4pex5vsknk084sn02q")]
    id: RegistrationId,
    /// The product team.
    #[schema(value_type = String)]
    account: AccountId,
    /// Where it stands.
    #[schema(value_type = view::StatusName)]
    status: Status,
    /// The step it stands at; null at the end.
    #[schema(required, value_type = Option<view::StepName>)]
    step: Option<Step>,
    /// That step's round, from 1: each is a new submission and costs a new fee.
    #[schema(value_type = u32)]
    round: Round,
    /// What it waits for; null at the end.
    #[schema(required)]
    waits_for: Option<WaitsFor>,
    /// What last went wrong, until something goes right.
    #[schema(required)]
    last_error: Option<String>,
    /// Whether the registry has taken longer for this step than it should.
    overdue: bool,
    /// What costs money soon unless somebody acts.
    warnings: Vec<WarningView>,
    /// Whether it is cancelled; what the registry has is withdrawn then.
    cancelled: bool,
    /// What the registry charges for what was sent so far, by step and round.
    fees: Vec<Fee>,
    /// Why the registry refused or suspended it, in the registry's words.
    reasons: Vec<RefusalReason>,
    /// What the registry calls the brand.
    #[schema(required, value_type = Option<String>)]
    brand_id: Option<RegistryId>,
    /// What the registry calls the campaign.
    #[schema(required, value_type = Option<String>)]
    campaign_id: Option<RegistryId>,
    /// How many numbers; null for a number's own registration.
    #[schema(required)]
    numbers: Option<NumberCounts>,
    /// The number in E.164, for a number's own registration.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    number: Option<registration::order::PhoneNumber>,
    /// When the order came.
    #[schema(schema_with = view::time)]
    received_at: String,
    /// When its history last grew.
    #[schema(schema_with = view::time)]
    updated_at: String,
    links: Links,
}

/// How the numbers of an order stand.
#[derive(Debug, Serialize, ToSchema)]
struct NumberCounts {
    /// In the order.
    ordered: u32,
    /// Neither assigned nor refused yet, nor cancelled.
    open: u32,
    /// Refused.
    refused: u32,
    /// Cancelled by themselves: neither assigned nor refused.
    cancelled: u32,
}

/// What the registry charges for one submission. What was found there, and not sent,
/// costs nothing.
#[derive(Debug, Serialize, ToSchema)]
struct Fee {
    /// The step.
    #[schema(value_type = view::StepName)]
    step: Step,
    /// The round that was sent, from 1.
    #[schema(value_type = u32)]
    round: Round,
    /// In US cents, at the registry's public price.
    cents: u32,
    /// Whether the answer was lost, and it is not known yet whether the registry has it.
    in_doubt: bool,
}

/// What costs money soon.
#[derive(Debug, Serialize, ToSchema)]
struct WarningView {
    /// For programs.
    #[schema(example = "campaign_without_numbers")]
    code: &'static str,
    /// What happens, and what to do.
    text: &'static str,
}

/// What a registration waits for.
#[derive(Debug, Serialize, ToSchema)]
struct WaitsFor {
    /// For programs: `submission` (it is our turn), `outcome` (a call is under
    /// way), `retry` (a call failed), `verdict` (of the registry), `pin` (that came
    /// by SMS), `correction` (the registry refused it), `person` (somebody must
    /// look).
    what: &'static str,
    /// The same in words.
    text: String,
    /// `verdict`: since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = view::time)]
    since: Option<String>,
    /// `outcome`, `retry`: until when at least; `pin`: until when it is good.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = view::time)]
    until: Option<String>,
    /// `verdict`: what the registry calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    registry_id: Option<RegistryId>,
}

/// Why the registry refused, in its own words and code.
#[derive(Debug, Serialize, ToSchema)]
struct RefusalReason {
    /// The registry's code.
    code: String,
    /// The registry's words.
    description: String,
    /// The fields it is about: JSON pointers into the order where known, else
    /// the registry's names.
    fields: Vec<String>,
    /// What to do about it, in our words, where the code is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<&'static str>,
}

/// Shows one registration.
#[utoipa::path(
    get, path = "/v1/registrations/{id}", operation_id = "show", tag = "registrations",
    params(("id" = String, Path, description = "The registration of an order or of a number.")),
    responses(
        (status = 200, description = "Where it stands.", body = Summary),
        UnknownRegistration, CallProblems
    )
)]
pub(crate) async fn show(
    State(platform): State<Platform>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<Summary>, Problem> {
    let row = caller.row(&platform, &id).await?;
    let case = Case::load(&*platform.store, &id).await?;
    Ok(Json(summary(row, &case)))
}

/// The history is the truth; the row adds what only it knows: the count of
/// numbers, a look that failed, and times.
pub(crate) fn summary(row: Row, case: &Case) -> Summary {
    let facts = &case.facts;
    let pending = case.pending();
    let status = Status::of(facts);
    let numbers = counts(&row, case);
    let (campaign, number) = match facts.subject() {
        Subject::Business { .. } => (facts.registry_id(Step::Campaign), None),
        Subject::Number {
            campaign, number, ..
        } => (Some(campaign), Some(number.clone())),
    };
    let verdict = pending
        .as_ref()
        .and_then(|pending| facts.verdict(pending.step));
    Summary {
        status,
        step: pending.as_ref().map(|pending| pending.step),
        round: pending.as_ref().map_or(row.round, |pending| pending.round),
        reasons: verdict
            .map(|v| v.reasons().iter().map(reason).collect())
            .unwrap_or_default(),
        overdue: pending
            .as_ref()
            .is_some_and(|pending| facts.is_overdue(pending.step)),
        waits_for: pending.map(waits_for),
        last_error: row.last_error,
        warnings: facts.warning().into_iter().map(warning).collect(),
        cancelled: facts.cancelled(),
        fees: fees(facts),
        brand_id: facts.registry_id(Step::Brand).cloned(),
        campaign_id: campaign.cloned(),
        numbers,
        number,
        links: Links::of(&row.id, status),
        id: row.id,
        account: row.account,
        received_at: row.received_at.to_string(),
        updated_at: row.updated_at.to_string(),
    }
}

fn counts(row: &Row, case: &Case) -> Option<NumberCounts> {
    let Subject::Business { order } = case.facts.subject() else {
        return None;
    };
    let ordered = order.numbers.count();
    let numbers = case.facts.step(Step::Numbers);
    // The store counts from the numbers' first intention on.
    let begun = numbers.stands != Stands::Untried || numbers.round > Round::FIRST;
    let open = if begun { row.open_numbers } else { ordered };
    // The store counts each number's first end; the verdict those that were
    // corrected or taken off since.
    let refused = match case.facts.verdict(Step::Numbers) {
        Some(Verdict::Approved) => 0,
        Some(Verdict::PartlyApproved { refused, .. }) => *refused,
        _ => row.refused_numbers,
    };
    Some(NumberCounts {
        ordered,
        open,
        refused,
        cancelled: row.cancelled_numbers,
    })
}

fn reason(reason: &Reason) -> RefusalReason {
    let Reason {
        code,
        description,
        fields,
    } = reason.clone();
    RefusalReason {
        advice: advice(&code),
        code,
        description,
        fields,
    }
}

fn fees(facts: &Facts) -> Vec<Fee> {
    let fee = |fee: registration::facts::Fee| Fee {
        step: fee.step,
        round: fee.round,
        cents: fee.cents,
        in_doubt: fee.in_doubt,
    };
    facts.fees().into_iter().map(fee).collect()
}

fn warning(warning: Warning) -> WarningView {
    WarningView {
        code: warning.name(),
        text: warning.words(),
    }
}

fn waits_for(pending: Pending) -> WaitsFor {
    let step = pending.step;
    let mut waits = WaitsFor {
        what: "submission",
        text: format!("the {step} is to be submitted now"),
        since: None,
        until: None,
        registry_id: None,
    };
    match pending.waits {
        Waits::Submission => {}
        Waits::Outcome { lease_until } => {
            waits.what = "outcome";
            waits.text = format!("the {step} is being submitted");
            waits.until = Some(lease_until.to_string());
        }
        Waits::Retry { at } => {
            waits.what = "retry";
            waits.text = format!("the last call for the {step} failed and will be repeated");
            waits.until = Some(at.to_string());
        }
        Waits::Verdict { registry_id, since } => {
            waits.what = "verdict";
            waits.text = format!("the verdict on the {step} is awaited");
            waits.since = Some(since.to_string());
            waits.registry_id = Some(registry_id);
        }
        Waits::Pin { until } => {
            waits.what = "pin";
            waits.text = match until {
                Some(_) => "the PIN that came by SMS is awaited".to_owned(),
                None => "the PIN has expired: ask for another SMS".to_owned(),
            };
            waits.until = until.map(|until| until.to_string());
        }
        Waits::Correction { .. } => {
            waits.what = "correction";
            waits.text = format!("the {step} was refused: see reasons");
        }
        Waits::Person { reason } => {
            waits.what = "person";
            waits.text = reason;
        }
    }
    waits
}

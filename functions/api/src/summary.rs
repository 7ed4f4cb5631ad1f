//! GET /v1/registrations/{id}: where one registration stands, and why.

use axum::Json;
use axum::extract::State;
use platform::store::Row;
use platform::{Case, Platform, numbers};
use registration::event::Warning;
use registration::facts::{Facts, Subject};
use registration::parked::{Parked, ParkedNumbers};
use registration::preflight::Category;
use registration::refusal::{Reading, readings, template};
use registration::waiting::{Counts, Waiting};
use registration::{AccountId, MustAct, RegistrationId, RegistryId, Round, Status, Step};
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
    /// Who must act before it goes on.
    #[schema(value_type = view::MustActName)]
    must_act: MustAct,
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
    /// Only after a refusal: a merge patch to fill in (PATCH), with what stands now in the
    /// fields that the reasons mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    template: Option<serde_json::Value>,
    /// What the registry calls the brand.
    #[schema(required, value_type = Option<String>)]
    brand_id: Option<RegistryId>,
    /// What the registry calls the campaign.
    #[schema(required, value_type = Option<String>)]
    campaign_id: Option<RegistryId>,
    /// How many numbers; null for a number's own registration.
    #[schema(required)]
    numbers: Option<NumberCounts>,
    /// Why numbers of this order wait for an operator, each reason once.
    parked_numbers: Vec<ParkedView>,
    /// The number in E.164, for a number's own registration.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    number: Option<registration::order::PhoneNumber>,
    /// Where the number is now, for a number's own registration that another order of
    /// the account has taken it from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    moved_to: Option<RegistrationId>,
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
    /// Neither assigned nor refused yet, nor cancelled. Of a cancelled order: not
    /// withdrawn yet.
    open: u32,
    /// Refused.
    refused: u32,
    /// Cancelled by themselves: neither assigned nor refused. Of a cancelled order: all
    /// that are gone.
    cancelled: u32,
    /// Of those that are cancelled, how many other orders have taken.
    moved: u32,
    /// Waiting for an operator, whatever else they count as.
    parked: u32,
}

/// Numbers of an order that wait for an operator for one reason.
#[derive(Debug, Serialize, ToSchema)]
struct ParkedView {
    /// How many.
    numbers: u32,
    /// Why, and what to do.
    reason: String,
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
    /// way), `retry` (a call failed), `rule` (of the registry or a carrier, that
    /// forbids it for a time: nothing is wrong), `verdict` (of the registry),
    /// `numbers` (of this order, each in its own registration), `pin` (that came by
    /// SMS), `confirmation` (the link in the registry's e-mail), `correction` (the registry refused it), `person` (somebody must look).
    what: &'static str,
    /// The same in words.
    text: String,
    /// `verdict`, `numbers`: since when; `confirmation`: since the latest e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = view::time)]
    since: Option<String>,
    /// `outcome`, `retry`, `rule`: until when at least; `pin`: until when it is good;
    /// `confirmation`: after that the brand is over, and must be submitted again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = view::time)]
    until: Option<String>,
    /// `verdict`: what the registry calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    registry_id: Option<RegistryId>,
    /// `confirmation`: the domain of the address that the e-mail went to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "northwind-outfitters.example")]
    domain: Option<String>,
    /// `confirmation`: until when the link in the latest e-mail is good; none once it has
    /// expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = view::time)]
    link_until: Option<String>,
    /// `confirmation`: what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<&'static str>,
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
    /// The rejection category, as Telnyx spells it; null where neither code nor words tell.
    #[schema(required, example = "CALL_TO_ACTION")]
    category: Option<&'static str>,
    /// Whether category or fields are our reading of the registry's words.
    our_reading: bool,
    /// Whether sending again can help: `corrected` (once corrected), `as_it_is` (the registry
    /// failed, and not the data), `never` (final).
    #[schema(example = "corrected")]
    resubmission: &'static str,
    /// What sending again costs, in US cents at the registry's public price.
    #[serde(skip_serializing_if = "Option::is_none")]
    cents: Option<u32>,
    /// What to do about it, in our words, where something is known.
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
    let parked = match row.parked_numbers > 0 || case.facts.has_parked_numbers() {
        true => numbers::parked(&*platform.store, &id).await?,
        false => ParkedNumbers::default(),
    };
    Ok(Json(summary(row, &case, &parked)))
}

/// The history is the truth; the row adds what only it knows: the count of
/// numbers, a look that failed, and times.
pub(crate) fn summary(row: Row, case: &Case, parked: &ParkedNumbers) -> Summary {
    let facts = &case.facts;
    let pending = case.pending();
    let status = Status::of(facts);
    let step = pending.as_ref().map(|pending| pending.step);
    let counts = numbers::counts(&row, facts);
    let is_parked = row.parked_numbers > 0 || facts.has_parked_numbers();
    let waiting = pending
        .as_ref()
        .map(|pending| Waiting::of(pending, facts, counts.unwrap_or_default()));
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
        must_act: MustAct::of(status, step, is_parked),
        step,
        round: pending.as_ref().map_or(row.round, |pending| pending.round),
        reasons: verdict
            .zip(step)
            .map(|(verdict, step)| readings(verdict.reasons(), step))
            .unwrap_or_default()
            .into_iter()
            .map(reason)
            .collect(),
        template: step.and_then(|step| template(facts, step)),
        overdue: pending
            .as_ref()
            .is_some_and(|pending| facts.is_overdue(pending.step)),
        waits_for: waiting.map(waits_for),
        last_error: row.last_error,
        warnings: facts.warning().into_iter().map(warning).collect(),
        cancelled: facts.cancelled(),
        fees: fees(facts),
        brand_id: facts.registry_id(Step::Brand).cloned(),
        campaign_id: campaign.cloned(),
        numbers: counts.map(number_counts),
        parked_numbers: parked.groups().iter().map(parked_view).collect(),
        number,
        moved_to: facts.moved_to().cloned(),
        links: Links::of(&row.id, status),
        id: row.id,
        account: row.account,
        received_at: row.received_at.to_string(),
        updated_at: row.updated_at.to_string(),
    }
}

fn number_counts(counts: Counts) -> NumberCounts {
    let Counts {
        ordered,
        open,
        refused,
        cancelled,
        moved,
        parked,
    } = counts;
    NumberCounts {
        ordered,
        open,
        refused,
        cancelled,
        moved,
        parked,
    }
}

fn parked_view(parked: &Parked) -> ParkedView {
    ParkedView {
        numbers: parked.numbers,
        reason: parked.reason.clone(),
    }
}

fn reason(reading: Reading) -> RefusalReason {
    RefusalReason {
        code: reading.code,
        description: reading.description,
        category: reading.category.map(Category::name),
        fields: reading.fields,
        our_reading: reading.is_our_reading,
        resubmission: reading.resubmission.name(),
        cents: reading.cents,
        advice: reading.advice,
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

fn waits_for(waiting: Waiting) -> WaitsFor {
    let Waiting {
        what,
        text,
        since,
        until,
        registry_id,
        mail,
    } = waiting;
    let link_until = mail.as_ref().and_then(|mail| mail.link_until);
    WaitsFor {
        what,
        text,
        since: since.map(|since| since.to_string()),
        until: until.map(|until| until.to_string()),
        registry_id,
        link_until: link_until.map(|until| until.to_string()),
        advice: mail.as_ref().map(|mail| mail.advice),
        domain: mail.map(|mail| mail.domain),
    }
}

//! What callers see of a registration. Field names here are part of the API.

use std::borrow::Cow;

use platform::Case;
use platform::store::Row;
use registration::order::Order;
use registration::{AccountId, MustAct, RegistrationId, Round, Status, Step};
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// Where to go on, as paths of this API.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Links {
    /// The registration.
    #[serde(rename = "self")]
    #[schema(example = "/v1/registrations/reg_01h455vb4pex5vsknk084sn02q")]
    this: String,
    /// Its history.
    events: String,
    /// The registrations of its numbers; none for a number's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    numbers: Option<String>,
    /// Lets it run again (POST), of an order that only has parked numbers those; only
    /// where it is parked, rejected or expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry: Option<String>,
    /// Corrects it (PATCH); none once it is cancelled, of a number only where it is
    /// parked or rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    amend: Option<String>,
    /// Cancels it (POST); none once it is cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel: Option<String>,
    /// Hands in the PIN or asks for another SMS (POST); only where one is awaited.
    #[serde(skip_serializing_if = "Option::is_none")]
    otp: Option<String>,
    /// Has the confirmation e-mail sent again (POST); only where one is to be answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmation: Option<String>,
    /// The order that a number's own registration belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<String>,
}

impl Links {
    pub(crate) fn of(id: &RegistrationId, status: Status) -> Self {
        let this = path(id);
        let parent = id.parent();
        let is_order = parent.is_none();
        let is_wanted = !matches!(status, Status::Cancelling | Status::Cancelled);
        let is_stopped = matches!(status, Status::Parked | Status::Rejected);
        Self {
            events: format!("{this}/events"),
            numbers: parent.is_none().then(|| format!("{this}/numbers")),
            retry: (is_stopped || status == Status::Expired).then(|| format!("{this}/retry")),
            amend: (is_wanted && (is_order || is_stopped)).then(|| this.clone()),
            cancel: is_wanted.then(|| format!("{this}/cancel")),
            otp: (status == Status::AwaitingPin).then(|| format!("{this}/otp")),
            confirmation: (status == Status::AwaitingConfirmation)
                .then(|| format!("{this}/confirmation")),
            order: parent.as_ref().map(path),
            this,
        }
    }
}

/// Where a registration is found.
pub(crate) fn path(id: &RegistrationId) -> String {
    format!("/v1/registrations/{id}")
}

/// Where a registration stands after what was decided of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Standing {
    /// The registration.
    #[schema(value_type = String)]
    id: RegistrationId,
    /// Where it stands now.
    #[schema(value_type = StatusName)]
    status: Status,
    /// The step it stands at; null at the end.
    #[schema(required, value_type = Option<StepName>)]
    step: Option<Step>,
    /// That step's round, from 1; null at the end.
    #[schema(required, value_type = Option<u32>)]
    round: Option<Round>,
    links: Links,
}

impl Standing {
    pub(crate) fn of(case: &Case) -> Self {
        let status = Status::of(&case.facts);
        let pending = case.pending();
        Self {
            id: case.id.clone(),
            status,
            step: pending.as_ref().map(|pending| pending.step),
            round: pending.as_ref().map(|pending| pending.round),
            links: Links::of(&case.id, status),
        }
    }
}

/// A registration in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listed {
    /// Our id.
    #[schema(value_type = String, example = "reg_01h455vb4pex5vsknk084sn02q")]
    id: RegistrationId,
    /// The product team.
    #[schema(value_type = String)]
    account: AccountId,
    /// Where it stands.
    #[schema(value_type = StatusName)]
    status: Status,
    /// Who must act before it goes on.
    #[schema(value_type = MustActName)]
    must_act: MustAct,
    /// The step it stands at; null at the end.
    #[schema(required, value_type = Option<StepName>)]
    step: Option<Step>,
    /// That step's round, from 1.
    #[schema(value_type = u32)]
    round: Round,
    /// What last went wrong, until something goes right.
    #[schema(required)]
    last_error: Option<String>,
    /// When the order came.
    #[schema(schema_with = time)]
    received_at: String,
    /// When its history last grew.
    #[schema(schema_with = time)]
    updated_at: String,
    links: Links,
}

impl Listed {
    pub(crate) fn of(row: Row) -> Self {
        Self {
            links: Links::of(&row.id, row.status),
            must_act: row.must_act(),
            id: row.id,
            account: row.account,
            status: row.status,
            step: row.step,
            round: row.round,
            last_error: row.last_error,
            received_at: row.received_at.to_string(),
            updated_at: row.updated_at.to_string(),
        }
    }
}

/// One number of an order, in its own registration.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListedNumber {
    /// Its place in the order, from 1.
    place: u32,
    /// The number, in E.164.
    #[schema(required, value_type = Option<String>, example = "+12065550101")]
    number: Option<registration::order::PhoneNumber>,
    #[serde(flatten)]
    registration: Listed,
}

impl ListedNumber {
    /// None if the row is not a number's.
    pub(crate) fn of(row: Row, order: Option<&Order>) -> Option<Self> {
        let place = row.id.place()?;
        let index = usize::try_from(place).ok()?.checked_sub(1)?;
        let number = order
            .and_then(|order| order.numbers.as_slice().get(index))
            .cloned();
        Some(Self {
            place,
            number,
            registration: Listed::of(row),
        })
    }
}

/// The schema of a [`Status`].
pub(crate) struct StatusName;

impl PartialSchema for StatusName {
    fn schema() -> RefOr<Schema> {
        one_of(
            "Where a registration stands.",
            Status::ALL.into_iter().map(Status::name),
        )
        .into()
    }
}

impl ToSchema for StatusName {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Status")
    }
}

/// The schema of a [`MustAct`].
pub(crate) struct MustActName;

impl PartialSchema for MustActName {
    fn schema() -> RefOr<Schema> {
        one_of(
            "Who must act: the account (correct, give the PIN, follow the link, order anew), an \
             operator (look, then retry or cancel), the registry or a carrier (its answer is awaited), or nobody \
             (it goes on by itself, or is at its end).",
            MustAct::ALL.into_iter().map(MustAct::name),
        )
        .into()
    }
}

impl ToSchema for MustActName {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("MustAct")
    }
}

/// The schema of a [`Step`].
pub(crate) struct StepName;

impl PartialSchema for StepName {
    fn schema() -> RefOr<Schema> {
        one_of(
            "A step of a registration.",
            Step::ALL.iter().map(|step| step.name()),
        )
        .into()
    }
}

impl ToSchema for StepName {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Step")
    }
}

fn one_of(description: &str, values: impl Iterator<Item = &'static str>) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .enum_values(Some(values.collect::<Vec<_>>()))
        .build()
}

/// The schema of a time.
pub(crate) fn time() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .description(Some("RFC 3339, UTC."))
        .build()
}

//! Answers that say no, in Telnyx's error envelope:
//! `{"errors":[{"code","title","detail","source":{"pointer"}}]}`.
//!
//! Codes 10004 to 10023 are from Telnyx's public list of API errors; that a
//! 10DLC call answers with this one of them is the simulator's choice. Codes
//! from 90001 on are the simulator's own, because the real ones are not public.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A code with its title.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Code(pub(crate) &'static str, pub(crate) &'static str);

pub(crate) const MISSING: Code = Code("10004", "Missing required parameter");
pub(crate) const NOT_FOUND: Code = Code("10005", "Resource not found");
pub(crate) const UNEXPECTED: Code = Code("10007", "Unexpected error");
pub(crate) const UNAUTHENTICATED: Code = Code("10009", "Authentication failed");
pub(crate) const TOO_MANY: Code = Code("10011", "Too many requests");
pub(crate) const VETTED_ALREADY: Code = Code("10012", "Duplicate vetting request");
pub(crate) const BAD_REQUEST: Code = Code("10015", "Bad Request");
pub(crate) const NOT_E164: Code = Code("10016", "Phone number must be in +E.164 format");
pub(crate) const NO_SUCH_ASSOCIATE: Code = Code("10017", "Associated resource does not exist");
pub(crate) const INVALID_EMAIL: Code = Code("10019", "Invalid email address");
pub(crate) const IN_USE: Code = Code("10021", "Resource in use");
pub(crate) const INVALID_JSON: Code = Code("10023", "Invalid JSON");

pub(crate) const EIN_TAKEN: Code = Code("90001", "A brand with this EIN exists");
pub(crate) const BRAND_NOT_VERIFIED: Code = Code("90002", "Brand is not verified");
pub(crate) const NUMBER_TAKEN: Code = Code("90003", "Phone number is on a campaign");
pub(crate) const CAMPAIGN_NOT_READY: Code = Code("90004", "Campaign is not provisioned");
pub(crate) const POOL_NEEDED: Code = Code("90005", "Number pool required");
pub(crate) const NOT_APPEALABLE: Code = Code("90006", "Campaign cannot be appealed");
pub(crate) const REVET_TOO_SOON: Code = Code("90007", "Brand cannot be revetted yet");
pub(crate) const REFERENCE_TAKEN: Code = Code("90008", "Reference ID was used before");
pub(crate) const INACTIVE: Code = Code("90009", "Campaign is deactivated");
pub(crate) const FULL: Code = Code("90010", "Simulator is full");
pub(crate) const NUMBER_HELD: Code = Code("90011", "Phone number is held by the carrier");
pub(crate) const BRAND_NOT_REGISTERED: Code = Code("90012", "Brand is not registered");
pub(crate) const VETTING_UNKNOWN: Code = Code("90013", "Vetting is not confirmed");
pub(crate) const NOT_A_PERSON: Code = Code("90014", "Brand is not a sole proprietor");
pub(crate) const PIN_WRONG: Code = Code("90015", "PIN is wrong");
pub(crate) const NOT_QUALIFIED: Code = Code("90017", "Brand does not qualify for the use case");
pub(crate) const PIN_EXPIRED: Code = Code("90016", "PIN has expired");
pub(crate) const NOT_PUBLIC: Code = Code("90018", "Brand is not a public company");
pub(crate) const CONFIRMED: Code = Code("90019", "Brand is confirmed already");
pub(crate) const TOO_LATE: Code = Code("90020", "Brand was not confirmed in time");
pub(crate) const NOT_CONFIRMED: Code = Code("90021", "Brand is not confirmed");

/// A call that is refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    errors: Vec<Value>,
}

impl Refusal {
    /// Several field errors at once: 422.
    pub(crate) fn fields(errors: Vec<Value>) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            errors,
        }
    }

    /// One error with a status.
    pub(crate) fn new(status: StatusCode, code: Code, detail: &str) -> Self {
        Self {
            status,
            errors: vec![json!({"code": code.0, "title": code.1, "detail": detail})],
        }
    }

    /// A rule that says no: 400.
    pub(crate) fn rule(code: Code, field: &str, detail: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            errors: vec![field_error(code, field, detail)],
        }
    }

    /// What the path names is not there: 404.
    pub(crate) fn not_found(what: &str) -> Self {
        let detail = format!("The requested {what} could not be found.");
        Self::new(StatusCode::NOT_FOUND, NOT_FOUND, &detail)
    }

    /// 500.
    pub(crate) fn unexpected() -> Self {
        let detail = "An unexpected error occurred.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, UNEXPECTED, detail)
    }
}

/// One entry of the envelope that points at a field of the body.
pub(crate) fn field_error(code: Code, field: &str, detail: &str) -> Value {
    json!({
        "code": code.0,
        "title": code.1,
        "detail": detail,
        "source": {"pointer": format!("/{field}")},
    })
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(json!({"errors": self.errors}))).into_response()
    }
}

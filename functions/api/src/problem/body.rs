//! Bodies that are refused: every place that is wrong, and why.

use axum::http::StatusCode;
use platform::claims::Conflict;
use registration::amendment::Refusal;
use registration::order::Problems;
use registration::preflight::{Finding, Weight};

use super::{Broken, FieldProblem, Problem};

/// What a body that is refused was for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Body {
    /// An order.
    Order,
    /// A callback's address.
    Callback,
    /// A correction.
    Amendment,
    /// A cancellation.
    Cancellation,
    /// A PIN.
    Pin,
    /// A step that is to run again.
    Retry,
    /// A brand that is to be shared.
    Share,
}

impl FieldProblem {
    fn own(pointer: &str, rule: &'static str, message: String) -> Self {
        Self {
            pointer: pointer.to_owned(),
            rule: Broken::Own(rule),
            limit: None,
            message,
            registration: None,
        }
    }

    fn of(problem: &registration::order::Problem) -> Self {
        Self {
            pointer: problem.pointer.clone(),
            rule: Broken::Order(problem.rule),
            limit: problem.limit.clone(),
            message: problem.message.clone(),
            registration: None,
        }
    }
}

impl Problem {
    pub(crate) fn invalid_order(problems: &Problems) -> Self {
        let total = problems.total();
        let detail = format!(
            "Nothing was stored: {total} {} of the order must be corrected first, see errors.",
            if total == 1 { "value" } else { "values" }
        );
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid-order",
            "The order cannot be taken",
            detail,
        );
        let errors: Vec<_> = problems.iter().map(FieldProblem::of).collect();
        problem.details.more = Some(total - errors.len());
        problem.details.errors = Some(errors);
        problem
    }

    /// A body of a few fields that cannot be taken: `what` it is for, and every
    /// place that is wrong.
    pub(crate) fn invalid(what: Body, errors: &[registration::order::Problem]) -> Self {
        let mut problem = Self::unchanged(what);
        problem.details.errors = Some(errors.iter().map(FieldProblem::of).collect());
        problem
    }

    /// The same, by a rule that no order is read by.
    pub(crate) fn invalid_by(
        what: Body,
        pointer: &str,
        rule: &'static str,
        message: String,
    ) -> Self {
        let mut problem = Self::unchanged(what);
        problem.details.errors = Some(vec![FieldProblem::own(pointer, rule, message)]);
        problem
    }

    fn unchanged(what: Body) -> Self {
        let (kind, title) = match what {
            Body::Order => ("invalid-order", "The order cannot be taken"),
            Body::Callback => ("invalid-callback", "The callback cannot be taken"),
            Body::Amendment => ("invalid-amendment", "The correction cannot be taken"),
            Body::Cancellation => ("invalid-cancellation", "The cancellation cannot be taken"),
            Body::Retry => ("invalid-retry", "It cannot be retried so"),
            Body::Share => ("invalid-share", "The brand cannot be shared so"),
            Body::Pin => ("invalid-pin", "The PIN cannot be taken"),
        };
        let detail = "Nothing was changed: correct the body first, see errors.";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, kind, title, detail)
    }

    /// What other orders have, place by place.
    pub(crate) fn held_by_others(conflicts: &[Conflict]) -> Self {
        let mut problem = Self::conflict(
            "held-by-others",
            "Other orders have it",
            "Nothing was stored: other orders have some of what is asked for, see errors.",
        );
        let errors = conflicts.iter().take(Problems::KEPT);
        let errors = errors.map(|Conflict { pointer, kept }| FieldProblem {
            registration: kept.registration().cloned(),
            ..FieldProblem::own(pointer, kept.rule(), kept.to_string())
        });
        problem.details.errors = Some(errors.collect());
        problem
    }

    /// What reviewers would refuse for sure, place by place.
    pub(crate) fn preflight(body: Body, findings: &[Finding]) -> Self {
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "preflight",
            "Reviewers would refuse it",
            format!(
                "Nothing was stored: reviewers would refuse {}, see errors. This service does so \
                 before any fee is paid.",
                match body {
                    Body::Amendment => "the corrected order",
                    _ => "this order",
                }
            ),
        );
        let errors = findings
            .iter()
            .filter(|finding| finding.weight == Weight::Error);
        let errors = errors.take(Problems::KEPT);
        let errors = errors.map(|finding| {
            FieldProblem::own(&finding.pointer, finding.rule, finding.message.to_owned())
        });
        problem.details.errors = Some(errors.collect());
        problem
    }

    /// What may not be changed now, place by place.
    pub(crate) fn locked(refusals: &[Refusal]) -> Self {
        let mut problem = Self::conflict(
            "locked",
            "Locked for now",
            "Nothing was changed: some of this cannot be changed now, see errors.",
        );
        let errors = refusals.iter().take(Problems::KEPT).map(|refusal| {
            FieldProblem::own(
                &refusal.pointer,
                refusal.why.name(),
                refusal.why.to_string(),
            )
        });
        problem.details.errors = Some(errors.collect());
        problem
    }
}

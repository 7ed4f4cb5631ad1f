//! What one registration says of itself.

use axum::http::StatusCode;
use registration::event::Warning;
use registration::{
    Fact, Failure, Reason, Reference, RegistrationId, RegistryId, Round, Step, Verdict,
};
use serde_json::{Value, json};

use crate::service::{ACME, Service};

const ROUND: Round = Round::FIRST;

async fn show(service: &Service, id: &RegistrationId) -> Value {
    let answer = service.get(ACME, &format!("/v1/registrations/{id}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

fn intended(id: &RegistrationId, step: Step, request: Value) -> Fact {
    Fact::Intended {
        step,
        round: ROUND,
        attempt: 1,
        reference: Reference::of(id, step, ROUND),
        request,
        lease_until: "2026-05-04T12:01:00Z".parse().unwrap(),
    }
}

fn submitted(step: Step, id: &str) -> Fact {
    let (registry_id, response) = (RegistryId::new(id), json!({}));
    Fact::Submitted {
        step,
        round: ROUND,
        registry_id,
        found: false,
        response,
    }
}

fn reached(step: Step, verdict: Verdict) -> Fact {
    Fact::VerdictReached {
        step,
        round: ROUND,
        verdict,
    }
}

#[tokio::test]
async fn a_registration_says_what_it_waits_for_at_every_stage() {
    let service = Service::start().await;
    let id = service.ordered().await;
    let failed = Fact::AttemptFailed {
        step: Step::Brand,
        round: ROUND,
        attempt: 1,
        failure: Failure::Refused,
        error: "the registry answered 500".to_owned(),
        retry_at: "2026-05-04T12:00:05Z".parse().unwrap(),
    };
    let parked = Fact::Parked {
        step: Step::Brand,
        round: ROUND,
        reason: "look there".to_owned(),
    };
    for (fact, status, what, rest) in [
        (None, "in_progress", "submission", json!({})),
        (
            Some(intended(&id, Step::Brand, json!({}))),
            "in_progress",
            "outcome",
            json!({ "until": "2026-05-04T12:01:00Z" }),
        ),
        (
            Some(failed),
            "in_progress",
            "retry",
            json!({ "until": "2026-05-04T12:00:05Z" }),
        ),
        (
            Some(parked),
            "parked",
            "person",
            json!({ "text": "look there" }),
        ),
        (
            Some(submitted(Step::Brand, "B1")),
            "in_review",
            "verdict",
            json!({ "since": "2026-05-04T12:00:00Z", "registry_id": "B1" }),
        ),
    ] {
        if let Some(fact) = fact {
            service.happens(&id, vec![fact]).await;
        }
        let shown = show(&service, &id).await;
        assert_eq!(
            (&shown["status"], &shown["step"]),
            (&json!(status), &json!("brand")),
            "{shown}"
        );
        let waits = &shown["waits_for"];
        assert_eq!(waits["what"], what);
        assert!(waits["text"].as_str().is_some_and(|text| !text.is_empty()));
        for (name, value) in rest.as_object().unwrap() {
            assert_eq!(&waits[name], value, "{shown}");
        }
        assert_eq!(shown["links"]["retry"].is_string(), status == "parked");
    }
    assert_eq!(show(&service, &id).await["brand_id"], "B1");
}

#[tokio::test]
async fn a_rejected_registration_gives_the_registrys_reasons() {
    let service = Service::start().await;
    let id = service.ordered().await;
    let reason = Reason {
        code: "TAX_ID".to_owned(),
        description: "The name does not match.".to_owned(),
        fields: vec!["/brand/ein".to_owned()],
    };
    let verdict = Verdict::Rejected {
        reasons: vec![reason.clone()],
    };
    let facts = vec![submitted(Step::Brand, "B1"), reached(Step::Brand, verdict)];
    service.happens(&id, facts).await;
    let shown = show(&service, &id).await;
    assert_eq!(shown["status"], "rejected");
    let mut expected = json!(reason);
    expected["advice"] = json!(registration::advice::advice("TAX_ID").unwrap());
    for (name, value) in [
        ("category", json!("BRAND_INCONSISTENCIES")),
        ("our_reading", json!(false)),
        ("resubmission", json!("corrected")),
        ("cents", json!(400)),
    ] {
        expected[name] = value;
    }
    assert_eq!(shown["reasons"], json!([expected]));
    let template = json!({ "brand": { "ein": "914820367" } });
    assert_eq!(shown["template"], template, "with what stands now");
    assert_eq!(shown["waits_for"]["what"], "correction");
    assert_eq!(shown["last_error"], "TAX_ID");
}

#[tokio::test]
async fn the_count_of_open_numbers_is_the_order_until_the_store_counts() {
    let service = Service::start().await;
    let id = service.ordered().await;
    let counts =
        json!({ "ordered": 5, "open": 5, "refused": 0, "cancelled": 0, "moved": 0, "parked": 0 });
    assert_eq!(show(&service, &id).await["numbers"], counts);
    for step in [Step::Brand, Step::Campaign] {
        let facts = vec![
            submitted(step, step.name()),
            reached(step, Verdict::Approved),
        ];
        service.happens(&id, facts).await;
    }
    assert_eq!(show(&service, &id).await["numbers"], counts);
    let three = json!({ "numbers": 3 });
    service
        .happens(&id, vec![intended(&id, Step::Numbers, three)])
        .await;
    let shown = show(&service, &id).await;
    assert_eq!(shown["numbers"]["open"], 3);
    assert_eq!(
        (&shown["brand_id"], &shown["campaign_id"]),
        (&json!("brand"), &json!("campaign"))
    );

    let verdict = Verdict::PartlyApproved {
        approved: 4,
        refused: 1,
    };
    service
        .happens(
            &id,
            vec![
                submitted(Step::Numbers, "N"),
                reached(Step::Numbers, verdict),
            ],
        )
        .await;
    let shown = show(&service, &id).await;
    assert_eq!(
        (&shown["status"], &shown["waits_for"]),
        (&json!("partly_registered"), &Value::Null)
    );
    assert_eq!(shown["step"], Value::Null);
}

#[tokio::test]
async fn a_registration_says_what_it_cost_what_is_overdue_and_what_is_warned_of() {
    let service = Service::start().await;
    let id = service.ordered().await;
    let shown = show(&service, &id).await;
    let aside = |shown: &Value| {
        ["fees", "overdue", "warnings", "cancelled"].map(|name| shown[name].clone())
    };
    assert_eq!(
        aside(&shown),
        [json!([]), json!(false), json!([]), json!(false)]
    );
    for step in [Step::Brand, Step::Campaign] {
        let facts = vec![intended(&id, step, json!({})), submitted(step, step.name())];
        service.happens(&id, facts).await;
        let days = 14;
        let overdue = Fact::Overdue {
            step,
            round: ROUND,
            days,
        };
        service.happens(&id, vec![overdue]).await;
        assert_eq!(show(&service, &id).await["overdue"], true);
        service
            .happens(&id, vec![reached(step, Verdict::Approved)])
            .await;
    }
    let warning = Warning::CampaignWithoutNumbers;
    service.happens(&id, vec![Fact::Warned { warning }]).await;
    let shown = show(&service, &id).await;
    let fees = json!([
        { "step": "brand", "round": 1, "cents": 400, "in_doubt": false },
        { "step": "campaign", "round": 1, "cents": 1_500, "in_doubt": false },
    ]);
    let warnings = json!([{ "code": "campaign_without_numbers", "text": warning.words() }]);
    assert_eq!(aside(&shown), [fees, json!(false), warnings, json!(false)]);
    let facts = vec![
        submitted(Step::Numbers, "N"),
        reached(Step::Numbers, Verdict::Approved),
    ];
    service.happens(&id, facts).await;
    assert_eq!(show(&service, &id).await["warnings"], json!([]));
}

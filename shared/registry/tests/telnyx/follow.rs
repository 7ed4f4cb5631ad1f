//! What comes after a submission: reading, amending, withdrawing.

use registration::{Failure, RegistryId, Verdict};
use registry::{Kind, Registry as _, RegistryError, Subject};
use serde_json::{Value, json};

use crate::orders::{self, NUMBER};
use crate::server::{Act, Received, always, json as answer, serve, text};

fn unverified() -> Value {
    json!({"brandId": "b-1", "status": "OK", "identityStatus": "UNVERIFIED"})
}

fn id() -> RegistryId {
    RegistryId::new("b-1")
}

async fn brand_with_feedback(feedback: Act) -> (Option<Verdict>, Vec<String>) {
    let server = serve(move |call: &Received| match call.line.as_str() {
        "GET /v2/10dlc/brand/feedback/b-1" => feedback.clone(),
        _ => answer(200, unverified()),
    })
    .await;
    let reading = server.telnyx.status(Kind::Brand, &id()).await.unwrap();
    assert_eq!(reading.status, "OK UNVERIFIED");
    (reading.verdict, server.lines())
}

#[tokio::test]
async fn an_unverified_brand_with_feedback_is_rejected_with_its_fields() {
    let category = json!([{"id": "TAX_ID", "displayName": "Tax ID", "description": "No match.", "fields": ["ein", "companyName"]}]);
    let (verdict, lines) =
        brand_with_feedback(answer(200, json!({"brandId": "b-1", "category": category}))).await;
    let verdict = verdict.unwrap();
    assert_eq!(verdict.name(), "rejected");
    assert_eq!(verdict.reasons()[0].code, "TAX_ID");
    assert_eq!(
        verdict.reasons()[0].fields,
        ["/brand/ein", "/brand/companyName"]
    );
    assert_eq!(
        lines,
        [
            "GET /v2/10dlc/brand/b-1",
            "GET /v2/10dlc/brand/feedback/b-1"
        ]
    );
}

#[tokio::test]
async fn an_unverified_brand_without_feedback_is_still_being_scored() {
    let none = answer(200, json!({"brandId": "b-1", "category": []}));
    let nothing = answer(
        404,
        json!({"errors": [{"code": "10005", "title": "Resource not found"}]}),
    );
    for feedback in [none, nothing] {
        assert_eq!(brand_with_feedback(feedback).await.0, None);
    }
}

#[tokio::test]
async fn no_other_brand_is_asked_for_feedback() {
    for (status, identity) in [
        ("OK", "VERIFIED"),
        ("REGISTRATION_PENDING", "UNVERIFIED"),
        ("OK", "SELF_DECLARED"),
    ] {
        let brand = json!({"brandId": "b-1", "status": status, "identityStatus": identity});
        let server = always(answer(200, brand)).await;
        server.telnyx.status(Kind::Brand, &id()).await.unwrap();
        assert_eq!(server.lines(), ["GET /v2/10dlc/brand/b-1"]);
    }
}

#[tokio::test]
async fn each_kind_is_read_where_it_is_kept() {
    let all = json!({"brandId": "x", "campaignId": "x", "phoneNumber": NUMBER, "campaignStatus": "MNO_PROVISIONED"});
    let server = always(answer(200, all)).await;
    server
        .telnyx
        .status(Kind::Campaign, &RegistryId::new("c-1"))
        .await
        .unwrap();
    server
        .telnyx
        .status(Kind::Number, &RegistryId::new(NUMBER))
        .await
        .unwrap();
    server
        .telnyx
        .status(Kind::Brand, &RegistryId::new("../b?c"))
        .await
        .unwrap();
    assert_eq!(
        server.lines(),
        [
            "GET /v2/10dlc/campaign/c-1".to_owned(),
            format!("GET /v2/10dlc/phone_number_campaigns/{NUMBER}"),
            "GET /v2/10dlc/brand/..%2Fb%3Fc".to_owned(),
        ]
    );
}

#[tokio::test]
async fn a_failed_look_is_no_verdict() {
    let refusal = json!({"errors": [{"code": "10005", "title": "Resource not found"}]});
    for act in [
        Act::Close,
        Act::Hang,
        text(200, "", "OK"),
        answer(400, refusal.clone()),
        answer(401, refusal.clone()),
        answer(404, refusal.clone()),
        answer(409, refusal.clone()),
        answer(500, refusal),
        text(404, "", ""),
    ] {
        let server = always(act.clone()).await;
        let error = server
            .telnyx
            .status(Kind::Campaign, &id())
            .await
            .unwrap_err();
        assert_eq!(error.failure(), Some(Failure::Refused), "{act:?} {error}");
    }
    let server = always(text(429, "", "{}")).await;
    let error = server
        .telnyx
        .status(Kind::Campaign, &id())
        .await
        .unwrap_err();
    assert_eq!(error.failure(), Some(Failure::Throttled));
}

#[tokio::test]
async fn a_corrected_brand_that_stands_unverified_is_vetted_again() {
    let server = serve(|call: &Received| match call.line.as_str() {
        "PUT /v2/10dlc/brand/b-1/revet" => {
            answer(200, json!({"brandId": "b-1", "status": "REGISTRATION_PENDING", "identityStatus": "UNVERIFIED"}))
        }
        _ => answer(200, unverified()),
    })
    .await;
    let reading = server.telnyx.amend(&id(), &orders::brand()).await.unwrap();
    assert_eq!(reading.status, "REGISTRATION_PENDING UNVERIFIED");
    let received = server.received();
    assert_eq!(
        server.lines(),
        ["PUT /v2/10dlc/brand/b-1", "PUT /v2/10dlc/brand/b-1/revet"]
    );
    assert_eq!(received[0].body["companyName"], "Acme Incorporated");
    assert_eq!(received[0].body["altBusinessIdType"], "DUNS");
    assert!(
        received[0].body.get("mobilePhone").is_none(),
        "not among the parameters of an update"
    );
    assert_eq!(received[1].body, Value::Null);
}

#[tokio::test]
async fn a_correction_that_started_the_scoring_is_not_vetted_again() {
    let pending =
        json!({"brandId": "b-1", "status": "REGISTRATION_PENDING", "identityStatus": "UNVERIFIED"});
    let server = always(answer(200, pending)).await;
    server.telnyx.amend(&id(), &orders::brand()).await.unwrap();
    assert_eq!(server.lines(), ["PUT /v2/10dlc/brand/b-1"]);
}

#[tokio::test]
async fn of_a_campaign_only_what_can_be_changed_is_sent() {
    let mut stands = orders::document()["campaign"].take();
    stands["campaignId"] = "c-1".into();
    stands["messageFlow"] =
        "As it was before the correction, which changed the way people opt in.".into();
    stands["campaignStatus"] = "TCR_ACCEPTED".into();
    let server = always(answer(200, stands)).await;
    let reading = server
        .telnyx
        .amend(&RegistryId::new("c-1"), &orders::campaign())
        .await
        .unwrap();
    assert_eq!(reading.verdict, None);
    let received = server.received();
    assert_eq!(
        server.lines(),
        ["GET /v2/10dlc/campaign/c-1", "PUT /v2/10dlc/campaign/c-1"]
    );
    let campaign = &orders::document()["campaign"];
    let expected = json!({
        "messageFlow": campaign["messageFlow"],
        "helpMessage": campaign["helpMessage"],
        "autoRenewal": campaign["autoRenewal"],
        "sample1": campaign["samples"][0],
        "sample2": campaign["samples"][1],
        "webhookURL": orders::campaign().webhook_url,
    });
    assert_eq!(received[1].body, expected);
}

#[tokio::test]
async fn a_correction_that_the_registry_would_drop_is_not_sent() {
    let mut stands = orders::document()["campaign"].take();
    stands["campaignId"] = "c-1".into();
    stands["description"] =
        "Another description than the one in the order that is now sent.".into();
    let server = always(answer(200, stands)).await;
    match server
        .telnyx
        .amend(&RegistryId::new("c-1"), &orders::campaign())
        .await
    {
        Err(RegistryError::Terminal { reasons, .. }) => {
            assert_eq!(reasons.len(), 1);
            assert_eq!(reasons[0].fields, ["/campaign/description"]);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(server.lines(), ["GET /v2/10dlc/campaign/c-1"]);
}

#[tokio::test]
async fn a_number_has_nothing_to_correct() {
    let server = always(Act::Close).await;
    let error = server
        .telnyx
        .amend(&RegistryId::new(NUMBER), &orders::number())
        .await
        .unwrap_err();
    assert!(matches!(error, RegistryError::Terminal { .. }), "{error}");
    assert!(server.lines().is_empty());
}

#[tokio::test]
async fn taking_back_what_is_gone_is_a_success() {
    let gone = json!({"errors": [{"code": "10005", "title": "Resource not found"}]});
    for act in [
        text(204, "", ""),
        answer(200, json!({"time": 1})),
        answer(404, gone),
    ] {
        let server = always(act).await;
        server.telnyx.withdraw(Kind::Brand, &id()).await.unwrap();
        server
            .telnyx
            .withdraw(Kind::Campaign, &RegistryId::new("c-1"))
            .await
            .unwrap();
        server
            .telnyx
            .withdraw(Kind::Number, &RegistryId::new(NUMBER))
            .await
            .unwrap();
        assert_eq!(
            server.lines(),
            [
                "DELETE /v2/10dlc/brand/b-1".to_owned(),
                "DELETE /v2/10dlc/campaign/c-1".to_owned(),
                format!("DELETE /v2/10dlc/phone_number_campaigns/{NUMBER}"),
            ]
        );
    }
}

#[tokio::test]
async fn taking_back_what_is_going_is_a_success() {
    let gone = json!({"errors": [{"code": "10015", "title": "Bad Request"}]});
    for (kind, stands) in [
        (
            Kind::Campaign,
            json!({"campaignId": "c-1", "status": "EXPIRED"}),
        ),
        (
            Kind::Campaign,
            json!({"campaignId": "c-1", "campaignStatus": "TCR_EXPIRED"}),
        ),
        (
            Kind::Number,
            json!({"phoneNumber": NUMBER, "assignmentStatus": "PENDING_UNASSIGNMENT"}),
        ),
    ] {
        let refused = gone.clone();
        let server = serve(
            move |call: &Received| match call.line.starts_with("DELETE") {
                true => answer(400, refused.clone()),
                false => answer(200, stands.clone()),
            },
        )
        .await;
        server.telnyx.withdraw(kind, &id()).await.unwrap();
        let error = server
            .telnyx
            .withdraw(Kind::Brand, &id())
            .await
            .unwrap_err();
        assert!(matches!(error, RegistryError::Terminal { .. }), "{error}");
    }
}

#[tokio::test]
async fn what_could_not_be_taken_back_is_said() {
    let in_use = json!({"errors": [{"code": "10021", "title": "Resource in use"}]});
    for (act, failure) in [
        (answer(400, in_use), None),
        (
            text(404, "", "<html>no such page</html>"),
            Some(Failure::Refused),
        ),
        (text(500, "", ""), Some(Failure::InDoubt)),
        (Act::Close, Some(Failure::InDoubt)),
    ] {
        let server = always(act).await;
        let error = server
            .telnyx
            .withdraw(Kind::Brand, &id())
            .await
            .unwrap_err();
        assert_eq!(error.failure(), failure, "{error}");
    }
}

#[test]
fn a_submission_knows_its_kind() {
    let kinds =
        [orders::brand(), orders::campaign(), orders::number()].map(|all| all.subject.kind());
    assert_eq!(kinds, [Kind::Brand, Kind::Campaign, Kind::Number]);
    assert!(matches!(orders::brand().subject, Subject::Brand(_)));
}

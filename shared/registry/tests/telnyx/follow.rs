//! What comes after a submission: reading where it stands.

use registration::{Failure, RegistryId, Verdict};
use registry::{Kind, Registry as _, Subject};
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

#[test]
fn a_submission_knows_its_kind() {
    let all = [
        orders::brand(),
        orders::ordered_vetting(),
        orders::otp("b-1"),
        orders::pin("b-1", "123456"),
        orders::confirmation("b-1", None),
        orders::campaign(),
        orders::number(),
    ];
    let kinds = [
        Kind::Brand,
        Kind::Vetting,
        Kind::Otp,
        Kind::Pin,
        Kind::Confirmation,
        Kind::Campaign,
        Kind::Number,
    ];
    assert_eq!(all.map(|one| one.subject.kind()), kinds);
    assert!(matches!(orders::brand().subject, Subject::Brand(_)));
}

//! Corrected data and appeals: what is sent, and whether it was taken.

use registration::{Failure, RegistryId, Verdict};
use registry::{Reading, Registry as _, RegistryError, Request, Submission};
use serde_json::{Value, json};

use crate::orders::{self, NUMBER, amended, appealed};
use crate::server::{Act, Received, Server, always, json as answer, serve, text};

fn unverified() -> Value {
    json!({"brandId": "b-1", "status": "OK", "identityStatus": "UNVERIFIED"})
}

fn id() -> RegistryId {
    RegistryId::new("b-1")
}

fn campaign_id() -> RegistryId {
    RegistryId::new("c-1")
}

async fn submit(server: &Server, submission: &Submission) -> Result<Reading, RegistryError> {
    server
        .telnyx
        .submit(&server.telnyx.request(submission))
        .await
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
    let reading = submit(&server, &amended(&id(), orders::brand()))
        .await
        .unwrap();
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
    submit(&server, &amended(&id(), orders::brand()))
        .await
        .unwrap();
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
    let reading = submit(&server, &amended(&campaign_id(), orders::campaign()))
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
    match submit(&server, &amended(&campaign_id(), orders::campaign())).await {
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
    let error = submit(
        &server,
        &amended(&RegistryId::new(NUMBER), orders::number()),
    )
    .await
    .unwrap_err();
    assert!(matches!(error, RegistryError::Terminal { .. }), "{error}");
    assert!(server.lines().is_empty());
}

/// A registry whose brand stands unverified after every update, with feedback.
fn unverified_brand(revet: Act) -> impl Fn(&Received) -> Act + Send + Sync + 'static {
    move |call: &Received| match call.line.as_str() {
        "PUT /v2/10dlc/brand/b-1/revet" => revet.clone(),
        "GET /v2/10dlc/brand/feedback/b-1" => {
            let category = json!([{"id": "TAX_ID", "description": "No match.", "fields": ["ein"]}]);
            answer(200, json!({"brandId": "b-1", "category": category}))
        }
        _ => answer(200, unverified()),
    }
}

#[tokio::test]
async fn a_refused_vetting_is_a_reading_of_what_stands_and_no_rejection_by_itself() {
    let refusal = json!({"errors": [{"code": "1", "title": "Too soon", "detail": "Too soon."}]});
    let server = serve(unverified_brand(answer(400, refusal))).await;
    let reading = submit(&server, &amended(&id(), orders::brand()))
        .await
        .unwrap();
    let codes: Vec<_> = reading
        .verdict
        .as_ref()
        .map(Verdict::reasons)
        .unwrap_or_default()
        .iter()
        .map(|reason| reason.code.as_str())
        .collect();
    assert_eq!(codes, ["TAX_ID", "1"], "what stands, and why it stays so");

    let refusal = json!({"errors": [{"code": "1", "title": "Too soon"}]});
    let server = serve(move |call: &Received| match call.line.as_str() {
        "PUT /v2/10dlc/brand/b-1/revet" => answer(400, refusal.clone()),
        "GET /v2/10dlc/brand/feedback/b-1" => {
            answer(200, json!({"brandId": "b-1", "category": []}))
        }
        _ => answer(200, unverified()),
    })
    .await;
    let reading = submit(&server, &amended(&id(), orders::brand()))
        .await
        .unwrap();
    assert_eq!(reading.verdict, None, "it is being scored already");
}

#[tokio::test]
async fn a_vetting_whose_outcome_is_lost_leaves_the_amendment_in_doubt() {
    for (act, failure) in [
        (Act::Close, Failure::InDoubt),
        (text(500, "", ""), Failure::InDoubt),
        (text(429, "", "{}"), Failure::Throttled),
    ] {
        let server = serve(unverified_brand(act.clone())).await;
        let error = submit(&server, &amended(&id(), orders::brand()))
            .await
            .unwrap_err();
        assert_eq!(error.failure(), Some(failure), "{act:?} {error}");
        assert_eq!(server.lines().len(), 2, "each was sent once");
    }
}

#[tokio::test]
async fn an_amended_brand_is_found_when_it_has_the_data_and_is_no_longer_rejected() {
    let wanted = || {
        let mut brand = orders::document()["brand"].take();
        brand["brandId"] = "b-1".into();
        brand["status"] = "REGISTRATION_PENDING".into();
        brand["identityStatus"] = "UNVERIFIED".into();
        brand
    };
    let mut other = wanted();
    other["companyName"] = "Acme Limited".into();
    let mut verified = wanted();
    verified["status"] = "OK".into();
    verified["identityStatus"] = "VERIFIED".into();
    let mut failed = wanted();
    failed["status"] = "REGISTRATION_FAILED".into();
    let mut unknown = wanted();
    unknown["status"] = "NEW".into();
    for (stands, found) in [
        (wanted(), true),
        (verified, true),
        (unknown, true),
        (other, false),
        (failed, false),
    ] {
        let server = always(answer(200, stands.clone())).await;
        let submission = amended(&id(), orders::brand());
        let reading = server.telnyx.find(&submission).await.unwrap();
        assert_eq!(reading.is_some(), found, "{stands}");
    }
    let server = serve(unverified_brand(Act::Close)).await;
    let submission = amended(&id(), orders::brand());
    assert_eq!(server.telnyx.find(&submission).await.unwrap(), None);
}

/// The order's campaign as the registry shows it.
fn stands(status: &str) -> Value {
    let mut campaign = orders::document()["campaign"].take();
    let fields = campaign.as_object_mut().unwrap();
    let samples = fields.remove("samples").unwrap();
    fields.insert("sample1".to_owned(), samples[0].clone());
    fields.insert("sample2".to_owned(), samples[1].clone());
    fields.insert("campaignId".to_owned(), "c-1".into());
    fields.insert("campaignStatus".to_owned(), status.into());
    campaign
}

#[tokio::test]
async fn an_amended_campaign_is_found_by_its_data_so_that_no_review_is_paid_twice() {
    let mut other = stands("TCR_ACCEPTED");
    other["sample1"] = "Acme: as it was before the correction.".into();
    for (stands, found) in [
        (stands("TCR_ACCEPTED"), true),
        (stands("NEW"), true),
        (stands("MNO_REJECTED"), true),
        (other, false),
    ] {
        let server = always(answer(200, stands)).await;
        let submission = amended(&campaign_id(), orders::campaign());
        let reading = server.telnyx.find(&submission).await.unwrap();
        assert_eq!(reading.is_some(), found);
    }
}

#[tokio::test]
async fn an_appeal_sends_its_reason_and_no_data() {
    let server = always(answer(200, json!({"appealed_at": "2025-01-01T00:00:00Z"}))).await;
    let submission = appealed(
        &campaign_id(),
        "The policy is online now.",
        orders::campaign(),
    );
    let reading = submit(&server, &submission).await.unwrap();
    assert_eq!(reading.id, campaign_id());
    assert_eq!(reading.verdict, None);
    assert_eq!(reading.response["appealed_at"], "2025-01-01T00:00:00Z");
    let received = server.received();
    assert_eq!(server.lines(), ["POST /v2/10dlc/campaign/c-1/appeal"]);
    let expected = json!({"appeal_reason": "The policy is online now."});
    assert_eq!(received[0].body, expected);
}

#[tokio::test]
async fn an_appeal_with_nothing_to_appeal_is_a_reading_of_what_stands() {
    for (status, verdict, reasons) in [
        ("TCR_ACCEPTED", None, 0),
        ("NEW", None, 0),
        ("MNO_PROVISIONED", Some("approved"), 0),
        ("TCR_FAILED", Some("rejected"), 2),
    ] {
        let refusal = json!({"errors": [{"code": "1", "title": "Nothing to appeal"}]});
        let server = serve(move |call: &Received| match call.line.starts_with("POST") {
            true => answer(400, refusal.clone()),
            false => answer(200, stands(status)),
        })
        .await;
        let submission = appealed(&campaign_id(), "Look again.", orders::campaign());
        let reading = submit(&server, &submission).await.unwrap();
        let read = reading.verdict.as_ref();
        assert_eq!(read.map(Verdict::name), verdict, "{status}");
        assert_eq!(read.map_or(0, |read| read.reasons().len()), reasons);
    }
}

#[tokio::test]
async fn an_appeal_is_found_when_the_campaign_is_no_longer_rejected() {
    for (status, found) in [
        ("TCR_ACCEPTED", true),
        ("NEW", true),
        ("TELNYX_FAILED", false),
        ("MNO_REJECTED", false),
    ] {
        let server = always(answer(200, stands(status))).await;
        let submission = appealed(&campaign_id(), "Look again.", orders::campaign());
        let reading = server.telnyx.find(&submission).await.unwrap();
        assert_eq!(reading.is_some(), found, "{status}");
    }
}

#[tokio::test]
async fn where_campaigns_cannot_be_corrected_an_amendment_is_an_appeal() {
    let server = always(answer(200, json!({"appealed_at": "2025-01-01T00:00:00Z"}))).await;
    let telnyx = server.without_corrections();
    let submission = appealed(&campaign_id(), "Look again.", orders::campaign());
    telnyx.submit(&telnyx.request(&submission)).await.unwrap();
    let expected = ["POST /v2/10dlc/campaign/c-1/appeal"];
    assert_eq!(server.lines(), expected);

    let without_a_reason = amended(&campaign_id(), orders::campaign());
    let request = telnyx.request(&without_a_reason);
    match telnyx.submit(&request).await {
        Err(RegistryError::Terminal { reasons, .. }) => {
            assert_eq!(reasons[0].code, "appeal_reason_missing");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(server.lines(), expected, "nothing more was sent");
}

#[test]
fn a_request_of_an_older_version_can_still_be_read() {
    let old = json!({"kind": "brand", "method": "POST", "path": "/10dlc/brand", "body": {"a": 1}});
    let read: Request = serde_json::from_value(old.clone()).unwrap();
    assert!(read.then.is_empty());
    assert_eq!(
        serde_json::to_value(&read).unwrap(),
        old,
        "and is written the same"
    );
}

#[tokio::test]
async fn an_amendment_can_be_written_down_and_sent_later() {
    let server = serve(unverified_brand(answer(200, unverified()))).await;
    let request = server.telnyx.request(&amended(&id(), orders::brand()));
    let written = serde_json::to_string(&request).unwrap();
    assert_eq!(serde_json::from_str::<Request>(&written).unwrap(), request);
    server.telnyx.submit(&request).await.unwrap();
    let sent: Vec<String> = std::iter::once((&request.method, &request.path))
        .chain(request.then.iter().map(|then| (&then.method, &then.path)))
        .map(|(method, path)| format!("{method} /v2{path}"))
        .collect();
    assert_eq!(server.lines(), sent);
}

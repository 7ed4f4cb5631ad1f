//! What goes with a brand: its vetting, and a sole proprietor's PIN.

use registration::{Failure, RegistryId, Verdict};
use registry::{Kind, Reading, Registry as _, RegistryError, Submission};
use serde_json::{Value, json};

use crate::orders;
use crate::server::{Act, Received, Server, always, json as answer, serve, text};

async fn submit(server: &Server, submission: &Submission) -> Result<Reading, RegistryError> {
    server
        .telnyx
        .submit(&server.telnyx.request(submission))
        .await
}

fn name(reading: &Reading) -> Option<&'static str> {
    reading.verdict.as_ref().map(Verdict::name)
}

fn refusal(code: &str, detail: &str) -> Act {
    answer(
        400,
        json!({"errors": [{"code": code, "title": "No", "detail": detail}]}),
    )
}

fn record(id: &str, created: &str) -> Value {
    json!({"evpId": "EVP", "vettingClass": "CLASS", "vettingId": id, "createDate": created})
}

#[tokio::test]
async fn a_vetting_is_ordered_by_provider_and_class() {
    let ordered = json!({"evpId": "EVP", "vettingClass": "CLASS"});
    let server = always(answer(200, ordered.clone())).await;
    let reading = submit(&server, &orders::ordered_vetting()).await.unwrap();
    assert_eq!(
        (reading.id.as_str(), name(&reading)),
        ("b-1/EVP/CLASS", None)
    );
    let received = server.received();
    assert_eq!(server.lines(), ["POST /v2/10dlc/brand/b-1/externalVetting"]);
    assert_eq!(received[0].body, ordered);

    let server = always(answer(200, record("v-1", ""))).await;
    let reading = submit(&server, &orders::ordered_vetting()).await.unwrap();
    assert_eq!(reading.id.as_str(), "b-1/v-1", "named by the registry");
}

#[tokio::test]
async fn a_vetting_is_imported_by_its_id_and_token() {
    let mut vetted = record("v-7", "2025-01-01T00:00:00Z");
    vetted["vettedDate"] = "2025-01-02T00:00:00Z".into();
    let server = always(answer(200, vetted)).await;
    let reading = submit(&server, &orders::imported_vetting()).await.unwrap();
    assert_eq!(
        (reading.id.as_str(), name(&reading)),
        ("b-1/v-7", Some("approved"))
    );
    let received = server.received();
    assert_eq!(server.lines(), ["PUT /v2/10dlc/brand/b-1/externalVetting"]);
    let expected = json!({"evpId": "EVP", "vettingId": "v-7", "vettingToken": "secret-token"});
    assert_eq!(received[0].body, expected);
}

#[tokio::test]
async fn a_vetting_stands_as_the_list_says() {
    let vetted = |mut record: Value| {
        record["vettedDate"] = "2025-03-01T00:00:00Z".into();
        record
    };
    let with = |status: &str, mut record: Value| {
        record["vettingStatus"] = status.into();
        record
    };
    let (old, new) = (record("v-1", "2024-01-01"), record("v-2", "2025-01-01"));
    let other = json!({"evpId": "EVP", "vettingClass": "OTHER", "vettedDate": "2025-03-01"});
    for (list, status, verdict) in [
        (vec![], "not listed", None),
        (vec![other.clone()], "not listed", None),
        (vec![new.clone()], "ordered", None),
        (
            vec![vetted(old.clone()), other, new.clone()],
            "ordered",
            None,
        ),
        (vec![vetted(new.clone()), old], "vetted", Some("approved")),
        (vec![with("NEW", new.clone())], "NEW", None),
        (
            vec![with("NEW", vetted(new.clone()))],
            "NEW",
            Some("approved"),
        ),
        (vec![with("FAILED", new)], "FAILED", Some("rejected")),
    ] {
        let server = always(answer(200, json!(list))).await;
        let id = RegistryId::new("b-1/EVP/CLASS");
        let reading = server.telnyx.status(Kind::Vetting, &id).await.unwrap();
        assert_eq!((reading.status.as_str(), name(&reading)), (status, verdict));
        assert_eq!(server.lines(), ["GET /v2/10dlc/brand/b-1/externalVetting"]);
    }
}

#[tokio::test]
async fn a_vetting_that_was_ordered_already_is_the_one_that_is_there() {
    for (list, id) in [
        (json!([record("v-1", "2025-01-01")]), "b-1/v-1"),
        (json!([]), "b-1/EVP/CLASS"),
    ] {
        let server = serve(move |call: &Received| match call.line.starts_with("POST") {
            true => refusal("10012", "Ordered already."),
            false => answer(200, list.clone()),
        })
        .await;
        let reading = submit(&server, &orders::ordered_vetting()).await.unwrap();
        assert_eq!((reading.id.as_str(), name(&reading)), (id, None));
    }
    let server = always(refusal("10015", "No such provider.")).await;
    let error = submit(&server, &orders::ordered_vetting())
        .await
        .unwrap_err();
    assert_eq!(error.reasons()[0].code, "10015");
}

#[tokio::test]
async fn a_vetting_in_doubt_is_found_in_the_list() {
    let failed = json!([{"evpId": "EVP", "vettingClass": "CLASS", "vettingStatus": "FAILED"}]);
    for (submission, list, found) in [
        (orders::ordered_vetting(), json!([]), false),
        (orders::ordered_vetting(), json!([record("v-1", "")]), true),
        (orders::ordered_vetting(), failed, true),
        (
            orders::imported_vetting(),
            json!([record("v-1", "")]),
            false,
        ),
        (orders::imported_vetting(), json!([record("v-7", "")]), true),
    ] {
        let server = always(answer(200, list)).await;
        let reading = server.telnyx.find(&submission).await.unwrap();
        assert_eq!(reading.is_some(), found);
    }
}

#[tokio::test]
async fn a_pin_is_sent_by_text_message() {
    let sent = json!({"brandId": "b-1", "referenceId": "OTP4B2001"});
    let server = always(answer(200, sent)).await;
    let reading = submit(&server, &orders::otp("b-1")).await.unwrap();
    assert_eq!(
        (reading.id.as_str(), name(&reading)),
        ("OTP4B2001", Some("approved"))
    );
    let received = server.received();
    assert_eq!(server.lines(), ["POST /v2/10dlc/brand/b-1/smsOtp"]);
    let body = received[0].body.as_object().unwrap();
    assert!(body["pinSms"].as_str().unwrap().contains("@OTP_PIN@"));
    assert!(!body["successSms"].as_str().unwrap().is_empty());
    assert_eq!(body.len(), 2);
}

fn otp(delivery: &str, verified: Option<&str>) -> Value {
    json!({
        "brandId": "b-1",
        "referenceId": "OTP4B2001",
        "mobilePhone": "+12065550198",
        "deliveryStatus": delivery,
        "verifyDate": verified,
    })
}

#[tokio::test]
async fn a_sent_pin_stands_as_it_was_delivered() {
    for (delivery, verified, verdict) in [
        ("PENDING", None, "approved"),
        ("DELIVERED_HANDSET", None, "approved"),
        ("NEW", None, "approved"),
        ("FAILED", None, "rejected"),
        ("EXPIRED", None, "expired"),
        ("EXPIRED", Some("2025-01-01T00:00:00Z"), "approved"),
    ] {
        let server = always(answer(200, otp(delivery, verified))).await;
        let id = RegistryId::new("OTP4B2001");
        let reading = server.telnyx.status(Kind::Otp, &id).await.unwrap();
        assert_eq!(name(&reading), Some(verdict), "{delivery}");
        assert_eq!(server.lines(), ["GET /v2/10dlc/brand/smsOtp/OTP4B2001"]);
        let found = server.telnyx.find(&orders::otp("b-1")).await.unwrap();
        assert_eq!(found.is_some(), verdict == "approved", "{delivery}");
    }
    let nothing = json!({"errors": [{"code": "10005", "title": "Resource not found"}]});
    let server = always(answer(404, nothing)).await;
    assert_eq!(server.telnyx.find(&orders::otp("b-1")).await.unwrap(), None);
}

#[tokio::test]
async fn an_accepted_pin_is_approved_and_a_wrong_one_refused_with_its_code() {
    let pin = orders::pin("b-1", "123456");
    for act in [text(204, "", ""), answer(200, json!({}))] {
        let server = always(act).await;
        let reading = submit(&server, &pin).await.unwrap();
        assert_eq!(
            (reading.id.as_str(), name(&reading)),
            ("b-1", Some("approved"))
        );
        assert_eq!(server.lines(), ["PUT /v2/10dlc/brand/b-1/smsOtp"]);
        assert_eq!(server.received()[0].body, json!({"otpPin": "123456"}));
    }
    let server = always(refusal("1", "123456 is not the PIN.")).await;
    let error = submit(&server, &pin).await.unwrap_err();
    assert_eq!(error.failure(), None);
    assert_eq!(error.reasons()[0].code, "1");
    assert_eq!(error.reasons()[0].description, "*** is not the PIN.");
}

#[tokio::test]
async fn a_pin_in_doubt_is_found_once_it_was_accepted() {
    let pin = orders::pin("b-1", "123456");
    for (verified, found) in [(None, false), (Some("2025-01-01T00:00:00Z"), true)] {
        let server = always(answer(200, otp("NEW", verified))).await;
        let reading = server.telnyx.find(&pin).await.unwrap();
        assert_eq!(reading.is_some(), found);
        assert_eq!(server.lines(), ["GET /v2/10dlc/brand/b-1/smsOtp"]);
        let id = RegistryId::new("b-1");
        let reading = server.telnyx.status(Kind::Pin, &id).await.unwrap();
        assert_eq!(name(&reading), found.then_some("approved"));
    }
}

#[tokio::test]
async fn whatever_goes_wrong_leaves_the_doubt() {
    for act in [
        Act::Close,
        text(500, "", ""),
        text(200, "", "OK"),
        refusal("1", "No."),
    ] {
        for submission in [
            orders::ordered_vetting(),
            orders::imported_vetting(),
            orders::otp("b-1"),
            orders::pin("b-1", "123456"),
        ] {
            let server = always(act.clone()).await;
            let error = server.telnyx.find(&submission).await.unwrap_err();
            assert_eq!(error.failure(), Some(Failure::InDoubt), "{act:?} {error}");
        }
    }
}

#[tokio::test]
async fn no_pin_and_no_token_is_ever_shown() {
    let server = always(refusal("1", "123456 secret-token")).await;
    for submission in [orders::pin("b-1", "123456"), orders::imported_vetting()] {
        let request = server.telnyx.request(&submission);
        let error = server.telnyx.submit(&request).await.unwrap_err();
        for shown in [
            format!("{submission:?}"),
            format!("{request:?}"),
            error.to_string(),
        ] {
            assert!(!shown.contains("123456"), "{shown}");
            assert!(!shown.contains("secret-token"), "{shown}");
        }
    }
}

#[tokio::test]
async fn a_sole_proprietors_brand_says_that_it_awaits_its_pin() {
    for (entity, status, identity, awaits) in [
        ("SOLE_PROPRIETOR", "OK", "UNVERIFIED", true),
        ("SOLE_PROPRIETOR", "OK", "SELF_DECLARED", true),
        (
            "SOLE_PROPRIETOR",
            "REGISTRATION_PENDING",
            "UNVERIFIED",
            false,
        ),
        ("SOLE_PROPRIETOR", "OK", "VERIFIED", false),
        ("PRIVATE_PROFIT", "OK", "SELF_DECLARED", false),
    ] {
        let brand = json!({
            "brandId": "b-1",
            "entityType": entity,
            "status": status,
            "identityStatus": identity,
        });
        let server = always(answer(200, brand)).await;
        let id = RegistryId::new("b-1");
        let reading = server.telnyx.status(Kind::Brand, &id).await.unwrap();
        assert_eq!(reading.awaits_pin(), awaits, "{entity} {status} {identity}");
        assert!(reading.status.starts_with(status));
        assert_eq!(server.lines().len(), 1, "and is asked for no feedback");
    }
}

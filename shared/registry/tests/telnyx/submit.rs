//! Submitting: one call, and what may be done after each of its outcomes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use registration::sequence::Step;
use registration::{Failure, Verdict};
use registry::{Reading, Registry as _, RegistryError};
use serde_json::json;

use crate::orders::{self, NAME, NUMBER};
use crate::server::{
    Act, Server, always, json as answer, serve, telnyx_of_a_full_house, telnyx_of_no_tls,
    telnyx_of_nobody, text,
};

async fn submit(server: &Server) -> Result<Reading, RegistryError> {
    let request = server.telnyx.request(&orders::brand());
    server.telnyx.submit(&request).await
}

/// The failure of a submission that this is done with.
async fn failure(act: Act) -> (Option<Failure>, String) {
    let server = always(act.clone()).await;
    let error = submit(&server).await.expect_err(&format!("{act:?}"));
    while server.lines().is_empty() {
        // It gave up before the server had looked.
        tokio::task::yield_now().await;
    }
    assert_eq!(
        server.lines().len(),
        1,
        "sent once, whatever becomes of it: {act:?}"
    );
    (error.failure(), error.to_string())
}

#[tokio::test]
async fn a_brand_is_sent_with_the_registrys_fields() {
    let server = always(answer(
        200,
        json!({"brandId": "b-1", "status": "REGISTRATION_PENDING", "identityStatus": "UNVERIFIED"}),
    ))
    .await;
    let reading = submit(&server).await.unwrap();
    assert_eq!(reading.id.as_str(), "b-1");
    assert_eq!(reading.verdict, None);
    assert_eq!(reading.status, "REGISTRATION_PENDING UNVERIFIED");

    let received = server.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].line, "POST /v2/10dlc/brand");
    assert_eq!(received[0].header("authorization"), "Bearer KEY-test");
    assert_eq!(
        received[0].header("user-agent"),
        concat!("registrar/", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(received[0].header("content-type"), "application/json");
    let mut expected = orders::document()["brand"].take();
    let fields = expected.as_object_mut().unwrap();
    // Not among the parameters of a brand's creation.
    for name in ["brandRelationship", "altBusinessId", "altBusinessIdType"] {
        fields.remove(name).unwrap();
    }
    fields.insert("ein".to_owned(), "123456789".into());
    fields.insert("webhookURL".to_owned(), orders::brand().webhook_url.into());
    assert_eq!(received[0].body, expected);
}

#[tokio::test]
async fn a_campaign_is_sent_with_our_reference_and_its_samples_one_by_one() {
    let server = always(answer(
        200,
        json!({"campaignId": "c-1", "campaignStatus": "TCR_PENDING"}),
    ))
    .await;
    let request = server.telnyx.request(&orders::campaign());
    let reading = server.telnyx.submit(&request).await.unwrap();
    assert_eq!((reading.id.as_str(), reading.verdict), ("c-1", None));

    let received = server.received();
    assert_eq!(received[0].line, "POST /v2/10dlc/campaignBuilder");
    let mut expected = orders::document()["campaign"].take();
    let fields = expected.as_object_mut().unwrap();
    let samples = fields.remove("samples").unwrap();
    fields.insert("sample1".to_owned(), samples[0].clone());
    fields.insert("sample2".to_owned(), samples[1].clone());
    fields.insert("brandId".to_owned(), "b-1".into());
    fields.insert(
        "referenceId".to_owned(),
        orders::reference(Step::Campaign).as_str().into(),
    );
    fields.insert(
        "webhookURL".to_owned(),
        orders::campaign().webhook_url.into(),
    );
    assert_eq!(received[0].body, expected);
}

#[tokio::test]
async fn a_number_is_sent_with_its_campaign() {
    let body = json!({"phoneNumber": NUMBER, "campaignId": "c-1", "assignmentStatus": "ASSIGNED"});
    let server = always(answer(200, body)).await;
    let request = server.telnyx.request(&orders::number());
    let reading = server.telnyx.submit(&request).await.unwrap();
    assert_eq!(
        (reading.id.as_str(), reading.verdict),
        (NUMBER, Some(Verdict::Approved))
    );
    let received = server.received();
    assert_eq!(received[0].line, "POST /v2/10dlc/phone_number_campaigns");
    assert_eq!(
        received[0].body,
        json!({"phoneNumber": NUMBER, "campaignId": "c-1"})
    );
}

#[tokio::test]
async fn a_request_can_be_written_down_and_sent_later() {
    let server = always(answer(200, json!({"brandId": "b-1"}))).await;
    let request = server.telnyx.request(&orders::brand());
    assert_eq!(request, server.telnyx.request(&orders::brand()));
    let written = serde_json::to_string(&request).unwrap();
    server
        .telnyx
        .submit(&serde_json::from_str(&written).unwrap())
        .await
        .unwrap();
    assert_eq!(server.received()[0].body, request.body);
}

#[tokio::test]
async fn a_call_that_never_arrived_may_be_sent_again() {
    let (telnyx_of_a_full_house, _guests, _listener) = telnyx_of_a_full_house().await;
    for telnyx in [
        telnyx_of_nobody().await,
        telnyx_of_no_tls().await,
        telnyx_of_a_full_house,
    ] {
        let error = telnyx
            .submit(&telnyx.request(&orders::brand()))
            .await
            .unwrap_err();
        assert_eq!(error.failure(), Some(Failure::Refused), "{error}");
    }
}

#[tokio::test]
async fn a_call_is_not_repeated_on_another_connection() {
    let answered = AtomicBool::new(false);
    let server = serve(move |_| match answered.swap(true, Ordering::Relaxed) {
        false => answer(200, json!({"brandId": "b-1"})),
        true => Act::Close,
    })
    .await;
    submit(&server).await.unwrap();
    let error = submit(&server).await.unwrap_err();
    assert_eq!(error.failure(), Some(Failure::InDoubt), "{error}");
    let connections: Vec<usize> = server
        .received()
        .iter()
        .map(|call| call.connection)
        .collect();
    assert_eq!(connections, [0, 0]);
}

#[tokio::test]
async fn a_call_without_a_whole_answer_is_in_doubt() {
    for act in [
        Act::Hang,
        Act::Close,
        Act::Half("{\"brandId\":\"b-1\"}".to_owned()),
    ] {
        assert_eq!(
            failure(act.clone()).await.0,
            Some(Failure::InDoubt),
            "{act:?}"
        );
    }
}

#[tokio::test]
async fn a_yes_that_makes_no_sense_is_in_doubt() {
    for body in [
        "",
        "OK",
        "<html></html>",
        "null",
        "[]",
        "{}",
        r#"{"brandId":7}"#,
        r#"{"brandId":"../x"#,
    ] {
        for status in [200, 201, 204] {
            if status == 204 && !body.is_empty() {
                continue;
            }
            assert_eq!(
                failure(text(status, "", body)).await.0,
                Some(Failure::InDoubt),
                "{status} {body}"
            );
        }
    }
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let long = format!(
        "{{\"brandId\":\"b-1\",\"x\":\"{}\"}}",
        "x".repeat(1024 * 1024)
    );
    let (class, message) = failure(text(200, "", &long)).await;
    assert_eq!(class, Some(Failure::InDoubt));
    assert!(message.contains("longer than"), "{message}");
    let fits = format!(
        "{{\"brandId\":\"b-1\",\"x\":\"{}\"}}",
        "x".repeat(1000 * 1024)
    );
    let reading = submit(&always(text(200, "", &fits)).await).await.unwrap();
    assert!(reading.response.to_string().len() <= 64 * 1024);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (class, message) = failure(text(307, "location: /v2/10dlc/other\r\n", "")).await;
    assert_eq!(class, Some(Failure::InDoubt), "{message}");
}

#[tokio::test]
async fn the_registry_says_when_to_come_back() {
    let body = json!({"errors": [{"code": "10011", "title": "Too many requests"}]}).to_string();
    for (headers, expected) in [
        ("x-ratelimit-reset: 2\r\n", Some(Duration::from_secs(2))),
        ("retry-after: 3\r\n", Some(Duration::from_secs(3))),
        ("", None),
    ] {
        let server = always(text(429, headers, &body)).await;
        match submit(&server).await {
            Err(RegistryError::Throttled { after, .. }) => assert_eq!(after, expected),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_brand_that_is_still_being_scored_is_not_a_failure() {
    let body = json!({"errors": [{"code": 527, "title": "Brand is not verified"}]});
    let server = always(answer(400, body)).await;
    let request = server.telnyx.request(&orders::campaign());
    let error = server.telnyx.submit(&request).await.unwrap_err();
    assert_eq!(error.failure(), Some(Failure::NotYet), "{error}");
}

#[tokio::test]
async fn a_refusal_for_good_points_into_the_order() {
    let error = |pointer: &str| json!({"code": "10015", "title": "Bad Request", "detail": "No.", "source": {"pointer": pointer}});
    let body = json!({"errors": [error("/sample2"), error("/description")]});
    let server = always(answer(422, body)).await;
    let request = server.telnyx.request(&orders::campaign());
    match server.telnyx.submit(&request).await {
        Err(RegistryError::Terminal { reasons, .. }) => {
            assert_eq!(reasons[0].fields, ["/campaign/samples/1"]);
            assert_eq!(reasons[1].fields, ["/campaign/description"]);
            for reason in &reasons {
                let field = &reason.fields[0];
                assert!(
                    orders::document().pointer(field).is_some(),
                    "{field} is in the order"
                );
            }
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_broken_server_leaves_the_call_in_doubt() {
    for status in [500, 502, 503, 504] {
        assert_eq!(
            failure(text(status, "", "<html></html>")).await.0,
            Some(Failure::InDoubt),
            "{status}"
        );
    }
}

#[tokio::test]
async fn no_message_holds_personal_data() {
    let echo = json!({"errors": [{"code": "1", "title": "No", "detail": format!("{NAME} 123456789 {NUMBER}")}]});
    let mut acts = vec![Act::Hang, Act::Close];
    acts.extend([400, 401, 409, 422, 429, 500].map(|status| answer(status, echo.clone())));
    for act in acts {
        let server = always(act).await;
        for submission in [orders::brand(), orders::number()] {
            let request = server.telnyx.request(&submission);
            let said = server
                .telnyx
                .submit(&request)
                .await
                .unwrap_err()
                .to_string();
            let found = server
                .telnyx
                .find(&submission)
                .await
                .unwrap_err()
                .to_string();
            for shown in [said, found] {
                for hidden in [NAME, "123456789", NUMBER, "Acme", "KEY-test"] {
                    assert!(!shown.contains(hidden), "{shown}");
                }
            }
        }
    }
}

#[tokio::test]
async fn connections_are_used_again() {
    let server = always(answer(200, json!({"brandId": "b-1"}))).await;
    for _ in 0..3 {
        submit(&server).await.unwrap();
    }
    let connections: Vec<usize> = server
        .received()
        .iter()
        .map(|call| call.connection)
        .collect();
    assert_eq!(connections, [0, 0, 0]);
}

#[tokio::test]
async fn an_unknown_field_or_status_is_kept_and_decides_nothing() {
    let body = json!({"brandId": "b-1", "status": "NEW", "identityStatus": "NEWER", "added": [1]});
    let reading = submit(&always(answer(200, body.clone())).await)
        .await
        .unwrap();
    assert_eq!((&reading.verdict, &reading.response), (&None, &body));
    assert_eq!(reading.status, "NEW NEWER");
}

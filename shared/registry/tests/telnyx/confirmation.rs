//! The e-mail by which a public company confirms its brand.

use registration::Failure;
use registry::{Kind, Registry as _};
use registry_simulator::{Confirmation, Settings, Verdict};
use serde_json::{Value, json};

use crate::against_the_simulator::{brand, submit, verdict};
use crate::lost_answers::{LOST, both, carry};
use crate::orders::{self, confirmation};
use crate::server::{Act, always, json as answer, serve, text};

#[tokio::test]
async fn another_e_mail_is_one_call_without_a_body() {
    for act in [text(204, "", ""), answer(200, json!({}))] {
        let server = always(act).await;
        let sent = submit(&server.telnyx, &confirmation("b-1", None)).await;
        let sent = sent.unwrap();
        assert_eq!((sent.id.as_str(), sent.verdict), ("b-1", None));
        assert_eq!(server.lines(), ["POST /v2/10dlc/brand/b-1/2faEmail"]);
        assert_eq!(server.received()[0].body, Value::Null);
    }
}

#[tokio::test]
async fn a_corrected_address_is_told_to_the_registry_first() {
    let server = always(text(204, "", "")).await;
    let corrected = confirmation("b-1", Some("legal@example.com"));
    submit(&server.telnyx, &corrected).await.unwrap();
    assert_eq!(
        server.lines(),
        [
            "PUT /v2/10dlc/brand/b-1",
            "POST /v2/10dlc/brand/b-1/2faEmail"
        ]
    );
    let body = &server.received()[0].body;
    assert_eq!(body["businessContactEmail"], "legal@example.com");
    assert_eq!(body["displayName"], orders::NAME);
}

#[tokio::test]
async fn a_refusal_is_told_without_the_address() {
    let no =
        json!({"errors": [{"code": "1", "title": "No", "detail": "Not ir@example.com please"}]});
    let server = always(answer(400, no)).await;
    let error = submit(&server.telnyx, &confirmation("b-1", None)).await;
    let error = error.unwrap_err();
    assert_eq!(error.failure(), None);
    assert_eq!(error.reasons()[0].description, "Not *** please");
}

#[tokio::test]
async fn a_lost_answer_leads_to_another_e_mail_unless_the_brand_is_confirmed() {
    for (identity, found) in [("UNVERIFIED", false), ("VERIFIED", true)] {
        let stands = json!({"brandId": "b-1", "status": "OK", "identityStatus": identity});
        let server = serve(move |call| match call.line.contains("feedback") {
            true => answer(200, json!({"brandId": "b-1", "category": []})),
            false => answer(200, stands.clone()),
        })
        .await;
        let known = server.telnyx.find(&confirmation("b-1", None)).await;
        assert_eq!(known.unwrap().is_some(), found, "{identity}");
    }
    for act in [Act::Close, text(500, "", "")] {
        let server = always(act).await;
        let error = server.telnyx.find(&confirmation("b-1", None)).await;
        assert_eq!(error.unwrap_err().failure(), Some(Failure::InDoubt));
    }
}

#[tokio::test]
async fn a_public_company_is_verified_by_its_link_whatever_gets_lost() {
    for fault in LOST {
        let (simulator, telnyx) = both(Settings::default()).await;
        let sent = brand(|brand| brand["ein"] = "00-1239015".into());
        let id = submit(&telnyx, &sent).await.unwrap().id;
        let stands = telnyx.status(Kind::Confirmation, &id).await.unwrap();
        assert_eq!(verdict(&stands), None);
        simulator.fail_next(1, fault);
        let corrected = confirmation(id.as_str(), Some("legal@example.com"));
        carry(&telnyx, &corrected).await;
        let mails = simulator.mails(id.as_str());
        assert_eq!(mails.last().map(String::as_str), Some("legal@example.com"));
        let (subject, outcome) = (id.as_str().to_owned(), Confirmation::Followed);
        assert!(simulator.review(&Verdict::Confirmation { subject, outcome }));
        for kind in [Kind::Confirmation, Kind::Brand] {
            let stands = telnyx.status(kind, &id).await.unwrap();
            assert_eq!(verdict(&stands), Some("approved"));
        }
        let again = submit(&telnyx, &confirmation(id.as_str(), None)).await;
        assert_eq!(again.unwrap_err().reasons()[0].code, "90019");
    }
}

#[tokio::test]
async fn an_address_that_fails_is_a_refusal_of_that_place_of_the_order() {
    let (simulator, telnyx) = both(Settings::default()).await;
    let sent = brand(|brand| brand["ein"] = "00-1239015".into());
    let id = submit(&telnyx, &sent).await.unwrap().id;
    let (subject, outcome) = (id.as_str().to_owned(), Confirmation::Failed);
    assert!(simulator.review(&Verdict::Confirmation { subject, outcome }));
    let stands = telnyx.status(Kind::Confirmation, &id).await.unwrap();
    let refused = stands.verdict.unwrap();
    assert_eq!(refused.reasons()[0].fields, ["/brand/businessContactEmail"]);
}

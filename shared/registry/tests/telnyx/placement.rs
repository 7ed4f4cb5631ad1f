//! Where a number is, what is there already, and how carriers stand.

use registration::order::Usecase;
use registration::{Failure, RegistryId, Verdict};
use registry::{CarrierStatus, Kind, Registry as _, RegistryError, Standing};
use serde_json::{Value, json};

use crate::orders::{self, NUMBER};
use crate::server::{Act, Received, always, json as answer, serve, text};

fn nothing() -> Act {
    answer(
        404,
        json!({"errors": [{"code": "10005", "title": "Resource not found"}]}),
    )
}

#[tokio::test]
async fn each_carrier_says_how_the_campaign_stands() {
    let said = json!({"10017": "REGISTERED", "10035": "SUSPENDED", "10999": "NEW"});
    let server = always(answer(200, said)).await;
    let carriers = server
        .telnyx
        .carriers(&RegistryId::new("c-1"))
        .await
        .unwrap();
    assert_eq!(
        server.lines(),
        ["GET /v2/10dlc/campaign/c-1/operationStatus"]
    );
    let of = |network: &str, name: Option<&str>, status| CarrierStatus {
        network: network.to_owned(),
        carrier: name.map(str::to_owned),
        status,
    };
    let expected = [
        of("10017", Some("AT&T"), Standing::Registered),
        of("10035", Some("T-Mobile"), Standing::Suspended),
        of("10999", None, Standing::Unknown("NEW".to_owned())),
    ];
    assert_eq!(carriers, expected);
}

#[tokio::test]
async fn a_failed_question_says_nothing() {
    let number = orders::order().numbers.as_slice()[0].clone();
    for act in [
        Act::Close,
        text(200, "", "OK"),
        answer(200, json!([])),
        answer(500, json!({})),
        text(404, "", "<html></html>"),
    ] {
        let server = always(act.clone()).await;
        let errors = [
            server
                .telnyx
                .carriers(&RegistryId::new("c-1"))
                .await
                .unwrap_err(),
            server.telnyx.placed(&number).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.failure(), Some(Failure::Refused), "{act:?} {error}");
            assert!(!error.to_string().contains(NUMBER), "{error}");
        }
    }
}

async fn placed(assignment: Value, campaign: Act) -> Option<(String, Option<String>)> {
    let server = serve(
        move |call: &Received| match call.line.contains("campaigns/") {
            true => answer(200, assignment.clone()),
            false => campaign.clone(),
        },
    )
    .await;
    let number = orders::order().numbers.as_slice()[0].clone();
    let placed = server.telnyx.placed(&number).await.unwrap();
    placed.map(|placed| {
        let reference = placed.reference.map(|reference| reference.to_string());
        (placed.campaign.to_string(), reference)
    })
}

#[tokio::test]
async fn a_number_is_placed_by_its_campaign_and_that_campaigns_reference() {
    let campaign =
        |reference: Value| answer(200, json!({"campaignId": "c-9", "referenceId": reference}));
    let ours = json!({"phoneNumber": NUMBER, "campaignId": "TCR9", "telnyxCampaignId": "c-9"});
    let shared = json!({"phoneNumber": NUMBER, "campaignId": "TCR9", "telnyxCampaignId": ""});
    for (assignment, campaign, expected) in [
        (
            ours.clone(),
            campaign(json!("ref-1")),
            ("c-9", Some("ref-1")),
        ),
        (ours.clone(), campaign(json!("")), ("c-9", None)),
        (ours.clone(), campaign(json!(null)), ("c-9", None)),
        (ours, nothing(), ("c-9", None)),
        (shared, nothing(), ("TCR9", None)),
    ] {
        let (id, reference) = placed(assignment, campaign).await.unwrap();
        assert_eq!((id.as_str(), reference.as_deref()), expected);
    }
    let number = orders::order().numbers.as_slice()[0].clone();
    let server = always(nothing()).await;
    assert_eq!(server.telnyx.placed(&number).await.unwrap(), None);
}

#[tokio::test]
async fn what_exists_already_is_told_apart_from_what_is_refused() {
    let brand = |detail: &str| ("90001", detail.to_owned(), orders::brand());
    let number = |detail: &str| ("90003", detail.to_owned(), orders::number());
    for ((code, detail, submission), elsewhere) in [
        (brand("A brand with this EIN is registered already."), true),
        (brand("Duplicate brand"), true),
        (brand("EIN exists."), true),
        (brand("The EIN does not exist."), false),
        (
            number("The number is on a campaign; remove it first."),
            true,
        ),
        (number("The number is on another account's campaign."), true),
        (number("Assigned to another campaign."), true),
        (number("Not a number of this account."), false),
    ] {
        let body = json!({"errors": [{"code": code, "title": "No", "detail": detail}]});
        let server = always(answer(400, body)).await;
        let request = server.telnyx.request(&submission);
        let error = server.telnyx.submit(&request).await.unwrap_err();
        let is = matches!(error, RegistryError::Elsewhere { .. });
        assert_eq!(is, elsewhere, "{detail}");
        assert_eq!(error.failure(), None);
        assert_eq!(error.reasons()[0].code, code);
    }
}

#[tokio::test]
async fn a_number_that_a_carrier_still_holds_has_to_wait() {
    let detail = "The number is held by the carrier for its former campaign.";
    let body = json!({"errors": [{"code": "90011", "title": "Held", "detail": detail}]});
    let server = always(answer(400, body)).await;
    let request = server.telnyx.request(&orders::number());
    let error = server.telnyx.submit(&request).await.unwrap_err();
    assert_eq!(error.failure(), Some(Failure::NotYet), "{error}");
}

#[tokio::test]
async fn a_number_that_was_removed_is_over() {
    let leaving = json!({"phoneNumber": NUMBER, "campaignId": "c-1", "assignmentStatus": "PENDING_UNASSIGNMENT"});
    for (act, status) in [
        (nothing(), "removed"),
        (answer(200, leaving.clone()), "PENDING_UNASSIGNMENT"),
    ] {
        let server = always(act).await;
        let id = RegistryId::new(NUMBER);
        let reading = server.telnyx.status(Kind::Number, &id).await.unwrap();
        assert_eq!(reading.verdict, Some(Verdict::Expired));
        assert_eq!(
            (reading.id.as_str(), reading.status.as_str()),
            (NUMBER, status)
        );
    }
    let server = always(answer(200, leaving)).await;
    let found = server.telnyx.find(&orders::number()).await.unwrap();
    assert_eq!(found, None, "what is leaving was not just submitted");
}

#[tokio::test]
async fn a_campaign_that_was_deactivated_is_over_whatever_else_it_says() {
    for status in ["MNO_PROVISIONED", "TCR_FAILED", "NEW"] {
        let campaign = json!({"campaignId": "c-1", "campaignStatus": status, "status": "EXPIRED"});
        let server = always(answer(200, campaign)).await;
        let id = RegistryId::new("c-1");
        let reading = server.telnyx.status(Kind::Campaign, &id).await.unwrap();
        assert_eq!(reading.verdict, Some(Verdict::Expired), "{status}");
    }
}

async fn qualified(said: Value) -> Vec<(String, bool)> {
    let server = always(answer(200, said)).await;
    let usecase = serde_json::from_value::<Usecase>(json!("2FA")).unwrap();
    let brand = RegistryId::new("b-1");
    let asked = server.telnyx.qualifications(&brand, &usecase);
    let carriers = asked.await.unwrap();
    assert_eq!(
        server.lines(),
        ["GET /v2/10dlc/campaignBuilder/brand/b-1/usecase/2FA"]
    );
    carriers
        .into_iter()
        .map(|carrier| (carrier.carrier, carrier.qualifies))
        .collect()
}

#[tokio::test]
async fn a_carrier_takes_a_campaign_unless_it_says_no_and_one_without_support_is_not_asked() {
    let carriers = qualified(json!({"usecase": "2FA", "mnoMetadata": {
        "10017": {"qualify": true, "mnoSupport": true},
        "10035": {"qualify": false, "mnoSupport": true},
        "10038": {"qualify": false, "mnoSupport": false},
        "10999": {"minMsgSamples": 1},
    }}));
    let expected = [("AT&T", true), ("T-Mobile", false), ("10999", true)];
    assert_eq!(
        carriers.await,
        expected.map(|(name, takes)| (name.to_owned(), takes))
    );
    for nothing in [json!({"usecase": "2FA"}), json!({"mnoMetadata": null})] {
        assert_eq!(qualified(nothing).await, []);
    }
}

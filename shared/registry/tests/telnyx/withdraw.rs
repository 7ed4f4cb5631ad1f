//! Taking back: what is gone or going is a success.

use registration::{Failure, RegistryId, Verdict};
use registry::{Reading, Registry as _, RegistryError, Submission};
use serde_json::json;

use crate::orders::{self, NUMBER, withdrawn};
use crate::server::{Act, Received, Server, always, json as answer, serve, text};

fn brand() -> Submission {
    withdrawn(&RegistryId::new("b-1"), orders::brand())
}

fn campaign() -> Submission {
    withdrawn(&RegistryId::new("c-1"), orders::campaign())
}

fn number() -> Submission {
    withdrawn(&RegistryId::new(NUMBER), orders::number())
}

async fn submit(server: &Server, submission: &Submission) -> Result<Reading, RegistryError> {
    server
        .telnyx
        .submit(&server.telnyx.request(submission))
        .await
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
        for (submission, id) in [(brand(), "b-1"), (campaign(), "c-1"), (number(), NUMBER)] {
            let reading = submit(&server, &submission).await.unwrap();
            assert_eq!(reading.id.as_str(), id);
            assert_eq!(reading.verdict, Some(Verdict::Approved));
        }
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
    for (submission, stands) in [
        (
            campaign(),
            json!({"campaignId": "c-1", "status": "EXPIRED"}),
        ),
        (
            campaign(),
            json!({"campaignId": "c-1", "campaignStatus": "TCR_EXPIRED"}),
        ),
        (
            number(),
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
        let reading = submit(&server, &submission).await.unwrap();
        assert_eq!(reading.verdict, Some(Verdict::Approved));
        let error = submit(&server, &brand()).await.unwrap_err();
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
        let error = submit(&server, &brand()).await.unwrap_err();
        assert_eq!(error.failure(), failure, "{error}");
    }
}

#[tokio::test]
async fn a_withdrawal_that_is_refused_is_not_decided_while_the_thing_cannot_be_read() {
    let refused = json!({"errors": [{"code": "10015", "title": "Bad Request"}]});
    let server = serve(
        move |call: &Received| match call.line.starts_with("DELETE") {
            true => answer(400, refused.clone()),
            false => text(502, "", ""),
        },
    )
    .await;
    let error = submit(&server, &campaign()).await.unwrap_err();
    assert_eq!(error.failure(), Some(Failure::InDoubt), "{error}");
}

#[tokio::test]
async fn a_withdrawal_in_doubt_is_found_when_the_thing_is_gone_or_going() {
    let nothing = json!({"errors": [{"code": "10005", "title": "Resource not found"}]});
    let on = |campaign: &str, status: &str| {
        let assignment =
            json!({"phoneNumber": NUMBER, "campaignId": campaign, "assignmentStatus": status});
        answer(200, assignment)
    };
    for (submission, act, found) in [
        (brand(), answer(404, nothing.clone()), true),
        (brand(), answer(200, json!({"brandId": "b-1"})), false),
        (campaign(), answer(404, nothing.clone()), true),
        (
            campaign(),
            answer(200, json!({"campaignId": "c-1", "status": "EXPIRED"})),
            true,
        ),
        (
            campaign(),
            answer(200, json!({"campaignId": "c-1", "campaignStatus": "NEW"})),
            false,
        ),
        (number(), answer(404, nothing), true),
        (number(), on("c-1", "PENDING_UNASSIGNMENT"), true),
        (number(), on("c-1", "ASSIGNED"), false),
        (number(), on("c-1", "FAILED_UNASSIGNMENT"), false),
        (number(), on("c-2", "ASSIGNED"), true),
    ] {
        let server = always(act.clone()).await;
        let reading = server.telnyx.find(&submission).await.unwrap();
        assert_eq!(reading.is_some(), found, "{act:?}");
        let verdict = reading.and_then(|reading| reading.verdict);
        assert_eq!(verdict, found.then_some(Verdict::Approved), "{act:?}");
        assert_eq!(server.lines().len(), 1);
    }
}

#[tokio::test]
async fn whatever_goes_wrong_leaves_a_withdrawal_in_doubt() {
    for act in [
        Act::Close,
        text(500, "", ""),
        text(404, "", "<html></html>"),
    ] {
        for submission in [brand(), campaign(), number()] {
            let server = always(act.clone()).await;
            let error = server.telnyx.find(&submission).await.unwrap_err();
            assert_eq!(error.failure(), Some(Failure::InDoubt), "{act:?} {error}");
        }
    }
}

#[tokio::test]
async fn what_has_no_call_to_take_it_back_is_refused_without_one() {
    let server = always(Act::Close).await;
    let id = RegistryId::new("x");
    for submission in [
        orders::ordered_vetting(),
        orders::otp("b-1"),
        orders::pin("b-1", "123456"),
    ] {
        let submission = withdrawn(&id, submission);
        assert_eq!(server.telnyx.find(&submission).await.unwrap(), None);
        let error = submit(&server, &submission).await.unwrap_err();
        assert!(matches!(error, RegistryError::Terminal { .. }), "{error}");
    }
    assert!(server.lines().is_empty());
}

//! Looking up what may have arrived: `None` only when it surely did not.

use registration::Failure;
use registration::sequence::Step;
use registry::{Capability, Kind, Registry as _};
use serde_json::{Value, json};

use crate::orders::{self, NAME, NUMBER};
use crate::server::{Act, Received, Server, always, json as answer, serve, text};

fn brand(id: &str, ein: &str) -> Value {
    json!({
        "brandId": id,
        "displayName": NAME,
        "companyName": "Acme Incorporated",
        "ein": ein,
        "status": "OK",
        "identityStatus": "VERIFIED",
    })
}

/// A list of records, and each of them by its id.
async fn listing(name: &'static str, records: Vec<Value>) -> Server {
    serve(move |call: &Received| {
        let (_, rest) = call.line.split_once("/v2/10dlc/").unwrap();
        let by_id =
            |record: &&Value| rest.ends_with(&format!("/{}", record[name].as_str().unwrap()));
        match rest.split_once('?') {
            None => match records.iter().find(by_id) {
                Some(record) => answer(200, record.clone()),
                None => answer(
                    404,
                    json!({"errors": [{"code": "10005", "title": "Resource not found"}]}),
                ),
            },
            Some((_, query)) => {
                let page = query
                    .split('&')
                    .find_map(|pair| pair.strip_prefix("page="))
                    .unwrap();
                let skip = (page.parse::<usize>().unwrap() - 1) * 2;
                let page: Vec<&Value> = records.iter().skip(skip).take(2).collect();
                answer(
                    200,
                    json!({"records": page, "page": 1, "totalRecords": records.len()}),
                )
            }
        }
    })
    .await
}

async fn doubt(act: Act) {
    for submission in [orders::brand(), orders::campaign(), orders::number()] {
        let server = always(act.clone()).await;
        let error = server
            .telnyx
            .find(&submission)
            .await
            .expect_err(&format!("{act:?}"));
        assert_eq!(error.failure(), Some(Failure::InDoubt), "{act:?} {error}");
    }
}

#[tokio::test]
async fn everything_can_be_found() {
    let server = always(Act::Close).await;
    for kind in [Kind::Brand, Kind::Campaign, Kind::Number] {
        assert_eq!(server.telnyx.capability(kind), Capability::Findable);
    }
}

#[tokio::test]
async fn a_brand_is_found_by_its_names_and_its_ein() {
    let mut other_name = brand("b-0", "123456789");
    other_name["companyName"] = "Acme Limited".into();
    let mut other_display = brand("b-3", "123456789");
    other_display["displayName"] = "Acme".into();
    let records = vec![
        other_name,
        brand("b-1", "987654321"),
        other_display,
        brand("b-2", "12-3456789"),
    ];
    let server = listing("brandId", records).await;
    let found = server.telnyx.find(&orders::brand()).await.unwrap().unwrap();
    assert_eq!(found.id.as_str(), "b-2");
    assert_eq!(found.verdict.unwrap().name(), "approved");
    let lines = server.lines();
    assert_eq!(
        lines[0],
        "GET /v2/10dlc/brand?displayName=Acme+%26+S%C3%B6hne&page=1&recordsPerPage=20"
    );
    assert!(
        !lines.contains(&"GET /v2/10dlc/brand/b-3".to_owned()),
        "of another name"
    );
}

#[tokio::test]
async fn a_brand_that_is_not_there_is_not_found() {
    for records in [
        vec![],
        vec![
            brand("b-1", "987654321"),
            brand("b-2", "987654322"),
            brand("b-3", "1"),
        ],
    ] {
        let server = listing("brandId", records).await;
        assert_eq!(server.telnyx.find(&orders::brand()).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_brand_of_the_same_name_without_an_ein_leaves_the_doubt() {
    let mut hidden = brand("b-1", "");
    hidden.as_object_mut().unwrap().remove("ein");
    let server = listing("brandId", vec![hidden]).await;
    let error = server.telnyx.find(&orders::brand()).await.unwrap_err();
    assert_eq!(error.failure(), Some(Failure::InDoubt), "{error}");
}

#[tokio::test]
async fn a_campaign_is_found_by_our_reference_on_any_page() {
    let ours = orders::reference(Step::Campaign).to_string();
    let campaign = |id: &str, reference: &str| json!({"campaignId": id, "referenceId": reference, "campaignStatus": "TCR_ACCEPTED"});
    let mut records = vec![
        json!({"campaignId": "c-0"}),
        campaign("c-1", ""),
        campaign("c-2", &format!("{ours}0")),
    ];
    let server = listing("campaignId", records.clone()).await;
    assert_eq!(server.telnyx.find(&orders::campaign()).await.unwrap(), None);
    assert_eq!(server.lines().len(), 2, "every page was looked through");

    records.push(campaign("c-3", &ours));
    let server = listing("campaignId", records).await;
    let found = server
        .telnyx
        .find(&orders::campaign())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.id.as_str(), found.status.as_str()),
        ("c-3", "TCR_ACCEPTED")
    );
    assert_eq!(
        server.lines()[1],
        "GET /v2/10dlc/campaign?brandId=b-1&page=2&recordsPerPage=20"
    );
}

#[tokio::test]
async fn a_number_is_found_on_our_campaign_and_on_no_other() {
    let on = |field: &str, campaign: &str| {
        let mut assignment = json!({"phoneNumber": NUMBER, "campaignId": "TCR1", "assignmentStatus": "PENDING_ASSIGNMENT"});
        assignment[field] = campaign.into();
        answer(200, assignment)
    };
    for (act, found) in [
        (on("campaignId", "c-1"), true),
        (on("telnyxCampaignId", "c-1"), true),
        (on("campaignId", "c-2"), false),
        (
            answer(
                404,
                json!({"errors": [{"code": "10005", "title": "Resource not found"}]}),
            ),
            false,
        ),
    ] {
        let server = always(act).await;
        let reading = server.telnyx.find(&orders::number()).await.unwrap();
        assert_eq!(reading.is_some(), found);
        assert_eq!(
            server.lines(),
            [format!("GET /v2/10dlc/phone_number_campaigns/{NUMBER}")]
        );
    }
}

#[tokio::test]
async fn whatever_goes_wrong_leaves_the_doubt() {
    let refusal = json!({"errors": [{"code": "10015", "title": "Bad Request"}]});
    let records = json!({"records": "many", "totalRecords": 7});
    for act in [
        Act::Hang,
        Act::Close,
        text(200, "", "OK"),
        answer(200, json!({})),
        answer(200, records),
        answer(400, refusal.clone()),
        answer(401, refusal.clone()),
        answer(422, refusal.clone()),
        answer(500, refusal),
        text(404, "", "<html>no such page</html>"),
    ] {
        doubt(act).await;
    }
}

#[tokio::test]
async fn a_throttled_question_is_asked_again_later() {
    let server = always(text(429, "retry-after: 1\r\n", "{}")).await;
    let error = server.telnyx.find(&orders::brand()).await.unwrap_err();
    assert_eq!(error.failure(), Some(Failure::Throttled));
}

#[tokio::test]
async fn a_list_without_end_leaves_the_doubt() {
    let endless = answer(
        200,
        json!({"records": [{"campaignId": "c-0"}], "totalRecords": 1_000_000}),
    );
    let server = always(endless).await;
    let error = server.telnyx.find(&orders::campaign()).await.unwrap_err();
    assert_eq!(error.failure(), Some(Failure::InDoubt), "{error}");
    assert_eq!(server.lines().len(), 50);
}

#[tokio::test]
async fn a_list_that_does_not_count_is_read_until_it_is_empty() {
    let server = serve(|call: &Received| {
        let last = call.line.contains("page=3");
        answer(
            200,
            json!({"records": if last { json!([]) } else { json!([{"campaignId": "c-0"}]) }}),
        )
    })
    .await;
    assert_eq!(server.telnyx.find(&orders::campaign()).await.unwrap(), None);
    assert_eq!(server.lines().len(), 3);
}

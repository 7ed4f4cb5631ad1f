//! Lists, page by page.

use axum::http::StatusCode;
use platform::Case;
use platform::case::Author;
use registration::{Actor, Fact, RegistrationId, RegistryId, Round, Status, Step, TraceId};
use serde_json::{Value, json};

use crate::service::{ACME, CEDAR, GLOBEX, KIM, Service, account, business, order};

fn ids(page: &Value) -> Vec<String> {
    let rows = page["registrations"].as_array().unwrap();
    rows.iter()
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn pages_together_hold_every_registration_once_the_newest_first() {
    let service = Service::start().await;
    let mut expected = Vec::new();
    for _ in 0..5 {
        expected.push(service.ordered().await.to_string());
        service.clock.advance(std::time::Duration::from_millis(1));
    }
    expected.reverse();
    let (mut seen, mut path, mut pages) = (Vec::new(), "/v1/registrations?limit=2".to_owned(), 0);
    loop {
        let page = service.get(ACME, &path).await.json();
        seen.extend(ids(&page));
        pages += 1;
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/v1/registrations?limit=2&cursor={next}");
    }
    assert_eq!((seen, pages), (expected, 3));
}

#[tokio::test]
async fn an_account_lists_its_own_and_an_operator_all() {
    let service = Service::start().await;
    let own = service.ordered().await.to_string();
    let theirs = service
        .call(order(GLOBEX, "/v1/registrations", business(1), None))
        .await
        .id()
        .to_string();
    for (token, query, expected) in [
        (ACME, "", vec![&own]),
        (ACME, "?account=acme", vec![&own]),
        (GLOBEX, "", vec![&theirs]),
        (KIM, "?account=globex", vec![&theirs]),
        (KIM, "?account=initech", vec![]),
    ] {
        let page = service
            .get(token, &format!("/v1/registrations{query}"))
            .await
            .json();
        assert_eq!(
            ids(&page).iter().collect::<Vec<_>>(),
            expected,
            "{token} {query}"
        );
    }
    assert_eq!(
        ids(&service.get(KIM, "/v1/registrations").await.json()).len(),
        2
    );
    let answer = service.get(ACME, "/v1/registrations?account=globex").await;
    answer.assert_problem(StatusCode::FORBIDDEN, "other-account");
}

#[tokio::test]
async fn a_list_can_be_of_one_status() {
    let service = Service::start().await;
    let (running, parked) = (service.ordered().await, service.ordered().await);
    let fact = Fact::Parked {
        step: Step::Brand,
        round: Round::FIRST,
        reason: "look".to_owned(),
    };
    service.happens(&parked, vec![fact]).await;
    for (status, expected) in [
        ("in_progress", Some(&running)),
        ("parked", Some(&parked)),
        ("registered", None),
    ] {
        let page = service
            .get(ACME, &format!("/v1/registrations?status={status}"))
            .await
            .json();
        let expected: Vec<_> = expected.iter().map(ToString::to_string).collect();
        assert_eq!(ids(&page), expected, "{status}");
    }
    let page = service
        .get(ACME, "/v1/registrations?status=parked")
        .await
        .json();
    let row = &page["registrations"][0];
    assert_eq!(
        (&row["last_error"], &row["step"]),
        (&json!("look"), &json!("brand"))
    );
    assert!(row["links"]["retry"].is_string());
}

#[tokio::test]
async fn a_query_that_makes_no_sense_is_refused_with_the_name_of_the_parameter() {
    let service = Service::start().await;
    let order = service.ordered().await;
    let other = RegistrationId::new(9, 9).number(1);
    let number = format!("cursor={}", order.number(1));
    for (query, parameter) in [
        ("status=done", "status"),
        ("status=", "status"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("cursor=", "cursor"),
        ("cursor=reg_", "cursor"),
        (number.as_str(), "cursor"),
        ("statsu=parked", "statsu"),
        ("limit=1&limit=2", "limit"),
        ("account=A", "account"),
    ] {
        let answer = service
            .get(ACME, &format!("/v1/registrations?{query}"))
            .await;
        let problem = answer.assert_problem(StatusCode::BAD_REQUEST, "invalid-parameter");
        assert_eq!(problem["parameter"], parameter, "{query}");
        assert!(
            !problem["allowed"].as_array().unwrap().is_empty(),
            "{query}"
        );
    }
    let problem = service
        .get(ACME, "/v1/registrations?status=done")
        .await
        .json();
    assert_eq!(problem["allowed"], json!(Status::ALL.map(Status::name)));
    for cursor in [order.to_string(), other.to_string()] {
        let answer = service
            .get(
                ACME,
                &format!("/v1/registrations/{order}/numbers?cursor={cursor}"),
            )
            .await;
        answer.assert_problem(StatusCode::BAD_REQUEST, "invalid-parameter");
    }
}

#[tokio::test]
async fn the_numbers_of_an_order_come_in_its_order_with_their_phone_numbers() {
    let service = Service::start().await;
    let mut document: Value = serde_json::from_str(CEDAR).unwrap();
    document["campaign"]["numberPool"] = json!(true);
    document["numbers"] = (0..150).map(|n| json!(format!("+1206555{n:04}"))).collect();
    let id = service.order(document.to_string(), None).await.id();
    let path = format!("/v1/registrations/{id}/numbers");
    assert_eq!(
        service.get(ACME, &path).await.json(),
        json!({ "numbers": [], "next": null })
    );
    for place in 1..=150 {
        begin_number(
            &service,
            &id,
            place,
            &document["numbers"][place as usize - 1],
        )
        .await;
    }

    let first = service.get(ACME, &path).await.json();
    let next = first["next"].as_str().unwrap();
    let second = service
        .get(ACME, &format!("{path}?cursor={next}"))
        .await
        .json();
    assert_eq!(second["next"], Value::Null);
    let rows: Vec<_> = [&first, &second]
        .iter()
        .flat_map(|page| page["numbers"].as_array().unwrap().clone())
        .collect();
    assert_eq!(rows.len(), 150);
    for (index, row) in rows.iter().enumerate() {
        assert_eq!(row["place"], index + 1);
        assert_eq!(row["number"], document["numbers"][index]);
        assert_eq!(row["status"], "in_progress");
        assert_eq!(row["links"]["order"], format!("/v1/registrations/{id}"));
    }
    let own = service
        .get(ACME, &format!("/v1/registrations/{}/numbers", id.number(1)))
        .await;
    assert_eq!(own.json()["numbers"], json!([]));
}

async fn begin_number(service: &Service, parent: &RegistrationId, place: u32, number: &Value) {
    let fact = Fact::NumberReceived {
        account: account("acme"),
        parent: parent.clone(),
        campaign: RegistryId::new("C1"),
        number: serde_json::from_value(number.clone()).unwrap(),
    };
    let author = Author {
        actor: Actor::function("assign-numbers"),
        trace: TraceId::new(1),
    };
    let (id, platform) = (parent.number(place), &service.platform);
    let (_, append) = Case::begin(platform, &id, &author, fact, platform.clock.now()).unwrap();
    platform.store.begin(append, None).await.unwrap();
}

//! Orders that are taken.

use axum::http::StatusCode;
use platform::queue::Depth;
use registration::{Fact, Round, Step, Verdict};
use serde_json::{Value, json};

use crate::service::{ACME, CEDAR, GLOBEX, KIM, Service, business, order};
use crate::standing::approved;

#[tokio::test]
async fn an_order_is_stored_and_one_message_waits_for_its_first_step() {
    let service = Service::start().await;
    let answer = service.order(CEDAR, None).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let (id, body) = (answer.id(), answer.json());
    assert_eq!(answer.header("location"), format!("/v1/registrations/{id}"));
    assert_eq!(
        (&body["status"], &body["repeated"]),
        (&"in_progress".into(), &false.into())
    );
    assert_eq!(
        service.get(ACME, answer.header("location")).await.status,
        StatusCode::OK
    );
    assert_eq!(
        service.depth(Step::Brand).await,
        Depth {
            waiting: 1,
            ..Depth::default()
        }
    );
    for step in [Step::Campaign, Step::Numbers] {
        assert_eq!(service.depth(step).await, Depth::default());
    }
    let history = service.platform.store.history(&id).await.unwrap();
    assert_eq!(history[0].actor.as_str(), "account acme");
    assert_eq!(history[0].trace.as_str(), answer.header("trace-id"));
}

#[tokio::test]
async fn the_same_order_with_the_same_key_is_the_same_registration() {
    let service = Service::start().await;
    let first = service.order(CEDAR, Some("k-1")).await;
    let again = service.order(CEDAR, Some("k-1")).await;
    assert_eq!(again.status, StatusCode::ACCEPTED, "{again:?}");
    assert_eq!(again.id(), first.id());
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(again.json()["repeated"], true);
    assert_eq!(service.stored().await, 1);
    assert_eq!(service.depth(Step::Brand).await.waiting, 1);
}

#[tokio::test]
async fn an_order_sent_again_is_answered_as_before_when_what_it_names_is_approved_no_more() {
    let service = Service::start().await;
    let first = service.ordered().await;
    service.happens(&first, approved(Step::Brand)).await;
    let mut order: Value = serde_json::from_str(CEDAR).unwrap();
    order["brand"] = json!({ "registrationId": first });
    order["again"] = json!(true);
    order["numbers"] = json!(["+12065550190"]);
    let order = order.to_string();
    let second = service.order(order.clone(), Some("k-1")).await;
    assert_eq!(second.status, StatusCode::ACCEPTED, "{second:?}");
    let expired = Fact::VerdictReached {
        step: Step::Brand,
        round: Round::FIRST,
        verdict: Verdict::Expired,
    };
    service.happens(&first, vec![expired]).await;
    let again = service.order(order.clone(), Some("k-1")).await;
    assert_eq!(again.status, StatusCode::ACCEPTED, "{again:?}");
    assert_eq!(
        (again.id(), &again.json()["repeated"]),
        (second.id(), &json!(true))
    );
    let new = service.order(order.clone(), Some("k-2")).await;
    new.assert_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid-order");
    let other = service.order(format!("{order} "), Some("k-1")).await;
    other.assert_problem(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused");
    assert_eq!(service.stored().await, 2);
}

#[tokio::test]
async fn without_a_key_or_with_another_the_same_order_is_refused_and_named_unless_meant_again() {
    let service = Service::start().await;
    let first = service.order(CEDAR, Some("k-1")).await.id();
    for (path, key) in [
        ("/v1/registrations", None),
        ("/v1/registrations", Some("k-2")),
        ("/v1/registrations?dry_run=true", None),
    ] {
        let answer = service.call(order(ACME, path, CEDAR, key)).await;
        let problem = answer.assert_problem(StatusCode::CONFLICT, "held-by-others");
        let errors = problem["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 6, "the campaign and five numbers: {problem}");
        assert_eq!(errors[0]["rule"], "ordered_already", "{problem}");
        assert_eq!(errors[0]["registration"], json!(first), "{problem}");
        assert_eq!(errors[1]["pointer"], "/numbers/0", "{problem}");
        assert_eq!(errors[1]["rule"], "number_in_use", "{problem}");
        assert_eq!(errors[1]["registration"], json!(first.number(1)));
    }
    // A key that was used for nothing is not used up.
    let other = service.order(business(1), Some("k-2")).await;
    assert_eq!(other.status, StatusCode::ACCEPTED, "{other:?}");
    let mut again: Value = serde_json::from_str(CEDAR).unwrap();
    (again["again"], again["move_numbers"]) = (json!(true), json!(true));
    let again = service.order(again.to_string(), None).await;
    assert_eq!(again.status, StatusCode::ACCEPTED, "{again:?}");
    assert_eq!(service.stored().await, 3);
}

#[tokio::test]
async fn the_numbers_of_another_account_are_refused_and_its_registration_is_not_named() {
    let service = Service::start().await;
    let first = service.ordered().await;
    let theirs = order(GLOBEX, "/v1/registrations", CEDAR, Some("k-1"));
    let answer = service.call(theirs).await;
    let problem = answer.assert_problem(StatusCode::CONFLICT, "held-by-others");
    let errors = problem["errors"].as_array().unwrap();
    assert_eq!(
        errors.len(),
        5,
        "the brand and campaign may be ordered: {problem}"
    );
    assert_eq!(errors[0]["rule"], "number_of_another_account", "{problem}");
    assert!(!answer.text.contains(first.as_str()) && !answer.text.contains("acme"));
    assert_eq!(service.stored().await, 1);
}

#[tokio::test]
async fn a_key_that_came_with_another_body_is_refused_and_the_first_order_stands() {
    let service = Service::start().await;
    let first = service.order(CEDAR, Some("k-1")).await;
    let changed = CEDAR.replace("Cedar Street Dental", "Elm Street Dental");
    let answer = service.order(changed, Some("k-1")).await;
    answer.assert_problem(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused");
    assert_eq!(service.stored().await, 1);
    assert_eq!(service.depth(Step::Brand).await.waiting, 1);
    assert_eq!(service.order(CEDAR, Some("k-1")).await.id(), first.id());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn orders_with_the_same_key_at_the_same_time_are_one_registration() {
    const ROUNDS: usize = 40;
    const CALLERS: usize = 8;
    let service = std::sync::Arc::new(Service::start().await);
    for round in 0..ROUNDS {
        let calls: Vec<_> = (0..CALLERS)
            .map(|_| {
                let service = service.clone();
                let (order, key) = (business(round), format!("k-{round}"));
                tokio::spawn(async move { service.order(order, Some(&key)).await })
            })
            .collect();
        let mut answers = Vec::new();
        for call in calls {
            answers.push(call.await.unwrap());
        }
        let id = answers[0].id();
        assert!(
            answers.iter().all(|answer| answer.id() == id),
            "{answers:?}"
        );
        let new = answers
            .iter()
            .filter(|answer| answer.json()["repeated"] == false);
        assert_eq!(new.count(), 1, "{answers:?}");
    }
    assert_eq!(service.stored().await, ROUNDS);
    let depth = service.depth(Step::Brand).await;
    assert_eq!(depth.waiting, u64::try_from(ROUNDS).unwrap());
}

#[tokio::test]
async fn an_operator_orders_for_the_account_that_is_named() {
    let service = Service::start().await;
    let answer = service
        .call(order(KIM, "/v1/registrations?account=acme", CEDAR, None))
        .await;
    let history = service.platform.store.history(&answer.id()).await.unwrap();
    assert_eq!(history[0].actor.as_str(), "operator kim");
    let seen = service.get(ACME, answer.header("location")).await;
    assert_eq!(seen.json()["account"], "acme");

    let path = "/v1/registrations?account=acme";
    let own = service.call(order(ACME, path, business(1), None)).await;
    assert_eq!(own.status, StatusCode::ACCEPTED, "{own:?}");
}

#[tokio::test]
async fn a_call_keeps_the_trace_that_it_came_with() {
    let service = Service::start().await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let mut request = order(ACME, "/v1/registrations", CEDAR, None);
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    request
        .headers_mut()
        .insert("traceparent", parent.parse().unwrap());
    let answer = service.call(request).await;
    assert_eq!(answer.header("trace-id"), trace);
    assert_eq!(answer.header("cache-control"), "no-store");
    let row = service.platform.store.history(&answer.id()).await.unwrap();
    assert_eq!(row[0].trace.as_str(), trace);
}

#[tokio::test]
async fn links_lead_to_answers() {
    let service = Service::start().await;
    let links = service.order(CEDAR, None).await.json()["links"].clone();
    let Value::Object(links) = links else {
        panic!("{links}")
    };
    assert_eq!(
        links.keys().collect::<Vec<_>>(),
        ["amend", "cancel", "events", "numbers", "self"]
    );
    for (name, link) in &links {
        let link = link.as_str().unwrap();
        let (answer, status) = match name.as_str() {
            "cancel" => (service.post(ACME, link).await, StatusCode::ACCEPTED),
            _ => (service.get(ACME, link).await, StatusCode::OK),
        };
        assert_eq!(answer.status, status, "{name}");
    }
}

#[tokio::test]
async fn a_dry_run_says_what_reviewers_would_reject_and_stores_nothing() {
    let service = Service::start().await;
    let path = "/v1/registrations?dry_run=true";
    let good = service.call(order(ACME, path, CEDAR, None)).await;
    assert_eq!(good.status, StatusCode::OK, "{good:?}");
    let good = good.json();
    assert_eq!(
        (&good["errors"], &good["warnings"]),
        (&json!([]), &json!([]))
    );
    let fees = json!([{ "step": "brand", "cents": 400 }, { "step": "campaign", "cents": 1500 }]);
    assert_eq!(good["fees"], fees);
    assert_eq!(good["notes"][0]["rule"], "flag-link-unneeded");
    let link = CEDAR.replace("Your plan covers", "See bit.ly/3abc for what covers");
    let link = service.call(order(ACME, path, link, None)).await;
    let found = link.json()["errors"][0].clone();
    assert_eq!(
        [&found["rule"], &found["pointer"], &found["category"]],
        ["link-shortener", "/campaign/samples/1", "SAMPLE_MESSAGE"]
    );
    assert_eq!(found["characters"], json!({ "from": 54, "to": 65 }));
    assert!(!link.text.contains("bit.ly"), "a finding repeats no text");
    let bad = service.call(order(ACME, path, "{}", None)).await;
    bad.assert_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid-order");
    let odd = service
        .call(order(ACME, "/v1/registrations?dry_run=1", CEDAR, None))
        .await;
    odd.assert_problem(StatusCode::BAD_REQUEST, "invalid-parameter");
    assert_eq!(service.stored().await, 0);
}

/// A good order but for its opt-out keywords.
fn without_stop() -> String {
    let mut order: Value = serde_json::from_str(CEDAR).unwrap();
    order["campaign"]["optoutKeywords"] = json!("END");
    order.to_string()
}

#[tokio::test]
async fn what_reviewers_would_find_rides_in_the_answer_and_stands_in_the_history() {
    let service = Service::start().await;
    let answer = service.order(without_stop(), Some("k-1")).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let found = answer.json()["findings"][0].clone();
    assert_eq!(
        [&found["rule"], &found["weight"]],
        ["keywords-stop-missing", "error"]
    );
    let again = service.order(without_stop(), Some("k-1")).await.json();
    assert_eq!(
        (&again["repeated"], &again["findings"][0]),
        (&json!(true), &found)
    );
    let history = service.platform.store.history(&answer.id()).await.unwrap();
    let told = &history[0].facts[1];
    assert_eq!(told["fact"], "preflight_told");
    let kept = json!([{ "rule": "keywords-stop-missing", "weight": "error", "pointer": "/campaign/optoutKeywords" }]);
    assert_eq!(told["findings"], kept, "notes are not kept");
    let good = service.order(business(77), None).await.id();
    let history = service.platform.store.history(&good).await.unwrap();
    assert_eq!(
        history[0].facts.as_array().unwrap().len(),
        1,
        "nothing to tell"
    );
}

#[tokio::test]
async fn a_service_may_refuse_what_reviewers_would_refuse_and_stores_nothing() {
    let service = Service::start().await.refusing("links-same-page=error");
    let taken = service.order(CEDAR, Some("k-0")).await;
    assert_eq!(taken.status, StatusCode::ACCEPTED, "{taken:?}");
    let stored = service.stored().await;
    let mut order: Value = serde_json::from_str(&without_stop()).unwrap();
    order["campaign"]["termsAndConditionsLink"] = order["campaign"]["privacyPolicyLink"].clone();
    let refused = service.order(order.to_string(), Some("k-1")).await;
    refused.assert_problem(StatusCode::UNPROCESSABLE_ENTITY, "preflight");
    let errors = refused.json()["errors"].clone();
    let rules: Vec<&str> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["rule"].as_str().unwrap())
        .collect();
    assert_eq!(rules, ["keywords-stop-missing", "links-same-page"]);
    assert_eq!(errors[1]["pointer"], "/campaign/termsAndConditionsLink");
    assert_eq!(service.stored().await, stored);
}

#[tokio::test]
async fn the_rules_are_listed_with_their_weights_here() {
    let service = Service::start().await.refusing("website-missing=off");
    let listed = service.get(ACME, "/v1/preflight-rules").await;
    assert_eq!(listed.status, StatusCode::OK, "{listed:?}");
    let listed = listed.json();
    let rule = |id: &str| {
        let rules = listed["rules"].as_array().unwrap();
        rules.iter().find(|rule| rule["id"] == id).unwrap().clone()
    };
    assert_eq!(rule("website-missing")["weight"], Value::Null);
    let behind = rule("consent-behind-sign-in");
    assert_eq!(
        (&behind["weight"], &behind["codes"]),
        (&json!("error"), &json!([30909]))
    );
    let nobody = service.get("rgt_nobody", "/v1/preflight-rules").await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn pages_are_called_in_a_dry_run_alone_and_one_that_does_not_answer_is_a_warning() {
    let service = Service::start().await;
    let mut order: Value = serde_json::from_str(CEDAR).unwrap();
    // A name for this host, which is never called: nothing is looked up for it.
    order["brand"]["website"] = json!("https://cedarstreetdental.localhost");
    for link in ["privacyPolicyLink", "termsAndConditionsLink"] {
        order["campaign"][link] = json!(format!("https://cedarstreetdental.localhost/{link}"));
    }
    let ask = async |path: &str| {
        let call = crate::service::order(ACME, path, order.to_string(), None);
        service.call(call).await
    };
    let looked = ask("/v1/registrations?dry_run=true&online=true").await;
    assert_eq!(looked.status, StatusCode::OK, "{looked:?}");
    let looked = looked.json();
    let warnings = looked["warnings"].as_array().unwrap().iter();
    let unreachable = warnings.filter(|found| found["rule"] == "page-unreachable");
    assert_eq!(unreachable.count(), 3, "{looked}");
    for path in [
        "/v1/registrations?online=true",
        "/v1/registrations?dry_run=true&online=yes",
    ] {
        let refused = ask(path).await;
        refused.assert_problem(StatusCode::BAD_REQUEST, "invalid-parameter");
    }
    assert_eq!(service.stored().await, 0);
}

//! Faults on demand, the limit and the log.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "everything here is part of a test, and fails by panicking"
)]

mod caller;

use std::time::{Duration, Instant};

use caller::{Caller, brand, campaign, with};
use registry_simulator::{Answer, Calls, Fault, Limit, Settings};
use reqwest::Method;
use serde_json::{Value, json};

fn fault(answer: Answer, carried_out: bool) -> Fault {
    Fault {
        answer,
        carried_out,
        calls: Calls::All,
    }
}

async fn try_brand(caller: &Caller, ein: &str) -> Result<caller::Answered, reqwest::Error> {
    caller
        .try_call(Method::POST, "/10dlc/brand", Some(&brand(ein)))
        .await
}

#[tokio::test]
async fn the_next_calls_go_wrong_and_the_ones_after_do_not() {
    let caller = Caller::start(Settings::default()).await;
    assert!(caller.simulator.fail_next(2, fault(Answer::Error, false)));
    for _ in 0..2 {
        assert_eq!(
            try_brand(&caller, "123456789")
                .await
                .expect("answered")
                .status,
            500
        );
    }
    assert!(caller.simulator.submissions().brands.is_empty());
    caller.brand_id("123456789").await;
}

#[tokio::test]
async fn a_call_without_an_answer_may_have_been_carried_out() {
    let caller = Caller::start(Settings::default()).await;
    for (ein, carried_out, expected) in [("100000001", false, 0), ("100000002", true, 1)] {
        caller
            .simulator
            .fail_next(1, fault(Answer::Close, carried_out));
        try_brand(&caller, ein).await.expect_err("no answer");
        let counts = caller.simulator.submissions().brands;
        assert_eq!(counts.get(ein).copied().unwrap_or(0), expected);
    }
    let calls = caller.simulator.calls();
    assert!(calls.iter().all(|call| call.status.is_none()), "{calls:?}");
    assert_eq!(calls[1].subject.as_deref(), Some("100000002"));
}

#[tokio::test]
async fn a_hanging_call_is_cut_at_the_bound() {
    let hang = Duration::from_millis(50);
    let caller = Caller::start(Settings {
        hang,
        ..Settings::default()
    })
    .await;
    caller.simulator.fail_next(1, fault(Answer::Hang, true));
    let start = Instant::now();
    try_brand(&caller, "123456789")
        .await
        .expect_err("no answer");
    assert!(start.elapsed() >= hang);
    assert_eq!(caller.simulator.submissions().brands["123456789"], 1);
}

#[tokio::test]
async fn nonsense_is_a_page_of_html_with_status_200() {
    let caller = Caller::start(Settings::default()).await;
    let writes = Fault {
        calls: Calls::Writes,
        ..fault(Answer::Nonsense, false)
    };
    caller.simulator.fail_next(u64::MAX, writes);
    assert_eq!(caller.get("/10dlc/brand").await.fine()["totalRecords"], 0);
    let answered = try_brand(&caller, "123456789").await.expect("answered");
    assert_eq!((answered.status, &answered.body), (200, &Value::Null));
    assert_eq!(answered.headers["content-type"], "text/html; charset=utf-8");
    caller.simulator.clear_faults();
    caller.brand_id("123456789").await;
}

#[tokio::test]
async fn the_table_loses_and_delays_answers_of_creations_that_are_carried_out() {
    let slow = Duration::from_millis(60);
    let caller = Caller::start(Settings {
        slow,
        ..Settings::default()
    })
    .await;
    try_brand(&caller, "001239502")
        .await
        .expect_err("no answer");
    assert_eq!(caller.simulator.submissions().brands["001239502"], 1);
    let start = Instant::now();
    caller.brand_id("001239504").await;
    assert!(start.elapsed() >= slow);
    let brand_id = caller.brand_id("123456789").await;
    let lost = with(
        campaign(&brand_id, "r1"),
        "sample1",
        "An order comes. LOSE-ANSWER",
    );
    let lost = caller
        .try_call(Method::POST, "/10dlc/campaignBuilder", Some(&lost))
        .await;
    lost.expect_err("no answer");
    let listed = caller
        .get(&format!("/10dlc/campaign?brandId={brand_id}"))
        .await
        .fine();
    assert_eq!(listed["records"][0]["referenceId"], "r1");
}

#[tokio::test]
async fn calls_above_the_limit_are_refused_with_headers_and_change_nothing() {
    let limit = Some(Limit::Apart {
        writes: 1,
        reads: 1000,
    });
    let caller = Caller::start(Settings {
        calls_per_second: limit,
        ..Settings::default()
    })
    .await;
    let first = try_brand(&caller, "100000001").await.expect("answered");
    assert_eq!(first.headers["x-ratelimit-limit"], "1");
    assert_eq!(first.headers["x-ratelimit-remaining"], "0");
    first.fine();
    // Many at once: however slow this machine is, each second allows one only.
    let start = Instant::now();
    let many = (2..40).map(|nth| format!("1000000{nth:02}"));
    let mut answers = Vec::new();
    for ein in many {
        answers.push(try_brand(&caller, &ein).await.expect("answered"));
    }
    let refused: Vec<_> = answers
        .iter()
        .filter(|answered| answered.status == 429)
        .collect();
    let allowed = answers.len() - refused.len();
    assert!(allowed <= start.elapsed().as_secs() as usize + 1);
    let refused = refused.first().expect("some are refused");
    assert_eq!(refused.error().0, "10011");
    assert_eq!(refused.headers["x-ratelimit-reset"], "1");
    assert_eq!(caller.simulator.submissions().brands.len(), allowed + 1);
    assert_eq!(
        caller.get("/10dlc/brand").await.status,
        200,
        "reads count apart"
    );
}

#[tokio::test]
async fn a_wrong_key_is_refused_in_the_envelope() {
    let caller = Caller::start(Settings::default()).await;
    let url = format!("{}/10dlc/brand", caller.simulator.base_url());
    for key in [None, Some("KEY-of-somebody-else")] {
        let mut request = caller.client.get(&url);
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        let response = request.send().await.expect("answered");
        assert_eq!(response.status(), 401);
        let body: Value = response.json().await.expect("JSON");
        assert_eq!(body["errors"][0]["code"], "10009");
    }
}

#[tokio::test]
async fn a_body_that_is_no_object_and_a_path_that_leads_nowhere_are_refused() {
    let caller = Caller::start(Settings::default()).await;
    assert_eq!(
        caller.post("/10dlc/brand", &json!([])).await.error().0,
        "10023"
    );
    assert_eq!(caller.get("/10dlc/nothing").await.error().0, "10005");
    assert_eq!(caller.get("/10dlc/brand/nobody").await.status, 404);
}

#[tokio::test]
async fn the_log_keeps_the_order_and_its_bound() {
    let caller = Caller::start(Settings {
        most_calls_logged: 3,
        ..Settings::default()
    })
    .await;
    let id = caller.brand_id("100000001").await;
    caller.get(&format!("/10dlc/brand/{id}")).await;
    caller.get("/10dlc/brand/nobody").await;
    caller.brand_id("100000002").await;
    let calls = caller.simulator.calls();
    assert_eq!(caller.simulator.calls_dropped(), 1);
    let seen: Vec<_> = calls
        .iter()
        .map(|call| (call.method.as_str(), call.status, call.subject.as_deref()))
        .collect();
    assert_eq!(
        seen,
        [
            ("GET", Some(200), Some("100000001")),
            ("GET", Some(404), None),
            ("POST", Some(200), Some("100000002"))
        ]
    );
    assert!(calls.is_sorted_by_key(|call| call.at));
    assert_eq!(calls[2].path, "/v2/10dlc/brand");
}

#[tokio::test]
async fn the_store_keeps_its_bound() {
    let caller = Caller::start(Settings {
        most_objects: 1,
        ..Settings::default()
    })
    .await;
    caller.brand_id("100000001").await;
    let refused = try_brand(&caller, "100000002").await.expect("answered");
    assert_eq!((refused.status, refused.error().0), (400, "90010"));
}

#[tokio::test]
async fn another_process_reads_the_log_and_steers_over_http() {
    let caller = Caller::start(Settings::default()).await;
    let control = format!("http://{}/simulator", caller.simulator.address());
    let post = async |path: &str, body: Value| {
        let sent = caller
            .client
            .post(format!("{control}/{path}"))
            .json(&body)
            .send()
            .await;
        sent.expect("answered").status().as_u16()
    };
    assert_eq!(
        post(
            "faults",
            json!({"answer": "close", "carried_out": true, "calls": "writes"})
        )
        .await,
        204
    );
    assert_eq!(post("faults", json!({"answer": "burn"})).await, 400);
    try_brand(&caller, "100000001")
        .await
        .expect_err("no answer");
    let verdict = json!({"subject": "100000001", "status": "OK", "identityStatus": "UNVERIFIED", "feedback": ["OTHERS"]});
    assert_eq!(post("review", json!({"brand": verdict})).await, 204);
    let unknown = json!({"subject": "none", "campaignStatus": "TCR_SUSPENDED"});
    assert_eq!(post("review", json!({"campaign": unknown})).await, 404);
    let read = async |path: &str| -> Value {
        let response = caller
            .client
            .get(format!("{control}/{path}"))
            .send()
            .await
            .expect("answered");
        response.json().await.expect("JSON")
    };
    assert_eq!(read("submissions").await["brands"], json!({"100000001": 1}));
    let log = read("calls").await;
    assert_eq!((&log["next"], &log["dropped"]), (&json!(1), &json!(0)));
    assert_eq!(log["calls"][0]["subject"], "100000001");
    assert_eq!(read("calls?from=1").await["calls"], json!([]));
    let listed = caller.get("/10dlc/brand").await.fine();
    assert_eq!(listed["records"][0]["identityStatus"], "UNVERIFIED");
}

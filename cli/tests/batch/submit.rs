//! Many orders, submitted.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use end_to_end::orders;
use platform::Store as _;
use platform::clock::SystemClock;
use platform::sqlite::Sqlite;
use platform::store::{PAGE, RowQuery};
use serde_json::{Value, json};

use super::*;

const SUBMIT: [&str; 4] = ["--account", "acme", "--rate", "1000"];

/// The store that the program writes into, read beside it.
fn store(folder: &Path) -> Sqlite {
    Sqlite::open(&folder.join("registrar.db"), Arc::new(SystemClock)).unwrap()
}

async fn registrations(store: &Sqlite) -> usize {
    let query = RowQuery {
        most: PAGE,
        ..RowQuery::default()
    };
    store.rows(&query).await.unwrap().rows.len()
}

fn results(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn outcomes(file: &Path) -> Vec<String> {
    let results = results(file).into_iter();
    results
        .map(|line| line["outcome"].as_str().unwrap().to_owned())
        .collect()
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < LONGEST, "waited too long until {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[test]
fn a_csv_an_ndjson_and_a_directory_give_the_same_orders() {
    let (_folder, at) = folder();
    let orders = businesses(3);
    fs::write(at.join("orders.csv"), format!("\u{feff}{}", csv(&orders))).unwrap();
    fs::write(at.join("orders.ndjson"), ndjson(&orders)).unwrap();
    fs::create_dir_all(at.join("all/deeper")).unwrap();
    for (place, order) in orders.iter().enumerate() {
        fs::write(at.join(format!("all/{place}.json")), order.to_string()).unwrap();
    }
    // None of these is an order of the directory.
    fs::write(at.join("all/0.csv.results.ndjson"), "no order").unwrap();
    fs::write(at.join("all/readme.txt"), "no order").unwrap();
    fs::write(at.join("all/deeper/1.json"), "no order").unwrap();

    let mut content = Vec::new();
    for input in ["orders.csv", "orders.ndjson", "all"] {
        let output = run(&at, &[&["submit", input][..], &SUBMIT].concat());
        assert!(output.status.success(), "{input}: {output:?}");
        let results = results(&at.join(format!("{input}.results.ndjson")));
        let same: Vec<_> = results
            .iter()
            .map(|line| ["content", "key", "registration"].map(|name| line[name].clone()))
            .collect();
        assert_eq!(same.len(), 3);
        content.push(same);
    }
    assert_eq!(content[0], content[1]);
    assert_eq!(content[0], content[2]);
    assert_eq!(
        outcomes(&at.join("all.results.ndjson")),
        ["repeated", "repeated", "repeated"]
    );
}

#[test]
fn a_column_that_no_order_has_is_told_once_and_before_anything_is_read_or_sent() {
    let (_folder, at) = folder();
    let text = csv(&businesses(5)).replacen("/brand/displayName", "/brand/dispalyName", 1);
    fs::write(at.join("bad.csv"), text).unwrap();
    fs::write(at.join("good.csv"), csv(&businesses(1))).unwrap();
    for command in [
        &["lint", "good.csv", "bad.csv"][..],
        &[
            "submit",
            "good.csv",
            "bad.csv",
            "--account",
            "acme",
            "--results",
            "r.ndjson",
        ],
    ] {
        let output = run(&at, command);
        let complaint = complaint(&output);
        assert_eq!(said(&output), "", "{command:?}");
        assert_eq!(complaint.matches("/brand/dispalyName").count(), 1);
        assert!(
            complaint.contains("bad.csv: column ") && complaint.contains("/brand/displayName"),
            "{complaint}"
        );
    }
    assert!(!at.join("registrar.db").exists() && !at.join("r.ndjson").exists());
}

#[test]
fn standard_input_is_taken_as_ndjson_and_needs_a_named_result_file() {
    let (_folder, at) = folder();
    let submit = [&["submit", "-"][..], &SUBMIT].concat();
    let complaint = complaint(&run(&at, &submit));
    assert!(complaint.contains("--results"), "{complaint}");
    let arguments = [&submit[..], &["--results", "r.ndjson"]].concat();
    let mut child = registrar(&at, &arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(ndjson(&businesses(2)).as_bytes()).unwrap();
    drop(input);
    assert!(child.wait().unwrap().success());
    assert_eq!(results(&at.join("r.ndjson"))[1]["order"], "-:2");
    assert_eq!(outcomes(&at.join("r.ndjson")), ["registered", "registered"]);
}

/// Begins the submission of `orders.csv`, slowly enough to be stopped in it.
fn begin(at: &Path, rate: &str) -> Child {
    registrar(
        at,
        &["submit", "orders.csv", "--account", "acme", "--rate", rate],
    )
    .stdout(Stdio::null())
    .stderr(Stdio::null())
    .spawn()
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_that_is_killed_again_and_again_registers_each_order_once() {
    const ORDERS: usize = 20;
    let (_folder, at) = folder();
    fs::write(at.join("orders.csv"), csv(&businesses(ORDERS))).unwrap();
    let store = store(&at);
    for stored in [1, 5, 6, 13, 19] {
        let mut child = begin(&at, "50");
        // Looked for in the store, not in the results: the result of the last one is then often
        // not written yet.
        until("so many are stored", async || {
            registrations(&store).await >= stored
        })
        .await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let output = run(&at, &[&["submit", "orders.csv"][..], &SUBMIT].concat());
    assert!(output.status.success(), "{output:?}");
    assert_eq!(registrations(&store).await, ORDERS);
    let file = at.join("orders.csv.results.ndjson");
    let mut registered: Vec<_> = results(&file)
        .into_iter()
        .map(|line| line["registration"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(registered.len(), ORDERS);
    registered.sort();
    registered.dedup();
    assert_eq!(registered.len(), ORDERS);

    // Without the result file nothing is sent twice either.
    fs::remove_file(&file).unwrap();
    let output = run(&at, &[&["submit", "orders.csv"][..], &SUBMIT].concat());
    assert!(output.status.success(), "{output:?}");
    assert_eq!(outcomes(&file), ["repeated"; ORDERS]);
    assert_eq!(registrations(&store).await, ORDERS);
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_a_submission_after_the_order_in_hand_and_the_next_run_goes_on() {
    const ORDERS: usize = 20;
    let (_folder, at) = folder();
    fs::write(at.join("orders.csv"), csv(&businesses(ORDERS))).unwrap();
    let store = store(&at);
    // At this rate a submission that did not listen would never end in time.
    let mut child = begin(&at, "1");
    let file = at.join("orders.csv.results.ndjson");
    until("a result is written", async || {
        fs::read_to_string(&file).is_ok_and(|text| text.ends_with('\n'))
    })
    .await;
    let signal = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(signal.success());
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(1));
    let done = results(&file).len();
    assert!(done < ORDERS, "{done}");
    assert_eq!(registrations(&store).await, done);

    let output = run(&at, &[&["submit", "orders.csv"][..], &SUBMIT].concat());
    assert!(output.status.success(), "{output:?}");
    assert!(
        said(&output).contains(&format!("{done} registered in an earlier run")),
        "{}",
        said(&output)
    );
    assert_eq!(outcomes(&file), ["registered"; ORDERS]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_submissions_do_not_write_into_one_result_file() {
    let (_folder, at) = folder();
    fs::write(at.join("orders.csv"), csv(&businesses(20))).unwrap();
    let mut child = begin(&at, "1");
    let file = at.join("orders.csv.results.ndjson");
    until("a result is written", async || {
        fs::read_to_string(&file).is_ok_and(|text| text.ends_with('\n'))
    })
    .await;
    let complaint = complaint(&run(
        &at,
        &[&["submit", "orders.csv"][..], &SUBMIT].concat(),
    ));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        complaint.contains("another registrar is writing"),
        "{complaint}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_was_refused_goes_through_once_it_is_corrected_and_is_not_tried_before() {
    let (_folder, at) = folder();
    let good = businesses(3);
    let mut orders = good.clone();
    orders[1]["brand"]["ein"] = json!("12345");
    let input = at.join("orders.csv");
    let file = at.join("orders.csv.results.ndjson");
    let submit = [&["submit", "orders.csv"][..], &SUBMIT].concat();
    fs::write(&input, csv(&orders)).unwrap();

    let output = run(&at, &submit);
    assert!(said(&output).contains("orders.csv:3: refused\n  /brand/ein: "));
    assert!(complaint(&output).contains("1 of 3 orders did not go through"));
    assert_eq!(outcomes(&file), ["registered", "refused", "registered"]);
    let refused = &results(&file)[1];
    assert_eq!(refused["problems"][0]["pointer"], "/brand/ein");
    assert_eq!(refused["problems"][0]["rule"], "not_an_ein");

    let output = run(&at, &submit);
    assert!(complaint(&output).contains("1 of 3 orders did not go through"));
    assert_eq!(outcomes(&file).len(), 3, "it was tried again as it was");

    // Corrected, and another row put before it: rows are known by what they say.
    let corrected = [
        orders::document(7, 1),
        good[0].clone(),
        good[1].clone(),
        good[2].clone(),
    ];
    fs::write(&input, csv(&corrected)).unwrap();
    let output = run(&at, &submit);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        outcomes(&file)[3..],
        ["registered".to_owned(), "registered".to_owned()]
    );
    assert_eq!(registrations(&store(&at)).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_other_orders_hold_is_refused_with_its_reason_and_tried_again_when_asked() {
    let (_folder, at) = folder();
    let mut orders = businesses(2);
    orders[1]["numbers"] = orders[0]["numbers"].clone();
    fs::write(at.join("orders.ndjson"), ndjson(&orders)).unwrap();
    let submit = [&["submit", "orders.ndjson"][..], &SUBMIT].concat();
    let output = run(&at, &submit);
    assert!(complaint(&output).contains("1 of 2 orders did not go through"));
    let file = at.join("orders.ndjson.results.ndjson");
    let refused = &results(&file)[1]["problems"];
    assert_eq!(refused[0]["pointer"], "/numbers/0");
    assert_eq!(refused[0]["rule"], "number_in_use");
    assert_eq!(refused[1]["pointer"], "/numbers/1");
    assert!(said(&output).contains("move_numbers"), "{}", said(&output));
    run(&at, &submit);
    assert_eq!(outcomes(&file).len(), 2);
    run(&at, &[&submit[..], &["--refused"]].concat());
    assert_eq!(outcomes(&file), ["registered", "refused", "refused"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_may_bring_its_own_key_and_a_key_is_for_one_order() {
    let (_folder, at) = folder();
    let orders = businesses(2);
    let keyed = |keys: [&str; 2]| {
        let text = csv(&orders);
        let mut lines = text.lines();
        let header = lines.next().unwrap();
        let rows = lines.zip(keys).map(|(row, key)| format!("{key},{row}\n"));
        format!("idempotency_key,{header}\n{}", rows.collect::<String>())
    };
    let submit = [&["submit", "orders.csv"][..], &SUBMIT].concat();
    let file = at.join("orders.csv.results.ndjson");
    fs::write(at.join("orders.csv"), keyed(["order-1", "order-1"])).unwrap();
    assert!(complaint(&run(&at, &submit)).contains("1 of 2 orders"));
    assert_eq!(outcomes(&file), ["registered", "refused"]);
    assert_eq!(results(&file)[0]["key"], "order-1");
    assert_eq!(results(&file)[1]["problems"][0]["rule"], "key_taken");

    fs::write(at.join("orders.csv"), keyed(["order-1", "order-2"])).unwrap();
    assert!(run(&at, &submit).status.success());
    assert_eq!(registrations(&store(&at)).await, 2);
}

#[test]
fn the_result_file_holds_nothing_that_a_person_typed_into_an_order() {
    let (_folder, at) = folder();
    let mut orders = businesses(4);
    orders[1]["brand"]["phone"] = json!("206 555 0177");
    orders[2]["brand"]["Ada Example"] = json!("x");
    orders[3]["numbers"] = orders[0]["numbers"].clone();
    let lines = format!("{}{{\"x\":\"Ada Example\"\n", ndjson(&orders));
    fs::write(at.join("orders.ndjson"), lines).unwrap();
    run(&at, &[&["submit", "orders.ndjson"][..], &SUBMIT].concat());
    let file = at.join("orders.ndjson.results.ndjson");
    assert_eq!(
        outcomes(&file),
        ["registered", "refused", "refused", "refused", "refused"]
    );
    let text = fs::read_to_string(&file).unwrap();
    for typed in [
        &orders::ein(0)[..],
        "Ada",
        "Example Business",
        "0177",
        "cedarstreetdental",
        orders[0]["numbers"][0].as_str().unwrap(),
    ] {
        assert!(!text.contains(typed), "{typed}: {text}");
    }
}

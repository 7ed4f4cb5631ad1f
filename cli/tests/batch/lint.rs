//! Many orders, looked at.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::json;

use super::*;

#[test]
fn each_order_has_a_line_with_its_place_and_one_bad_order_fails_the_command() {
    let (_folder, at) = folder();
    let mut orders = businesses(4);
    orders[1]["campaign"]["messageFlow"] =
        json!("People give us their number at the desk, and then they get texts from us.");
    orders[2]["brand"]["ein"] = json!("12");
    orders[2]["campaign"]["ageGated"] = json!("perhaps");
    fs::write(at.join("orders.csv"), csv(&orders)).unwrap();

    let output = run(&at, &["lint", "orders.csv"]);
    let lines: Vec<_> = said(&output).lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 5, "{lines:?}");
    assert_eq!(lines[0], "orders.csv:2: ok");
    assert!(lines[1].starts_with("orders.csv:3: ") && lines[1].contains(" error"));
    assert_eq!(lines[2], "orders.csv:4: cannot be taken: 2 problems");
    assert_eq!(
        lines[4],
        "4 orders: 2 ok, 0 with warnings only, 1 with errors, 1 that cannot be taken"
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(complaint(&output).contains("2 of 4 orders would not get through"));

    let one = run(&at, &["lint", "orders.csv:4"]);
    assert!(said(&one).contains("/brand/ein: ") && said(&one).contains("/campaign/ageGated: "));
    assert!(!said(&one).contains("orders.csv:3"));
    let details = said(&run(&at, &["lint", "orders.csv", "--details"]));
    assert!(details.contains("/brand/ein: ") && details.contains("/campaign/messageFlow: "));

    let told = documents(&run(&at, &["lint", "orders.csv", "--json"]));
    assert_eq!(told[0]["order"], "orders.csv:2");
    assert_eq!(told[0]["errors"], json!([]));
    assert_eq!(told[1]["errors"][0]["pointer"], "/campaign/messageFlow");
    assert_eq!(told[2]["problems"][0]["pointer"], "/brand/ein");
    let summary = json!({ "orders": 4, "ok": 2, "warnings_only": 0, "errors": 1, "not_taken": 1 });
    assert_eq!(told[4], json!({ "summary": summary }));

    fs::write(at.join("good.csv"), csv(&orders[..1])).unwrap();
    assert!(run(&at, &["lint", "good.csv"]).status.success());
    fs::write(at.join("none.csv"), "/brand/ein\n,\n").unwrap();
    let nothing = complaint(&run(&at, &["lint", "none.csv"]));
    assert!(nothing.contains("there is no order"), "{nothing}");
    let nowhere = run(&at, &["lint", "orders.csv:9"]);
    assert!(complaint(&nowhere).contains("no order of orders.csv begins in line 9"));
}

#[test]
fn a_row_that_cannot_be_read_costs_no_other_row() {
    let (_folder, at) = folder();
    let text = csv(&businesses(2));
    let mut lines = text.lines();
    let mut file = format!("{}\n", lines.next().unwrap()).into_bytes();
    let good: Vec<_> = lines.collect();
    file.extend(format!("{}\r\n", good[0]).bytes());
    file.extend(b"914820367,Alpha\n");
    file.extend(b",,,\n\n");
    file.extend(good[1].replace("Example", "Caf\u{1}").bytes().map(|byte| {
        // Latin-1, as an old spreadsheet saves it.
        if byte == 1 { 0xE9 } else { byte }
    }));
    file.extend(b"\n\"914820367\"x,b\n");
    file.extend("x".repeat(2 * 1024 * 1024).bytes());
    file.extend(format!("\n{}\n", good[1]).bytes());
    file.extend(b"\"914820367,b\n");
    fs::write(at.join("orders.csv"), file).unwrap();
    let said = said(&run(&at, &["lint", "orders.csv"]));
    let expected = [
        ("orders.csv:2: ok", ""),
        ("orders.csv:3: cannot be read: ", "2 cells and the header"),
        ("orders.csv:6: cannot be read: ", "not UTF-8"),
        ("orders.csv:7: cannot be read: ", "after the quote"),
        (
            "orders.csv:8: cannot be read: ",
            "larger than 1048576 bytes",
        ),
        ("orders.csv:9: ok", ""),
        ("orders.csv:10: cannot be read: ", "not closed"),
        ("7 orders: 2 ok, ", "5 that cannot be taken"),
    ];
    assert_eq!(said.lines().count(), expected.len(), "{said}");
    for (line, (begins, holds)) in said.lines().zip(expected) {
        assert!(line.starts_with(begins) && line.contains(holds), "{line}");
    }
    assert!(!said.contains("914820367"), "{said}");

    let order = orders::document(0, 1);
    let lines = format!("{order}\n{{\"ein\":914820367\n\n[]\n{order}\n");
    fs::write(at.join("orders.ndjson"), lines).unwrap();
    let said = self::said(&run(&at, &["lint", "orders.ndjson"]));
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[0], "orders.ndjson:1: ok");
    assert!(lines[1].starts_with("orders.ndjson:2: cannot be read: it is not JSON"));
    assert_eq!(lines[2], "orders.ndjson:4: cannot be taken: 1 problem");
    assert_eq!(lines[3], "orders.ndjson:5: ok");
}

#[test]
fn the_sample_file_is_what_reviewers_approve() {
    let at = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/orders");
    let output = run(&at, &["lint", "three-shops.csv"]);
    assert!(output.status.success(), "{output:?}");
    assert!(
        said(&output).contains("3 orders: 3 ok"),
        "{}",
        said(&output)
    );
}

#[cfg(target_os = "linux")]
#[test]
fn ten_thousand_orders_are_looked_at_without_being_held() {
    use std::io::{BufRead as _, BufReader};

    const ORDERS: usize = 10_000;
    let (_folder, at) = folder();
    let mut child = registrar(&at, &["lint", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let order = format!("{}\n", orders::document(0, 100));
    let (half, halfway) = std::sync::mpsc::channel();
    let reading = std::thread::spawn(move || {
        // It says what it has read while there is more to come.
        for line in output.by_ref().take(ORDERS / 2) {
            assert!(line.unwrap().ends_with(": ok"));
        }
        half.send(()).unwrap();
        output.last().unwrap().unwrap()
    });
    for _ in 0..ORDERS - 1 {
        input.write_all(order.as_bytes()).unwrap();
    }
    halfway.recv_timeout(LONGEST).unwrap();
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.unwrap().trim().trim_end_matches(" kB");
    let peak = 1024 * peak.parse::<usize>().unwrap();
    input.write_all(order.as_bytes()).unwrap();
    drop(input);
    assert!(child.wait().unwrap().success());
    assert_eq!(
        reading.join().unwrap(),
        "10000 orders: 10000 ok, 0 with warnings only, 0 with errors, 0 that cannot be taken"
    );
    let all = ORDERS * order.len();
    assert!(peak < all, "{peak} bytes held of {all}");
}

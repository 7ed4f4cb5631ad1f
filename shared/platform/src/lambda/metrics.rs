//! Counts, in CloudWatch's embedded metric format: a line in the log that
//! becomes metrics without a call.

use std::io::Write as _;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Where all metrics of this project are.
pub const NAMESPACE: &str = "Registrar";

/// A count: its name and how many.
pub type Count = (&'static str, usize);

/// Writes one line to standard output, which Lambda keeps as it is.
pub fn count(stage: &str, function: &str, now: Timestamp, counts: &[Count]) {
    if counts.is_empty() {
        return;
    }
    let mut line = line(stage, function, now, counts).to_string();
    line.push('\n');
    // A count that cannot be written is lost; the work is not.
    let _ = std::io::stdout().lock().write_all(line.as_bytes());
}

/// The stage is the only dimension: each further one multiplies the metrics,
/// and each metric is paid for. The function is in the line all the same.
fn line(stage: &str, function: &str, now: Timestamp, counts: &[Count]) -> Value {
    let metrics: Vec<_> = counts
        .iter()
        .map(|(name, _)| json!({ "Name": name, "Unit": "Count" }))
        .collect();
    let about = json!({
        "Timestamp": now.as_millisecond(),
        "CloudWatchMetrics": [{
            "Namespace": NAMESPACE,
            "Dimensions": [["Stage"]],
            "Metrics": metrics,
        }],
    });
    let mut line = Map::from_iter([
        ("_aws".to_owned(), about),
        ("Stage".to_owned(), stage.into()),
        ("Function".to_owned(), function.into()),
    ]);
    for (name, many) in counts {
        line.insert((*name).to_owned(), (*many).into());
    }
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_every_metric_once_and_holds_its_value() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let line = line("local", "sweep", now, &[("Looks", 3), ("Rescues", 0)]);
        let about = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(line["_aws"]["Timestamp"], json!(1_800_000_000_000_i64));
        assert_eq!(about["Namespace"], "Registrar");
        assert_eq!(about["Dimensions"], json!([["Stage"]]));
        assert_eq!(about["Metrics"].as_array().map(Vec::len), Some(2));
        assert_eq!((&line["Looks"], &line["Rescues"]), (&json!(3), &json!(0)));
        assert_eq!(line["Stage"], "local");
    }
}

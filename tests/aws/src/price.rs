//! What a million registrations cost, from public list prices (us-east-1,
//! 2025): DynamoDB on-demand, SQS standard, Lambda on arm64, API Gateway REST.

use std::fmt::Write as _;

use crate::meter::Used;

/// Dollars for a million, except where said.
const WRITE_UNITS: f64 = 0.625;
const READ_UNITS: f64 = 0.125;
const SQS_REQUESTS: f64 = 0.40;
const LAMBDA_REQUESTS: f64 = 0.20;
/// For one GB-second.
const GB_SECOND: f64 = 0.000_013_333_4;
const API_REQUESTS: f64 = 3.50;

/// What others take for the same steps, for a million of their units; each is
/// counted with one unit a step, the least there can be.
const OTHERS: [(&str, f64); 3] = [
    ("Step Functions, standard (one transition a step)", 25.0),
    ("Lambda durable functions (one operation a step)", 8.0),
    ("Temporal Cloud (one action a step)", 50.0),
];

/// A run waits for the registry most of its time. 128 MB, 300 ms.
const RUN: f64 = 0.125 * 0.3;

/// What one registration takes that the functions' own calls do not show.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outside {
    /// Calls to the API: the order, and webhooks.
    pub(crate) api_calls: f64,
    /// Steps, each number counted as one.
    pub(crate) steps: f64,
}

/// Dollars for a million registrations.
pub(crate) struct Price {
    /// What carries state and messages: what others sell as an orchestrator.
    pub(crate) orchestration: f64,
    /// With the functions and the API, which one needs with any orchestrator.
    pub(crate) whole: f64,
    /// The arithmetic, line by line.
    pub(crate) text: String,
}

/// The arithmetic. `registrations`: how many the figures were taken from.
pub(crate) fn price(used: &Used, outside: Outside, registrations: f64) -> Price {
    let each = |count: f64| count / registrations;
    let messages = each(used.messages.values().sum::<u64>() as f64);
    // Each message alone: received, deleted and run by itself. What comes in
    // batches costs less.
    let sqs = each(used.sends as f64) + 2.0 * messages;
    let runs = messages + outside.api_calls;
    let mut text = String::new();
    let orchestration = sum(
        &mut text,
        "state and queues",
        &[
            (
                "DynamoDB write units, tables",
                each(used.write_units),
                WRITE_UNITS,
            ),
            (
                "DynamoDB write units, indexes",
                each(used.index_write_units),
                WRITE_UNITS,
            ),
            ("DynamoDB read units", each(used.read_units), READ_UNITS),
            ("SQS requests (send, receive, delete)", sqs, SQS_REQUESTS),
        ],
    );
    let rest = sum(
        &mut text,
        "functions and API",
        &[
            ("Lambda requests", runs, LAMBDA_REQUESTS),
            (
                "Lambda GB-seconds (128 MB, 300 ms)",
                runs * RUN,
                GB_SECOND * 1e6,
            ),
            (
                "API Gateway requests (order, webhooks)",
                outside.api_calls,
                API_REQUESTS,
            ),
        ],
    );
    let _ = writeln!(text, "  for state alone, others take at the least:");
    let others = OTHERS.map(|(who, price)| (who, outside.steps, price));
    for (who, steps, price) in others {
        line(&mut text, who, steps, price);
    }
    Price {
        orchestration,
        whole: orchestration + rest,
        text,
    }
}

fn sum(text: &mut String, name: &str, lines: &[(&str, f64, f64)]) -> f64 {
    let total = lines
        .iter()
        .map(|(what, count, price)| line(text, what, *count, *price))
        .sum();
    let _ = writeln!(text, "  {name:<72} = ${total:>7.2}");
    total
}

fn line(text: &mut String, what: &str, count: f64, price: f64) -> f64 {
    let dollars = count * price;
    let _ = writeln!(
        text,
        "    {what:<48} {count:>8.2} x ${price:<8} = ${dollars:>7.2}"
    );
    dollars
}

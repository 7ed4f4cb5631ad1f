//! What the calls of functions to AWS amount to, in AWS's own units.
//!
//! Sizes are DynamoDB's: names and values of all attributes, in UTF-8 (Developer
//! Guide, "DynamoDB item sizes and formats"). A write takes one unit per KB,
//! twice that in a transaction; an index takes one more for each item that
//! appears in it or leaves it, so two for a changed key. A read takes one unit
//! per 4 KB, half that where it need not be consistent.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::proxy::Call;

/// What was used.
#[derive(Debug, Default, Clone)]
pub(crate) struct Used {
    /// By operation and table or queue.
    pub(crate) requests: BTreeMap<String, Requests>,
    pub(crate) write_units: f64,
    pub(crate) index_write_units: f64,
    pub(crate) read_units: f64,
    /// Messages that were sent, by their cause.
    pub(crate) messages: BTreeMap<String, u64>,
    /// Requests that sent them.
    pub(crate) sends: u64,
    /// The index keys of each row, as they were last written.
    keys: BTreeMap<String, BTreeMap<String, String>>,
}

/// Requests of one kind.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Requests {
    pub(crate) count: u64,
    /// Of tables and indexes.
    pub(crate) write_units: f64,
    pub(crate) read_units: f64,
}

/// An index of rows, and the attributes that put a row into it.
const INDEXES: [(&str, &[&str]); 3] = [
    ("by-account", &["listed_account"]),
    ("by-status", &["listed_status"]),
    ("by-due", &["due_shard", "due_at"]),
];

/// What these calls have used; `skip` says of which functions they do not count.
pub(crate) fn meter(calls: &[Call], skip: impl Fn(&str) -> bool) -> Used {
    let mut used = Used::default();
    for call in calls.iter().filter(|call| !skip(&call.function)) {
        used.add(call);
    }
    used
}

impl Used {
    fn add(&mut self, call: &Call) {
        let before = (self.write_units + self.index_write_units, self.read_units);
        self.count(call);
        let what = format!("{} {}", call.operation, place(&call.request));
        let requests = self.requests.entry(what.trim().to_owned()).or_default();
        requests.count += 1;
        requests.write_units += self.write_units + self.index_write_units - before.0;
        requests.read_units += self.read_units - before.1;
    }

    fn count(&mut self, call: &Call) {
        let request = &call.request;
        match call.operation.as_str() {
            "DynamoDB.PutItem" => self.put(request, 1.0),
            "DynamoDB.UpdateItem" => self.update(request, 1.0, call.status),
            "DynamoDB.TransactWriteItems" => {
                for item in list(request, "TransactItems") {
                    if let Some(put) = item.get("Put") {
                        self.put(put, 2.0);
                    } else if let Some(update) = item.get("Update") {
                        self.update(update, 2.0, call.status);
                    }
                }
            }
            "DynamoDB.GetItem" | "DynamoDB.Query" => {
                let items = call.answer.get("Items").or_else(|| call.answer.get("Item"));
                self.read(request, items.map_or(0, size_of_any));
            }
            "DynamoDB.BatchGetItem" => {
                let tables = call.answer.get("Responses").and_then(Value::as_object);
                for item in tables
                    .into_iter()
                    .flat_map(|tables| tables.values())
                    .filter_map(Value::as_array)
                    .flatten()
                {
                    // Each item is rounded up by itself; not consistent unless asked for.
                    self.read(request, size_of_any(item));
                }
            }
            "SQS.SendMessageBatch" => {
                self.sends += 1;
                for entry in list(request, "Entries") {
                    let body = entry.get("MessageBody").and_then(Value::as_str);
                    let body: Value =
                        serde_json::from_str(body.unwrap_or_default()).unwrap_or_default();
                    let cause = body
                        .get("cause")
                        .and_then(Value::as_str)
                        .unwrap_or("unknown");
                    *self.messages.entry(cause.to_owned()).or_default() += 1;
                }
            }
            _ => {}
        }
    }

    fn put(&mut self, put: &Value, times: f64) {
        let item = put.get("Item").cloned().unwrap_or_default();
        self.write_units += times * kilobytes(size_of(&item));
        if place(put) == "registrations" {
            let id = key_of(&item);
            let keys = self.keys.entry(id).or_default();
            for (index, attributes) in INDEXES {
                let key: String = attributes
                    .iter()
                    .filter_map(|name| item.get(*name))
                    .map(Value::to_string)
                    .collect();
                if !key.is_empty() {
                    self.index_write_units += 1.0;
                    keys.insert(index.to_owned(), key);
                }
            }
        }
    }

    fn update(&mut self, update: &Value, times: f64, status: u16) {
        // One that is refused costs the same as one that is carried out.
        self.write_units += times;
        if status >= 300 || place(update) != "registrations" {
            return;
        }
        let id = key_of(update.get("Key").unwrap_or(&Value::Null));
        let expression = update
            .get("UpdateExpression")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let values = update
            .get("ExpressionAttributeValues")
            .cloned()
            .unwrap_or_default();
        let keys = self.keys.entry(id).or_default();
        for (index, attributes) in INDEXES {
            let names = |text: &str| attributes.iter().any(|name| text.contains(name));
            let (_, removed) = expression.split_once("REMOVE").unwrap_or_default();
            let value = |name: &&&str| values.get(format!(":{name}")).map(Value::to_string);
            let key: String = attributes
                .iter()
                .collect::<Vec<_>>()
                .iter()
                .filter_map(value)
                .collect();
            let before = keys.get(index).cloned();
            match (before, key.is_empty()) {
                (Some(before), false) if before != key => {
                    self.index_write_units += 2.0;
                    keys.insert(index.to_owned(), key);
                }
                (None, false) => {
                    self.index_write_units += 1.0;
                    keys.insert(index.to_owned(), key);
                }
                (Some(_), true) if names(removed) => {
                    self.index_write_units += 1.0;
                    keys.remove(index);
                }
                _ => {}
            }
        }
    }

    fn read(&mut self, request: &Value, bytes: usize) {
        let consistent = request
            .get("ConsistentRead")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        let units = bytes.div_ceil(4096).max(1) as f64;
        self.read_units += if consistent { units } else { units / 2.0 };
    }
}

fn kilobytes(bytes: usize) -> f64 {
    bytes.div_ceil(1024).max(1) as f64
}

/// The table's or queue's own name, without the stage's.
fn place(request: &Value) -> String {
    let name = request
        .get("TableName")
        .or_else(|| request.get("QueueUrl"))
        .and_then(Value::as_str);
    let own = name
        .unwrap_or_default()
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let mut own = own.splitn(3, '-').nth(2).unwrap_or(own).to_owned();
    if let Some(index) = request.get("IndexName").and_then(Value::as_str) {
        own = format!("{own}/{index}");
    }
    own
}

fn list(value: &Value, name: &str) -> Vec<Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default()
}

fn key_of(item: &Value) -> String {
    item.get("registration_id")
        .map(Value::to_string)
        .unwrap_or_default()
}

/// The size of an item, or of all items of a list.
fn size_of_any(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(size_of).sum(),
        item => size_of(item),
    }
}

fn size_of(item: &Value) -> usize {
    let attributes = item.as_object().into_iter().flatten();
    attributes
        .map(|(name, value)| name.len() + size_of_value(value))
        .sum()
}

fn size_of_value(value: &Value) -> usize {
    let Some((kind, value)) = value.as_object().and_then(|typed| typed.iter().next()) else {
        return 0;
    };
    match (kind.as_str(), value) {
        ("S", Value::String(text)) => text.len(),
        ("B", Value::String(text)) => text.len() * 3 / 4,
        ("N", Value::String(digits)) => digits.len().div_ceil(2) + 1,
        ("M", map) => {
            3 + map
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, value)| 1 + name.len() + size_of_value(value))
                .sum::<usize>()
        }
        ("L", list) => {
            3 + list
                .as_array()
                .into_iter()
                .flatten()
                .map(|value| 1 + size_of_value(value))
                .sum::<usize>()
        }
        _ => 1,
    }
}

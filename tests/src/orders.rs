//! As many different valid orders as a test wants.

use registration::Order;
use serde_json::{Value, json};

const TEMPLATE: &str = include_str!("../orders/cedar-street-dental.json");

/// The order of business number `business` (from 0, up to 9,999), with so many
/// numbers (up to 100). No two share an EIN or a number.
pub fn document(business: usize, numbers: usize) -> Value {
    // Each business is named in its own messages: reviewers look for that.
    let text = TEMPLATE
        .replace(
            "Cedar Street Dental Care LLC",
            &format!("Example Business {business} LLC"),
        )
        .replace(
            "Cedar Street Dental",
            &format!("Example Business {business}"),
        );
    let mut document: Value = serde_json::from_str(&text).unwrap_or_default();
    let numbers: Vec<String> = (0..numbers)
        .map(|place| {
            // 10,000 lines per exchange; exchanges from 200, never 555, which
            // means something to the simulator.
            let line = business * 100 + place;
            let exchange = 600 + line / 10_000;
            format!(
                "+1{}{:03}{:04}",
                206 + exchange / 1_000,
                600 + exchange % 400,
                line % 10_000
            )
        })
        .collect();
    if let Some(order) = document.as_object_mut() {
        if let Some(brand) = order.get_mut("brand").and_then(Value::as_object_mut) {
            brand.insert("ein".to_owned(), json!(ein(business)));
        }
        if let Some(campaign) = order.get_mut("campaign").and_then(Value::as_object_mut) {
            campaign.insert("numberPool".to_owned(), json!(numbers.len() >= 50));
        }
        order.insert("numbers".to_owned(), json!(numbers));
    }
    document
}

/// The EIN of business number `business`.
pub fn ein(business: usize) -> String {
    format!("84{business:07}")
}

/// The order itself.
///
/// # Panics
/// If the template is not a valid order: then no test makes sense.
#[allow(
    clippy::panic,
    reason = "test support: a broken template fails every test, with its problems"
)]
pub fn order(business: usize, numbers: usize) -> Order {
    Order::read(&document(business, numbers)).unwrap_or_else(|problems| panic!("{problems}"))
}

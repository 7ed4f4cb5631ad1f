//! The aims of the pre-flight, over the orders of `tests/preflight`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use end_to_end::corpus::judge;
use registration::preflight::Weight;

#[test]
fn no_good_order_is_called_an_error_and_nearly_every_fault_is_found() {
    let judged = judge().unwrap();
    assert!(judged.good >= 60 && judged.faulty() >= 60, "{judged:?}");
    let errors = judged
        .alarms
        .iter()
        .filter(|(_, alarm)| alarm.weight == Weight::Error);
    let errors: Vec<_> = errors
        .map(|(name, alarm)| format!("{name}: {}", alarm.rule))
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    let most_missed = judged.faulty() / 20;
    assert!(judged.missed.len() <= most_missed, "{:?}", judged.missed);
}

//! How long is waited: between attempts of a call, and between looks.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use jiff::Timestamp;
use registration::patience::{Patience, later};
use registration::{Failure, Step};

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn wait(patience: &Patience, failure: Failure, attempt: u32, asked: Option<u64>) -> u64 {
    let asked = asked.map(Duration::from_secs);
    let at = patience.retry_at(failure, attempt, asked, now());
    at.duration_since(now()).as_secs().try_into().unwrap()
}

#[test]
fn each_repetition_waits_twice_as_long_as_the_one_before_up_to_the_longest() {
    let patience = Patience::default();
    let waits: Vec<_> = (1..=10)
        .map(|attempt| wait(&patience, Failure::Refused, attempt, None))
        .collect();
    assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
    assert_eq!(wait(&patience, Failure::Refused, u32::MAX, None), 900);
}

#[test]
fn what_the_registry_asks_for_counts_up_to_the_longest() {
    let patience = Patience::default();
    assert_eq!(wait(&patience, Failure::Throttled, 1, Some(42)), 42);
    assert_eq!(wait(&patience, Failure::Throttled, 1, Some(1_000_000)), 900);
}

#[test]
fn a_call_in_doubt_is_left_alone_for_its_lease() {
    let patience = Patience::default();
    assert_eq!(wait(&patience, Failure::InDoubt, 1, None), 60);
    assert_eq!(wait(&patience, Failure::InDoubt, 1, Some(1)), 60);
    assert_eq!(wait(&patience, Failure::InDoubt, 8, None), 640);
}

#[test]
fn looks_grow_apart_with_the_time_waited_within_their_bounds() {
    let patience = Patience::default();
    let after = |minutes: u64| {
        let at = later(now(), Duration::from_secs(minutes * 60));
        let next = patience.next_look(Step::Brand, now(), at);
        next.duration_since(at).as_secs() / 60
    };
    assert_eq!([0, 5, 40, 400].map(after), [5, 5, 40, 400]);
    const LONGEST: i64 = 24 * 60;
    assert_eq!([24, 48, 720].map(|hours| after(hours * 60)), [LONGEST; 3]);
}

#[test]
fn an_hour_at_a_machine_takes_4_looks_and_ten_days_of_review_5() {
    let patience = Patience::default();
    let looks = |step: Step, hours: u64| {
        let until = later(now(), Duration::from_secs(hours * 3_600));
        let next = |at: &Timestamp| Some(patience.next_look(step, now(), *at));
        let looks = std::iter::successors(next(&now()), next);
        looks.take_while(|at| *at <= until).count()
    };
    assert_eq!(
        [1, 24, 30 * 24].map(|hours| looks(Step::Brand, hours)),
        [4, 9, 38]
    );
    assert_eq!(
        [1, 24, 10 * 24].map(|hours| looks(Step::Campaign, hours)),
        [0, 1, 5]
    );
}

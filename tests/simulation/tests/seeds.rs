//! A seed decides everything.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use simulation::fault::Kind;
use simulation::plan::Plan;
use simulation::run::run;

/// Orders in one run: a few, so that a test takes no minutes.
const ORDERS: usize = 3;

#[test]
fn a_seed_that_is_run_twice_does_the_same_twice() {
    for seed in [0, 3, 7] {
        let plan = Plan::of(seed, ORDERS);
        let (first, second) = (run(&plan).unwrap(), run(&plan).unwrap());
        assert_eq!(first.hash, second.hash, "seed {seed}");
        assert_eq!(first.faults, second.faults, "seed {seed}");
    }
}

#[test]
fn another_seed_does_something_else() {
    let hash = |seed| run(&Plan::of(seed, ORDERS)).unwrap().hash;
    assert_ne!(hash(0), hash(1));
}

#[test]
fn every_promise_holds_whatever_goes_wrong() {
    for seed in 0..8 {
        let ended = run(&Plan::of(seed, ORDERS)).unwrap();
        assert_eq!(ended.violations, [], "seed {seed}");
        assert_eq!(ended.stuck, 0, "seed {seed}");
    }
}

#[test]
fn a_run_without_faults_has_none_and_one_with_all_has_many() {
    let calm = Plan {
        kinds: Vec::new(),
        ..Plan::of(0, ORDERS)
    };
    let calm = run(&calm).unwrap();
    assert_eq!((calm.faults.sum(), calm.violations), (0, vec![]));
    let stormy = run(&Plan::of(0, ORDERS)).unwrap();
    assert!(stormy.faults.of(Kind::CrashBefore) > 0);
}

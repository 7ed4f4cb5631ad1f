//! The smallest run that still fails: a reader has less to follow.

use crate::plan::{Ended, Plan};
use crate::run::run;

/// A plan that fails, made smaller: first fewer orders, then kinds of faults one by one,
/// then fewer faults. Every try is a run, so this takes some time.
pub fn shrink(plan: &Plan) -> Plan {
    let mut smallest = plan.clone();
    let fails = |plan: &Plan| run(plan).is_ok_and(|ended: Ended| !ended.violations.is_empty());
    for registrations in 1..smallest.registrations {
        let fewer = Plan {
            registrations,
            ..smallest.clone()
        };
        if fails(&fewer) {
            smallest = fewer;
            break;
        }
    }
    for kind in smallest.kinds.clone() {
        let without = Plan {
            kinds: smallest
                .kinds
                .iter()
                .copied()
                .filter(|known| *known != kind)
                .collect(),
            ..smallest.clone()
        };
        if fails(&without) {
            smallest = without;
        }
    }
    let Ok(ended) = run(&smallest) else {
        return smallest;
    };
    let (mut enough, mut too_few) = (ended.faults.sum(), 0);
    while too_few + 1 < enough {
        let most_faults = too_few + (enough - too_few) / 2;
        let fewer = Plan {
            most_faults,
            ..smallest.clone()
        };
        if fails(&fewer) {
            enough = most_faults;
        } else {
            too_few = most_faults;
        }
    }
    let fewest = Plan {
        most_faults: enough,
        ..smallest.clone()
    };
    if fails(&fewest) { fewest } else { smallest }
}

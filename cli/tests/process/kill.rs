//! A service killed without warning in the middle of its work.
//!
//!     REGISTRAR_TEST_KILLS=100 cargo test -p registrar --test process killed

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use platform::Store as _;
use platform::clock::SystemClock;
use platform::sqlite::Sqlite;
use registration::chain;

use crate::service::{
    REGISTRAR, Starts, each_once, port, registered, registry, said, submitted, taken, token, until,
};

const ORDERS: usize = 100;

const NUMBERS: usize = 5;

/// How often it is killed, if nothing is said.
const KILLS: u64 = 10;

/// Between a submission that the registry has accepted and the kill, at most.
const MOMENT: u64 = 40;

/// A number of the environment.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Drawn, each from the one before.
fn draw(state: &mut u64, below: u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % below
}

/// Submissions after which it is killed, and how many milliseconds after.
fn kills() -> Vec<(u64, u64)> {
    let kills = number("REGISTRAR_TEST_KILLS").unwrap_or(KILLS);
    let seed = number("REGISTRAR_TEST_SEED").unwrap_or(0);
    println!("{kills} kills of REGISTRAR_TEST_SEED={seed}");
    let mut state = seed;
    // The last ones need not be waited for in vain: some orders are still to come.
    let last = u64::try_from(ORDERS * (NUMBERS + 2)).unwrap() - 10;
    let mut kills: Vec<_> = (0..kills)
        .map(|_| (draw(&mut state, last), draw(&mut state, MOMENT)))
        .collect();
    kills.sort_unstable();
    kills
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_killed_in_the_middle_of_100_registrations_finishes_all_and_submits_each_once() {
    let simulator = registry().await;
    let folder = tempfile::tempdir().unwrap();
    let starts = Starts {
        data: folder.path().join("registrar.db"),
        port: port(),
        simulator: &simulator,
        before: None,
        log: folder.path().join("log"),
    };
    let token = token(&starts.data);
    let killing = async {
        let mut served = starts.start();
        for (at, moment) in kills() {
            until("so much is submitted", async || submitted(&simulator) >= at).await;
            tokio::time::sleep(Duration::from_millis(moment)).await;
            served.kill();
            served = starts.start();
        }
        served
    };
    let posting = async {
        for business in 0..ORDERS {
            taken(starts.port, &token, business, NUMBERS).await;
        }
    };
    let (served, ()) = tokio::join!(killing, posting);
    let store = Sqlite::open(&starts.data, Arc::new(SystemClock)).unwrap();
    until("all are registered", async || {
        registered(&store).await.len() == ORDERS
    })
    .await;
    served.kill();

    each_once(&simulator, ORDERS, NUMBERS);
    for id in registered(&store).await {
        let history = store.history(&id).await.unwrap();
        chain::verify(
            &id,
            &history,
            store.row(&id).await.unwrap().map(|row| row.seq),
        )
        .unwrap();
    }
    let mut check = Command::new(REGISTRAR);
    check.arg("--data").arg(&starts.data).arg("check");
    let checked = said(check.output().unwrap());
    let all = ORDERS * (NUMBERS + 1);
    assert!(
        checked.contains(&format!("{all} registrations looked at: 0 things wrong")),
        "{checked}"
    );
    simulator.stop().await;
}

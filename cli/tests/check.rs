//! A data file that something else has written into.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

use end_to_end::orders;
use end_to_end::world::World;
use platform::cancel::{How, cancel};
use platform::case::Author;
use platform::configuration::Configuration;
use registration::{Actor, RegistrationId, Status, TraceId};
use registry_simulator::Settings;

fn check(data: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_registrar"));
    command.arg("--data").arg(data).arg("check").args(arguments);
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// A world with one order that is registered, and its file.
async fn registered() -> (World, RegistrationId, PathBuf) {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = world.receive(orders::order(1, 3)).await.unwrap();
    world.drive(&id).await.unwrap();
    let path = world.data_file().unwrap().path().unwrap().into();
    (world, id, path)
}

#[tokio::test]
async fn a_file_in_order_is_told_so_with_work_under_way_and_done() {
    let (world, _, data) = registered().await;
    world.receive(orders::order(2, 2)).await.unwrap();
    let (whole, said) = check(&data, &[]);
    assert!(whole, "{said}");
    assert!(
        said.contains("5 registrations looked at: 0 things wrong"),
        "{said}"
    );
}

#[tokio::test]
async fn rows_and_counters_that_are_wrong_are_found_and_made_again() {
    for (harm, says) in [
        (
            "UPDATE registrations SET status = 'parked' WHERE parent IS NULL",
            "status",
        ),
        (
            "UPDATE registrations SET open_numbers = 2 WHERE parent IS NULL",
            "2 open",
        ),
        (
            "UPDATE registrations SET refused_numbers = 1 WHERE parent IS NULL",
            "1 refused",
        ),
        ("DELETE FROM registrations", "no row"),
    ] {
        let (world, id, data) = registered().await;
        world.data_file().unwrap().execute_batch(harm).unwrap();
        let (whole, said) = check(&data, &[]);
        assert!(!whole && said.contains(says), "{harm}: {said}");
        let (mended, said) = check(&data, &["--mend"]);
        assert!(mended && said.contains("(mended)"), "{harm}: {said}");
        let (whole, said) = check(&data, &[]);
        assert!(whole, "{harm}: {said}");
        let row = world.store.row(&id).await.unwrap().unwrap();
        assert_eq!(
            (row.status, row.open_numbers),
            (Status::Registered, 0),
            "{harm}"
        );
    }
}

#[tokio::test]
async fn the_numbers_of_a_cancelled_order_that_are_to_be_withdrawn_are_counted_again() {
    let (world, id, data) = registered().await;
    let author = Author {
        actor: Actor::operator("kim"),
        trace: TraceId::new(1),
    };
    cancel(&world.platform, &id, &author, How::default())
        .await
        .unwrap();
    while world.turn().await.unwrap() {}
    let (whole, said) = check(&data, &[]);
    assert!(whole, "{said}");
    let harm = "UPDATE registrations SET open_ends = 2 WHERE parent IS NULL";
    world.data_file().unwrap().execute_batch(harm).unwrap();
    let (whole, said) = check(&data, &[]);
    assert!(!whole && said.contains("2 to be withdrawn"), "{said}");
    let (mended, said) = check(&data, &["--mend"]);
    assert!(mended && said.contains("(mended)"), "{said}");
    let row = world.store.row(&id).await.unwrap().unwrap();
    assert_eq!(row.open_ends, 0);
}

/// What keeps SQLite from changing events: whoever writes into the file takes it away.
fn triggers(file: &rusqlite::Connection) -> Vec<String> {
    let query = "SELECT name FROM sqlite_master WHERE type = 'trigger'";
    let mut query = file.prepare(query).unwrap();
    let names = query.query_map([], |row| row.get(0)).unwrap();
    names.collect::<Result<_, _>>().unwrap()
}

#[tokio::test]
async fn a_history_that_is_not_whole_is_found_and_left_as_it_is() {
    for harm in [
        "DELETE FROM events WHERE seq = 3",
        "UPDATE events SET actor = 'operator pat' WHERE seq = 2",
        "DELETE FROM events WHERE seq = (SELECT max(seq) FROM events) ",
    ] {
        let (world, _, data) = registered().await;
        let file = world.data_file().unwrap();
        for trigger in triggers(&file) {
            file.execute_batch(&format!("DROP TRIGGER {trigger}"))
                .unwrap();
        }
        file.execute_batch(harm).unwrap();
        for arguments in [&[][..], &["--mend"]] {
            let (whole, said) = check(&data, arguments);
            assert!(!whole && said.contains("not whole"), "{harm}: {said}");
        }
    }
}

/// Seeds of damage.
const SEEDS: u64 = 40;

/// Bytes that are flipped, in runs.
const FLIPPED: (usize, usize) = (20, 100);

#[tokio::test]
async fn a_damaged_file_is_refused_at_the_start_or_all_of_its_work_is_there() {
    let (world, id, data) = registered().await;
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    platform::sqlite::backup(&data, &copy, |_, _| {}).unwrap();
    let whole = std::fs::read(&copy).unwrap();
    let history = world.store.history(&id).await.unwrap();
    let mut refused = 0;
    for seed in 0..SEEDS {
        let mut bytes = whole.clone();
        let mut draw = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        for _ in 0..FLIPPED.0 {
            draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = usize::try_from(draw >> 33).unwrap() % (bytes.len() - FLIPPED.1);
            bytes
                .iter_mut()
                .skip(at)
                .take(FLIPPED.1)
                .for_each(|byte| *byte ^= 0x5a);
        }
        let damaged = folder.path().join(format!("damaged-{seed}.db"));
        std::fs::write(&damaged, bytes).unwrap();
        match starts(&damaged).await {
            Err(said) => {
                let advises = ["damaged", "not in order", "cannot be", "another program"];
                assert!(
                    advises.iter().any(|word| said.contains(word)),
                    "seed {seed}: {said}"
                );
                refused += 1;
            }
            Ok(platform) => {
                let read = platform.store.history(&id).await.unwrap();
                assert_eq!(read, history, "seed {seed}");
            }
        }
    }
    println!("{refused} of {SEEDS} damaged files were refused");
    assert!(refused > SEEDS / 2, "only {refused} were refused");
}

async fn starts(data: &Path) -> Result<platform::Platform, String> {
    let configuration = Configuration::read(&|_| None).map_err(|wrong| format!("{wrong:?}"))?;
    let told = |error: anyhow::Error| format!("{error:#}");
    let platform = registrar::service::platform(data, &configuration).map_err(told)?;
    let looked = registrar::service::look_through(data, &platform).await;
    looked.map_err(told)?;
    Ok(platform)
}

#[tokio::test]
async fn a_file_that_lost_the_file_beside_it_is_whole_as_of_an_earlier_moment() {
    let (world, id, data) = registered().await;
    let folder = tempfile::tempdir().unwrap();
    let alone = folder.path().join("alone.db");
    // Without what stands in the file beside it, which is most of the work.
    std::fs::copy(&data, &alone).unwrap();
    let platform = starts(&alone).await.unwrap();
    let read = platform.store.history(&id).await.unwrap();
    let history = world.store.history(&id).await.unwrap();
    assert!(
        history.starts_with(&read),
        "{} of {} events",
        read.len(),
        history.len()
    );
}

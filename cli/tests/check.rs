//! A data file that something else has written into.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

use end_to_end::orders;
use end_to_end::world::World;
use registration::{RegistrationId, Status};
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

//! A copy of the data file is as good as the file.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

use end_to_end::orders;
use end_to_end::world::World;
use platform::sqlite::Sqlite;
use platform::{Queue as _, Store as _};
use registration::Status;
use registry_simulator::Settings;

fn backup(data: &Path, to: &Path) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_registrar"));
    command.arg("--data").arg(data).arg("backup").arg(to);
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[tokio::test]
async fn a_copy_made_in_the_middle_of_the_work_holds_all_of_it_and_what_is_to_be_done_next() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let done = world.receive(orders::order(1, 2)).await.unwrap();
    world.drive(&done).await.unwrap();
    let begun = world.receive(orders::order(2, 2)).await.unwrap();
    let file = world.data_file().unwrap();
    let data = Path::new(file.path().unwrap()).to_owned();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("copy.db");
    let (made, said) = backup(&data, &to);
    assert!(made && said.contains("whole"), "{said}");

    let copy = Sqlite::open(&to, world.clock.clone()).unwrap();
    let row = copy.row(&done).await.unwrap().unwrap();
    assert_eq!(row.status, Status::Registered);
    for id in [&done, &begun] {
        assert_eq!(
            copy.history(id).await.unwrap(),
            world.store.history(id).await.unwrap()
        );
    }
    let waiting = copy.depth("register-brand").await.unwrap().waiting;
    assert_eq!(waiting, 1, "the message of the order that was begun");
}

#[tokio::test]
async fn a_copy_takes_no_other_files_place_and_none_is_made_of_a_damaged_file() {
    let world = World::immortal(Settings::default()).await.unwrap();
    world.receive(orders::order(1, 1)).await.unwrap();
    let file = world.data_file().unwrap();
    let data = Path::new(file.path().unwrap()).to_owned();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("copy.db");
    std::fs::write(&to, "something else").unwrap();
    let (made, said) = backup(&data, &to);
    assert!(!made && said.contains("must be a new file"), "{said}");
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "something else");

    let foreign = folder.path().join("foreign.db");
    std::fs::write(
        &foreign,
        "no database at all, but longer than a header of one is",
    )
    .unwrap();
    let other = folder.path().join("other.db");
    let (made, said) = backup(&foreign, &other);
    assert!(!made && !other.exists(), "{said}");
}

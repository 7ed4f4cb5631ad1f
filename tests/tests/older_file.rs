//! A data file that an earlier version wrote.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use end_to_end::orders;
use end_to_end::world::World;
use platform::Store as _;
use platform::sqlite::Sqlite;
use registration::Status;
use registry_simulator::Settings;

#[tokio::test]
async fn a_file_without_the_counters_that_came_later_is_opened_with_all_that_is_in_it() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = world.receive(orders::order(1, 2)).await.unwrap();
    let before = world.drive(&id).await.unwrap();
    let file = world.data_file().unwrap();
    for counter in ["open_ends", "cancelled_numbers"] {
        let drop = format!("ALTER TABLE registrations DROP COLUMN {counter}");
        file.execute_batch(&drop).unwrap();
    }
    let path = std::path::PathBuf::from(file.path().unwrap());
    drop(file);
    let again = Sqlite::open(&path, world.clock.clone()).unwrap();
    let row = again.row(&id).await.unwrap().unwrap();
    assert_eq!(row.status, Status::Registered);
    assert_eq!(row, before);
}

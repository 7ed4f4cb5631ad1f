//! A data file that another version wrote.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use end_to_end::orders;
use end_to_end::world::World;
use platform::Store as _;
use platform::sqlite::Sqlite;
use registration::Status;
use registry_simulator::Settings;

#[tokio::test]
async fn a_file_from_before_claims_gets_those_of_all_its_orders() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = world.receive(orders::order(2, 2)).await.unwrap();
    world.drive(&id).await.unwrap();
    let file = world.data_file().unwrap();
    let before = claims(&file);
    assert_eq!(
        before.len(),
        5,
        "two numbers, brand, campaign, order: {before:?}"
    );
    file.execute_batch("DELETE FROM controls; PRAGMA user_version = 0")
        .unwrap();
    let path = std::path::PathBuf::from(file.path().unwrap());
    registrar::service::reclaim_once(&path, &world.platform)
        .await
        .unwrap();
    assert_eq!(claims(&file), before);
    let again = Sqlite::open(&path, world.clock.clone()).unwrap();
    assert!(!again.predates_claims().await.unwrap());
}

/// Who has what.
fn claims(file: &rusqlite::Connection) -> Vec<(String, String)> {
    let query =
        "SELECT key, value ->> 'registration' FROM controls WHERE key GLOB 'claim/*' ORDER BY key";
    let mut claims = file.prepare(query).unwrap();
    let claims = claims.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    claims.unwrap().collect::<Result<_, _>>().unwrap()
}

#[tokio::test]
async fn a_file_without_the_counters_that_came_later_is_opened_with_all_that_is_in_it() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = world.receive(orders::order(1, 2)).await.unwrap();
    let before = world.drive(&id).await.unwrap();
    let file = world.data_file().unwrap();
    for counter in ["open_ends", "cancelled_numbers", "parked_numbers"] {
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

#[tokio::test]
async fn a_file_of_a_later_version_or_of_another_program_is_refused_as_it_is() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let file = world.data_file().unwrap();
    let path = std::path::PathBuf::from(file.path().unwrap());
    for (pragma, says) in [
        (
            "user_version = 2",
            "later version of registrar (its form is 2",
        ),
        ("application_id = 1", "another program's database"),
    ] {
        file.execute_batch(&format!("PRAGMA {pragma}")).unwrap();
        let refused = Sqlite::open(&path, world.clock.clone()).err().unwrap();
        assert!(refused.to_string().contains(says), "{refused}");
    }
}

//! What `registrar show` says of a registration beside where it stands, and of a
//! number that an operator cancels: by the program, on the file of a platform whose
//! clock the test moves.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use end_to_end::orders;
use end_to_end::world::World;
use platform::Clock as _;
use platform::callback::{Callback, Callbacks as Known};
use registrar::service::random;
use registration::advice::advice;
use registration::callback::Allowed;
use registration::{AccountId, Order, RegistrationId, Status};
use registry_simulator::Settings;
use serde_json::json;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What the program says on the world's data file; it must succeed.
fn says(world: &World, arguments: &[&str]) -> String {
    let file = world.data_file().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_registrar"))
        .args(arguments)
        .args(["--data", file.path().unwrap()])
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

/// Everything that there is to do is done.
async fn work(world: &World) {
    world.sweep().await.unwrap();
    while world.turn().await.unwrap() {}
}

/// An order whose brand's tax number ends so, which tells the simulator what
/// becomes of it.
async fn ordered(world: &World, ending: &str) -> RegistrationId {
    let mut document = orders::document(1, 3);
    document["brand"]["ein"] = json!(format!("00001{ending}"));
    document["brand"]["companyName"] = json!("Example Business");
    let order = Order::read(&document).unwrap();
    world.receive(order).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_longer_than_it_should_is_called_overdue_from_that_day_on() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = ordered(&world, "9007").await;
    for _ in 0..29 {
        work(&world).await;
        world.clock.advance(DAY);
    }
    work(&world).await;
    let shown = says(&world, &["show", id.as_str()]);
    assert!(!shown.contains("overdue"), "{shown}");
    for _ in 0..2 {
        world.clock.advance(DAY);
        work(&world).await;
    }
    let shown = says(&world, &["show", id.as_str()]);
    let line = "overdue: the brand takes longer than it should";
    assert!(shown.lines().any(|said| said == line), "{shown}");
    assert!(shown.contains("under review"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn below_a_reason_of_the_registry_stands_what_to_do_about_it() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = ordered(&world, "9001").await;
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Rejected);
    let shown = says(&world, &["show", id.as_str()]);
    let mut lines = shown.lines().skip_while(|line| !line.contains("TAX_ID"));
    assert!(lines.next().is_some(), "{shown}");
    let below = lines.next().map(str::trim);
    assert_eq!(below, advice("TAX_ID"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_its_account_was_not_told_of_is_shown_until_it_was() {
    let mut world = World::immortal(Settings::default()).await.unwrap();
    let loopback = Allowed::parse("loopback").unwrap();
    let calls = callbacks::Callbacks::with_timeout(loopback, Duration::from_millis(300));
    world.platform.callbacks = Known::new(loopback);
    world.functions = world.functions.with_callbacks(Arc::new(calls.unwrap()));
    let acme = AccountId::parse("acme").unwrap();
    // Nobody listens there.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", free.local_addr().unwrap());
    drop(free);
    let callback = Callback::new(url, None, random, world.clock.now());
    world.store.set_callback(&acme, &callback).await.unwrap();
    let id = ordered(&world, "9001").await;
    world.drive(&id).await.unwrap();
    work(&world).await;
    let shown = says(&world, &["show", id.as_str()]);
    let said = shown
        .lines()
        .find(|line| line.starts_with("callback not delivered: "));
    let said = said.unwrap_or_default();
    // The oldest one that is due, as changes are told in order.
    assert!(said.contains(": in_review since 2027-"), "{shown}");
    assert!(
        said.contains(" attempts, the next not before 2027-"),
        "{shown}"
    );
    assert!(!said.contains(" 0 attempts"), "{shown}");
    world.store.remove_callback(&acme).await.unwrap();
    world.clock.advance(DAY);
    work(&world).await;
    let shown = says(&world, &["show", id.as_str()]);
    assert!(!shown.contains("callback not delivered"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_cancelled_by_itself_and_its_order_is_not() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = world.receive(orders::order(1, 3)).await.unwrap();
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
    let number = id.number(2);
    let said = says(&world, &["cancel", number.as_str(), "--operator", "kim"]);
    assert!(said.contains("is cancelling, at end_number"), "{said}");
    world.drive(&number).await.unwrap();
    work(&world).await;
    let shown = says(&world, &["show", id.as_str()]);
    assert!(shown.contains("  registered  of acme"), "{shown}");
    let is_cancelled = |place: u32| {
        let number = id.number(place);
        let mut rows = shown.lines().filter(|line| line.contains(number.as_str()));
        rows.any(|row| row.contains("cancelled"))
    };
    assert_eq!([1, 2, 3].map(is_cancelled), [false, true, false], "{shown}");
    let history = says(&world, &["history", number.as_str()]);
    assert!(history.contains("cancelled by itself"), "{history}");
    assert!(history.contains("operator kim"), "{history}");
}

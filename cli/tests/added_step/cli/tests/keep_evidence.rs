//! An order is carried through the step.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use end_to_end::world::World;
use end_to_end::{orders, told};
use registration::Status;
use registry_simulator::Settings;

#[tokio::test]
async fn the_texts_are_kept_before_the_campaign_is_submitted() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = world.receive(orders::order(1, 1)).await.unwrap();
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
    let told = told::history(&*world.store, &id).await.unwrap();
    let place = |fact: &str| told.iter().position(|known| known == fact).unwrap();
    assert!(place("brand approved") < place("evidence approved"), "{told:?}");
    assert!(place("evidence approved") < place("campaign intended"), "{told:?}");
}

//! What a process remembers of a registration saves reads, and decides nothing by
//! itself.

use std::sync::Arc;
use std::time::Duration;

use end_to_end::crash::Plan;
use end_to_end::orders;
use end_to_end::world::World;
use platform::memory::Memory;
use platform::workers;
use platform::{Case, Platform};
use registration::{Status, Step};
use registry_simulator::Settings;

/// Reads of the store on the way of one order with five numbers.
async fn reads(memory: Memory) -> anyhow::Result<usize> {
    let plan = Plan::never();
    let mut world = World::in_memory(Settings::default(), Arc::clone(&plan)).await?;
    world.platform.memory = memory;
    let id = world.receive(orders::order(1, 5)).await?;
    assert_eq!(world.drive(&id).await?.status, Status::Registered);
    Ok(plan.counts().reads)
}

#[tokio::test]
async fn a_case_that_was_just_written_is_not_read_again() {
    let with = reads(Memory::of(100)).await.unwrap();
    let without = reads(Memory::of(0)).await.unwrap();
    assert!(with * 2 <= without, "{with} reads, and {without} without");
}

#[tokio::test]
async fn a_process_whose_memory_is_old_submits_nothing_a_second_time() {
    let world = World::in_memory(Settings::default(), Plan::never())
        .await
        .unwrap();
    let elsewhere = Platform {
        memory: Memory::of(100),
        ..world.platform.clone()
    };
    let id = world.receive(orders::order(1, 1)).await.unwrap();
    let queue = Step::Brand.function();
    let received = world
        .queue
        .receive(queue, 1, Duration::from_secs(90), Duration::ZERO);
    let delivery = received.await.unwrap().remove(0);
    // Here the order is remembered as it was received; there it is submitted.
    workers::deliver(&elsewhere, &world.functions, delivery.clone()).await;
    let seq = async || Case::load(&*world.store, &id).await.unwrap().facts.seq();
    let remembered = world.platform.memory.recall(&id, 0).unwrap();
    assert!(
        remembered.facts.seq() < seq().await,
        "the memory is not old"
    );
    // The same message once more, to the process that knows nothing of it.
    workers::deliver(&world.platform, &world.functions, delivery).await;
    let submitted = world.simulator.submissions().brands;
    assert_eq!(submitted.into_values().collect::<Vec<_>>(), [1]);
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
    assert!(world.platform.memory.recall(&id, seq().await).is_some());
}

#[tokio::test]
async fn a_case_that_knows_less_than_its_message_is_not_recalled() {
    let world = World::in_memory(Settings::default(), Plan::never())
        .await
        .unwrap();
    let id = world.receive(orders::order(1, 1)).await.unwrap();
    let memory = &world.platform.memory;
    let seq = memory.recall(&id, 0).unwrap().facts.seq();
    assert!(memory.recall(&id, seq).is_some());
    assert!(memory.recall(&id, seq + 1).is_none());
    memory.forget(&id);
    assert!(memory.recall(&id, 0).is_none());
}

//! Several workers on one message, or several messages for one step.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use end_to_end::orders;
use end_to_end::world::World;
use platform::run::{self, Ran};
use registration::{Status, Step};
use registry_simulator::{Reviews, Settings, Span};

async fn brand_submitted_by(workers: usize) {
    let settings = Settings {
        latency: Duration::from_millis(50),
        ..Settings::default()
    };
    let world = Arc::new(World::immortal(settings).await.unwrap());
    let id = world.receive(orders::order(7, 1)).await.unwrap();
    let queue = Step::Brand.function();
    let delivery = world
        .queue
        .receive(queue, 1, world.platform.visibility, Duration::ZERO)
        .await
        .unwrap()
        .remove(0);
    let message = delivery.message.unwrap();
    let tasks: Vec<_> = (0..workers)
        .map(|_| {
            let (world, message) = (Arc::clone(&world), message.clone());
            tokio::spawn(async move {
                let function = world.functions.of(Step::Brand).unwrap();
                run::run(&world.platform, &**function, &message, 1)
                    .await
                    .unwrap()
            })
        })
        .collect();
    let mut submitted = 0;
    for task in tasks {
        submitted += usize::from(task.await.unwrap() == Ran::Submitted);
    }
    assert_eq!(submitted, 1, "workers that made the call");
    assert_eq!(
        world.simulator.submissions().brands.values().sum::<u64>(),
        1
    );
    world.queue.acknowledge(&delivery.receipt).await.unwrap();
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
    assert_eq!(
        world
            .simulator
            .submissions()
            .campaigns
            .values()
            .sum::<u64>(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_on_one_message_make_one_submission() {
    for _ in 0..10 {
        brand_submitted_by(2).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_two_workers_on_one_message_make_one_submission() {
    brand_submitted_by(32).await;
}

#[tokio::test]
async fn a_message_that_comes_again_after_its_step_is_done_changes_nothing() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = world.receive(orders::order(8, 2)).await.unwrap();
    let queue = Step::Brand.function();
    let visibility = world.platform.visibility;
    let first = world
        .queue
        .receive(queue, 1, visibility, Duration::ZERO)
        .await
        .unwrap()
        .remove(0);
    let message = first.message.unwrap();
    world.clock.advance(visibility * 2);
    let row = world.drive(&id).await.unwrap();
    assert_eq!(row.status, Status::Registered);
    let before = world.store.history(&id).await.unwrap();
    let calls = world.simulator.calls().len();
    let function = world.functions.of(Step::Brand).unwrap();
    let ran = run::run(&world.platform, &**function, &message, 3)
        .await
        .unwrap();
    assert_eq!(ran, Ran::NothingToDo);
    assert_eq!(world.store.history(&id).await.unwrap(), before);
    assert_eq!(world.simulator.calls().len(), calls);
}

#[tokio::test]
async fn a_message_that_no_program_can_read_becomes_a_dead_letter_and_stops_nobody() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = world.receive(orders::order(9, 1)).await.unwrap();
    let queue = Step::Brand.function();
    // What cannot be read is made by a program of another version; here by hand.
    let connection = world.data_file().unwrap();
    connection
        .execute(
            "INSERT INTO messages (queue, body, visible_at) VALUES (?1, '{\"of\":\"another\"}', 0)",
            [queue],
        )
        .unwrap();
    assert_eq!(world.drive(&id).await.unwrap().status, Status::Registered);
    for _ in 0..platform::queue::MAX_RECEIVES + 1 {
        world.clock.advance(world.platform.visibility * 2);
        world.turn().await.unwrap();
    }
    let dead = world.queue.dead_letters(queue, 10).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].body, "{\"of\":\"another\"}");
    assert_eq!(dead[0].receives, platform::queue::MAX_RECEIVES);
}

#[tokio::test]
async fn an_order_that_meets_no_crash_needs_no_rescue() {
    let review = Span::exactly(Duration::from_millis(30));
    let settings = Settings {
        reviews: Reviews {
            brand: review,
            campaign: review,
            number: review,
            ..Reviews::default()
        },
        ..Settings::default()
    };
    let world = World::immortal(settings).await.unwrap();
    let id = world.receive(orders::order(10, 5)).await.unwrap();
    let row = world.drive(&id).await.unwrap();
    assert_eq!(row.status, Status::Registered);
    assert_eq!(world.rescues.load(Ordering::SeqCst), 0);
}

//! What operators do while registrations are under way: a pause harms nothing
//! that waits, and a dead letter goes back without being lost.

use std::sync::atomic::Ordering;
use std::time::Duration;

use end_to_end::crash::{Moment, Plan};
use end_to_end::orders;
use end_to_end::told;
use end_to_end::world::World;
use platform::case::Author;
use platform::limit::{Change, Changer};
use platform::limiter::{self, Limits, Rate};
use platform::queue::MAX_RECEIVES;
use platform::redrive::{RedriveError, Redriven, redrive};
use registrar::service::random;
use registration::{Actor, RegistrationId, Status, Step, TraceId};
use registry::Traffic;
use registry::telnyx::NAME;
use registry_simulator::{Reviews, Settings, Span};

const MINUTE: Duration = Duration::from_secs(60);

async fn limited(settings: Settings) -> anyhow::Result<World> {
    let rate = Some(Rate::per_second(1_000.0)?);
    let (writes, reads) = (rate, rate);
    World::limited(settings, Plan::never(), Limits { writes, reads }).await
}

async fn change(world: &World, change: Change) -> anyhow::Result<()> {
    let changer = Changer {
        operator: "kim".to_owned(),
        at: world.platform.clock.now(),
    };
    for traffic in [Traffic::Write, Traffic::Read] {
        let limit = limiter::name(NAME, traffic);
        world.store.change_limit(&limit, change, &changer).await?;
    }
    Ok(())
}

/// So much time passes, and everything that there is to do is done.
async fn pass(world: &World, time: Duration) -> anyhow::Result<()> {
    let tick = Duration::from_secs(15);
    for _ in 0..time.as_secs() / tick.as_secs() {
        while world.turn().await? {}
        world.clock.advance(tick);
        world.sweep().await?;
    }
    Ok(())
}

/// Messages of a step's function, wherever they are.
async fn messages(world: &World, step: Step) -> anyhow::Result<u64> {
    let depth = world.queue.depth(step.function()).await?;
    Ok(depth.waiting + depth.delayed + depth.in_flight)
}

#[tokio::test]
async fn an_order_in_a_pause_is_not_called_for_not_failed_not_rescued_and_goes_on_after_it()
-> anyhow::Result<()> {
    let world = limited(Settings::default()).await?;
    change(&world, Change::Pause).await?;
    let id = world.receive(orders::order(1, 1)).await?;
    pass(&world, MINUTE * 90).await?;
    assert_eq!(world.simulator.calls().len(), 0);
    assert_eq!(told::history(&*world.store, &id).await?, ["received"]);
    assert_eq!(messages(&world, Step::Brand).await?, 1);
    assert_eq!(world.rescues.load(Ordering::SeqCst), 0);
    change(&world, Change::Resume).await?;
    assert_eq!(world.drive(&id).await?.status, Status::Registered);
    let told = told::history(&*world.store, &id).await?;
    assert!(
        !told.iter().any(|fact| fact.contains("attempt_failed")),
        "{told:?}"
    );
    assert_eq!(world.simulator.submissions().brands.len(), 1);
    assert_eq!(world.rescues.load(Ordering::SeqCst), 0);
    Ok(())
}

#[tokio::test]
async fn a_verdict_that_is_awaited_in_a_pause_is_asked_for_after_it() -> anyhow::Result<()> {
    let review = Span::exactly(Duration::from_millis(1));
    let settings = Settings {
        reviews: Reviews {
            brand: review,
            campaign: review,
            number: review,
            ..Reviews::default()
        },
        ..Settings::default()
    };
    let world = limited(settings).await?;
    let id = world.receive(orders::order(2, 1)).await?;
    assert!(world.turn().await?, "the brand is submitted");
    change(&world, Change::Pause).await?;
    let before = world.simulator.calls().len();
    pass(&world, MINUTE * 90).await?;
    assert_eq!(world.simulator.calls().len(), before);
    assert_eq!(messages(&world, Step::Brand).await?, 1, "one look waits");
    change(&world, Change::Resume).await?;
    assert_eq!(world.drive(&id).await?.status, Status::Registered);
    assert_eq!(world.rescues.load(Ordering::SeqCst), 0);
    Ok(())
}

/// An order whose first message is a dead letter.
async fn dead(world: &World) -> anyhow::Result<RegistrationId> {
    let id = world.receive(orders::order(3, 1)).await?;
    for _ in 0..=MAX_RECEIVES {
        let (function, second) = (Step::Brand.function(), Duration::from_secs(1));
        world
            .queue
            .receive(function, 1, second, Duration::ZERO)
            .await?;
        world.clock.advance(second * 2);
    }
    assert_eq!(world.queue.depth(Step::Brand.function()).await?.dead, 1);
    Ok(id)
}

async fn put_back(world: &World) -> Result<Redriven, RedriveError> {
    let author = Author {
        actor: Actor::operator("kim"),
        trace: TraceId::new(random()),
    };
    redrive(&world.platform, Step::Brand.function(), 10, &author).await
}

#[tokio::test]
async fn a_dead_letter_that_is_redriven_is_in_the_history_and_its_registration_goes_on()
-> anyhow::Result<()> {
    let world = World::immortal(Settings::default()).await?;
    let id = dead(&world).await?;
    let done = put_back(&world).await?;
    assert_eq!((done.back.len(), done.left.len()), (1, 0));
    let told = told::history(&*world.store, &id).await?;
    assert_eq!(told, ["received", "brand redriven"]);
    assert_eq!(world.queue.depth(Step::Brand.function()).await?.dead, 0);
    assert!(
        world.turn().await?,
        "its message is there, without a rescue"
    );
    assert_eq!(world.drive(&id).await?.status, Status::Registered);
    assert_eq!(put_back(&world).await?, Redriven::default());
    Ok(())
}

#[tokio::test]
async fn a_redrive_that_dies_anywhere_loses_no_letter_and_tells_nothing_that_did_not_happen()
-> anyhow::Result<()> {
    for at in 1.. {
        for moment in [Moment::Before, Moment::After] {
            let plan = Plan::at(at, moment);
            let world = World::new(Settings::default(), plan.clone()).await?;
            let id = dead(&world).await?;
            tokio::select! {
                done = put_back(&world) => { done?; }
                () = plan.died.notified() => {}
            }
            if !plan.has_died() {
                assert!(at > 5, "a redrive makes more calls than {at}");
                return Ok(());
            }
            let told = told::history(&*world.store, &id).await?;
            let sent = messages(&world, Step::Brand).await?;
            let left = world.queue.depth(Step::Brand.function()).await?.dead;
            assert!(sent + left > 0, "call {at} {moment:?}: it is gone");
            assert!(
                told.len() == 1 || sent > 0,
                "call {at} {moment:?}: {told:?}"
            );
            world.clock.advance(MINUTE * 2);
            put_back(&world).await?;
            let told = told::history(&*world.store, &id).await?;
            assert!(told.contains(&"brand redriven".to_owned()), "{told:?}");
            assert_eq!(world.queue.depth(Step::Brand.function()).await?.dead, 0);
            assert!(
                world.turn().await?,
                "call {at} {moment:?}: nothing was sent"
            );
            assert_eq!(world.drive(&id).await?.status, Status::Registered);
            assert_eq!(world.simulator.submissions().brands.len(), 1);
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_names_no_registration_is_left_and_holds_up_no_other_letter() -> anyhow::Result<()> {
    let world = World::immortal(Settings::default()).await?;
    let nobodys = RegistrationId::new(1, random());
    for (body, receives) in [
        ("poison".to_owned(), 5),
        (
            format!(
                "{{\"registration\":\"{nobodys}\",\"account\":\"acme\",\"step\":\"brand\",\"round\":1,\"cause\":\"next\",\"trace\":\"{}\"}}",
                TraceId::new(1).as_str()
            ),
            5,
        ),
    ] {
        world.data_file()?.execute(
            "INSERT INTO messages (queue, body, visible_at, receives, dead) VALUES (?1, ?2, 0, ?3, 1)",
            rusqlite::params![Step::Brand.function(), body, receives],
        )?;
    }
    dead_beside(&world).await?;
    let done = put_back(&world).await?;
    assert_eq!((done.back.len(), done.left.len()), (1, 2), "{done:?}");
    assert!(
        done.left.iter().any(|why| why.contains("cannot be read")),
        "{done:?}"
    );
    assert!(
        done.left.iter().any(|why| why.contains(nobodys.as_str())),
        "{done:?}"
    );
    assert_eq!(world.queue.depth(Step::Brand.function()).await?.dead, 2);
    Ok(())
}

/// One more dead letter beside others.
async fn dead_beside(world: &World) -> anyhow::Result<()> {
    world.receive(orders::order(4, 1)).await?;
    let all = "UPDATE messages SET dead = 1, receives = 5, visible_at = 0 WHERE dead = 0";
    world.data_file()?.execute(all, [])?;
    Ok(())
}

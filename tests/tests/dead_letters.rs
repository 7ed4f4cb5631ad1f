//! What a queue has given up is in the history, and a person lets it go on.

use dead_letters::{DeadLetterError, MOST, Put, put};
use end_to_end::orders;
use end_to_end::told;
use end_to_end::world::World;
use platform::case::{Author, CaseError};
use platform::message::Cause;
use platform::{Message, retry};
use registrar::service::random;
use registration::{AccountId, Actor, RegistrationId, Round, Status, Step, TraceId};
use registry_simulator::Settings;

fn message(id: &RegistrationId, step: Step) -> anyhow::Result<String> {
    Ok(serde_json::to_string(&Message {
        registration: id.clone(),
        account: AccountId::parse("acme")?,
        step,
        round: Round::FIRST,
        cause: Cause::Next,
        seen: None,
        trace: TraceId::new(random()),
    })?)
}

#[tokio::test]
async fn a_dead_letter_parks_what_waits_for_it_until_a_person_lets_it_go_on() -> anyhow::Result<()>
{
    let world = World::immortal(Settings::default()).await?;
    let id = world.receive(orders::order(1, 1)).await?;
    let letter = message(&id, Step::Brand)?;
    assert_eq!(put(&world.platform, &letter, 5).await?, Put::Parked);
    let row = world.drive(&id).await?;
    assert_eq!(row.status, Status::Parked);
    assert_eq!(world.simulator.submissions().brands.len(), 0);
    let history = told::history(&*world.store, &id).await?;
    assert_eq!(history, ["received", "brand dead_lettered", "brand parked"]);
    // Its queue gives it out again: it is known, and changes nothing.
    assert_eq!(put(&world.platform, &letter, 6).await?, Put::Recorded);
    let author = Author {
        actor: Actor::operator("kim"),
        trace: TraceId::new(random()),
    };
    retry::retry(&world.platform, &id, &author, retry::How::default()).await?;
    assert_eq!(world.drive(&id).await?.status, Status::Registered);
    assert_eq!(world.simulator.submissions().brands.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_dead_letter_of_what_has_moved_on_is_recorded_and_stops_nothing() -> anyhow::Result<()> {
    let world = World::immortal(Settings::default()).await?;
    let id = world.receive(orders::order(2, 1)).await?;
    assert_eq!(world.drive(&id).await?.status, Status::Registered);
    let unreadable = format!("{{\"registration\":\"{id}\",\"step\":\"teleport\"}}");
    for letter in [message(&id, Step::Brand)?, unreadable] {
        assert_eq!(put(&world.platform, &letter, 5).await?, Put::Recorded);
    }
    let row = world.store.row(&id).await?;
    assert_eq!(row.map(|row| row.status), Some(Status::Registered));
    let history = told::history(&*world.store, &id).await?;
    assert!(history.ends_with(&["brand dead_lettered".to_owned(), "dead_lettered".to_owned()]));
    Ok(())
}

#[tokio::test]
async fn a_letter_that_names_no_registration_of_ours_is_left_in_its_queue() -> anyhow::Result<()> {
    let world = World::immortal(Settings::default()).await?;
    for letter in [
        "",
        "poison",
        "{}",
        "{\"registration\": 7}",
        "{\"registration\":\"reg_x\"}",
    ] {
        let refused = put(&world.platform, letter, 5).await;
        assert!(
            matches!(refused, Err(DeadLetterError::Nameless)),
            "{letter}: {refused:?}"
        );
    }
    let nobodys = message(&RegistrationId::new(1, random()), Step::Brand)?;
    let refused = put(&world.platform, &nobodys, 5).await;
    let unknown = matches!(refused, Err(DeadLetterError::Case(CaseError::Unknown(_))));
    assert!(unknown, "{refused:?}");
    Ok(())
}

#[tokio::test]
async fn a_history_keeps_a_bounded_number_of_dead_letters() -> anyhow::Result<()> {
    let world = World::immortal(Settings::default()).await?;
    let id = world.receive(orders::order(3, 1)).await?;
    let letter = message(&id, Step::Campaign)?;
    for _ in 0..MOST {
        assert_eq!(put(&world.platform, &letter, 5).await?, Put::Recorded);
    }
    assert_eq!(put(&world.platform, &letter, 5).await?, Put::TooMany);
    assert_eq!(world.store.history(&id).await?.len(), 1 + MOST as usize);
    Ok(())
}

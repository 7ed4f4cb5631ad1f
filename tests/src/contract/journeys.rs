//! Whole orders, from the API to their end, on any store and queue: everywhere
//! the same history.

use std::time::Duration;

use platform::case::Author;
use platform::receive::Received;
use platform::retry;
use platform::store::Key;
use registration::{Actor, Order, RegistrationId, Status, TraceId};
use registry_simulator::{Answer, Calls, Fault, Reviews, Settings, Span};

use super::Ground;
use super::drive::Drive;
use super::made::steered;
use crate::orders;

/// What happens before the numbers of an order that nothing goes wrong with.
const TO_THE_NUMBERS: [&str; 9] = [
    "received",
    "brand intended",
    "brand submitted",
    "brand approved",
    "campaign intended",
    "campaign submitted",
    "campaign approved",
    "numbers intended",
    "numbers submitted",
];

/// A number that nothing goes wrong with.
const NUMBER: [&str; 5] = [
    "number_received",
    "number intended",
    "number submitted",
    "number approved",
    "completed",
];

fn registered() -> Vec<&'static str> {
    [&TO_THE_NUMBERS[..], &["numbers approved", "completed"]].concat()
}

/// Everything was submitted, and nothing twice.
fn submitted_once(drive: &Drive<'_>, brands: usize, numbers: usize) {
    let submissions = drive.simulator.submissions();
    for (counts, expected) in [
        (&submissions.brands, brands),
        (&submissions.campaigns, brands),
        (&submissions.numbers, numbers),
    ] {
        assert_eq!(counts.len(), expected, "{submissions:?}");
        assert!(counts.values().all(|count| *count == 1), "{submissions:?}");
    }
}

/// A whole order of two numbers, registered as if nothing had ever gone wrong.
async fn is_registered(drive: &Drive<'_>, id: &RegistrationId) -> anyhow::Result<()> {
    let row = drive.to_rest(id).await?;
    assert_eq!(row.status, Status::Registered);
    assert_eq!((row.open_numbers, row.refused_numbers), (0, 0));
    drive.to_the_last_message().await?;
    assert_eq!(drive.told(id).await?, registered());
    for place in 1..=2 {
        assert_eq!(drive.told(&id.number(place)).await?, NUMBER);
    }
    submitted_once(drive, 1, 2);
    Ok(())
}

pub(super) async fn an_order_is_registered(ground: &dyn Ground) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let id = drive.receive_new(orders::order(50, 2)).await?;
    is_registered(&drive, &id).await
}

pub(super) async fn an_order_in_review_is_registered_when_the_verdict_is_there(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let review = Span::exactly(Duration::from_millis(400));
    let reviews = Reviews {
        brand: review,
        campaign: review,
        number: review,
        ..Reviews::default()
    };
    let drive = Drive::new(
        ground,
        Settings {
            reviews,
            ..Settings::default()
        },
    )
    .await?;
    let id = drive.receive_new(orders::order(51, 1)).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    drive.to_the_last_message().await?;
    assert_eq!(drive.told(&id).await?, registered());
    assert_eq!(drive.told(&id.number(1)).await?, NUMBER);
    Ok(())
}

pub(super) async fn an_order_that_is_refused_stops_with_its_reasons(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let mut document = orders::document(52, 1);
    // The simulator's outcome table: this EIN is refused.
    if let Some(ein) = document.pointer_mut("/brand/ein") {
        *ein = "001239422".into();
    }
    let id = drive.receive_new(Order::read(&document)?).await?;
    let row = drive.to_rest(&id).await?;
    assert_eq!(row.status, Status::Rejected);
    assert!(row.last_error.is_some() && row.due_at.is_none(), "{row:?}");
    drive.to_the_last_message().await?;
    assert_eq!(
        drive.told(&id).await?,
        ["received", "brand intended", "brand rejected"]
    );
    Ok(())
}

pub(super) async fn an_order_whose_registry_is_down_is_parked_and_goes_on_when_a_person_says_so(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let id = drive.receive_new(orders::order(53, 2)).await?;
    let down = Fault {
        answer: Answer::Error,
        carried_out: false,
        calls: Calls::All,
    };
    drive.simulator.fail_next(1_000, down);
    let row = drive.to_rest(&id).await?;
    assert_eq!(row.status, Status::Parked);
    assert!(row.last_error.is_some() && row.due_at.is_none(), "{row:?}");
    let parked = [
        "received",
        "brand intended",
        "brand attempt_failed",
        "brand parked",
    ];
    assert_eq!(drive.told(&id).await?, parked);
    drive.simulator.clear_faults();
    let author = Author {
        actor: Actor::operator("kim"),
        trace: TraceId::new(1),
    };
    retry::retry(&drive.platform, &id, &author, retry::How::default()).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    drive.to_the_last_message().await?;
    let rest = registered().into_iter().skip(1);
    let all: Vec<&str> = parked
        .into_iter()
        .chain(["brand retried"])
        .chain(rest)
        .collect();
    assert_eq!(drive.told(&id).await?, all);
    submitted_once(&drive, 1, 2);
    Ok(())
}

pub(super) async fn a_submission_whose_answer_was_lost_is_found_and_not_made_again(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let id = drive.receive_new(orders::order(54, 2)).await?;
    let lost = Fault {
        answer: Answer::Close,
        carried_out: true,
        calls: Calls::Writes,
    };
    drive.simulator.fail_next(1, lost);
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    drive.to_the_last_message().await?;
    let found = [
        "received",
        "brand intended",
        "brand attempt_failed",
        "brand found",
    ];
    let all: Vec<&str> = found
        .into_iter()
        .chain(registered().into_iter().skip(3))
        .collect();
    assert_eq!(drive.told(&id).await?, all);
    submitted_once(&drive, 1, 2);
    Ok(())
}

pub(super) async fn an_order_of_which_a_number_is_refused_is_partly_registered(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let mut document = orders::document(55, 3);
    // The simulator's outcome table: this number is refused.
    if let Some(number) = document.pointer_mut("/numbers/1") {
        *number = steered(55, "9001").into();
    }
    let id = drive.receive_new(Order::read(&document)?).await?;
    let row = drive.to_rest(&id).await?;
    assert_eq!(row.status, Status::PartlyRegistered);
    assert_eq!((row.open_numbers, row.refused_numbers), (0, 1));
    drive.to_the_last_message().await?;
    let all = [
        &TO_THE_NUMBERS[..],
        &["numbers partly approved", "completed"],
    ]
    .concat();
    assert_eq!(drive.told(&id).await?, all);
    for place in [1, 3] {
        assert_eq!(drive.told(&id.number(place)).await?, NUMBER);
    }
    let refused = drive.told(&id.number(2)).await?;
    assert_eq!(
        refused.last().map(String::as_str),
        Some("number rejected"),
        "{refused:?}"
    );
    Ok(())
}

pub(super) async fn every_message_three_times_at_once_ends_like_every_message_once(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let mut drive = Drive::new(ground, Settings::default()).await?;
    drive.copies = 3;
    let id = drive.receive_new(orders::order(56, 2)).await?;
    is_registered(&drive, &id).await
}

pub(super) async fn an_order_sent_twice_with_one_key_is_registered_once(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let key = Key {
        account: drive.account.clone(),
        key: "order-57".to_owned(),
        body: "c".repeat(64),
    };
    let first = drive
        .receive(orders::order(57, 2), Some(key.clone()))
        .await?;
    let second = drive.receive(orders::order(57, 2), Some(key)).await?;
    let Received::New(id, _) = first else {
        anyhow::bail!("the first is {first:?}")
    };
    assert_eq!(second, Received::Repeated(id.clone()));
    is_registered(&drive, &id).await
}

//! Stuck, and somebody is told: an order whose numbers need a person needs a person.

#![allow(
    clippy::indexing_slicing,
    reason = "an absent field of a JSON document is null, and makes no order"
)]

use anyhow::Context as _;
use platform::callback::Callback;
use platform::cancel::{self, How};
use platform::store::{PAGE, RowQuery};
use platform::{amend, numbers};
use registrar::service::random;
use registration::{MustAct, RegistrationId, Status};
use registry_simulator::Settings;
use serde_json::json;

use super::Ground;
use super::drive::Drive;
use super::made::{becomes, changed, keeping_the_brand, steered, team};
use crate::orders;

/// Of the simulator: such a number is on somebody else's campaign.
const ANOTHERS: &str = "9409";

/// An order of five numbers, of which the last ones are somebody else's, and its account
/// is told.
async fn ordered(
    drive: &Drive<'_>,
    business: usize,
    anothers: usize,
) -> anyhow::Result<RegistrationId> {
    let now = drive.platform.clock.now();
    let callback = Callback::new("https://example.com/".to_owned(), None, random, now);
    let store = &drive.platform.store;
    store.set_callback(&drive.account, &callback).await?;
    let order = changed(business, 5, |order| {
        for place in 5 - anothers..5 {
            order["numbers"][place] = json!(steered(business * 10 + place, ANOTHERS));
        }
    })?;
    let id = drive.receive_new(order).await?;
    drive.to_the_last_message().await?;
    Ok(id)
}

async fn is_listed(drive: &Drive<'_>, status: Status) -> anyhow::Result<Vec<RegistrationId>> {
    let query = RowQuery {
        account: Some(drive.account.clone()),
        status: Some(status),
        after: None,
        most: PAGE,
    };
    let page = drive.platform.store.rows(&query).await?;
    Ok(page.rows.into_iter().map(|row| row.id).collect())
}

/// How often the account is to be told of anything.
async fn due(drive: &Drive<'_>, id: &RegistrationId) -> anyhow::Result<usize> {
    let told = drive.told(id).await?;
    Ok(told.iter().filter(|fact| *fact == "callback_due").count())
}

pub(super) async fn an_order_whose_numbers_are_all_parked_is_parked_and_says_so_once(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let id = ordered(&drive, 540, 5).await?;
    let row = drive.platform.store.row(&id).await?.context("no row")?;
    assert_eq!(
        (row.status, row.parked_numbers),
        (Status::Parked, 5),
        "{row:?}"
    );
    assert_eq!(row.must_act(), MustAct::Operator);
    becomes(vec![id.clone()], async || {
        is_listed(&drive, Status::Parked).await
    })
    .await?;
    let parked = numbers::parked(&*drive.platform.store, &id).await?;
    let groups: Vec<_> = parked.groups().iter().map(|group| group.numbers).collect();
    assert_eq!(groups, [5], "one reason: {parked:?}");
    let told = drive.told(&id).await?;
    let times = told.iter().filter(|fact| *fact == "numbers_parked").count();
    assert_eq!(times, 1, "one reason is told once: {told:?}");
    let before = due(&drive, &id).await?;
    assert!(before > 0, "{told:?}");
    // Cancelled, nothing of it needs anybody, and its counts say what is gone.
    cancel::cancel(&drive.platform, &id, &team()?, keeping_the_brand()).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Cancelled);
    let row = drive.platform.store.row(&id).await?.context("no row")?;
    let counts = numbers::counts(&row, &drive.case(&id).await?.facts).context("no order")?;
    assert_eq!(
        (counts.open, counts.cancelled, counts.parked),
        (0, 5, 0),
        "{counts:?}"
    );
    assert_eq!(row.must_act(), MustAct::Nobody);
    Ok(())
}

pub(super) async fn an_order_of_which_some_numbers_are_parked_is_parked_while_others_go_on(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let id = ordered(&drive, 541, 2).await?;
    let row = drive.platform.store.row(&id).await?.context("no row")?;
    assert_eq!(
        (row.status, row.parked_numbers),
        (Status::Parked, 2),
        "{row:?}"
    );
    for place in 1..=3 {
        let number = drive.case(&id.number(place)).await?;
        assert_eq!(Status::of(&number.facts), Status::Registered);
    }
    let spare = orders::document(542, 2)["numbers"].clone();
    for (place, spare) in [(4, &spare[0]), (5, &spare[1])] {
        let patch = json!({ "number": spare });
        amend::amend(&drive.platform, &id.number(place), &team()?, &patch).await?;
        drive.to_the_last_message().await?;
    }
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    let told = drive.told(&id).await?;
    let after = told.iter().skip_while(|fact| *fact != "numbers_parked");
    let after: Vec<_> = after.filter(|fact| *fact != "callback_due").collect();
    assert_eq!(
        after,
        [
            "numbers_parked",
            "numbers_resumed",
            "numbers approved",
            "completed"
        ]
    );
    let row = drive.platform.store.row(&id).await?.context("no row")?;
    assert_eq!((row.parked_numbers, row.must_act()), (0, MustAct::Nobody));
    Ok(())
}

pub(super) async fn the_months_that_a_brand_rests_are_a_plan_and_no_error(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let id = drive.receive_new(orders::order(543, 1)).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    cancel::cancel(&drive.platform, &id, &team()?, How::default()).await?;
    drive.to_the_last_message().await?;
    let row = drive.platform.store.row(&id).await?.context("no row")?;
    assert_eq!(row.status, Status::Cancelling);
    assert_eq!(
        (row.last_error.as_deref(), row.must_act()),
        (None, MustAct::Nobody)
    );
    let counts = numbers::counts(&row, &drive.case(&id).await?.facts).context("no order")?;
    assert_eq!((counts.open, counts.cancelled), (0, 1), "{counts:?}");
    Ok(())
}

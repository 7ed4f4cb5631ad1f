//! Who stands on what: a brand or campaign of several orders goes with the last of them.

#![allow(
    clippy::indexing_slicing,
    reason = "an absent field of a JSON document is null, and makes no order"
)]

use anyhow::Context as _;
use platform::cancel::{self, How};
use registration::{RegistrationId, Status};
use registry_simulator::Settings;
use serde_json::json;

use super::Ground;
use super::between::{fees, registered, removals, status};
use super::drive::Drive;
use super::made::{changed, team};
use crate::orders;

/// An order that stands on the brand and the campaign of another one.
pub(super) async fn standing_on(
    drive: &Drive<'_>,
    business: usize,
    on: &RegistrationId,
) -> anyhow::Result<RegistrationId> {
    let named = json!({"registrationId": on.as_str()});
    let mut order = changed(business, 1, |order| {
        (order["brand"], order["campaign"]) = (named.clone(), named);
    })?;
    drive.resolve(&mut order).await?;
    drive.receive_new(order).await
}

pub(super) fn deletions(drive: &Drive<'_>, of: &str) -> usize {
    let calls = drive.simulator.calls();
    let deletions = calls
        .iter()
        .filter(|call| call.method == "DELETE" && call.path.contains(of));
    deletions.count()
}

pub(super) async fn a_campaign_that_another_order_stands_on_is_withdrawn_with_the_last_of_them(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let first = registered(&drive, orders::order(530, 1)).await?;
    let second = standing_on(&drive, 531, &first).await?;
    assert_eq!(drive.to_rest(&second).await?.status, Status::Registered);
    let how = How {
        keep_brand: true,
        ..How::default()
    };
    let dependents = cancel::dependents(&drive.platform, &first, how).await?;
    assert_eq!(dependents.len(), 1);
    assert_eq!(
        dependents.first().map(|one| &one.registration),
        Some(&second)
    );
    cancel::cancel(&drive.platform, &first, &team()?, how).await?;
    drive.to_the_last_message().await?;
    assert_eq!(removals(&drive), 1, "its own number");
    assert_eq!(deletions(&drive, "/10dlc/campaign/"), 0);
    assert_eq!(status(&drive, &first).await?, Status::Cancelling);
    assert_eq!(status(&drive, &second).await?, Status::Registered);
    let row = drive.platform.store.row(&first).await?.context("no row")?;
    assert!(row.due_at.is_some());
    // The last one is withdrawn, and the first one goes on by itself.
    cancel::cancel(&drive.platform, &second, &team()?, How::default()).await?;
    assert_eq!(drive.to_rest(&second).await?.status, Status::Cancelled);
    assert_eq!(drive.to_rest(&first).await?.status, Status::Cancelled);
    assert_eq!(deletions(&drive, "/10dlc/campaign/"), 1);
    assert!(
        drive
            .told(&first)
            .await?
            .contains(&"end_campaign released".to_owned())
    );
    Ok(())
}

pub(super) async fn a_cancellation_with_dependents_takes_everyone_down(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let first = registered(&drive, orders::order(532, 1)).await?;
    let second = standing_on(&drive, 533, &first).await?;
    assert_eq!(drive.to_rest(&second).await?.status, Status::Registered);
    let how = How {
        keep_brand: true,
        with_dependents: true,
    };
    let cancelled = cancel::cancel(&drive.platform, &first, &team()?, how).await?;
    assert_eq!(cancelled.dependents.len(), 1);
    assert_eq!(
        status(&drive, &second).await?,
        Status::Cancelling,
        "at once"
    );
    assert_eq!(drive.to_rest(&second).await?.status, Status::Cancelled);
    assert_eq!(drive.to_rest(&first).await?.status, Status::Cancelled);
    assert_eq!(
        (removals(&drive), deletions(&drive, "/10dlc/campaign/")),
        (2, 1)
    );
    Ok(())
}

pub(super) async fn a_brand_that_two_orders_found_stays_with_the_other_one(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let first = registered(&drive, orders::order(534, 1)).await?;
    let other_use = changed(534, 1, |order| {
        order["campaign"]["usecase"] = json!("CUSTOMER_CARE");
        order["campaign"]["subUsecases"] = json!([]);
        order["numbers"] = orders::document(535, 1)["numbers"].clone();
    })?;
    let second = registered(&drive, other_use).await?;
    assert_eq!(fees(&drive), (1, 2));
    cancel::cancel(&drive.platform, &first, &team()?, How::default()).await?;
    assert_eq!(drive.to_rest(&first).await?.status, Status::Cancelled);
    assert_eq!(deletions(&drive, "/10dlc/brand/"), 0);
    assert!(drive.told(&first).await?.contains(&"left".to_owned()));
    assert_eq!(status(&drive, &second).await?, Status::Registered);
    Ok(())
}

//! A campaign that can never become what is asked for is replaced by a new one.

#![allow(
    clippy::indexing_slicing,
    reason = "an absent field of a JSON document is null, and makes no order"
)]

use anyhow::Context as _;
use platform::amend::{self, AmendError};
use platform::cancel::{self, How};
use registration::amendment::Locked;
use registration::{Status, Step};
use registry_simulator::Settings;
use serde_json::{Value, json};

use super::Ground;
use super::between::{fees, registered, removals, status};
use super::dependents::{deletions, standing_on};
use super::drive::Drive;
use super::made::{changed, team};
use crate::orders;

/// Another use case, which the registry never gives to a campaign that it has.
fn other_use(replaces: bool) -> Value {
    json!({
        "replace": replaces,
        "campaign": { "usecase": "CUSTOMER_CARE", "subUsecases": [] },
    })
}

pub(super) async fn an_approved_campaign_is_replaced_and_its_numbers_move_after_it_is_approved(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let id = registered(&drive, orders::order(550, 2)).await?;
    let old = drive
        .case(&id)
        .await?
        .facts
        .registry_id(Step::Campaign)
        .cloned();
    let refused = amend::amend(&drive.platform, &id, &team()?, &other_use(false)).await;
    let Err(AmendError::Locked(refusals)) = refused else {
        anyhow::bail!("{refused:?}");
    };
    let why = Locked::Approved(Step::Campaign);
    assert!(
        refusals.iter().all(|refusal| refusal.why == why),
        "{refusals:?}"
    );
    amend::amend(&drive.platform, &id, &team()?, &other_use(true)).await?;
    drive.to_the_last_message().await?;
    assert_eq!(fees(&drive), (1, 2));
    assert_eq!(drive.paid(&id).await?.len(), 3);
    // The numbers are off the old one and held; it is there until they have moved.
    assert_eq!(
        (removals(&drive), deletions(&drive, "/10dlc/campaign/")),
        (2, 0)
    );
    let row = drive.platform.store.row(&id).await?.context("no row")?;
    assert_eq!(
        (row.status, row.open_numbers),
        (Status::InProgress, 2),
        "{row:?}"
    );
    let facts = drive.case(&id).await?.facts;
    assert_eq!(facts.replaced_campaign(), old.as_ref());
    assert_ne!(facts.registry_id(Step::Campaign), old.as_ref());
    let again = amend::amend(&drive.platform, &id, &team()?, &other_use(true)).await;
    assert!(matches!(again, Err(AmendError::Locked(_))), "{again:?}");
    // Cancelled meanwhile, both campaigns are over.
    let how = How {
        keep_brand: true,
        ..How::default()
    };
    cancel::cancel(&drive.platform, &id, &team()?, how).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Cancelled);
    assert_eq!(deletions(&drive, "/10dlc/campaign/"), 2);
    Ok(())
}

pub(super) async fn a_refused_campaign_is_replaced_where_it_can_not_be_corrected(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let order = changed(551, 1, |order| {
        let flow = order["campaign"]["messageFlow"]
            .as_str()
            .unwrap_or_default();
        order["campaign"]["messageFlow"] = json!(format!("{flow} REJECT-MNO"));
    })?;
    let id = drive.receive_new(order).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Rejected);
    let mut patch = other_use(false);
    patch["campaign"]["messageFlow"] = orders::document(551, 1)["campaign"]["messageFlow"].clone();
    let calls = drive.simulator.calls().len();
    let refused = amend::amend(&drive.platform, &id, &team()?, &patch).await;
    let Err(AmendError::Locked(refusals)) = refused else {
        anyhow::bail!("{refused:?}");
    };
    let why = Locked::NotAmendable(Step::Campaign);
    assert!(
        refusals.iter().any(|refusal| refusal.why == why),
        "{refusals:?}"
    );
    assert_eq!(
        drive.simulator.calls().len(),
        calls,
        "the registry is not asked"
    );
    patch["replace"] = json!(true);
    amend::amend(&drive.platform, &id, &team()?, &patch).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    assert_eq!((fees(&drive), removals(&drive)), ((1, 2), 0));
    assert_eq!(deletions(&drive, "/10dlc/campaign/"), 1);
    Ok(())
}

pub(super) async fn a_campaign_that_others_stand_on_is_not_replaced(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let first = registered(&drive, orders::order(552, 1)).await?;
    let second = standing_on(&drive, 553, &first).await?;
    assert_eq!(drive.to_rest(&second).await?.status, Status::Registered);
    let refused = amend::amend(&drive.platform, &first, &team()?, &other_use(true)).await;
    assert!(
        matches!(refused, Err(AmendError::StoodOn(1))),
        "{refused:?}"
    );
    let named = amend::amend(&drive.platform, &second, &team()?, &other_use(true)).await;
    assert!(named.is_err(), "it has no campaign of its own");
    assert_eq!(status(&drive, &first).await?, Status::Registered);
    Ok(())
}

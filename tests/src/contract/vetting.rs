//! Vettings of a brand, ordered, needed and imported, on any store and queue: always
//! before the campaign, and paid once.

#![allow(
    clippy::indexing_slicing,
    reason = "an absent field of a JSON document is null, and makes no order"
)]

use platform::amend;
use registration::{Order, Status, Step};
use registry_simulator::{Call, Settings};
use serde_json::{Value, json};

use super::Ground;
use super::drive::Drive;
use super::made::{changed, team};

pub(super) async fn a_vetting_comes_before_the_campaign_and_is_paid_once(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let order = changed(304, 1, |order| {
        order["vetting"] = json!({"evpId": "AEGIS", "vettingClass": "STANDARD"});
    })?;
    let id = drive.receive_new(order).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    let told = drive.told(&id).await?;
    let place = |fact: &str| told.iter().position(|known| known == fact);
    assert!(
        place("brand approved") < place("vetting intended"),
        "{told:?}"
    );
    assert!(
        place("vetting approved") < place("campaign intended"),
        "{told:?}"
    );
    assert_eq!(
        drive.simulator.submissions().vettings.values().sum::<u64>(),
        1
    );
    Ok(())
}

pub(super) async fn a_vetting_that_fails_keeps_the_campaign_back(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let order = changed(305, 1, |order| {
        order["vetting"] = json!({"evpId": "FAIL", "vettingClass": "STANDARD"});
    })?;
    let id = drive.receive_new(order).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Rejected);
    assert_eq!(drive.simulator.submissions().campaigns.len(), 0);
    let patch = json!({"vetting": {"evpId": "AEGIS"}});
    amend::amend(&drive.platform, &id, &team()?, &patch).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    Ok(())
}

/// An order whose carriers want something of its brand first.
fn wanting(business: usize, ending: &str) -> anyhow::Result<Order> {
    changed(business, 1, |order| {
        order["brand"]["ein"] = json!(format!("00{business:03}{ending}"));
    })
}

pub(super) async fn a_use_case_that_needs_a_vetting_has_one_ordered_before_its_campaign(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    for (business, ending) in [(315, "9012"), (316, "9013")] {
        let id = drive.receive_new(wanting(business, ending)?).await?;
        assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
        let told = drive.told(&id).await?;
        let until_campaign = told.iter().take_while(|fact| *fact != "campaign submitted");
        assert_eq!(
            until_campaign.map(String::as_str).collect::<Vec<_>>(),
            [
                "received",
                "brand intended",
                "brand submitted",
                "brand approved",
                "vetting_needed",
                "vetting intended",
                "vetting submitted",
                "vetting approved",
                "campaign intended",
            ]
        );
    }
    let submissions = drive.simulator.submissions();
    let sums = [&submissions.vettings, &submissions.campaigns].map(|of| of.values().sum::<u64>());
    assert_eq!(sums, [2, 2], "{submissions:?}");
    Ok(())
}

pub(super) async fn a_political_campaign_waits_for_the_vetting_that_was_made_elsewhere(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let import = json!({"evpId": "CV", "vettingId": "cv-1", "vettingToken": "token"});
    let political = |business, vetting: Value| {
        changed(business, 1, |order| {
            order["campaign"]["usecase"] = json!("POLITICAL");
            order["campaign"]["subUsecases"] = Value::Null;
            order["vetting"] = vetting;
        })
    };
    let id = drive.receive_new(political(317, Value::Null)?).await?;
    let row = drive.to_rest(&id).await?;
    assert_eq!(
        (row.status, row.step),
        (Status::Rejected, Some(Step::Vetting))
    );
    assert_eq!(row.last_error.as_deref(), Some("VETTING_NEEDED"));
    let submissions = drive.simulator.submissions();
    assert_eq!(
        (submissions.vettings.len(), submissions.campaigns.len()),
        (0, 0)
    );
    let patch = json!({"vetting": import});
    amend::amend(&drive.platform, &id, &team()?, &patch).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    // And an order that names it from the start.
    let named = json!({"evpId": "CV", "vettingId": "cv-2", "vettingToken": "token"});
    let id = drive.receive_new(political(318, named)?).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    let calls = drive.simulator.calls();
    let is_import = |call: &&Call| call.method == "PUT" && call.path.ends_with("externalVetting");
    assert_eq!(calls.iter().filter(is_import).count(), 2);
    assert_eq!(
        drive.simulator.submissions().vettings.len(),
        0,
        "one was paid"
    );
    Ok(())
}

pub(super) async fn a_campaign_that_no_carrier_takes_is_told_so_before_a_review_is_paid(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let id = drive.receive_new(wanting(319, "9014")?).await?;
    let row = drive.to_rest(&id).await?;
    assert_eq!(
        (row.status, row.step),
        (Status::Rejected, Some(Step::Campaign))
    );
    assert_eq!(row.last_error.as_deref(), Some("NOT_QUALIFIED"));
    assert_eq!(drive.simulator.submissions().campaigns.len(), 0);
    let paid = drive.paid(&id).await?;
    assert_eq!(paid, [(Step::Brand, 1), (Step::Vetting, 1)]);
    Ok(())
}

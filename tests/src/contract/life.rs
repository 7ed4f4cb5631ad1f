//! What goes wrong in practice, from its beginning to its end, on any store and
//! queue: corrections, PINs, what is registered already, what carriers
//! do afterwards, and cancelling.

#![allow(
    clippy::indexing_slicing,
    reason = "an absent field of a JSON document is null, and makes no order"
)]

use anyhow::Context as _;
use platform::{amend, cancel, existing, otp, retry};
use registration::preflight::Weight;
use registration::{Order, Pin, RegistrationId, Status, Step};
use registry_simulator::{Settings, Verdict};
use serde_json::{Value, json};

use super::Ground;
use super::drive::Drive;
use super::made::{changed, keeping_the_brand, operator, team};
use crate::orders;

const ROSA: &str = include_str!("../../orders/rosa-garden-design.json");

/// An order whose brand the registry does not match with its tax number.
fn mismatched(business: usize) -> anyhow::Result<Order> {
    changed(business, 1, |order| {
        order["brand"]["ein"] = json!(format!("00{business:03}9001"));
        order["brand"]["companyName"] = json!("Example Business");
    })
}

pub(super) async fn a_refused_brand_is_corrected_and_the_order_goes_on(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let id = drive.receive_new(mismatched(301)?).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Rejected);
    let patch = json!({"brand": {"companyName": "Example Business LLC"}});
    amend::amend(&drive.platform, &id, &team()?, &patch).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    let submissions = drive.simulator.submissions();
    assert_eq!(submissions.brands.len(), 1, "{submissions:?}");
    assert!(submissions.brands.values().all(|count| *count == 1));
    let calls = drive.simulator.calls();
    let updates = calls.iter().filter(|call| call.method == "PUT");
    assert_eq!(updates.count(), 1, "the change alone is a new review");
    let told = drive.told(&id).await?;
    let brand = told
        .iter()
        .filter(|fact| fact.contains("brand") || *fact == "amended");
    assert_eq!(
        brand.map(String::as_str).collect::<Vec<_>>(),
        [
            "brand intended",
            "brand submitted",
            "brand rejected",
            "amended",
            "brand intended",
            "brand submitted",
            "brand approved",
        ]
    );
    Ok(())
}

pub(super) async fn a_refused_campaign_is_corrected_at_the_registry(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let order = changed(302, 1, |order| {
        let flow = order["campaign"]["messageFlow"]
            .as_str()
            .unwrap_or_default();
        order["campaign"]["messageFlow"] = json!(format!("{flow} REJECT-MNO"));
    })?;
    let id = drive.receive_new(order).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Rejected);
    let flow = orders::document(302, 1)["campaign"]["messageFlow"].clone();
    let patch = json!({"campaign": {"messageFlow": flow}});
    amend::amend(&drive.platform, &id, &team()?, &patch).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    let submissions = drive.simulator.submissions();
    assert_eq!(
        submissions.campaigns.values().sum::<u64>(),
        1,
        "{submissions:?}"
    );
    assert_eq!(
        submissions.edits.values().sum::<u64>(),
        1,
        "{submissions:?}"
    );
    assert_eq!(
        submissions.appeals.values().sum::<u64>(),
        0,
        "{submissions:?}"
    );
    Ok(())
}

pub(super) async fn past_the_paid_rounds_only_an_operator_releases_another(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let id = drive.receive_new(mismatched(303)?).await?;
    for wrong in [
        "Example Business A",
        "Example Business B",
        "Example Business C",
    ] {
        assert_eq!(drive.to_rest(&id).await?.status, Status::Rejected);
        let patch = json!({"brand": {"companyName": wrong}});
        amend::amend(&drive.platform, &id, &team()?, &patch).await?;
    }
    assert_eq!(drive.to_rest(&id).await?.status, Status::Parked);
    assert_eq!(
        drive.paid(&id).await?,
        [(Step::Brand, 1), (Step::Brand, 2), (Step::Brand, 3)]
    );
    let refused = retry::retry(&drive.platform, &id, &team()?, retry::How::default()).await;
    assert!(
        matches!(
            refused,
            Err(retry::RetryError::NeedsOperator { rounds: 3, .. })
        ),
        "{refused:?}"
    );
    retry::retry(&drive.platform, &id, &operator(), retry::How::default()).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Rejected);
    assert_eq!(drive.paid(&id).await?.len(), 4);
    Ok(())
}

pub(super) async fn a_sole_proprietor_is_registered_by_the_pin_of_an_sms(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let order = Order::read(&serde_json::from_str(ROSA)?);
    let id = drive
        .receive_new(order.map_err(|problems| anyhow::anyhow!("{problems}"))?)
        .await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::AwaitingPin);
    let wrong = Pin::parse("000000")?;
    otp::otp(&drive.platform, &id, &team()?, Some(&wrong)).await?;
    drive.to_the_last_message().await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::AwaitingPin);
    otp::otp(&drive.platform, &id, &team()?, None).await?;
    drive.to_the_last_message().await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::AwaitingPin);
    let brand = drive
        .case(&id)
        .await?
        .facts
        .registry_id(Step::Brand)
        .cloned();
    let pin = drive.simulator.pin(brand.context("no brand")?.as_str());
    let pin = Pin::parse(&pin.context("no SMS")?)?;
    otp::otp(&drive.platform, &id, &team()?, Some(&pin)).await?;
    drive.to_the_last_message().await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    // One campaign, one number.
    for part in ["brand", "campaign"] {
        let mut document: Value = serde_json::from_str(ROSA)?;
        for named in ["brand", part] {
            document[named] = json!({"registrationId": id.as_str()});
        }
        let order = Order::read(&document);
        let mut order = order.map_err(|problems| anyhow::anyhow!("{problems}"))?;
        let resolved = existing::resolve(&drive.platform, &drive.account, false, &mut order).await;
        let (_, why) = resolved.err().context("a second one was taken")?;
        assert!(matches!(why, existing::NotThere::OnlyOne(_)), "{why}");
    }
    Ok(())
}

pub(super) async fn a_campaign_is_added_to_a_brand_that_is_registered(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let first = drive.receive_new(orders::order(306, 1)).await?;
    assert_eq!(drive.to_rest(&first).await?.status, Status::Registered);
    let mut second = changed(307, 1, |order| {
        order["brand"] = json!({"registrationId": first.as_str()});
        order["again"] = json!(true);
    })?;
    drive.resolve(&mut second).await?;
    let second = drive.receive_new(second).await?;
    assert_eq!(drive.to_rest(&second).await?.status, Status::Registered);
    let submissions = drive.simulator.submissions();
    assert_eq!(
        (submissions.brands.len(), submissions.campaigns.len()),
        (1, 2)
    );
    // Numbers for a campaign that is there.
    let mut third = changed(308, 2, |order| {
        order["brand"] = json!({"registrationId": second.as_str()});
        order["campaign"] = json!({"registrationId": second.as_str()});
    })?;
    drive.resolve(&mut third).await?;
    let third = drive.receive_new(third).await?;
    assert_eq!(drive.to_rest(&third).await?.status, Status::Registered);
    let submissions = drive.simulator.submissions();
    assert_eq!(
        (submissions.campaigns.len(), submissions.numbers.len()),
        (2, 4)
    );
    Ok(())
}

pub(super) async fn a_carrier_suspends_and_reinstates_and_the_status_follows(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let id = drive.receive_new(orders::order(309, 1)).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    for (word, status) in [
        ("SUSPENDED", Status::Suspended),
        ("REGISTERED", Status::Registered),
    ] {
        let campaign = drive
            .case(&id)
            .await?
            .facts
            .registry_id(Step::Campaign)
            .cloned();
        let verdict = Verdict::Carrier {
            subject: campaign.context("no campaign")?.as_str().to_owned(),
            network: "10035".to_owned(),
            operation_status: word.to_owned(),
        };
        assert!(drive.simulator.review(&verdict));
        drive.webhook(&id, Step::Campaign).await?;
        assert_eq!(Status::of(&drive.case(&id).await?.facts), status);
    }
    let told = drive.told(&id).await?;
    assert_eq!(
        told.get(told.len() - 2..).unwrap_or_default(),
        ["campaign suspended", "campaign approved"]
    );
    Ok(())
}

pub(super) async fn a_number_that_is_taken_off_makes_its_order_partly_registered(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let id = drive.receive_new(orders::order(310, 2)).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    let number = orders::document(310, 2)["numbers"][0]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let verdict = Verdict::Number {
        subject: number,
        assignment_status: "PENDING_UNASSIGNMENT".to_owned(),
        failure_reasons: None,
    };
    assert!(drive.simulator.review(&verdict));
    drive.webhook(&id.number(1), Step::Number).await?;
    let number = drive.case(&id.number(1)).await?;
    assert_eq!(Status::of(&number.facts), Status::Expired);
    assert_eq!(
        Status::of(&drive.case(&id).await?.facts),
        Status::PartlyRegistered
    );
    Ok(())
}

pub(super) async fn a_number_on_another_campaign_of_ours_is_taken_off_there_and_held(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let first = drive.receive_new(orders::order(311, 1)).await?;
    assert_eq!(drive.to_rest(&first).await?.status, Status::Registered);
    let number = orders::document(311, 1)["numbers"].clone();
    let second = drive
        .receive_new(changed(312, 1, |order| {
            order["numbers"] = number;
            order["move_numbers"] = json!(true);
        })?)
        .await?;
    drive.to_the_last_message().await?;
    let told = drive.told(&second.number(1)).await?;
    assert_eq!(
        told,
        [
            "number_received",
            "number found_elsewhere",
            "detach intended",
            "detach submitted",
            "detach approved",
            "moved_here",
        ]
    );
    Ok(())
}

pub(super) async fn a_cancelled_order_is_withdrawn_in_the_other_order(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let id = drive.receive_new(orders::order(313, 2)).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    cancel::cancel(&drive.platform, &id, &team()?, keeping_the_brand()).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Cancelled);
    let told = drive.told(&id).await?;
    let after = told.iter().skip_while(|fact| *fact != "cancelled");
    assert_eq!(
        after.map(String::as_str).collect::<Vec<_>>(),
        [
            "cancelled",
            "end_numbers intended",
            "end_numbers submitted",
            "end_numbers approved",
            "end_campaign intended",
            "end_campaign submitted",
            "end_campaign approved",
            "withdrawn",
        ]
    );
    for place in 1..=2 {
        let told = drive.told(&id.number(place)).await?;
        assert_eq!(
            told.last().map(String::as_str),
            Some("withdrawn"),
            "{told:?}"
        );
    }
    // Again it changes nothing.
    let before = drive.told(&id).await?.len();
    cancel::cancel(&drive.platform, &id, &team()?, cancel::How::default()).await?;
    assert_eq!(drive.told(&id).await?.len(), before);
    Ok(())
}

pub(super) async fn an_order_cancelled_before_anything_was_sent_sends_nothing(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let id: RegistrationId = drive.receive_new(orders::order(314, 2)).await?;
    cancel::cancel(&drive.platform, &id, &team()?, cancel::How::default()).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Cancelled);
    drive.to_the_last_message().await?;
    assert_eq!(drive.simulator.calls().len(), 0);
    assert_eq!(
        drive.told(&id).await?,
        ["received", "cancelled", "withdrawn"]
    );
    Ok(())
}

pub(super) async fn what_reviewers_would_refuse_is_told_with_the_order_and_with_its_correction(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let order = changed(3341, 1, |order| {
        order["campaign"]["optoutKeywords"] = json!("END");
    })?;
    let id = drive.receive_new(order).await?;
    let patch = json!({"campaign": {"optoutKeywords": "QUIT"}});
    let amended = amend::amend(&drive.platform, &id, &team()?, &patch).await?;
    let found = amended.findings.first().context("nothing was found")?;
    assert_eq!(found.rule, "keywords-stop-missing");
    let patch = json!({"campaign": {"optoutKeywords": "STOP"}});
    let amended = amend::amend(&drive.platform, &id, &team()?, &patch).await?;
    let errors = amended
        .findings
        .iter()
        .filter(|found| found.weight == Weight::Error);
    assert_eq!(errors.count(), 0);
    let told = drive.told(&id).await?;
    assert_eq!(
        told,
        [
            "received",
            "preflight_told",
            "amended",
            "preflight_told",
            "amended"
        ]
    );
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    Ok(())
}

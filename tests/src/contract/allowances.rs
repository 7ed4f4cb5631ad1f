//! Allowances: so often within a time, whoever asks.

#![allow(
    clippy::indexing_slicing,
    reason = "an absent field of a JSON document is null, and makes no order"
)]

use std::time::Duration;

use platform::allowance::Allowance;
use platform::otp::{self, OtpError};
use registration::order::PhoneNumber;
use registration::{Order, RegistrationId, Status};
use registry_simulator::Settings;
use serde_json::{Value, json};

use super::Ground;
use super::drive::Drive;
use super::made::{name, team, together};

const ROSA: &str = include_str!("../../orders/rosa-garden-design.json");

fn allowance(most: usize) -> Allowance {
    Allowance {
        name: name("allowance"),
        most,
        window: Duration::from_secs(60 * 60),
    }
}

pub(super) async fn an_allowance_that_many_use_at_once_is_used_as_often_as_it_allows(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (allowance, now) = (allowance(3), ground.clock().now());
    let (mut used, mut refused) = (0, 0);
    // A store may be too busy for some of those at once: they ask again.
    while used + refused < 12 {
        let tasks = (used + refused..12).map(|_| {
            let (store, allowance) = (ground.store(), allowance.clone());
            async move { anyhow::Ok(store.spend(&allowance, now).await.ok()) }
        });
        for spent in together(tasks).await?.into_iter().flatten() {
            match spent {
                Ok(()) => used += 1,
                Err(again) => {
                    assert!(again > now);
                    refused += 1;
                }
            }
        }
    }
    assert_eq!((used, refused), (3, 9));
    Ok(())
}

pub(super) async fn allowances_know_nothing_of_each_other(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (one, other, now) = (allowance(1), allowance(1), ground.clock().now());
    let ((elsewhere, _), store) = (ground.elsewhere().await?, ground.store());
    assert_eq!(store.spend(&one, now).await?, Ok(()));
    assert_eq!(elsewhere.spend(&other, now).await?, Ok(()));
    let again = elsewhere.spend(&one, now).await?;
    assert_eq!(
        again.err().map(|at| at.as_second()),
        Some(now.as_second() + 3_600)
    );
    Ok(())
}

/// An order of the person with this phone, who waits for a PIN.
async fn waiting(drive: &Drive<'_>, phone: &str, nth: usize) -> anyhow::Result<RegistrationId> {
    let mut document: Value = serde_json::from_str(ROSA)?;
    document["brand"]["mobilePhone"] = json!(phone);
    document["brand"]["lastName"] = json!(format!("Garden {nth}"));
    document["brand"]["displayName"] = json!(format!("Garden {nth}"));
    document["numbers"] = json!([format!("+120675500{nth:02}")]);
    let order = Order::read(&document).map_err(|problems| anyhow::anyhow!("{problems}"))?;
    let id = drive.receive_new(order).await?;
    anyhow::ensure!(drive.to_rest(&id).await?.status == Status::AwaitingPin);
    Ok(id)
}

pub(super) async fn another_sms_is_sent_five_times_a_day_to_one_phone_whatever_the_order(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let phone = format!("+1206754{:04}", registrar::service::random() % 10_000);
    let (first, second) = (
        waiting(&drive, &phone, 1).await?,
        waiting(&drive, &phone, 2).await?,
    );
    for id in [&first, &second] {
        otp::otp(&drive.platform, id, &team()?, None).await?;
        drive.to_the_last_message().await?;
        assert_eq!(drive.to_rest(id).await?.status, Status::AwaitingPin);
    }
    // Three more, used as other orders would: each SMS takes its time on a real queue.
    let read = PhoneNumber::parse(&phone).map_err(|refused| anyhow::anyhow!("{refused:?}"))?;
    for _ in 0..3 {
        let (store, clock) = (&drive.platform.store, &drive.platform.clock);
        let used = store.spend(&Allowance::sms(&read), clock.now()).await?;
        assert_eq!(used, Ok(()));
    }
    let before = drive.simulator.calls().len();
    for id in [&first, &second] {
        let refused = otp::otp(&drive.platform, id, &team()?, None).await;
        assert!(
            matches!(refused, Err(OtpError::TooMany { .. })),
            "{refused:?}"
        );
    }
    drive.to_the_last_message().await?;
    assert_eq!(drive.simulator.calls().len(), before, "no SMS is sent");
    let other = format!("+1206756{:04}", registrar::service::random() % 10_000);
    let other = waiting(&drive, &other, 3).await?;
    otp::otp(&drive.platform, &other, &team()?, None).await?;
    Ok(())
}

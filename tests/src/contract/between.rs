//! Between orders: whose it is, who is hurt. Each scenario is two or more orders, on any
//! store and queue.

#![allow(
    clippy::indexing_slicing,
    reason = "an absent field of a JSON document is null, and makes no order"
)]

use anyhow::Context as _;
use platform::callback::Callback;
use platform::cancel::{self, How};
use platform::claims::Kept;
use platform::existing::{self, NotThere};
use platform::receive::{ReceiveError, Received};
use platform::share::{BrandName, share};
use platform::store::Key;
use platform::{amend, numbers, retry};
use registrar::service::random;
use registration::{Order, RegistrationId, Status, Step};
use registry_simulator::{Reviews, Settings, Span};
use serde_json::{Value, json};
use std::time::Duration;

use super::Ground;
use super::drive::Drive;
use super::made::{account, changed, operator, steered, team, together};
use crate::orders;

/// What keeps an order from being taken: the place and the rule of each.
async fn kept(drive: &Drive<'_>, order: Order) -> anyhow::Result<Vec<(String, Kept)>> {
    match drive.receiving(order, None).await {
        Err(ReceiveError::Kept(conflicts)) => Ok(conflicts
            .into_iter()
            .map(|conflict| (conflict.pointer, conflict.kept))
            .collect()),
        other => anyhow::bail!("not refused for what others have: {other:?}"),
    }
}

/// How often the simulator took each kind of submission.
pub(super) fn fees(drive: &Drive<'_>) -> (u64, u64) {
    let submissions = drive.simulator.submissions();
    (
        submissions.brands.values().sum(),
        submissions.campaigns.values().sum(),
    )
}

pub(super) fn removals(drive: &Drive<'_>) -> usize {
    let calls = drive.simulator.calls();
    let removals = calls
        .iter()
        .filter(|call| call.method == "DELETE" && call.path.contains("phone_number_campaigns"));
    removals.count()
}

/// An order for the numbers of another one.
fn with_numbers_of(
    business: usize,
    other: usize,
    numbers: usize,
    moves: bool,
) -> anyhow::Result<Order> {
    changed(business, numbers, |order| {
        order["numbers"] = orders::document(other, numbers)["numbers"].clone();
        order["move_numbers"] = json!(moves);
    })
}

pub(super) async fn registered(drive: &Drive<'_>, order: Order) -> anyhow::Result<RegistrationId> {
    let id = drive.receive_new(order).await?;
    let row = drive.to_rest(&id).await?;
    anyhow::ensure!(row.status == Status::Registered, "{row:?}");
    drive.to_the_last_message().await?;
    Ok(id)
}

pub(super) async fn status(drive: &Drive<'_>, id: &RegistrationId) -> anyhow::Result<Status> {
    Ok(Status::of(&drive.case(id).await?.facts))
}

pub(super) async fn the_same_order_twice_is_refused_before_any_fee_and_takes_nothing(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let first = registered(&drive, orders::order(500, 2)).await?;
    let before = (fees(&drive), drive.simulator.calls().len());
    let refused = kept(&drive, orders::order(500, 2)).await?;
    let ordered = Kept::Ordered {
        registration: first.clone(),
        status: Status::Registered,
    };
    assert_eq!(
        refused,
        [
            ("/campaign".to_owned(), ordered),
            ("/numbers/0".to_owned(), Kept::InYours(first.number(1))),
            ("/numbers/1".to_owned(), Kept::InYours(first.number(2))),
        ]
    );
    // Other spacing and case are no other texts.
    let shouted = changed(500, 1, |order| {
        let text = order["campaign"]["description"]
            .as_str()
            .unwrap_or_default();
        order["campaign"]["description"] = json!(text.to_uppercase().replace(' ', "  "));
        order["numbers"] = orders::document(501, 1)["numbers"].clone();
    })?;
    assert_eq!(kept(&drive, shouted).await?.len(), 1);
    assert_eq!(before, (fees(&drive), drive.simulator.calls().len()));
    assert_eq!(status(&drive, &first).await?, Status::Registered);
    // Said so, it is ordered all the same, for numbers of its own.
    let again = changed(500, 1, |order| {
        order["again"] = json!(true);
        order["numbers"] = orders::document(501, 1)["numbers"].clone();
    })?;
    registered(&drive, again).await?;
    assert_eq!(fees(&drive), (1, 2), "the brand was found");
    Ok(())
}

pub(super) async fn the_same_order_is_known_by_its_texts_as_they_were_corrected(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let first = drive.receive_new(orders::order(514, 1)).await?;
    let words = "Texts about visits to the practice: reminders, changes, and what to bring.";
    let patch = json!({ "campaign": { "description": words } });
    amend::amend(&drive.platform, &first, &team()?, &patch).await?;
    let same = |numbers_of: usize, corrected: bool| {
        changed(514, 1, |order| {
            if corrected {
                order["campaign"]["description"] = json!(words);
            }
            order["numbers"] = orders::document(numbers_of, 1)["numbers"].clone();
        })
    };
    assert_eq!(kept(&drive, same(515, true)?).await?.len(), 1);
    // Of the texts before there is no order any more.
    drive.receive_new(same(516, false)?).await?;
    Ok(())
}

pub(super) async fn of_the_same_order_many_times_at_once_one_is_taken(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let tasks = (0..8).map(|_| drive.receiving(orders::order(502, 3), None));
    let taken = together(tasks.map(|receiving| async move {
        match receiving.await {
            Ok(Received::New(id, _)) => Ok(Some(id)),
            Err(ReceiveError::Kept(_) | ReceiveError::Outrun) => Ok(None),
            other => Err(anyhow::anyhow!("{other:?}")),
        }
    }))
    .await?;
    let taken: Vec<_> = taken.into_iter().flatten().collect();
    assert_eq!(taken.len(), 1, "{taken:?}");
    let id = taken.first().context("none")?;
    assert_eq!(drive.to_rest(id).await?.status, Status::Registered);
    assert_eq!(fees(&drive), (1, 1));
    Ok(())
}

pub(super) async fn a_key_that_comes_again_is_answered_though_its_numbers_are_taken(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let key = Key {
        account: drive.account.clone(),
        key: "order-503".to_owned(),
        body: "b".repeat(64),
    };
    let tasks = (0..6).map(|_| drive.receiving(orders::order(503, 2), Some(key.clone())));
    let answers = together(tasks).await?;
    let mut ids: Vec<_> = answers
        .into_iter()
        .map(|(Received::New(id, _) | Received::Repeated(id))| id)
        .collect();
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    Ok(())
}

pub(super) async fn a_moved_number_is_told_to_the_order_that_loses_it_in_the_same_append(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let callback = Callback::new(
        "https://example.com/".to_owned(),
        None,
        random,
        ground.clock().now(),
    );
    drive
        .platform
        .store
        .set_callback(&drive.account, &callback)
        .await?;
    let first = registered(&drive, orders::order(504, 2)).await?;
    let second = drive
        .receive_new(with_numbers_of(505, 504, 1, true)?)
        .await?;
    drive.to_the_last_message().await?;
    assert_eq!(removals(&drive), 1);
    let winner = drive.told(&second.number(1)).await?;
    assert_eq!(
        winner,
        [
            "number_received",
            "number found_elsewhere",
            "detach intended",
            "detach submitted",
            "detach approved",
            "moved_here",
        ]
    );
    let number = drive.told(&first.number(1)).await?;
    assert_eq!(number[number.len() - 2..], ["moved_away", "withdrawn"]);
    let order = drive.told(&first).await?;
    let after: Vec<_> = order
        .iter()
        .skip_while(|fact| *fact != "number_moved")
        .collect();
    assert_eq!(
        after,
        ["number_moved", "callback_due", "numbers partly approved"]
    );
    assert_eq!(status(&drive, &first).await?, Status::PartlyRegistered);
    assert_eq!(status(&drive, &first.number(1)).await?, Status::Cancelled);
    let row = drive.platform.store.row(&first).await?.context("no row")?;
    assert_eq!(
        (
            row.status,
            row.open_numbers,
            row.refused_numbers,
            row.cancelled_numbers
        ),
        (Status::PartlyRegistered, 0, 0, 1)
    );
    let counts = numbers::counts(&row, &drive.case(&first).await?.facts).context("no order")?;
    assert_eq!((counts.cancelled, counts.moved, counts.open), (1, 1, 0));
    let gone = drive.case(&first.number(1)).await?;
    assert_eq!(gone.facts.moved_to(), Some(&second.number(1)));
    let other = drive.told(&first.number(2)).await?;
    assert_eq!(other.last().map(String::as_str), Some("completed"));
    // The order that has lost it withdraws what is left of it, and not the number.
    cancel::cancel(&drive.platform, &first, &team()?, How::default()).await?;
    drive.to_the_last_message().await?;
    assert_eq!(removals(&drive), 2, "its other number");
    Ok(())
}

pub(super) async fn a_number_that_was_not_begun_is_moved_without_a_call(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let day = Span::exactly(Duration::from_secs(24 * 60 * 60));
    let reviews = Reviews {
        campaign: day,
        ..Reviews::default()
    };
    let slow = Settings {
        reviews,
        ..Settings::default()
    };
    let waiting = Drive::new(ground, slow).await?;
    let first = waiting.receive_new(orders::order(506, 2)).await?;
    waiting.to_the_last_message().await?;
    assert_eq!(status(&waiting, &first).await?, Status::InReview);
    let drive = Drive::new(ground, Settings::default()).await?;
    let drive = drive.of(&waiting.account);
    let second = registered(&drive, with_numbers_of(507, 506, 1, true)?).await?;
    assert_eq!(removals(&drive), 0);
    let winner = drive.told(&second.number(1)).await?;
    assert_eq!(winner[..2], ["number_received", "moved_here"]);
    let order = drive.told(&first).await?;
    assert_eq!(order.last().map(String::as_str), Some("number_moved"));
    Ok(())
}

pub(super) async fn a_number_of_another_account_is_never_moved_by_an_order(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let acme = Drive::new(ground, Settings::default()).await?;
    let first = registered(&acme, orders::order(508, 1)).await?;
    let acmes = acme.account.clone();
    let zeta = acme.of(&account()?);
    for moves in [false, true] {
        let refused = kept(&zeta, with_numbers_of(509, 508, 1, moves)?).await?;
        assert_eq!(refused, [("/numbers/0".to_owned(), Kept::InAnothers)]);
        let words = refused.first().map(|(_, kept)| kept.to_string());
        let words = words.unwrap_or_default();
        assert!(!words.contains(acmes.as_str()) && !words.contains(first.as_str()));
    }
    assert_eq!(status(&zeta, &first).await?, Status::Registered);
    Ok(())
}

pub(super) async fn a_number_that_is_released_is_free_for_everyone(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let acme = Drive::new(ground, Settings::default()).await?;
    let first = registered(&acme, orders::order(510, 2)).await?;
    let platform = acme.platform.clone();
    cancel::cancel(&platform, &first.number(1), &team()?, How::default()).await?;
    acme.to_the_last_message().await?;
    let zeta = acme.of(&account()?);
    registered(&zeta, with_numbers_of(511, 510, 1, false)?).await?;
    // A number that is corrected to one that is in use is refused too.
    let other = registered(&zeta, orders::order(512, 1)).await?;
    let refused = changed(513, 1, |order| {
        order["numbers"][0] = json!(steered(513, "9001"))
    })?;
    let refused = zeta.receive_new(refused).await?;
    zeta.to_the_last_message().await?;
    let number = orders::document(512, 1)["numbers"][0].clone();
    let patch = json!({ "number": number });
    let amended = amend::amend(&platform, &refused.number(1), &team()?, &patch).await;
    let Err(amend::AmendError::Kept(conflict)) = amended else {
        anyhow::bail!("{amended:?}");
    };
    assert_eq!(conflict.kept, Kept::InYours(other.number(1)));
    Ok(())
}

/// The same business, ordered by another account, with a number of its own.
fn same_business(business: usize, numbers_of: usize) -> anyhow::Result<Order> {
    changed(business, 1, |order| {
        order["numbers"] = orders::document(numbers_of, 1)["numbers"].clone();
    })
}

pub(super) async fn another_accounts_brand_is_not_taken_over_and_an_operator_may_share_it(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let acme = Drive::new(ground, Settings::default()).await?;
    let first = registered(&acme, orders::order(520, 1)).await?;
    let acmes = acme.account.clone();
    let zeta = acme.of(&account()?);
    let second = zeta.receive_new(same_business(520, 521)?).await?;
    let row = zeta.to_rest(&second).await?;
    assert_eq!((row.status, row.step), (Status::Parked, Some(Step::Brand)));
    let reason = row.last_error.unwrap_or_default();
    assert!(reason.contains("another account"), "{reason}");
    assert!(!reason.contains(acmes.as_str()) && !reason.contains(first.as_str()));
    assert_eq!(fees(&zeta), (1, 1));
    // A retry without a word changes nothing.
    retry::retry(&zeta.platform, &second, &team()?, retry::How::default()).await?;
    assert_eq!(zeta.to_rest(&second).await?.status, Status::Parked);
    let brand = BrandName::Registration(first.clone());
    let shared = share(&zeta.platform, &brand, &zeta.account, &operator()).await?;
    assert_eq!(shared.released, std::slice::from_ref(&second));
    assert_eq!(zeta.to_rest(&second).await?.status, Status::Registered);
    assert_eq!(fees(&zeta), (1, 2), "one brand, two campaigns");
    assert!(
        zeta.told(&second)
            .await?
            .contains(&"shared_here".to_owned())
    );
    assert!(zeta.told(&first).await?.contains(&"shared".to_owned()));
    // Its cancellation leaves the brand to its owner.
    zeta.to_the_last_message().await?;
    cancel::cancel(&zeta.platform, &second, &team()?, How::default()).await?;
    zeta.to_the_last_message().await?;
    assert_eq!(status(&zeta, &second).await?, Status::Cancelled);
    assert!(zeta.told(&second).await?.contains(&"left".to_owned()));
    assert_eq!(status(&zeta, &first).await?, Status::Registered);
    Ok(())
}

pub(super) async fn accounts_that_share_their_brands_by_policy_need_no_operator(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let mut acme = Drive::new(ground, Settings::default()).await?;
    acme.platform.accounts_share_brands = true;
    registered(&acme, orders::order(522, 1)).await?;
    let zeta = acme.of(&account()?);
    let second = registered(&zeta, same_business(522, 523)?).await?;
    assert!(
        zeta.told(&second)
            .await?
            .contains(&"shared_here".to_owned())
    );
    Ok(())
}

/// Makes what the registry will give to another order somebody's already, as if that one
/// had come first.
async fn claimed_before(
    drive: &Drive<'_>,
    first: &RegistrationId,
    step: Step,
) -> anyhow::Result<registration::RegistryId> {
    let case = drive.case(first).await?;
    case.facts.registry_id(step).cloned().context("not there")
}

pub(super) async fn another_accounts_vetting_is_not_taken_over(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let vetted = |business: usize, numbers_of: usize| {
        changed(business, 1, |order| {
            order["vetting"] = json!({"evpId": "AEGIS", "vettingClass": "STANDARD"});
            order["numbers"] = orders::document(numbers_of, 1)["numbers"].clone();
        })
    };
    let acme = Drive::new(ground, Settings::default()).await?;
    let first = registered(&acme, vetted(524, 524)?).await?;
    let zeta = acme.of(&account()?);
    let second = zeta.receive_new(vetted(524, 525)?).await?;
    assert_eq!(zeta.to_rest(&second).await?.step, Some(Step::Brand));
    let brand = BrandName::Registration(first);
    share(&zeta.platform, &brand, &zeta.account, &operator()).await?;
    assert_eq!(zeta.to_rest(&second).await?.status, Status::Registered);
    let vettings = zeta.simulator.submissions().vettings;
    assert!(vettings.values().sum::<u64>() <= 2, "{vettings:?}");
    Ok(())
}

pub(super) async fn another_accounts_campaign_is_not_taken_over(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let acme = Drive::new(ground, Settings::default()).await?;
    let first = registered(&acme, orders::order(526, 1)).await?;
    let campaign = claimed_before(&acme, &first, Step::Campaign).await?;
    let zeta = acme.of(&account()?);
    let mut order = changed(527, 1, |order| {
        order["campaign"] = json!({ "registryId": campaign.as_str() });
        order["brand"] = json!({ "registryId": "B0000000" });
    })?;
    let adopted = existing::resolve(&zeta.platform, &zeta.account, true, &mut order).await;
    assert!(
        matches!(adopted, Err(("/campaign", NotThere::AnotherAccounts))),
        "{adopted:?}"
    );
    // And where an order was taken before the other one was known.
    let second = zeta.receive_new(order).await?;
    let row = zeta.to_rest(&second).await?;
    assert_eq!(row.status, Status::Parked);
    Ok(())
}

pub(super) async fn what_another_account_has_is_not_adopted(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let acme = Drive::new(ground, Settings::default()).await?;
    let first = registered(&acme, orders::order(528, 1)).await?;
    let brand = claimed_before(&acme, &first, Step::Brand).await?;
    let zeta = acme.of(&account()?);
    let adopting = || {
        changed(529, 1, |order: &mut Value| {
            order["brand"] = json!({ "registryId": brand.as_str() });
        })
    };
    let mut order = adopting()?;
    let adopted = existing::resolve(&zeta.platform, &zeta.account, true, &mut order).await;
    assert!(
        matches!(adopted, Err(("/brand", NotThere::AnotherAccounts))),
        "{adopted:?}"
    );
    // An order that was taken all the same stops at the door of the registry.
    let second = zeta.receive_new(adopting()?).await?;
    let row = zeta.to_rest(&second).await?;
    assert_eq!((row.status, row.step), (Status::Parked, Some(Step::Brand)));
    let named = BrandName::Registry(brand.clone());
    share(&zeta.platform, &named, &zeta.account, &operator()).await?;
    assert_eq!(zeta.to_rest(&second).await?.status, Status::Registered);
    Ok(())
}

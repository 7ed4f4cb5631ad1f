//! Public companies, who confirm their brand by an e-mail.

#![allow(
    clippy::indexing_slicing,
    reason = "an absent field of a JSON document is null, and makes no order"
)]

use anyhow::Context as _;
use platform::allowance::Allowance;
use platform::amend::{self, AmendError};
use platform::confirmation::{ConfirmationError, confirmation};
use registrar::service::random;
use registration::order::Email;
use registration::{Order, RegistrationId, Status, Step};
use registry_simulator::{Confirmation, Settings, Verdict};
use serde_json::{Value, json};

use super::Ground;
use super::drive::Drive;
use super::made::{changed, team};

/// An address that nobody else uses: the store counts what it is sent.
fn address(of: &str) -> String {
    format!("{of}{:x}@example-business.example", random())
}

/// The order of a public company, whose EIN has this ending.
fn public(business: usize, ending: &str, address: &str) -> anyhow::Result<Order> {
    changed(business, 1, |order| {
        let brand = &mut order["brand"];
        brand["entityType"] = json!("PUBLIC_PROFIT");
        brand["ein"] = json!(format!("00{business:03}{ending}"));
        brand["stockSymbol"] = json!("EXB");
        brand["stockExchange"] = json!("NASDAQ");
        brand["businessContactEmail"] = json!(address);
    })
}

/// Such an order that waits for its link to be followed.
async fn waiting(drive: &Drive<'_>, order: Order) -> anyhow::Result<RegistrationId> {
    let id = drive.receive_new(order).await?;
    awaits(drive, &id).await?;
    Ok(id)
}

async fn awaits(drive: &Drive<'_>, id: &RegistrationId) -> anyhow::Result<()> {
    drive.to_the_last_message().await?;
    let status = drive.to_rest(id).await?.status;
    anyhow::ensure!(status == Status::AwaitingConfirmation, "{status}");
    Ok(())
}

/// The registry's id of its brand.
async fn brand(drive: &Drive<'_>, id: &RegistrationId) -> anyhow::Result<String> {
    let case = drive.case(id).await?;
    let brand = case.facts.registry_id(Step::Brand);
    Ok(brand.context("no brand")?.as_str().to_owned())
}

/// What becomes of the latest e-mail, and a webhook that tells of it.
async fn steer(
    drive: &Drive<'_>,
    id: &RegistrationId,
    outcome: Confirmation,
) -> anyhow::Result<()> {
    let subject = brand(drive, id).await?;
    let verdict = Verdict::Confirmation { subject, outcome };
    anyhow::ensure!(drive.simulator.review(&verdict));
    drive.webhook(id, Step::Brand).await
}

async fn mails(drive: &Drive<'_>, id: &RegistrationId) -> anyhow::Result<Vec<String>> {
    Ok(drive.simulator.mails(&brand(drive, id).await?))
}

fn correction(address: &str) -> Value {
    json!({"brand": {"businessContactEmail": address}})
}

/// What is told of brand and confirmation.
async fn told(drive: &Drive<'_>, id: &RegistrationId) -> anyhow::Result<Vec<String>> {
    let mut told = drive.told(id).await?;
    told.retain(|fact| {
        let step = fact.split(' ').next();
        matches!(step, Some("brand" | "confirmation" | "amended"))
    });
    Ok(told)
}

pub(super) async fn a_public_company_is_registered_once_its_link_is_followed(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let legal = address("legal");
    let id = waiting(&drive, public(601, "9015", &legal)?).await?;
    assert_eq!(mails(&drive, &id).await?, [legal]);
    let history = drive.platform.store.history(&id).await?;
    drive.webhook(&id, Step::Brand).await?;
    let after = drive.platform.store.history(&id).await?;
    assert_eq!(after.len(), history.len(), "a look that says nothing new");
    steer(&drive, &id, Confirmation::Followed).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    assert_eq!(
        told(&drive, &id).await?,
        [
            "brand intended",
            "brand submitted",
            "confirmation approved",
            "brand approved"
        ]
    );
    assert_eq!(
        drive.paid(&id).await?,
        [(Step::Brand, 1), (Step::Campaign, 1)]
    );
    Ok(())
}

pub(super) async fn another_e_mail_is_sent_where_it_is_asked_for_and_costs_nothing(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let legal = address("legal");
    let id = waiting(&drive, public(602, "9016", &legal)?).await?;
    confirmation(&drive.platform, &id, &team()?).await?;
    awaits(&drive, &id).await?;
    assert_eq!(mails(&drive, &id).await?, [legal.clone(), legal]);
    drive.webhook(&id, Step::Brand).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    assert_eq!(
        told(&drive, &id).await?,
        [
            "brand intended",
            "brand submitted",
            "confirmation retried",
            "confirmation intended",
            "confirmation submitted",
            "confirmation approved",
            "brand approved"
        ]
    );
    assert_eq!(
        drive.paid(&id).await?,
        [(Step::Brand, 1), (Step::Campaign, 1)]
    );
    let late = confirmation(&drive.platform, &id, &team()?).await;
    assert!(
        matches!(late, Err(ConfirmationError::NotAwaited(_))),
        "{late:?}"
    );
    Ok(())
}

pub(super) async fn a_corrected_address_is_sent_the_e_mail_and_the_brand_stays_as_it_is(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let legal = address("legal");
    let id = waiting(&drive, public(603, "9015", &legal)?).await?;
    let corrected = address("ir");
    let patch = correction(&corrected);
    amend::amend(&drive.platform, &id, &team()?, &patch).await?;
    awaits(&drive, &id).await?;
    let to = mails(&drive, &id).await?;
    assert_eq!(to, [legal, corrected]);
    steer(&drive, &id, Confirmation::Followed).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    assert_eq!(
        drive.paid(&id).await?,
        [(Step::Brand, 1), (Step::Campaign, 1)]
    );
    assert_eq!(drive.simulator.submissions().brands.len(), 1);
    Ok(())
}

pub(super) async fn an_address_that_fails_is_refused_and_its_correction_is_sent_an_e_mail(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let legal = address("legal");
    let id = waiting(&drive, public(604, "9016", &legal)?).await?;
    steer(&drive, &id, Confirmation::Failed).await?;
    let case = drive.case(&id).await?;
    let verdict = case.facts.verdict(Step::Brand).context("no verdict")?;
    let fields = verdict.reasons().first().map(|reason| &reason.fields);
    let fields = fields.context("no reason")?;
    assert_eq!(*fields, ["/brand/businessContactEmail"]);
    assert_eq!(drive.to_rest(&id).await?.status, Status::Rejected);
    let corrected = address("ir");
    let patch = correction(&corrected);
    amend::amend(&drive.platform, &id, &team()?, &patch).await?;
    awaits(&drive, &id).await?;
    let to = mails(&drive, &id).await?;
    assert_eq!(to, [legal, corrected]);
    drive.webhook(&id, Step::Brand).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    Ok(())
}

pub(super) async fn an_order_is_cancelled_while_its_link_is_awaited(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let legal = address("legal");
    let id = waiting(&drive, public(605, "9015", &legal)?).await?;
    let (how, team) = (platform::cancel::How::default(), team()?);
    platform::cancel::cancel(&drive.platform, &id, &team, how).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Cancelled);
    let again = confirmation(&drive.platform, &id, &team).await;
    assert!(
        matches!(again, Err(ConfirmationError::NotAwaited(_))),
        "{again:?}"
    );
    Ok(())
}

pub(super) async fn another_e_mail_is_sent_five_times_a_day_to_one_address_whatever_the_order(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let address = address("legal");
    let first = waiting(&drive, public(606, "9015", &address)?).await?;
    let loud = address.to_uppercase();
    let second = waiting(&drive, public(607, "9015", &loud)?).await?;
    for id in [&first, &second] {
        confirmation(&drive.platform, id, &team()?).await?;
        awaits(&drive, id).await?;
    }
    // Three more, used as other orders would: each e-mail takes its time on a real queue.
    let read = Email::parse(&address).map_err(|refused| anyhow::anyhow!("{refused:?}"))?;
    for _ in 0..3 {
        let (store, clock) = (&drive.platform.store, &drive.platform.clock);
        let used = store.spend(&Allowance::mail(&read), clock.now()).await?;
        assert_eq!(used, Ok(()));
    }
    let before = drive.simulator.calls().len();
    for id in [&first, &second] {
        let refused = confirmation(&drive.platform, id, &team()?).await;
        assert!(
            matches!(refused, Err(ConfirmationError::TooMany(_))),
            "{refused:?}"
        );
    }
    // A correction sends one too: to the same address, in another spelling.
    let patch = correction(&loud);
    let refused = amend::amend(&drive.platform, &first, &team()?, &patch).await;
    assert!(
        matches!(refused, Err(AmendError::TooMany(_))),
        "{refused:?}"
    );
    drive.to_the_last_message().await?;
    let sent = drive.simulator.calls();
    let again = sent.iter().skip(before);
    let mails = again.filter(|call| call.path.ends_with("/2faEmail"));
    assert_eq!(mails.count(), 0, "no e-mail is sent");
    Ok(())
}

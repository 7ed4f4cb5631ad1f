//! One number of an order that is cancelled by itself, on any store and queue: its
//! order goes on without it, and counts it once.

#![allow(
    clippy::indexing_slicing,
    reason = "an absent field of a JSON document is null, and makes no order"
)]

use anyhow::Context as _;
use platform::case::Case;
use platform::store::Row;
use platform::{amend, cancel};
use registration::{
    Fact, Order, Reason, Reference, RegistrationId, RegistryId, Round, Status, Step, Verdict,
};
use registry_simulator::Settings;
use serde_json::{Value, json};

use super::Ground;
use super::drive::Drive;
use super::made::{changed, keeping_the_brand, steered, team};
use crate::orders;

/// Of the simulator: such a number is refused, and such a one stays pending.
const REFUSED: &str = "9001";
const PENDING: &str = "9007";

/// An order like the others, whose last number ends so.
fn order(business: usize, numbers: usize, last: &str) -> anyhow::Result<Order> {
    changed(business, numbers, |order| {
        order["numbers"][numbers - 1] = steered(business, last).into();
    })
}

async fn cancelled(drive: &Drive<'_>, id: &RegistrationId) -> anyhow::Result<()> {
    cancel::cancel(&drive.platform, id, &team()?, cancel::How::default()).await?;
    Ok(())
}

async fn row(drive: &Drive<'_>, id: &RegistrationId) -> anyhow::Result<Row> {
    drive.platform.store.row(id).await?.context("no row")
}

/// What the order's row counts: open, refused, cancelled, to be withdrawn.
async fn counts(drive: &Drive<'_>, id: &RegistrationId) -> anyhow::Result<[u32; 4]> {
    let row = row(drive, id).await?;
    Ok([
        row.open_numbers,
        row.refused_numbers,
        row.cancelled_numbers,
        row.open_ends,
    ])
}

/// How its numbers' ends are known to the order, and its status.
async fn order_is(
    drive: &Drive<'_>,
    id: &RegistrationId,
    status: Status,
    verdict: &Verdict,
) -> anyhow::Result<()> {
    drive.to_the_last_message().await?;
    let facts = drive.case(id).await?.facts;
    assert_eq!(facts.verdict(Step::Numbers), Some(verdict));
    assert_eq!(Status::of(&facts), status);
    assert_eq!(drive.to_rest(id).await?.status, status);
    Ok(())
}

/// How often each of these numbers was taken off its campaign at the registry.
fn withdrawals<const N: usize>(drive: &Drive<'_>, order: &Order, places: [usize; N]) -> [usize; N] {
    let calls = drive.simulator.calls();
    places.map(|place| {
        let number = order.numbers.as_slice().get(place - 1);
        let digits = number.map_or("none", |number| number.as_str().trim_start_matches('+'));
        let deletions = calls.iter().filter(|call| call.method == "DELETE");
        deletions.filter(|call| call.path.ends_with(digits)).count()
    })
}

const TWO_OF_THREE: Verdict = Verdict::PartlyApproved {
    approved: 2,
    refused: 0,
};

pub(super) async fn an_assigned_number_is_cancelled_and_its_order_stays_registered(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let order = orders::order(330, 3);
    let id = drive.receive_new(order.clone()).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    let second = id.number(2);
    cancelled(&drive, &second).await?;
    assert_eq!(drive.to_rest(&second).await?.status, Status::Cancelled);
    order_is(&drive, &id, Status::Registered, &TWO_OF_THREE).await?;
    assert_eq!(withdrawals(&drive, &order, [1, 2, 3]), [0, 1, 0]);
    assert_eq!(counts(&drive, &id).await?, [0, 0, 1, 0]);
    let told = drive.told(&second).await?;
    let after = told.iter().skip_while(|fact| *fact != "cancelled");
    assert_eq!(
        after.map(String::as_str).collect::<Vec<_>>(),
        [
            "cancelled",
            "end_number intended",
            "end_number submitted",
            "end_number approved",
            "withdrawn",
        ]
    );
    // Again it changes nothing.
    cancelled(&drive, &second).await?;
    drive.to_the_last_message().await?;
    assert_eq!(drive.told(&second).await?, told);
    assert_eq!(counts(&drive, &id).await?, [0, 0, 1, 0]);
    Ok(())
}

pub(super) async fn an_order_does_not_wait_for_a_pending_number_that_is_cancelled(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let order = order(331, 3, PENDING)?;
    let id = drive.receive_new(order.clone()).await?;
    drive.to_the_last_message().await?;
    let waits = drive.case(&id).await?.pending().map(|pending| pending.step);
    assert_eq!(waits, Some(Step::Numbers));
    assert_eq!(counts(&drive, &id).await?, [1, 0, 0, 0]);
    cancelled(&drive, &id.number(3)).await?;
    assert_eq!(counts(&drive, &id).await?, [0, 0, 1, 0]);
    // The order looks after it no more: if its message is lost, the sweep finds it.
    let due = row(&drive, &id.number(3)).await?.due_at;
    assert!(due.is_some(), "nobody would ever look at it");
    order_is(&drive, &id, Status::Registered, &TWO_OF_THREE).await?;
    assert_eq!(
        drive.to_rest(&id.number(3)).await?.status,
        Status::Cancelled
    );
    assert_eq!(withdrawals(&drive, &order, [1, 2, 3]), [0, 0, 1]);
    assert_eq!(counts(&drive, &id).await?, [0, 0, 1, 0]);
    Ok(())
}

pub(super) async fn numbers_cancelled_before_their_order_are_withdrawn_once(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let order = orders::order(332, 3);
    let id = drive.receive_new(order.clone()).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Registered);
    // One is withdrawn when the order is cancelled, one is about to be.
    cancelled(&drive, &id.number(1)).await?;
    drive.to_rest(&id.number(1)).await?;
    cancelled(&drive, &id.number(2)).await?;
    cancel::cancel(&drive.platform, &id, &team()?, keeping_the_brand()).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Cancelled);
    drive.to_the_last_message().await?;
    assert_eq!(withdrawals(&drive, &order, [1, 2, 3]), [1, 1, 1]);
    assert_eq!(counts(&drive, &id).await?, [0, 0, 2, 0]);
    for place in 1..=3 {
        let number = drive.case(&id.number(place)).await?;
        assert_eq!(Status::of(&number.facts), Status::Cancelled);
        assert!(number.facts.cancelled_with_order());
    }
    Ok(())
}

pub(super) async fn a_refused_number_that_is_cancelled_is_not_counted_as_refused(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let order = order(333, 2, REFUSED)?;
    let id = drive.receive_new(order.clone()).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::PartlyRegistered);
    drive.to_the_last_message().await?;
    assert_eq!(counts(&drive, &id).await?, [0, 1, 0, 0]);
    cancelled(&drive, &id.number(2)).await?;
    let one = Verdict::PartlyApproved {
        approved: 1,
        refused: 0,
    };
    order_is(&drive, &id, Status::Registered, &one).await?;
    assert_eq!(counts(&drive, &id).await?, [0, 0, 1, 0]);
    // The next one is the last: brand and campaign stay.
    cancelled(&drive, &id.number(1)).await?;
    let none = Verdict::PartlyApproved {
        approved: 0,
        refused: 0,
    };
    order_is(&drive, &id, Status::Registered, &none).await?;
    assert_eq!(withdrawals(&drive, &order, [1, 2]), [1, 1]);
    assert_eq!(counts(&drive, &id).await?, [0, 0, 2, 0]);
    Ok(())
}

pub(super) async fn an_order_of_refused_numbers_goes_on_with_those_that_are_corrected(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let good = orders::document(334, 2)["numbers"][0].clone();
    let order = changed(334, 2, |order| {
        order["numbers"] = json!([steered(334, REFUSED), steered(434, REFUSED)]);
    })?;
    let id = drive.receive_new(order).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Rejected);
    drive.to_the_last_message().await?;
    cancelled(&drive, &id.number(2)).await?;
    drive.to_the_last_message().await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::Rejected);
    let patch = json!({ "number": good });
    amend::amend(&drive.platform, &id.number(1), &team()?, &patch).await?;
    let one = Verdict::PartlyApproved {
        approved: 1,
        refused: 0,
    };
    order_is(&drive, &id, Status::Registered, &one).await
}

pub(super) async fn a_number_refused_while_its_order_is_cancelled_holds_nothing_up(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let id = drive.receive_new(orders::order(335, 1)).await?;
    let (platform, author, round) = (&drive.platform, team()?, Round::FIRST);
    let mut case = drive.case(&id).await?;
    for step in [Step::Brand, Step::Campaign] {
        case.record(platform, &author, approved(step)).await?;
    }
    let begins = intended(&id, Step::Numbers, json!({ "numbers": 1 }), ground);
    case.record(platform, &author, vec![begins]).await?;
    // A call for the number is under way.
    let number = Fact::NumberReceived {
        account: drive.account.clone(),
        parent: id.clone(),
        campaign: RegistryId::new("C-1"),
        number: registration::order::PhoneNumber::sender("+12065550101")?,
    };
    let at = id.number(1);
    let begun = Case::begin(platform, &at, &author, number, ground.clock().now());
    let (mut number, append) = begun?;
    platform.store.begin(append, None).await?;
    let sent = intended(&at, Step::Number, json!({}), ground);
    number.record(platform, &author, vec![sent]).await?;
    case.record(platform, &author, vec![submitted(Step::Numbers)])
        .await?;
    cancel::cancel(platform, &id, &author, keeping_the_brand()).await?;
    let mut case = drive.case(&id).await?;
    let ends = intended(&id, Step::EndNumbers, json!({ "numbers": 1 }), ground);
    case.record(platform, &author, vec![ends]).await?;
    let with_it = Fact::Cancelled {
        keep_brand: true,
        alone: false,
    };
    number.record(platform, &author, vec![with_it]).await?;
    assert_eq!(counts(&drive, &id).await?, [1, 0, 0, 1]);
    // Its answer is that the registry does not take it.
    let reason = Reason {
        code: "REFUSED".to_owned(),
        description: "Not this one.".to_owned(),
        fields: vec![],
    };
    let refused = Fact::VerdictReached {
        step: Step::Number,
        round,
        verdict: Verdict::Rejected {
            reasons: vec![reason],
        },
    };
    number.record(platform, &author, vec![refused]).await?;
    assert!(number.facts.withdrawn());
    assert_eq!(row(&drive, &id).await?.open_ends, 0);
    Ok(())
}

fn submitted(step: Step) -> Fact {
    Fact::Submitted {
        step,
        round: Round::FIRST,
        registry_id: RegistryId::new(format!("{step}-1")),
        found: false,
        response: json!({}),
    }
}

fn approved(step: Step) -> Vec<Fact> {
    let reached = Fact::VerdictReached {
        step,
        round: Round::FIRST,
        verdict: Verdict::Approved,
    };
    vec![submitted(step), reached]
}

fn intended(id: &RegistrationId, step: Step, request: Value, ground: &dyn Ground) -> Fact {
    Fact::Intended {
        step,
        round: Round::FIRST,
        attempt: 1,
        reference: Reference::of(id, step, Round::FIRST),
        request,
        lease_until: registration::patience::later(
            ground.clock().now(),
            std::time::Duration::from_secs(3_600),
        ),
    }
}

/// A carrier's word on the order's campaign, and all that follows from it.
async fn carrier_says(drive: &Drive<'_>, id: &RegistrationId, word: &str) -> anyhow::Result<()> {
    let facts = drive.case(id).await?.facts;
    let campaign = facts.registry_id(Step::Campaign).context("no campaign")?;
    let verdict = registry_simulator::Verdict::Carrier {
        subject: campaign.as_str().to_owned(),
        network: "10035".to_owned(),
        operation_status: word.to_owned(),
    };
    assert!(drive.simulator.review(&verdict));
    drive.webhook(id, Step::Campaign).await
}

pub(super) async fn a_number_cancelled_while_its_campaign_is_suspended_is_counted(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let id = drive.receive_new(order(336, 2, REFUSED)?).await?;
    assert_eq!(drive.to_rest(&id).await?.status, Status::PartlyRegistered);
    carrier_says(&drive, &id, "SUSPENDED").await?;
    assert_eq!(Status::of(&drive.case(&id).await?.facts), Status::Suspended);
    cancelled(&drive, &id.number(2)).await?;
    drive.to_the_last_message().await?;
    carrier_says(&drive, &id, "REGISTERED").await?;
    let one = Verdict::PartlyApproved {
        approved: 1,
        refused: 0,
    };
    order_is(&drive, &id, Status::Registered, &one).await
}

pub(super) async fn numbers_cancelled_while_others_are_open_are_counted_as_nothing_else(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let drive = Drive::new(ground, Settings::default()).await?;
    let order = changed(337, 3, |order| {
        order["numbers"][0] = json!(steered(337, REFUSED));
        order["numbers"][1] = json!(steered(337, PENDING));
    })?;
    let id = drive.receive_new(order.clone()).await?;
    drive.to_the_last_message().await?;
    assert_eq!(counts(&drive, &id).await?, [1, 1, 0, 0]);
    for (place, then) in [(1, [1, 0, 1, 0]), (3, [1, 0, 2, 0]), (2, [0, 0, 3, 0])] {
        cancelled(&drive, &id.number(place)).await?;
        drive.to_the_last_message().await?;
        assert_eq!(counts(&drive, &id).await?, then, "number {place}");
    }
    let none = Verdict::PartlyApproved {
        approved: 0,
        refused: 0,
    };
    order_is(&drive, &id, Status::Registered, &none).await?;
    assert_eq!(withdrawals(&drive, &order, [1, 2, 3]), [1, 1, 1]);
    Ok(())
}

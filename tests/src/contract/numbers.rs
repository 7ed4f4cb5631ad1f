//! The numbers of an order, listed.

use platform::store::{NumbersCount, PAGE, RowQuery};
use registration::RegistrationId;

use super::Ground;
use super::made::{Story, becomes, ids, together};

/// More than a page.
const NUMBERS: u32 = 107;

async fn all_numbers(
    ground: &dyn Ground,
    order: &RegistrationId,
) -> anyhow::Result<Vec<RegistrationId>> {
    let mut after = None;
    let mut all = Vec::new();
    loop {
        let page = ground.store().numbers(order, after.as_ref()).await?;
        assert!(
            page.rows.len() <= PAGE
                && page
                    .rows
                    .iter()
                    .all(|row| row.parent.as_ref() == Some(order))
        );
        all.extend(ids(&page));
        anyhow::ensure!(all.len() < 1_000, "the list has no end");
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(all),
        }
    }
}

/// An order and its numbers, the numbers begun last to first.
async fn order(ground: &dyn Ground, count: u32) -> anyhow::Result<(Story, Vec<RegistrationId>)> {
    let mut order = Story::new(ground.clock().now())?;
    let mut first = order.on()?;
    first.numbers = NumbersCount::Unchanged;
    ground.store().begin(first, None).await?;
    let mut tasks = Vec::new();
    for place in (1..=count).rev() {
        let (store, append) = (ground.store(), order.number(place).on()?);
        tasks.push(async move { store.begin(append, None).await });
    }
    together(tasks).await?;
    let numbers = (1..=count).map(|place| order.id().number(place)).collect();
    Ok((order, numbers))
}

pub(super) async fn numbers_are_listed_in_the_orders_order_and_paged(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (many, numbers) = order(ground, NUMBERS).await?;
    let (few, others) = order(ground, 3).await?;
    becomes(numbers.clone(), async || {
        all_numbers(ground, many.id()).await
    })
    .await?;
    becomes(others, async || all_numbers(ground, few.id()).await).await?;
    let after = numbers.get(99);
    let rest = ground.store().numbers(many.id(), after).await?;
    assert_eq!(Some(ids(&rest).as_slice()), numbers.get(100..));
    let last = ground.store().numbers(many.id(), numbers.last()).await?;
    assert_eq!((last.rows, last.next), (Vec::new(), None));
    Ok(())
}

pub(super) async fn numbers_of_an_order_are_not_listed_among_registrations(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (order, numbers) = order(ground, 3).await?;
    let account = Some(order.row.account.clone());
    let by_account = RowQuery {
        account,
        most: PAGE,
        ..RowQuery::default()
    };
    let by_both = RowQuery {
        status: Some(order.row.status),
        ..by_account.clone()
    };
    // The numbers are all there, and then the lists are looked at.
    becomes(numbers, async || all_numbers(ground, order.id()).await).await?;
    for query in [by_account, by_both] {
        becomes(vec![order.id().clone()], async || {
            Ok(ids(&ground.store().rows(&query).await?))
        })
        .await?;
    }
    Ok(())
}

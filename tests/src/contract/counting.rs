//! The count of an order's open numbers: set once, one off for each number that
//! ends.

use platform::store::{NumbersCount, StoreError};
use registration::Status;
use registration::facts::NumberEnd;

use super::Ground;
use super::made::{Story, together};

/// How many numbers end at once.
const MANY: u32 = 48;

/// An order with so many open numbers, and the numbers, all begun.
async fn opened(ground: &dyn Ground, count: u32) -> anyhow::Result<(Story, Vec<Story>)> {
    let mut order = Story::new(ground.clock().now())?;
    ground.store().begin(order.on()?, None).await?;
    let mut opens = order.on()?;
    opens.numbers = NumbersCount::Opens(count);
    ground.store().append(opens).await?;
    let mut numbers: Vec<Story> = (1..=count).map(|place| order.number(place)).collect();
    let mut tasks = Vec::new();
    for number in &mut numbers {
        let (store, append) = (ground.store(), number.on()?);
        tasks.push(async move { store.begin(append, None).await });
    }
    together(tasks).await?;
    Ok((order, numbers))
}

/// Ends a number.
async fn close(ground: &dyn Ground, number: &mut Story, refused: bool) -> anyhow::Result<()> {
    let mut end = number.on()?;
    let parent = number
        .row
        .parent
        .clone()
        .unwrap_or_else(|| number.id().clone());
    end.numbers = NumbersCount::Closes { parent, refused };
    Ok(ground.store().append(end).await?)
}

/// How many numbers of the order are open, and how many were refused.
async fn counts(ground: &dyn Ground, order: &Story) -> anyhow::Result<Option<(u32, u32)>> {
    let row = ground.store().row(order.id()).await?;
    Ok(row.map(|row| (row.open_numbers, row.refused_numbers)))
}

pub(super) async fn opening_sets_the_count_and_no_later_row_overwrites_it(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let mut order = Story::new(ground.clock().now())?;
    // What a row says of the counts is ignored when it is written.
    (order.row.open_numbers, order.row.refused_numbers) = (77, 78);
    ground.store().begin(order.on()?, None).await?;
    assert_eq!(counts(ground, &order).await?, Some((0, 0)));
    let mut opens = order.on()?;
    opens.numbers = NumbersCount::Opens(5);
    ground.store().append(opens).await?;
    assert_eq!(counts(ground, &order).await?, Some((5, 0)));
    close(ground, &mut number_begun(ground, &order).await?, true).await?;
    order.row.status = Status::InReview;
    ground.store().append(order.on()?).await?;
    assert_eq!(counts(ground, &order).await?, Some((4, 1)));
    ground
        .store()
        .postpone(order.id(), 3, ground.clock().now(), Some("late"))
        .await?;
    assert_eq!(counts(ground, &order).await?, Some((4, 1)));
    Ok(())
}

async fn number_begun(ground: &dyn Ground, order: &Story) -> anyhow::Result<Story> {
    let mut number = order.number(1);
    ground.store().begin(number.on()?, None).await?;
    Ok(number)
}

pub(super) async fn every_number_that_ends_takes_one_off_the_count_of_its_order(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (order, mut numbers) = opened(ground, 4).await?;
    let (other, _) = opened(ground, 4).await?;
    let (mut open, mut refusals) = (4, 0);
    for (number, refused) in numbers.iter_mut().zip([false, true, false, true]) {
        close(ground, number, refused).await?;
        (open, refusals) = (open - 1, refusals + u32::from(refused));
        assert_eq!(counts(ground, &order).await?, Some((open, refusals)));
        let row = ground.store().row(number.id()).await?;
        assert_eq!(row.map(|row| row.seq), Some(2), "the number's own row");
    }
    assert_eq!(
        counts(ground, &other).await?,
        Some((4, 0)),
        "another order's count"
    );
    Ok(())
}

pub(super) async fn a_number_whose_append_is_taken_takes_nothing_off(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (order, numbers) = opened(ground, 2).await?;
    for number in numbers.iter().take(1) {
        close(ground, &mut number.clone(), false).await?;
        for _ in 0..2 {
            match close(ground, &mut number.clone(), true).await {
                Err(error) if is_taken(&error) => {}
                other => anyhow::bail!("seq 2 is taken, and the answer was {other:?}"),
            }
        }
    }
    assert_eq!(counts(ground, &order).await?, Some((1, 0)));
    // Nor does one that is refused because it would open the count again.
    let mut late = order.clone();
    late.row.seq -= 1;
    let mut opens = late.on()?;
    opens.numbers = NumbersCount::Opens(9);
    assert!(matches!(
        ground.store().append(opens).await,
        Err(StoreError::Taken { .. })
    ));
    assert_eq!(counts(ground, &order).await?, Some((1, 0)));
    Ok(())
}

fn is_taken(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(StoreError::Taken { .. }))
}

pub(super) async fn the_count_never_falls_below_zero(ground: &dyn Ground) -> anyhow::Result<()> {
    let (order, mut numbers) = opened(ground, 3).await?;
    let mut late = order.clone();
    let mut opens = late.on()?;
    opens.numbers = NumbersCount::Opens(1);
    ground.store().append(opens).await?;
    for (number, open) in numbers.iter_mut().zip([0, 0, 0]) {
        close(ground, number, false).await?;
        assert_eq!(counts(ground, &order).await?, Some((open, 0)));
        let row = ground.store().row(number.id()).await?;
        assert_eq!(
            row.map(|row| row.seq),
            Some(2),
            "the number's end was not recorded"
        );
    }
    Ok(())
}

pub(super) async fn numbers_that_end_at_once_are_all_counted(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (order, numbers) = opened(ground, MANY + 2).await?;
    let (elsewhere, _) = ground.elsewhere().await?;
    let mut tasks = Vec::new();
    // Each end is tried twice at once: one of the two is taken.
    for (mut number, at) in numbers.into_iter().zip(0..MANY) {
        let mut end = number.on()?;
        let parent = order.id().clone();
        end.numbers = NumbersCount::Closes {
            parent,
            refused: at % 3 == 0,
        };
        for store in [ground.store(), elsewhere.clone()] {
            let end = end.clone();
            tasks.push(async move {
                match store.append(end).await {
                    Ok(()) => anyhow::Ok(true),
                    Err(StoreError::Taken { .. }) => Ok(false),
                    Err(error) => Err(error.into()),
                }
            });
        }
    }
    let ended = together(tasks)
        .await?
        .into_iter()
        .filter(|ended| *ended)
        .count();
    assert_eq!(ended, usize::try_from(MANY)?);
    assert_eq!(counts(ground, &order).await?, Some((2, MANY.div_ceil(3))));
    Ok(())
}

pub(super) async fn an_order_that_is_written_to_meanwhile_loses_no_count(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (mut order, numbers) = opened(ground, MANY / 2).await?;
    let mut tasks = Vec::new();
    for mut number in numbers {
        let (store, mut end) = (ground.store(), number.on()?);
        end.numbers = NumbersCount::Closes {
            parent: order.id().clone(),
            refused: true,
        };
        tasks.push(tokio::spawn(async move { store.append(end).await }));
    }
    for _ in 0..10 {
        ground.store().append(order.on()?).await?;
    }
    for task in tasks {
        task.await??;
    }
    assert_eq!(counts(ground, &order).await?, Some((0, MANY / 2)));
    let row = ground.store().row(order.id()).await?;
    assert_eq!(
        row.map(|row| row.seq),
        Some(order.row.seq),
        "a count moved the row back"
    );
    Ok(())
}

pub(super) async fn a_number_that_is_cancelled_is_counted_there_and_nowhere_else(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let (order, mut numbers) = opened(ground, 4).await?;
    let all = async || {
        let row = ground.store().row(order.id()).await?;
        let count = |row: platform::store::Row| {
            [row.open_numbers, row.refused_numbers, row.cancelled_numbers]
        };
        anyhow::Ok(row.map(count))
    };
    let ends = [
        None,
        Some(NumberEnd::Assigned),
        Some(NumberEnd::Refused),
        Some(NumberEnd::Refused),
    ];
    for (number, end) in numbers.iter_mut().zip(ends) {
        if let Some(end) = end {
            close(ground, number, end == NumberEnd::Refused).await?;
        }
    }
    assert_eq!(all().await?, Some([1, 2, 0]));
    let after = [[0, 2, 1], [0, 2, 2], [0, 1, 3], [0, 0, 4]];
    for ((number, counted), after) in numbers.iter_mut().zip(ends).zip(after) {
        let mut late = number.clone();
        for (number, is_first) in [(number, true), (&mut late, false)] {
            let mut cancels = number.on()?;
            cancels.numbers = NumbersCount::Cancels {
                parent: order.id().clone(),
                counted,
            };
            let written = ground.store().append(cancels).await;
            assert_eq!(written.is_ok(), is_first, "{written:?}");
            assert_eq!(all().await?, Some(after));
        }
    }
    Ok(())
}

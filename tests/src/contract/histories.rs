//! What a history holds comes back as it was, however much and whatever it is.

use std::time::Duration;

use platform::store::{Append, NumbersCount, Row};
use registration::chain::{self, Broken, Hash, StoredEvent};
use registration::patience::later;
use registration::{Actor, Event, Round, Status, Step, TraceId, upcast};
use serde_json::{Value, json};

use super::Ground;
use super::made::{Story, together};

const MANY: usize = 1_050;

/// A history whose events say these bodies, written and read back.
async fn read_back(
    ground: &dyn Ground,
    bodies: Vec<Value>,
) -> anyhow::Result<(Story, Vec<StoredEvent>)> {
    let mut story = Story::new(ground.clock().now())?;
    let mut written = Vec::new();
    for body in bodies {
        let append = story.next(body)?;
        written.push(append.event.clone());
        match append.event.seq {
            1 => drop(ground.store().begin(append, None).await?),
            _ => ground.store().append(append).await?,
        }
    }
    let history = ground.store().history(story.id()).await?;
    assert_eq!(history.len(), written.len());
    for (read, written) in history.iter().zip(&written) {
        assert_eq!(read, written);
        // `-0.0` is equal to `0.0`; as a text it is another.
        assert_eq!(read.facts.to_string(), written.facts.to_string());
    }
    chain::verify(story.id(), &history, Some(story.row.seq))?;
    Ok((story, history))
}

pub(super) async fn a_history_of_more_than_a_megabyte_is_read_whole_and_in_order(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let text = "Text me about my appointments. ".repeat(36);
    let bodies = (0..MANY)
        .map(|at| json!({ "at": at, "text": text }))
        .collect();
    let (_, history) = read_back(ground, bodies).await?;
    let size: usize = history
        .iter()
        .map(|event| event.facts.to_string().len())
        .sum();
    assert!(size > 1024 * 1024, "only {size} bytes");
    Ok(())
}

pub(super) async fn an_answer_of_60_kib_comes_back_as_it_was(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let text: String = "a\"\\\n\u{1F4F1}é".chars().cycle().take(20_000).collect();
    let one = json!({ "text": "x".repeat(60 * 1024) });
    let many = json!({ "entries": (0..4_000).map(|at| json!([at, "entry"])).collect::<Vec<_>>() });
    read_back(ground, vec![one, json!({ "text": text }), many]).await?;
    Ok(())
}

pub(super) async fn the_chain_holds_after_reading_back_and_shows_a_change(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let bodies = (0..10)
        .map(|at| json!({ "z": at, "a": { "y": [at], "b": null } }))
        .collect();
    let (story, mut history) = read_back(ground, bodies).await?;
    if let Some(event) = history.get_mut(4) {
        event.facts = json!([]);
    }
    let broken = chain::verify(story.id(), &history, Some(10));
    assert_eq!(
        broken,
        Err(Broken::Changed {
            registration: story.id().clone(),
            seq: 5
        })
    );
    Ok(())
}

pub(super) async fn every_kind_of_text_comes_back_as_it_was(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let texts = [
        "",
        " ",
        "\0",
        "a\0b",
        "\u{1}\u{1f}\u{7f}",
        "\r\n\t",
        "\"",
        "\\",
        "'; DROP TABLE events; --",
        "é",
        "e\u{301}",
        "ß",
        "漢字",
        "שלום",
        "\u{202e}right to left",
        "\u{1F468}\u{200D}\u{1F469}",
        "\u{FEFF}",
        "\u{FFFD}",
        "\u{FFFF}",
        "\u{10FFFF}",
        "\u{2028}",
        "null",
        "true",
        "1e5",
        "{}",
        "2027-01-15T08:00:00Z",
        "</script>",
    ];
    let bodies = texts
        .iter()
        .map(|text| json!({ "value": text, (*text): "key" }))
        .collect();
    read_back(ground, bodies).await?;
    Ok(())
}

pub(super) async fn null_empty_and_deeply_nested_json_comes_back_as_it_was(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let mut deep = json!("bottom");
    for level in 0..100 {
        deep = if level % 2 == 0 {
            json!([deep])
        } else {
            json!({ "in": deep })
        };
    }
    let plain = [
        json!(null),
        json!(true),
        json!(false),
        json!(""),
        json!([]),
        json!({}),
        deep,
    ];
    let mut bodies = plain.to_vec();
    bodies.push(json!(plain));
    bodies.push(json!([[], [[]], {}, { "": {} }, { "": null, "a": [null, null, {}], "b": "" }]));
    bodies.push(json!([1, "1", true, [1], { "1": 1 }]));
    read_back(ground, bodies).await?;
    Ok(())
}

pub(super) async fn whole_numbers_of_64_bits_come_back_as_they_were(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let large = [
        u64::MAX,
        u64::MAX - 1,
        1 << 63,
        (1 << 53) + 1,
        1 << 53,
        1,
        0,
    ];
    let small = [i64::MIN, i64::MIN + 1, -(1 << 53) - 1, -1];
    read_back(
        ground,
        vec![json!(large), json!(small), json!(u64::MAX), json!(i64::MIN)],
    )
    .await?;
    Ok(())
}

pub(super) async fn fractions_come_back_to_the_last_digit(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    // The first row are those that a parser gets wrong by one last digit if it
    // is a little careless.
    let fractions = [
        90.828_874_958_769_19,
        98.175_992_008_365_27,
        4.115_622_850_065_693e-104,
        0.1,
        0.3,
        1.0,
        -1.0,
        0.0,
        -0.0,
        1.5e9,
        1e16,
        1e300,
        -1e-300,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        12.34,
        1.0 / 3.0,
        2.0 / 3.0,
        f64::EPSILON,
    ];
    let mut bodies: Vec<Value> = fractions.iter().map(|fraction| json!(fraction)).collect();
    bodies.push(json!(
        (1..500).map(|at| f64::from(at) / 7.0).collect::<Vec<_>>()
    ));
    read_back(ground, bodies).await?;
    Ok(())
}

pub(super) async fn facts_of_a_later_version_are_given_back_unread(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let mut story = Story::new(ground.clock().now())?;
    let first = story.on()?;
    ground.store().begin(first.clone(), None).await?;
    let mut written = vec![first.event];
    let facts = [
        json!([{ "fact": "teleported", "to": [1, 2] }]),
        json!({ "not": "a list" }),
        json!(7),
    ];
    for (facts, version) in facts.into_iter().zip([2, 99, u16::MAX]) {
        let Append { mut event, row, .. } = story.on()?;
        (event.facts, event.version) = (facts, version);
        event.hash = Hash::stored("f".repeat(64));
        written.push(event.clone());
        ground
            .store()
            .append(Append {
                event,
                row,
                numbers: NumbersCount::Unchanged,
                parked: 0,
                leaves_row: false,
                claims: Vec::new(),
            })
            .await?;
    }
    let history = ground.store().history(story.id()).await?;
    assert_eq!(history, written);
    let read: Vec<Result<Event, _>> = history.into_iter().map(upcast::open).collect();
    assert_eq!(
        read.iter().filter(|event| event.is_ok()).count(),
        1,
        "{read:?}"
    );
    Ok(())
}

pub(super) async fn every_field_of_a_row_comes_back_as_it_was(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let now = ground.clock().now();
    let steps = [
        None,
        Some(Step::Brand),
        Some(Step::Campaign),
        Some(Step::Numbers),
        Some(Step::Number),
    ];
    let errors = [
        None,
        Some(String::new()),
        Some("é\"'\\\n漢字".repeat(1_000)),
        Some("null".to_owned()),
    ];
    let mut tasks = Vec::new();
    for (at, status) in Status::ALL.into_iter().cycle().take(20).enumerate() {
        let mut story = Story::new(now)?;
        let milliseconds = Duration::from_millis(u64::try_from(at)? * 86_400_123 + 7);
        story.row.status = status;
        story.row.step = steps.get(at % steps.len()).copied().flatten();
        story.row.round = (0..at).fold(Round::FIRST, |round, _| round.next());
        story.row.due_at = (at % 3 > 0).then(|| later(now, milliseconds));
        story.row.awaits_answer = at % 2 == 0;
        story.row.last_error = errors.get(at % errors.len()).cloned().flatten();
        story.row.received_at = later(now, milliseconds);
        let Append {
            mut event,
            row,
            numbers,
            parked,
            leaves_row,
            claims,
        } = story.on()?;
        event.actor = Actor::operator("Zoë 'Z' \u{1F4F1}");
        event.trace = TraceId::new(u128::MAX);
        let (store, begun) = (
            ground.store(),
            Append {
                event,
                row,
                numbers,
                parked,
                leaves_row,
                claims,
            },
        );
        tasks.push(async move {
            store.begin(begun.clone(), None).await?;
            assert_eq!(store.row(&begun.row.id).await?, Some(begun.row.clone()));
            assert_eq!(store.history(&begun.row.id).await?, [begun.event]);
            // What was there before leaves no trace in what comes after it.
            let row = Row {
                last_error: None,
                due_at: None,
                step: None,
                ..story.row.clone()
            };
            let Append { event, .. } = story.on()?;
            let row = Row { seq: 2, ..row };
            let numbers = NumbersCount::Unchanged;
            store
                .append(Append {
                    event,
                    row: row.clone(),
                    numbers,
                    parked: 0,
                    leaves_row: false,
                    claims: Vec::new(),
                })
                .await?;
            assert_eq!(store.row(&row.id).await?, Some(row));
            anyhow::Ok(())
        });
    }
    together(tasks).await?;
    Ok(())
}

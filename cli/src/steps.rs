//! `registrar steps`: the list of steps, from the one place where it is written.

use comfy_table::{Table, presets};
use registration::Step;

/// Prints every step in order: a table for people, JSON for infrastructure.
pub(crate) fn steps(json: bool) -> anyhow::Result<()> {
    let cards: Vec<_> = Step::ALL.iter().map(|step| step.card()).collect();
    if json {
        println!("{}", serde_json::to_string_pretty(&cards)?);
        return Ok(());
    }
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header([
        "Step",
        "Function",
        "We send",
        "Who answers",
        "Takes",
        "What can go wrong",
    ]);
    for card in cards {
        table.add_row([
            card.name,
            card.function,
            card.sends,
            card.answers,
            card.takes,
            card.goes_wrong,
        ]);
    }
    println!("{table}");
    Ok(())
}

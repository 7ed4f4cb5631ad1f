//! Tables for a person: as wide as the terminal, long texts wrapped, ids whole.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ColumnConstraint, ContentArrangement, Table};

/// The width where there is no terminal and `COLUMNS` says nothing.
const WIDTH: u16 = 120;

/// A table of these columns. Those that end in `!` are never wrapped: ids, which people
/// copy, and statuses, which are one word.
pub(crate) fn table(columns: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    match (columns_of_window(), table.is_tty()) {
        (Some(width), _) => table.set_width(width),
        (None, false) => table.set_width(WIDTH),
        (None, true) => &mut table,
    };
    table.set_header(columns.iter().map(|name| name.trim_end_matches('!')));
    for (column, name) in table.column_iter_mut().zip(columns) {
        if name.ends_with('!') {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    table
}

/// What the shell says of the window.
#[allow(
    clippy::disallowed_methods,
    reason = "the width of a window is no setting of the platform"
)]
fn columns_of_window() -> Option<u16> {
    std::env::var("COLUMNS").ok()?.parse().ok()
}

//! The columns of a CSV file of orders: JSON pointers into the order, and how the cells under
//! them become its document.
//!
//! Which fields an order has, and which of them are true or false, is read from the API's own
//! schema of it: a field that is added there is a column here.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context as _;
use serde_json::{Map, Value};

/// The column that holds the row's own Idempotency-Key.
const KEY: &str = "idempotency_key";

/// Lists that can stand in one cell, because no entry of theirs has a space in it.
const SPACED: [&str; 2] = ["/numbers", "/campaign/subUsecases"];

/// Names of fields that are close to one that is not known.
const MOST_NEAR: usize = 3;

/// How much of a header cell is repeated: it may be no name but a person's text.
const SHOWN: usize = 60;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Flag,
    /// A list of texts, and its most entries.
    List(usize),
}

/// Every field that an order can have, by its pointer.
#[derive(Debug)]
pub struct Known(BTreeMap<String, Kind>);

impl Known {
    /// The fields of the API's schema.
    pub fn fields() -> anyhow::Result<Self> {
        let document = serde_json::to_value(api::openapi()).context("the schema of an order")?;
        let mut known = BTreeMap::new();
        let order = document
            .pointer("/components/schemas/OrderDocument")
            .context("the schema of an order is not in the API's description")?;
        collect(&document, order, "", &mut known);
        Ok(Self(known))
    }

    fn column(&self, name: &str) -> Option<Column> {
        if name == KEY {
            return Some(Column::Key);
        }
        let path = |pointer: &str| -> Path {
            let names = pointer.split('/').skip(1);
            names.map(str::to_owned).collect()
        };
        match self.0.get(name) {
            Some(Kind::Text) => return Some(Column::Text(path(name))),
            Some(Kind::Flag) => return Some(Column::Flag(path(name))),
            Some(Kind::List(_)) => {
                return SPACED.contains(&name).then(|| Column::Spaced(path(name)));
            }
            None => {}
        }
        let (list, place) = name.rsplit_once('/')?;
        let index: usize = place.parse().ok()?;
        let is_place = matches!(self.0.get(list), Some(Kind::List(most)) if index < *most)
            && place == index.to_string();
        is_place.then(|| Column::Entry(path(list), index))
    }

    /// What somebody may have meant.
    fn near(&self, name: &str) -> Vec<String> {
        let name = name.to_lowercase();
        let columns = self.0.iter().map(|(pointer, kind)| match kind {
            Kind::List(_) if !SPACED.contains(&pointer.as_str()) => format!("{pointer}/0"),
            _ => pointer.clone(),
        });
        let mut near: Vec<_> = columns
            .chain([KEY.to_owned()])
            .map(|column| {
                let whole = column.to_lowercase();
                let last = whole.rsplit('/').next().unwrap_or_default();
                let alike = strsim::normalized_damerau_levenshtein(&whole, &name)
                    .max(strsim::normalized_damerau_levenshtein(last, &name));
                (alike, column)
            })
            .filter(|(alike, _)| *alike > 0.6)
            .collect();
        near.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        near.truncate(MOST_NEAR);
        near.into_iter().map(|(_, column)| column).collect()
    }
}

fn collect(document: &Value, schema: &Value, at: &str, known: &mut BTreeMap<String, Kind>) {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        if let Some(schema) = document.pointer(name.trim_start_matches('#')) {
            collect(document, schema, at, known);
        }
        return;
    }
    for one in list(schema, "oneOf").chain(list(schema, "anyOf")) {
        collect(document, one, at, known);
    }
    if let Some(fields) = schema.get("properties").and_then(Value::as_object) {
        for (name, schema) in fields {
            collect(document, schema, &format!("{at}/{name}"), known);
        }
        return;
    }
    let kind = match schema.get("type").and_then(Value::as_str) {
        Some("string") => Kind::Text,
        Some("boolean") => Kind::Flag,
        Some("array") => {
            let most = schema.get("maxItems").and_then(Value::as_u64);
            let most = most.and_then(|most| usize::try_from(most).ok());
            Kind::List(most.unwrap_or_default())
        }
        _ => return,
    };
    known.insert(at.to_owned(), kind);
}

fn list<'a>(schema: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    let entries = schema.get(name).and_then(Value::as_array);
    entries.into_iter().flatten()
}

type Path = Vec<String>;

#[derive(Debug, PartialEq, Eq)]
enum Column {
    Text(Path),
    Flag(Path),
    Entry(Path, usize),
    Spaced(Path),
    Key,
}

/// The first row of a CSV file.
#[derive(Debug)]
pub struct Header(Vec<Column>);

/// What a row holds.
#[derive(Debug, PartialEq)]
pub struct Row {
    /// The order's document.
    pub document: Value,
    /// The row's own key, if it has one.
    pub key: Option<String>,
}

impl Header {
    /// Takes the first row. Gives everything that is wrong with it.
    pub fn read(row: &[u8], known: &Known) -> Result<Self, Vec<String>> {
        let cells = cells(row).map_err(|why| vec![why])?;
        let mut problems = Vec::new();
        let mut columns: Vec<Column> = Vec::with_capacity(cells.len());
        let mut places: HashMap<&str, usize> = HashMap::with_capacity(cells.len());
        let mut whole: HashMap<Path, bool> = HashMap::new();
        for (place, name) in (1..).zip(cells.iter().map(|cell| cell.trim())) {
            if let Some(before) = places.insert(name, place).filter(|_| !name.is_empty()) {
                let name = shown(name);
                problems.push(format!(
                    "columns {before} and {place} are both {name}: keep one of them"
                ));
                continue;
            }
            let Some(column) = known.column(name) else {
                problems.push(unknown(place, name, known));
                continue;
            };
            let list = match &column {
                Column::Spaced(path) => Some((path, true)),
                Column::Entry(path, _) => Some((path, false)),
                _ => None,
            };
            if let Some((path, is_whole)) = list
                && *whole.entry(path.clone()).or_insert(is_whole) != is_whole
            {
                let list = path.join("/");
                problems.push(format!(
                    "column {place}, {name}: the list /{list} stands in one column or in one for \
                     each entry, not in both"
                ));
            }
            columns.push(column);
        }
        match problems.is_empty() {
            true => Ok(Self(columns)),
            false => Err(problems),
        }
    }

    /// Takes a row. The reason, if it cannot be, is a sentence that repeats no cell.
    pub fn row(&self, row: &[u8]) -> Result<Row, String> {
        let cells = cells(row)?;
        if cells.len() != self.0.len() {
            return Err(format!(
                "it has {} cells and the header {}: put texts with commas in quotes",
                cells.len(),
                self.0.len()
            ));
        }
        let mut document = Map::new();
        let mut lists: BTreeMap<&Path, BTreeMap<usize, Value>> = BTreeMap::new();
        let mut key = None;
        for (column, cell) in self.0.iter().zip(cells) {
            if cell.trim().is_empty() {
                continue;
            }
            match column {
                Column::Text(path) => put(&mut document, path, Value::String(cell)),
                Column::Flag(path) => put(&mut document, path, flag(cell)),
                Column::Entry(path, index) => {
                    let list = lists.entry(path).or_default();
                    list.insert(*index, Value::String(cell));
                }
                Column::Spaced(path) => {
                    let entries = cell.split_whitespace().map(Value::from).collect();
                    put(&mut document, path, Value::Array(entries));
                }
                Column::Key => key = Some(key_of(cell.trim())?),
            }
        }
        for (path, entries) in lists {
            // An entry that is not given leaves no gap: rows have lists of different lengths.
            let entries = entries.into_values().collect();
            put(&mut document, path, Value::Array(entries));
        }
        let document = Value::Object(document);
        Ok(Row { document, key })
    }
}

fn unknown(place: usize, name: &str, known: &Known) -> String {
    if name.is_empty() {
        return format!("column {place} has no name: name its field, or remove the column");
    }
    if name == "account" {
        return format!(
            "column {place}, account: every order of one command is for one account, which \
             --account names; remove the column"
        );
    }
    if name.contains(';') {
        return format!("column {place}: cells are separated by commas here, not by semicolons");
    }
    let near = known.near(name);
    let advice = match near.is_empty() {
        true => "name it by its JSON pointer in the order, such as /brand/displayName".to_owned(),
        false => format!("nearest is {}", near.join(", ")),
    };
    format!(
        "column {place}, {}: an order has no such field; {advice}",
        shown(name)
    )
}

fn shown(name: &str) -> String {
    match name.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}

/// Spreadsheets write TRUE and FALSE. Whatever else is there stays a text, and the order's own
/// rules say that it is none of the two.
fn flag(cell: String) -> Value {
    match cell.trim().to_ascii_lowercase().as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => Value::String(cell),
    }
}

/// The form that the API asks of the header Idempotency-Key.
fn key_of(cell: &str) -> Result<String, String> {
    let fits = cell.len() <= 255 && cell.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| cell.to_owned()).ok_or_else(|| {
        "its idempotency_key must be 1 to 255 visible ASCII characters without spaces".to_owned()
    })
}

fn put(fields: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [name] => {
            fields.insert(name.clone(), value);
        }
        [name, rest @ ..] => {
            let part = fields.entry(name.as_str());
            let part = part.or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(part) = part {
                put(part, rest, value);
            }
        }
    }
}

fn cells(row: &[u8]) -> Result<Vec<String>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        // The rows are taken apart already: what else looks like an end of one is text.
        .terminator(csv::Terminator::Any(b'\n'))
        .buffer_capacity(row.len().clamp(1, 64 * 1024))
        .from_reader(row);
    let mut cells = csv::ByteRecord::new();
    let read = reader.read_byte_record(&mut cells);
    read.map_err(|_| "its cells cannot be told apart: check its quotes".to_owned())?;
    let texts = (1..).zip(cells.iter()).map(|(place, cell)| {
        let text = String::from_utf8(cell.to_vec());
        text.map_err(|_| format!("its cell {place} is not UTF-8: save the file as CSV UTF-8"))
    });
    texts.collect()
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use registration::order::{Order, Rule};
    use serde_json::json;

    use super::super::records::{Form, Records};
    use super::*;

    /// Made once: the schema of the whole API is made for it.
    static KNOWN: LazyLock<Known> = LazyLock::new(|| Known::fields().unwrap());

    fn header(text: &str) -> Result<Header, Vec<String>> {
        Header::read(text.as_bytes(), &KNOWN)
    }

    fn wrong(text: &str) -> String {
        header(text).unwrap_err().join("\n")
    }

    #[test]
    fn every_column_is_a_field_that_an_order_has_and_its_cells_are_of_its_type() {
        for (pointer, kind) in KNOWN.0.clone() {
            let (column, cell) = match kind {
                Kind::Text => (pointer.clone(), "x"),
                Kind::Flag => (pointer.clone(), "true"),
                Kind::List(most) => (format!("{pointer}/{}", most - 1), "x"),
            };
            let row = header(&column).unwrap().row(cell.as_bytes()).unwrap();
            let problems = Order::read(&row.document).unwrap_err();
            for problem in problems
                .iter()
                .filter(|one| one.pointer.starts_with(&pointer))
            {
                assert!(
                    ![Rule::UnknownField, Rule::WrongType].contains(&problem.rule),
                    "{column}: {problem:?}"
                );
            }
        }
    }

    #[test]
    fn the_columns_know_every_field_of_the_sample_orders() {
        let known = &*KNOWN;
        for text in [
            include_str!("../../../tests/orders/cedar-street-dental.json"),
            include_str!("../../../tests/orders/rosa-garden-design.json"),
            include_str!("../../../tests/orders/northwind-outfitters.json"),
        ] {
            let order: Value = serde_json::from_str(text).unwrap();
            for pointer in leaves(&order, String::new()).into_iter().map(|leaf| leaf.0) {
                assert!(known.column(&pointer).is_some(), "{pointer}");
            }
        }
    }

    #[test]
    fn an_unknown_column_is_told_with_its_place_and_the_nearest_names() {
        let said = wrong("/brand/ein,/brand/dispalyName,displayname");
        assert!(said.contains("column 2, /brand/dispalyName"), "{said}");
        assert_eq!(said.matches("nearest is /brand/displayName").count(), 2);
        for (name, advice) in [
            ("account", "--account names"),
            ("/numbers/5000", "no such field"),
            ("/campaign/samples", "/campaign/samples/0"),
            ("/campaign/samples/01", "no such field"),
            ("Is there any of this?", "by its JSON pointer"),
            ("/brand/ein,", "column 2 has no name"),
            ("/brand/ein;/brand/city", "by commas"),
        ] {
            assert!(wrong(name).contains(advice), "{name}: {}", wrong(name));
        }
    }

    #[test]
    fn two_columns_for_one_field_are_refused() {
        assert!(wrong("/brand/ein,/brand/ein").contains("columns 1 and 2 are both /brand/ein"));
        assert!(wrong("/numbers,/numbers/0").contains("not in both"));
    }

    #[test]
    fn cells_are_typed_by_their_field_and_an_empty_one_is_not_given() {
        let header = header(
            "/brand/ein,/campaign/ageGated,/campaign/numberPool,/numbers,/campaign/samples/1,\
             /campaign/samples/0,/brand/city,idempotency_key",
        );
        let row = "914820367,TRUE,false,+12065550101  +12065550102,b,\"a,\nb\", ,k-1";
        let read = header.unwrap().row(row.as_bytes()).unwrap();
        let expected = json!({
            "brand": { "ein": "914820367" },
            "campaign": { "ageGated": true, "numberPool": false, "samples": ["a,\nb", "b"] },
            "numbers": ["+12065550101", "+12065550102"],
        });
        assert_eq!(read.document, expected);
        assert_eq!(read.key.as_deref(), Some("k-1"));
    }

    #[test]
    fn a_row_that_does_not_fit_its_header_says_why_and_repeats_no_cell() {
        let header = header("/brand/ein,idempotency_key").unwrap();
        for (row, why) in [
            (&b"914820367"[..], "it has 1 cells and the header 2"),
            (b"914820367,a,b", "it has 3 cells and the header 2"),
            (b"91\xff4820367,a", "its cell 1 is not UTF-8"),
            (b"914820367,a b", "its idempotency_key must be"),
        ] {
            let said = header.row(row).unwrap_err();
            assert!(said.contains(why) && !said.contains("4820367"), "{said}");
        }
    }

    fn leaves(value: &Value, at: String) -> Vec<(String, String)> {
        match value {
            Value::Object(fields) => {
                let fields = fields.iter();
                fields
                    .flat_map(|(name, value)| leaves(value, format!("{at}/{name}")))
                    .collect()
            }
            Value::Array(entries) => {
                let entries = entries.iter().enumerate();
                entries
                    .flat_map(|(index, value)| leaves(value, format!("{at}/{index}")))
                    .collect()
            }
            Value::String(text) => vec![(at, text.clone())],
            other => vec![(at, other.to_string())],
        }
    }

    /// Any document that has at least one field: what its fields say is not asked here.
    fn documents() -> impl Strategy<Value = Value> {
        let text = "[ \"',;\\r\\n a-zé0-9]{0,12}[!-~][ \"',;\\r\\n a-zé0-9]{0,12}";
        let fields: Vec<_> = KNOWN.0.clone().into_iter().collect();
        let field = proptest::sample::select(fields).prop_flat_map(move |(pointer, kind)| {
            let value = match kind {
                Kind::Text => text.prop_map(Value::from).boxed(),
                Kind::Flag => any::<bool>().prop_map(Value::from).boxed(),
                Kind::List(most) => proptest::collection::vec(text, 1..=most.min(5))
                    .prop_map(Value::from)
                    .boxed(),
            };
            (Just(pointer), value)
        });
        proptest::collection::vec(field, 1..20).prop_map(|fields| {
            let mut document = Map::new();
            for (pointer, value) in fields {
                let path: Vec<_> = pointer.split('/').skip(1).map(str::to_owned).collect();
                put(&mut document, &path, value);
            }
            Value::Object(document)
        })
    }

    proptest! {
        #[test]
        fn a_row_reads_as_the_document_that_it_was_written_from(document in documents()) {
            let leaves = leaves(&document, String::new());
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(leaves.iter().map(|(pointer, _)| pointer)).unwrap();
            writer.write_record(leaves.iter().map(|(_, cell)| cell)).unwrap();
            let file = writer.into_inner().unwrap();
            let mut records =
                Records::new(&file[..], Form::Row)
                    .unwrap();
            let first = records.read().unwrap().unwrap();
            let header = Header::read(&first.bytes, &KNOWN).unwrap();
            let row = records.read().unwrap().unwrap();
            prop_assert_eq!(row.trouble, None);
            prop_assert_eq!(header.row(&row.bytes).unwrap().document, document);
            prop_assert!(records.read().unwrap().is_none());
        }
    }
}

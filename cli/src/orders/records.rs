//! Takes a file apart into its records: lines, or the rows of a CSV file, whose cells may hold
//! line breaks in quotes.
//!
//! The rows are found here, and only their cells by the `csv` crate: a quote that nobody closes
//! must neither be read into memory without end nor cost more than the rows that it swallows.

use std::io::{self, BufRead, Chain, Cursor, Read};

/// The largest record that is read, in bytes: what the API takes as one order.
pub const LARGEST: usize = api::LARGEST_BODY;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A line.
    Line,
    /// A row of a CSV file.
    Row,
}

/// One record, without the line break at its end.
#[derive(Debug, PartialEq, Eq)]
pub struct Record {
    /// The line that it begins in, from 1.
    pub line: u64,
    /// Its bytes, up to the bound.
    pub bytes: Vec<u8>,
    /// Why it cannot be read, if so.
    pub trouble: Option<String>,
}

impl Record {
    /// Whether there is nothing in it: an empty line, or a row of empty cells, as spreadsheets
    /// leave them at the end.
    pub fn is_blank(&self, form: Form) -> bool {
        let blank = |byte: &u8| match form {
            Form::Line => byte.is_ascii_whitespace(),
            Form::Row => byte.is_ascii_whitespace() || matches!(byte, b',' | b'"'),
        };
        self.trouble.is_none() && self.bytes.iter().all(blank)
    }
}

/// The records of an input, one after the other.
pub struct Records<R> {
    input: Chain<Cursor<Vec<u8>>, R>,
    form: Form,
    line: u64,
}

/// Where in a row the reader is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    CellBegins,
    Bare,
    Quoted,
    /// After a quote in quotes: the cell is over, or it is the first of two that stand for one.
    QuoteEnds,
}

impl<R: BufRead> Records<R> {
    /// The records of this input; a byte order mark before them is passed over.
    pub fn new(mut input: R, form: Form) -> io::Result<Self> {
        let mut first = Vec::with_capacity(BYTE_ORDER_MARK.len());
        let mark = u64::try_from(BYTE_ORDER_MARK.len()).unwrap_or_default();
        (&mut input).take(mark).read_to_end(&mut first)?;
        if first == BYTE_ORDER_MARK {
            first.clear();
        }
        Ok(Self {
            input: Cursor::new(first).chain(input),
            form,
            line: 1,
        })
    }

    /// The next record; none at the end.
    pub fn read(&mut self) -> io::Result<Option<Record>> {
        let mut record = Record {
            line: self.line,
            bytes: Vec::new(),
            trouble: None,
        };
        let mut place = Place::CellBegins;
        let mut began = false;
        loop {
            let buffer = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            if buffer.is_empty() {
                if place == Place::Quoted && self.form == Form::Row {
                    let why = "a quote is opened in this row and not closed before the file ends";
                    record.trouble.get_or_insert_with(|| why.to_owned());
                }
                return Ok(began.then_some(record));
            }
            began = true;
            let mut read = 0;
            let mut is_over = false;
            for byte in buffer {
                read += 1;
                if *byte == b'\n' {
                    self.line += 1;
                    if self.form == Form::Line || place != Place::Quoted {
                        is_over = true;
                        break;
                    }
                }
                if self.form == Form::Row {
                    place = record.step(place, *byte);
                }
                record.keep(*byte, place);
            }
            self.input.consume(read);
            if is_over {
                if record.bytes.last() == Some(&b'\r') {
                    record.bytes.pop();
                }
                return Ok(Some(record));
            }
        }
    }
}

impl Record {
    fn step(&mut self, place: Place, byte: u8) -> Place {
        match (place, byte) {
            (Place::Quoted, b'"') => Place::QuoteEnds,
            (Place::Quoted, _) => Place::Quoted,
            (Place::CellBegins | Place::QuoteEnds, b'"') => Place::Quoted,
            (_, b',') => Place::CellBegins,
            (Place::QuoteEnds, b'\r') => Place::QuoteEnds,
            (Place::QuoteEnds, _) => {
                let why = "after the quote that ends a cell there is more text: write a quote \
                           inside a cell twice";
                self.trouble.get_or_insert_with(|| why.to_owned());
                Place::Bare
            }
            (Place::CellBegins | Place::Bare, _) => Place::Bare,
        }
    }

    fn keep(&mut self, byte: u8, place: Place) {
        if self.bytes.len() < LARGEST {
            self.bytes.push(byte);
            return;
        }
        let quote = match place {
            Place::Quoted => "; is a quote in it not closed?",
            _ => "",
        };
        let why = format!("it is larger than {LARGEST} bytes, the most an order may have{quote}");
        self.trouble.get_or_insert(why);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8], form: Form) -> Vec<Record> {
        // Two bytes at a time: nothing may depend on where a buffer ends.
        let input = io::BufReader::with_capacity(2, text);
        let mut records = Records::new(input, form).unwrap();
        let mut all = Vec::new();
        while let Some(record) = records.read().unwrap() {
            all.push(record);
        }
        all
    }

    fn rows(text: &str) -> Vec<(u64, String)> {
        let rows = all(text.as_bytes(), Form::Row).into_iter();
        rows.map(|row| {
            assert_eq!(row.trouble, None, "{text:?}");
            (row.line, String::from_utf8(row.bytes).unwrap())
        })
        .collect()
    }

    #[test]
    fn a_row_ends_at_a_line_break_outside_quotes_and_knows_the_line_it_began_in() {
        assert_eq!(
            rows("a,b\r\n\"x\ny\",\"\"\"\n\"\n5\" pipe,c"),
            [
                (1, "a,b".to_owned()),
                (2, "\"x\ny\",\"\"\"\n\"".to_owned()),
                (5, "5\" pipe,c".to_owned()),
            ]
        );
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_record() {
        assert_eq!(rows("\u{feff}\"a\"\n"), [(1, "\"a\"".to_owned())]);
        assert_eq!(rows("a"), [(1, "a".to_owned())]);
        assert_eq!(rows(""), []);
    }

    #[test]
    fn a_row_that_is_too_large_costs_no_memory_and_no_other_row() {
        let large = "x".repeat(LARGEST + 10);
        let read = all(format!("{large}\nb\n").as_bytes(), Form::Row);
        assert_eq!(read[0].bytes.len(), LARGEST);
        assert!(read[0].trouble.as_ref().unwrap().contains("larger than"));
        assert_eq!((read[1].line, &read[1].bytes[..]), (2, &b"b"[..]));
    }

    #[test]
    fn a_quote_that_is_not_closed_and_text_after_one_that_is_are_told() {
        let read = all(b"a,\"b\nc\n", Form::Row);
        assert!(read[0].trouble.as_ref().unwrap().contains("not closed"));
        let read = all(b"\"a\"b\nc\n", Form::Row);
        assert!(read[0].trouble.as_ref().unwrap().contains("more text"));
        assert_eq!(read[1].trouble, None);
    }

    #[test]
    fn in_lines_quotes_mean_nothing() {
        let read = all(b"\"a\n\r\nb\"", Form::Line);
        assert_eq!(read.len(), 3);
        assert!(read[1].is_blank(Form::Line) && read.iter().all(|line| line.trouble.is_none()));
    }
}

//! Orders in files: CSV, NDJSON, JSON, and directories of these.
//!
//! * `source`: which orders are in what a command line names, read one by one;
//! * `records`: a file as lines or rows; `columns`: a row as an order's document.

pub mod columns;
pub mod records;
pub mod source;

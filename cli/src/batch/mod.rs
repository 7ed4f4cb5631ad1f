//! Many orders at once: `registrar lint` and `registrar submit` of CSV and NDJSON files, and of
//! directories.
//!
//! * `source`: which orders are in what the command line names, read one by one;
//! * `records`: a file as lines or rows; `columns`: a row as an order's document;
//! * `digest`: by what an order is known again;
//! * `lint` and `submit`: what is done with each; `results`: the file that says what became of
//!   it, by which a run that was stopped goes on; `progress` and `stop`: what a person sees of
//!   it and says to it.

mod columns;
mod digest;
pub(crate) mod lint;
mod progress;
mod records;
mod results;
mod source;
mod stop;
pub(crate) mod submit;

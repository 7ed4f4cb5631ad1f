//! Many orders at once: `registrar lint` and `registrar submit` of CSV and NDJSON files, and of
//! directories.
//!
//! * `registrar::orders`: the orders in what the command line names, read one by one;
//! * `digest`: by what an order is known again;
//! * `lint` and `submit`: what is done with each; `results`: the file that says what became of
//!   it, by which a run that was stopped goes on; `progress` and `stop`: what a person sees of
//!   it and says to it.

mod digest;
pub(crate) mod lint;
mod progress;
mod results;
mod stop;
pub(crate) mod submit;

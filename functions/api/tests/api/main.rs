//! The API from outside: the Router, over the embedded default in a file that
//! lasts as long as its test. There is no registry in a platform, so nothing
//! here can reach one; what would reach it later is a message on a queue.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

mod access;
mod amendments;
mod callback;
mod cancellations;
mod confirmations;
mod events;
mod faults;
mod lists;
mod openapi;
mod order_schema;
mod orders;
mod pins;
mod refusals;
mod retries;
mod service;
mod shares;
mod standing;
mod summary;
mod tokens;

#![doc = include_str!("../README.md")]

mod brand;
mod campaign;
mod clock;
mod control;
mod courier;
mod draw;
mod enums;
mod event;
mod fault;
mod fields;
mod gate;
mod in_process;
mod limit;
mod listing;
mod log;
mod number;
mod outcome;
mod refusal;
mod registry;
mod review;
mod routes;
mod server;
mod settings;
mod shelf;
mod store;
mod submissions;
mod verdict;

pub use clock::Elapsed;
pub use fault::{Answer, Calls, Fault};
pub use in_process::{InProcess, Posted};
pub use log::Call;
pub use registry::WebhookCounts;
pub use server::{Simulator, StartError};
pub use settings::{Delivery, Limit, Reviews, Settings, Span, Webhooks};
pub use submissions::Submissions;
pub use verdict::{Confirmation, Verdict};

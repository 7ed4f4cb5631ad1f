//! assign-numbers: every number of an order is a small registration of its own.
//!
//! * [`start`]: the order's step. Starts one registration per number, then
//!   waits for a counter to reach zero.
//! * [`number`]: the number's step. One submission and its verdict, like a brand
//!   or a campaign.

pub mod number;
pub mod start;

pub use number::Number;
pub use start::Start;

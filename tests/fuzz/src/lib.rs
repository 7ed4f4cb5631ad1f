//! What comes from outside, altered at random and handed to the real functions.
//!
//! * `targets`: one module for each kind of input, and what must hold of every one;
//! * `alter`: how an input is made of the corpus; `shrink`: how a failing one is made small;
//! * `trial`: one input: whether it panics, breaks a promise or takes too much memory;
//! * `world`: the platform that targets call: in memory, on one thread.

pub mod alter;
pub mod corpus;
pub mod shrink;
pub mod targets;
pub mod trial;
pub mod world;

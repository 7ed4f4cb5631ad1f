//! The whole platform in one process, for the `registrar` command and for
//! whoever wants to embed it.

pub mod downstream;
pub mod listen;
pub mod orders;
pub mod service;

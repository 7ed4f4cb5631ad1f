//! The whole platform on a virtual clock, with faults drawn from a seed.
//!
//! A run is one seed. The real engine, the real functions and the registry's real client
//! carry orders of every kind from the order to its end, in one thread and in virtual
//! time; whatever may go wrong goes wrong as the seed decides, and what must be true is
//! checked. A seed that is run twice does the same twice.
//!
//! # Layout, in the order to read it
//!
//! * [`plan`]: what one run is to do, and what came of it; [`mod@run`]: the run, `deeds` what
//!   happens in it beside the messages, `judge` what is to be said of it;
//! * [`world`]: what runs in it; [`life`] a worker and the time, [`gate`] what its calls
//!   to store and queue pass, [`wire`] those to the registry;
//! * [`orders`] and [`people`]: what is ordered, and what people do;
//! * [`fault`]: what goes wrong; [`chance`] where that comes from;
//! * [`check`]: what must be true; [`watch`] looks after each event and call;
//! * [`accounts`]: the account's server, which is called back;
//! * [`shrink`]: the smallest run that still fails;
//! * [`trace`]: what happened;
//! * [`small`]: no chance at all, but every order in which few things can happen.

pub mod accounts;
pub mod chance;
pub mod check;
mod deeds;
pub mod fault;
pub mod gate;
mod judge;
pub mod life;
pub mod orders;
pub mod people;
pub mod plan;
pub mod run;
pub mod shrink;
pub mod small;
pub mod trace;
pub mod watch;
pub mod wire;
pub mod world;

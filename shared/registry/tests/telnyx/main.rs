//! Telnyx over a real socket: what is sent, and what becomes of every answer.

#[cfg(test)]
mod against_the_simulator;
#[cfg(test)]
mod find;
#[cfg(test)]
mod follow;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod server;
#[cfg(test)]
mod submit;

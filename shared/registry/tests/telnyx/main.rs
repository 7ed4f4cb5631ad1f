//! Telnyx over a real socket: what is sent, and what becomes of every answer.

#[cfg(test)]
mod afterwards;
#[cfg(test)]
mod against_the_simulator;
#[cfg(test)]
mod amend;
#[cfg(test)]
mod brand_checks;
#[cfg(test)]
mod confirmation;
#[cfg(test)]
mod find;
#[cfg(test)]
mod follow;
#[cfg(test)]
mod lost_answers;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod placement;
#[cfg(test)]
mod server;
#[cfg(test)]
mod submit;
#[cfg(test)]
mod withdraw;

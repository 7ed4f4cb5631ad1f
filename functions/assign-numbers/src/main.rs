//! assign-numbers in AWS Lambda: runs the messages of its queue, those of an
//! order and those of its numbers.

use std::process::ExitCode;
use std::sync::Arc;

use assign_numbers::{Start, number};

fn main() -> ExitCode {
    platform::lambda::steps(|registry| vec![Arc::new(Start), Arc::new(number::function(registry))])
}

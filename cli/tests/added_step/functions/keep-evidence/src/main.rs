//! keep-evidence in AWS Lambda: runs the messages of its queue.

use std::process::ExitCode;

fn main() -> ExitCode {
    platform::lambda::steps(keep_evidence::functions)
}

//! What the system says of a process.

use anyhow::Context as _;

/// Memory of a process by its name in `/proc/ID/status`, such as `VmRSS`, in megabytes
/// (10^6 bytes).
pub fn memory(process: u32, what: &str) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find(|line| line.starts_with(what));
    let kibibytes = line.and_then(|line| line.split_whitespace().nth(1));
    let kibibytes: f64 = kibibytes.context("no such figure")?.parse()?;
    Ok(kibibytes * 1_024.0 / 1e6)
}

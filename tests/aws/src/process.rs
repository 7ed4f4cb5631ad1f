//! Programs that the tests run, each with a time limit.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;

/// What a program that ended said.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs a program to its end, or ends it after `longest`.
pub(crate) async fn run(command: &mut Command, longest: Duration) -> Result<Said> {
    let program = command
        .as_std()
        .get_program()
        .to_string_lossy()
        .into_owned();
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(longest, command.output())
        .await
        .with_context(|| format!("{program} did not end in {} s", longest.as_secs()))?
        .with_context(|| format!("{program} cannot be started"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Said {
        code: output.status.code(),
        out: text(&output.stdout),
        err: text(&output.stderr),
    })
}

/// Runs a program that must succeed; what it printed.
pub(crate) async fn succeed(command: &mut Command, longest: Duration) -> Result<String> {
    let said = run(command, longest).await?;
    if said.code != Some(0) {
        let all = format!("{}\n{}", said.out, said.err);
        let lines: Vec<_> = all.lines().filter(|line| !line.trim().is_empty()).collect();
        let last = lines
            .get(lines.len().saturating_sub(25)..)
            .unwrap_or_default();
        let program = command
            .as_std()
            .get_program()
            .to_string_lossy()
            .into_owned();
        bail!("{program} failed:\n{}", last.join("\n"));
    }
    Ok(said.out)
}

/// The folder of the whole project.
pub(crate) fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where cargo puts what it builds: this program is in its `debug` or `release`.
pub(crate) fn target() -> PathBuf {
    let own = std::env::current_exe().ok();
    let target = own.as_deref().and_then(Path::parent).and_then(Path::parent);
    target.map_or_else(|| project().join("target"), Path::to_path_buf)
}

/// Where the tests keep what they install and write.
pub(crate) fn scratch() -> PathBuf {
    target().join("aws-tests")
}

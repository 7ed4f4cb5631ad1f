//! The functions' packages, by plain cargo: one zip with one `bootstrap` each,
//! laid out as cargo-lambda does.

use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tokio::process::Command;
use zip::write::SimpleFileOptions;

use crate::process::{project, succeed, target};

/// Functions that are no step.
const OTHERS: [&str; 5] = ["callbacks", "api", "webhooks", "sweep", "dead-letters"];

/// No package may be larger.
const LARGEST: u64 = 5 * 1024 * 1024;

/// Every function: those of the steps, from the list that infrastructure reads,
/// and the others.
pub(crate) fn functions() -> Result<Vec<String>> {
    let steps = std::fs::read_to_string(project().join("infra/steps.json"))?;
    let steps: Vec<Value> = serde_json::from_str(&steps)?;
    let mut functions: Vec<String> = steps
        .iter()
        .filter_map(|step| Some(step.get("function")?.as_str()?.to_owned()))
        .chain(OTHERS.map(str::to_owned))
        .collect();
    functions.dedup();
    Ok(functions)
}

/// Where the packages are. Not target/lambda: there cargo puts the programs of
/// the profile of that name.
pub(crate) fn folder() -> PathBuf {
    target().join("packages")
}

/// This machine's architecture, as Lambda names it.
pub(crate) fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "aarch64" => "arm64",
        _ => "x86_64",
    }
}

/// Sizes in bytes, program and package.
pub(crate) struct Sizes(Vec<(String, u64, u64)>);

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<_> = self
            .0
            .iter()
            .map(|(function, program, package)| {
                let megabytes =
                    |bytes: u64| format!("{}.{}", bytes / 1_000_000, bytes / 100_000 % 10);
                format!(
                    "{function} {} MB, zip {} MB",
                    megabytes(*program),
                    megabytes(*package)
                )
            })
            .collect();
        write!(f, "{}", all.join("; "))
    }
}

/// Builds all functions and packs them.
pub(crate) async fn build(profile: &str) -> Result<Sizes> {
    let functions = functions()?;
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(project())
        .args(["build", "--locked", "--profile", profile])
        // For an emulator with what the tests have built. By themselves the packages are
        // smaller: the rest of the workspace asks for more of their dependencies' features.
        .args((profile == "dev").then_some("--workspace"))
        .args(functions.iter().flat_map(|function| match profile {
            "dev" => ["--bin", function],
            _ => ["-p", function],
        }))
        .env("CARGO_TARGET_DIR", target())
        // A flag of this build must not come from the one that runs it.
        .env_remove("RUSTFLAGS");
    println!(
        "building {} functions; the first time takes minutes",
        functions.len()
    );
    succeed(&mut cargo, Duration::from_secs(40 * 60)).await?;
    let mut sizes = Vec::new();
    for function in functions {
        let (program, package) = pack(profile, &function)?;
        ensure!(
            package <= LARGEST || profile == "dev",
            "{function}: {package} bytes, more than {LARGEST}"
        );
        sizes.push((function, program, package));
    }
    Ok(Sizes(sizes))
}

/// Packs one program; its size and the package's.
fn pack(profile: &str, function: &str) -> Result<(u64, u64)> {
    let program = built(profile, function);
    let bytes = std::fs::read(&program)
        .with_context(|| format!("cargo has not built {}", program.display()))?;
    let folder = folder().join(function);
    std::fs::create_dir_all(&folder)?;
    let path = folder.join("bootstrap.zip");
    // An emulator unpacks it once.
    let level = if profile == "dev" { 1 } else { 9 };
    zip_one(&path, &bytes, level)?;
    Ok((u64::try_from(bytes.len())?, std::fs::metadata(&path)?.len()))
}

/// Where cargo has put a function's program.
fn built(profile: &str, function: &str) -> PathBuf {
    // Cargo's one profile whose folder has another name.
    let folder = if profile == "dev" { "debug" } else { profile };
    target().join(folder).join(function)
}

fn zip_one(path: &Path, bytes: &[u8], level: i64) -> Result<()> {
    let mut zip = zip::ZipWriter::new(std::fs::File::create(path)?);
    // The same bytes make the same package: Terraform sees no change.
    let options = SimpleFileOptions::default()
        .compression_level(Some(level))
        .unix_permissions(0o755)
        .last_modified_time(zip::DateTime::default());
    zip.start_file("bootstrap", options)?;
    zip.write_all(bytes)?;
    zip.finish()?;
    Ok(())
}

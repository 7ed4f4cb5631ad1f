//! The official SDKs against the simulator: `tests/official_sdk.py` is run in a virtual
//! environment of its own, `tests/official_sdk.mjs` beside the packages it needs; both are
//! made on the first run and kept.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "everything here is part of a test, and fails by panicking"
)]

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use registry_simulator::{Delivery, Settings, Simulator, Webhooks};
use tokio::process::Command;

const PACKAGES: [&str; 2] = ["telnyx==4.189.0", "pynacl==1.5.0"];

const NODE_PACKAGE: &str = "telnyx@7.24.0";

/// Setting an SDK up takes no longer.
const FIVE_MINUTES: Duration = Duration::from_secs(300);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_python_sdk_works_against_the_simulator() {
    let Some(python) = set_up(virtual_environment().await) else {
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/official_sdk.py");
    let mut command = Command::new(python);
    drive(command.arg(script), "order-42").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_node_sdk_works_against_the_simulator() {
    let Some(script) = set_up(node_packages().await) else {
        return;
    };
    let mut command = Command::new("node");
    drive(command.arg(script), "order-43").await;
}

/// What is needed, if it could be set up.
fn set_up(made: Result<PathBuf, String>) -> Option<PathBuf> {
    match made {
        Ok(made) => Some(made),
        Err(reason) => {
            assert!(!must_run(), "the SDK cannot be set up: {reason}");
            println!("not run: {reason}");
            None
        }
    }
}

/// Has the SDK call a simulator, and submit one campaign with this reference.
async fn drive(command: &mut Command, reference: &str) {
    let settings = Settings {
        webhooks: Webhooks::On(Delivery::default()),
        ..Settings::default()
    };
    let address = ([127, 0, 0, 1], 0).into();
    let simulator = Simulator::start(settings, address).await.expect("starts");
    command
        .arg(simulator.base_url())
        .arg(simulator.public_key());
    let said = run(command, Duration::from_secs(120)).await;
    println!(
        "{}",
        said.unwrap_or_else(|said| panic!("the SDK did not get what it expects:\n{said}"))
    );
    assert_eq!(simulator.submissions().campaigns[reference], 1);
    simulator.stop().await;
}

/// In continuous integration a test that is not run is a failure.
#[allow(clippy::disallowed_methods, reason = "a test asks where it runs")]
fn must_run() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

/// The Python of an environment that has the SDK.
async fn virtual_environment() -> Result<PathBuf, String> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("official-sdk");
    let python = home.join("bin/python");
    let marker = home.join(PACKAGES.join(" "));
    if marker.exists() {
        return Ok(python);
    }
    let mut make = Command::new("python3");
    run(
        make.args(["-m", "venv", "--clear"]).arg(&home),
        FIVE_MINUTES,
    )
    .await?;
    let mut install = Command::new(&python);
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    run(install.args(PACKAGES), FIVE_MINUTES).await?;
    std::fs::write(marker, "").map_err(|error| error.to_string())?;
    Ok(python)
}

/// The script, beside the SDK's package: Node looks for one from where a script lies.
async fn node_packages() -> Result<PathBuf, String> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("official-node-sdk");
    let wrong = |error: std::io::Error| error.to_string();
    std::fs::create_dir_all(&home).map_err(wrong)?;
    let marker = home.join(NODE_PACKAGE);
    if !marker.exists() {
        let mut install = Command::new("npm");
        install.args(["install", "--prefix"]).arg(&home);
        install.args(["--no-audit", "--no-fund", "--ignore-scripts", NODE_PACKAGE]);
        run(&mut install, FIVE_MINUTES).await?;
        std::fs::write(marker, "").map_err(wrong)?;
    }
    let script = home.join("official_sdk.mjs");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/official_sdk.mjs");
    std::fs::copy(source, &script).map_err(wrong)?;
    run(Command::new("node").arg("--version"), FIVE_MINUTES).await?;
    Ok(script)
}

/// What a command said; an error when it failed, or took too long.
async fn run(command: &mut Command, at_most: Duration) -> Result<String, String> {
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = match tokio::time::timeout(at_most, command.output()).await {
        Err(_) => return Err(format!("{command:?} took longer than {at_most:?}")),
        Ok(Err(error)) => return Err(format!("{command:?}: {error}")),
        Ok(Ok(output)) => output,
    };
    let said =
        [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    if output.status.success() {
        Ok(said.concat())
    } else {
        Err(said.concat())
    }
}

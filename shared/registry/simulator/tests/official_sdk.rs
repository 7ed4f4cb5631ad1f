//! The official Python SDK against the simulator: `tests/official_sdk.py` is run
//! in a virtual environment of its own, made on the first run and kept.
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_python_sdk_works_against_the_simulator() {
    let python = match virtual_environment().await {
        Ok(python) => python,
        Err(reason) => {
            assert!(!must_run(), "the SDK cannot be set up: {reason}");
            println!("not run: {reason}");
            return;
        }
    };
    let settings = Settings {
        webhooks: Webhooks::On(Delivery::default()),
        ..Settings::default()
    };
    let address = ([127, 0, 0, 1], 0).into();
    let simulator = Simulator::start(settings, address).await.expect("starts");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/official_sdk.py");
    let mut command = Command::new(python);
    command
        .arg(script)
        .arg(simulator.base_url())
        .arg(simulator.public_key());
    let said = run(&mut command, Duration::from_secs(120)).await;
    println!(
        "{}",
        said.unwrap_or_else(|said| panic!("the SDK did not get what it expects:\n{said}"))
    );
    assert_eq!(simulator.submissions().campaigns["order-42"], 1);
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
    let five_minutes = Duration::from_secs(300);
    let mut make = Command::new("python3");
    run(
        make.args(["-m", "venv", "--clear"]).arg(&home),
        five_minutes,
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
    run(install.args(PACKAGES), five_minutes).await?;
    std::fs::write(marker, "").map_err(|error| error.to_string())?;
    Ok(python)
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

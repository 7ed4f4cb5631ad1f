//! schemathesis: calls made from the API's own OpenAPI document, right ones and wrong
//! ones, alone and following its links. `tests/abuse/schemathesis.toml` says what the
//! document cannot.

use std::path::Path;

use anyhow::{Context as _, ensure};
use end_to_end::orders;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::{Duration, timeout};

use crate::served::{Served, status};

/// Orders that are there before: the list's links lead to them.
const ORDERS: usize = 5;

/// The run ends by itself long before.
const LONGEST_RUN: Duration = Duration::from_secs(300);

pub(crate) async fn tried(
    served: &Served,
    schemathesis: &Path,
    seed: u32,
) -> anyhow::Result<String> {
    for business in 0..ORDERS {
        let order = orders::document(business, 2).to_string();
        let length = format!(
            "Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n",
            order.len()
        );
        let call = served.head("POST /v1/registrations", &length) + &order;
        let mut stream = served.connect().await?;
        stream.write_all(call.as_bytes()).await?;
        let status = status(&mut stream).await?;
        ensure!(status == Some(202), "an order was answered with {status:?}");
    }
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut run = Command::new(schemathesis);
    run.arg("--config-file")
        .arg(project.join("tests/abuse/schemathesis.toml"))
        .args(["--no-color", "run"])
        .arg(project.join("functions/api/openapi.json"))
        .args(["--url", &format!("http://{}", served.address)])
        .args([
            "--header",
            &format!("Authorization: Bearer {}", served.token),
        ])
        .args(["--seed", &seed.to_string()])
        .kill_on_drop(true);
    let ended = timeout(LONGEST_RUN, run.output());
    let output = ended.await.context("schemathesis does not end")??;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        eprintln!("{said}{}", String::from_utf8_lossy(&output.stderr));
        anyhow::bail!("schemathesis found something; again: tests/abuse/run.sh --seed {seed}");
    }
    let figure = |begins: &str| {
        let line = said.lines().find(|line| line.trim().starts_with(begins));
        line.map_or("", str::trim).to_owned()
    };
    let cases = said.lines().find(|line| line.contains(" generated, "));
    Ok(format!(
        "{}; {}; {}",
        figure("Tested:"),
        cases.map_or("", str::trim),
        figure("API Links:")
    ))
}

//! What the registry's account takes, against what we know.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::process::{Command, Output};

use registry_simulator::{Settings, Simulator};
use serde_json::Value;

async fn check(simulator: &Simulator, key: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_registrar"));
    command
        .current_dir(folder.path())
        .args(["registry", "check"])
        .args(arguments)
        .env("REGISTRAR_REGISTRY_URL", simulator.base_url())
        .env("REGISTRAR_REGISTRY_KEY", key)
        .env("REGISTRAR_REGISTRY_PUBLIC_KEY", simulator.public_key());
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lists_that_orders_are_read_by_are_the_registrys_and_its_costs_are_shown() {
    let settings = Settings::default();
    let key = settings.api_key.clone();
    let simulator = Simulator::start(settings, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
    let output = check(&simulator, &key, &["--json"]).await;
    assert!(output.status.success(), "{output:?}");
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let lists = said["lists"].as_array().unwrap();
    assert_eq!(lists.len(), 6);
    for list in lists {
        assert_eq!(list["said"], true, "{list}");
        assert_eq!(list["only_here"], serde_json::json!([]), "{list}");
        assert_eq!(list["only_there"], serde_json::json!([]), "{list}");
    }
    let costs = said["costs"].as_array().unwrap();
    let low = costs
        .iter()
        .find(|cost| cost["usecase"] == "LOW_VOLUME")
        .unwrap();
    assert_eq!(
        (&low["once_cents"], &low["monthly_cents"]),
        (&1_500.into(), &150.into())
    );
    let table = check(&simulator, &key, &[]).await;
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(
        table.contains("stockExchange") && table.contains("agrees"),
        "{table}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_none_fails_with_the_list_that_was_not_given() {
    let simulator = Simulator::start(Settings::default(), ([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
    let output = check(&simulator, "WRONG", &[]).await;
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("the list usecase was not given"), "{said}");
}

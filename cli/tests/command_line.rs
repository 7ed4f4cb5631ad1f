//! The command line as people use it: piped into `head`, read in a narrow window, and
//! by programs.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::process::{Command, Stdio};

use end_to_end::orders;
use end_to_end::world::World;
use platform::Case;
use platform::case::Author;
use registration::{Actor, Fact, RegistrationId, Round, Step, TraceId};
use registry_simulator::Settings;
use serde_json::{Value, json};

const LONG: &str = "the registry does not answer, and has not for a long time: look at its status \
                    page, then retry; if it goes on, pause the registry and tell the accounts that \
                    nothing of theirs is lost, only late, and that no fee is paid twice";

fn command(world: &World, arguments: &[&str]) -> Command {
    let file = world.data_file().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_registrar"));
    command
        .args(arguments)
        .args(["--data", file.path().unwrap()]);
    command.env_remove("COLUMNS");
    command
}

/// What the program says; it must succeed.
fn says(world: &World, arguments: &[&str]) -> String {
    let output = command(world, arguments).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}{errors}");
    said
}

fn read(world: &World, arguments: &[&str]) -> Value {
    serde_json::from_str(&says(world, arguments)).unwrap()
}

/// Two orders, one registered and one parked for a long reason.
async fn two(world: &World) -> (RegistrationId, RegistrationId) {
    let registered = world.receive(orders::order(1, 2)).await.unwrap();
    world.drive(&registered).await.unwrap();
    let parked = world.receive(orders::order(2, 1)).await.unwrap();
    let mut case = Case::load(&*world.store, &parked).await.unwrap();
    let author = Author {
        actor: Actor::function("register-brand"),
        trace: TraceId::new(1),
    };
    let fact = Fact::Parked {
        step: Step::Brand,
        round: Round::FIRST,
        reason: LONG.to_owned(),
    };
    case.record(&world.platform, &author, vec![fact])
        .await
        .unwrap();
    (registered, parked)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_that_prints_ends_quietly_when_nobody_reads_on() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let (id, _) = two(&world).await;
    let order = format!(
        "{}/../tests/orders/cedar-street-dental.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let orders = order.replace("cedar-street-dental.json", "three-shops.csv");
    for arguments in [
        &["find"][..],
        &["find", "--json"],
        &["show", id.as_str()],
        &["show", id.as_str(), "--json"],
        &["history", id.as_str()],
        &["history", id.as_str(), "--json"],
        &["history", id.as_str(), "--csv"],
        &["verify", id.as_str()],
        &["limits"],
        &["steps"],
        &["steps", "--json"],
        &["tokens", "list"],
        &["lint", &order],
        &["lint", &orders],
        &["lint", &orders, "--json"],
        &["redrive", "register-brand", "--operator", "kim"],
        &["--help"],
    ] {
        let mut child = command(&world, arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(said, "", "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_line_is_wider_than_the_window_and_no_id_is_broken() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let (registered, parked) = two(&world).await;
    for arguments in [
        &["find"][..],
        &["show", registered.as_str()],
        &["history", parked.as_str()],
        &["limits"],
    ] {
        for (columns, width) in [(None, 120), (Some("100"), 100)] {
            let mut command = command(&world, arguments);
            columns.map(|columns| command.env("COLUMNS", columns));
            let said = String::from_utf8(command.output().unwrap().stdout).unwrap();
            let widest = said.lines().map(|line| line.chars().count()).max();
            assert!(
                widest.unwrap() <= width,
                "{arguments:?}: {widest:?}\n{said}"
            );
        }
    }
    let found = says(&world, &["find"]);
    assert!(found.contains(registered.as_str()) && found.contains(parked.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn find_takes_a_step_an_age_a_need_of_a_person_and_a_limit() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let (registered, parked) = two(&world).await;
    let ids = |arguments: &[&str]| -> Vec<String> {
        let all = [&["find", "--json"], arguments].concat();
        let found = read(&world, &all)["registrations"].clone();
        let found = found.as_array().unwrap().clone();
        found
            .iter()
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let (registered, parked) = (registered.to_string(), parked.to_string());
    assert_eq!(ids(&[]).len(), 2);
    assert_eq!(ids(&["--step", "brand"]), std::slice::from_ref(&parked));
    assert_eq!(ids(&["--needs-person"]), [parked]);
    assert_eq!(ids(&["--status", "registered", "--needs-person"]).len(), 0);
    assert_eq!(ids(&["--limit", "1"]).len(), 1);
    assert_eq!(
        read(&world, &["find", "--json", "--limit", "1"])["more"],
        true
    );
    // The world's clock stands in the future, and these were written then.
    assert_eq!(ids(&["--older-than", "3d"]).len(), 0);
    assert!(ids(&["--status", "registered"]).contains(&registered));
    for wrong in ["3", "d", "3w", "x1d"] {
        let output = command(&world, &["find", "--older-than", wrong])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && said.contains("such as 12h or 3d"),
            "{said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_printed_for_programs_keeps_its_form() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let (id, parked) = two(&world).await;
    let shown = read(&world, &["show", id.as_str(), "--json"]);
    assert_eq!(shown["registration"]["id"], json!(id));
    assert_eq!(shown["registration"]["status"], "registered");
    assert_eq!(shown["registration"]["fees"][0]["cents"], 400);
    assert_eq!(shown["numbers"][1]["id"], json!(id.number(2)));
    let found = read(&world, &["find", "--status", "parked", "--json"]);
    assert_eq!(found["more"], false);
    assert_eq!(found["registrations"][0]["id"], json!(parked));
    assert_eq!(found["registrations"][0]["last_error"], LONG);
    assert_eq!(
        read(&world, &["verify", id.as_str(), "--json"]),
        json!({ "id": id, "events": 8, "unchanged": true })
    );
    let limits = read(&world, &["limits", "--json"]);
    let names: Vec<_> = limits["limits"][0].as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "calls",
            "changed_at",
            "changed_by",
            "configured",
            "paused",
            "registry",
            "set"
        ]
    );
    says(&world, &["tokens", "add", "ci", "--account", "acme"]);
    let tokens = read(&world, &["tokens", "list", "--json"]);
    assert_eq!(tokens["tokens"][0]["name"], "ci");
    let order = format!(
        "{}/../tests/orders/cedar-street-dental.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let linted = read(&world, &["lint", &order, "--json"]);
    assert_eq!(linted["errors"], json!([]));
    assert!(linted["warnings"].is_array());
    assert_eq!(
        read(
            &world,
            &["redrive", "register-brand", "--operator", "kim", "--json"]
        ),
        json!({ "function": "register-brand", "back": [], "left": [], "dead": 0 })
    );
}

#[tokio::test]
async fn the_rules_of_the_preflight_are_listed_and_their_page_is_the_one_in_the_docs() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let rules = read(&world, &["lint", "--rules", "--json"]);
    assert!(rules["rules"].as_array().unwrap().len() >= 60);
    assert!(rules["rules"][0]["finds"].is_string());
    let listed = says(&world, &["lint", "--rules"]);
    assert!(
        listed.contains("error   consent-behind-sign-in (CALL_TO_ACTION): "),
        "{listed}"
    );
    let page = says(&world, &["lint", "--rules", "--markdown"]);
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/preflight.md");
    let kept = std::fs::read_to_string(kept).unwrap();
    assert!(
        page == kept,
        "make it anew: cargo run -p registrar -- lint --rules --markdown > docs/preflight.md"
    );
}

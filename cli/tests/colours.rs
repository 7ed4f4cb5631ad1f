//! Colours are for a terminal, and there for whoever has not asked for none.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use end_to_end::orders;
use end_to_end::world::World;
use registry_simulator::{Settings, Simulator};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// How every code that changes colours begins.
const ESCAPE: &str = "\u{1b}[";

/// The command, with nothing said of colours.
fn registrar(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_registrar"));
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"] {
        command.env_remove(variable);
    }
    command.arg("--data").arg(data);
    command
}

/// `serve`, which logs that it stops.
fn serve(data: &Path, simulator: &Simulator) -> Command {
    let mut command = registrar(data);
    command
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env("REGISTRAR_REGISTRY_URL", simulator.base_url())
        .env("REGISTRAR_REGISTRY_KEY", Settings::default().api_key)
        .env("REGISTRAR_REGISTRY_PUBLIC_KEY", simulator.public_key())
        .stdin(Stdio::null());
    command
}

/// Both sides of a new terminal.
fn terminal() -> (File, OwnedFd) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let path = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes())).to_owned();
    let theirs = File::options().read(true).write(true).open(path).unwrap();
    (ours.into(), theirs.into())
}

/// Reads on until `said` holds `text`, or until nobody writes any more.
fn read_until(from: &mut impl std::io::Read, said: &mut String, text: Option<&str>) {
    let mut piece = [0; 4096];
    while text.is_none_or(|text| !said.contains(text)) {
        match from.read(&mut piece) {
            // A terminal that nobody holds any more ends with an error.
            Ok(0) | Err(_) => return,
            Ok(read) => said.push_str(&String::from_utf8_lossy(&piece[..read])),
        }
    }
}

fn stop(served: &mut Child) {
    let pid = Pid::from_raw(i32::try_from(served.id()).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
}

/// What `serve` shows at a terminal, from its start to its end.
fn shown_at_a_terminal(mut command: Command) -> String {
    let (mut ours, theirs) = terminal();
    let mut served = command
        .stdout(Stdio::from(theirs.try_clone().unwrap()))
        .stderr(Stdio::from(theirs))
        .spawn()
        .unwrap();
    // It holds copies of the other side.
    drop(command);
    let mut said = String::new();
    read_until(&mut ours, &mut said, Some("listens at"));
    stop(&mut served);
    read_until(&mut ours, &mut said, None);
    assert!(served.wait().unwrap().success(), "{said}");
    assert!(said.contains("stopping"), "{said}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_terminal_gets_no_colours_from_any_command() {
    let world = World::immortal(Settings::default()).await.unwrap();
    let id = world.receive(orders::order(1, 2)).await.unwrap();
    world.drive(&id).await.unwrap();
    let file = world.data_file().unwrap();
    let order = |name: &str| format!("{}/../tests/orders/{name}", env!("CARGO_MANIFEST_DIR"));
    let (good, bad) = (
        order("cedar-street-dental.json"),
        order("bad-everything.json"),
    );
    for arguments in [
        &["find"][..],
        &["show", id.as_str()],
        &["history", id.as_str()],
        &["verify", id.as_str()],
        &["check"],
        &["limits"],
        &["steps"],
        &["tokens", "add", "kim", "--account", "acme"],
        &["tokens", "list"],
        &["lint", &good],
        &["lint", &bad],
        &["lint", "--rules"],
        &["show", "reg_none"],
        &["--help"],
        &["serve", "--help"],
        &["no-such-command"],
        &[],
    ] {
        let output = registrar(Path::new(file.path().unwrap()))
            .args(arguments)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        assert!(!said.is_empty(), "{arguments:?}");
        let said = String::from_utf8(said).unwrap();
        assert!(!said.contains(ESCAPE), "{arguments:?}: {said:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_have_colours_at_a_terminal_and_none_elsewhere_or_with_no_color() {
    let simulator = Simulator::start(Settings::default(), ([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("registrar.db");

    let said = shown_at_a_terminal(serve(&data, &simulator));
    assert!(said.contains(ESCAPE), "{said:?}");

    let mut without = serve(&data, &simulator);
    without.env("NO_COLOR", "1");
    let said = shown_at_a_terminal(without);
    assert!(!said.contains(ESCAPE), "{said:?}");

    let mut json = serve(&data, &simulator);
    json.arg("--json-logs");
    let said = shown_at_a_terminal(json);
    assert!(!said.contains(ESCAPE), "{said:?}");

    let mut served = serve(&data, &simulator)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdout, mut logs) = (served.stdout.take().unwrap(), served.stderr.take().unwrap());
    let mut said = String::new();
    read_until(&mut stdout, &mut said, Some("listens at"));
    stop(&mut served);
    logs.read_to_string(&mut said).unwrap();
    assert!(served.wait().unwrap().success(), "{said}");
    assert!(
        said.contains("stopping") && !said.contains(ESCAPE),
        "{said:?}"
    );
    simulator.stop().await;
}

#[test]
fn help_and_refusals_at_a_terminal_follow_no_color() {
    for (variable, coloured) in [(None, true), (Some("1"), false)] {
        for (arguments, ends_well) in [(["--help"], true), (["no-such-command"], false)] {
            let mut command = registrar(Path::new("none.db"));
            let (mut ours, theirs) = terminal();
            command
                .args(arguments)
                .env("TERM", "xterm")
                .stdout(Stdio::from(theirs.try_clone().unwrap()))
                .stderr(Stdio::from(theirs));
            variable.map(|value| command.env("NO_COLOR", value));
            let mut child = command.spawn().unwrap();
            drop(command);
            let mut said = String::new();
            read_until(&mut ours, &mut said, None);
            assert_eq!(child.wait().unwrap().success(), ends_well, "{said}");
            assert_eq!(said.contains(ESCAPE), coloured, "{arguments:?}: {said:?}");
        }
    }
}

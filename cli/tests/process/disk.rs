//! A disk that is full, and one that cannot be written. Each is made in a file system of the
//! service's own, which needs a Linux that lets this user have one.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use platform::clock::SystemClock;
use platform::sqlite::Sqlite;
use serde_json::Value;

use crate::service::{
    REGISTRAR, Served, Starts, each_once, order, port, registry, said, taken, token, until,
};

const ORDERS: usize = 6;

const NUMBERS: usize = 3;

/// The disk.
const SIZE: &str = "16m";

/// Whether this machine lets a process have a file system of its own; if not, it is said so,
/// and where everything must be tested that is a failure.
fn can_mount() -> bool {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "mount -t tmpfs -o size=1m tmpfs '{}'",
        folder.path().display()
    );
    let tried = Command::new("unshare")
        .args(["--mount", "sh", "-c", &script])
        .output();
    if tried.is_ok_and(|output| output.status.success()) {
        return true;
    }
    let why =
        "not run: `unshare --mount` and `mount` are not allowed here: run it as root on Linux";
    println!("{why}");
    assert!(!std::env::var("CI").is_ok_and(|ci| ci == "true"), "{why}");
    false
}

/// A file of the service's own file system, from outside.
fn inside(served: &Served, file: &Path) -> PathBuf {
    let root = format!("/proc/{}/root", served.id());
    Path::new(&root).join(file.strip_prefix("/").unwrap())
}

/// Leaves no byte free.
fn fill(file: &Path) {
    let mut file = File::create(file).unwrap();
    for size in [64 * 1024, 512] {
        while file.write_all(&vec![7; size]).is_ok() {}
    }
}

fn arguments<'a>(data: &'a Path, command: &'a [&'a str]) -> Vec<&'a OsStr> {
    let data = [OsStr::new("--data"), data.as_os_str()];
    data.into_iter()
        .chain(command.iter().map(OsStr::new))
        .collect()
}

/// The errors and warnings that were logged.
fn logged(log: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(log).unwrap();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// Every error that a store or a queue gave says why.
fn every_error_says_why(log: &[Value]) {
    for line in log {
        for said in line
            .as_object()
            .into_iter()
            .flat_map(|fields| fields.values())
        {
            let said = said.as_str().unwrap_or_default();
            for what in ["the store could not ", "the queue could not "] {
                let Some((_, rest)) = said.split_once(what) else {
                    continue;
                };
                assert!(
                    rest.split_once(": ")
                        .is_some_and(|(_, why)| !why.is_empty()),
                    "an error without what led to it: {line}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing_says_so_in_the_log_and_work_goes_on_once_there_is_space() {
    if !can_mount() {
        return;
    }
    let simulator = registry().await;
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    let starts = Starts {
        data: disk.join("registrar.db"),
        port: port(),
        simulator: &simulator,
        before: Some(format!(
            "mount -t tmpfs -o size={SIZE} tmpfs '{}'",
            disk.display()
        )),
        log: folder.path().join("log"),
    };
    let served = starts.start();
    let data = inside(&served, &starts.data);
    until("the file is there", async || data.exists()).await;
    let add = ["tokens", "add", "test", "--account", "acme"];
    let token = said(served.beside(&arguments(&starts.data, &add)));
    for business in 0..ORDERS {
        taken(starts.port, &token, business, NUMBERS).await;
    }

    // In the middle of their registration.
    let filler = inside(&served, &disk.join("filler"));
    fill(&filler);
    until("an order is refused, as there is no space", async || {
        let answer = order(starts.port, &token, ORDERS, NUMBERS).await;
        // What was free inside the file is used up first.
        match answer {
            Some((503, problem)) => {
                assert!(problem.contains("/problems/"), "{problem}");
                true
            }
            _ => {
                fill(&filler);
                false
            }
        }
    })
    .await;
    until("the log says why", async || {
        let full = |line: &Value| line.to_string().contains("database or disk is full");
        logged(&starts.log).iter().any(full)
    })
    .await;

    std::fs::remove_file(&filler).unwrap();
    taken(starts.port, &token, ORDERS, NUMBERS).await;
    let orders = ORDERS + 1;
    let find = ["find", "--status", "registered", "--json"];
    until("all are registered", async || {
        let found = said(served.beside(&arguments(&starts.data, &find)));
        found.matches("\"status\": \"registered\"").count()
            + found.matches("\"status\":\"registered\"").count()
            == orders
    })
    .await;
    each_once(&simulator, orders, NUMBERS);
    let checked = said(served.beside(&arguments(&starts.data, &["check"])));
    assert!(checked.contains("0 things wrong"), "{checked}");
    every_error_says_why(&logged(&starts.log));
    served.kill();
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_written_is_refused_at_the_start_with_what_to_do() {
    if !can_mount() {
        return;
    }
    let simulator = registry().await;
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    let data = disk.join("registrar.db");
    token(&data);
    let whole = std::fs::read(&data).unwrap();
    let at = disk.display();
    let log = folder.path().join("log");
    let mut served = Starts {
        data: data.clone(),
        port: port(),
        simulator: &simulator,
        before: Some(format!(
            "mount --bind '{at}' '{at}' && mount -o remount,bind,ro '{at}'"
        )),
        log: log.clone(),
    }
    .start();
    until("it has ended", async || served.ended().is_some()).await;
    assert_eq!(served.ended(), Some(false));
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(
        said.contains("cannot be opened: check that it is registrar's and may be written"),
        "{said}"
    );
    // SQLite says the one or the other: whoever wrote last may have left its -wal behind.
    let why = ["readonly database", "unable to open database file"];
    assert!(why.iter().any(|why| said.contains(why)), "{said}");
    assert_eq!(std::fs::read(&data).unwrap(), whole, "nothing was written");
    // And once it may be written, all is there.
    Sqlite::open(&data, Arc::new(SystemClock)).unwrap();
    let mut list = Command::new(REGISTRAR);
    list.args(["tokens", "list", "--data"]).arg(&data);
    assert!(crate::service::said(list.output().unwrap()).contains("test"));
    simulator.stop().await;
}

//! What operators change while the platform runs, on a data file.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::path::Path;
use std::process::{Command, Output};

const REGISTRAR: &str = env!("CARGO_BIN_EXE_registrar");

fn registrar(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(REGISTRAR)
        .args(arguments)
        .current_dir(folder)
        .env_remove("REGISTRAR_DATA")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What it says; it must succeed.
fn says(folder: &Path, arguments: &[&str]) -> String {
    let output = registrar(folder, arguments);
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

/// What it says against it; it must fail.
fn refuses(folder: &Path, arguments: &[&str]) -> String {
    let output = registrar(folder, arguments);
    assert!(!output.status.success(), "{arguments:?} succeeded");
    text(&output.stderr)
}

fn row(table: &str, what: &str) -> String {
    let row = table.lines().find(|line| line.contains(what));
    row.unwrap_or_else(|| panic!("no row {what}: {table}"))
        .to_owned()
}

/// A folder with a data file in which slots were taken.
fn after_a_demo() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    says(folder.path(), &["demo", "--data", "registrar.db"]);
    folder
}

/// A folder with a data file that nobody has used.
fn unused() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    says(folder.path(), &["tokens", "add", "ci", "--operator"]);
    folder
}

#[test]
fn limits_are_shown_as_they_are_used_and_an_operators_word_wins_until_it_is_taken_back() {
    let folder = after_a_demo();
    let at = folder.path();
    let kim = ["--operator", "kim"];
    let shown = says(at, &["limits"]);
    assert!(
        row(&shown, "writes").contains("2, as configured"),
        "{shown}"
    );
    assert!(
        row(&shown, "reads").contains("20, as configured"),
        "{shown}"
    );
    let set = [&["limits", "set", "telnyx", "--writes", "0.5"][..], &kim].concat();
    assert!(says(at, &set).contains("telnyx writes: 0.5 per second from the next slot on"));
    let shown = says(at, &["limits"]);
    let writes = row(&shown, "writes");
    assert!(
        writes.contains("0.5, set: wins over the configured"),
        "{shown}"
    );
    assert!(
        writes.contains("┆ 2 ") && writes.contains("by kim"),
        "{shown}"
    );
    assert!(
        row(&shown, "reads").contains("20, as configured"),
        "{shown}"
    );
    let unset = [
        &["limits", "set", "telnyx", "--writes", "configured"][..],
        &kim,
    ]
    .concat();
    says(at, &unset);
    assert!(row(&says(at, &["limits"]), "writes").contains("2, as configured"));
}

#[test]
fn a_pause_stops_both_limits_of_a_registry_until_it_is_resumed() {
    let folder = unused();
    let at = folder.path();
    says(at, &["pause", "telnyx", "--operator", "kim"]);
    let shown = says(at, &["limits"]);
    for calls in ["writes", "reads"] {
        assert!(row(&shown, calls).contains("paused"), "{shown}");
    }
    says(at, &["resume", "telnyx", "--operator", "kim"]);
    let shown = says(at, &["limits"]);
    assert!(!shown.contains("paused"), "{shown}");
}

#[test]
fn a_limit_that_nobody_has_used_is_changed_with_a_warning() {
    let folder = unused();
    let said = says(folder.path(), &["pause", "telnyx", "--operator", "kim"]);
    assert!(said.contains("configured without a limit"), "{said}");
    let shown = says(folder.path(), &["limits"]);
    assert!(row(&shown, "writes").contains("not known before the first slot"));
}

#[test]
fn what_cannot_be_set_is_refused_with_what_can_be() {
    let folder = unused();
    let at = folder.path();
    let kim = ["--operator", "kim"];
    for rate in ["0", "-1", "NaN", "0.0001", "20000", "fast"] {
        let writes = format!("--writes={rate}");
        let refused = refuses(
            at,
            &[&["limits", "set", "telnyx", &writes][..], &kim].concat(),
        );
        assert!(refused.contains("from 0.001 up to 10000"), "{refused}");
    }
    let refused = refuses(at, &[&["limits", "set", "telnyx"][..], &kim].concat());
    assert!(refused.contains("--writes"), "{refused}");
    let refused = refuses(at, &[&["pause", "nobody"][..], &kim].concat());
    assert!(refused.contains("telnyx"), "{refused}");
    let refused = refuses(at, &[&["redrive", "nothing"][..], &kim].concat());
    assert!(refused.contains("register-brand"), "{refused}");
}

#[test]
fn a_redrive_of_nothing_says_so() {
    let folder = unused();
    let redrive = ["redrive", "register-brand", "--operator", "kim"];
    let said = says(folder.path(), &redrive);
    assert!(said.contains("0 put back, 0 left"), "{said}");
    assert!(said.contains("register-brand has 0 dead letters"), "{said}");
}

#[test]
fn a_place_is_named_once_and_before_or_after_the_command() {
    let folder = unused();
    let at = folder.path();
    // What SQLite keeps beside a data file belongs to it.
    for beside in ["", "-wal", "-shm"] {
        let (from, to) = (format!("registrar.db{beside}"), format!("other.db{beside}"));
        if at.join(&from).exists() {
            std::fs::rename(at.join(from), at.join(to)).unwrap();
        }
    }
    assert!(refuses(at, &["find"]).contains("there is no data file registrar.db"));
    for arguments in [
        ["--data", "other.db", "find"],
        ["find", "--data", "other.db"],
    ] {
        assert!(says(at, &arguments).contains("0 found"));
    }
    for place in [&["--aws"][..], &["--stage", "production"]] {
        let both = [&["find", "--data", "other.db"][..], place].concat();
        assert!(refuses(at, &both).contains("give one of them"));
        for everything in ["demo", "serve"] {
            let refused = refuses(at, &[&[everything][..], place].concat());
            assert!(refused.contains("on a data file"), "{refused}");
        }
    }
}

#[test]
fn the_demo_never_replaces_the_file_that_the_environment_names() {
    let folder = tempfile::tempdir().unwrap();
    let precious = folder.path().join("precious.db");
    std::fs::write(&precious, "mine").unwrap();
    let demo = Command::new(REGISTRAR)
        .arg("demo")
        .current_dir(folder.path())
        .env("REGISTRAR_DATA", &precious)
        .output()
        .unwrap();
    assert!(demo.status.success(), "{}", text(&demo.stderr));
    assert_eq!(std::fs::read_to_string(&precious).unwrap(), "mine");
    assert!(folder.path().join("registrar-demo.db").exists());
}

/// An order that is stored and not sent, in the name of acme.
fn ordered(at: &Path, name: &str) -> String {
    let order = format!("{}/../tests/orders/{name}.json", env!("CARGO_MANIFEST_DIR"));
    // What reviewers would find is said beside the id.
    let output = registrar(at, &["submit", &order, "--account", "acme"]);
    assert!(output.status.success(), "{output:?}");
    text(&output.stdout).trim().to_owned()
}

#[test]
fn an_order_is_amended_from_a_file_and_a_bad_patch_is_refused_with_every_place() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let id = ordered(at, "cedar-street-dental");
    let write = |patch: &str| std::fs::write(at.join("patch.json"), patch).unwrap();
    let amend = ["amend", &id, "patch.json", "--operator", "kim"];
    let nothing = refuses(at, &["amend", &id, "--template"]);
    assert!(nothing.contains("nothing that was refused"), "{nothing}");
    assert!(refuses(at, &["amend", &id, "patch.json"]).contains("--operator"));
    write(r#"{"brand":{"ein":"12","email":null}}"#);
    let refused = refuses(at, &amend);
    assert!(
        refused.contains("/brand/ein") && refused.contains("/brand/email"),
        "{refused}"
    );
    write("{}");
    assert!(refuses(at, &amend).contains("nothing is changed by this"));
    write(r#"{"brand":{"city":"Tacoma"}}"#);
    let said = says(at, &amend);
    assert!(said.contains("is in_progress, at brand, round 1"), "{said}");
    let history = says(at, &["history", &id, "--json"]);
    let last = history.lines().last().unwrap();
    assert!(
        last.contains("operator kim") && last.contains("Tacoma"),
        "{last}"
    );
}

#[test]
fn an_order_is_cancelled_once_and_for_good_and_a_number_that_was_not_begun_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let id = ordered(at, "cedar-street-dental");
    let cancel = ["cancel", &id, "--keep-brand", "--operator", "kim"];
    for _ in 0..2 {
        assert!(says(at, &cancel).contains("is cancelled"));
    }
    assert!(says(at, &["find", "--status", "cancelled"]).contains("1 found"));
    let history = says(at, &["history", &id, "--json"]);
    assert_eq!(
        history.matches("\"keep_brand\":true").count(),
        1,
        "{history}"
    );
    let number = format!("{id}-0001");
    let refused = refuses(at, &["cancel", &number, "--operator", "kim"]);
    assert!(refused.contains("there is no registration"), "{refused}");
}

#[test]
fn a_pin_is_taken_only_where_one_is_awaited_and_never_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let id = ordered(at, "rosa-garden-design");
    let pins: [(&[&str], &str); 3] = [
        (&[], "no PIN is awaited"),
        (&["--pin", "482913"], "no PIN is awaited"),
        (&["--pin", "4-8"], "letters or digits"),
    ];
    for (pin, why) in pins {
        let otp = [&["otp", &id, "--operator", "kim"][..], pin].concat();
        let refused = refuses(at, &otp);
        assert!(refused.contains(why), "{refused}");
        assert!(!refused.contains("482913"), "{refused}");
    }
}

#[test]
fn another_confirmation_e_mail_is_sent_only_where_one_is_to_be_answered() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let id = ordered(at, "northwind-outfitters");
    let refused = refuses(at, &["confirmation", &id, "--operator", "kim"]);
    assert!(
        refused.contains("no confirmation by e-mail is awaited"),
        "{refused}"
    );
    let unnamed = refuses(at, &["confirmation", &id]);
    assert!(unnamed.contains("--operator"), "{unnamed}");
}

#[test]
fn what_was_paid_is_shown() {
    let folder = after_a_demo();
    let found = says(folder.path(), &["find"]);
    let id = found
        .split_whitespace()
        .find(|word| word.starts_with("reg_") && !word.contains('-'))
        .unwrap_or_else(|| panic!("{found}"));
    let shown = says(folder.path(), &["show", id]);
    assert!(
        shown.contains("paid: brand $4.00, campaign $15.00"),
        "{shown}"
    );
}

#[test]
fn the_help_of_find_lists_every_status() {
    let folder = tempfile::tempdir().unwrap();
    let help = says(folder.path(), &["find", "--help"]);
    for status in registration::Status::ALL {
        assert!(help.contains(status.name()), "{status}: {help}");
    }
}

#[cfg(not(feature = "aws"))]
#[test]
fn without_aws_built_in_a_deployment_is_refused_with_how_to_build_it() {
    let folder = tempfile::tempdir().unwrap();
    let refused = refuses(folder.path(), &["--aws", "find"]);
    assert!(
        refused.contains("cargo build --release --features aws"),
        "{refused}"
    );
}

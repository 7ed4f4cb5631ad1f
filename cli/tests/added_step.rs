//! The recipe "Add a step" of CONTRIBUTING, followed once in a copy of the project:
//! it is whole, and it touches the files that it names and no others.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The function that the step comes with.
const NAME: &str = "keep-evidence";

/// A file, a line of it, and what is put before that line.
const LINES: [(&str, &str, &str); 9] = [
    (
        "shared/registration/src/sequence.rs",
        "    let campaign = facts.campaign(&order.campaign, &brand)?;",
        "    facts.done(Step::Evidence)?;",
    ),
    (
        "shared/registration/src/sequence.rs",
        "    /// One use case of the brand.",
        "    /// The campaign's texts, kept before they are submitted.\n    Evidence,",
    ),
    (
        "shared/registration/src/sequence.rs",
        "        Self::Campaign,",
        "        Self::Evidence,",
    ),
    (
        "shared/registration/src/sequence.rs",
        "            Self::Campaign => StepCard {",
        r#"            Self::Evidence => StepCard {
                step: self,
                name: "evidence",
                fee: None,
                doing: "keeping the campaign's texts",
                function: "keep-evidence",
                sends: "nothing: keeps the campaign's texts",
                answers: "the step itself",
                takes: "no time",
                goes_wrong: "nothing",
            },"#,
    ),
    (
        "Cargo.toml",
        "register-campaign = { path = \"functions/register-campaign\", default-features = false }",
        "keep-evidence = { path = \"functions/keep-evidence\", default-features = false }",
    ),
    (
        "cli/Cargo.toml",
        "register-campaign.workspace = true",
        "keep-evidence.workspace = true",
    ),
    (
        "cli/src/service.rs",
        "        register_campaign::functions,",
        "        keep_evidence::functions,",
    ),
    (
        ".cargo/config.toml",
        "    \"-p\", \"register-brand\", \"-p\", \"vet-brand\", \"-p\", \"register-campaign\", \"-p\", \"assign-numbers\",",
        "    \"-p\", \"keep-evidence\",",
    ),
    (
        "functions/api/openapi.json",
        "          \"campaign\",\n          \"numbers\",",
        "          \"evidence\",",
    ),
];

/// The row of README's table, which stands before the campaign's.
const ROW: &str = "| evidence | keep-evidence | nothing: keeps the campaign's texts | the step itself \
                   | no time | nothing |";

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every file below `folder`, by its path there. What is built, and what tools keep,
/// is left out.
fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        for entry in fs::read_dir(folder.join(&below)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name();
            let name = name.to_str().unwrap();
            let path = below.join(name);
            let is_tools = name.starts_with('.') && name != ".cargo";
            match entry.file_type().unwrap() {
                _ if name == "target" || is_tools => {}
                kind if kind.is_dir() => folders.push(path),
                _ => {
                    found.insert(path);
                }
            }
        }
    }
    found
}

/// A tree of files in memory.
type Tree = BTreeMap<PathBuf, Vec<u8>>;

fn read(folder: &Path) -> Tree {
    let read = |file: PathBuf| (file.clone(), fs::read(folder.join(file)).unwrap());
    files(folder).into_iter().map(read).collect()
}

/// Writes what differs only: what stays as it was is not built again.
fn write(tree: &Tree, folder: &Path) {
    let there = if folder.exists() {
        read(folder)
    } else {
        Tree::new()
    };
    for gone in there.keys().filter(|file| !tree.contains_key(*file)) {
        fs::remove_file(folder.join(gone)).unwrap();
    }
    for (file, text) in tree
        .iter()
        .filter(|(file, text)| there.get(*file) != Some(text))
    {
        let file = folder.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
}

/// Gives the copy what is built already of the crates that it shares with the project:
/// the same files under a second name.
fn share_what_is_built(copy: &Path) {
    let program = std::env::current_exe().unwrap();
    let built = program.parent().and_then(Path::parent).unwrap();
    let shared = copy.join("target/debug");
    if shared.exists() {
        return;
    }
    let mut folders: Vec<_> = ["deps", "build", ".fingerprint"].map(PathBuf::from).into();
    while let Some(folder) = folders.pop() {
        fs::create_dir_all(shared.join(&folder)).unwrap();
        for entry in fs::read_dir(built.join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else {
                // What another build has taken away meanwhile is built again.
                let _ = fs::hard_link(built.join(&path), shared.join(&path));
            }
        }
    }
}

fn put_before(tree: &mut Tree, file: &str, line: &str, new: &str) {
    let text = tree.get_mut(Path::new(file)).unwrap();
    let known = String::from_utf8(text.clone()).unwrap();
    let line = format!("\n{line}\n");
    let places = known.matches(&line).count();
    assert_eq!(places, 1, "{file} has this {places} times: {line}");
    *text = known.replace(&line, &format!("\n{new}{line}")).into_bytes();
}

fn cargo(copy: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .current_dir(copy)
        .env("CARGO_TARGET_DIR", copy.join("target"))
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "cargo {arguments:?}: {said}{errors}"
    );
    said
}

/// What the recipe names, with this function's name in it.
fn recipe() -> BTreeSet<PathBuf> {
    let contributing = fs::read_to_string(project().join("CONTRIBUTING.md")).unwrap();
    let (_, after) = contributing.split_once("## Add a step").unwrap();
    let (steps, _) = after.split_once("\n\nThat is all").unwrap();
    let (_, steps) = steps.split_once("\n1. ").unwrap();
    let named = steps.split('`').skip(1).step_by(2);
    named
        .map(|name| {
            name.replace("<name>", NAME)
                .replace("<test>", &NAME.replace('-', "_"))
        })
        .filter(|name| name.contains('.') && !name.contains([' ', ':', '(']))
        .map(PathBuf::from)
        .collect()
}

#[test]
fn the_recipe_for_a_step_is_whole_and_names_every_file_that_it_touches() {
    let before = read(&project());
    let mut after = before.clone();
    after.extend(read(&project().join("cli/tests/added_step")));
    for (file, line, new) in LINES {
        put_before(&mut after, file, line, new);
    }
    let readme = String::from_utf8(before[Path::new("README.md")].clone()).unwrap();
    let campaign = readme
        .lines()
        .find(|line| line.starts_with("| campaign | "));
    put_before(&mut after, "README.md", campaign.unwrap(), ROW);
    let package =
        |function: &str| PathBuf::from(format!("infra/tests/packages/{function}/bootstrap.zip"));
    after.insert(package(NAME), before[&package("vet-brand")].clone());

    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("added-step");
    write(&after, &copy);
    share_what_is_built(&copy);
    let steps = cargo(
        &copy,
        &["run", "--quiet", "--offline", "--", "steps", "--json"],
    );
    fs::write(copy.join("infra/steps.json"), steps).unwrap();

    let after = read(&copy);
    let touched = after
        .iter()
        .filter(|(file, text)| before.get(*file) != Some(text));
    let mut touched: BTreeSet<_> = touched.map(|(file, _)| file.clone()).collect();
    assert!(touched.remove(Path::new("Cargo.lock")), "cargo writes it");
    println!(
        "a step with a function of its own touches {} files",
        touched.len()
    );
    assert_eq!(touched, recipe(), "touched, and named by CONTRIBUTING.md");
    assert_eq!(touched.len(), 13, "CONTRIBUTING.md tells the count");

    let mut arguments = vec!["test", "--offline", "-p", "registrar", "-p", "api"];
    arguments.extend([
        "--test",
        "steps",
        "--test",
        "embedded",
        "--test",
        "keep_evidence",
    ]);
    arguments.extend(["--test", "api", "--"]);
    let promises = [
        "the_texts_are_kept_before_the_campaign_is_submitted",
        "infra_reads_the_steps_that_the_code_writes",
        "the_readme_shows_the_steps_that_the_code_has",
        "the_committed_document_is_the_one_made_from_the_code",
    ];
    arguments.extend(promises);
    let said = cargo(&copy, &arguments);
    for promise in promises {
        assert!(
            said.contains(&format!("{promise} ... ok")),
            "{promise} did not run: {said}"
        );
    }
}

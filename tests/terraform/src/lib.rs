//! Terraform as the checks of this project use it: whether it is here, and where
//! it finds the AWS provider.
//!
//! The provider is looked for once, by an `init` of the root module: in the
//! folder that `REGISTRAR_TF_PLUGIN_DIR` names, in folders where machines without
//! a network keep it, and else at Terraform's own registry. All other modules
//! take it from there.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder that holds the provider, as `terraform init -plugin-dir` takes it.
const PLUGIN_DIR: &str = "REGISTRAR_TF_PLUGIN_DIR";

/// Where such folders are looked for. Terraform itself looks in its own places,
/// such as `/usr/share/terraform/plugins`.
const PLACES: [&str; 3] = ["/opt", "/usr/local", "/usr/share"];

/// How far below a place such a folder may be.
const DEPTH: usize = 2;

/// What the folder holds.
const PROVIDER: &str = "registry.terraform.io/hashicorp/aws";

/// What Terraform says when it is not `infra/` that is wrong, but the machine.
const UNAVAILABLE: [&str; 4] = [
    "Failed to query available provider packages",
    "Failed to install provider",
    "Invalid provider registry host",
    "Unsupported Terraform Core version",
];

/// Terraform, with the provider at hand.
#[derive(Debug, Clone)]
pub struct Terraform {
    project: PathBuf,
    home: PathBuf,
}

/// Why there is no Terraform to work with.
#[derive(Debug, thiserror::Error)]
pub enum Unready {
    /// It is not installed.
    #[error("Terraform is not installed: `terraform version` does not work here")]
    Missing,
    /// It is too old, or its provider can be had neither here nor from the network.
    #[error("Terraform has no AWS provider ({PLUGIN_DIR} may name a folder that holds it): {0}")]
    Unavailable(String),
    /// What is in `infra/` cannot be initialised.
    #[error("`terraform init` failed: {0}")]
    Refused(String),
}

impl Unready {
    /// Whether it is the machine that lacks something.
    pub fn is_absence(&self) -> bool {
        !matches!(self, Self::Refused(_))
    }
}

impl Terraform {
    /// `project`: the folder that holds `infra/`. `target`: cargo's folder, where
    /// everything goes that Terraform writes.
    pub fn ready(project: &Path, target: &Path) -> Result<Self, Unready> {
        let terraform = Self {
            project: project.to_owned(),
            home: target.join("terraform"),
        };
        let version = terraform.command("infra").arg("version").output();
        if !version.is_ok_and(|output| output.status.success()) {
            return Err(Unready::Missing);
        }
        let mut last = Unready::Missing;
        for folder in plugins().map(Some).into_iter().chain([None]) {
            match terraform.init_with("infra", folder.as_deref()) {
                Ok(()) => return Ok(terraform),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// `terraform init` of a module, without its backend.
    pub fn init(&self, module: &str) -> Result<(), Unready> {
        self.init_with(module, Some(&self.plugins()))
    }

    fn init_with(&self, module: &str, plugins: Option<&Path>) -> Result<(), Unready> {
        let mut command = self.command(module);
        command.args(["init", "-backend=false", "-input=false", "-no-color"]);
        if let Some(plugins) = plugins {
            command.arg(format!("-plugin-dir={}", plugins.display()));
        }
        let output = command.output().map_err(|_| Unready::Missing)?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        Err(match UNAVAILABLE.iter().any(|known| said.contains(known)) {
            true => Unready::Unavailable(said),
            false => Unready::Refused(said),
        })
    }

    /// Terraform on a module, a folder of the project.
    pub fn command(&self, module: &str) -> Command {
        let mut command = Command::new("terraform");
        command
            .arg(format!("-chdir={}", self.project.join(module).display()))
            .env("TF_DATA_DIR", self.home.join(module.replace('/', "-")))
            .env("TF_IN_AUTOMATION", "1")
            .stdin(Stdio::null());
        // Terraform refuses to start with a settings file that is not there.
        let names_nothing = value("TF_CLI_CONFIG_FILE").is_some_and(|file| !file.exists());
        if names_nothing {
            command.env_remove("TF_CLI_CONFIG_FILE");
        }
        command
    }

    /// The folder that holds the provider, for `init -plugin-dir`.
    pub fn plugins(&self) -> PathBuf {
        self.home.join("infra/providers")
    }
}

/// A folder that holds the provider already.
fn plugins() -> Option<PathBuf> {
    let places = PLACES.iter().map(|place| below(Path::new(place), DEPTH));
    value(PLUGIN_DIR).or_else(|| places.flatten().next())
}

fn below(folder: &Path, depth: usize) -> Option<PathBuf> {
    if folder.join(PROVIDER).is_dir() {
        return Some(folder.to_owned());
    }
    let inside = std::fs::read_dir(folder).ok().filter(|_| depth > 0)?;
    let mut folders: Vec<_> = inside.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    folders
        .iter()
        .filter(|path| path.is_dir())
        .find_map(|path| below(path, depth - 1))
}

fn value(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_the_provider_is_found_below_a_place_and_not_too_deep() {
        let place = tempfile::tempdir().unwrap();
        let near = place.path().join("near/plugins");
        let far = place.path().join("far");
        std::fs::create_dir_all(near.join(PROVIDER)).unwrap();
        std::fs::create_dir_all(far.join("and/deeper").join(PROVIDER)).unwrap();
        assert_eq!(below(place.path(), 2), Some(near));
        assert_eq!(below(&far, 1), None);
    }
}

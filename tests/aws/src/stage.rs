//! The project's own infrastructure, by Terraform: examples/local, with nothing
//! but addresses and times set.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use serde_json::{Value, json};
use terraform::Terraform;
use tokio::process::Command;

use crate::packages::{architecture, folder};
use crate::process::{run, scratch, succeed};

const LONGEST: Duration = Duration::from_secs(8 * 60);

/// The module that is applied.
const MODULE: &str = "infra/examples/local";

/// A deployed stage.
pub(crate) struct Stage {
    terraform: Terraform,
    emulator: String,
    variables: PathBuf,
    name: String,
    /// What the root module says.
    pub(crate) outputs: Value,
}

/// What a stage is made with.
pub(crate) struct Settings {
    /// Where the emulator answers.
    pub(crate) emulator: String,
    /// Names its state.
    pub(crate) name: String,
    pub(crate) registry_url: String,
    pub(crate) public_url: String,
    /// Further settings of the functions.
    pub(crate) functions: Value,
}

/// Seconds that a call to the registry may take on this stage.
pub(crate) const CALL_TIMEOUT: u64 = 2;
/// Seconds that a run may take; a message comes again after six times this.
pub(crate) const FUNCTION_TIMEOUT: u64 = 5;
/// Receives after which a message is given up.
pub(crate) const MAX_RECEIVES: u64 = 3;

impl Stage {
    /// `terraform init` and `apply`.
    pub(crate) async fn apply(terraform: &Terraform, settings: Settings) -> Result<Self> {
        let home = scratch().join(format!("terraform-{}", settings.name));
        // What an earlier run left, its emulator has forgotten.
        let _ = std::fs::remove_dir_all(&home);
        std::fs::create_dir_all(&home)?;
        let variables = home.join("variables.tfvars.json");
        let values = json!({
            "packages": folder(),
            "architecture": architecture(),
            "registry_url": settings.registry_url,
            "public_url": settings.public_url,
            "settings": settings.functions,
            "call_timeout": CALL_TIMEOUT,
            "function_timeout": FUNCTION_TIMEOUT,
            "max_receives": MAX_RECEIVES,
        });
        std::fs::write(&variables, values.to_string())?;
        let mut stage = Self {
            terraform: terraform.clone(),
            emulator: settings.emulator,
            variables,
            name: settings.name,
            outputs: Value::Null,
        };
        stage.init().await?;
        let file = format!("-var-file={}", stage.variables.display());
        succeed(
            stage.terraform().args([
                "apply",
                "-auto-approve",
                "-input=false",
                "-no-color",
                "-parallelism=40",
                &file,
            ]),
            LONGEST,
        )
        .await?;
        let outputs = succeed(
            stage.terraform().args(["output", "-json", "registrar"]),
            LONGEST,
        )
        .await?;
        stage.outputs = serde_json::from_str(&outputs)?;
        Ok(stage)
    }

    async fn init(&self) -> Result<()> {
        let state = format!(
            "-backend-config=path={}",
            self.home().join("terraform.tfstate").display()
        );
        let mut command = self.terraform();
        command.args(["init", "-input=false", "-no-color", "-reconfigure", &state]);
        command.arg(format!(
            "-plugin-dir={}",
            self.terraform.plugins().display()
        ));
        succeed(&mut command, LONGEST).await.map(|_| ())
    }

    /// Whether a second plan finds nothing to do.
    pub(crate) async fn is_settled(&self) -> Result<bool> {
        let file = format!("-var-file={}", self.variables.display());
        let said = run(
            self.terraform().args([
                "plan",
                "-detailed-exitcode",
                "-input=false",
                "-no-color",
                &file,
            ]),
            LONGEST,
        )
        .await?;
        match said.code {
            Some(0) => Ok(true),
            Some(2) => Ok(false),
            _ => Err(anyhow!("terraform plan failed: {}", said.err)),
        }
    }

    /// `terraform destroy`; what was destroyed, in Terraform's words.
    pub(crate) async fn destroy(&self) -> Result<String> {
        let file = format!("-var-file={}", self.variables.display());
        let said = succeed(
            self.terraform().args([
                "destroy",
                "-auto-approve",
                "-input=false",
                "-no-color",
                "-parallelism=40",
                &file,
            ]),
            LONGEST,
        )
        .await?;
        let line = said
            .lines()
            .find(|line| line.starts_with("Destroy complete"));
        Ok(line
            .context("terraform destroy did not say that it is complete")?
            .to_owned())
    }

    fn home(&self) -> PathBuf {
        scratch().join(format!("terraform-{}", self.name))
    }

    fn terraform(&self) -> Command {
        let mut command = Command::from(self.terraform.command(MODULE));
        command
            .env("AWS_ENDPOINT_URL", &self.emulator)
            .env("TF_DATA_DIR", self.home().join("data"));
        command
    }

    /// One of the outputs, by its JSON pointer.
    pub(crate) fn output(&self, pointer: &str) -> Result<String> {
        let value = self.outputs.pointer(pointer).and_then(Value::as_str);
        Ok(value
            .with_context(|| format!("the stage has no output {pointer}"))?
            .to_owned())
    }
}

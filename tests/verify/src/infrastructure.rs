//! What Terraform itself can say of `infra/`, without an account.

use terraform::{Terraform, Unready};

use crate::lane::{Outcome, project, silent, target};

/// The root module, and the modules that use it.
const MODULES: [&str; 4] = [
    "infra",
    "infra/examples/local",
    "infra/examples/staging",
    "infra/examples/production",
];

/// `terraform init` without a backend, and `terraform validate`.
pub(crate) fn is_valid() -> Outcome {
    with_terraform(|terraform| {
        for module in MODULES {
            println!("{module}");
            if let Err(error) = terraform.init(module) {
                return not_ready(&error);
            }
            let valid = silent(terraform.command(module).args(["validate", "-no-color"]));
            if valid != Outcome::Passed {
                return valid;
            }
        }
        Outcome::Passed
    })
}

/// `terraform test`, with a mocked provider.
pub(crate) fn passes_its_tests() -> Outcome {
    with_terraform(|terraform| silent(terraform.command("infra").args(["test", "-no-color"])))
}

fn with_terraform(check: impl FnOnce(&Terraform) -> Outcome) -> Outcome {
    match Terraform::ready(&project(), &target()) {
        Ok(terraform) => check(&terraform),
        Err(error) => not_ready(&error),
    }
}

fn not_ready(error: &Unready) -> Outcome {
    if error.is_absence() {
        return Outcome::NotRun(error.to_string());
    }
    eprintln!("{error}");
    Outcome::Failed
}

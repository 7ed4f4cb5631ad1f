//! SIGKILL of a function's process in the middle of a step: the registry has the
//! submission, and nobody has its answer.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use end_to_end::orders;
use registry_simulator::{Answer, Calls, Fault};

use crate::wait;
use crate::world::World;

const BUSINESS: usize = 400;

pub(crate) async fn run(world: &World) -> Result<String> {
    let before = world.simulator.calls().len();
    // The registry takes the brand, and does not answer.
    let fault = Fault {
        answer: Answer::Hang,
        carried_out: true,
        calls: Calls::Writes,
    };
    ensure!(
        world.simulator.fail_next(1, fault),
        "the simulator takes no fault"
    );
    let id = world
        .caller
        .post(&orders::document(BUSINESS, 2), "crash")
        .await?;
    wait::until(
        "the brand is being submitted",
        Duration::from_secs(30),
        async || {
            let calls = world.simulator.calls();
            let new = calls.get(before..).unwrap_or_default();
            Ok(new.iter().any(|call| call.method == "POST").then_some(()))
        },
    )
    .await?;
    let killed = kill(
        &world.proxy.url(),
        &world.stage.output("/functions/register-brand/name")?,
    )?;
    ensure!(killed > 0, "no process of register-brand was found");
    world.caller.registered(&id).await?;
    let history = world.caller.history(&id).await?;
    let count = |fact: &str| history.iter().filter(|told| *told == fact).count();
    ensure!(
        count("brand intended") == 1
            && count("brand submitted") == 1
            && count("brand attempt_failed") == 0,
        "the brand was found by its reference, and not sent again: {history:?}"
    );
    let again = world.submitted_again();
    ensure!(
        again == serde_json::json!([[], [], []]),
        "submitted more than once: {again}"
    );
    Ok("the killed run's submission was found at the registry, and made once".to_owned())
}

/// Kills the processes of one function of this very stage; how many.
fn kill(endpoint: &str, function: &str) -> Result<usize> {
    let mut killed = 0;
    for entry in std::fs::read_dir("/proc")
        .context("processes are found in /proc, on Linux")?
        .flatten()
    {
        let name = entry.file_name();
        let Some(id) = name
            .to_str()
            .filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
        else {
            continue;
        };
        let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        let has = |wanted: String| {
            environment
                .split(|byte| *byte == 0)
                .any(|set| set == wanted.as_bytes())
        };
        if has(format!("AWS_LAMBDA_FUNCTION_NAME={function}"))
            && has(format!("AWS_ENDPOINT_URL={endpoint}"))
        {
            std::process::Command::new("kill")
                .args(["-9", id])
                .status()?;
            killed += 1;
        }
    }
    Ok(killed)
}

//! What is shown on an emulator, one file per subject.

use crate::emulator::{Emulator, Kind};
use crate::report::Report;
use crate::world::World;
use terraform::Terraform;

mod callbacks;
mod crash;
mod history;
mod orders;
mod outage;
mod poison;
mod requests;
pub(crate) mod roles;

/// The lanes of an emulator, in the order in which they run; `apply` comes
/// before, `destroy` after them. What is counted and who may do what is shown on
/// ministack: LocalStack answers so slowly that the SDK repeats calls, which
/// would be counted too, and its IAM is a paid feature.
fn lanes(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::LocalStack => &["orders", "crash", "outage", "poison", "callbacks"],
        Kind::Ministack => &[
            "orders",
            "requests",
            "history",
            "crash",
            "outage",
            "poison",
            "callbacks",
            "roles",
        ],
    }
}

/// Runs every lane on one emulator, with one `apply` for all of them.
pub(crate) async fn all(
    emulator: Emulator,
    terraform: &Terraform,
    first_look: u32,
    report: &mut Report,
) {
    let on = emulator.kind.name();
    let name = |lane: &str| format!("{on}: {lane}");
    let wanted: Vec<_> = lanes(emulator.kind)
        .iter()
        .copied()
        .filter(|lane| report.wants(&name(lane)))
        .collect();
    if wanted.is_empty() {
        return;
    }
    let world = match World::new(emulator, terraform, first_look).await {
        Ok(world) => world,
        Err(error) => {
            report.failed(&name("apply"), &error);
            for lane in wanted {
                report.not_run(&name(lane), "there is no stage");
            }
            return;
        }
    };
    apply(&world, &name("apply"), report).await;
    for lane in wanted {
        if let Some(why) = unable(&world.emulator, lane) {
            report.not_run(&name(lane), why);
            continue;
        }
        let result = match lane {
            "orders" => orders::run(&world).await,
            "requests" => requests::run(&world).await,
            "history" => history::run(&world).await,
            "crash" => crash::run(&world).await,
            "outage" => outage::run(&world).await,
            "poison" => poison::run(&world).await,
            "callbacks" => callbacks::run(&world).await,
            _ => roles::run(&world).await,
        };
        if result.is_err() {
            world.tell().await;
        }
        report.outcome(&name(lane), result);
    }
    report.outcome(&name("destroy"), world.end().await);
}

/// Why a lane cannot run on this emulator, if so.
fn unable(emulator: &Emulator, lane: &str) -> Option<&'static str> {
    // A given ministack tells functions to call itself, not the proxy.
    let proxied = emulator.is_ours() || emulator.kind == Kind::LocalStack;
    match lane {
        "requests" | "history" | "outage" if !proxied => Some(
            "a ministack that runs already tells functions to call itself: nothing can stand between",
        ),
        "roles" if !emulator.enforces_iam() => {
            Some("whether a ministack that runs already enforces IAM is not known")
        }
        _ => None,
    }
}

async fn apply(world: &World, lane: &str, report: &mut Report) {
    let made = world
        .stage
        .outputs
        .pointer("/functions")
        .and_then(serde_json::Value::as_object);
    let functions = made.map_or(0, serde_json::Map::len);
    // ministack gives alarms back without their period and statistic.
    let settled = match world.emulator.kind {
        Kind::Ministack => Ok(
            "a second plan is not compared: ministack does not give alarms back as they were made",
        ),
        Kind::LocalStack => match world.stage.is_settled().await {
            Ok(true) => Ok("a second plan finds nothing to do"),
            Ok(false) => Err(anyhow::anyhow!("a second plan finds something to do")),
            Err(error) => Err(error),
        },
    };
    report.outcome(
        lane,
        settled.map(|plan| format!("{functions} functions; {plan}")),
    );
}

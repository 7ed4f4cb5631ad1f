//! What is shown on an emulator, one file per subject.

use crate::emulator::{Emulator, Kind};
use crate::report::Report;
use crate::stage;
use crate::world::World;

mod callbacks;
mod crash;
mod orders;
mod outage;
mod poison;
mod requests;
mod roles;

/// Runs every lane that needs no IAM on one emulator.
pub(crate) async fn all(emulator: Emulator, report: &mut Report) {
    let on = emulator.kind.name();
    let name = |lane: &str| format!("{on}: {lane}");
    let lanes = [
        "orders",
        "requests",
        "crash",
        "outage",
        "poison",
        "callbacks",
    ];
    if !lanes.iter().any(|lane| report.wants(&name(lane))) {
        return;
    }
    if let Err(why) = stage::is_possible().await {
        report.not_run(&name("all lanes"), &format!("{why:#}"));
        return;
    }
    let world = match World::new(emulator, false).await {
        Ok(world) => world,
        Err(error) => {
            report.failed(&name("apply"), &error);
            for lane in lanes {
                report.not_run(&name(lane), "there is no stage");
            }
            return;
        }
    };
    apply(&world, &name("apply"), report).await;
    // A given ministack tells functions to call itself, not the proxy.
    let proxied = world.emulator.is_ours() || world.emulator.kind == Kind::LocalStack;
    let wanted = lanes.map(|lane| report.wants(&name(lane)));
    for (lane, _) in lanes.into_iter().zip(wanted).filter(|(_, wanted)| *wanted) {
        let needs_proxy = ["requests", "outage"].contains(&lane);
        if needs_proxy && !proxied {
            let why = "a ministack that runs already tells functions to call itself: nothing can stand between";
            report.not_run(&name(lane), why);
            continue;
        }
        let result = match lane {
            "orders" => orders::run(&world).await,
            "requests" => requests::run(&world).await,
            "crash" => crash::run(&world).await,
            "outage" => outage::run(&world).await,
            "poison" => poison::run(&world).await,
            _ => callbacks::run(&world).await,
        };
        if result.is_err() {
            world.tell().await;
        }
        report.outcome(&name(lane), result);
    }
    report.outcome(&name("destroy"), world.end().await);
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

/// Runs the lane that needs IAM.
pub(crate) async fn roles(emulator: Emulator, report: &mut Report) {
    let lane = "ministack with IAM: roles";
    if !report.wants(lane) {
        return;
    }
    if let Err(why) = stage::is_possible().await {
        report.not_run(lane, &format!("{why:#}"));
        return;
    }
    match World::new(emulator, true).await {
        Err(error) => report.failed(lane, &error),
        Ok(world) => {
            let result = roles::run(&world).await;
            if result.is_err() {
                world.tell().await;
            }
            report.outcome(lane, result);
            report.outcome("ministack with IAM: destroy", world.end().await);
        }
    }
}

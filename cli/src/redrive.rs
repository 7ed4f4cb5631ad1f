//! `registrar redrive`: dead letters get another chance.

use serde_json::json;

use platform::case::Author;
use platform::redrive::{MOST, redrive as put_back};
use registration::{Actor, Step, TraceId};

use crate::place::Place;
use registrar::service::random;

/// Put dead letters of a function back into its queue, once what killed them is
/// put right.
#[derive(Debug, clap::Args)]
pub(crate) struct Redrive {
    /// The function, such as register-brand
    #[arg(value_parser = function)]
    function: &'static str,
    /// Who decides so, for the audit trail
    #[arg(long)]
    operator: String,
    /// How many at most, up to 1000
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=MOST as i64))]
    most: u16,
    /// As one JSON document
    #[arg(long)]
    json: bool,
}

fn function(name: &str) -> Result<&'static str, String> {
    let functions = Step::functions();
    let known = functions.iter().find(|function| **function == name);
    known
        .copied()
        .ok_or_else(|| format!("a function with a queue is one of {}", functions.join(", ")))
}

/// Puts them back and says what became of each.
pub(crate) async fn redrive(redrive: Redrive, place: &Place) -> anyhow::Result<()> {
    let opened = place.open().await?;
    let author = Author {
        actor: Actor::operator(&redrive.operator),
        trace: TraceId::new(random()),
    };
    let function = redrive.function;
    let most = usize::from(redrive.most);
    let done = put_back(&opened.platform()?, function, most, &author).await?;
    let dead = opened.queue.depth(function).await?.dead;
    if redrive.json {
        let back = done.back.iter().map(|back| {
            json!({ "registration": back.registration, "step": back.step, "stopped": back.stopped })
        });
        let back: Vec<_> = back.collect();
        let left: Vec<_> = done.left.iter().map(ToString::to_string).collect();
        let put_back = json!({ "function": function, "back": back, "left": left, "dead": dead });
        println!("{put_back}");
        return Ok(());
    }
    for back in &done.back {
        let (id, step) = (&back.registration, back.step);
        match back.stopped {
            false => println!("{id}  {step}: back in the queue"),
            true => println!(
                "{id}  {step}: back in the queue, but the registration waits for a person: \
                 `registrar retry {id}`"
            ),
        }
    }
    for why in &done.left {
        println!("left: {why}");
    }
    println!(
        "{} put back, {} left where they are; {function} has {dead} dead letters now",
        done.back.len(),
        done.left.len()
    );
    Ok(())
}

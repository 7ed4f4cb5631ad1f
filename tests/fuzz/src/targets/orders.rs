//! An order as the API takes it: looked at, then taken if nothing is wrong with it.

use axum::http::StatusCode;

use super::{Form, Memory, Reader, Target, answers, is};
use crate::world::World;

pub(super) const TARGET: Target = Target {
    name: "orders",
    also: Some(("tests/orders", "json")),
    form: Form::Json,
    begin: || Ok(Box::new(Orders(World::begin()?))),
    inputs_of_one: 50,
    memory: Memory {
        bytes: 4 << 20,
        per_byte: 200,
    },
};

struct Orders(World);

impl Reader for Orders {
    fn read(&mut self, input: &[u8]) -> anyhow::Result<()> {
        let Self(world) = self;
        let looked = world.call("POST", "/v1/registrations?dry_run=true", input)?;
        answers(&looked, &[200, 400, 409, 413, 422])?;
        if !is(&looked, StatusCode::OK) {
            return Ok(());
        }
        // What is wrong is all told by the look: nothing else keeps it from being taken.
        let taken = world.call("POST", "/v1/registrations", input)?;
        answers(&taken, &[202])?;
        let taken = taken.json()?;
        let id = taken.get("id").and_then(serde_json::Value::as_str);
        let id = id.unwrap_or_default();
        let shown = world.call("GET", &format!("/v1/registrations/{id}"), b"")?;
        answers(&shown, &[200])
    }
}

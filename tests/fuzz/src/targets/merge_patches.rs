//! A correction of an order: it is taken or refused, and the order can be read after it.

use super::{Form, Memory, Reader, Target, answers};
use crate::world::World;

pub(super) const TARGET: Target = Target {
    name: "merge_patches",
    also: None,
    form: Form::Json,
    begin: || Ok(Box::new(Patches(World::begin()?))),
    inputs_of_one: 50,
    memory: Memory {
        bytes: 4 << 20,
        per_byte: 200,
    },
};

struct Patches(World);

impl Reader for Patches {
    fn read(&mut self, input: &[u8]) -> anyhow::Result<()> {
        let Self(world) = self;
        let path = format!("/v1/registrations/{}", world.id);
        let corrected = world.call("PATCH", &path, input)?;
        answers(&corrected, &[202, 400, 409, 413, 422, 429])?;
        let shown = world.call("GET", &path, b"")?;
        answers(&shown, &[200])
    }
}

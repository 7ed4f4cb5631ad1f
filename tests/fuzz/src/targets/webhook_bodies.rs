//! The body of a webhook, rightly signed and not: it is read, and is never a reason to be
//! asked for again.

use super::{Form, Memory, Reader, Target, answers};
use crate::world::{NOW, World};

pub(super) const TARGET: Target = Target {
    name: "webhook_bodies",
    also: None,
    form: Form::Json,
    begin: || Ok(Box::new(Webhooks(World::begin()?))),
    // What an unknown one says is kept, and read again with the next.
    inputs_of_one: 1,
    memory: Memory {
        bytes: 2 << 20,
        per_byte: 80,
    },
};

struct Webhooks(World);

impl Reader for Webhooks {
    fn read(&mut self, input: &[u8]) -> anyhow::Result<()> {
        let Self(world) = self;
        let time = NOW.to_string();
        let answer = world.webhook(world.signed(&time, input)?, input)?;
        answers(&answer, &[200, 400, 413])?;
        // The same signature for a body that is one byte longer.
        world.messages()?;
        let altered = [input, b" "].concat();
        let answer = world.webhook(world.signed(&time, input)?, &altered)?;
        answers(&answer, &[401, 413])?;
        let sent = world.messages()?;
        anyhow::ensure!(sent == 0, "a forged webhook sent {sent} messages");
        Ok(())
    }
}

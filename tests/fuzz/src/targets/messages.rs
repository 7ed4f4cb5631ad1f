//! The body of a message off a queue: one that cannot be read is left alone, any other is run.

use platform::queue::{Delivery, Receipt};
use platform::workers::{self, Functions};
use platform::{Case, message::Message};

use super::{Form, Memory, Reader, Target};
use crate::world::{self, World};

pub(super) const TARGET: Target = Target {
    name: "messages",
    also: None,
    form: Form::Json,
    begin: || {
        let world = World::begin()?;
        let functions = world::functions(&world);
        Ok(Box::new(Messages { world, functions }))
    },
    inputs_of_one: 50,
    memory: Memory {
        bytes: 2 << 20,
        per_byte: 40,
    },
};

struct Messages {
    world: World,
    functions: Functions,
}

/// What corpus files have in the place of the order's id, which is new in every world.
const ID: &str = "reg_of_the_order";

impl Reader for Messages {
    fn read(&mut self, input: &[u8]) -> anyhow::Result<()> {
        let Self { world, functions } = self;
        // SQS and SQLite hand over text.
        let body = String::from_utf8_lossy(input).replace(ID, world.id.as_str());
        let message = Message::read(&body);
        if let Ok(message) = &message {
            let written = serde_json::to_string(message)?;
            anyhow::ensure!(
                Message::read(&written).as_ref() == Ok(message),
                "a message that is written again is another: {written}"
            );
        }
        let delivery = Delivery {
            message,
            receipt: Receipt("0:0".to_owned()),
            receives: 1,
        };
        world.wait(workers::deliver(&world.platform, functions, delivery));
        world.messages()?;
        world.wait(Case::load(&*world.platform.store, &world.id))?;
        Ok(())
    }
}

//! The query of a list, with a cursor or without: a page, or a refusal.

use axum::http::Uri;

use super::{Form, Memory, Reader, Target, answers};
use crate::world::World;

pub(super) const TARGET: Target = Target {
    name: "cursors",
    also: None,
    form: Form::Text,
    begin: || Ok(Box::new(Cursors(World::begin()?))),
    inputs_of_one: 1_000,
    memory: Memory {
        bytes: 2 << 20,
        per_byte: 80,
    },
};

struct Cursors(World);

impl Reader for Cursors {
    fn read(&mut self, input: &[u8]) -> anyhow::Result<()> {
        let Self(world) = self;
        let cursor: String = url::form_urlencoded::byte_serialize(input).collect();
        let lists = [
            "/v1/registrations".to_owned(),
            format!("/v1/registrations/{}/numbers", world.id),
        ];
        // As the cursor, and as the whole query.
        let queries = [format!("cursor={cursor}"), as_text(input)];
        for list in lists {
            for query in &queries {
                let path = format!("{list}?{query}");
                // The HTTP server refuses what is no address, and one that is too long.
                if path.parse::<Uri>().is_err() {
                    continue;
                }
                let answer = world.call("GET", &path, b"")?;
                answers(&answer, &[200, 400, 403])?;
            }
        }
        Ok(())
    }
}

fn as_text(input: &[u8]) -> String {
    String::from_utf8_lossy(input).into_owned()
}

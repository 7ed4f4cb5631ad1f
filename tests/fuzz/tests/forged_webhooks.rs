//! Webhooks that the registry did not send, or not now: none is taken.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use fuzz::alter::Alter;
use fuzz::corpus;
use fuzz::targets;
use fuzz::world::{NOW, World, signed_with};
use platform::Case;

const FORGED: usize = 10_000;

/// The same for everybody who runs this; a failure names the webhook's number.
const SEED: u64 = 0x5eed;

/// Seconds that a webhook may be old or early.
const SKEW: i64 = 300;

const TIMESTAMP: &str = "telnyx-timestamp";
const SIGNATURE: &str = "telnyx-signature-ed25519";

/// A webhook on its way, right so far.
struct Sent {
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Sent {
    fn header(&self, name: &str) -> String {
        self.headers[name].to_str().unwrap().to_owned()
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.headers.insert(name, value.parse().unwrap());
    }

    /// The signature with other bytes.
    fn signature(&mut self, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = STANDARD.decode(self.header(SIGNATURE)).unwrap();
        change(&mut bytes);
        self.set(SIGNATURE, &STANDARD.encode(bytes));
    }
}

/// What whoever forges does, by its name.
type Forging = (
    &'static str,
    fn(&mut Sent, &mut fastrand::Rng, &World, &[u8]),
);

const FORGINGS: [Forging; 15] = [
    ("another key", |sent, random, _, _| {
        let key = SigningKey::from_bytes(&std::array::from_fn(|_| random.u8(..)));
        sent.headers = signed_with(&key, &NOW.to_string(), &sent.body).unwrap();
    }),
    ("a bit of the body", |sent, random, _, _| {
        let at = random.usize(0..sent.body.len());
        sent.body[at] ^= 1 << random.u8(0..8);
    }),
    ("a longer body", |sent, random, _, _| {
        let at = random.usize(0..=sent.body.len());
        sent.body.insert(at, b' ');
    }),
    ("a shorter body", |sent, _, _, _| {
        sent.body.pop();
    }),
    ("another timestamp", |sent, random, _, _| {
        let other = [random.i64(-SKEW..0), random.i64(1..=SKEW)][random.usize(0..2)];
        sent.set(TIMESTAMP, &(NOW + other).to_string());
    }),
    (
        "an old timestamp, rightly signed",
        |sent, random, world, _| {
            let time = (NOW - random.i64(SKEW + 1..NOW)).to_string();
            sent.headers = world.signed(&time, &sent.body).unwrap();
        },
    ),
    (
        "a timestamp to come, rightly signed",
        |sent, random, world, _| {
            let time = (NOW + random.i64(SKEW + 1..NOW)).to_string();
            sent.headers = world.signed(&time, &sent.body).unwrap();
        },
    ),
    ("no timestamp", |sent, _, _, _| {
        sent.headers.remove(TIMESTAMP);
    }),
    ("no signature", |sent, _, _, _| {
        sent.headers.remove(SIGNATURE);
    }),
    ("two timestamps, the right one last", |sent, _, _, _| {
        let right = sent.header(TIMESTAMP);
        sent.set(TIMESTAMP, &(NOW - 1).to_string());
        sent.headers.append(TIMESTAMP, right.parse().unwrap());
    }),
    (
        "two signatures, the right one last",
        |sent, random, _, _| {
            let right = sent.header(SIGNATURE);
            sent.signature(|bytes| bytes[random.usize(0..64)] ^= 1 << random.u8(0..8));
            sent.headers.append(SIGNATURE, right.parse().unwrap());
        },
    ),
    ("a bit of the signature", |sent, random, _, _| {
        sent.signature(|bytes| bytes[random.usize(0..64)] ^= 1 << random.u8(0..8));
    }),
    ("a truncated signature", |sent, random, _, _| {
        sent.signature(|bytes| bytes.truncate(random.usize(0..64)));
    }),
    ("the signature of another body", |sent, _, world, other| {
        sent.headers = world.signed(&NOW.to_string(), other).unwrap();
        if sent.body == other {
            sent.body.push(b'\n');
        }
    }),
    ("a timestamp in other words", |sent, random, world, _| {
        let words = [
            "+1800000000",
            "1800000000.0",
            "1.8e9",
            "",
            "0x6b49d200",
            "soon",
        ];
        let time = words[random.usize(0..words.len())];
        sent.headers = world.signed("1800000000", &sent.body).unwrap();
        let time = HeaderValue::from_str(time).unwrap();
        sent.headers.insert(TIMESTAMP, time);
    }),
];

#[test]
fn of_10_000_webhooks_that_are_forged_or_stale_none_is_taken() {
    let target = targets::named(Some("webhook_bodies")).unwrap()[0];
    let corpus: Vec<_> = corpus::of(&target)
        .unwrap()
        .into_iter()
        .map(|(_, body)| body)
        .collect();
    let mut alter = Alter::new(target.form, corpus.clone(), SEED);
    let mut random = fastrand::Rng::with_seed(SEED);
    let world = World::begin().unwrap();
    world.messages().unwrap();
    let history = world.wait(world.platform.store.history(&world.id)).unwrap();
    let mut refused = BTreeMap::new();
    for number in 0..FORGED {
        // Every other body is one that would be taken; the rest may be anything.
        let mut body = match number % 2 {
            0 => corpus[number / 2 % corpus.len()].clone(),
            _ => alter.input(),
        };
        body.truncate(webhooks::LARGEST_BODY - 1);
        if body.is_empty() {
            body.push(b'{');
        }
        let headers = world.signed(&NOW.to_string(), &body).unwrap();
        let mut sent = Sent { headers, body };
        let (name, forge) = FORGINGS[number % FORGINGS.len()];
        forge(
            &mut sent,
            &mut random,
            &world,
            &corpus[number % corpus.len()],
        );
        let answer = world.webhook(sent.headers, &sent.body).unwrap();
        assert_eq!(
            answer.status, 401,
            "webhook {number} of seed {SEED}, {name}: {}",
            answer.text
        );
        *refused.entry(name).or_insert(0) += 1;
    }
    println!("refused, of seed {SEED}: {refused:#?}");
    assert_eq!(refused.len(), FORGINGS.len());
    assert_eq!(world.messages().unwrap(), 0, "nothing is sent");
    let after = world.wait(world.platform.store.history(&world.id)).unwrap();
    assert_eq!(after, history, "nothing is stored");

    // And the same function takes what the registry sends.
    let brand = br#"{"data":{"event_type":"10dlc.brand.update","payload":{"brandId":"b"}}}"#;
    let signed = world.signed(&NOW.to_string(), brand).unwrap();
    let answer = world.webhook(signed, brand).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(world.messages().unwrap(), 1);
    world
        .wait(Case::load(&*world.platform.store, &world.id))
        .unwrap();
}

//! Chance that can be replayed: every draw comes from the seed and what it is
//! about, so the order in which calls arrive changes nothing.

use std::time::Duration;

use fastrand::Rng;

use crate::settings::Span;

/// A generator for one purpose of one subject's nth creation.
pub(crate) fn rng(seed: u64, purpose: &str, subject: &str, nth: u64) -> Rng {
    // FNV-1a: stable over releases of the standard library, whose hashers are not.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ seed;
    let separator = [0xff_u8];
    let bytes = purpose.bytes().chain(separator).chain(subject.bytes());
    for byte in bytes.chain(separator).chain(nth.to_le_bytes()) {
        hash ^= u64::from(byte);
        hash = hash.wrapping_mul(0x0100_0000_01b3);
    }
    Rng::with_seed(hash)
}

/// A version 4 UUID.
pub(crate) fn uuid(rng: &mut Rng) -> String {
    let bits = rng.u128(..);
    let bits = (bits & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let mut uuid = String::with_capacity(36);
    for (at, digit) in hex.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            uuid.push('-');
        }
        uuid.push(digit);
    }
    uuid
}

/// An id in the style of The Campaign Registry: `C6X6M95`, two letters longer.
pub(crate) fn registry_id(rng: &mut Rng, first: char) -> String {
    let mut id = String::from(first);
    for _ in 0..8 {
        let digit = char::from_digit(rng.u32(0..36), 36).unwrap_or('0');
        id.push(digit.to_ascii_uppercase());
    }
    id
}

/// A length within the span.
pub(crate) fn length(rng: &mut Rng, span: Span) -> Duration {
    let nanos = |length: Duration| u64::try_from(length.as_nanos()).unwrap_or(u64::MAX);
    let min = nanos(span.min);
    Duration::from_nanos(rng.u64(min..=nanos(span.max).max(min)))
}

/// Whether something with this chance per mille happens.
pub(crate) fn happens(rng: &mut Rng, per_mille: u16) -> bool {
    rng.u16(0..1000) < per_mille
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_seed_purpose_subject_and_count_alone() {
        let draw = |seed, purpose, subject, nth| rng(seed, purpose, subject, nth).u64(..);
        let first = draw(7, "brand", "123456789", 0);
        assert_eq!(first, draw(7, "brand", "123456789", 0));
        assert_ne!(first, draw(8, "brand", "123456789", 0));
        assert_ne!(first, draw(7, "campaign", "123456789", 0));
        assert_ne!(first, draw(7, "brand", "123456780", 0));
        assert_ne!(first, draw(7, "brand", "123456789", 1));
    }

    #[test]
    fn an_id_is_a_version_4_uuid() {
        let id = uuid(&mut rng(1, "id", "x", 0));
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'4', "{id}");
        assert!(
            matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'),
            "{id}"
        );
    }
}

//! How an input is made of the corpus. The same seed makes the same inputs.

use mutatis::Session;
use serde_json::{Map, Value};

use crate::targets::Form;

/// The largest input that is made by altering; now and then one is made larger.
const LARGE: usize = 64 * 1024;

/// And up to so much: a little more than any function reads.
const LARGEST: usize = 1024 * 1024 + 64;

/// One of so many is that large.
const SELDOM: u32 = 4_000;

/// The most times that one alteration is followed by another.
const MOST: u32 = 6;

/// Texts that programs have stumbled over.
const PIECES: [&str; 40] = [
    "",
    " ",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "\u{1f9b7}",
    "e\u{301}",
    "\u{fffd}",
    "\r\n",
    "\n\n",
    "\"",
    "\"\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "\\udc00\\ud800",
    ",",
    ",,",
    ":",
    "[",
    "]",
    "{",
    "}",
    "[[[[[[[[",
    "null",
    "true",
    "-0",
    "1e999",
    "-1e-999",
    "18446744073709551616",
    "-9223372036854775809",
    "0.1e+308",
    "4294967295",
    "9999-12-31T23:59:60Z",
    "+1",
    "%00",
    "%",
    "&",
    "../",
    "reg_",
];

/// Numbers at the ends of types.
const NUMBERS: [i64; 10] = [
    0,
    -1,
    1,
    255,
    65_536,
    u32::MAX as i64,
    u32::MAX as i64 + 1,
    253_402_300_800_000,
    i64::MIN,
    i64::MAX,
];

/// Makes inputs.
pub struct Alter {
    form: Form,
    corpus: Vec<Vec<u8>>,
    random: fastrand::Rng,
    session: Session,
}

impl Alter {
    /// Of these, by a seed.
    pub fn new(form: Form, corpus: Vec<Vec<u8>>, seed: u64) -> Self {
        Self {
            form,
            corpus,
            random: fastrand::Rng::with_seed(seed),
            session: Session::new().seed(seed),
        }
    }

    /// The next input.
    pub fn input(&mut self) -> Vec<u8> {
        let mut input = self.one();
        for _ in 0..self.random.u32(1..=MOST) {
            match self.form {
                Form::Text => self.bytes(&mut input),
                Form::Json | Form::JsonLines if self.random.u8(0..4) == 0 => self.bytes(&mut input),
                Form::Json => self.json(&mut input),
                Form::JsonLines => self.line(&mut input),
            }
            input.truncate(LARGE);
        }
        if self.random.u32(0..SELDOM) == 0 {
            self.enlarge(&mut input);
        }
        input
    }

    /// One of the corpus.
    fn one(&mut self) -> Vec<u8> {
        let one = self.random.choice(&self.corpus);
        one.cloned().unwrap_or_default()
    }

    /// Two places in it, in their order.
    fn span(&mut self, length: usize) -> (usize, usize) {
        let (one, other) = (self.random.usize(0..=length), self.random.usize(0..=length));
        (one.min(other), one.max(other))
    }

    fn piece(&mut self) -> &'static str {
        self.random.choice(PIECES).unwrap_or_default()
    }

    fn bytes(&mut self, input: &mut Vec<u8>) {
        let (from, to) = self.span(input.len());
        match self.random.u8(0..7) {
            0 => {
                input.drain(from..to.min(from + 200));
            }
            1 => {
                let piece = self.piece();
                input.splice(from..from, piece.bytes());
            }
            2 => {
                let piece = self.piece();
                input.splice(from..to.min(from + 20), piece.bytes());
            }
            // Again and again, such as brackets in brackets.
            3 => {
                let run: Vec<u8> = input.iter().skip(from).take(8).copied().collect();
                let times = self.random.usize(1..400);
                input.splice(from..from, run.repeat(times));
            }
            // The beginning of one and the end of another.
            4 => {
                let other = self.one();
                let (begins, _) = self.span(other.len());
                input.truncate(from);
                input.extend(other.into_iter().skip(begins));
            }
            // Of an empty one there is nothing to alter.
            _ => drop(self.session.mutate(input)),
        }
    }

    fn json(&mut self, input: &mut Vec<u8>) {
        let Ok(mut value) = serde_json::from_slice::<Value>(input) else {
            return self.bytes(input);
        };
        let mut place = self.random.usize(0..count(&value));
        let mut altered = false;
        self.alter(&mut value, &mut place, &mut altered);
        *input = value.to_string().into_bytes();
    }

    fn line(&mut self, input: &mut Vec<u8>) {
        let mut lines: Vec<Vec<u8>> = input.split(|byte| *byte == b'\n').map(Into::into).collect();
        let at = self.random.usize(0..lines.len());
        match self.random.u8(0..8) {
            0 => drop(lines.remove(at)),
            1 => {
                let other = self.random.usize(0..lines.len());
                lines.swap(at, other);
            }
            2 => {
                let again = lines.get(at).cloned().unwrap_or_default();
                lines.push(again);
            }
            _ => {
                if let Some(line) = lines.get_mut(at) {
                    let mut one = std::mem::take(line);
                    self.json(&mut one);
                    *line = one;
                }
            }
        }
        *input = lines.join(&b'\n');
    }

    /// Goes to the value at this place, counted from the outside in, and alters it.
    fn alter(&mut self, value: &mut Value, place: &mut usize, altered: &mut bool) {
        if *altered {
            return;
        }
        if *place == 0 {
            *altered = true;
            return self.value(value);
        }
        *place -= 1;
        match value {
            Value::Array(entries) => {
                for entry in entries {
                    self.alter(entry, place, altered);
                }
            }
            Value::Object(fields) => {
                for field in fields.values_mut() {
                    self.alter(field, place, altered);
                }
            }
            _ => {}
        }
    }

    fn value(&mut self, value: &mut Value) {
        match (self.random.u8(0..10), &mut *value) {
            (0, _) => *value = self.other(),
            (1, _) => *value = Value::Array(vec![value.take()]),
            (2, Value::Array(entries)) if !entries.is_empty() => {
                let at = self.random.usize(0..entries.len());
                let times = self.random.usize(1..120);
                let again = entries.get(at).cloned().unwrap_or_default();
                entries.extend(std::iter::repeat_n(again, times));
            }
            (3, Value::Array(entries)) if !entries.is_empty() => {
                entries.remove(self.random.usize(0..entries.len()));
            }
            (2 | 3, Value::Object(fields)) => self.without_one(fields),
            (4 | 5, Value::Object(fields)) => {
                let name = self.name(fields);
                let other = self.other();
                fields.insert(name, other);
            }
            (2..=6, Value::String(text)) => self.text(text),
            (2..=6, Value::Number(number)) => {
                let near = number.as_i64().unwrap_or_default();
                *value = near.wrapping_add(self.random.i64(-2..=2)).into();
            }
            (7, _) => self.nest(value),
            _ => *value = self.other(),
        }
    }

    fn without_one(&mut self, fields: &mut Map<String, Value>) {
        let name = self.random.choice(fields.keys()).cloned();
        name.map(|name| fields.remove(&name));
    }

    /// The name of another field, or a new one.
    fn name(&mut self, fields: &Map<String, Value>) -> String {
        let known = self.random.choice(fields.keys()).cloned();
        match self.random.bool() {
            true => known.unwrap_or_default(),
            false => format!("{}{}", known.unwrap_or_default(), self.piece()),
        }
    }

    fn nest(&mut self, value: &mut Value) {
        for _ in 0..self.random.usize(1..140) {
            *value = Value::Array(vec![value.take()]);
        }
    }

    fn text(&mut self, text: &mut String) {
        let characters: Vec<char> = text.chars().collect();
        let (from, to) = self.span(characters.len());
        let begins: String = characters.iter().take(from).collect();
        let ends: String = characters.iter().skip(to).collect();
        let times = match self.random.u8(0..6) {
            0 => self.random.usize(1..3_000),
            _ => 1,
        };
        *text = format!("{begins}{}{ends}", self.piece().repeat(times));
    }

    /// Any value.
    fn other(&mut self) -> Value {
        match self.random.u8(0..7) {
            0 => Value::Null,
            1 => self.random.bool().into(),
            2 => self.random.choice(NUMBERS).unwrap_or_default().into(),
            3 => self.random.f64().into(),
            4 => Value::Array(Vec::new()),
            5 => Value::Object(Map::new()),
            _ => self.piece().into(),
        }
    }

    /// The same over and over, up to more than is read.
    fn enlarge(&mut self, input: &mut Vec<u8>) {
        let to = self.random.usize(LARGE..=LARGEST);
        let run: Vec<u8> = match self.random.u8(0..4) {
            0 => b"[],".to_vec(),
            1 => b"\"\":{},".to_vec(),
            2 => b"a".to_vec(),
            _ => self.one(),
        };
        let (at, _) = self.span(input.len());
        let times = to.saturating_sub(input.len()) / run.len().max(1);
        input.splice(at..at, run.repeat(times));
    }
}

/// How many values there are in it, with itself.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(entries) => entries.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(seed: u64) -> Vec<Vec<u8>> {
        let corpus = vec![br#"{"a": [1, "b"], "c": {"d": null}}"#.to_vec()];
        let mut alter = Alter::new(Form::Json, corpus, seed);
        (0..200).map(|_| alter.input()).collect()
    }

    #[test]
    fn a_seed_makes_the_same_inputs_again_and_another_seed_makes_others() {
        assert_eq!(inputs(3), inputs(3));
        assert_ne!(inputs(3), inputs(4));
    }

    #[test]
    fn most_altered_documents_are_still_documents() {
        let inputs = inputs(5);
        let read = inputs
            .iter()
            .filter(|input| serde_json::from_slice::<Value>(input).is_ok());
        assert!(read.count() > inputs.len() / 3);
    }
}

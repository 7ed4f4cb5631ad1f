//! Texts compared as words.
//!
//! A text is folded before anything is looked for in it: case, accents and punctuation do not
//! count, and neither do line breaks. `Pre-Checked`, `pre checked` and `PRÉ\nCHECKED` are the same
//! two words.
//!
//! What is looked for is a phrase of words, with five signs:
//!
//! | sign | stands for |
//! |---|---|
//! | `deal*` | a word that begins so |
//! | `beer\|wine` | one of several words |
//! | `#` | a word that begins with a digit |
//! | `##` | a number of four digits or more |
//! | `~` | up to four words of the same sentence, or none |

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Words after which a phrase says the opposite.
const DENIALS: &[&str] = &[
    "not",
    "no",
    "never",
    "without",
    "neither",
    "nor",
    "none",
    "nobody",
    "nothing",
    "un",
    "cannot",
    "cant",
    "dont",
    "doesnt",
    "didnt",
    "isnt",
    "arent",
    "wont",
    "wasnt",
    "exclud*",
    "prohibit*",
    "forbid*",
    "refuse*",
    "avoid*",
    "instead",
    "rather",
];

/// How many words a `~` may skip.
const GAP: usize = 4;

/// How far before a phrase a word denies it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Denial {
    /// In the four words before it: "the box is not checked beforehand".
    Near,
    /// Anywhere before it in its sentence: "no number is ever given, sold or shared".
    InSentence,
}

/// A text as words.
#[derive(Debug)]
pub(crate) struct Words {
    words: Vec<Word>,
    /// Each word once, sorted: most phrases are not in most texts, and this tells fast.
    index: Vec<String>,
}

#[derive(Debug)]
struct Word {
    folded: String,
    /// In characters of the text.
    at: Range<usize>,
    /// Whether the sentence ends after it.
    ends: bool,
}

impl Words {
    /// Takes a text apart.
    pub(crate) fn of(text: &str) -> Self {
        let mut words: Vec<Word> = Vec::new();
        let mut open = false;
        let mut characters = text.chars().enumerate().peekable();
        while let Some((at, character)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            match Sign::of(character) {
                Sign::Letters(letters) if open => {
                    if let Some(word) = words.last_mut() {
                        word.folded.push_str(&letters);
                        word.at.end = at + 1;
                    }
                }
                Sign::Letters(letters) if !letters.is_empty() => {
                    open = true;
                    words.push(Word::new(letters, at));
                }
                // A mark that stands alone.
                Sign::Letters(_) => {}
                Sign::WordOfItsOwn => {
                    open = false;
                    words.push(Word::new(character.to_string(), at));
                }
                // `don't` is one word.
                Sign::Apostrophe => {}
                Sign::End => {
                    open = false;
                    // A dot within an address ends no sentence.
                    let is_end = next.is_none_or(|next| next.is_whitespace() || is_quote(next));
                    if let Some(word) = words.last_mut().filter(|_| is_end) {
                        word.ends = true;
                    }
                }
                Sign::Other => open = false,
            }
        }
        Self::made_of(words)
    }

    fn made_of(words: Vec<Word>) -> Self {
        let mut index: Vec<String> = words.iter().map(|word| word.folded.clone()).collect();
        index.sort_unstable();
        index.dedup();
        Self { words, index }
    }

    /// Whether some word is one of those that a piece of a phrase stands for.
    fn occurs(&self, piece: &str) -> bool {
        piece.split('|').any(|choice| {
            let start = match choice {
                "~" => return true,
                "#" | "##" => return self.index.iter().any(|word| fits(word, choice)),
                _ => choice.trim_end_matches('*'),
            };
            let at = self.index.partition_point(|word| word.as_str() < start);
            self.index.get(at).is_some_and(|word| fits(word, choice))
        })
    }

    /// Whether there is no word at all.
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// How many words there are.
    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// The words, folded.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|word| word.folded.as_str())
    }

    /// Whether one of the phrases is in the text, said or denied.
    pub(crate) fn has(&self, phrases: &[&str]) -> bool {
        phrases
            .iter()
            .any(|phrase| self.matches(phrase).next().is_some())
    }

    /// Where one of the phrases is said and not denied, as words.
    pub(super) fn said(&self, phrases: &[&str], denial: Denial) -> Option<Range<usize>> {
        let found = phrases.iter().flat_map(|phrase| {
            let denies = || phrase.split([' ', '|']).any(is_denial);
            let found = self.matches(phrase);
            found.filter(move |words| !self.denies_within(words) || denies())
        });
        found
            .filter(|words| !self.is_denied(words.start, denial))
            .min_by_key(|words| words.start)
    }

    /// Which characters of the text the words are.
    pub(super) fn characters(&self, words: &Range<usize>) -> Option<Range<usize>> {
        let from = self.words.get(words.start)?;
        let to = self.words.get(words.end.checked_sub(1)?)?;
        Some(from.at.start..to.at.end)
    }

    /// The text without the places of `names`.
    pub(super) fn without(&self, names: &[Words]) -> Self {
        let mut words: Vec<Word> = Vec::new();
        let mut at = 0;
        while let Some(word) = self.words.get(at) {
            let length = names
                .iter()
                .filter(|name| self.has_at(at, name))
                .map(Self::len)
                .max();
            match length {
                Some(length) => at += length.max(1),
                None => {
                    words.push(Word {
                        folded: word.folded.clone(),
                        at: word.at.clone(),
                        ends: word.ends,
                    });
                    at += 1;
                }
            }
        }
        Self::made_of(words)
    }

    /// Some of the words.
    pub(super) fn part(&self, words: &Range<usize>) -> Self {
        let words = self.words.get(words.clone()).unwrap_or_default();
        let words = words.iter().map(|word| Word {
            folded: word.folded.clone(),
            at: word.at.clone(),
            ends: word.ends,
        });
        Self::made_of(words.collect())
    }

    /// Whether the words of `name` follow each other somewhere in the text.
    pub(super) fn names(&self, name: &Words) -> bool {
        (0..self.words.len()).any(|at| self.has_at(at, name))
    }

    fn has_at(&self, at: usize, name: &Words) -> bool {
        !name.is_empty()
            && name.words.iter().enumerate().all(|(offset, word)| {
                let here = self.words.get(at + offset);
                here.is_some_and(|here| here.folded == word.folded)
            })
    }

    /// The sentences, as words.
    pub(super) fn sentences(&self) -> Vec<Range<usize>> {
        let mut from = 0;
        let mut sentences = Vec::new();
        for (at, word) in self.words.iter().enumerate() {
            if word.ends || at + 1 == self.words.len() {
                sentences.push(from..at + 1);
                from = at + 1;
            }
        }
        sentences
    }

    fn is_denied(&self, start: usize, denial: Denial) -> bool {
        let reach = match denial {
            Denial::Near => 4,
            Denial::InSentence => usize::MAX,
        };
        let before = self.words.get(..start).unwrap_or_default();
        let before = before.iter().rev().take_while(|word| !word.ends);
        before.take(reach).any(|word| is_denial(&word.folded))
    }

    /// Whether a gap of a phrase skipped a denial: "clients are never enrolled".
    fn denies_within(&self, words: &Range<usize>) -> bool {
        let words = self.words.get(words.clone()).unwrap_or_default();
        words.iter().any(|word| is_denial(&word.folded))
    }

    fn matches<'a>(&'a self, phrase: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        let possible = phrase.split(' ').all(|piece| self.occurs(piece));
        let places = if possible { self.words.len() } else { 0 };
        let pieces: Vec<&str> = match possible {
            true => phrase.split(' ').collect(),
            false => Vec::new(),
        };
        (0..places)
            .filter_map(move |at| Some(at..self.end_of(at, &pieces)?))
            .filter(|words| !words.is_empty())
    }

    /// Where the pieces end that begin at a word.
    fn end_of(&self, at: usize, pieces: &[&str]) -> Option<usize> {
        let Some((piece, rest)) = pieces.split_first() else {
            return Some(at);
        };
        if *piece == "~" {
            // A gap stays within its sentence.
            let ends = |word: usize| self.words.get(word).is_none_or(|word| word.ends);
            let mut skipped = 0;
            loop {
                let next = at + skipped;
                let crosses = next > 0 && ends(next - 1);
                if crosses {
                    return None;
                }
                if let Some(end) = self.end_of(next, rest) {
                    return Some(end);
                }
                if skipped == GAP {
                    return None;
                }
                skipped += 1;
            }
        }
        let word = self.words.get(at)?;
        fits(&word.folded, piece)
            .then(|| self.end_of(at + 1, rest))
            .flatten()
    }
}

impl Word {
    fn new(folded: String, at: usize) -> Self {
        Self {
            folded,
            at: at..at + 1,
            ends: false,
        }
    }
}

fn is_denial(word: &str) -> bool {
    DENIALS.iter().any(|denial| fits(word, denial))
}

/// Whether a word is one of those that a piece of a phrase stands for.
fn fits(word: &str, piece: &str) -> bool {
    piece.split('|').any(|choice| match choice {
        "#" => word.starts_with(|first: char| first.is_ascii_digit()),
        "##" => word.len() >= 4 && word.bytes().all(|byte| byte.is_ascii_digit()),
        _ => match choice.strip_suffix('*') {
            Some(start) => word.starts_with(start),
            None => word == choice,
        },
    })
}

enum Sign {
    Letters(String),
    WordOfItsOwn,
    Apostrophe,
    End,
    Other,
}

impl Sign {
    fn of(character: char) -> Self {
        match character {
            '%' | '$' => Self::WordOfItsOwn,
            '\'' | '\u{2019}' => Self::Apostrophe,
            '.' | '!' | '?' | ';' => Self::End,
            _ if character.is_alphanumeric() || is_combining_mark(character) => {
                Self::Letters(fold(character))
            }
            _ => Self::Other,
        }
    }
}

/// A letter without its accent, in lower case; by way of the upper case, which knows of more
/// letters that are the same.
fn fold(character: char) -> String {
    if character.is_ascii() {
        return character.to_ascii_lowercase().to_string();
    }
    let upper = character.nfkd().flat_map(char::to_uppercase);
    let lower = upper.flat_map(char::to_lowercase);
    lower
        .flat_map(|letter| letter.nfkd().collect::<Vec<_>>())
        .filter(|letter| !is_combining_mark(*letter))
        .collect()
}

/// A whole text, folded letter by letter; its punctuation stays.
pub(super) fn fold_text(text: &str) -> String {
    text.chars()
        .map(|character| match character.is_alphanumeric() {
            true => fold(character),
            false if is_combining_mark(character) => String::new(),
            false => character.to_string(),
        })
        .collect()
}

fn is_quote(character: char) -> bool {
    matches!(
        character,
        '"' | '\'' | ')' | ']' | '\u{2019}' | '\u{201d}' | '\u{bb}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_punctuation_and_line_breaks_do_not_count() {
        for text in [
            "Pre-Checked",
            "pré  checked",
            "PRE\r\nCHECKED",
            "\u{201c}pre/checked\u{201d}",
            "pre\u{301}checked box pre checked",
        ] {
            assert!(Words::of(text).has(&["pre checked"]), "{text}");
        }
        assert!(Words::of("don\u{2019}t").has(&["dont"]));
        assert!(Words::of("STRASSE").names(&Words::of("Straße")));
    }

    #[test]
    fn a_phrase_is_of_whole_words_unless_it_says_otherwise() {
        let words = Words::of("Wholesale deals: 20% off, see shop.example.com.");
        assert!(!words.has(&["sale"]));
        assert!(words.has(&["deal*"]) && words.has(&["# % off"]) && words.has(&["x|shop"]));
    }

    #[test]
    fn digits_stand_for_a_number_and_four_and_more_for_a_short_code() {
        let has = |text: &str, piece: &str| Words::of(text).has(&[piece]);
        assert!(has("save 5x", "save #") && !has("save x5", "save #"));
        assert!(has("text 1234", "text ##") && !has("text 123", "text ##"));
        assert!(!has("text 1234a", "text ##"));
    }

    #[test]
    fn words_are_counted_without_marks_that_stand_alone() {
        assert_eq!(Words::of("a \u{301} b").len(), 2);
        assert!(Words::of(" \u{301} . ").is_empty());
        assert!(!Words::of("a").is_empty());
    }

    #[test]
    fn a_sentence_ends_with_its_dot_or_with_the_text() {
        let words = Words::of("One two. See a.example now. The rest");
        assert_eq!(words.sentences(), vec![0..2, 2..6, 6..8]);
        assert_eq!(Words::of("One two.").sentences(), vec![0..2]);
        assert!(Words::of("").sentences().is_empty());
        // What closes a quotation or a bracket stands behind the dot.
        for text in ["Say 'one.' Two", "(One.) Two", "One.\u{201d} Two"] {
            assert_eq!(Words::of(text).sentences().len(), 2, "{text}");
        }
    }

    #[test]
    fn a_gap_skips_up_to_four_words_of_one_sentence() {
        assert!(Words::of("sold to a b c them").has(&["sold to ~ them"]));
        assert!(!Words::of("sold to a b c d e them").has(&["sold to ~ them"]));
        assert!(!Words::of("It is sold. To them.").has(&["sold ~ them"]));
        assert!(Words::of("sold them").has(&["sold ~ them"]));
        assert!(Words::of("a b them").has(&["~ them"]));
    }

    #[test]
    fn what_is_denied_is_not_said() {
        let near = |text: &str| Words::of(text).said(&["pre checked"], Denial::Near);
        assert_eq!(near("the box is not pre-checked"), None);
        assert_eq!(near("No account. The box is pre-checked"), Some(5..7));
        let far = |text: &str| Words::of(text).said(&["shared with"], Denial::InSentence);
        assert_eq!(
            far("No number, of whatever kind it may be, is shared with partners"),
            None
        );
    }

    #[test]
    fn a_place_is_said_in_characters() {
        let words = Words::of("Ünïque, 100% naïve");
        let found = words
            .said(&["% naive"], Denial::Near)
            .and_then(|found| words.characters(&found));
        assert_eq!(found, Some(11..18));
    }
}

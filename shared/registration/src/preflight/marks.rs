//! What stands in a text beside words: links, phone numbers, mail addresses.

use std::ops::Range;

use super::words::fold_text;
use crate::order::WebAddress;

/// Ends of host names by which a word without `https://` is known to be a link. A list of ours:
/// those that small businesses use.
const ENDINGS: &[&str] = &[
    "com", "org", "net", "io", "co", "us", "info", "biz", "gov", "edu", "app", "me", "ly", "gd",
    "health", "shop", "store", "ca", "uk", "example", "test", "site", "online", "dev", "ai",
    "care", "church", "clinic", "law", "dental", "bank", "link", "page", "to", "tv",
];

/// Names by which a template says that a link will stand there.
const LINK_NAMES: &[&str] = &[
    "link",
    "url",
    "website",
    "web",
    "http",
    "https",
    "shortlink",
];

/// Names by which a template says that a phone number will stand there.
const PHONE_NAMES: &[&str] = &["phone", "phonenumber", "tel", "telephone", "callback"];

/// The links of a text, as characters.
pub(super) fn links(text: &str) -> Vec<Range<usize>> {
    let links = chunks(text).filter(|(_, chunk)| is_link(chunk));
    let links = links.map(|(at, _)| at);
    links.chain(placeholders(text, LINK_NAMES)).collect()
}

/// The links of public shorteners in a text, as characters.
pub(super) fn shortened(text: &str) -> Vec<Range<usize>> {
    let found = chunks(text).filter(|(_, chunk)| WebAddress::names_a_shortener(chunk));
    found.map(|(at, _)| at).collect()
}

/// Whether a text holds a mail address.
pub(super) fn names_mail(text: &str) -> bool {
    chunks(text).any(|(_, chunk)| is_mail(&chunk))
}

/// Whether a template says that a name will stand there, such as `{{business_name}}`.
pub(super) fn names_placeholder(text: &str) -> bool {
    !placeholders(
        text,
        &[
            "brand",
            "brandname",
            "business",
            "businessname",
            "company",
            "companyname",
        ],
    )
    .is_empty()
}

/// The phone numbers of a text, as characters: ten digits of the North American plan, with or
/// without the 1, with a separator or a + or after a word such as `call`; and numbers such as
/// 1-800-DENTIST.
pub(super) fn phones(text: &str) -> Vec<Range<usize>> {
    let characters: Vec<char> = text.chars().collect();
    let at = |place: usize| characters.get(place).copied();
    let mut found = Vec::new();
    let mut place = 0;
    while place < characters.len() {
        let before = place.checked_sub(1).and_then(at);
        let starts = at(place)
            .is_some_and(|here| here.is_ascii_digit() || matches!(here, '+' | '('))
            && !before.is_some_and(|before| before.is_alphanumeric() || "-/=_.+(".contains(before));
        if starts && let Some(end) = phone_from(&characters, place) {
            found.push(place..end);
            place = end;
            continue;
        }
        place += 1;
    }
    found.extend(placeholders(text, PHONE_NAMES));
    found
}

/// Where a phone number ends that starts here.
fn phone_from(characters: &[char], from: usize) -> Option<usize> {
    let mut digits = String::new();
    let mut separated = false;
    let mut letters = false;
    let mut end = from;
    // How many digits stand together.
    let mut runs: Vec<usize> = Vec::new();
    let mut open = false;
    for (at, character) in characters.iter().enumerate().skip(from) {
        let full = digits.len() == 11 || (digits.len() == 10 && !digits.starts_with('1'));
        match character {
            '0'..='9' => {
                digits.push(*character);
                end = at + 1;
                match runs.last_mut().filter(|_| open) {
                    Some(run) => *run += 1,
                    None => runs.push(1),
                }
                open = true;
            }
            'A'..='Z' | 'a'..='z' if !full && digits.len() >= 3 && separated => {
                // Keys of a phone: 1-800-DENTIST.
                letters = true;
                digits.push('5');
                end = at + 1;
            }
            '+' if at == from => separated = true,
            '(' | ')' | '-' | '.' | ' ' | '\n' | '\r' | '\t' | '\u{a0}' | '\u{2011}' if !full => {
                separated = true;
                open = false;
            }
            _ => break,
        }
    }
    let national = match digits.len() {
        10 => digits.as_str(),
        11 => digits.strip_prefix('1')?,
        _ => return None,
    };
    if letters {
        let toll_free = ["800", "833", "844", "855", "866", "877", "888"];
        return toll_free
            .iter()
            .any(|area| national.starts_with(area))
            .then_some(end);
    }
    let grouped: &[&[usize]] = &[
        &[10],
        &[11],
        &[1, 10],
        &[3, 3, 4],
        &[1, 3, 3, 4],
        &[3, 7],
        &[6, 4],
    ];
    if !grouped.contains(&runs.as_slice()) {
        return None;
    }
    let digit = |place: usize| national.as_bytes().get(place).copied().unwrap_or_default();
    let shaped = digit(0) >= b'2' && digit(3) >= b'2';
    (shaped && (separated || is_asked_to_call(characters, from))).then_some(end)
}

/// Whether the word before says that a phone number follows.
fn is_asked_to_call(characters: &[char], from: usize) -> bool {
    let before: String = characters.iter().take(from).collect();
    let before = fold_text(&before);
    let word = before
        .split(|character: char| !character.is_alphanumeric())
        .rfind(|word| !word.is_empty());
    word.is_some_and(|word| ["call", "phone", "text", "dial", "at", "tel"].contains(&word))
}

/// `{{link}}`, `[url]`, `<link>` of a template.
fn placeholders(text: &str, names: &[&str]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = None;
    let mut name = String::new();
    for (at, character) in text.chars().enumerate() {
        match character {
            '{' | '[' | '<' => {
                from = Some(at);
                name.clear();
            }
            '}' | ']' | '>' => {
                let folded = fold_text(&name);
                let mut words = folded.split(|character: char| !character.is_alphanumeric());
                if let Some(from) = from.take()
                    && words.any(|word| names.contains(&word))
                {
                    found.push(from..at + 1);
                }
            }
            _ => name.push(character),
        }
    }
    found
}

/// What stands between whitespace, folded, without what stands around it.
fn chunks(text: &str) -> impl Iterator<Item = (Range<usize>, String)> {
    let mut chunks: Vec<(Range<usize>, String)> = Vec::new();
    let mut open = false;
    for (at, character) in text.chars().enumerate() {
        if character.is_whitespace() || matches!(character, '"' | ',' | '\u{201c}' | '\u{201d}') {
            open = false;
            continue;
        }
        match chunks.last_mut().filter(|_| open) {
            Some((range, chunk)) => {
                range.end = at + 1;
                chunk.push(character);
            }
            None => chunks.push((at..at + 1, character.to_string())),
        }
        open = true;
    }
    chunks.into_iter().map(|(range, chunk)| {
        let outside = |character: char| !(character.is_alphanumeric() || character == '/');
        let front = chunk
            .chars()
            .take_while(|character| outside(*character))
            .count();
        let back = chunk
            .chars()
            .rev()
            .take_while(|character| outside(*character))
            .count();
        let end = range.end.saturating_sub(back).max(range.start + front);
        let trimmed = chunk.trim_matches(outside);
        (range.start + front..end, fold_text(trimmed))
    })
}

fn is_mail(chunk: &str) -> bool {
    let parts = chunk.split_once('@');
    parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

fn is_link(chunk: &str) -> bool {
    if is_mail(chunk) {
        return false;
    }
    if let Some((scheme, rest)) = chunk.split_once("://") {
        return (scheme.ends_with("http") || scheme.ends_with("https")) && !rest.is_empty();
    }
    let host = chunk.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let labels: Vec<&str> = host.split('.').collect();
    let named = labels.iter().all(|label| {
        !label.is_empty()
            && label
                .chars()
                .all(|character| character.is_alphanumeric() || character == '-')
    });
    let ending = labels.last().copied().unwrap_or_default();
    labels.len() >= 2 && named && (host.starts_with("www.") || ENDINGS.contains(&ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_known_with_and_without_their_scheme_and_in_templates() {
        for text in [
            "see https://a.example/x.",
            "SEE HTTPS://A.EXAMPLE",
            "(www.cedar.dental)",
            "track at cedar.com/track now",
            "pay: {{payment_link}}",
            "pay [URL]",
            "https://xn--caf-dma.example",
            "my-shop.com",
        ] {
            assert_eq!(links(text).len(), 1, "{text}");
        }
        for text in [
            "write to a@cedar.com",
            "at 9.30 a.m. and p.m.",
            "Dr. A.Smith",
            "v2.1",
            "{{name}}",
            "Hello.World",
            "http:// and https://",
            "hello..com",
            "he_llo.com",
        ] {
            assert!(links(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn phone_numbers_are_known_as_people_write_them() {
        for text in [
            "call +12065550140.",
            "(206) 555-0140",
            "206.555.0140 or",
            "1-206-555-0140",
            "call 2065550140",
            "dial 1-800-DENTIST today",
            "at {{phone}}",
            "206 555\n0140",
            "206-555-0140ext",
        ] {
            assert_eq!(phones(text).len(), 1, "{text}");
        }
        for text in [
            "order 2065550140",
            "tracking 1Z-206-555-0140-99",
            "code 123456",
            "2026-11-27 10:30",
            "ends 12/24/2026",
            "from 10 000 to 20 000",
            "206-555-01401",
            "1-206-555-01401",
            "1-8DENTISTAB",
            "1800DENTIST",
            "206+5550140",
            "(206) 155-0140",
            "(106) 555-0140",
        ] {
            assert!(phones(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_place_leaves_out_what_stands_around_it() {
        assert_eq!(links("(www.cedar.dental)."), vec![1..17]);
        assert_eq!(links("pay [URL] now"), vec![4..9]);
        assert_eq!(phones("call 206-555-0140."), vec![5..17]);
        assert_eq!(phones("dial 1-800-DENTIST today"), vec![5..18]);
    }

    #[test]
    fn a_mail_address_has_a_name_and_a_host_with_a_dot() {
        assert!(names_mail("write to desk@cedar.com."));
        for text in ["@cedar.com", "desk@cedar", "desk"] {
            assert!(!names_mail(text), "{text}");
        }
    }

    #[test]
    fn a_name_that_a_template_leaves_open_is_known_by_its_braces() {
        for text in ["{{business_name}}: hello", "[Company] says", "<brand>"] {
            assert!(names_placeholder(text), "{text}");
        }
        assert!(!names_placeholder("the company says {{name}}"));
    }
}

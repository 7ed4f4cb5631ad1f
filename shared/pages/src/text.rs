//! The words of a page. Only words are looked for in it, so its tags need no tree: they are left
//! out, with scripts and styles, and what browsers write in another way is written plainly.

/// The text of an HTML page, or of plain text.
pub(crate) fn of(page: &str) -> String {
    let mut text = String::with_capacity(page.len() / 2);
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        text.push_str(before);
        rest = after(tag);
        // A tag stands between words, or within one; the first is more usual.
        text.push(' ');
    }
    text.push_str(rest);
    for (written, meant) in [
        ("&nbsp;", " "),
        ("&amp;", "&"),
        ("&#39;", "'"),
        ("&rsquo;", "'"),
        ("&#x27;", "'"),
        ("&quot;", "\""),
    ] {
        text = text.replace(written, meant);
    }
    text
}

/// What follows a tag, or the whole element where it holds no words.
fn after(tag: &str) -> &str {
    for (name, end) in [
        ("<script", "</script"),
        ("<style", "</style"),
        ("<!--", "-->"),
    ] {
        let is_it = tag
            .get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name));
        if is_it {
            let at = find(tag, end).unwrap_or(tag.len());
            let tail = tag.get(at..).unwrap_or_default();
            return tail
                .find('>')
                .and_then(|at| tail.get(at + 1..))
                .unwrap_or_default();
        }
    }
    tag.find('>')
        .and_then(|at| tag.get(at + 1..))
        .unwrap_or_default()
}

/// Where ASCII text begins, whatever its case.
fn find(text: &str, part: &str) -> Option<usize> {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    text.windows(part.len())
        .position(|window| window.eq_ignore_ascii_case(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_page_are_left_and_nothing_else() {
        let page = "<html><head><STYLE>p{}</STYLE><script>if (a<b) share()</script></head>\
                    <p>We don&rsquo;t <b>share</b></p><!-- <p>hidden --> numbers</html>";
        let words: Vec<_> = of(page).split_whitespace().map(str::to_owned).collect();
        assert_eq!(words.join(" "), "We don't share numbers");
        assert_eq!(of("plain & simple"), "plain & simple");
        assert_eq!(of("broken <p").trim(), "broken");
        assert_eq!(of("<script>never closed").trim(), "");
    }
}

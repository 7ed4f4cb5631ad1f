//! How long Telnyx asks to wait when it says "too many requests".

use std::time::Duration;

use jiff::fmt::rfc2822;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// The seconds until the limit is reset (Telnyx: API rate limiting).
const RESET: &str = "x-ratelimit-reset";

/// A longer wait than this is not one: the header means something else, such as
/// a time of day.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest wait that the answer's headers ask for: `x-ratelimit-reset` in
/// seconds; `retry-after` in seconds, or as an HTTP date, which is taken against
/// the answer's own `date`.
pub(super) fn asked(headers: &HeaderMap) -> Option<Duration> {
    let reset = header(headers, RESET).and_then(seconds);
    let retry = header(headers, RETRY_AFTER.as_str());
    let retry = retry.and_then(|text| seconds(text).or_else(|| until(headers, text)));
    reset.max(retry)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::trim)
}

fn seconds(text: &str) -> Option<Duration> {
    let wait = Duration::try_from_secs_f64(text.parse().ok()?).ok()?;
    (wait <= LONGEST).then_some(wait)
}

fn until(headers: &HeaderMap, text: &str) -> Option<Duration> {
    let parser = rfc2822::DateTimeParser::new();
    let then = parser.parse_timestamp(text).ok()?;
    let now = parser
        .parse_timestamp(header(headers, DATE.as_str())?)
        .ok()?;
    let wait = Duration::try_from(then.duration_since(now)).ok()?;
    (wait <= LONGEST).then_some(wait)
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn asked_by(pairs: &[(&'static str, &'static str)]) -> Option<Duration> {
        asked(&HeaderMap::from_iter(pairs.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        })))
    }

    #[test]
    fn the_wait_is_read_in_every_form() {
        let s = Duration::from_secs;
        assert_eq!(asked_by(&[]), None);
        assert_eq!(asked_by(&[("x-ratelimit-reset", "3")]), Some(s(3)));
        assert_eq!(
            asked_by(&[("x-ratelimit-reset", "0.5")]),
            Some(Duration::from_millis(500))
        );
        assert_eq!(asked_by(&[("retry-after", " 7 ")]), Some(s(7)));
        assert_eq!(
            asked_by(&[("retry-after", "2"), ("x-ratelimit-reset", "9")]),
            Some(s(9))
        );
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        let later = ("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT");
        assert_eq!(asked_by(&[date, later]), Some(s(30)));
    }

    #[test]
    fn a_wait_that_makes_no_sense_is_none() {
        let later = ("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT");
        assert_eq!(asked_by(&[later]), None, "no date to take it against");
        for text in ["", "-1", "NaN", "inf", "soon", "1750000000", "1e300"] {
            assert_eq!(asked_by(&[("x-ratelimit-reset", text)]), None, "{text}");
            assert_eq!(asked_by(&[("retry-after", text)]), None, "{text}");
        }
    }
}

//! Hosts and domains of web addresses.

use url::Url;

/// Ends of domain names under which a name is a business's own, beside those with one label. The
/// list is ours and short: a miss means that two businesses count as one, which finds less.
const SHARED: &[&str] = &[
    "co", "com", "org", "net", "gov", "edu", "ac", "or", "ne", "example",
];

/// The host of a web address, in lower case, without `www.`.
pub(super) fn host(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str()?.trim_end_matches('.').to_lowercase();
    Some(
        host.strip_prefix("www.")
            .map_or(host.clone(), str::to_owned),
    )
}

/// Whether two hosts are of one business: one is the other, or lies under it, or both lie under
/// one domain.
pub(super) fn same_domain(one: &str, other: &str) -> bool {
    let under = |inner: &str, outer: &str| inner == outer || inner.ends_with(&format!(".{outer}"));
    under(one, other) || under(other, one) || own(one) == own(other)
}

/// The domain that a business has to itself: `a.b.example` has `b.example`, `a.b.co.uk` has
/// `b.co.uk`, and `a.b.example.com` has `b.example.com`, as examples are written.
fn own(host: &str) -> Vec<&str> {
    let labels: Vec<&str> = host.split('.').collect();
    let second = labels.len().checked_sub(2).and_then(|at| labels.get(at));
    let last = labels.last().map(|label| label.len()).unwrap_or_default();
    let shared =
        second.is_some_and(|second| SHARED.contains(second) && (last == 2 || *second == "example"));
    let kept = if shared { 3 } else { 2 };
    labels
        .get(labels.len().saturating_sub(kept)..)
        .unwrap_or_default()
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_one_business_share_a_domain_of_its_own() {
        for (one, other) in [
            ("a.example", "mail.a.example"),
            ("x.a.co.uk", "y.a.co.uk"),
            ("shop.a.com", "www2.a.com"),
            ("a.example.com", "example.com"),
            ("example.com", "a.example.com"),
            ("x.shop.io", "y.shop.io"),
            ("x.com.tech", "y.com.tech"),
        ] {
            assert!(same_domain(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("a.example", "b.example"),
            ("a.co.uk", "b.co.uk"),
            ("a.example.com", "b.example.com"),
            ("a.com", "aa.com"),
        ] {
            assert!(!same_domain(one, other), "{one} {other}");
        }
    }
}

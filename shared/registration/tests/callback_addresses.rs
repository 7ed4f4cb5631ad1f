//! Which addresses and URLs a callback may go to.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use registration::callback::address::reserved;
use registration::callback::url::LONGEST;
use registration::callback::{Allowed, BadUrl, CallbackUrl, Reserved};

/// First and last address of each block, and what it is.
const BLOCKS: [(&str, &str, Reserved); 22] = [
    ("0.0.0.0", "0.255.255.255", Reserved::Unspecified),
    ("10.0.0.0", "10.255.255.255", Reserved::Private),
    ("100.64.0.0", "100.127.255.255", Reserved::Shared),
    ("127.0.0.0", "127.255.255.255", Reserved::Loopback),
    ("169.254.0.0", "169.254.255.255", Reserved::LinkLocal),
    ("172.16.0.0", "172.31.255.255", Reserved::Private),
    ("192.0.0.0", "192.0.0.255", Reserved::Special),
    ("192.0.2.0", "192.0.2.255", Reserved::Documentation),
    ("192.168.0.0", "192.168.255.255", Reserved::Private),
    ("198.18.0.0", "198.19.255.255", Reserved::Special),
    ("198.51.100.0", "198.51.100.255", Reserved::Documentation),
    ("203.0.113.0", "203.0.113.255", Reserved::Documentation),
    ("224.0.0.0", "239.255.255.255", Reserved::Multicast),
    ("240.0.0.0", "255.255.255.254", Reserved::Special),
    ("255.255.255.255", "255.255.255.255", Reserved::Broadcast),
    ("::", "::", Reserved::Unspecified),
    ("::1", "::1", Reserved::Loopback),
    (
        "fc00::",
        "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        Reserved::Private,
    ),
    (
        "fe80::",
        "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        Reserved::LinkLocal,
    ),
    (
        "ff00::",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        Reserved::Multicast,
    ),
    (
        "2001:db8::",
        "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
        Reserved::Documentation,
    ),
    (
        "64:ff9b:1::",
        "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
        Reserved::Special,
    ),
];

fn within(first: IpAddr, last: IpAddr, share: u128) -> IpAddr {
    match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            let (first, last) = (u128::from(u32::from(first)), u128::from(u32::from(last)));
            let at = first + share % (last - first + 1);
            IpAddr::V4(Ipv4Addr::from(u32::try_from(at).unwrap()))
        }
        (IpAddr::V6(first), IpAddr::V6(last)) => {
            let (first, last) = (u128::from(first), u128::from(last));
            IpAddr::V6(Ipv6Addr::from(first + share % (last - first + 1)))
        }
        _ => panic!("one block, one family"),
    }
}

/// The forms in which an IPv6 address carries an IPv4 one.
fn carried(address: Ipv4Addr) -> [Ipv6Addr; 3] {
    let [a, b, c, d] = address.octets().map(u16::from);
    let (high, low) = ((a << 8) | b, (c << 8) | d);
    [
        address.to_ipv6_mapped(),
        Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
        Ipv6Addr::new(0x2002, high, low, 7, 0, 0, 0, 1),
    ]
}

proptest! {
    #[test]
    fn every_address_of_a_reserved_block_is_refused(
        block in prop::sample::select(BLOCKS.to_vec()),
        share in any::<u128>(),
    ) {
        let (first, last, purpose) = block;
        let (first, last): (IpAddr, IpAddr) = (first.parse().unwrap(), last.parse().unwrap());
        for address in [first, last, within(first, last, share)] {
            prop_assert_eq!(reserved(address), Some(purpose), "{}", address);
            prop_assert_eq!(Allowed::default().refuses(address), Some(purpose));
            let host = match address {
                IpAddr::V4(address) => address.to_string(),
                IpAddr::V6(address) => format!("[{address}]"),
            };
            let url = CallbackUrl::parse(&format!("https://{host}/x"), Allowed::default());
            prop_assert_eq!(url, Err(BadUrl::Reserved(purpose)));
        }
    }

    #[test]
    fn an_ipv4_address_is_judged_the_same_inside_an_ipv6_address(bits in any::<u32>()) {
        let address = Ipv4Addr::from(bits);
        for outside in carried(address) {
            prop_assert_eq!(reserved(outside.into()), reserved(address.into()), "{}", outside);
        }
    }

    #[test]
    fn outside_of_2000_3_no_ipv6_address_is_called_but_those_that_carry_a_public_one(
        bits in any::<u128>(),
    ) {
        let address = Ipv6Addr::from(bits);
        if bits >> 125 != 1 {
            prop_assert!(reserved(address.into()).is_some(), "{}", address);
        }
    }

    #[test]
    fn an_address_written_as_one_number_is_still_that_address(bits in any::<u32>()) {
        let address = IpAddr::from(Ipv4Addr::from(bits));
        for host in [format!("{bits}"), format!("0x{bits:08x}")] {
            let url = CallbackUrl::parse(&format!("https://{host}/x"), Allowed::default());
            match reserved(address) {
                Some(purpose) => prop_assert_eq!(url, Err(BadUrl::Reserved(purpose))),
                None => prop_assert!(url.unwrap().as_str().contains(&address.to_string())),
            }
        }
    }
}

#[test]
fn public_addresses_may_be_called() {
    for address in [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "192.169.0.0",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450:4001::1",
    ] {
        assert_eq!(reserved(address.parse().unwrap()), None, "{address}");
    }
}

#[test]
fn only_https_to_port_443_of_a_public_host_is_taken() {
    let parse = |text: &str| CallbackUrl::parse(text, Allowed::default());
    for url in [
        "https://hooks.example.com/registrar?x=1",
        "https://1.1.1.1:443/",
    ] {
        assert!(parse(url).is_ok(), "{url}");
    }
    for (url, why) in [
        ("http://hooks.example.com/", BadUrl::NotHttps),
        ("ftp://hooks.example.com/", BadUrl::NotHttps),
        ("hooks.example.com", BadUrl::NotAUrl),
        ("mailto:a@example.com", BadUrl::NotAUrl),
        ("", BadUrl::NotAUrl),
        ("https://", BadUrl::NotAUrl),
        ("https://kim@hooks.example.com/", BadUrl::Credentials),
        ("https://kim:pw@hooks.example.com/", BadUrl::Credentials),
        ("https://hooks.example.com:8443/", BadUrl::Port),
        ("https://localhost/", BadUrl::Reserved(Reserved::Loopback)),
        (
            "https://a.LOCALHOST./",
            BadUrl::Reserved(Reserved::Loopback),
        ),
        ("https://127.1/", BadUrl::Reserved(Reserved::Loopback)),
        ("https://0/", BadUrl::Reserved(Reserved::Unspecified)),
        (
            "https://[::ffff:169.254.169.254]/",
            BadUrl::Reserved(Reserved::LinkLocal),
        ),
    ] {
        assert_eq!(parse(url), Err(why), "{url}");
    }
    let private = CallbackUrl::parse("https://10.0.0.1/", Allowed::default()).unwrap_err();
    assert!(
        private.to_string().starts_with("The host is private:"),
        "{private}"
    );
    let longest = format!("https://example.com/{}", "x".repeat(LONGEST - 20));
    let url = CallbackUrl::parse(&longest, Allowed::default()).unwrap();
    assert_eq!(
        (url.as_str(), url.to_string()),
        (longest.as_str(), longest.clone())
    );
    let long = format!("https://example.com/{}", "x".repeat(LONGEST));
    assert_eq!(parse(&long), Err(BadUrl::TooLong));
}

#[test]
fn a_fragment_is_left_out_as_no_server_ever_sees_it() {
    let url = CallbackUrl::parse("https://example.com/a#b", Allowed::default()).unwrap();
    assert_eq!(url.as_str(), "https://example.com/a");
}

#[test]
fn loopback_and_other_ports_must_be_allowed_by_name_and_a_mistyped_name_allows_nothing() {
    let loopback = Allowed::parse("loopback").unwrap();
    for url in [
        "http://127.0.0.1:8080/",
        "http://localhost:1/",
        "https://[::1]/",
    ] {
        assert!(CallbackUrl::parse(url, loopback).is_ok(), "{url}");
    }
    for (url, why) in [
        ("http://example.com/", BadUrl::NotHttps),
        ("https://example.com:8443/", BadUrl::Port),
        ("https://10.0.0.1/", BadUrl::Reserved(Reserved::Private)),
    ] {
        assert_eq!(CallbackUrl::parse(url, loopback), Err(why), "{url}");
    }
    let ports = Allowed::parse(" ports , loopback").unwrap();
    assert!(CallbackUrl::parse("https://example.com:8443/", ports).is_ok());
    for text in ["", "loop", "all", "loopback;ports", "loopback,"] {
        assert_eq!(Allowed::parse(text), None, "{text}");
    }
}

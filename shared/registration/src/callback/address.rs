//! Addresses that a callback never goes to: whatever is not a server of the
//! public internet (IANA IPv4 and IPv6 Special-Purpose Address Registries).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is reserved for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reserved {
    /// The host itself.
    Loopback,
    /// A network of somebody's own.
    Private,
    /// The one link that the host is on; a cloud's metadata is served there.
    LinkLocal,
    /// A provider's own network (RFC 6598).
    Shared,
    /// No host in particular.
    Unspecified,
    /// Many hosts at once.
    Multicast,
    /// Every host at once.
    Broadcast,
    /// Examples in documents.
    Documentation,
    /// Something else that is no public server.
    Special,
}

impl fmt::Display for Reserved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::LinkLocal => "link-local",
            Self::Shared => "a provider's own (100.64.0.0/10)",
            Self::Unspecified => "unspecified",
            Self::Multicast => "multicast",
            Self::Broadcast => "broadcast",
            Self::Documentation => "for documentation",
            Self::Special => "reserved for a special purpose",
        })
    }
}

/// Network, prefix length, purpose.
type Block<A> = (A, u32, Reserved);

const V4: [Block<Ipv4Addr>; 17] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8, Reserved::Unspecified),
    (Ipv4Addr::new(10, 0, 0, 0), 8, Reserved::Private),
    (Ipv4Addr::new(100, 64, 0, 0), 10, Reserved::Shared),
    (Ipv4Addr::new(127, 0, 0, 0), 8, Reserved::Loopback),
    (Ipv4Addr::new(169, 254, 0, 0), 16, Reserved::LinkLocal),
    (Ipv4Addr::new(172, 16, 0, 0), 12, Reserved::Private),
    (Ipv4Addr::new(192, 0, 0, 0), 24, Reserved::Special),
    (Ipv4Addr::new(192, 0, 2, 0), 24, Reserved::Documentation),
    (Ipv4Addr::new(192, 31, 196, 0), 24, Reserved::Special),
    (Ipv4Addr::new(192, 88, 99, 0), 24, Reserved::Special),
    (Ipv4Addr::new(192, 168, 0, 0), 16, Reserved::Private),
    (Ipv4Addr::new(198, 18, 0, 0), 15, Reserved::Special),
    (Ipv4Addr::new(198, 51, 100, 0), 24, Reserved::Documentation),
    (Ipv4Addr::new(203, 0, 113, 0), 24, Reserved::Documentation),
    (Ipv4Addr::new(224, 0, 0, 0), 4, Reserved::Multicast),
    (Ipv4Addr::new(255, 255, 255, 255), 32, Reserved::Broadcast),
    (Ipv4Addr::new(240, 0, 0, 0), 4, Reserved::Special),
];

const V6: [Block<Ipv6Addr>; 9] = [
    (Ipv6Addr::UNSPECIFIED, 128, Reserved::Unspecified),
    (Ipv6Addr::LOCALHOST, 128, Reserved::Loopback),
    (block(0xfc00, 0), 7, Reserved::Private),
    (block(0xfe80, 0), 10, Reserved::LinkLocal),
    // Site-local: deprecated (RFC 3879), and private where it is still used.
    (block(0xfec0, 0), 10, Reserved::Private),
    (block(0xff00, 0), 8, Reserved::Multicast),
    (block(0x2001, 0x0db8), 32, Reserved::Documentation),
    (block(0x3fff, 0), 20, Reserved::Documentation),
    // IETF protocol assignments, among them Teredo, which hides an IPv4 address.
    (block(0x2001, 0), 23, Reserved::Special),
];

const fn block(first: u16, second: u16) -> Ipv6Addr {
    Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0)
}

/// What an address is reserved for; none: it may be anybody's public server.
pub fn reserved(address: IpAddr) -> Option<Reserved> {
    match address {
        IpAddr::V4(address) => reserved_v4(address),
        IpAddr::V6(address) => match embedded(address) {
            Some(inside) => reserved_v4(inside),
            None => reserved_v6(address),
        },
    }
}

fn reserved_v4(address: Ipv4Addr) -> Option<Reserved> {
    let within =
        |network: Ipv4Addr, prefix| (u32::from(address) ^ u32::from(network)) >> (32 - prefix) == 0;
    let found = V4
        .iter()
        .find(|(network, prefix, _)| within(*network, *prefix));
    found.map(|(_, _, purpose)| *purpose)
}

fn reserved_v6(address: Ipv6Addr) -> Option<Reserved> {
    let within = |network: Ipv6Addr, prefix| {
        (u128::from(address) ^ u128::from(network)) >> (128 - prefix) == 0
    };
    let found = V6
        .iter()
        .find(|(network, prefix, _)| within(*network, *prefix));
    match found {
        Some((_, _, purpose)) => Some(*purpose),
        // All that has been given out to anybody is in 2000::/3.
        None if within(block(0x2000, 0), 3) => None,
        None => Some(Reserved::Special),
    }
}

/// The IPv4 address that packets to this one end at: mapped (`::ffff:0:0/96`),
/// behind NAT64 (`64:ff9b::/96`) or 6to4 (`2002::/16`).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(v4(high, low))
        }
        [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

/// What is allowed beside https to port 443 of a public address. Nothing, but
/// where callbacks are tried out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowed {
    /// This host, by http or https, at any port.
    pub loopback: bool,
    /// Any port of a public address.
    pub ports: bool,
}

impl Allowed {
    /// What the setting may say.
    pub const RULE: &str = "must be `loopback`, `ports`, or both with a comma between them";

    /// Reads the setting: words with commas between them.
    pub fn parse(text: &str) -> Option<Self> {
        let mut allowed = Self::default();
        for word in text.split(',') {
            match word.trim() {
                "loopback" => allowed.loopback = true,
                "ports" => allowed.ports = true,
                _ => return None,
            }
        }
        Some(allowed)
    }

    /// Why a callback must not go to this address; none: it may.
    pub fn refuses(self, address: IpAddr) -> Option<Reserved> {
        reserved(address).filter(|purpose| !(self.loopback && *purpose == Reserved::Loopback))
    }
}

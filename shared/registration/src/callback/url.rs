//! What may be registered as a callback.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use super::address::{Allowed, Reserved};

/// The longest URL that is taken, in bytes.
pub const LONGEST: usize = 2_048;

/// An https URL on the public internet, as far as its text tells. What its name
/// resolves to is looked at whenever it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackUrl(Url);

/// A URL that is not taken. Never repeats it: its path may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// Longer than [`LONGEST`].
    #[error("The URL has more than {LONGEST} bytes: shorten it.")]
    TooLong,
    /// No absolute URL with a host.
    #[error("This is not an absolute URL: send one such as https://example.com/registrar.")]
    NotAUrl,
    /// Another scheme than https.
    #[error("The URL must begin with https://.")]
    NotHttps,
    /// A user name or a password.
    #[error("The URL must hold no user name and no password: the signature proves who calls.")]
    Credentials,
    /// Another port than 443.
    #[error("The URL must use port 443: leave the port out.")]
    Port,
    /// An address, or a name for one, that is no public server's.
    #[error("The host is {0}: name one on the public internet.")]
    Reserved(Reserved),
}

impl CallbackUrl {
    /// Reads a URL.
    pub fn parse(text: &str, allowed: Allowed) -> Result<Self, BadUrl> {
        if text.len() > LONGEST {
            return Err(BadUrl::TooLong);
        }
        let mut url = Url::parse(text).map_err(|_| BadUrl::NotAUrl)?;
        url.set_fragment(None);
        let at_loopback = match url.host().ok_or(BadUrl::NotAUrl)? {
            Host::Domain(name) => is_localhost(name),
            Host::Ipv4(address) => may_be_called(IpAddr::V4(address), allowed)?,
            Host::Ipv6(address) => may_be_called(IpAddr::V6(address), allowed)?,
        };
        if at_loopback && !allowed.loopback {
            return Err(BadUrl::Reserved(Reserved::Loopback));
        }
        match url.scheme() {
            "https" => {}
            "http" if at_loopback => {}
            _ => return Err(BadUrl::NotHttps),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadUrl::Credentials);
        }
        if url.port_or_known_default() != Some(443) && !at_loopback && !allowed.ports {
            return Err(BadUrl::Port);
        }
        Ok(Self(url))
    }

    /// The URL as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for CallbackUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Refuses a reserved address; whether it is this host.
fn may_be_called(address: IpAddr, allowed: Allowed) -> Result<bool, BadUrl> {
    match allowed.refuses(address) {
        Some(purpose) => Err(BadUrl::Reserved(purpose)),
        None => Ok(super::address::reserved(address) == Some(Reserved::Loopback)),
    }
}

/// Names that always mean this host (RFC 6761).
fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

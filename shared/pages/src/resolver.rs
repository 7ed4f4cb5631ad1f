//! Names resolve to public addresses only, and what was looked at is what is
//! connected to: a name that changes its address in between gains nothing.

use std::net::SocketAddr;

use registration::callback::{Allowed, Reserved};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// A name with no address that may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotPublic(pub Reserved);

/// The system's resolver, without what may not be called.
pub struct Public(pub Allowed);

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(may_be_called(allowed, found)?)
        })
    }
}

fn may_be_called(
    allowed: Allowed,
    found: impl Iterator<Item = SocketAddr>,
) -> Result<Addrs, NotPublic> {
    let (mut kept, mut refused) = (Vec::new(), None);
    for address in found {
        match allowed.refuses(address.ip()) {
            None => kept.push(address),
            Some(purpose) => refused = Some(NotPublic(purpose)),
        }
    }
    match (kept.is_empty(), refused) {
        (true, Some(refused)) => Err(refused),
        _ => Ok(Box::new(kept.into_iter())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> std::vec::IntoIter<SocketAddr> {
        let addresses: Vec<_> = texts.iter().map(|text| text.parse().unwrap()).collect();
        addresses.into_iter()
    }

    #[test]
    fn of_a_names_addresses_only_public_ones_are_connected_to() {
        let found = addresses(&["10.0.0.1:0", "1.1.1.1:0", "[::1]:0", "[2606:4700::1111]:0"]);
        let kept: Vec<_> = may_be_called(Allowed::default(), found).unwrap().collect();
        let public: Vec<_> = addresses(&["1.1.1.1:0", "[2606:4700::1111]:0"]).collect();
        assert_eq!(kept, public);
    }

    #[test]
    fn a_name_with_no_public_address_is_refused() {
        let found = addresses(&["169.254.169.254:0"]);
        let refused = may_be_called(Allowed::default(), found).err();
        assert_eq!(refused, Some(NotPublic(Reserved::LinkLocal)));
    }
}

//! Public web addresses, called with care.
//!
//! * [`Public`]: names resolve to public addresses only, for callbacks and for pages;
//! * [`Pages`]: the web site, privacy policy and terms that an order links to, read as a reviewer
//!   would. What they should say is for [`registration::preflight::pages`] to judge.
//!
//! A page that does not answer never blocks an order: it is a warning.

mod resolver;
mod text;

use std::sync::Arc;
use std::time::Duration;

use registration::callback::{Allowed, CallbackUrl};
use registration::order::Order;
use registration::preflight::Finding;
use registration::preflight::pages::{self, Page};
use reqwest::dns::Resolve;
use reqwest::{Client, Url, redirect, retry};

pub use resolver::{NotPublic, Public};

/// The longest that one page may take, its redirects included.
pub const LONGEST_CALL: Duration = Duration::from_secs(5);

/// What is read of a page; the rest of a longer one is not looked at.
pub const MOST_READ: usize = 1024 * 1024;

/// Redirects that are followed, within the domain.
const MOST_REDIRECTS: usize = 3;

/// Reads the pages that orders link to.
pub struct Pages {
    client: Client,
    allowed: Allowed,
}

/// The client cannot be made: the system gives no TLS.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP client for web pages can be made")]
pub struct NoClient(#[source] reqwest::Error);

/// A page that was not read. Never names the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the page cannot be read")]
struct NotRead;

impl Pages {
    /// A client that calls public addresses only.
    ///
    /// # Errors
    /// The system gives no TLS.
    pub fn new(allowed: Allowed) -> Result<Self, NoClient> {
        Self::resolving(allowed, Arc::new(Public(allowed)))
    }

    /// The same, by another resolver.
    ///
    /// # Errors
    /// The system gives no TLS.
    pub fn resolving(allowed: Allowed, resolver: Arc<dyn Resolve>) -> Result<Self, NoClient> {
        // Fails only if the process has a provider already: then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(concat!("registrar/", env!("CARGO_PKG_VERSION")))
            .timeout(LONGEST_CALL)
            .redirect(redirect::Policy::custom(move |attempt| {
                let from = attempt.previous().first().cloned();
                match from {
                    Some(from)
                        if follows(&from, attempt.url(), attempt.previous().len(), allowed) =>
                    {
                        attempt.follow()
                    }
                    _ => attempt.stop(),
                }
            }))
            .retry(retry::never())
            .no_proxy()
            .https_only(!allowed.loopback)
            .dns_resolver(resolver)
            .build()
            .map_err(NoClient)?;
        Ok(Self { client, allowed })
    }

    /// Calls the pages that an order links to, all at once, and says what a reviewer would find.
    pub async fn look(&self, order: &Order) -> Vec<Finding> {
        let linked = pages::linked(order);
        let calls = linked.into_iter().map(|(page, address)| {
            let (client, allowed) = (self.client.clone(), self.allowed);
            let address = address.to_owned();
            tokio::spawn(async move { (page, read(&client, allowed, &address).await.ok()) })
        });
        let mut findings = Vec::new();
        for call in calls.collect::<Vec<_>>() {
            let read: Result<(Page, Option<String>), _> = call.await;
            if let Ok((page, text)) = read {
                findings.extend(pages::judge(order, page, text.as_deref()));
            }
        }
        findings
    }
}

/// Whether a redirect is followed: few, and within the domain that was asked.
fn follows(from: &Url, to: &Url, before: usize, allowed: Allowed) -> bool {
    let within = match (from.host_str(), to.host_str()) {
        (Some(from), Some(to)) => pages::same_domain(from, to),
        _ => false,
    };
    before <= MOST_REDIRECTS && within && CallbackUrl::parse(to.as_str(), allowed).is_ok()
}

async fn read(client: &Client, allowed: Allowed, address: &str) -> Result<String, NotRead> {
    // An address that is written as one is not resolved, so it is looked at here.
    let url = CallbackUrl::parse(address, allowed).map_err(|_| NotRead)?;
    let answer = client.get(url.as_str()).send().await.map_err(|_| NotRead)?;
    let mut answer = answer.error_for_status().map_err(|_| NotRead)?;
    if answer.status().is_redirection() {
        return Err(NotRead);
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| NotRead)? {
        let room = MOST_READ - body.len();
        body.extend(chunk.iter().take(room));
        if body.len() == MOST_READ {
            break;
        }
    }
    Ok(text::of(&String::from_utf8_lossy(&body)))
}

//! A simulator without a network: its time is told, its calls come as values, and its
//! webhooks are fetched.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use tokio::task::JoinSet;
use tower::Service as _;

use crate::clock::{Clock, Elapsed};
use crate::courier::signed;
use crate::gate::Line;
use crate::registry::Registry;
use crate::routes::routes;
use crate::server::{Simulator, signing_key};
use crate::settings::Settings;

/// The largest answer that is handed on.
const LARGEST: usize = 16 * 1024 * 1024;

/// A simulator in the process of whoever calls it.
pub struct InProcess {
    /// For steering and looking: its address is nobody's.
    pub simulator: Simulator,
    registry: Arc<Registry>,
    clock: Arc<Clock>,
    routes: Router,
    key: SigningKey,
}

/// A webhook as it would be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The path of its URL.
    pub path: String,
    /// The signed headers.
    pub headers: Vec<(&'static str, String)>,
    /// The signed body.
    pub body: String,
}

impl InProcess {
    /// Begins at `wall`, when `elapsed` says zero. Webhooks are made if the settings ask
    /// for any, and none of those goes wrong by itself.
    pub fn begin(settings: Settings, wall: Timestamp, elapsed: Elapsed) -> Self {
        let clock = Arc::new(Clock::measured(elapsed, wall));
        let key = signing_key(settings.seed);
        let registry = Arc::new(Registry::new(settings, Arc::clone(&clock), None));
        let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            simulator: Simulator::of(Arc::clone(&registry), nowhere, key.clone(), JoinSet::new()),
            routes: routes(Arc::clone(&registry)),
            registry,
            clock,
            key,
        }
    }

    /// Answers one call. None: the connection is closed before the answer.
    pub async fn call(&self, request: Request<Vec<u8>>) -> Option<Response<Vec<u8>>> {
        let line = Line::default();
        let cut = Arc::clone(&line.0);
        let mut request = request.map(Body::from);
        request.extensions_mut().insert(line);
        let mut routes = self.routes.clone();
        let answer = tokio::select! {
            biased;
            answer = routes.call(request) => answer.ok()?,
            () = cut.notified() => return None,
        };
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, LARGEST).await.ok()?;
        Some(Response::from_parts(parts, body.to_vec()))
    }

    /// The webhooks that are due now and were not fetched before, in order.
    pub fn webhooks(&self) -> Vec<Posted> {
        let events = self.registry.take_webhooks();
        events
            .into_iter()
            .map(|event| {
                let (timestamp, signature, body) =
                    signed(&self.key, &self.clock, &event, 1, &event.url);
                Posted {
                    path: path(&event.url),
                    headers: vec![
                        ("telnyx-timestamp", timestamp),
                        ("telnyx-signature-ed25519", signature),
                    ],
                    body,
                }
            })
            .collect()
    }

    /// When something changes by itself next, after the beginning.
    pub fn next_due(&self) -> Option<Duration> {
        self.registry.at_once(|store, _| store.next_due()).0
    }
}

/// The path of a URL; without a host all of it.
fn path(url: &str) -> String {
    let after = url.split_once("://").map_or(url, |(_, after)| after);
    let at = after.find('/').unwrap_or(after.len());
    after.get(at..).unwrap_or_default().to_owned()
}

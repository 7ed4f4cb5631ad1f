//! Starting, stopping and steering a simulator.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower::Service;

use crate::clock::Clock;
use crate::courier::Courier;
use crate::draw::rng;
use crate::fault::Fault;
use crate::gate::Line;
use crate::log::Call;
use crate::registry::{Registry, WebhookCounts, held};
use crate::routes::routes;
use crate::settings::{Settings, Webhooks};
use crate::submissions::Submissions;
use crate::verdict::Verdict;

/// A running registry. Dropping it stops it.
#[derive(Debug)]
pub struct Simulator {
    registry: Arc<Registry>,
    address: SocketAddr,
    key: SigningKey,
    tasks: JoinSet<()>,
}

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("the simulator cannot listen on {address}; choose another address, or port 0 for any")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The HTTP client that sends webhooks cannot be made.
    #[error("the simulator cannot make the HTTP client that sends webhooks; check the TLS setup")]
    Client(#[source] reqwest::Error),
}

impl Simulator {
    /// Listens on `address`; port 0 takes any free one.
    pub async fn start(settings: Settings, address: SocketAddr) -> Result<Self, StartError> {
        let failed = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let clock = Arc::new(Clock::start());
        let key = signing_key(settings.seed);
        let mut tasks = JoinSet::new();
        let courier = match &settings.webhooks {
            Webhooks::Off => None,
            Webhooks::On(delivery) => {
                let courier = Courier::start(delivery, key.clone(), Arc::clone(&clock), &mut tasks);
                Some(courier.map_err(StartError::Client)?)
            }
        };
        let most_connections = settings.most_connections;
        let registry = Arc::new(Registry::new(settings, clock, courier));
        tasks.spawn(Arc::clone(&registry).keep_time());
        tasks.spawn(accept(
            listener,
            routes(Arc::clone(&registry)),
            most_connections,
        ));
        Ok(Self::of(registry, address, key, tasks))
    }

    pub(crate) fn of(
        registry: Arc<Registry>,
        address: SocketAddr,
        key: SigningKey,
        tasks: JoinSet<()>,
    ) -> Self {
        Self {
            registry,
            address,
            key,
            tasks,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What an SDK takes as its base URL; ends in `/v2`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v2", self.address)
    }

    /// The ed25519 key that webhooks are verified with, in base64.
    pub fn public_key(&self) -> String {
        STANDARD.encode(self.key.verifying_key().as_bytes())
    }

    /// The calls received, oldest first, as far as the log reaches back.
    pub fn calls(&self) -> Vec<Call> {
        held(&self.registry.log).calls(0, usize::MAX)
    }

    /// How many calls the log has dropped to stay within its bound.
    pub fn calls_dropped(&self) -> u64 {
        held(&self.registry.log).dropped()
    }

    /// What cost a fee, per subject.
    pub fn submissions(&self) -> Submissions {
        held(&self.registry.store).submissions.clone()
    }

    /// What became of the webhooks so far.
    pub fn webhooks(&self) -> WebhookCounts {
        self.registry.webhooks()
    }

    /// The next `count` calls the fault concerns go wrong; `u64::MAX` for an
    /// outage until [`Simulator::clear_faults`]. False: a thousand are waiting
    /// already, and this one is not added.
    pub fn fail_next(&self, count: u64, fault: Fault) -> bool {
        held(&self.registry.faults).add(fault, count)
    }

    /// Everything goes well again.
    pub fn clear_faults(&self) {
        held(&self.registry.faults).clear();
    }

    /// Sets a status from outside. False: there is no such subject.
    pub fn review(&self, verdict: &Verdict) -> bool {
        self.registry
            .at_once(|store, now| store.review(now, verdict))
            .0
    }

    /// The PIN that was sent last to the person behind this brand.
    pub fn pin(&self, brand_id: &str) -> Option<String> {
        let store = held(&self.registry.store);
        store.text_message(brand_id).map(|(pin, _)| pin)
    }

    /// The addresses that were sent an e-mail about this brand of a public company, oldest
    /// first.
    pub fn mails(&self, brand_id: &str) -> Vec<String> {
        held(&self.registry.store).mails(brand_id)
    }

    /// How long until something changes by itself: a review ends, a webhook is due.
    pub fn next_change(&self) -> Option<Duration> {
        self.registry
            .at_once(|store, now| store.next_due()?.checked_sub(now))
            .0
    }

    /// Stops: closes every connection and waits until nothing runs any more.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

pub(crate) fn signing_key(seed: u64) -> SigningKey {
    let mut secret = [0; 32];
    rng(seed, "webhook key", "", 0).fill(&mut secret);
    SigningKey::from_bytes(&secret)
}

/// Accepts connections, for ever; those open end with this future.
async fn accept(listener: TcpListener, routes: Router, most: usize) {
    let mut connections = JoinSet::new();
    loop {
        while connections.len() >= most {
            connections.join_next().await;
        }
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, routes.clone()));
                }
                // Out of descriptors: those in use must end first.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Serves one connection until it ends or a call cuts it.
async fn serve(stream: TcpStream, routes: Router) {
    // Answers are small; waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let line = Line::default();
    let cut = Arc::clone(&line.0);
    let service =
        hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(line.clone());
            routes.clone().call(request)
        });
    let connection =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        // An error is a caller who hung up.
        _ = connection => {}
        () = cut.notified() => {}
    }
}

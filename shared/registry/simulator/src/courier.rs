//! Webhook delivery: signed, 2xx within the timeout, some attempts per URL. The
//! events of one object go one after the other, unless one is held back on
//! purpose; those of different objects go side by side.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::event::Event;
use crate::settings::Delivery;

/// An event on its way, and who waits for its delivery.
#[derive(Debug)]
struct Parcel {
    event: Event,
    done: Option<oneshot::Sender<()>>,
}

/// What became of webhooks handed over.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) delivered: AtomicU64,
    pub(crate) undelivered: AtomicU64,
    pub(crate) dropped: AtomicU64,
}

/// Takes events and has them delivered.
#[derive(Debug)]
pub(crate) struct Courier {
    lanes: Vec<mpsc::Sender<Parcel>>,
    tally: Arc<Tally>,
}

impl Courier {
    /// Starts its tasks; they end when `tasks` is dropped.
    pub(crate) fn start(
        delivery: &Delivery,
        key: SigningKey,
        clock: Arc<Clock>,
        tasks: &mut JoinSet<()>,
    ) -> Result<Self, reqwest::Error> {
        // Whoever embeds the simulator may have chosen a provider; then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(delivery.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        let tally = Arc::new(Tally::default());
        let count = delivery.concurrency.max(1);
        let room = delivery.queue.div_ceil(count).max(1);
        let mut lanes = Vec::with_capacity(count);
        for _ in 0..count {
            let (lane, parcels) = mpsc::channel(room);
            let lane_sender = Sender {
                client: client.clone(),
                key: key.clone(),
                clock: Arc::clone(&clock),
                tally: Arc::clone(&tally),
                attempts: delivery.attempts.max(1),
                pause: delivery.pause,
            };
            tasks.spawn(lane_sender.run(parcels));
            lanes.push(lane);
        }
        Ok(Self { lanes, tally })
    }

    /// Hands an event over; dropped and counted when its lane is full.
    pub(crate) fn hand_over(&self, event: Event, done: Option<oneshot::Sender<()>>) {
        let count = u64::try_from(self.lanes.len()).unwrap_or(1);
        let lane = usize::try_from(event.lane % count).unwrap_or(0);
        let parcel = Parcel { event, done };
        let handed = self
            .lanes
            .get(lane)
            .is_some_and(|lane| lane.try_send(parcel).is_ok());
        if !handed {
            self.tally.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The counts so far.
    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }
}

/// Delivers what comes along one lane.
struct Sender {
    client: reqwest::Client,
    key: SigningKey,
    clock: Arc<Clock>,
    tally: Arc<Tally>,
    attempts: u32,
    pause: Duration,
}

impl Sender {
    async fn run(self, mut parcels: mpsc::Receiver<Parcel>) {
        while let Some(parcel) = parcels.recv().await {
            let counted = if self.deliver(&parcel.event).await {
                &self.tally.delivered
            } else {
                tracing::debug!(id = parcel.event.id, "webhook was not accepted");
                &self.tally.undelivered
            };
            counted.fetch_add(1, Ordering::Relaxed);
            if let Some(done) = parcel.done {
                // Nobody waits any more when the caller has hung up.
                let _ = done.send(());
            }
        }
    }

    async fn deliver(&self, event: &Event) -> bool {
        let urls = [Some(&event.url), event.failover_url.as_ref()];
        let mut attempt = 0;
        for url in urls.into_iter().flatten() {
            let mut pause = self.pause;
            for nth in 0..self.attempts {
                if nth > 0 {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                attempt += 1;
                if self.attempt(event, attempt, url).await {
                    return true;
                }
            }
        }
        false
    }

    async fn attempt(&self, event: &Event, attempt: u32, url: &str) -> bool {
        let (timestamp, signature, body) = signed(&self.key, &self.clock, event, attempt, url);
        let sent = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header("telnyx-timestamp", timestamp)
            .header("telnyx-signature-ed25519", signature)
            .body(body)
            .send()
            .await;
        sent.is_ok_and(|response| response.status().is_success())
    }
}

/// One attempt: the time of its signature, the signature, and the body.
pub(crate) fn signed(
    key: &SigningKey,
    clock: &Clock,
    event: &Event,
    attempt: u32,
    url: &str,
) -> (String, String, String) {
    let body = event.body(attempt, url);
    let timestamp = clock.unix_seconds().to_string();
    let signature = key.sign(format!("{timestamp}|{body}").as_bytes());
    (timestamp, STANDARD.encode(signature.to_bytes()), body)
}

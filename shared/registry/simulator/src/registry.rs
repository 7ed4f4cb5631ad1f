//! What all parts of a running simulator share.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::{Notify, oneshot};

use crate::clock::Clock;
use crate::courier::Courier;
use crate::event::Event;
use crate::fault::Faults;
use crate::limit::Limiter;
use crate::log::Log;
use crate::settings::Settings;
use crate::store::Store;

/// The shared state of a running simulator.
#[derive(Debug)]
pub(crate) struct Registry {
    pub(crate) settings: Settings,
    pub(crate) clock: Arc<Clock>,
    pub(crate) store: Mutex<Store>,
    pub(crate) log: Mutex<Log>,
    pub(crate) limiter: Mutex<Limiter>,
    pub(crate) faults: Mutex<Faults>,
    courier: Option<Courier>,
    /// The agenda has changed.
    changed: Notify,
}

/// What became of the webhooks so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WebhookCounts {
    /// Accepted with a 2xx; a duplicate counts twice.
    pub delivered: u64,
    /// Given up after all attempts.
    pub undelivered: u64,
    /// Not sent for want of room in the queue.
    pub dropped: u64,
    /// Not sent, on purpose.
    pub lost: u64,
    /// Sent twice, on purpose.
    pub duplicated: u64,
    /// Held back, on purpose.
    pub reordered: u64,
    /// Sent before the answer to the POST, on purpose.
    pub early: u64,
}

/// Takes a lock, whatever a panic in a test did to it.
pub(crate) fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Registry {
    pub(crate) fn new(settings: Settings, clock: Arc<Clock>, courier: Option<Courier>) -> Self {
        Self {
            store: Mutex::new(Store::new(settings.clone(), clock.wall())),
            log: Mutex::new(Log::new(settings.most_calls_logged)),
            limiter: Mutex::new(Limiter::new(settings.calls_per_second)),
            faults: Mutex::new(Faults::default()),
            settings,
            clock,
            courier,
            changed: Notify::new(),
        }
    }

    /// Does something to the store as it is now, and sends what follows from it.
    /// With it comes what to wait for where a webhook goes out early.
    pub(crate) fn at_once<T>(
        &self,
        act: impl FnOnce(&mut Store, Duration) -> T,
    ) -> (T, Vec<oneshot::Receiver<()>>) {
        let mut store = held(&self.store);
        let now = self.clock.now();
        let before = store.next_due();
        store.settle(now);
        let done = act(&mut store, now);
        let waits = self.send(&mut store);
        if store.next_due() != before {
            self.changed.notify_one();
        }
        (done, waits)
    }

    fn send(&self, store: &mut Store) -> Vec<oneshot::Receiver<()>> {
        let mut waits = Vec::new();
        let Some(courier) = &self.courier else {
            return waits;
        };
        // Under the store's lock, so that the lanes get the events in order.
        for event in store.take_outbox() {
            let wait = event.early.then(oneshot::channel);
            let done = wait.map(|(done, wait)| {
                waits.push(wait);
                done
            });
            courier.hand_over(event, done);
        }
        waits
    }

    /// Moves the agenda on as time passes, for ever.
    pub(crate) async fn keep_time(self: Arc<Self>) {
        loop {
            let (due, _) = self.at_once(|store, _| store.next_due());
            let wait = due.map_or(Duration::MAX, |due| due.saturating_sub(self.clock.now()));
            // Only the first of "it is time" and "the agenda has changed" matters.
            let _ = tokio::time::timeout(wait, self.changed.notified()).await;
        }
    }

    /// The webhooks that are due now, where no courier takes them.
    pub(crate) fn take_webhooks(&self) -> Vec<Event> {
        self.at_once(|store, now| {
            store.settle(now);
            store.take_outbox()
        })
        .0
    }

    /// What became of the webhooks so far.
    pub(crate) fn webhooks(&self) -> WebhookCounts {
        let store = held(&self.store);
        let mut counts = store.counts;
        counts.dropped = store.dropped();
        if let Some(courier) = &self.courier {
            let tally = courier.tally();
            counts.delivered = tally.delivered.load(Ordering::Relaxed);
            counts.undelivered = tally.undelivered.load(Ordering::Relaxed);
            counts.dropped += tally.dropped.load(Ordering::Relaxed);
        }
        counts
    }
}

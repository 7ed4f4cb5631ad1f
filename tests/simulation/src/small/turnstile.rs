//! Where each worker stands before a call that changes something, until it is let go.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use end_to_end::gate::{Call, Failing, Gate, Wake};
use end_to_end::model::{Weather, whole_seconds};
use http::{HeaderValue, Method, header};
use jiff::Timestamp;
use platform::store::Append;
use registration::patience::later;
use registry::telnyx::{Answered, Asked, Carrier, Lost};
use registry_simulator::InProcess;
use tokio::sync::oneshot;

use super::held;
use crate::life::VirtualClock;
use crate::watch::Watch;

tokio::task_local! {
    /// The worker that runs here.
    pub(super) static WORKER: usize;
}

/// Where workers stand.
pub(super) struct Turnstile {
    pub(super) clock: Arc<VirtualClock>,
    pub(super) watch: Watch,
    standing: Mutex<BTreeMap<usize, Stand>>,
    wakes: Mutex<BTreeSet<Timestamp>>,
}

struct Stand {
    call: String,
    go: oneshot::Sender<()>,
}

impl Turnstile {
    pub(super) fn new(clock: Arc<VirtualClock>) -> Self {
        Self {
            clock,
            watch: Watch::default(),
            standing: Mutex::default(),
            wakes: Mutex::default(),
        }
    }

    /// Stands here until it is let go; whoever is not let go goes no further.
    async fn stand(&self, call: String) {
        let Ok(worker) = WORKER.try_with(|worker| *worker) else {
            return;
        };
        let (go, goes) = oneshot::channel();
        held(&self.standing).insert(worker, Stand { call, go });
        if goes.await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// The workers that stand, and before what.
    pub(super) fn standing(&self) -> Vec<(usize, String)> {
        let standing = held(&self.standing);
        let all = standing.iter();
        all.map(|(worker, stand)| (*worker, stand.call.clone()))
            .collect()
    }

    pub(super) fn lets_go(&self, worker: usize) {
        if let Some(stand) = held(&self.standing).remove(&worker) {
            let _ = stand.go.send(());
        }
    }

    pub(super) fn forgets(&self, worker: usize) {
        held(&self.standing).remove(&worker);
    }

    /// When something is to be done next, after now.
    pub(super) fn next_wake(&self) -> Option<Timestamp> {
        let now = self.clock.truly();
        let mut wakes = held(&self.wakes);
        wakes.retain(|at| *at > now);
        wakes.first().copied()
    }
}

#[async_trait]
impl Gate for Turnstile {
    async fn pass<T: Send, E: Failing>(
        &self,
        call: Call,
        _times: usize,
        made: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E> {
        if call != Call::Read {
            self.stand(format!("{call:?}")).await;
        }
        made.await
    }

    fn counted(&self, _call: Call, _times: usize) {}

    fn wakes(&self, at: Wake) {
        let at = match at {
            Wake::At(at) => at,
            Wake::After(wait) => later(self.clock.truly(), whole_seconds(wait)),
        };
        held(&self.wakes).insert(at);
    }

    async fn appended(&self, appends: &[Append]) {
        self.watch.appended(appends).await;
    }
}

#[async_trait]
impl Weather for Turnstile {
    fn lag(&self) -> Duration {
        Duration::ZERO
    }

    fn picks(&self, _of: usize) -> usize {
        0
    }

    async fn between(&self) {
        self.stand("its row".to_owned()).await;
    }
}

/// The way to the registry, through the turnstile.
pub(super) struct Way {
    pub(super) turnstile: Arc<Turnstile>,
    pub(super) registry: Arc<InProcess>,
    pub(super) api_key: HeaderValue,
}

#[async_trait]
impl Carrier for Way {
    async fn carry(&self, mut asked: Asked) -> Result<Answered, Lost> {
        let changes = asked.method() != Method::GET;
        if changes {
            let call = format!("{} {}", asked.method(), asked.uri().path());
            self.turnstile.stand(call).await;
        }
        let headers = asked.headers_mut();
        headers.insert(header::AUTHORIZATION, self.api_key.clone());
        let answer = self.registry.call(asked).await.ok_or(Lost::Broken);
        if changes {
            // A worker that dies here has called, and has not seen the answer.
            self.turnstile
                .watch
                .called(&self.registry.simulator.submissions());
            self.turnstile.stand("the answer".to_owned()).await;
        }
        answer
    }
}

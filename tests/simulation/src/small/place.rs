//! One run's platform, and what can happen in it next.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use end_to_end::gate::{Gate as _, Mortal, Wake};
use end_to_end::model::Model;
use jiff::Timestamp;
use platform::at_registry::Downstream;
use platform::callback::Callbacks;
use platform::case::Author;
use platform::limiter::Limits;
use platform::preflight::Preflight;
use platform::queue::Delivery;
use platform::receive::{self, Received};
use platform::workers::{self, Functions};
use platform::{Case, Platform, Queue, Store};
use registrar::service;
use registration::order::Vetting;
use registration::patience::{Patience, later};
use registration::{AccountId, Actor, Order, RegistrationId, Status, TraceId};
use registry::Registry;
use registry::telnyx::{NAME, Telnyx};
use registry_simulator::{Delivery as Sent, InProcess, Posted, Reviews, Settings, Span, Webhooks};
use serde_json::json;
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

use super::Scope;
use super::turnstile::{Turnstile, WORKER, Way};
use crate::check::{self, Intended};
use crate::life::{TrueClock, VirtualClock};
use crate::wire;

/// An order that has not ended after this is at a dead end.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Turns that other tasks get until every worker stands.
const TURNS: usize = 10_000;

/// No chance: there is one order, and its traces are no part of what is tried.
fn same() -> u128 {
    7
}

/// Something that can happen next.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    /// A worker makes the call that it stands before.
    Goes(usize, String),
    /// A worker dies there.
    Dies(usize, String),
    /// A message is received.
    Receives(&'static str),
    /// A message is received, and will be once more.
    ReceivesTwice(&'static str),
    /// It is.
    Again(usize),
    /// A webhook arrives.
    Posts(usize),
    /// A webhook never arrives.
    Loses(usize),
    /// A person corrects the order.
    Amends,
    /// Time passes until something is due.
    Waits(Timestamp),
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Goes(worker, call) => write!(f, "worker {worker}: {call}"),
            Self::Dies(worker, call) => write!(f, "worker {worker} dies before: {call}"),
            Self::Receives(queue) => write!(f, "a message of {queue} is received"),
            Self::ReceivesTwice(queue) => write!(f, "a message of {queue} is received, twice"),
            Self::Again(_) => f.write_str("the second copy is received"),
            Self::Posts(_) => f.write_str("a webhook arrives"),
            Self::Loses(_) => f.write_str("a webhook is lost"),
            Self::Amends => f.write_str("a person corrects the order"),
            Self::Waits(until) => write!(f, "time passes until {until}"),
        }
    }
}

/// How a run ended.
#[derive(Debug)]
pub(super) enum Ending {
    /// As it is to.
    Right,
    /// Otherwise.
    Wrong(String),
}

pub(super) struct Worker {
    /// What it was given.
    pub(super) what: String,
    /// What it could have read so far.
    pub(super) digest: u64,
    runs_a_message: bool,
    task: JoinHandle<()>,
}

/// One run's platform.
pub(super) struct Place {
    pub(super) clock: Arc<VirtualClock>,
    pub(super) turnstile: Arc<Turnstile>,
    pub(super) model: Arc<Model>,
    pub(super) registry: Arc<InProcess>,
    /// Whose calls pass the turnstile.
    platform: Platform,
    /// Whose calls do not.
    pub(super) plain: Platform,
    functions: Functions,
    webhooks: Router,
    id: RegistrationId,
    scope: Scope,
    pub(super) left: Scope,
    pub(super) workers: BTreeMap<usize, Worker>,
    begun: usize,
    pub(super) copies: Vec<(Delivery, String)>,
    pub(super) posted: Vec<Posted>,
}

impl Place {
    pub(super) async fn begin(scope: Scope) -> anyhow::Result<Self> {
        let begins = Timestamp::from_second(1_800_000_000)?;
        let clock = Arc::new(VirtualClock::begin(begins));
        let turnstile = Arc::new(Turnstile::new(Arc::clone(&clock)));
        let aws = Arc::new(TrueClock(Arc::clone(&clock)));
        let model = Arc::new(Model::new(aws, turnstile.clone()));
        let (store, queue): (Arc<dyn Store>, Arc<dyn Queue>) = (model.clone(), model.clone());
        let plain = Platform {
            store: Arc::clone(&store),
            queue: Arc::clone(&queue),
            clock: clock.clone(),
            random: same,
            patience: Patience::default(),
            visibility: Duration::from_secs(90),
            accounts_share_brands: false,
            preflight: Preflight::before_a_simulator(),
            callbacks: Callbacks::default(),
            // Part of no state: what would be told apart by it is the same without.
            memory: platform::memory::Memory::of(0),
        };
        let platform = Platform {
            store: Arc::new(Mortal::new(store, Arc::clone(&turnstile))),
            queue: Arc::new(Mortal::new(queue, Arc::clone(&turnstile))),
            ..plain.clone()
        };
        turnstile.watch.looks_through(plain.clone());
        let registry = Arc::new(simulator(&clock));
        let way = Way {
            turnstile: Arc::clone(&turnstile),
            registry: Arc::clone(&registry),
            api_key: wire::bearer(),
        };
        let pace = Arc::new(platform.pace(NAME, Limits::default()));
        let settings = wire::settings(&registry)?;
        let telnyx: Arc<dyn Registry> =
            Arc::new(Telnyx::carried(settings, Arc::new(way), pace.clone())?);
        let downstream = Downstream {
            registry: Arc::clone(&telnyx),
            pace,
            public_url: Some(wire::PUBLIC_URL.to_owned()),
            vetting: Vetting::parse("AEGIS/STANDARD"),
        };
        let order = Order::read(&end_to_end::orders::document(1, 1)).ok();
        let order = order.context("the order is none")?;
        let account = AccountId::parse("acme")?;
        let actor = Actor::account(&account);
        let trace = TraceId::new(same());
        let received = receive::receive(&platform, &account, actor, order, None, trace).await?;
        let (Received::New(id, _) | Received::Repeated(id)) = received;
        Ok(Self {
            webhooks: webhooks::router(platform.clone(), telnyx),
            functions: service::functions(&downstream),
            clock,
            turnstile,
            model,
            registry,
            platform,
            plain,
            id,
            scope,
            left: scope,
            workers: BTreeMap::new(),
            begun: 0,
            copies: Vec::new(),
            posted: Vec::new(),
        })
    }

    /// The order and its number.
    pub(super) fn ids(&self) -> [RegistrationId; 2] {
        [self.id.clone(), self.id.number(1)]
    }

    /// What can happen next; nothing: this is the end.
    pub(super) async fn options(&mut self) -> anyhow::Result<Vec<Deed>> {
        self.settle().await?;
        self.posted.extend(self.registry.webhooks());
        let mut deeds = Vec::new();
        for (worker, call) in self.turnstile.standing() {
            deeds.push(Deed::Goes(worker, call));
        }
        if self.workers.len() < self.scope.workers {
            let mut waiting = Vec::new();
            for queue in self.functions.queues() {
                if self.plain.queue.depth(queue).await?.waiting > 0 {
                    waiting.push(queue);
                }
            }
            deeds.extend(waiting.iter().map(|queue| Deed::Receives(queue)));
            deeds.extend((0..self.posted.len()).map(Deed::Posts));
            deeds.extend((0..self.copies.len()).map(Deed::Again));
            if self.left.duplicate {
                deeds.extend(waiting.iter().map(|queue| Deed::ReceivesTwice(queue)));
            }
        }
        if self.left.crash {
            for (worker, call) in self.turnstile.standing() {
                let known = self.workers.get(&worker);
                if known.is_some_and(|known| known.runs_a_message) {
                    deeds.push(Deed::Dies(worker, call));
                }
            }
        }
        if self.left.lost_webhook {
            deeds.extend((0..self.posted.len()).map(Deed::Loses));
        }
        let can_pass = deeds.is_empty() && !self.is_over().await?;
        // A correction may come at any time until all is over.
        if self.left.amends && (can_pass || !deeds.is_empty()) {
            deeds.push(Deed::Amends);
        }
        if can_pass && self.clock.elapsed() < LONGEST {
            deeds.extend(self.next_time().map(Deed::Waits));
        }
        Ok(deeds)
    }

    fn next_time(&self) -> Option<Timestamp> {
        let now = self.clock.truly();
        let review = self.registry.next_due().map(|due| {
            let wait = due.saturating_sub(self.clock.elapsed());
            later(now, wait.max(Duration::from_millis(1)))
        });
        [review, self.turnstile.next_wake()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Whether the order is registered and nothing is on its way.
    async fn is_over(&self) -> anyhow::Result<bool> {
        for queue in self.functions.queues() {
            let depth = self.plain.queue.depth(queue).await?;
            if depth.waiting + depth.in_flight + depth.delayed > 0 {
                return Ok(false);
            }
        }
        let case = Case::load(&*self.plain.store, &self.id).await?;
        Ok(Status::of(&case.facts) == Status::Registered)
    }

    /// Lets it happen.
    pub(super) async fn take(&mut self, deed: Deed) -> anyhow::Result<()> {
        match deed {
            Deed::Goes(worker, _) => {
                let before = self.workers.get(&worker).map_or(0, |known| known.digest);
                let digest = self.read_now(before);
                if let Some(known) = self.workers.get_mut(&worker) {
                    known.digest = digest;
                }
                self.turnstile.lets_go(worker);
            }
            Deed::Dies(worker, _) => {
                self.left.crash = false;
                self.turnstile.forgets(worker);
                if let Some(known) = self.workers.remove(&worker) {
                    known.task.abort();
                }
            }
            Deed::Receives(queue) => self.receive(queue, false).await?,
            Deed::ReceivesTwice(queue) => {
                self.left.duplicate = false;
                self.receive(queue, true).await?;
            }
            Deed::Again(copy) => {
                let (delivery, _) = self.copies.remove(copy);
                self.deliver(delivery);
            }
            Deed::Posts(place) => self.post(place),
            Deed::Loses(place) => {
                self.left.lost_webhook = false;
                self.posted.remove(place);
            }
            Deed::Amends => self.amend(),
            Deed::Waits(until) => {
                tokio::time::sleep(self.clock.until(until)).await;
                let pace = self.plain.pace(NAME, Limits::default());
                sweep::sweep(&self.plain, &pace).await?;
            }
        }
        self.settle().await
    }

    async fn receive(&mut self, queue: &'static str, twice: bool) -> anyhow::Result<()> {
        let visibility = self.plain.visibility;
        let received = self
            .plain
            .queue
            .receive(queue, 1, visibility, Duration::ZERO);
        for delivery in received.await? {
            // It comes again if its worker dies.
            self.turnstile.wakes(Wake::After(visibility));
            if twice {
                let what = format!("{:?}", delivery.message);
                self.copies.push((delivery.clone(), what));
            }
            self.deliver(delivery);
        }
        Ok(())
    }

    fn deliver(&mut self, delivery: Delivery) {
        let what = format!("{:?} {}", delivery.message, delivery.receives);
        let (platform, functions) = (self.platform.clone(), self.functions.clone());
        self.begin_worker(what, true, async move {
            workers::deliver(&platform, &functions, delivery).await;
        });
    }

    fn post(&mut self, place: usize) {
        let posted = self.posted.remove(place);
        let what = posted.body.clone();
        let webhooks = self.webhooks.clone();
        self.begin_worker(what, false, async move {
            let mut request = http::Request::post(&posted.path);
            for (name, value) in &posted.headers {
                request = request.header(*name, value);
            }
            if let Ok(request) = request.body(axum::body::Body::from(posted.body)) {
                let _ = webhooks.oneshot(request).await;
            }
        });
    }

    fn amend(&mut self) {
        self.left.amends = false;
        let (platform, id) = (self.platform.clone(), self.id.clone());
        self.begin_worker("a correction".to_owned(), false, async move {
            let author = Author {
                actor: Actor::operator("pat"),
                trace: TraceId::new(same()),
            };
            let text = "Example: your visit is tomorrow at 9 AM. Reply STOP to opt out.";
            let patch = json!({"campaign": {"samples": [text, text]}});
            // Where it is too late to correct, it is refused.
            let _ = platform::amend::amend(&platform, &id, &author, &patch).await;
        });
    }

    fn begin_worker(
        &mut self,
        what: String,
        runs_a_message: bool,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        self.begun += 1;
        let worker = Worker {
            what,
            digest: 0,
            runs_a_message,
            task: tokio::spawn(WORKER.scope(self.begun, work)),
        };
        self.workers.insert(self.begun, worker);
    }

    /// Lets everybody go on to where they stand.
    async fn settle(&mut self) -> anyhow::Result<()> {
        for _ in 0..TURNS {
            self.workers.retain(|_, worker| !worker.task.is_finished());
            if self.turnstile.standing().len() == self.workers.len() {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
        anyhow::bail!("a worker neither ends nor stands: it waits for time")
    }

    /// A promise that is broken.
    pub(super) fn broken(&self) -> Option<String> {
        let broken = self.turnstile.watch.broken().into_iter().next();
        broken.map(|violation| violation.0)
    }

    /// Whether all is as it is to be at the end.
    pub(super) async fn ending(&self) -> anyhow::Result<Ending> {
        let mut intended = Intended::default();
        for id in self.ids() {
            let history = self.plain.store.history(&id).await?;
            intended.take(&history);
            if let Some(wrong) = check::in_order(&self.plain, &id).await?.pop() {
                return Ok(Ending::Wrong(wrong.0));
            }
        }
        let made = self.registry.simulator.submissions();
        if let Some(doubled) = intended.doubled(&made).pop() {
            return Ok(Ending::Wrong(doubled.0));
        }
        let case = Case::load(&*self.plain.store, &self.id).await?;
        Ok(match Status::of(&case.facts) {
            Status::Registered => Ending::Right,
            status => Ending::Wrong(format!("a dead end: {status}, {:?}", case.pending())),
        })
    }
}

fn simulator(clock: &Arc<VirtualClock>) -> InProcess {
    let minutes = |count: u64| {
        let time = Duration::from_secs(count * 60);
        Span::between(time, time)
    };
    let settings = Settings {
        api_key: wire::KEY.to_owned(),
        reviews: Reviews {
            brand: minutes(2),
            campaign: minutes(60),
            number: minutes(2),
            ..Reviews::default()
        },
        webhooks: Webhooks::On(Sent::default()),
        ..Settings::default()
    };
    let begun = clock.truly();
    let measured = Arc::clone(clock);
    InProcess::begin(settings, begun, Box::new(move || measured.elapsed()))
}

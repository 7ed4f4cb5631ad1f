//! One platform on a file and a clock of its own, against one simulator.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;
use platform::at_registry::Downstream;
use platform::callback::Callbacks;
use platform::clock::StandingClock;
use platform::limiter::Limits;
use platform::receive::{self, Received};
use platform::sqlite::Sqlite;
use platform::store::Row;
use platform::workers::{self, Functions};
use platform::{Case, Clock as _, Platform, Queue, Store};
use registrar::service;
use registration::order::Vetting;
use registration::patience::Patience;
use registration::{AccountId, Actor, Order, RegistrationId, Status, TraceId};
use registry::telnyx::{ApiKey, NAME, Settings as TelnyxSettings, Telnyx};
use registry::{Pace, Registry};
use registry_simulator::{Settings, Simulator};
use tempfile::TempDir;

use crate::crash::{Mortal, Plan};

/// How far the clock moves at least when there is nothing to do.
const TICK: Duration = Duration::from_secs(15);

/// A registration that has not come to rest after so many turns is stuck.
const TURNS: usize = 5_000;

/// A change that is farther away is not waited for.
const SOON: Duration = Duration::from_secs(1);

const FILE: &str = "registrar.db";

/// A platform that a test drives by hand.
pub struct World {
    /// The registry.
    pub simulator: Simulator,
    /// The platform; its calls are counted by the plan.
    pub platform: Platform,
    /// Its functions.
    pub functions: Functions,
    /// What the functions call; its calls are counted by the plan.
    pub downstream: Downstream,
    /// Moved by [`World::drive`].
    pub clock: Arc<StandingClock>,
    /// The same store, immortal.
    pub store: Arc<dyn Store>,
    /// The same queue, immortal.
    pub queue: Arc<dyn Queue>,
    /// How often the sweep had to rescue.
    pub rescues: std::sync::atomic::AtomicUsize,
    plan: Arc<Plan>,
    folder: Option<TempDir>,
}

/// Waits for what the registry is about to do by itself: it goes by the machine's
/// clock, and a test's clock runs ahead of that.
pub async fn changed(simulator: &Simulator) {
    if let Some(due) = simulator.next_change().filter(|due| *due < SOON) {
        tokio::time::sleep(due).await;
    }
}

fn begins() -> anyhow::Result<Arc<StandingClock>> {
    let at = Timestamp::from_second(1_800_000_000)?;
    Ok(Arc::new(StandingClock::at(at)))
}

/// The registry's real client against a simulator.
fn telnyx(simulator: &Simulator, key: &str, pace: Arc<dyn Pace>) -> anyhow::Result<Telnyx> {
    let timeout = Duration::from_millis(500);
    let settings = TelnyxSettings {
        base_url: simulator.base_url().parse()?,
        api_key: ApiKey::new(key),
        webhook_public_key: simulator.public_key(),
        connect_timeout: timeout,
        call_timeout: timeout,
        campaigns_editable: true,
    };
    Ok(Telnyx::new(settings, pace)?)
}

impl World {
    /// A new world. Its clock stands at a fixed time; `plan` decides whether and
    /// where its process dies.
    pub async fn new(settings: Settings, plan: Arc<Plan>) -> anyhow::Result<Self> {
        Self::limited(settings, plan, Limits::default()).await
    }

    /// The same, whose data is in memory: for tests that end a process at each of
    /// hundreds of calls. A process that ends leaves to the next one what it had
    /// written; that a file keeps it is shown with files.
    pub async fn in_memory(settings: Settings, plan: Arc<Plan>) -> anyhow::Result<Self> {
        let clock = begins()?;
        let sqlite = Sqlite::in_memory(clock.clone())?;
        Self::on(sqlite, clock, None, settings, plan, Limits::default()).await
    }

    /// The same, with limits that the platform keeps to by itself.
    pub async fn limited(
        settings: Settings,
        plan: Arc<Plan>,
        limits: Limits,
    ) -> anyhow::Result<Self> {
        let (folder, clock) = (tempfile::tempdir()?, begins()?);
        let sqlite = Sqlite::open(&folder.path().join(FILE), clock.clone())?;
        Self::on(sqlite, clock, Some(folder), settings, plan, limits).await
    }

    async fn on(
        sqlite: Sqlite,
        clock: Arc<StandingClock>,
        folder: Option<TempDir>,
        settings: Settings,
        plan: Arc<Plan>,
        limits: Limits,
    ) -> anyhow::Result<Self> {
        let key = settings.api_key.clone();
        let simulator = Simulator::start(settings, ([127, 0, 0, 1], 0).into()).await?;
        let sqlite = Arc::new(sqlite);
        let (store, queue): (Arc<dyn Store>, Arc<dyn Queue>) = (sqlite.clone(), sqlite);
        let platform = Platform {
            store: Arc::new(Mortal::new(Arc::clone(&store), Arc::clone(&plan))),
            queue: Arc::new(Mortal::new(Arc::clone(&queue), Arc::clone(&plan))),
            clock: clock.clone(),
            random: service::random,
            patience: Patience::default(),
            visibility: Duration::from_secs(90),
            accounts_share_brands: false,
            preflight: platform::preflight::Preflight::before_a_simulator(),
            callbacks: Callbacks::default(),
            memory: platform::memory::Memory::of(1_000),
        };
        let pace = Arc::new(platform.pace(NAME, limits));
        let registry: Arc<dyn Registry> = Arc::new(telnyx(&simulator, &key, pace.clone())?);
        let downstream = Downstream {
            registry: Arc::new(Mortal::new(registry, Arc::clone(&plan))),
            pace,
            public_url: None,
            vetting: Vetting::parse("AEGIS/STANDARD"),
        };
        let functions = service::functions(&downstream);
        let rescues = std::sync::atomic::AtomicUsize::new(0);
        Ok(Self {
            simulator,
            platform,
            functions,
            downstream,
            clock,
            store,
            queue,
            rescues,
            plan,
            folder,
        })
    }

    /// A world in which nothing dies.
    pub async fn immortal(settings: Settings) -> anyhow::Result<Self> {
        Self::new(settings, Plan::never()).await
    }

    /// The same world, at this address for the registry's webhooks.
    #[must_use]
    pub fn at(self, public_url: String) -> Self {
        let downstream = Downstream {
            public_url: Some(public_url),
            ..self.downstream
        };
        Self {
            functions: service::functions(&downstream),
            downstream,
            ..self
        }
    }

    /// The data file itself, for what no program writes.
    pub fn data_file(&self) -> anyhow::Result<rusqlite::Connection> {
        let folder = self.folder.as_ref().context("this world is in memory")?;
        Ok(rusqlite::Connection::open(folder.path().join(FILE))?)
    }

    /// Takes an order, as the API would.
    pub async fn receive(&self, order: Order) -> anyhow::Result<RegistrationId> {
        self.receive_of(&AccountId::parse("acme")?, order).await
    }

    /// Takes an order of this account.
    pub async fn receive_of(
        &self,
        account: &AccountId,
        order: Order,
    ) -> anyhow::Result<RegistrationId> {
        let actor = Actor::account(account);
        let platform = Platform {
            store: self.store.clone(),
            queue: self.queue.clone(),
            ..self.platform.clone()
        };
        let trace = TraceId::new(service::random());
        match receive::receive(&platform, account, actor, order, None, trace).await? {
            Received::New(id, _) | Received::Repeated(id) => Ok(id),
        }
    }

    /// Where a registration stands, by its history: its row may be behind.
    pub async fn status(&self, id: &RegistrationId) -> anyhow::Result<Status> {
        Ok(Status::of(&Case::load(&*self.store, id).await?.facts))
    }

    /// Runs messages and sweeps, moving the clock when there is nothing to do,
    /// until the registration is at rest. What dies on the way stays dead: its
    /// message comes again.
    pub async fn drive(&self, id: &RegistrationId) -> anyhow::Result<Row> {
        for _ in 0..TURNS {
            let row = self.store.row(id).await?.context("no such registration")?;
            if row.status.is_at_rest() {
                return Ok(row);
            }
            if !self.turn().await? {
                self.clock.advance(self.idle().await?);
                self.sweep().await?;
            }
        }
        anyhow::bail!("{id} has not come to rest: {:?}", self.store.row(id).await?)
    }

    /// How long nothing happens: until a row is due, where no message waits for its time.
    async fn idle(&self) -> anyhow::Result<Duration> {
        for queue in self.functions.queues() {
            let depth = self.queue.depth(queue).await?;
            if depth.waiting + depth.in_flight + depth.delayed > 0 {
                return Ok(TICK);
            }
        }
        let due = self.store.due(Timestamp::MAX, 1).await?;
        let due = due.first().and_then(|row| row.due_at);
        let wait = due.map(|due| Duration::try_from(due.duration_since(self.clock.now())));
        Ok(wait.and_then(Result::ok).unwrap_or_default().max(TICK))
    }

    /// Runs every message that is visible now. False: there was none.
    pub async fn turn(&self) -> anyhow::Result<bool> {
        let mut any = false;
        for queue in self.functions.queues() {
            let visibility = self.platform.visibility;
            let deliveries = self.queue.receive(queue, 10, visibility, Duration::ZERO);
            let deliveries = deliveries.await?;
            self.plan.received(deliveries.len());
            for delivery in deliveries {
                any = true;
                tokio::select! {
                    () = workers::deliver(&self.platform, &self.functions, delivery) => {}
                    () = self.plan.died.notified() => {}
                }
            }
        }
        if !any {
            changed(&self.simulator).await;
        }
        Ok(any)
    }

    /// Runs the sweep once.
    pub async fn sweep(&self) -> anyhow::Result<()> {
        let pace = self.platform.pace(NAME, Limits::default());
        tokio::select! {
            swept = sweep::sweep(&self.platform, &pace) => {
                let rescues = swept?.rescues;
                self.rescues.fetch_add(rescues, std::sync::atomic::Ordering::SeqCst);
            }
            () = self.plan.died.notified() => {}
        }
        Ok(())
    }
}

//! One run's platform: the real engine and functions, on a virtual clock, in one thread.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use end_to_end::gate::Mortal;
use end_to_end::model::Model;
use jiff::Timestamp;
use platform::at_registry::Downstream;
use platform::callback::Callbacks;
use platform::limiter::{self, Limits, Paced, Rate};
use platform::memory::Memory;
use platform::preflight::Preflight;
use platform::sqlite::Sqlite;
use platform::workers::Functions;
use platform::{Platform, Queue, Store};
use registrar::service;
use registration::order::Vetting;
use registration::patience::Patience;
use registry::telnyx::{NAME, Telnyx};
use registry::{Registry, Traffic};
use registry_simulator::{Delivery, InProcess, Reviews, Settings, Span, Webhooks};

use crate::accounts::{self, Server};
use crate::chance::{self, Chance};
use crate::fault::Faults;
use crate::gate::Doors;
use crate::life::{TrueClock, VirtualClock};
use crate::plan::{On, Plan};
use crate::trace::Trace;
use crate::wire::{self, KEY, PUBLIC_URL, Wire};

/// Calls per second that change something, and that only read.
pub const RATES: (usize, usize) = (2, 4);

/// Days that a brand rests before it is withdrawn: three months would only be looks.
const RESTS_DAYS: u32 = 8;

/// Processes on AWS that run steps.
const PROCESSES: usize = 3;

/// Registrations that a process remembers: fewer than there are, so that some are
/// forgotten.
const REMEMBERED: usize = 24;

/// When every run begins.
const BEGINS: i64 = 1_800_000_000;

/// Everything of one run.
pub struct World {
    /// The time.
    pub clock: Arc<VirtualClock>,
    /// What every call of a worker passes.
    pub doors: Arc<Doors>,
    /// The platform as workers and people have it: calls take time and go wrong.
    pub platform: Platform,
    /// The same in each process that runs steps: in one file it is one process with the
    /// API, on AWS each function has its own, and remembers what it has written itself.
    pub workers: Vec<Platform>,
    /// The same, whose calls do not fail.
    pub plain: Platform,
    /// Its functions.
    pub functions: Functions,
    /// The same store, to look at.
    pub store: Arc<dyn Store>,
    /// The same queue, to look at.
    pub queue: Arc<dyn Queue>,
    /// The registry.
    pub registry: Arc<InProcess>,
    /// The way to it.
    pub wire: Arc<Wire>,
    /// The function that takes webhooks.
    pub webhooks: Router,
    /// The account's server.
    pub server: Arc<Server>,
    /// How fast the registry may be called.
    pub pace: Arc<Paced>,
}

impl World {
    /// A world that has just begun.
    pub fn begin(
        plan: &Plan,
        chance: &Chance,
        faults: Faults,
        trace: Trace,
    ) -> anyhow::Result<Self> {
        let on = plan.on;
        let clock = Arc::new(VirtualClock::begin(Timestamp::from_second(BEGINS)?));
        let doors = Arc::new(Doors::new(
            on,
            chance.clone(),
            faults,
            Arc::clone(&clock),
            trace,
        ));
        let (store, queue) = kept(on, &clock, &doors)?;
        let patience = Patience {
            brand_rests_days: RESTS_DAYS,
            ..Patience::default()
        };
        let platform = Platform {
            store: Arc::new(Mortal::new(Arc::clone(&store), Arc::clone(&doors))),
            queue: Arc::new(Mortal::new(Arc::clone(&queue), Arc::clone(&doors))),
            clock: clock.clone(),
            random: chance::id,
            patience,
            visibility: Duration::from_secs(90),
            accounts_share_brands: false,
            preflight: Preflight::before_a_simulator(),
            callbacks: Callbacks::default(),
            memory: Memory::of(REMEMBERED),
        };
        let workers = match on {
            On::Sqlite => vec![platform.clone()],
            On::Model => (0..PROCESSES).map(|_| alone(&platform)).collect(),
        };
        let plain = Platform {
            store: Arc::clone(&store),
            queue: Arc::clone(&queue),
            ..alone(&platform)
        };
        doors.watch.looks_through(plain.clone());
        let server = Arc::new(Server::new(Arc::clone(&doors)));
        let callbacks = callbacks::Callbacks::carried(Server::allowed(), server.clone());
        let registry = Arc::new(simulator(plan, chance, &clock));
        let wire = Arc::new(Wire {
            registry: Arc::clone(&registry),
            doors: Arc::clone(&doors),
            api_key: wire::bearer(),
            writes: Mutex::default(),
            storm: Mutex::default(),
        });
        let limits = Limits {
            writes: Some(rate(RATES.0)?),
            reads: Some(rate(RATES.1)?),
        };
        let pace = Arc::new(platform.pace(NAME, limits));
        let sweeps = Arc::clone(&pace);
        let settings = wire::settings(&registry)?;
        let telnyx = Telnyx::carried(settings, wire.clone(), pace.clone())?;
        let telnyx: Arc<dyn Registry> = Arc::new(telnyx);
        let downstream = Downstream {
            registry: Arc::clone(&telnyx),
            pace,
            public_url: Some(PUBLIC_URL.to_owned()),
            vetting: Vetting::parse("AEGIS/STANDARD"),
        };
        Ok(Self {
            functions: service::functions(&downstream).with_callbacks(Arc::new(callbacks)),
            server,
            webhooks: webhooks::router(platform.clone(), telnyx),
            clock,
            doors,
            platform,
            workers,
            plain,
            store,
            queue,
            registry,
            wire,
            pace: sweeps,
        })
    }

    /// The account is there, and is to be told of everything.
    pub async fn begin_account(&self) -> anyhow::Result<()> {
        let account = accounts::account().context("the account has a bad name")?;
        let callback = &self.server.callback;
        Ok(self.store.set_callback(&account, callback).await?)
    }

    /// The name of the limit of calls that change something.
    pub fn limit() -> String {
        limiter::name(NAME, Traffic::Write)
    }
}

/// The platform in a process of its own.
fn alone(platform: &Platform) -> Platform {
    Platform {
        memory: Memory::of(REMEMBERED),
        ..platform.clone()
    }
}

/// What keeps everything of one run.
fn kept(
    on: On,
    clock: &Arc<VirtualClock>,
    doors: &Arc<Doors>,
) -> anyhow::Result<(Arc<dyn Store>, Arc<dyn Queue>)> {
    Ok(match on {
        On::Sqlite => {
            let sqlite = Arc::new(Sqlite::in_memory(clock.clone())?);
            (sqlite.clone(), sqlite)
        }
        On::Model => {
            let aws = Arc::new(TrueClock(Arc::clone(clock)));
            let model = Arc::new(Model::new(aws, doors.clone()));
            (model.clone(), model)
        }
    })
}

fn rate(calls: usize) -> anyhow::Result<Rate> {
    Ok(Rate::per_second(f64::from(u32::try_from(calls)?))?)
}

fn simulator(plan: &Plan, chance: &Chance, clock: &Arc<VirtualClock>) -> InProcess {
    let minutes = |from: u64, to: u64| {
        Span::between(Duration::from_secs(from * 60), Duration::from_secs(to * 60))
    };
    // In some runs machines decide while their answer is under way: the webhook may be
    // here before it.
    let machines = |most: u64| match chance.below(3) {
        0 => Span::between(Duration::from_millis(1), Duration::from_millis(400)),
        _ => minutes(0, most),
    };
    let reviews = Reviews {
        brand: machines(60),
        confirmation: minutes(30, 2_880),
        vetting: minutes(1, 600),
        campaign: minutes(60, 10_080),
        number: machines(120),
    };
    let settings = Settings {
        seed: u64::try_from(chance.bits() >> 64).unwrap_or_default(),
        api_key: KEY.to_owned(),
        reviews: plan.reviews.unwrap_or(reviews),
        webhooks: match plan.webhooks {
            true => Webhooks::On(Delivery::default()),
            false => Webhooks::Off,
        },
        slow: Duration::from_secs(30),
        brand_kept_for: Duration::from_secs(u64::from(RESTS_DAYS - 1) * 24 * 60 * 60),
        ..Settings::default()
    };
    let begun = clock.truly();
    let measured = Arc::clone(clock);
    InProcess::begin(settings, begun, Box::new(move || measured.elapsed()))
}

//! One run: from its seed to its end, and what is to be said of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use platform::queue::Delivery;
use platform::receive::{self, Received};
use platform::store::Key;
use platform::{Case, Platform, workers};
use registration::patience::later;
use registration::{AccountId, Actor, Order, RegistrationId, Status, TraceId};
use registry_simulator::Posted;
use serde_json::Value;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::chance::{self, Chance};
use crate::check::{self, Intended, Violation};
use crate::fault::{Faults, Kind, Tally};
use crate::life::Life;
use crate::orders::Ordered;
use crate::people::{Act, People};
use crate::trace::Trace;
use crate::world::{RATES, World};

/// What is simulated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Decides everything.
    pub seed: u64,
    /// Orders.
    pub registrations: usize,
    /// What may go wrong.
    pub kinds: Vec<Kind>,
    /// How often at most.
    pub most_faults: u64,
    /// Whether the sweep runs.
    pub sweep: bool,
    /// Whether each thing that happens is printed.
    pub tells: bool,
}

impl Plan {
    /// The plan of a seed. Of eight, five have any fault, two lose nothing, and one
    /// loses nothing and has no sweep.
    pub fn of(seed: u64, registrations: usize) -> Self {
        let calm = matches!(seed % 8, 3 | 5 | 7);
        let sweep = seed % 8 != 7;
        let kinds = Kind::ALL
            .into_iter()
            .filter(|kind| !calm || kind.loses_nothing())
            // A brand rests for months before it is withdrawn: the sweep brings it on.
            .filter(|kind| sweep || *kind != Kind::Cancels);
        Self {
            seed,
            registrations,
            kinds: kinds.collect(),
            most_faults: u64::MAX,
            sweep,
            tells: false,
        }
    }

    /// Whether nothing is lost and nobody dies.
    pub fn is_calm(&self) -> bool {
        self.kinds.iter().all(|kind| kind.loses_nothing())
    }
}

/// What came of a run.
#[derive(Debug, Clone, Default)]
pub struct Ended {
    /// Promises that were broken.
    pub violations: Vec<Violation>,
    /// Faults that were injected.
    pub faults: Tally,
    /// Events in all histories.
    pub events: u64,
    /// Rescues by the sweep.
    pub rescues: usize,
    /// Orders that had not come to their end when time was up.
    pub stuck: usize,
    /// Virtual time that passed.
    pub took: Duration,
    /// The trace's hash.
    pub hash: String,
}

/// People look at what waits for them this often.
const VISIT: Duration = Duration::from_secs(6 * 60 * 60);

/// Faults stop after this, at the latest.
const STORM: Duration = Duration::from_secs(12 * 24 * 60 * 60);

/// Whatever has not ended after this is stuck.
const LONGEST: Duration = Duration::from_secs(60 * 24 * 60 * 60);

/// Between two sweeps.
const SWEEP: Duration = Duration::from_secs(60);

/// Workers that run at once.
const WORKERS: usize = 4;

/// Shorter than the lease of a call.
const FUNCTION: Duration = Duration::from_secs(50);

/// Webhooks are tried so often.
const ATTEMPTS: u32 = 3;

#[derive(Debug)]
enum Deed {
    Order(usize),
    Act(usize, Act),
    Deliver(Box<Delivery>),
    Post(Box<Posted>, u32, bool),
    Visit,
    Sweep,
}

enum Done {
    Ran,
    Posted(Box<Posted>, u32, bool, u16),
    Ordered(usize, Option<RegistrationId>),
    Swept(usize),
}

struct Business {
    ordered: Ordered,
    document: Value,
    id: Option<RegistrationId>,
}

struct Run<'a> {
    plan: &'a Plan,
    chance: Chance,
    faults: Faults,
    trace: Trace,
    world: Arc<World>,
    businesses: Vec<Business>,
    deeds: BTreeMap<(Timestamp, u64), Deed>,
    entries: u64,
    working: JoinSet<Done>,
    delivering: usize,
    swept_at: Timestamp,
    sweep_planned: bool,
    is_to_be_judged: bool,
    has_messages: bool,
    ended: Ended,
}

/// Runs a plan to its end.
pub fn run(plan: &Plan) -> anyhow::Result<Ended> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    runtime.block_on(async {
        let mut run = Run::begin(plan)?;
        run.plan_deeds();
        run.drive().await?;
        run.judge().await
    })
}

impl<'a> Run<'a> {
    fn begin(plan: &'a Plan) -> anyhow::Result<Self> {
        let chance = Chance::of(plan.seed);
        // Ids of their own chance: a fault fewer changes no id.
        chance::ids_from(Chance::of(plan.seed ^ 0x9e37_79b9_7f4a_7c15));
        let faults = Faults::of(chance.clone(), plan.kinds.clone(), plan.most_faults);
        let trace = Trace::new(plan.tells);
        let world = World::begin(&chance, faults.clone(), trace.clone())?;
        let kinds: Vec<_> = Ordered::ALL
            .into_iter()
            .filter(|ordered| plan.sweep || ordered.needs_no_sweep())
            .collect();
        let businesses = (1..=plan.registrations)
            .map(|business| {
                let ordered = chance.one_of(&kinds).copied().unwrap_or(Ordered::Plain);
                let numbers = 1 + chance.below(3);
                Business {
                    ordered,
                    document: ordered.document(business, numbers),
                    id: None,
                }
            })
            .collect();
        Ok(Self {
            plan,
            swept_at: world.clock.truly(),
            chance,
            faults,
            trace,
            world: Arc::new(world),
            businesses,
            deeds: BTreeMap::new(),
            entries: 0,
            working: JoinSet::new(),
            delivering: 0,
            sweep_planned: false,
            is_to_be_judged: false,
            has_messages: false,
            ended: Ended::default(),
        })
    }

    fn tell(&self, what: std::fmt::Arguments<'_>) {
        self.trace.happened(self.world.clock.truly(), what);
    }

    fn at(&mut self, wait: Duration, deed: Deed) {
        self.entries += 1;
        let at = later(self.world.clock.truly(), wait);
        self.deeds.insert((at, self.entries), deed);
    }

    /// Orders on the first day; people's ideas in the five after it.
    fn plan_deeds(&mut self) {
        let day = Duration::from_secs(24 * 60 * 60);
        for place in 0..self.businesses.len() {
            let wait = self.chance.up_to(day);
            self.at(wait, Deed::Order(place));
            let ideas = [
                (Kind::Amends, Act::Amend),
                (Kind::Cancels, Act::Cancel),
                (Kind::Retries, Act::Retry),
                (Kind::LimitChanged, Act::Limit(self.chance.below(2))),
            ];
            for (kind, act) in ideas {
                if self.faults.strikes(kind) {
                    let wait = wait + self.chance.up_to(5 * day);
                    self.at(wait, Deed::Act(place, act));
                    if matches!(act, Act::Limit(_)) {
                        let pause = self.chance.up_to(Duration::from_secs(7_200));
                        self.at(wait + pause, Deed::Act(place, Act::NoLimit));
                    }
                }
            }
        }
        self.at(VISIT, Deed::Visit);
    }

    fn life(&self) -> Life {
        if !self.faults.strikes(Kind::ClockSkew) {
            return Life::default();
        }
        let milliseconds = i64::try_from(self.chance.below(4_000)).unwrap_or_default();
        Life::with_skew(SignedDuration::from_millis(milliseconds - 2_000))
    }

    async fn drive(&mut self) -> anyhow::Result<()> {
        loop {
            self.fetch_webhooks();
            let now = self.world.clock.truly();
            let (message_was_due, row_was_due) = self.world.doors.pass_wakes(now);
            self.has_messages |= message_was_due;
            self.receive().await?;
            if self.world.clock.elapsed() > STORM {
                self.faults.end();
            }
            if row_was_due && self.plan.sweep && !self.sweep_planned {
                self.sweep_planned = true;
                let wait = self.world.clock.until(later(self.swept_at, SWEEP));
                self.at(wait, Deed::Sweep);
            }
            if let Some(deed) = self.next_deed(now) {
                self.begin_deed(deed);
                continue;
            }
            let next = self.next_time(now);
            if self.world.clock.elapsed() > LONGEST || self.is_lost() {
                self.working.shutdown().await;
                return Ok(());
            }
            if self.working.is_empty() && (next.is_none() || self.is_over().await?) {
                return Ok(());
            }
            let wait = next.map_or(Duration::MAX, |next| self.world.clock.until(next));
            let wait = wait.max(Duration::from_millis(1));
            tokio::select! {
                biased;
                Some(done) = self.working.join_next() => self.take(done?),
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    fn next_deed(&mut self, now: Timestamp) -> Option<Deed> {
        let entry = self.deeds.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove())
    }

    /// When something happens next by itself.
    fn next_time(&self, now: Timestamp) -> Option<Timestamp> {
        let deed = self.deeds.keys().next().map(|(at, _)| *at);
        let review = self.world.registry.next_due();
        let review = review.map(|due| later(now, due.saturating_sub(self.world.clock.elapsed())));
        let wake = self.world.doors.next_wake();
        [deed, review, wake].into_iter().flatten().min()
    }

    /// Takes messages while workers are free.
    async fn receive(&mut self) -> anyhow::Result<()> {
        if !self.has_messages {
            return Ok(());
        }
        let mut queues = self.world.functions.queues();
        if self.faults.strikes(Kind::Reordered) {
            queues.reverse();
        }
        for queue in queues {
            let free = WORKERS.saturating_sub(self.delivering);
            if free == 0 {
                return Ok(());
            }
            let visibility = self.world.platform.visibility;
            let received = self
                .world
                .queue
                .receive(queue, free, visibility, Duration::ZERO);
            for delivery in received.await? {
                self.world.doors.is_hidden(visibility);
                if self.faults.strikes(Kind::Duplicate) {
                    let wait = self.chance.up_to(Duration::from_secs(120));
                    self.at(wait, Deed::Deliver(Box::new(delivery.clone())));
                }
                let wait = match self.faults.strikes(Kind::Late) {
                    true => self.chance.up_to(Duration::from_secs(3_600)),
                    false => Duration::ZERO,
                };
                self.delivering += 1;
                self.deliver(delivery, wait);
            }
        }
        self.has_messages = false;
        Ok(())
    }

    fn deliver(&mut self, delivery: Delivery, wait: Duration) {
        let (world, life, trace) = (Arc::clone(&self.world), self.life(), self.trace.clone());
        self.working.spawn(async move {
            tokio::time::sleep(wait).await;
            if let Ok(message) = &delivery.message {
                let (id, step, cause) = (&message.registration, message.step, message.cause);
                let at = world.clock.truly();
                trace.happened(
                    at,
                    format_args!(
                        "{id}: {step}, {cause:?}, received {} times",
                        delivery.receives
                    ),
                );
            }
            let work = workers::deliver(&world.platform, &world.functions, delivery);
            if !life.runs(FUNCTION, work).await {
                trace.happened(world.clock.truly(), "a worker died");
            }
            Done::Ran
        });
    }

    fn begin_deed(&mut self, deed: Deed) {
        match deed {
            Deed::Order(place) => self.order(place),
            Deed::Deliver(delivery) => {
                self.delivering += 1;
                self.deliver(*delivery, Duration::ZERO);
            }
            Deed::Post(posted, attempt, forged) => self.post(posted, attempt, forged),
            Deed::Act(place, act) => self.act(place, act),
            Deed::Visit => self.visit(),
            Deed::Sweep => self.sweep(),
        }
    }

    fn order(&mut self, place: usize) {
        let Some(business) = self.businesses.get(place) else {
            return;
        };
        let (world, document) = (Arc::clone(&self.world), business.document.clone());
        let (life, trace) = (self.life(), self.trace.clone());
        self.working.spawn(async move {
            let mut id = None;
            let taken = async {
                id = receive_order(&world, &document, place, &trace).await;
            };
            life.runs(FUNCTION, taken).await;
            Done::Ordered(place, id)
        });
    }

    fn act(&mut self, place: usize, act: Act) {
        let Some(id) = self
            .businesses
            .get(place)
            .and_then(|business| business.id.clone())
        else {
            return;
        };
        let (world, life, trace) = (Arc::clone(&self.world), self.life(), self.trace.clone());
        self.working.spawn(async move {
            let acted = async {
                let limit = World::limit();
                let people = People {
                    platform: &world.platform,
                    simulator: &world.registry.simulator,
                    limit: &limit,
                    queues: &world.functions.queues(),
                    store: &*world.store,
                    broken: &world.broken,
                    trace: &trace,
                    clock: &world.clock,
                };
                let taken = people.act(&id, act).await;
                trace.happened(world.clock.truly(), format_args!("{id}: {act:?}: {taken}"));
            };
            life.runs(FUNCTION, acted).await;
            Done::Ran
        });
    }

    fn visit(&mut self) {
        self.is_to_be_judged = true;
        self.at(VISIT, Deed::Visit);
        let businesses: Vec<_> = self
            .businesses
            .iter()
            .filter_map(|business| {
                Some((
                    business.id.clone()?,
                    business.ordered,
                    business.document.clone(),
                ))
            })
            .collect();
        let redrives = self.faults.strikes(Kind::Redrives) || self.world.clock.elapsed() > STORM;
        let (world, life) = (Arc::clone(&self.world), Life::default());
        let (faults, trace) = (self.faults.clone(), self.trace.clone());
        self.working.spawn(async move {
            let limit = World::limit();
            let people = People {
                platform: &world.platform,
                simulator: &world.registry.simulator,
                limit: &limit,
                queues: &world.functions.queues(),
                store: &*world.store,
                broken: &world.broken,
                trace: &trace,
                clock: &world.clock,
            };
            let visited = async {
                if let Some((id, ..)) = businesses.first() {
                    people.act(id, Act::NoLimit).await;
                    if redrives {
                        people.act(id, Act::Redrive).await;
                    }
                }
                for (id, ordered, document) in &businesses {
                    if people.answer(id, *ordered, document).await {
                        faults.strikes(Kind::Confirms);
                    }
                }
            };
            // People take their time.
            life.runs(Duration::from_secs(3_600), visited).await;
            Done::Ran
        });
    }

    fn sweep(&mut self) {
        (self.sweep_planned, self.swept_at) = (false, self.world.clock.truly());
        let (world, life) = (Arc::clone(&self.world), self.life());
        self.working.spawn(async move {
            let mut swept = None;
            let sweeping = async {
                swept = sweep::sweep(&world.platform, &world.limits).await.ok();
            };
            life.runs(FUNCTION, sweeping).await;
            if swept.is_none() {
                // What it has not moved on is due all the same.
                world.doors.is_due(SWEEP);
            }
            Done::Swept(swept.map_or(0, |swept| swept.rescues))
        });
    }

    /// What the registry sends: late, twice, never, or by somebody else.
    fn fetch_webhooks(&mut self) {
        for posted in self.world.registry.webhooks() {
            let posted = Box::new(posted);
            let wait = match self.faults.strikes(Kind::WebhookEarly) {
                true => Duration::ZERO,
                false if self.faults.strikes(Kind::Late) => {
                    self.chance.up_to(Duration::from_secs(240))
                }
                false => self.chance.up_to(Duration::from_secs(5)),
            };
            if self.faults.strikes(Kind::WebhookLost) {
                self.tell(format_args!("a webhook is lost: {}", posted.path));
                continue;
            }
            if self.faults.strikes(Kind::WebhookTwice) {
                let again = self.chance.up_to(Duration::from_secs(200));
                self.at(again, Deed::Post(posted.clone(), 1, false));
            }
            if self.faults.strikes(Kind::WebhookForged) {
                let mut forged = posted.clone();
                forged.body.push(' ');
                self.at(wait, Deed::Post(forged, 1, true));
            }
            self.at(wait, Deed::Post(posted, 1, false));
        }
    }

    fn post(&mut self, posted: Box<Posted>, attempt: u32, forged: bool) {
        let (world, life) = (Arc::clone(&self.world), self.life());
        self.working.spawn(async move {
            let mut status = 0;
            let mut request = http::Request::post(&posted.path);
            for (name, value) in &posted.headers {
                request = request.header(*name, value);
            }
            if let Ok(request) = request.body(axum::body::Body::from(posted.body.clone())) {
                let answered = async {
                    let answer = world.webhooks.clone().oneshot(request).await;
                    status = answer.map_or(0, |answer| answer.status().as_u16());
                };
                life.runs(FUNCTION, answered).await;
            }
            Done::Posted(posted, attempt, forged, status)
        });
    }

    fn take(&mut self, done: Done) {
        match done {
            Done::Ran => self.delivering = self.delivering.saturating_sub(1),
            Done::Swept(rescues) => self.ended.rescues += rescues,
            Done::Ordered(place, None) => {
                let wait = self.chance.up_to(Duration::from_secs(60));
                self.at(wait, Deed::Order(place));
            }
            Done::Ordered(place, id) => {
                if let Some(business) = self.businesses.get_mut(place) {
                    business.id = id;
                }
            }
            Done::Posted(posted, attempt, forged, status) => {
                self.tell(format_args!("a webhook for {}: {status}", posted.path));
                if forged && status == 200 {
                    let what = format!("a forged webhook was taken: {}", posted.path);
                    self.ended.violations.push(Violation(what));
                }
                if !forged && status != 200 && attempt < ATTEMPTS {
                    self.at(
                        Duration::from_secs(5),
                        Deed::Post(posted, attempt + 1, false),
                    );
                }
            }
        }
    }

    fn is_ordered(&self) -> bool {
        self.businesses.iter().all(|business| business.id.is_some())
    }

    /// Whether a promise is broken already: there is no need to go on.
    fn is_lost(&self) -> bool {
        let made = self
            .is_to_be_judged
            .then(|| self.world.registry.simulator.submissions());
        made.is_some_and(|made| made.campaigns.values().any(|times| *times > 1))
    }

    /// Whether nothing is to come but looks at what has ended.
    async fn is_over(&mut self) -> anyhow::Result<bool> {
        if !std::mem::take(&mut self.is_to_be_judged) {
            return Ok(false);
        }
        let only_visits = |deed: &Deed| matches!(deed, Deed::Visit | Deed::Sweep);
        if !self.is_ordered() || !self.deeds.values().all(only_visits) {
            return Ok(false);
        }
        for queue in self.world.functions.queues() {
            let depth = self.world.queue.depth(queue).await?;
            if depth.waiting + depth.in_flight + depth.dead > 0 {
                return Ok(false);
            }
        }
        for business in &self.businesses {
            if self.unended(business).await?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn unended(&self, business: &Business) -> anyhow::Result<Option<Violation>> {
        let Some(id) = &business.id else {
            return Ok(Some(Violation("an order was never taken".to_owned())));
        };
        let case = Case::load(&*self.world.store, id).await?;
        let status = Status::of(&case.facts);
        let expected = match case.facts.cancelled() {
            true => Status::Cancelled,
            false => business.ordered.ends(),
        };
        let ended = check::ended(id, status, expected);
        Ok(ended.map(|Violation(what)| {
            let stands = format!("{:?}, {:?}", business.ordered, case.pending());
            Violation(format!("{what}: {stands}"))
        }))
    }

    async fn judge(mut self) -> anyhow::Result<Ended> {
        // The same platform, whose calls do not fail.
        let plain = Platform {
            store: Arc::clone(&self.world.store),
            ..self.world.platform.clone()
        };
        let store = &*self.world.store;
        let mut intended = Intended::default();
        let mut found = Vec::new();
        for business in &self.businesses {
            if let (true, Some(id)) = (self.plan.tells, &business.id) {
                for event in store.history(id).await? {
                    self.tell(format_args!(
                        "{id} {} {} {}",
                        event.seq,
                        event.actor.as_str(),
                        event.facts
                    ));
                }
            }
            if let Some(violation) = self.unended(business).await? {
                self.ended.stuck += 1;
                found.push(violation);
            }
            let Some(id) = &business.id else { continue };
            let case = Case::load(store, id).await?;
            let mut all = vec![id.clone()];
            all.extend((1..=case.facts.ordered_numbers()).map(|place| id.number(place)));
            for id in all {
                let history = store.history(&id).await?;
                self.ended.events += history.len() as u64;
                if !history.is_empty() {
                    found.extend(check::in_order(&plain, &id).await?);
                }
                intended.take(&history);
            }
        }
        let made = self.world.registry.simulator.submissions();
        // What must never be comes first.
        found.splice(0..0, intended.doubled(&made));
        let broken = self.world.broken.lock();
        found.extend(
            broken
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .drain(..),
        );
        let writes = self.world.wire.writes.lock();
        let writes = writes
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone();
        found.extend(check::paced(&writes, RATES.0));
        if self.plan.is_calm() && self.ended.rescues > 0 {
            let what = format!("{} rescues where nothing was lost", self.ended.rescues);
            found.push(Violation(what));
        }
        self.ended.violations.append(&mut found);
        self.ended.faults = self.faults.tally();
        self.ended.took = self.world.clock.elapsed();
        self.ended.hash = self.trace.hash();
        Ok(self.ended)
    }
}

/// Takes an order, again and again under one key if it must be.
async fn receive_order(
    world: &World,
    document: &Value,
    place: usize,
    trace: &Trace,
) -> Option<RegistrationId> {
    let order = Order::read(document).ok()?;
    let account = AccountId::parse("acme").ok()?;
    let key = Key {
        account: account.clone(),
        key: format!("order-{place}"),
        body: format!("body-{place}"),
    };
    let (actor, id) = (Actor::account(&account), TraceId::new(chance::id()));
    let received = receive::receive(&world.platform, &account, actor, order, Some(key), id).await;
    match received {
        Ok(Received::New(id, _) | Received::Repeated(id)) => {
            trace.happened(world.clock.truly(), format_args!("{id} is ordered"));
            Some(id)
        }
        Err(error) => {
            trace.happened(world.clock.truly(), format_args!("order {place}: {error}"));
            None
        }
    }
}

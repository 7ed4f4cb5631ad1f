//! One run: who does what when. [`crate::plan`] is what it is to do, `deeds` what happens
//! beside the messages, `judge` what is to be said of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use platform::queue::Delivery;
use platform::workers;
use registration::RegistrationId;
use registration::patience::later;
use registry_simulator::Posted;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::chance::{self, Chance};
use crate::check::Violation;
use crate::fault::{Faults, Kind};
use crate::life::{Life, runtime};
use crate::orders::Ordered;
use crate::people::Act;
use crate::plan::{Ended, Plan};
use crate::trace::Trace;
use crate::world::World;

/// People look at what waits for them this often.
pub(crate) const VISIT: Duration = Duration::from_secs(6 * 60 * 60);

/// Faults stop after this, at the latest.
pub(crate) const STORM: Duration = Duration::from_secs(12 * 24 * 60 * 60);

/// Whatever has not ended after this is stuck.
const LONGEST: Duration = Duration::from_secs(60 * 24 * 60 * 60);

/// Between two sweeps.
pub(crate) const SWEEP: Duration = Duration::from_secs(60);

/// Workers that run at once.
const WORKERS: usize = 4;

/// Shorter than the lease of a call.
pub(crate) const FUNCTION: Duration = Duration::from_secs(50);

/// What a worker does of a webhook takes about this long.
const MOMENT: Duration = Duration::from_millis(400);

/// Webhooks are tried so often.
const ATTEMPTS: u32 = 3;

#[derive(Debug)]
pub(crate) enum Deed {
    Order(usize),
    Act(usize, Act),
    Deliver(Box<Delivery>),
    Post(Box<Posted>, u32, bool),
    Visit,
    Sweep,
}

pub(crate) enum Done {
    Delivered,
    Acted,
    Posted(Box<Posted>, u32, bool, u16),
    Ordered(usize, Option<RegistrationId>),
    Swept(usize),
}

pub(crate) struct Business {
    pub(crate) ordered: Ordered,
    pub(crate) document: Value,
    pub(crate) id: Option<RegistrationId>,
}

pub(crate) struct Run<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) chance: Chance,
    pub(crate) faults: Faults,
    pub(crate) trace: Trace,
    pub(crate) world: Arc<World>,
    pub(crate) businesses: Vec<Business>,
    pub(crate) deeds: BTreeMap<(Timestamp, u64), Deed>,
    entries: u64,
    pub(crate) working: JoinSet<Done>,
    pub(crate) delivering: usize,
    pub(crate) swept_at: Timestamp,
    pub(crate) sweep_planned: bool,
    pub(crate) is_to_be_judged: bool,
    has_messages: bool,
    pub(crate) ended: Ended,
}

/// Runs a plan to its end.
pub fn run(plan: &Plan) -> anyhow::Result<Ended> {
    runtime()?.block_on(async {
        let mut run = Run::begin(plan)?;
        run.world.begin_account().await?;
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
        let world = World::begin(plan, &chance, faults.clone(), trace.clone())?;
        let kinds: Vec<_> = Ordered::ALL
            .into_iter()
            .filter(|ordered| plan.sweep || ordered.needs_no_sweep())
            .collect();
        let businesses = (1..=plan.registrations)
            .map(|business| {
                let (ordered, numbers) = plan.ordered.unwrap_or_else(|| {
                    let ordered = chance.one_of(&kinds).copied().unwrap_or(Ordered::Plain);
                    (ordered, 1 + chance.below(3))
                });
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

    pub(crate) fn tell(&self, what: std::fmt::Arguments<'_>) {
        self.trace.happened(self.world.clock.truly(), what);
    }

    pub(crate) fn at(&mut self, wait: Duration, deed: Deed) {
        self.entries += 1;
        let at = later(self.world.clock.truly(), wait);
        self.deeds.insert((at, self.entries), deed);
    }

    /// Orders on the first day; people's ideas in the five after it.
    fn plan_deeds(&mut self) {
        let day = Duration::from_secs(24 * 60 * 60);
        for place in 0..self.businesses.len() {
            let first = match self.plan.all_at_once {
                true => Duration::from_secs(1),
                false => day,
            };
            let wait = self.chance.up_to(first);
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

    pub(crate) fn life(&self) -> Life {
        if !self.faults.strikes(Kind::ClockSkew) {
            return Life::default();
        }
        let milliseconds = i64::try_from(self.chance.below(4_000)).unwrap_or_default();
        Life::with_skew(milliseconds - 2_000)
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
                if self.faults.strikes(Kind::DaysLate) {
                    let wait = self.chance.up_to(Duration::from_secs(3 * 24 * 60 * 60));
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

    pub(crate) fn deliver(&mut self, delivery: Delivery, wait: Duration) {
        let (world, trace) = (Arc::clone(&self.world), self.trace.clone());
        let life = self.life().of_a_message();
        let process = self.chance.one_of(&self.world.workers);
        let platform = process.unwrap_or(&self.world.platform).clone();
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
            let work = workers::deliver(&platform, &world.functions, delivery);
            if !life.runs(FUNCTION, work).await {
                platform.memory.forget_all();
                trace.happened(world.clock.truly(), "a worker died");
            }
            Done::Delivered
        });
    }

    /// A person may correct an order in the very moment in which something comes of it.
    fn correct_just_now(&mut self, path: &str) {
        let is_meant = |business: &Business| {
            let id = business.id.as_ref();
            id.is_some_and(|id| path.ends_with(id.as_str()))
        };
        let place = self.businesses.iter().position(is_meant);
        if let Some(place) = place
            && self.faults.strikes(Kind::Amends)
        {
            let wait = self.chance.up_to(MOMENT);
            self.at(wait, Deed::Act(place, Act::Amend));
        }
    }

    fn take(&mut self, done: Done) {
        match done {
            Done::Delivered => self.delivering = self.delivering.saturating_sub(1),
            Done::Acted => {}
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
                self.correct_just_now(&posted.path);
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
}

//! What happens in a run beside the messages: orders come, people act, the sweep runs, the
//! registry's webhooks arrive.

use std::sync::Arc;
use std::time::Duration;

use platform::receive::{self, Received};
use platform::store::Key;
use registration::{AccountId, Actor, Order, RegistrationId, TraceId};
use registry_simulator::Posted;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::chance;
use crate::fault::Kind;
use crate::life::Life;
use crate::people::{Act, People};
use crate::run::{Deed, Done, FUNCTION, Run, STORM, SWEEP, VISIT};
use crate::trace::Trace;
use crate::world::World;

impl Run<'_> {
    pub(crate) fn begin_deed(&mut self, deed: Deed) {
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
                let taken = People(&world).act(&id, act).await;
                trace.happened(world.clock.truly(), format_args!("{id}: {act:?}: {taken}"));
            };
            life.runs(FUNCTION, acted).await;
            Done::Acted
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
        let faults = self.faults.clone();
        self.working.spawn(async move {
            let people = People(&world);
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
            Done::Acted
        });
    }

    fn sweep(&mut self) {
        (self.sweep_planned, self.swept_at) = (false, self.world.clock.truly());
        let (world, life) = (Arc::clone(&self.world), self.life());
        self.working.spawn(async move {
            let mut swept = None;
            let sweeping = async {
                swept = sweep::sweep(&world.platform, &world.pace).await.ok();
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
    pub(crate) fn fetch_webhooks(&mut self) {
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

//! Whether a run is over, and what is to be said of it.

use std::sync::PoisonError;

use platform::Case;
use registration::Status;

use crate::check::{self, Intended, Violation};
use crate::plan::Ended;
use crate::run::{Business, Deed, Run};
use crate::world::RATES;

impl Run<'_> {
    fn is_ordered(&self) -> bool {
        self.businesses.iter().all(|business| business.id.is_some())
    }

    /// Whether a promise is broken already: there is no need to go on.
    pub(crate) fn is_lost(&self) -> bool {
        self.world.doors.watch.is_broken()
    }

    /// Whether nothing is to come but looks at what has ended.
    pub(crate) async fn is_over(&mut self) -> anyhow::Result<bool> {
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
        let owes = case.facts.callback().map(|owed| {
            let what = format!("{id}: its account is not told of change {}", owed.seq);
            Violation(what)
        });
        let ended = check::ended(id, status, expected).or(owes);
        Ok(ended.map(|Violation(what)| {
            let stands = format!("{:?}, {:?}", business.ordered, case.pending());
            Violation(format!("{what}: {stands}"))
        }))
    }

    pub(crate) async fn judge(mut self) -> anyhow::Result<Ended> {
        let is_broken = self.is_lost();
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
            if let Some(violation) = self.unended(business).await?.filter(|_| !is_broken) {
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
                    found.extend(check::in_order(&self.world.plain, &id).await?);
                    found.extend(self.world.server.misled(&id, &history));
                }
                intended.take(&history);
            }
        }
        let made = self.world.registry.simulator.submissions();
        // What must never be comes first.
        found.splice(0..0, intended.doubled(&made));
        if is_broken {
            // A run that was broken off has not come to its end.
            found.clear();
        }
        found.splice(0..0, self.world.doors.watch.broken());
        let writes = self.world.wire.writes.lock();
        let writes = writes.unwrap_or_else(PoisonError::into_inner).clone();
        found.extend(check::paced(&writes, RATES.0, self.plan.has_true_clocks()));
        if self.plan.is_calm() && self.ended.rescues > 0 {
            let what = format!("{} rescues where nothing was lost", self.ended.rescues);
            found.push(Violation(what));
        }
        self.ended.violations.append(&mut found);
        self.ended.faults = self.faults.tally();
        self.ended.calls = self.world.registry.simulator.calls();
        self.ended.took = self.world.clock.elapsed();
        self.ended.hash = self.trace.hash();
        Ok(self.ended)
    }
}

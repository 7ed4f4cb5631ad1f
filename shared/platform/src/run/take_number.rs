//! Whose number it is: an order sends the numbers that it has, and takes one off
//! another order only where somebody has said so.

use std::time::Duration;

use jiff::Timestamp;
use registration::claim::{self, Claim, Holder, Thing};
use registration::facts::{Stands, Subject};
use registration::order::PhoneNumber;
use registration::{AccountId, Fact, RegistrationId, RegistryId, Step, Verdict};

use super::outcome::DETACHES;
use super::{RACES, Ran, RunError, Running};
use crate::case::Case;
use crate::claims::{self, Keeper};
use crate::numbers;

impl Running<'_> {
    /// Makes sure that the number is this registration's before it is sent. None: it is.
    pub(super) async fn have_number(&mut self) -> Result<Option<Ran>, RunError> {
        let Some(number) = self.number() else {
            return Ok(None);
        };
        let mut stale = None;
        for _ in 0..RACES {
            let claim = self.claim_of(&number, stale.take());
            let Some(holder) = self.platform.store.claim(&claim).await? else {
                return Ok(None);
            };
            match claims::keeper(self.platform, &holder, &number).await? {
                Some(keeper) => return self.ask_for(&holder, keeper).await,
                None => stale = Some(holder.registration),
            }
        }
        Err(RunError::Outrun(self.case.id.clone()))
    }

    /// Another order has the number.
    async fn ask_for(&mut self, holder: &Holder, keeper: Keeper) -> Result<Option<Ran>, RunError> {
        let order = self.order().await?;
        let is_lost = |order: &Case| order.facts.moved().contains(&self.case.id);
        if order.as_ref().is_some_and(is_lost) {
            let to = holder.registration.clone();
            self.record(vec![Fact::MovedAway { to }]).await?;
            self.send_pending().await?;
            return Ok(Some(Ran::Held));
        }
        if !self.may_move(order.as_ref(), &holder.account, holder.since) {
            let parked = self.kept_by(&holder.account, &holder.registration);
            self.record(vec![parked]).await?;
            return Ok(Some(Ran::Held));
        }
        let Some(number) = keeper.number.as_ref().filter(|number| has_gone(number)) else {
            self.move_here(Vec::new(), keeper).await?;
            return Ok(None);
        };
        if self.message.step == Step::Detach {
            return Ok(None);
        }
        let campaign = match number.facts.subject() {
            Subject::Number { campaign, .. } => campaign.clone(),
            Subject::Business { .. } => return Ok(None),
        };
        let fact = self.found_on(campaign, &number.id);
        self.record(vec![fact]).await?;
        self.send_pending().await?;
        Ok(Some(Ran::Held))
    }

    /// The number is on another campaign, and is taken off there first; unless somebody
    /// puts it there again and again.
    pub(super) fn found_on(&self, campaign: RegistryId, whose: &RegistrationId) -> Fact {
        let (step, round) = (Step::Number, self.round);
        let times = self.case.facts.elsewhere().map_or(0, |found| found.times);
        match times < DETACHES {
            true => Fact::FoundElsewhere { round, campaign },
            false => Fact::Parked {
                step,
                round,
                reason: format!(
                    "the number was taken off {whose} {times} times and is there again: see who \
                     puts it there, then retry"
                ),
            },
        }
    }

    /// The number stays where it is.
    pub(super) fn kept_by(&self, account: &AccountId, holder: &RegistrationId) -> Fact {
        let reason = match account == self.case.facts.account() {
            true => format!(
                "the number is in {holder}: cancel it there, or retry this with move_numbers"
            ),
            false => "the number is in an order of another account and stays there: only an \
                      operator may retry this with move_numbers"
                .to_owned(),
        };
        Fact::Parked {
            step: self.message.step,
            round: self.round,
            reason,
        }
    }

    /// Whether somebody has said that this number may be taken off an order of that
    /// account, which has it `since` then: an operator, the account itself, or its order,
    /// which means those that had it when the order came.
    pub(super) fn may_move(
        &self,
        order: Option<&Case>,
        account: &AccountId,
        since: Timestamp,
    ) -> bool {
        let is_own = account == self.case.facts.account();
        let by_order =
            order.is_some_and(|order| moves_numbers(order) && since <= order.received_at());
        match self.case.facts.move_allowed() {
            Some(any_account) => any_account || is_own,
            None => is_own && by_order,
        }
    }

    /// The order that this number is of.
    pub(super) async fn order(&self) -> Result<Option<Case>, RunError> {
        Ok(match self.case.id.parent() {
            Some(parent) => claims::load(self.platform, &parent).await?,
            None => None,
        })
    }

    /// Who has the number, where these facts say that it is off that one's campaign.
    pub(super) async fn loser(&self, facts: &[Fact]) -> Result<Option<Keeper>, RunError> {
        let is_off = facts.iter().any(|fact| {
            matches!(
                fact,
                Fact::VerdictReached {
                    step: Step::Detach,
                    verdict: Verdict::Approved,
                    ..
                }
            )
        });
        let Some(number) = self.number().filter(|_| is_off) else {
            return Ok(None);
        };
        let holder = claims::holder(self.platform, &Thing::Number(number.clone())).await?;
        let other = holder.filter(|holder| holder.registration != self.case.id);
        Ok(match other {
            Some(holder) => claims::keeper(self.platform, &holder, &number).await?,
            None => None,
        })
    }

    /// Records that the number is here now, and in the same append that it is gone
    /// there: in the number's history, in its order's, and in that one's counts.
    pub(super) async fn move_here(
        &mut self,
        mut facts: Vec<Fact>,
        keeper: Keeper,
    ) -> Result<(), RunError> {
        let Some(number) = self.number() else {
            return Ok(());
        };
        let (from, to) = (keeper.registration, self.case.id.clone());
        facts.push(Fact::MovedHere { from: from.clone() });
        let claim = self.claim_of(&number, Some(from.clone()));
        let moved = Fact::NumberMoved {
            number: from,
            to: to.clone(),
        };
        let mut told = vec![(&self.case, facts), (&keeper.order, vec![moved])];
        if let Some(number) = &keeper.number {
            told.push((number, vec![Fact::MovedAway { to }]));
        }
        let cases = Case::record_together(self.platform, &self.author, told, claim).await?;
        let mut cases = cases.into_iter();
        if let Some(case) = cases.next() {
            self.case = case;
        }
        // Its order may wait for this number alone.
        if let Some(number) = cases.nth(1) {
            let waking = numbers::waking(self.platform, &number, &self.author.trace);
            if let Some(message) = waking.await? {
                self.send(message, Duration::ZERO).await?;
            }
        }
        Ok(())
    }

    /// Gives the number to the registration that an order from before claims has for
    /// it. None: that order never had it.
    pub(super) async fn give_back(&self, order: &Case) -> Result<Option<RegistrationId>, RunError> {
        let (Some(number), Subject::Business { order: ordered }) =
            (self.number(), order.facts.subject())
        else {
            return Ok(None);
        };
        let numbers = ordered.numbers.as_slice();
        let place = numbers.iter().position(|other| *other == number);
        let place = place.and_then(|place| u32::try_from(place + 1).ok());
        let Some(registration) = place.map(|place| order.id.number(place)) else {
            return Ok(None);
        };
        let case = claims::load(self.platform, &registration).await?;
        if !case.is_some_and(|case| claim::keeps_number(&case.facts)) {
            return Ok(None);
        }
        let claim = Claim {
            thing: Thing::Number(number),
            holder: Holder {
                registration: registration.clone(),
                account: order.facts.account().clone(),
                since: order.received_at(),
            },
            instead_of: Some(self.case.id.clone()),
        };
        self.platform.store.claim(&claim).await?;
        Ok(Some(registration))
    }

    fn number(&self) -> Option<PhoneNumber> {
        match self.case.facts.subject() {
            Subject::Number { number, .. } => Some(number.clone()),
            Subject::Business { .. } => None,
        }
    }

    pub(super) fn claim_of(
        &self,
        number: &PhoneNumber,
        instead_of: Option<RegistrationId>,
    ) -> Claim {
        Claim {
            thing: Thing::Number(number.clone()),
            holder: self.holder(),
            instead_of,
        }
    }

    pub(super) fn holder(&self) -> Holder {
        Holder {
            registration: self.case.id.clone(),
            account: self.case.facts.account().clone(),
            since: self.platform.clock.now(),
        }
    }
}

fn moves_numbers(order: &Case) -> bool {
    matches!(order.facts.subject(), Subject::Business { order } if order.move_numbers)
}

/// Whether a number is at the registry, or may be.
fn has_gone(number: &Case) -> bool {
    let known = number.facts.step(Step::Number);
    known.in_doubt
        || matches!(
            known.stands,
            Stands::Intended { .. } | Stands::Submitted { .. } | Stands::Decided { .. }
        )
}

//! What the registry has for a step is taken by the rule of [`crate::belong`].

use registration::claim::{Claim, Holder, Thing};
use registration::{Fact, Step};
use registry::Reading;

use super::{RunError, Running};
use crate::belong;

impl Running<'_> {
    /// What the registry has for this step, as facts: it is this registration's from
    /// now on, or this one stands on it too, or it is another account's and the step
    /// is parked.
    pub(super) async fn arrived(
        &self,
        reading: Reading,
        found: bool,
    ) -> Result<Vec<Fact>, RunError> {
        let (step, round) = (self.message.step, self.round);
        let id = reading.id.clone();
        let mut facts = self.submitted(reading, found);
        let Some(thing) = Thing::registered(step, &id) else {
            return Ok(facts);
        };
        let Some(holder) = self.claim(thing).await? else {
            return Ok(facts);
        };
        let brand = match step {
            Step::Brand => Some(&id),
            _ => belong::brand(&self.case),
        };
        let by = self.case.id.clone();
        if holder.account != *self.case.facts.account() {
            let Some(brand) = brand.cloned() else {
                return Ok(vec![self.anothers()]);
            };
            let account = self.case.facts.account();
            if !belong::is_shared(self.platform, account, &brand).await? {
                self.claim(Thing::Ask { brand, by }).await?;
                return Ok(vec![self.anothers()]);
            }
            if !self.case.facts.has_shared(&brand) {
                facts.insert(0, Fact::SharedHere { brand });
            }
        }
        if matches!(step, Step::Brand | Step::Campaign) {
            self.claim(Thing::Use { step, id, by }).await?;
        }
        tracing::info!(registration = %self.case.id, %step, %round, "stands on what another order has");
        Ok(facts)
    }

    fn anothers(&self) -> Fact {
        let (step, round) = (self.message.step, self.round);
        Fact::Parked {
            step,
            round,
            reason: format!(
                "the registry has this {step} already, and it belongs to another account's \
                 registration: an operator may share that brand, or cancel this"
            ),
        }
    }

    /// Gives who has it, if that is somebody else.
    async fn claim(&self, thing: Thing) -> Result<Option<Holder>, RunError> {
        let claim = Claim {
            thing,
            holder: self.holder(),
            instead_of: None,
        };
        Ok(self.platform.store.claim(&claim).await?)
    }
}

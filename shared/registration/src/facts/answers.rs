//! What the sequence asks: a part of the registration, or what it waits for.

use std::ops::Bound;
use std::time::Duration;

use jiff::Timestamp;

use super::{Facts, Stands};
use crate::event::Verdict;
use crate::id::RegistryId;
use crate::order::{Brand, Campaign, Numbers, Part};
use crate::patience::later;
use crate::sequence::{NumbersEnded, Pending, Step, Waits};

/// A PIN that came by SMS is good for so long (domain: sole proprietor).
const PIN_LIVES: Duration = Duration::from_secs(24 * 60 * 60);

/// A number taken off a campaign can go on another one after this (domain:
/// T-Mobile holds it 24 hours).
const NUMBER_HOLD: Duration = Duration::from_secs(24 * 60 * 60);

impl Facts {
    /// The brand's id once the registry has it, approved or not.
    pub fn brand_submitted(&self, _order: &Part<Brand>) -> Result<RegistryId, Pending> {
        match self.approved(Step::Brand) {
            Err(Pending {
                waits: Waits::Verdict { registry_id, .. },
                ..
            }) => Ok(registry_id),
            known => known,
        }
    }

    /// The brand's id once it is approved.
    pub fn brand(&self, _order: &Part<Brand>) -> Result<RegistryId, Pending> {
        self.approved(Step::Brand)
    }

    /// Passes once the person behind a sole proprietor's brand has given the PIN
    /// that came by SMS, or the brand is approved without.
    pub fn pin(&self, _brand: &RegistryId) -> Result<(), Pending> {
        if self.approved(Step::Brand).is_ok() {
            return Ok(());
        }
        let until = match self.step(Step::Otp).stands {
            Stands::Decided {
                verdict: Verdict::Expired,
                ..
            } => None,
            Stands::Decided {
                verdict: Verdict::Approved,
                since,
                ..
            } => Some(later(since, PIN_LIVES)),
            _ => return self.approved(Step::Otp).map(drop),
        };
        let known = self.step(Step::Pin);
        let was_refused = matches!(
            known.stands,
            Stands::Decided {
                verdict: Verdict::Rejected { .. },
                ..
            }
        );
        if self.given_pin().is_some() && !was_refused {
            return self.approved(Step::Pin).map(drop);
        }
        Err(Pending {
            step: Step::Pin,
            round: known.round,
            waits: Waits::Pin { until },
        })
    }

    /// Passes once the brand is vetted. A vetting is not retroactive (domain:
    /// "vetting after a campaign"): a campaign that went without one stays so.
    pub fn vetting(&self, _brand: &RegistryId) -> Result<(), Pending> {
        self.done(Step::Vetting)
    }

    /// The campaign's id once it is approved.
    pub fn campaign(
        &self,
        _order: &Part<Campaign>,
        _brand: &RegistryId,
    ) -> Result<RegistryId, Pending> {
        self.approved(Step::Campaign)
    }

    /// How the numbers ended, once all of them have.
    pub fn numbers(
        &self,
        order: &Numbers,
        _campaign: &RegistryId,
    ) -> Result<NumbersEnded, Pending> {
        let moved = self.moved_numbers();
        match &self.step(Step::Numbers).stands {
            Stands::Decided {
                verdict: Verdict::PartlyApproved { approved, refused },
                ..
            } => Ok(NumbersEnded {
                assigned: *approved,
                failed: refused.saturating_add(moved),
            }),
            _ => self.approved(Step::Numbers).map(|_| NumbersEnded {
                assigned: order.count().saturating_sub(moved),
                failed: moved,
            }),
        }
    }

    /// Passes unless the number is on another campaign, and once it is off.
    pub fn detached(&self) -> Result<(), Pending> {
        match self.elsewhere {
            Some(_) => self.approved(Step::Detach).map(drop),
            None => Ok(()),
        }
    }

    /// The assignment's id once the number is assigned. One that was taken off
    /// another campaign is held for a time first.
    pub fn number(&self) -> Result<RegistryId, Pending> {
        let Stands::Decided { since, .. } = self.step(Step::Detach).stands else {
            return self.approved(Step::Number);
        };
        let until = later(since, NUMBER_HOLD);
        self.approved(Step::Number)
            .map_err(|pending| match pending.waits {
                Waits::Retry { at } if at >= until => pending,
                Waits::Retry { .. } | Waits::Submission => Pending {
                    waits: Waits::Rule { until },
                    ..pending
                },
                _ => pending,
            })
    }

    /// Passes once what a cancelled order's step `of` has at the registry is
    /// withdrawn by the step `by`; at once if there is nothing of it, or if it is left
    /// to another order.
    pub fn ended(&self, of: Step, by: Step) -> Result<(), Pending> {
        if self.moved_to.is_some() || self.left.contains(&by) {
            return Ok(());
        }
        let known = self.step(of);
        let settles = |waits| {
            Err(Pending {
                step: of,
                round: known.round,
                waits,
            })
        };
        match known.stands {
            // Whether the registry has it must be known first.
            Stands::Intended { lease_until } => settles(Waits::Outcome { lease_until }),
            Stands::Failed { retry_at } if known.in_doubt => settles(Waits::Retry { at: retry_at }),
            _ if known.in_doubt && known.registry_id.is_none() => settles(Waits::Submission),
            _ if known.registry_id.is_none() && !(of == Step::Numbers && self.numbers_opened) => {
                Ok(())
            }
            _ => self.approved(by).map(drop),
        }
    }

    /// Passes once the campaign that was replaced, if one was, is over at the registry.
    pub fn replaced(&self) -> Result<(), Pending> {
        match self.replaced {
            Some(_) => self.approved(Step::EndReplaced).map(drop),
            None => Ok(()),
        }
    }

    /// Passes once the step is approved, and lets those go on that are past it:
    /// what this is for is a step that is put into the sequence later.
    pub fn done(&self, step: Step) -> Result<(), Pending> {
        match self.is_past(step) {
            true => Ok(()),
            false => self.approved(step).map(drop),
        }
    }

    /// Whether the registration went by this step before the step was there: it
    /// never began it, and the next one that it knows is at the registry, or may
    /// be, or was decided. Behind the last step is whoever was completed.
    pub fn is_past(&self, step: Step) -> bool {
        if self.steps.contains_key(&step) {
            return false;
        }
        let mut later = self.steps.range((Bound::Excluded(step), Bound::Unbounded));
        later
            .next()
            .map_or(self.completed, |(_, known)| known.has_gone())
    }

    /// What the registry calls the subject of a step, once it is approved. Sends
    /// those back that are past it.
    pub fn approved(&self, step: Step) -> Result<RegistryId, Pending> {
        let known = self.step(step);
        let waits = match known.stands {
            Stands::Untried => Waits::Submission,
            Stands::Intended { lease_until } => Waits::Outcome { lease_until },
            Stands::Failed { retry_at } => Waits::Retry { at: retry_at },
            Stands::Held {
                until,
                by_others: false,
            } => Waits::Rule { until },
            Stands::Held {
                until,
                by_others: true,
            } => Waits::Others { until },
            Stands::Submitted { registry_id, since } => Waits::Verdict { registry_id, since },
            Stands::Parked { reason } => Waits::Person { reason },
            Stands::Decided {
                registry_id,
                since,
                verdict,
            } => match (verdict, registry_id) {
                (Verdict::Approved, Some(id)) => return Ok(id),
                (Verdict::Suspended { .. }, Some(registry_id)) => {
                    Waits::Verdict { registry_id, since }
                }
                (Verdict::Rejected { reasons }, _) => Waits::Correction { reasons },
                (Verdict::Expired, _) if step == Step::Brand && self.is_public() => Waits::Person {
                    reason:
                        "nobody followed the link in the registry's e-mail within 30 days, and \
                             the brand is over: amend /brand/businessContactEmail, which submits \
                             the brand again for its fee, or retry to submit it as it is, or cancel"
                            .to_owned(),
                },
                (verdict, _) => Waits::Person {
                    reason: format!(
                        "the registry says of the {step}: {}; retry to submit it anew, or cancel",
                        verdict.name()
                    ),
                },
            },
        };
        Err(Pending {
            step,
            round: known.round,
            waits,
        })
    }

    /// When the campaign was first approved, while no number is assigned to it.
    pub(crate) fn campaign_without_numbers_since(&self) -> Option<Timestamp> {
        let approved_at = self.step(Step::Campaign).approved_at;
        approved_at.filter(|_| !self.has_numbers() && !self.cancelled() && !self.warned)
    }
}

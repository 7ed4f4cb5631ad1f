//! The e-mail by which a public company confirms that a brand is its own (domain:
//! Authentication+). The registry sends the first one when it takes the brand, and
//! verifies no such brand before somebody has followed its link.

use std::time::Duration;

use jiff::Timestamp;

use super::{Facts, Stands, Subject};
use crate::event::Verdict;
use crate::id::{RegistryId, Round};
use crate::order::Email;
use crate::patience::later;
use crate::sequence::{self, Pending, Step, Waits};

const DAY: u64 = 24 * 60 * 60;

/// The link of such an e-mail is good for so long.
const LINK_LIVES: Duration = Duration::from_secs(7 * DAY);

/// A brand that is not confirmed within this must be submitted again.
const BRAND_WAITS: Duration = Duration::from_secs(30 * DAY);

/// Where the order has the address.
const ADDRESS: &str = "/brand/businessContactEmail";

/// What is known of the e-mails. No registry says whether the link was followed: that
/// shows in the brand.
#[derive(Debug, Clone, Default)]
pub(super) struct Mail {
    /// The brand, and since when the registry has it.
    created: Option<(RegistryId, Timestamp)>,
    /// When the latest one went out.
    sent: Option<Timestamp>,
    /// The round of the step in which another one was asked for.
    asked: Option<Round>,
    /// Whether the registry still has an older address than the order.
    corrected: bool,
}

impl Facts {
    /// Passes once the link in the e-mail was followed, or the brand is verified, which
    /// says the same: histories from before this step have no other sign of it.
    pub fn confirmation(&self, brand: &RegistryId) -> Result<(), Pending> {
        if self.step(Step::Brand).approved_at.is_some() {
            return Ok(());
        }
        let known = self.step(Step::Confirmation);
        let link = match &known.stands {
            Stands::Decided {
                verdict: Verdict::Approved,
                ..
            } => return Ok(()),
            Stands::Decided {
                verdict: Verdict::Expired,
                ..
            } => false,
            Stands::Submitted { .. } => true,
            Stands::Untried => {
                if self.mail.asked == Some(known.round) {
                    return self.approved(Step::Confirmation).map(drop);
                }
                true
            }
            // Another e-mail is refused: the link of the one before may still be followed.
            Stands::Decided {
                verdict: Verdict::Rejected { .. },
                ..
            } if !self.mail.corrected => true,
            _ => return self.approved(Step::Confirmation).map(drop),
        };
        let since = self.mail.sent.unwrap_or_default();
        let created = self.mail.created.as_ref().map_or(since, |(_, time)| *time);
        Err(Pending {
            step: Step::Confirmation,
            round: known.round,
            waits: Waits::Confirmation {
                brand: brand.clone(),
                since,
                link_until: link.then(|| later(since, LINK_LIVES)),
                until: later(created, BRAND_WAITS),
            },
        })
    }

    /// The address that the e-mail goes to, of a brand that is ordered anew.
    pub fn confirmation_address(&self) -> Option<&Email> {
        let Subject::Business { order } = &self.subject else {
            return None;
        };
        order.brand.new_part()?.business_contact_email.as_ref()
    }

    /// Whether it is the order of a public company, whose brand is over only where nobody
    /// confirmed it.
    pub(super) fn is_public(&self) -> bool {
        matches!(&self.subject, Subject::Business { order } if order.needs_confirmation())
    }

    /// Whether the registry still has an older address than the order.
    pub fn address_is_corrected(&self) -> bool {
        self.mail.corrected
    }

    /// The round of the step `confirmation` in which a corrected address is sent an e-mail;
    /// none where no link is awaited, or an e-mail is on its way.
    pub fn next_confirmation(&self) -> Option<Round> {
        let pending = sequence::evaluate(self).err()?;
        let is_on_its_way = matches!(pending.waits, Waits::Outcome { .. });
        let is_awaited = pending.step == Step::Confirmation && !is_on_its_way;
        is_awaited.then(|| pending.round.next())
    }

    /// The registry has taken the brand: a new one comes with an e-mail of its own. Of one
    /// that it has, a corrected address is to be sent another one.
    pub(super) fn brand_is_there(&mut self, id: &RegistryId, time: Timestamp) {
        let known = self.step(Step::Confirmation);
        let is_untouched = known.stands == Stands::Untried && self.mail.asked.is_none();
        let has_it = matches!(&self.mail.created, Some((known, _)) if known == id);
        let is_asked = has_it && self.mail.corrected && self.is_public();
        if is_asked || !(has_it || is_untouched) {
            self.change(Step::Confirmation, known.round.next(), |_| {});
        }
        match has_it {
            true if is_asked => self.ask_for_mail(known.round.next()),
            true => {}
            false => {
                self.mail.created = Some((id.clone(), time));
                self.mail.sent = Some(time);
            }
        }
        self.mail.corrected = false;
    }

    pub(super) fn mail_is_sent(&mut self, time: Timestamp) {
        self.mail.sent = Some(time);
        self.mail.corrected = false;
    }

    /// Another e-mail is asked for in this round.
    pub(super) fn ask_for_mail(&mut self, round: Round) {
        if self.step(Step::Confirmation).round == round {
            self.mail.asked = Some(round);
        }
    }

    /// These places of the order are changed.
    pub(super) fn correct_address(&mut self, changed: &[String]) {
        let is_there = self.registry_id(Step::Brand).is_some();
        self.mail.corrected |= is_there && changed.iter().any(|place| place == ADDRESS);
    }
}

/// Whether these places of an order are the address, and nothing else.
pub(crate) fn is_the_address(places: &[String]) -> bool {
    !places.is_empty() && places.iter().all(|place| place == ADDRESS)
}

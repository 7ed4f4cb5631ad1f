//! The e-mail by which a public company confirms its brand (Telnyx SDK:
//! `resend2faEmail`; Telnyx's release note of 2024-09-11: Authentication+).

use std::time::Duration;

use super::{Brand, Standing};
use crate::draw::length;
use crate::fields::{Fields, digits, text};
use crate::outcome::{BrandEnd, brand_end, is_followed};
use crate::refusal::{CONFIRMED, NOT_CONFIRMED, NOT_PUBLIC, Refusal, TOO_LATE};
use crate::store::Store;
use crate::verdict::Confirmation;

/// The feedback on an address that failed. Telnyx's ids have none for it: it is shown as
/// `OTHERS`.
pub(super) const FAILED: &str = "EMAIL";

/// What was sent to a public company, and what came of it.
#[derive(Debug, Default)]
pub(crate) struct Mail {
    /// The addresses, oldest first.
    to: Vec<String>,
    sent: Duration,
    /// When the link is followed.
    followed: Option<Duration>,
    /// The address that does not belong to the company.
    failed: Option<String>,
    /// Nobody followed a link in time.
    over: bool,
}

impl Brand {
    /// When it is confirmed, which may be to come. None: never, as it looks.
    pub(super) fn confirmed(&self) -> Option<Duration> {
        match &self.mail {
            None => Some(Duration::ZERO),
            Some(mail) => mail.followed,
        }
    }

    /// Whether it was not confirmed in time: a new one may take its place.
    pub(super) fn is_over(&self) -> bool {
        self.mail.as_ref().is_some_and(|mail| mail.over)
    }
}

/// A scoring that goes well ends with the confirmation, if that is later.
pub(super) fn held(
    mut course: Vec<(Duration, Standing)>,
    followed: Option<Duration>,
) -> Vec<(Duration, Standing)> {
    let Some((at, verified)) = course.pop_if(|(_, standing)| standing.identity == "VERIFIED")
    else {
        return course;
    };
    if followed.is_some_and(|followed| followed <= at) {
        course.push((at, verified));
        return course;
    }
    let unverified = Standing {
        identity: "UNVERIFIED".to_owned(),
        ..verified
    };
    course.push((at, unverified));
    course.extend(followed.map(|followed| (followed, confirmed())));
    course
}

fn confirmed() -> Standing {
    Standing::new("OK", "VERIFIED", "BRAND_IDENTITY_STATUS_UPDATE")
}

impl Store {
    /// A brand that is a public company from now on is sent an e-mail.
    pub(super) fn first_mail(&mut self, id: &str, now: Duration) {
        let Some(brand) = self.brands.get_mut(id) else {
            return;
        };
        let is_public = text(&brand.fields, "entityType") == Some("PUBLIC_PROFIT");
        match (is_public, &brand.mail) {
            (true, None) => {
                brand.mail = Some(Mail::default());
                self.send_mail(id, now);
            }
            (false, Some(_)) => brand.mail = None,
            _ => {}
        }
    }

    fn send_mail(&mut self, id: &str, now: Duration) {
        let Some(brand) = self.brands.get(id) else {
            return;
        };
        let nth = brand.mail.as_ref().map_or(0, |mail| mail.to.len());
        let purpose = format!("confirmation {nth}");
        let mut rng = self.rng(&purpose, &brand.subject, brand.nth);
        let followed = now + length(&mut rng, self.settings.reviews.confirmation);
        let ein = digits(text(&brand.fields, "ein").unwrap_or_default());
        let address = text(&brand.fields, "businessContactEmail").unwrap_or_default();
        let address = address.to_owned();
        let Some(mail) = self
            .brands
            .get_mut(id)
            .and_then(|brand| brand.mail.as_mut())
        else {
            return;
        };
        mail.failed.take_if(|failed| *failed != address);
        let follows = mail.failed.is_none() && is_followed(&ein, nth);
        mail.to.push(address);
        mail.sent = now;
        mail.followed = follows.then_some(followed);
    }

    /// POST /10dlc/brand/{brandId}/2faEmail.
    pub(crate) fn mail_again(&mut self, id: &str, now: Duration) -> Result<(), Refusal> {
        let within = self.settings.confirmed_within;
        let brand = self.brand(id)?;
        let refused = |code, detail| Err(Refusal::rule(code, "brandId", detail));
        let Some(mail) = &brand.mail else {
            return refused(
                NOT_PUBLIC,
                "Only a brand of entityType PUBLIC_PROFIT is confirmed.",
            );
        };
        if brand.is_verified() || mail.followed.is_some_and(|followed| followed <= now) {
            return refused(CONFIRMED, "The brand is confirmed already.");
        }
        if mail.over || now >= brand.created + within {
            return refused(
                TOO_LATE,
                "The brand was not confirmed in time: submit it again.",
            );
        }
        self.send_mail(id, now);
        self.confirmation_moves(id, now);
        Ok(())
    }

    /// Somebody follows the link, or it fails, or the time for it is over. False: there is
    /// no such e-mail, or its link is no good any more.
    pub(crate) fn confirm(&mut self, id: &str, now: Duration, outcome: Confirmation) -> bool {
        let lives = self.settings.link_lives;
        let Some(brand) = self.brands.get_mut(id) else {
            return false;
        };
        let Some(mail) = brand.mail.as_mut().filter(|mail| !mail.over) else {
            return false;
        };
        match outcome {
            Confirmation::Followed if now >= mail.sent + lives => return false,
            Confirmation::Followed => {
                mail.followed = Some(now);
                self.confirmation_moves(id, now);
            }
            Confirmation::Failed => {
                mail.failed = mail.to.last().cloned();
                mail.followed = None;
                let mut standing =
                    Standing::new("OK", "UNVERIFIED", "BRAND_IDENTITY_STATUS_UPDATE");
                standing.feedback.push(FAILED.to_owned());
                self.force_brand(id, now, standing);
            }
            Confirmation::Over => mail.over = true,
        }
        true
    }

    /// What follows for a brand whose scoring goes well, or has.
    fn confirmation_moves(&mut self, id: &str, now: Duration) {
        let Some(brand) = self.brands.get(id) else {
            return;
        };
        if !matches!(
            brand_end(&brand.fields),
            BrandEnd::Verified | BrandEnd::VerifiedLate
        ) {
            return;
        }
        let is_scored = brand.scored <= now;
        let mut ahead = held(
            vec![(brand.scored.max(now), confirmed())],
            brand.confirmed(),
        );
        // That it is scored was told before.
        ahead.retain(|(_, standing)| !is_scored || standing.identity == "VERIFIED");
        let current = Standing {
            feedback: Vec::new(),
            ..brand.review.current().clone()
        };
        self.set_course(id, current, ahead);
        self.settle(now);
    }

    /// Before it is confirmed, a brand takes no vettings.
    pub(super) fn is_confirmed(&self, id: &str, now: Duration) -> Result<(), Refusal> {
        if self.brand(id)?.confirmed().is_some_and(|at| at <= now) {
            return Ok(());
        }
        let detail = "The brand's e-mail is to be confirmed first.";
        Err(Refusal::rule(NOT_CONFIRMED, "brandId", detail))
    }

    /// Whether the EIN of this body is free: nobody has it, or a brand that is over.
    pub(super) fn is_free(&mut self, sent: &Fields, now: Duration) -> bool {
        let within = self.settings.confirmed_within;
        let ein = digits(text(sent, "ein").unwrap_or_default());
        let Some(brand) = self.by_ein.get(&ein).and_then(|id| self.brands.get_mut(id)) else {
            return true;
        };
        let is_late = now >= brand.created + within && !brand.is_verified();
        if let Some(mail) = brand.mail.as_mut() {
            mail.over |= is_late;
        }
        brand.is_over()
    }

    /// The addresses that were sent an e-mail about this brand, oldest first.
    pub(crate) fn mails(&self, id: &str) -> Vec<String> {
        let mail = self.brands.get(id).and_then(|brand| brand.mail.as_ref());
        mail.map(|mail| mail.to.clone()).unwrap_or_default()
    }
}

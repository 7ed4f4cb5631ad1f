//! Verdicts on demand: a suspension after approval, or any other turn.

use std::time::Duration;

use serde::Deserialize;

use crate::brand::Standing;
use crate::campaign::{Step, is_carrier};
use crate::number::Assignment;
use crate::store::Store;

/// What becomes of a public company's confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Confirmation {
    /// Somebody follows the link of the latest e-mail.
    Followed,
    /// The address is not the company's: feedback `OTHERS`, until another one is sent to.
    Failed,
    /// The time for it is over.
    Over,
}

/// A status that is set from outside, at once; the webhook goes out as for any
/// other change, and what was to come is dropped.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Verdict {
    /// On a brand.
    Brand {
        /// Its `brandId` or EIN.
        subject: String,
        /// `OK`, `REGISTRATION_PENDING`, `REGISTRATION_FAILED`.
        status: String,
        /// `VERIFIED`, `UNVERIFIED` and so on.
        identity_status: String,
        /// Feedback ids such as `TAX_ID`.
        #[serde(default)]
        feedback: Vec<String>,
    },
    /// On the e-mail of a public company's brand.
    Confirmation {
        /// The brand's `brandId` or EIN.
        subject: String,
        /// What becomes of it.
        outcome: Confirmation,
    },
    /// On a vetting that is under way.
    Vetting {
        /// The brand's `brandId` or EIN.
        subject: String,
        /// Who makes it.
        evp_id: String,
        /// With a score. If not, it fails.
        vetted: bool,
    },
    /// On a campaign.
    Campaign {
        /// Its `campaignId` or `referenceId` (the latest with it).
        subject: String,
        /// Such as `TCR_SUSPENDED`.
        campaign_status: String,
        /// Why.
        failure_reasons: Option<String>,
    },
    /// Of one carrier on a campaign, apart from the others.
    Carrier {
        /// The campaign's `campaignId` or `referenceId` (the latest with it).
        subject: String,
        /// The carrier's id, such as `10035`.
        network: String,
        /// `REGISTERED`, `REVIEW`, `REJECTED`, `SUSPENDED`, or any other word.
        operation_status: String,
    },
    /// On a number.
    Number {
        /// The number.
        subject: String,
        /// Such as `FAILED_ASSIGNMENT`.
        assignment_status: String,
        /// Why.
        failure_reasons: Option<String>,
    },
}

impl Store {
    /// Carries a verdict out. False: there is no such subject.
    pub(crate) fn review(&mut self, now: Duration, verdict: &Verdict) -> bool {
        match verdict {
            Verdict::Brand {
                subject,
                status,
                identity_status,
                feedback,
            } => {
                let id = self.by_ein.get(subject).unwrap_or(subject).clone();
                let mut standing =
                    Standing::new(status, identity_status, "BRAND_IDENTITY_STATUS_UPDATE");
                standing.feedback.clone_from(feedback);
                self.force_brand(&id, now, standing);
                self.brands.contains(&id)
            }
            Verdict::Confirmation { subject, outcome } => {
                let id = self.by_ein.get(subject).unwrap_or(subject).clone();
                self.confirm(&id, now, *outcome)
            }
            Verdict::Vetting {
                subject,
                evp_id,
                vetted,
            } => {
                let id = self.by_ein.get(subject).unwrap_or(subject).clone();
                self.force_vetting(&id, now, evp_id, *vetted)
            }
            Verdict::Campaign {
                subject,
                campaign_status,
                failure_reasons,
            } => {
                let id = self.latest_campaign(subject);
                let why = failure_reasons
                    .clone()
                    .map(|reason| ("description".to_owned(), reason));
                self.force_campaign(
                    &id,
                    now,
                    Step {
                        failure: why,
                        ..Step::new(campaign_status)
                    },
                );
                self.campaigns.contains(&id)
            }
            Verdict::Carrier {
                subject,
                network,
                operation_status,
            } => {
                let id = self.latest_campaign(subject);
                let known = self.campaigns.contains(&id) && is_carrier(network);
                if known {
                    self.force_carrier(&id, now, network, operation_status);
                }
                known
            }
            Verdict::Number {
                subject,
                assignment_status,
                failure_reasons,
            } => {
                let failure = failure_reasons.clone();
                let assignment = Assignment {
                    failure,
                    ..Assignment::new(assignment_status)
                };
                self.force_number(subject, now, assignment);
                self.numbers.contains(subject)
            }
        }
    }
    fn latest_campaign(&self, subject: &str) -> String {
        let latest = self.by_reference.get(subject).and_then(|ids| ids.last());
        latest.map_or(subject, String::as_str).to_owned()
    }
}

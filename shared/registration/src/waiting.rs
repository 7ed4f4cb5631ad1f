//! What a registration waits for, in words: the same for whoever asks, by the API or
//! the command line.

use jiff::Timestamp;

use crate::advice;
use crate::event::Verdict;
use crate::facts::Facts;
use crate::id::RegistryId;
use crate::order::Email;
use crate::sequence::{Pending, Step, Waits};

/// What a registration waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// In one word, stable for programs.
    pub what: &'static str,
    /// In a sentence, without its times.
    pub text: String,
    /// Since when it is waited for.
    pub since: Option<Timestamp>,
    /// Until when.
    pub until: Option<Timestamp>,
    /// What the registry calls it, where it is under review there.
    pub registry_id: Option<RegistryId>,
    /// Of an e-mail that is to be answered.
    pub mail: Option<Mail>,
}

/// An e-mail of the registry that is to be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The domain of the address it went to. The address itself is never shown.
    pub domain: String,
    /// Its link is good until then; none: it has expired.
    pub link_until: Option<Timestamp>,
    /// What to do.
    pub advice: &'static str,
}

/// How the numbers of an order stand that waits for them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// In the order.
    pub ordered: u32,
    /// Waited for: not ended yet; of a cancelled order, not withdrawn yet.
    pub open: u32,
    /// Refused.
    pub refused: u32,
    /// Cancelled by themselves; of a cancelled order, gone.
    pub cancelled: u32,
    /// Of those, how many other orders have taken.
    pub moved: u32,
    /// Waiting for an operator.
    pub parked: u32,
}

impl Waiting {
    /// What `pending` says. `counts`: the numbers', for an order.
    pub fn of(pending: &Pending, facts: &Facts, counts: Counts) -> Self {
        let step = pending.step;
        let doing = step.card().doing;
        let said = |what, text| Self {
            what,
            text,
            since: None,
            until: None,
            registry_id: None,
            mail: None,
        };
        match &pending.waits {
            Waits::Submission => said("submission", format!("waits for its turn: {doing}")),
            Waits::Outcome { lease_until } => Self {
                until: Some(*lease_until),
                ..said(
                    "outcome",
                    format!("under way, or lost and looked up: {doing}"),
                )
            },
            Waits::Retry { at } => Self {
                until: Some(*at),
                ..said(
                    "retry",
                    format!("the last call failed and is repeated: {doing}"),
                )
            },
            Waits::Rule { until } => Self {
                until: Some(*until),
                ..said("rule", format!("{}: nothing is wrong", rule(step)))
            },
            Waits::Others { until } => Self {
                until: Some(*until),
                ..said("others", others(step).to_owned())
            },
            Waits::Verdict { since, .. } if step.is_our_own() => Self {
                since: Some(*since),
                ..said("numbers", numbers(step, counts))
            },
            Waits::Verdict { registry_id, since } => Self {
                since: Some(*since),
                registry_id: Some(registry_id.clone()),
                ..said("verdict", verdict(step, facts))
            },
            Waits::Pin { until: Some(until) } => Self {
                until: Some(*until),
                ..said("pin", "the PIN that came by SMS is awaited".to_owned())
            },
            Waits::Pin { until: None } => {
                said("pin", "the PIN has expired: ask for another SMS".to_owned())
            }
            Waits::Confirmation {
                since,
                link_until,
                until,
                ..
            } => {
                let domain = facts.confirmation_address().map(Email::domain);
                let domain = domain.unwrap_or_default().to_owned();
                Self {
                    since: Some(*since),
                    until: Some(*until),
                    ..said("confirmation", confirmation(&domain, link_until.is_some()))
                }
                .with(Mail {
                    domain,
                    link_until: *link_until,
                    advice: advice::CONFIRMATION,
                })
            }
            Waits::Correction { .. } if step.takes_back() => said(
                "correction",
                format!("the registry refuses: {doing}; look there, then retry"),
            ),
            Waits::Correction { .. } if step == Step::Numbers => said(
                "correction",
                "all its numbers were refused: correct or retry each of them".to_owned(),
            ),
            Waits::Correction { .. } => said(
                "correction",
                format!("the {step} was refused: see the reasons, then correct or cancel it"),
            ),
            Waits::Person { reason } => said("person", reason.clone()),
        }
    }

    fn with(self, mail: Mail) -> Self {
        let mail = Some(mail);
        Self { mail, ..self }
    }
}

fn confirmation(domain: &str, is_good: bool) -> String {
    match is_good {
        true => format!("somebody at {domain} is to follow the link in the registry's e-mail"),
        false => format!("the link in the e-mail to {domain} has expired: ask for another one"),
    }
}

/// The rule that forbids a step for a time (domain: offboarding, number pool).
fn rule(step: Step) -> String {
    match step {
        Step::EndBrand => {
            "a brand can be deleted only once its campaigns have been over for 3 months".to_owned()
        }
        Step::Number => {
            "T-Mobile holds a number for 24 hours after it is taken off a campaign".to_owned()
        }
        step => format!("a rule of the registry forbids the {step} before then"),
    }
}

/// What stays for other orders.
fn others(step: Step) -> &'static str {
    match step {
        Step::EndCampaign => {
            "its campaign stays, as other orders stand on it, and goes with the last of them: \
             nothing is wrong"
        }
        _ => {
            "its brand stays, as other orders stand on it, and goes with the last of them: \
             nothing is wrong"
        }
    }
}

fn numbers(step: Step, counts: Counts) -> String {
    let Counts {
        ordered,
        open,
        parked,
        ..
    } = counts;
    let left = match step {
        Step::EndNumbers => {
            format!("its numbers are being withdrawn, {open} of {ordered} are left")
        }
        _ => format!("its numbers are being assigned, {open} of {ordered} have not ended"),
    };
    match parked {
        0 => left,
        1 => format!("{left}, 1 waits for an operator"),
        parked => format!("{left}, {parked} wait for an operator"),
    }
}

fn verdict(step: Step, facts: &Facts) -> String {
    match facts.verdict(step) {
        Some(Verdict::Suspended { .. }) => {
            format!("the {step} is suspended until a carrier or the registry takes that back")
        }
        _ if step.takes_back() => {
            format!("the registry was asked and is at it: {}", step.card().doing)
        }
        _ => format!("the registry has the {step} under review"),
    }
}

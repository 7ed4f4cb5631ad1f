//! One thing taken back: a number, a campaign, a brand.
//!
//! 1. Request: the deletion of what the registry has under the id of the order's
//!    own step.
//! 2. Submit: once. Already gone is success.
//! 3. Verdict: approved once it is gone, or going.

use jiff::Timestamp;
use platform::at_registry::{self, Submits};
use platform::step::Misplaced;
use platform::{Case, Platform};
use registration::Step;
use registration::patience::later;
use registry::{Form, Kind, Subject};

const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// A number taken off its campaign.
#[derive(Debug, Clone, Copy)]
pub struct EndNumber;

impl Submits for EndNumber {
    const STEP: Step = Step::EndNumber;
    const KIND: Kind = Kind::Number;

    fn subject(&self, case: &Case) -> Result<Subject, Misplaced> {
        at_registry::number(case, Self::STEP)
    }

    fn form(&self, case: &Case) -> Result<Form, Misplaced> {
        withdrawn(case, Step::Number, Self::STEP)
    }
}

/// A campaign deactivated.
#[derive(Debug, Clone, Copy)]
pub struct EndCampaign;

impl Submits for EndCampaign {
    const STEP: Step = Step::EndCampaign;
    const KIND: Kind = Kind::Campaign;

    fn subject(&self, case: &Case) -> Result<Subject, Misplaced> {
        at_registry::campaign(case, Self::STEP)
    }

    fn form(&self, case: &Case) -> Result<Form, Misplaced> {
        withdrawn(case, Step::Campaign, Self::STEP)
    }
}

/// A campaign deactivated that a new one has taken the place of.
#[derive(Debug, Clone, Copy)]
pub struct EndReplaced;

impl Submits for EndReplaced {
    const STEP: Step = Step::EndReplaced;
    const KIND: Kind = Kind::Campaign;

    fn subject(&self, case: &Case) -> Result<Subject, Misplaced> {
        at_registry::campaign(case, Self::STEP)
    }

    fn form(&self, case: &Case) -> Result<Form, Misplaced> {
        let id = case.facts.replaced_campaign().cloned();
        Ok(Form::Withdrawn {
            id: id.ok_or(Misplaced(Self::STEP))?,
        })
    }
}

/// A brand deleted, once its campaign has been over for long enough (domain: "a
/// brand can be deleted only when its campaigns have been inactive for 3 months").
#[derive(Debug, Clone, Copy)]
pub struct EndBrand;

impl Submits for EndBrand {
    const STEP: Step = Step::EndBrand;
    const KIND: Kind = Kind::Brand;

    fn subject(&self, case: &Case) -> Result<Subject, Misplaced> {
        at_registry::brand(case, Self::STEP)
    }

    fn form(&self, case: &Case) -> Result<Form, Misplaced> {
        withdrawn(case, Step::Brand, Self::STEP)
    }

    fn not_before(&self, platform: &Platform, case: &Case) -> Option<Timestamp> {
        let ends = [Step::EndReplaced, Step::EndCampaign];
        let since = ends.map(|end| case.facts.step(end).approved_at);
        let since = since.into_iter().flatten().max()?;
        let days = platform.patience.brand_rests_days;
        Some(later(since, DAY.saturating_mul(days)))
    }
}

fn withdrawn(case: &Case, of: Step, step: Step) -> Result<Form, Misplaced> {
    let id = case.facts.registry_id(of).cloned();
    Ok(Form::Withdrawn {
        id: id.ok_or(Misplaced(step))?,
    })
}

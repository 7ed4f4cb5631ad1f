//! A step that is one submission to the registry and its verdict: what all of
//! them share. A function adds what it submits ([`Submits`]).

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use registration::facts::Subject as CaseSubject;
use registration::order::{PhoneNumber, Vetting};
use registration::{Fact, Reason, Reference, RegistryId, Step, Verdict};
use registry::pace::{NoSlot, Slot};
use registry::telnyx::{self, Telnyx};
use registry::{
    Capability, Form, Kind, Pace, Placed, Reading, Registry, Request, Standing, Subject,
    Submission, Traffic,
};
use serde_json::Value;

use crate::Platform;
use crate::case::Case;
use crate::configuration::Configuration;
use crate::step::{CallError, Misplaced, StepFunction, Whereabouts, order};

/// What a step submits.
#[async_trait]
pub trait Submits: Send + Sync {
    /// The step.
    const STEP: Step;
    /// What kind of thing it is about.
    const KIND: Kind;

    /// The thing, from what is known of the case.
    fn subject(&self, case: &Case) -> Result<Subject, Misplaced>;

    /// What is to be done with it. In a later round what the registry has already
    /// is amended there.
    fn form(&self, case: &Case) -> Result<Form, Misplaced> {
        let known = case.facts.registry_id(Self::STEP);
        Ok(match known.filter(|_| Self::STEP.is_amended()) {
            None => Form::New,
            Some(id) => Form::Amended {
                id: id.clone(),
                appeal: case.facts.appeal().map(str::to_owned),
            },
        })
    }

    /// What is registered already and is only read.
    fn adopts(&self, _case: &Case) -> Option<RegistryId> {
        None
    }

    /// Until when a rule of the registry forbids it.
    fn not_before(&self, _platform: &Platform, _case: &Case) -> Option<Timestamp> {
        None
    }

    /// What the registry must be asked before, see [`StepFunction::lacks`].
    async fn lacks(&self, _downstream: &Downstream, _case: &Case) -> Result<Vec<Fact>, CallError> {
        Ok(Vec::new())
    }
}

/// The brand that is ordered anew.
pub fn brand(case: &Case, step: Step) -> Result<Subject, Misplaced> {
    let brand = order(case, step)?.brand.new_part();
    let brand = brand.ok_or(Misplaced(step))?;
    Ok(Subject::Brand(Box::new(brand.clone())))
}

/// The campaign that is ordered anew, under its brand.
pub fn campaign(case: &Case, step: Step) -> Result<Subject, Misplaced> {
    let campaign = order(case, step)?.campaign.new_part();
    let brand = case.facts.registry_id(Step::Brand).cloned();
    let (campaign, brand) = campaign.zip(brand).ok_or(Misplaced(step))?;
    Ok(Subject::Campaign {
        brand,
        campaign: Box::new(campaign.clone()),
    })
}

/// The number, and the campaign it is for.
pub fn number(case: &Case, step: Step) -> Result<Subject, Misplaced> {
    let CaseSubject::Number {
        campaign, number, ..
    } = case.facts.subject()
    else {
        return Err(Misplaced(step));
    };
    Ok(Subject::Number {
        campaign: campaign.clone(),
        number: number.clone(),
    })
}

/// A registry, and what its account allows us.
#[derive(Clone)]
pub struct Downstream {
    /// The registry.
    pub registry: Arc<dyn Registry>,
    /// Its limits.
    pub pace: Arc<dyn Pace>,
    /// The address under which the registry reaches us, without a slash at its
    /// end; none: no webhooks, only looks.
    pub public_url: Option<String>,
    /// The vetting that is ordered where a use case needs one and the order names
    /// none; none: the account is asked for one.
    pub vetting: Option<Vetting>,
}

impl Downstream {
    /// Telnyx, or whatever speaks its API, as a configuration has it.
    pub fn telnyx(
        platform: &Platform,
        configuration: &Configuration,
        settings: telnyx::Settings,
    ) -> Result<Self, telnyx::SettingsError> {
        let pace = Arc::new(platform.pace(telnyx::NAME, configuration.limits.clone()));
        Ok(Self {
            registry: Arc::new(Telnyx::new(settings, pace.clone())?),
            pace,
            public_url: configuration.public_url.clone(),
            vetting: configuration.vetting.clone(),
        })
    }
}

/// Such a step at one registry.
#[derive(Clone)]
pub struct AtRegistry<S> {
    submits: S,
    downstream: Downstream,
}

impl<S: Submits> AtRegistry<S> {
    /// This step at this registry.
    pub fn new(submits: S, downstream: Downstream) -> Self {
        Self {
            submits,
            downstream,
        }
    }

    fn submission(&self, case: &Case, reference: &Reference) -> Result<Submission, Misplaced> {
        // Our id rides in the path, so that a webhook finds its registration.
        let Downstream {
            registry,
            public_url,
            ..
        } = &self.downstream;
        let webhook_url = public_url
            .as_ref()
            .map(|base| format!("{base}/v1/webhooks/{}/{}", registry.name(), case.id));
        Ok(Submission {
            reference: reference.clone(),
            webhook_url,
            subject: self.submits.subject(case)?,
            form: self.submits.form(case)?,
        })
    }

    /// A withdrawal is decided once the thing is gone, or going.
    async fn withdrawn(
        &self,
        submission: &Submission,
        id: &RegistryId,
    ) -> Result<Reading, CallError> {
        let found = self.downstream.registry.find(submission).await?;
        Ok(found.unwrap_or_else(|| Reading {
            id: id.clone(),
            verdict: None,
            status: "still there".to_owned(),
            response: Value::Null,
        }))
    }

    /// A campaign that is approved may be suspended by single carriers.
    async fn with_carriers(&self, reading: Reading) -> Result<Reading, CallError> {
        let carriers = self.downstream.registry.carriers(&reading.id).await?;
        let suspended = carriers
            .into_iter()
            .filter(|carrier| carrier.status == Standing::Suspended);
        let reasons: Vec<_> = suspended
            .map(|carrier| Reason {
                code: "SUSPENDED".to_owned(),
                description: format!(
                    "{} has suspended the campaign.",
                    carrier.carrier.as_deref().unwrap_or("A carrier")
                ),
                fields: vec![format!("carrier {}", carrier.network)],
            })
            .collect();
        let verdict = match reasons.is_empty() {
            true => reading.verdict,
            false => Some(Verdict::Suspended { reasons }),
        };
        Ok(Reading { verdict, ..reading })
    }

    /// Whose a number is that the registry has on a campaign already. Our own
    /// campaigns are known by our reference.
    async fn placed(
        &self,
        case: &Case,
        campaign: &RegistryId,
        number: &PhoneNumber,
    ) -> Result<Whereabouts, CallError> {
        let Some(Placed {
            campaign: other,
            reference,
        }) = self.downstream.registry.placed(number).await?
        else {
            return Ok(Whereabouts::Theirs);
        };
        if other == *campaign {
            return self.found(case).await;
        }
        Ok(
            match reference.and_then(|reference| reference.registration()) {
                Some(of) => Whereabouts::OurCampaign {
                    campaign: other,
                    of,
                },
                None => Whereabouts::Theirs,
            },
        )
    }

    async fn found(&self, case: &Case) -> Result<Whereabouts, CallError> {
        let round = case.facts.step(S::STEP).round;
        let reference = Reference::of(&case.id, S::STEP, round);
        let submission = Submission {
            form: Form::New,
            ..self.submission(case, &reference)?
        };
        let found = self.downstream.registry.find(&submission).await?;
        Ok(match found {
            Some(reading) => Whereabouts::Ours(Box::new(reading)),
            None => Whereabouts::Theirs,
        })
    }
}

#[async_trait]
impl<S: Submits> StepFunction for AtRegistry<S> {
    fn step(&self) -> Step {
        S::STEP
    }

    fn capability(&self) -> Capability {
        self.downstream.registry.capability(S::KIND)
    }

    fn adopts(&self, case: &Case) -> Option<RegistryId> {
        self.submits.adopts(case)
    }

    fn not_before(&self, platform: &Platform, case: &Case) -> Option<Timestamp> {
        self.submits.not_before(platform, case)
    }

    async fn lacks(&self, case: &Case) -> Result<Vec<Fact>, CallError> {
        self.submits.lacks(&self.downstream, case).await
    }

    async fn whereabouts(
        &self,
        _platform: &Platform,
        case: &Case,
    ) -> Result<Whereabouts, CallError> {
        match case.facts.subject() {
            CaseSubject::Number {
                campaign, number, ..
            } => self.placed(case, campaign, number).await,
            CaseSubject::Business { .. } => self.found(case).await,
        }
    }

    async fn slot(&self) -> Result<Slot, NoSlot> {
        self.downstream.pace.slot(Traffic::Write).await
    }

    fn request(&self, case: &Case, as_: &Reference) -> Result<Value, Misplaced> {
        let request = self
            .downstream
            .registry
            .request(&self.submission(case, as_)?);
        serde_json::to_value(request).map_err(|_| Misplaced(S::STEP))
    }

    async fn submit(
        &self,
        _platform: &Platform,
        _case: &Case,
        request: &Value,
    ) -> Result<Reading, CallError> {
        let request: Request = serde_json::from_value(request.clone()).map_err(CallError::ours)?;
        Ok(self.downstream.registry.submit(&request).await?)
    }

    async fn find(
        &self,
        _platform: &Platform,
        case: &Case,
        as_: &Reference,
    ) -> Result<Option<Reading>, CallError> {
        let submission = self.submission(case, as_)?;
        Ok(self.downstream.registry.find(&submission).await?)
    }

    async fn verdict(
        &self,
        _platform: &Platform,
        case: &Case,
        id: &RegistryId,
    ) -> Result<Reading, CallError> {
        let round = case.facts.step(S::STEP).round;
        let reference = Reference::of(&case.id, S::STEP, round);
        let submission = self.submission(case, &reference);
        // What is adopted has nothing to submit.
        if let Ok(submission) = submission
            && matches!(submission.form, Form::Withdrawn { .. })
        {
            return self.withdrawn(&submission, id).await;
        }
        let reading = self.downstream.registry.status(S::KIND, id).await?;
        let was_approved = matches!(
            case.facts.verdict(S::STEP),
            Some(Verdict::Approved | Verdict::Suspended { .. })
        );
        let approved = reading.verdict == Some(Verdict::Approved);
        match S::KIND == Kind::Campaign && was_approved && approved {
            true => self.with_carriers(reading).await,
            false => Ok(reading),
        }
    }
}

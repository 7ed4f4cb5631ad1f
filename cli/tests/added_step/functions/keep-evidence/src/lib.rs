//! keep-evidence: the campaign's texts as reviewers will read them, kept in the
//! history before they are submitted.
//!
//! 1. Request: the texts.
//! 2. Submit: nothing is sent; the request in the history is the evidence.
//! 3. Verdict: approved at once.

use std::sync::Arc;

use async_trait::async_trait;
use platform::at_registry::Downstream;
use platform::own_step::{Does, OwnStep};
use platform::step::{CallError, Misplaced, order};
use platform::{Case, Platform, StepFunction};
use registration::{RegistryId, Step, Verdict};
use registry::Reading;
use serde_json::{Value, json};

/// The step as a function.
pub fn functions(_registry: Downstream) -> Vec<Arc<dyn StepFunction>> {
    vec![Arc::new(OwnStep(Evidence))]
}

/// The texts of the campaign.
#[derive(Debug, Clone, Copy)]
pub struct Evidence;

#[async_trait]
impl Does for Evidence {
    const STEP: Step = Step::Evidence;

    fn request(&self, case: &Case) -> Result<Value, Misplaced> {
        let campaign = order(case, Self::STEP)?.campaign.new_part();
        Ok(json!({
            "messageFlow": campaign.map(|campaign| campaign.message_flow.as_str()),
        }))
    }

    async fn run(&self, platform: &Platform, case: &Case) -> Result<Reading, CallError> {
        self.look(platform, case).await
    }

    async fn look(&self, _platform: &Platform, case: &Case) -> Result<Reading, CallError> {
        Ok(Reading {
            id: RegistryId::new(case.id.as_str()),
            verdict: Some(Verdict::Approved),
            status: "kept".to_owned(),
            response: Value::Null,
        })
    }
}
